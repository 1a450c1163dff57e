/*
 * What is below a prefix of stored names, or in a local directory: relative
 * paths in byte order, sizes, times.  Two of these, compared, are a mirror's
 * work.
 */
#ifndef SHELL_INVENTORY_H
#define SHELL_INVENTORY_H

#include "client.h"
#include "filter.h"

enum inventory_kind {
	INVENTORY_FILE,
	INVENTORY_INCOMPLETE, /* stored, and cannot be fetched now */
	INVENTORY_OTHER,      /* local, and neither file nor directory */
};

struct inventory_item {
	char *path; /* heap */
	enum inventory_kind kind;
	uint64_t size;
	int64_t mtime_ns;
	bool doomed; /* the caller's: is to be deleted */
};

struct inventory {
	const struct filter *filter; /* the caller's: what is taken */
	struct inventory_item *list; /* heap */
	size_t count;
	size_t cap;
	bool complete; /* it is proven that nothing is missing in it */
	bool no_memory;
};

/*
 * Both say and count what goes wrong.  False: there is no use in going on.
 * Of local files in a directory that cannot be read, and of stored ones while
 * too few servers answer, the inventory is not complete.
 */
/* prefix: "", or with a slash at its end. */
bool inventory_stored(struct inventory *v, struct client *c,
		      const char *prefix);
/* A directory that is not there is an empty one where it may lack. */
bool inventory_local(struct inventory *v, struct client *c, const char *dir,
		     bool may_lack);
void inventory_release(struct inventory *v);

#endif
