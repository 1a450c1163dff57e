/*
 * All that can be known of one name: what each server says of it, where its
 * chunks are, and what becomes of it.
 */
#ifndef SHELL_EXPLAIN_H
#define SHELL_EXPLAIN_H

#include "grid.h"
#include "look.h"
#include "outlook.h"

/* Large: heap. */
struct explain {
	struct client *client;
	struct lookup lookup;
	struct held held[LAYOUT_MAX];
	struct view view;
	struct found found;
	enum look_end end;
	bool planned; /* nothing is stored: where it would go */
	struct placement placement;
	struct outlook outlook;
	struct grid_row rows[LAYOUT_MAX];
	/* The servers' reading of their chunks. */
	bool begun;
	bool verified;
	uint64_t silent; /* servers that did not read to the end */
};

/* Asks all servers, and has them read the chunks, where reads is set.
 * explain_release() afterwards. */
void explain_run(struct explain *x, struct client *c, const char *name,
		 bool reads);
void explain_release(struct explain *x);

static inline bool explain_is_stored(const struct explain *x)
{
	return x->found.committed && x->found.version.y != 0;
}

#endif
