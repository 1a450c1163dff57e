/*
 * Files that are to be moved: which local file goes with which stored name.
 */
#ifndef SHELL_MANIFEST_H
#define SHELL_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct manifest_item {
	char *path; /* local; heap */
	char *name; /* stored; heap */
};

struct manifest {
	struct manifest_item *list; /* heap */
	size_t count;
	size_t cap;
	size_t at;	/* of manifest_next() */
	uint64_t bytes; /* of all */
};

/* Both are copied; bytes: the size.  False without memory. */
bool manifest_add(struct manifest *m, const char *path, const char *name,
		  uint64_t bytes);
/* The next one, as upload and download ask for it; arg is the manifest.
 * False when there is none. */
bool manifest_next(void *arg, const char **path, const char **name);
bool manifest_more(const void *arg);
void manifest_release(struct manifest *m);

#endif
