/*
 * Which servers are members: the decisions of a heal over all names, at whose
 * end new servers become members, and of `dfc members`.  Pure: no I/O, no
 * clocks; the simulator of the test suite runs this very code.  See
 * dfs-consistency(7), "SERVERS THAT COME AND GO".
 *
 * A server is its index in the client's list.
 */
#ifndef SHELL_ROSTER_H
#define SHELL_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "quorum.h"

enum roster_verdict {
	ROSTER_OK,
	ROSTER_NEW,	/* nothing is there yet */
	ROSTER_TOO_FEW, /* servers answer */
	ROSTER_DOUBLED, /* one store under two addresses */
	ROSTER_LIST,	/* the list is not the cluster's: .surplus */
	ROSTER_BUSY,	/* another change of members is not finished */
	ROSTER_ABSENT,	/* the server does not answer */
	ROSTER_STATE,	/* the server is not in the state for that */
	ROSTER_LAST,	/* fewer than two servers would be left */
};

/* One heal over all names. */
struct roster {
	struct view view; /* as it began */
	unsigned count;	  /* of the list */
	bool accept_stores;
	uint64_t answered;
	uint8_t stores[LAYOUT_MAX][STORE_ID_SIZE]; /* as it began */
	uint8_t states[LAYOUT_MAX];		   /* enum store_state */
	uint64_t marked; /* servers that have the mark of every name so far */
	uint64_t floor;	 /* what a new member must not go below */
	unsigned narrow; /* names that a pass with all members would spread
			    over more servers */
};

/* stores[i]: server i's answer, or NULL.  ROSTER_OK: the heal may begin.
 * accept_stores (heal --accept-loss --all): every server of the list must
 * answer, but none need be a member. */
enum roster_verdict roster_begin(struct roster *r,
				 const struct msg_store *const *stores,
				 unsigned count, bool accept_stores);
/* A counter that some record of any name has. */
void roster_counter(struct roster *r, uint64_t ctr);
/* The heal of one name has ended. */
void roster_name(struct roster *r, const struct quorum *q);
/* The servers that are not members. */
uint64_t roster_newcomers(const struct roster *r);
/* Newcomers that no place is for: the list must have as many servers as the
 * cluster has members. */
uint64_t roster_surplus(const struct roster *r);
/* Those that JOIN is to be sent to now: they have all marks. */
uint64_t roster_joiners(const struct roster *r);
void roster_join(const struct roster *r, unsigned server, struct msg_join *m);

/*
 * A change of members, from what the servers say now: members are sent the
 * record one after the other, in list order, so that of two changes one is
 * refused at the first server.  It can be begun again at any point: each
 * function looks only at what is.
 */
struct change {
	struct view view;
	unsigned count;
	unsigned server;      /* that is added or removed */
	struct msg_join join; /* to be sent; .store is each server's own */
	uint64_t to;	      /* members that lack it, lowest first */
	uint64_t carried;     /* members that have it */
	unsigned enough;      /* so many must have it */
	bool begun;	      /* some have it: an earlier run did not end */
};

/* The list has the new server already.  Record: epoch + 1, N + 1. */
enum roster_verdict roster_add(struct change *c,
			       const struct msg_store *const *stores,
			       unsigned count, unsigned server);
/* First step: the server is told that it leaves (to: itself; none if it is
 * dead, or told).  dead: it will never come back. */
enum roster_verdict roster_leave(struct change *c,
				 const struct msg_store *const *stores,
				 unsigned count, unsigned server, bool dead);
/* Last step, after a heal over all names that left nothing undone.  *c is as
 * roster_leave() has left it; ROSTER_BUSY: members have changed since.
 * Record: epoch + 1, N - 1, to all others. */
enum roster_verdict roster_remove(struct change *c,
				  const struct msg_store *const *stores,
				  unsigned count, unsigned server, bool dead);

#endif
