/*
 * The table of commands: one-shot, shell and completion read the same rows.
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
};

/* What the operands are, for completion. */
enum command_operands {
	OPERANDS_NONE,
	OPERANDS_LOCAL,	  /* local files */
	OPERANDS_STORED,  /* stored names */
	OPERANDS_COMMAND, /* names of commands */
	OPERANDS_SERVER,  /* of the configuration */
};

struct command {
	const char *name;
	const char *aliases; /* separated by blanks, or "" */
	const char *usage;   /* behind the name */
	const char *summary; /* one line */
	const char *help;    /* options and examples */
	const char *letters; /* options, as args_parse() takes them */
	enum command_operands operands;
	size_t least; /* operands */
	size_t most;
	enum exit_status (*run)(struct client *c, const struct args *a);
};

#define COMMAND_MANY ((size_t)-1)

extern const struct command command_table[];
extern const struct args_long command_longs[];

/* By name or alias; NULL.  Exact matches only. */
const struct command *command_find(const char *name);
/* Parses the words behind the name, and runs it.  Errors are said. */
enum exit_status command_run(const struct command *cmd, struct client *c,
			     int argc, char *const *argv);

/* The value of -j into *jobs, else the configuration's.  False, and said,
 * when it is no number. */
bool command_jobs(const struct client *c, const struct args *a, uint64_t *jobs);
/* The server of that name; false, and said, when there is none. */
bool command_server(const struct client *c, const char *name, unsigned *server);
/* The one-line usage of the program. */
void command_usage(FILE *f);

/* The handlers, each in the file of its family. */
enum exit_status cmd_put(struct client *c, const struct args *a);
enum exit_status cmd_get(struct client *c, const struct args *a);
enum exit_status cmd_cat(struct client *c, const struct args *a);
enum exit_status cmd_rm(struct client *c, const struct args *a);
enum exit_status cmd_list(struct client *c, const struct args *a);
enum exit_status cmd_ls(struct client *c, const struct args *a);
enum exit_status cmd_stat(struct client *c, const struct args *a);
enum exit_status cmd_status(struct client *c, const struct args *a);
enum exit_status cmd_heal(struct client *c, const struct args *a);
enum exit_status cmd_check(struct client *c, const struct args *a);
enum exit_status cmd_members(struct client *c, const struct args *a);
enum exit_status cmd_help(struct client *c, const struct args *a);
enum exit_status cmd_version(struct client *c, const struct args *a);

#endif
