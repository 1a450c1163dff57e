/*
 * A growing list of stored names: what the operands of get, rm and heal come
 * to, trees (-r) included.
 */
#ifndef SHELL_NAMES_H
#define SHELL_NAMES_H

#include "client.h"
#include "filter.h"

struct names {
	char **list; /* heap, each with a NUL */
	size_t count;
	size_t cap;
	uint64_t bytes; /* of the files found in trees; of each as often */
	bool lenient;	/* a tree that is not there is no error */
	const struct filter *filter; /* what is taken; or NULL */
};

bool names_add(struct names *n, const char *text, size_t len);
void names_release(struct names *n);

static inline const char *const *names_listed(const struct names *n)
{
	return (const char *const *)n->list;
}

/*
 * Adds the names that each operand stands for: itself, or, when recursive,
 * that name and all below it (an empty operand: all).  The filter sees an
 * operand as it is, and what is below it from there on.  What cannot be found
 * is said and tallied.  False: no memory.
 */
bool names_expand(struct names *n, struct client *c,
		  const char *const *operands, size_t count, bool recursive);

#endif
