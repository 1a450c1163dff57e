/*
 * The last listing that a shell has seen whole, for a few seconds: for
 * completion, and for commands that only look.  What changes anything never
 * asks it, and drops it.
 */
#ifndef SHELL_CACHE_H
#define SHELL_CACHE_H

#include <stddef.h>

#include "view.h"

#define CACHE_MS 3000	      /* from the begin of the listing on */
#define CACHE_NAMES_MAX 20000 /* of a longer one nothing is kept */

/* One name; valid during a call. */
struct listing_name {
	const char *text;
	size_t len;
	enum listed listed;
	const struct view *view;
	const struct found *found;
};

/* All zero: nothing is kept. */
struct cache {
	struct cached *names; /* heap, sorted */
	size_t count;
	size_t cap;
	char *prefix; /* of what was listed; NULL: nothing */
	struct view view;
	uint64_t begun_ms;
	bool filling; /* not whole yet */
};

void cache_drop(struct cache *c);

/* A listing of that prefix begins, and drops what was kept; its names; its
 * end.  Not proven: nothing is kept. */
void cache_begin(struct cache *c, const char *prefix, uint64_t now_ms);
void cache_add(struct cache *c, const struct listing_name *n);
void cache_end(struct cache *c, bool proven, const struct view *v);

/* Tells the names with that prefix, in order, until *enough (or NULL).
 * False: they are not known. */
bool cache_tell(const struct cache *c, const char *prefix, uint64_t now_ms,
		void (*each)(void *arg, const struct listing_name *n),
		void *arg, const bool *enough);
/* The one of that name, whole; false: not known. */
bool cache_find(const struct cache *c, const char *name, uint64_t now_ms,
		struct listing_name *n);

#endif
