/*
 * Commands: the table that one-shot, shell, help and completion read, and the
 * running of one of its rows.
 */
#ifndef SHELL_COMMAND_H
#define SHELL_COMMAND_H

#include "args.h"
#include "client.h"

#include <stdio.h>

/* Options that have a long name only. */
enum {
	OPT_VERIFY = 1,
	OPT_WITHOUT,
	OPT_ACCEPT_LOSS,
	OPT_ALL,
	OPT_DEAD,
	OPT_JSON,
	OPT_COLOR,
	OPT_PROGRESS,
	OPT_HELP,
	OPT_NO_CLOBBER,
	OPT_SKIP_EXISTING,
	OPT_INCLUDE,
	OPT_EXCLUDE,
	OPT_FILES_FROM,
	OPT_DELETE,
	OPT_BWLIMIT,
	OPT_RESUME,
	OPT_NAME,
	OPT_PATH,
	OPT_SIZE,
	OPT_MTIME,
	OPT_NEWER,
	OPT_INCOMPLETE,
	OPT_COPIES,
	OPT_SHA256,
};

enum command_flags {
	COMMAND_SHELL = 1,     /* has a meaning in the shell only */
	COMMAND_CHANGES = 2,   /* stored files: what is remembered is dropped */
	COMMAND_HERE = 4,      /* without operands it is about where cd went */
	COMMAND_INTO_HERE = 8, /* without -t or -o it stores there */
	COMMAND_TURNS = 16,    /* -R: the operands' kinds change places */
	COMMAND_HIDDEN = 32,   /* for programs: help and TAB do not show it */
};

struct command {
	const char *name;
	const char *aliases;		   /* separated by blanks, or "" */
	const char *summary;		   /* one line */
	const struct args_option *options; /* its own, or NULL */
	const char *operands;		   /* as a usage shows them, or "" */
	const char *examples;		   /* lines "  dfc ...\n", or "" */
	enum args_kind first;		   /* the first operand */
	enum args_kind rest;		   /* the others */
	const char *choices; /* the words of an ARGS_CHOICE of these */
	size_t least;	     /* operands */
	size_t most;
	unsigned flags;
	enum exit_status (*run)(struct client *c, const struct args *a);
};

#define COMMAND_MANY ((size_t)-1)

/* Ends with a row without a name. */
extern const struct command command_table[];
/* Options that every command takes; those that dfc takes before one. */
extern const struct args_option command_common[];
extern const struct args_option command_head[];

/* By name or alias; NULL.  Exact matches only. */
const struct command *command_find(const char *name);
/* "-r [-t PREFIX] ... FILE...", as a usage shows it, behind the name.  Text
 * that does not fit is cut. */
void command_usage(const struct command *cmd, char *out, size_t size);

/* Parses the words behind the name and runs it, to the last word on stdout.
 * Errors are said.  EXIT_DONE with pipe_closed: nobody reads stdout. */
enum exit_status command_run(const struct command *cmd, struct client *c,
			     const struct args_words *words);
/* What the common options among a's say; *m is changed. */
void command_manners(const struct args *a, struct manners *m);

/* The value of -j into *jobs, else the configuration's.  False, and said,
 * when it is no number. */
bool command_jobs(const struct client *c, const struct args *a, uint64_t *jobs);
/* Sets the pace of all links: the value of --bwlimit, else the
 * configuration's.  False, and said, when it is none. */
bool command_pace(struct client *c, const struct args *a);
/* Typed in a shell on a terminal: not with the program's name before it. */
bool command_at_prompt(const struct client *c);
/* The server of that name; false, and said, when there is none. */
bool command_server(const struct client *c, const char *name, unsigned *server);

/* Says that there is none of that name, and which one is near. */
void command_say_unknown(const char *name);
/* The same as the end of a command.  EXIT_USAGE. */
enum exit_status command_unknown(struct client *c, const char *name);
/* Of `set`: the i-th name, or NULL; the words that one may be, or NULL. */
const char *set_name(size_t i);
const char *set_values(const char *name);
/* False, and said, with --json: what the command prints is data. */
bool command_prints_data(const struct client *c, const char *command);

/* help: of the program, or of a command, as they are given one-shot or at a
 * prompt; in cmd_help.c. */
void help_program(bool at_prompt);
void help_command(const struct command *cmd, bool at_prompt);

/* The handlers, each in the file of its family. */
enum exit_status cmd_put(struct client *c, const struct args *a);
enum exit_status cmd_get(struct client *c, const struct args *a);
enum exit_status cmd_cat(struct client *c, const struct args *a);
enum exit_status cmd_mirror(struct client *c, const struct args *a);
enum exit_status cmd_rm(struct client *c, const struct args *a);
enum exit_status cmd_cp(struct client *c, const struct args *a);
enum exit_status cmd_mv(struct client *c, const struct args *a);
enum exit_status cmd_list(struct client *c, const struct args *a);
enum exit_status cmd_ls(struct client *c, const struct args *a);
enum exit_status cmd_du(struct client *c, const struct args *a);
enum exit_status cmd_df(struct client *c, const struct args *a);
enum exit_status cmd_find(struct client *c, const struct args *a);
enum exit_status cmd_tree(struct client *c, const struct args *a);
enum exit_status cmd_head(struct client *c, const struct args *a);
enum exit_status cmd_tail(struct client *c, const struct args *a);
enum exit_status cmd_sum(struct client *c, const struct args *a);
enum exit_status cmd_test(struct client *c, const struct args *a);
enum exit_status cmd_stat(struct client *c, const struct args *a);
enum exit_status cmd_explain(struct client *c, const struct args *a);
enum exit_status cmd_status(struct client *c, const struct args *a);
enum exit_status cmd_heal(struct client *c, const struct args *a);
enum exit_status cmd_check(struct client *c, const struct args *a);
enum exit_status cmd_members(struct client *c, const struct args *a);
enum exit_status cmd_cd(struct client *c, const struct args *a);
enum exit_status cmd_pwd(struct client *c, const struct args *a);
enum exit_status cmd_lcd(struct client *c, const struct args *a);
enum exit_status cmd_lpwd(struct client *c, const struct args *a);
enum exit_status cmd_lls(struct client *c, const struct args *a);
enum exit_status cmd_set(struct client *c, const struct args *a);
enum exit_status cmd_source(struct client *c, const struct args *a);
enum exit_status cmd_history(struct client *c, const struct args *a);
enum exit_status cmd_quit(struct client *c, const struct args *a);
enum exit_status cmd_completion(struct client *c, const struct args *a);
enum exit_status cmd_complete(struct client *c, const struct args *a);
enum exit_status cmd_keygen(struct client *c, const struct args *a);
enum exit_status cmd_help(struct client *c, const struct args *a);
enum exit_status cmd_version(struct client *c, const struct args *a);

#endif
