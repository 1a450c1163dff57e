/*
 * Faults at random: servers that are killed, stopped or full, a network that
 * fails between some clients and some servers, disks that are lost, and heals
 * that run beside.  Each ends after a while.
 */
#ifndef CHAOS_TROUBLE_H
#define CHAOS_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "rng.h"

struct chaos;

enum trouble_kind {
	TROUBLE_KILL,  /* kill -9 and a restart */
	TROUBLE_PAUSE, /* SIGSTOP, SIGCONT */
	TROUBLE_FULL,  /* no space left */
	TROUBLE_WIPE,  /* the disk is lost */
	TROUBLE_CUT,   /* as the states of relays */
	TROUBLE_HOLE,
	TROUBLE_HALF, /* one direction */
	TROUBLE_LATE,
	TROUBLE_MUTE,	/* a client hears nothing of its COMMITs */
	TROUBLE_UNPLUG, /* its link is down */
	TROUBLE_HEAL,
	TROUBLES,
};

#define TROUBLE_SLOTS 8

struct trouble_slot {
	struct chaos *chaos;
	bool busy;
	enum trouble_kind kind;
	unsigned server;  /* of the first four kinds */
	bool told;	  /* full: it runs with that */
	uint32_t clients; /* bits, of the relays' kinds */
	uint32_t servers; /* bits; of the links', too */
	uint64_t relays;  /* bits: those that it has changed */
	struct loop_timer end;
};

struct trouble {
	struct chaos *chaos;
	struct rng rng;
	struct loop_timer next;
	struct loop_timer mood; /* how many at once may be, changes */
	unsigned most;
	uint64_t half_ms; /* of the run */
	struct trouble_slot slots[TROUBLE_SLOTS];
	uint32_t counts[TROUBLES];
};

void trouble_start(struct trouble *t, struct chaos *c);
/* Ends all of them; servers that were down start again. */
void trouble_stop(struct trouble *t);
void trouble_show_counts(const struct trouble *t);
/* Can there be any of the kind in this run? */
bool trouble_may_be(const struct chaos *c, enum trouble_kind kind);
const char *trouble_text(enum trouble_kind kind);

#endif
