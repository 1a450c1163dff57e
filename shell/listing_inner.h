/*
 * What listing.c (merging, telling) and listing_part.c (a server's part of it,
 * as it arrives) share.  For no one else.
 */
#ifndef SHELL_LISTING_INNER_H
#define SHELL_LISTING_INNER_H

#include "listing.h"
#include "name.h"

struct bytes {
	uint8_t *data;
	size_t at;
	size_t len;
	size_t cap;
};

/* One server's part. */
struct part {
	struct listing *listing;
	bool asked;
	bool headed; /* .store is there */
	bool ended;
	bool lost;
	bool held;    /* was not read for a while, which servers end */
	bool cut;     /* by its end; goes on when what has arrived is read */
	bool resumed; /* its head is due again */
	bool heard;   /* an entry, since it was asked */
	struct msg_store store;
	struct bytes now;  /* being read: entries point into it */
	struct bytes next; /* arriving meanwhile */
	bool has_entry;
	struct msg_list_entry entry;
	char last[NAME_MAX_BYTES];
	size_t last_len;
};

/* A name that may have to be asked for again, or stands behind one. */
struct waiting {
	char *name;
	size_t len;
	enum listed listed;
	struct found found;
	struct view view;
	struct lookup *lookup;
};

struct listing {
	const struct listing_query *query;
	struct cluster *cluster;
	struct part *parts;
	const struct msg_store *stores[LAYOUT_MAX];
	struct view view;
	bool judged; /* .stores and .view are up to date */
	bool no_memory;
	bool looking;	    /* a second time, at .waiting */
	bool away;	    /* the names' taker kept us for long */
	bool late;	    /* it was to have ended by now */
	bool doubtful;	    /* names look incomplete, and were not looked at
			       again */
	struct cache *keep; /* that it fills; or NULL */
	struct loop_timer until;
	struct waiting *waiting;
	size_t waiting_count;
};

struct link *part_link(const struct part *p);
/* Sends the LIST, for what comes behind the part's last entry. */
bool part_ask(struct part *p, unsigned server);
/* It is no part of the listing any more. */
void part_lose(struct part *p);
/* Its server has answered, and was not lost. */
bool part_counts(const struct part *p);
/* Its link is not read while it is far ahead. */
void part_pause_if_ahead(struct part *p);
/* It has its next entry, has none any more, or is lost.  False: wait for
 * bytes. */
bool part_is_ready(struct part *p);

#endif
