/*
 * One history: servers, clients, a network, and a clock that jumps from one
 * thing that happens to the next.  The same seed gives the same history.
 *
 * A struct world is owned by one thread, and used for one history after
 * another.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "history.h"
#include "net.h"
#include "profile.h"
#include "queue.h"
#include "rng.h"
#include "rule.h"
#include "script.h"
#include "server.h"

#define CLIENTS_MAX 5 /* the last one only looks at what is left */
#define PLANS_MAX 2   /* changes of members */
#define HOLDS_MAX 8
#define WORLD_TEXT_MAX 256

/* Over all histories of a run. */
struct counts {
	uint64_t histories;
	uint64_t violations;
	uint64_t harms; /* of them, those that broke a promise */
	uint64_t steps;
	uint64_t ended[OP_KINDS][OUTCOMES]; /* operations, by outcome */
	uint64_t weak;
	uint64_t superseded;
	uint64_t degraded;
	uint64_t crashes;
	uint64_t pauses;
	uint64_t cuts;
	uint64_t lost;
	uint64_t kills;
	uint64_t freezes;
	uint64_t cancels;
	uint64_t wipes;
	uint64_t begins;     /* stores that began a cluster */
	uint64_t joins;	     /* stores that a heal let join */
	uint64_t unfinished; /* histories with changes that do not end */
	uint64_t rots;
	uint64_t rejoins;   /* disks put back to an older image */
	uint64_t forgotten; /* deletions, on one server */
	uint64_t filled;    /* RESTOREs */
	uint64_t restripes;
	uint64_t changes[3]; /* of members, by enum plan_kind */
};

struct world {
	struct rng rng;
	struct profile profile;
	enum rule off;
	bool trace;
	bool calm;	    /* no more faults: the end is looked at */
	bool wiped;	    /* a server has lost its disk, or is destroyed */
	bool rotten;	    /* some chunk has gone bad */
	bool beyond;	    /* and others were no members: r members may be
			    gone, only what is said must be right */
	uint64_t now_ms;    /* BOOTTIME of the clients */
	uint64_t step;	    /* a strict order of all that happens */
	unsigned n;	    /* members as it begins */
	unsigned all;	    /* servers */
	struct lineup list; /* what a new configuration lists */
	struct plan plans[PLANS_MAX];
	unsigned plan_count;
	struct hold holds[HOLDS_MAX]; /* of directed histories */
	unsigned hold_count;
	unsigned ops_left;
	bool late_up; /* the late server has come, or there is none */
	struct queue queue;
	struct server servers[SERVERS_MAX];
	struct client clients[CLIENTS_MAX];
	struct history history;
	struct counts *counts;
	char violation[WORLD_TEXT_MAX]; /* empty: none */
	bool harm;			/* it broke a promise */
};

void world_init(struct world *w, struct counts *counts);
void world_release(struct world *w);
/* One history of n servers.  False when something was violated. */
bool world_run(struct world *w, unsigned n, uint64_t seed, enum rule off);
/* The same with a directed history in the place of a random one. */
bool world_play(struct world *w, const struct script *s, uint64_t seed,
		enum rule off);

/* For the parts: something will happen after_ms from now. */
void world_push(struct world *w, uint64_t after_ms, enum item_kind kind,
		unsigned who, unsigned life, unsigned what);
void world_push_message(struct world *w, uint64_t after_ms, enum item_kind kind,
			struct message *m);
/* One thing happens; false when there is none before that time, or after
 * harm was done. */
bool world_step(struct world *w, uint64_t until_ms);
/* All that happens for so long. */
void world_wait(struct world *w, uint64_t ms);
/* The configuration lists that server from now on; or does not. */
void world_list(struct world *w, unsigned server);
void world_unlist(struct world *w, unsigned server);
/* How long a client thinks before its next operation, in ms. */
uint64_t world_think(struct world *w);
/* A line of the trace. */
__attribute__((format(printf, 2, 3))) void world_say(const struct world *w,
						     const char *format, ...);
/* A promise is broken; the first one counts. */
__attribute__((format(printf, 2, 3))) void world_violated(struct world *w,
							  const char *format,
							  ...);

/* Nothing is lost, but something does not go on. */
__attribute__((format(printf, 2, 3))) void world_stuck(struct world *w,
						       const char *format, ...);

#endif
