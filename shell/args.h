/*
 * A command's words: options, in any place before `--`, and operands.  Pure.
 */
#ifndef SHELL_ARGS_H
#define SHELL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define ARGS_MESSAGE_MAX 256

/* A long name for an option letter; a table ends with NULL.  A letter
 * that is no printable character has a long name only. */
struct args_long {
	const char *name;
	char letter;
};

/* One value of an option that may be repeated. */
struct args_value {
	char letter;
	const char *text;
};

struct args {
	bool given[128];	/* by letter */
	const char *value[128]; /* of those that take one; the last one */
	const char **operands;	/* heap */
	size_t count;
	/* Each value that was given, in order; heap; args_parse() only. */
	struct args_value *values;
	size_t value_count;
};

/*
 * letters: those allowed, each with a ':' behind it when it takes a value.
 * The operands point into argv.  ERR_FORMAT, with message; ERR_MEMORY.
 */
enum err args_parse(struct args *a, int argc, char *const *argv,
		    const char *letters, const struct args_long *longs,
		    char message[ARGS_MESSAGE_MAX]) MUST_CHECK;
/* The same, but the first operand ends it; *used: words that were read. */
enum err args_parse_head(struct args *a, int argc, char *const *argv,
			 const char *letters, const struct args_long *longs,
			 int *used, char message[ARGS_MESSAGE_MAX]) MUST_CHECK;
void args_release(struct args *a);

#endif
