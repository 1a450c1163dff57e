/*
 * The names of the whole cluster: every server's list, merged as they come.
 * Memory is bounded: a server that is ahead of the others waits.
 */
#ifndef SHELL_LISTING_H
#define SHELL_LISTING_H

#include "cache.h"
#include "cluster.h"
#include "view.h"

struct listing_query {
	struct cluster *cluster;
	const char *prefix;
	bool deleted; /* names that are LISTED_NOT too */
	/* What the cluster's cache has, where it has one, will do: for what
	 * only looks. */
	bool remembered;
	/* A listing that ends early is as good as proven: when *enough has
	 * become true.  NULL: never. */
	const bool *enough;
	/* Of the loop's clock: then what is known by then will do, and the
	 * listing is not proven.  0: never. */
	uint64_t until_ms;
	/* In byte order of the names. */
	void (*each)(void *arg, const struct listing_name *n);
	void *arg;
};

enum listing_end {
	LISTING_PROVEN,	  /* complete */
	LISTING_UNPROVEN, /* too few members took part to the end */
	LISTING_NONE,	  /* no server answered */
	LISTING_CANCELLED,
	LISTING_MEMORY,
};

/* Turns the loop until all is told.  *v: of those that took part to the
 * end. */
enum listing_end listing_run(const struct listing_query *q, struct view *v);

#endif
