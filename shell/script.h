/*
 * What makes a local shell complete dfc's words: a script for each of three,
 * generated from the table of commands.
 *
 * Commands, options and the words that some values may be stand in the
 * script; local files are the shell's own business; for names of servers and
 * files it asks `dfc complete`, with the options that stand before the
 * command, as they may say which configuration.  The shell's own commands are
 * left out.
 */
#ifndef SHELL_SCRIPT_H
#define SHELL_SCRIPT_H

#include "command.h"

void script_bash(FILE *f);
void script_zsh(FILE *f);
void script_fish(FILE *f);

/* The rows that a script is about: the first from cmd on, or NULL. */
const struct command *script_command(const struct command *cmd);
/* For ARGS_STORED and the like what `dfc complete` calls them, or NULL. */
const char *script_asks(enum args_kind kind);
/* "put mput": all names, with that between them; "?" is left out. */
void script_names(FILE *f, const struct command *cmd, const char *between);
/* "one|two" with blanks instead. */
void script_choices(FILE *f, const char *choices);
/* text inside of single quotes; what ends them is written as stop. */
void script_quoted(FILE *f, const char *text, const char *stop);

#endif
