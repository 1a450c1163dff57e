/*
 * Listings as commands make them: run, and what their end means said and
 * tallied.
 */
#ifndef SHELL_WALK_H
#define SHELL_WALK_H

#include "client.h"
#include "listing.h"

struct walk {
	struct client *client;
	/* In byte order of the names, as in struct listing_query. */
	void (*each)(void *arg, const struct listing_name *n);
	void *arg;

	/* What the last walk came to. */
	enum listing_end end;
	bool any; /* there was a name */
};

/* All names that begin with the prefix.  Those that there are none of are no
 * error.  False: the command goes on with nothing else. */
bool walk_prefix(struct walk *w, const char *prefix);
/* The stored name `top`, and all below it, slashes at its end aside; "": all.
 * That it is not there is said, and tallied, where that is proven. */
bool walk_below(struct walk *w, const char *top);

#endif
