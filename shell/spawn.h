/*
 * Other programs, run in the foreground to their ends.
 */
#ifndef SHELL_SPAWN_H
#define SHELL_SPAWN_H

#include "exit.h"

/* A line for $SHELL, else /bin/sh.  A failure is said; EXIT_ERROR. */
enum exit_status spawn_line(const char *line);
/* A program with its words, of which the first is looked for in $PATH. */
enum exit_status spawn_program(char *const *argv);

#endif
