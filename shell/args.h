/*
 * A command's words: options, in any place before `--`, and operands.  Pure.
 *
 * The options are rows of tables, which help, completion and the manual's
 * check read too.
 */
#ifndef SHELL_ARGS_H
#define SHELL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define ARGS_MESSAGE_MAX 256

/* What a word stands for: completion offers such, and the shell brings
 * stored names to where `cd` has gone. */
enum args_kind {
	ARGS_NONE, /* there is no word */
	ARGS_TEXT,
	ARGS_LOCAL,	/* a local file */
	ARGS_DIRECTORY, /* a local directory */
	ARGS_STORED,	/* a stored name, or a pattern of such */
	ARGS_PREFIX,	/* of stored names: a "directory" */
	ARGS_NAME,	/* a stored name that may be new */
	ARGS_SERVER,	/* of the configuration */
	ARGS_COMMAND,
	ARGS_SETTING, /* of `set` */
	ARGS_CHOICE,  /* "one|two|three": .value, or the command's .choices */
};

/* A table of options ends with letter 0.  A letter that is no printable
 * character has a long name only; .name may be NULL. */
struct args_option {
	char letter;
	const char *name;
	const char *value; /* what a usage calls its value; NULL: has none */
	enum args_kind kind;
	const char *help; /* one line; NULL: not shown */
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

struct args_words {
	int argc;
	char *const *argv;
	const bool *plain; /* [argc], those that are operands whatever they
			      look like; NULL: none */
};

/*
 * The operands point into the words.  common: more options, or NULL; of two
 * rows with one letter or name the first table's counts.  ERR_FORMAT, with
 * message; ERR_MEMORY.
 */
enum err args_parse(struct args *a, const struct args_words *words,
		    const struct args_option *options,
		    const struct args_option *common,
		    char message[ARGS_MESSAGE_MAX]) MUST_CHECK;
/* The same, but the first operand ends it; *used: words that were read. */
enum err args_parse_head(struct args *a, const struct args_words *words,
			 const struct args_option *options, int *used,
			 char message[ARGS_MESSAGE_MAX]) MUST_CHECK;
void args_release(struct args *a);

/* The row of that letter, in either table; NULL. */
const struct args_option *args_find(const struct args_option *options,
				    const struct args_option *common,
				    char letter);
/* The same by long name, len bytes. */
const struct args_option *args_find_long(const struct args_option *options,
					 const struct args_option *common,
					 const char *name, size_t len);

#endif
