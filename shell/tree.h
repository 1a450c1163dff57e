/*
 * A walk over a local directory tree: the regular files in it, in byte order
 * of their names within each directory.  Links are not followed, but for the
 * top.  What of a directory could be read is found, also when the rest could
 * not.
 */
#ifndef SHELL_TREE_H
#define SHELL_TREE_H

#include <stdbool.h>

#include "err.h"

struct tree;

enum tree_found {
	TREE_FILE,
	TREE_SKIPPED,	 /* neither file nor directory */
	TREE_UNREADABLE, /* not all that is in it is known */
	TREE_END,
};

/* ERR_SYS, ERR_MEMORY. */
enum err tree_open(struct tree **out, const char *path) MUST_CHECK;
/* path: of what was found; below: the same from the tree's top on; both are
 * valid until the next call.  why: of what is skipped, or unreadable. */
enum tree_found tree_next(struct tree *t, const char **path, const char **below,
			  const char **why);
void tree_close(struct tree *t);

#endif
