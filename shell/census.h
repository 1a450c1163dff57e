/*
 * What a command's local operands come to, found out beside its work: how
 * many files, how many bytes.  A walk of its own, a little at a time.
 */
#ifndef SHELL_CENSUS_H
#define SHELL_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree;

struct census {
	const char *const *paths; /* the caller's */
	size_t count;
	bool trees; /* directories are walked */

	uint64_t files;
	uint64_t bytes;
	bool done; /* all is counted */
	size_t at;
	struct tree *tree;
};

/* For about ms milliseconds.  What cannot be read counts as nothing. */
void census_some(struct census *c, uint64_t ms);
void census_release(struct census *c);

#endif
