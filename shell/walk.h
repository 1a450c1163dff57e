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

	/* Of the name that each() is told: so many bytes of it are what was
	 * asked for, the rest lies below that. */
	size_t matched;
	bool by_pattern; /* it is what a pattern matches */
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
/* The same of what `operand` names: itself, if something is stored there; else
 * of what it matches as a pattern (pattern.h): names, and "directories", with
 * all below them; of those alone, when a slash ends the pattern. */
bool walk_operand(struct walk *w, const char *operand);

/* What was found has been printed; or a signal came meanwhile, and the command
 * is cancelled. */
void walk_printed(struct client *c);

#endif
