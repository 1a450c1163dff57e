/*
 * Where in the names a shell is: `cd` goes among their prefixes.  Pure.
 */
#ifndef SHELL_HERE_H
#define SHELL_HERE_H

#include <stddef.h>

#include "err.h"
#include "name.h"

/* A prefix without a slash at its end; "" is the top. */
struct here {
	char prefix[NAME_MAX_BYTES + 1];
};

/*
 * The stored name that word stands for: below here, or from the top when it
 * begins with a slash.  Components "." and ".." are gone through, empty ones
 * dropped; a slash at the end stays.  ERR_LIMIT: longer than size - 1.
 */
enum err here_resolve(const struct here *h, const char *word, char *out,
		      size_t size) MUST_CHECK;
/* The same of a pattern: the prefix stands for itself. */
enum err here_pattern(const struct here *h, const char *pattern, char *out,
		      size_t size) MUST_CHECK;
/* Goes to where word leads.  ERR_LIMIT; ERR_NAME: no name begins so. */
enum err here_go(struct here *h, const char *word) MUST_CHECK;
/* name as it is written here: without the prefix, where it lies below it. */
const char *here_relative(const char *prefix, const char *name);

#endif
