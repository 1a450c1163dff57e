/*
 * What the answers of the servers mean: which cluster they belong to, how
 * many members they prove, which version of a name is the newest, and
 * whether it can be rebuilt.  Pure: no I/O, no clocks; the simulator of the
 * test suite runs this very code.  See dfs-consistency(7).
 *
 * A server is its index in the client's list, 0..63; a set of servers is a
 * bit mask.
 */
#ifndef SHELL_VIEW_H
#define SHELL_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"

/* How the answers stand to each other.  All masks are of answers only. */
struct view {
	struct cluster_id cluster; /* id zero: no record among the answers */
	unsigned n;		   /* servers: the record's, else the list's */
	unsigned w;		   /* marks that make a change succeed */
	unsigned r;		   /* members that prove "newest", "absent" */
	uint64_t valid;		   /* blank, or of this cluster */
	uint64_t members;	   /* of this cluster; leaving ones are not */
	uint64_t leaving;
	uint64_t removed;  /* told to leave under an older record: is gone */
	uint64_t behind;   /* members by an older record of this cluster */
	uint64_t expelled; /* by one of an older era: a dead server that was
			      removed, and is back */
	uint64_t joining;
	uint64_t blank;
	uint64_t strangers; /* of another cluster: no answer */
	uint64_t doubled;   /* a store id that stands in the list twice */
	uint64_t writable;  /* valid, neither read-only nor leaving; members
			       only, when the list is longer than n */
	uint64_t roomy;	    /* writable, and not full */
	bool established;   /* w members carry the cluster id */
	bool fresh;	    /* no answer has a version or an epoch above 1:
				   what is answered can still be a beginning */
};

/* stores[i] is server i's answer, or NULL.  count: length of the list. */
void view_make(struct view *v, const struct msg_store *const *stores,
	       unsigned count);

/* The records that one server holds of a name, highest tag first. */
struct held {
	const struct record *list;
	unsigned count;
};

/* What the valid answers say of a name. */
struct found {
	bool committed;		/* some member has committed something; where
				   the members prove nothing, somebody has */
	struct version version; /* the highest committed; y == 0: deleted */
	uint64_t marks;		/* servers that have committed it or higher */
	uint64_t holders[LAYOUT_MAX]; /* per chunk: who can deliver it */
	uint64_t ctr_max;	      /* over all records and floors */
	uint64_t broken;  /* servers that lack a chunk file of their place */
	bool rebuildable; /* every chunk has a holder; true of y == 0 */
};

/* held[i] counts only when bit i of view->valid is set; stores as above. */
void found_make(struct found *f, const struct view *v,
		const struct msg_store *const *stores, const struct held *held,
		unsigned count);
/* The digest that server's record gives for chunk; NULL if it has none. */
const struct digest *found_digest(const struct found *f,
				  const struct held *held, unsigned chunk);

/* What a listing says of a name. */
enum listed {
	LISTED_NOT, /* not there, or deleted */
	LISTED_WHOLE,
	LISTED_INCOMPLETE, /* not enough servers, or not rebuildable */
};
enum listed view_list(const struct view *v, const struct found *f);
/* Are the answers enough to call a listing complete? */
bool view_proves(const struct view *v);
/* All answers are blank, and enough to begin a cluster: new and empty. */
bool view_is_new(const struct view *v);
/* How many of a list of `count` must answer before a cluster begins: so many
 * that, even if one disk is lost, any w servers with a version are met. */
unsigned view_beginners(unsigned count);

unsigned mask_count(uint64_t mask);
uint64_t mask_all(unsigned count);

#endif
