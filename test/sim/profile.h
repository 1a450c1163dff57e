/*
 * What one history is like: how many take part, how bad the network and the
 * machines are.  Drawn at random from the history's seed, then bent towards
 * what a switched-off rule needs to show.
 */
#ifndef SIM_PROFILE_H
#define SIM_PROFILE_H

#include <stdbool.h>

#include "rng.h"
#include "rule.h"

/* Scaled; gc_age is more than two fences. */
#define PROFILE_FENCE_MS 60000
#define PROFILE_QUARANTINE_MS 15000
#define PROFILE_GC_AGE_MS 130000

enum start {
	START_STEADY, /* all are members of one cluster */
	START_BLANK,  /* a new cluster: all blank, all up */
	START_LATE,   /* the same, and one comes only later */
};

enum { MIX_PUT, MIX_GET, MIX_RM, MIX_HEAL, MIX_MEMBERS, MIX_COUNT };

/* Rates are per 10,000 steps of the world, unless they say permille. */
struct profile {
	enum start start;
	unsigned clients;
	unsigned names;
	unsigned ops;		 /* of all clients together */
	unsigned mix[MIX_COUNT]; /* weights */
	unsigned delay_ms;	 /* of a message, usually at most */
	unsigned slow_permille;	 /* messages that take up to slow_ms */
	unsigned slow_ms;
	unsigned sync_ms;	      /* a change on disk, at most */
	unsigned think_ms;	      /* of a client between two operations */
	unsigned long_think_permille; /* up to 1.5 fences instead */
	unsigned refuse_permille;     /* stages that fail on the server */
	unsigned io_permille;	      /* changes that end in a disk error */
	unsigned full_permille;	     /* starts of a server whose disk is full */
	unsigned all_permille;	     /* puts that require all members */
	unsigned read_only_permille; /* gets with a key that may not write */
	unsigned condition_permille; /* puts, rms with one; patient gets */
	unsigned reconnect_permille;
	unsigned crash;	   /* a server dies */
	unsigned down_ms;  /* and stays away for so long */
	unsigned down_max; /* servers down at once */
	unsigned pause;	   /* a server stops, and goes on later */
	unsigned pause_ms;
	unsigned cut;			   /* a connection breaks */
	unsigned kill;			   /* a client dies */
	unsigned kill_committing_permille; /* on sending its COMMITs */
	unsigned freeze; /* a client stops, and goes on later */
	unsigned cancel; /* the user gives up */
	bool wipe;	 /* one server loses its disk, once */
	unsigned wipe_rate;
	unsigned wipe_marked_permille; /* marks that are lost at once so */
	unsigned late_permille;	    /* what a dead client sent comes up to 1.5
				   fences later */
	unsigned gc_think_permille; /* pauses of up to 1.5 gc_age */
	bool adds;		    /* a server is to be added */
	bool removes;		    /* one is to be removed */
	unsigned destroy;	    /* it is destroyed first */
	unsigned rot;		    /* a chunk goes bad */
	unsigned save;		    /* a disk image is kept */
	bool rollback;		    /* a lost disk is put back to its image */
	unsigned fence_ms;
	unsigned quarantine_ms;
	unsigned gc_age_ms;
};

void profile_draw(struct profile *p, struct rng *r, unsigned servers,
		  enum rule off);

#endif
