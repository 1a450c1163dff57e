/*
 * What each word of a command's line is: an option, its value, or an operand,
 * and of which kind.  Pure.  The same order as args_parse(), which the words
 * go through afterwards: here nothing is wrong, only of no kind.
 */
#ifndef SHELL_POSITION_H
#define SHELL_POSITION_H

#include "command.h"

struct position {
	const struct command *command;
	const struct args_option *due; /* whose value the next word is */
	size_t operands;	       /* so far */
	bool ended;		       /* by -- */
	bool recursive;		       /* -r was given */
	bool turned;		       /* -R was, of COMMAND_TURNS */
};

/* A word, as it stands to the command. */
struct position_word {
	enum args_kind kind; /* ARGS_NONE: an option, or one too many */
	size_t skip;	     /* bytes of it before the value: "--to=", "-t" */
	const struct args_option *option; /* whose value it is, or NULL */
};

void position_init(struct position *p, const struct command *cmd);
/* The next word, and steps behind it. */
struct position_word position_take(struct position *p, const char *word);

#endif
