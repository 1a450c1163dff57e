/*
 * A run: four servers, eight clients and one that heals, a relay between each
 * pair, and a journal.
 *
 *   main     options, the run, its report
 *   caller   a client's loop: one operation after the other
 *   healer   dfc heal and status
 *   trouble  faults, at random
 *   relay    the network
 *   server   the daemons
 *   value    what files contain
 *   journal  every operation
 *   verdict  is the journal right?
 *   doubt    would a wrong journal be found?
 *   ending   all faults off: is everything there?
 *   skew     (a library) wrong clocks
 *
 * One thread; everything happens in the loop.
 */
#ifndef CHAOS_CHAOS_H
#define CHAOS_CHAOS_H

#include "caller.h"
#include "healer.h"
#include "journal.h"
#include "relay.h"
#include "server.h"
#include "trouble.h"

#include "err.h"

#define CHAOS_SERVERS 4u
#define CHAOS_CALLERS 8u
#define CHAOS_PATH_MAX 256

/* What the run is to show; one test each. */
enum check {
	CHECK_BYTES,   /* what is read is what was put */
	CHECK_ENDS,    /* clients end in time, as dfc(1) says */
	CHECK_SERVERS, /* servers end only when told */
	CHECK_ORDER,   /* the journal is right */
	CHECK_ENDING,  /* healed, any three servers have everything */
	CHECK_DISKS,   /* and nothing else is on the disks */
	CHECK_DOUBT,   /* wrong journals are found */
	CHECK_ENOUGH,  /* things did happen */
	CHECKS,
};

struct chaos_settings {
	uint64_t seed;
	uint64_t seconds;
	uint64_t ops; /* ends it too, when not 0 */
	const char *dfs;
	const char *dfc;
	const char *skew;  /* the library, or NULL */
	const char *disks; /* DIR/1 .. DIR/4 are small file systems */
	const char *net;   /* servers are in the namespaces NET1 .. NET4, behind
			      the interfaces NETv1 .. NETv4 */
	bool keep;	   /* the directory stays */
};

struct chaos {
	struct chaos_settings settings;
	char dir[CHAOS_PATH_MAX / 4];
	struct loop loop;
	struct journal journal;
	struct server servers[CHAOS_SERVERS];
	/* The last row is the healer's. */
	struct relay relays[CHAOS_CALLERS + 1][CHAOS_SERVERS];
	struct caller callers[CHAOS_CALLERS];
	struct healer healer;
	struct trouble trouble;
	bool ending; /* nothing new begins */
	unsigned complaints[CHECKS];
};

/* Counts against a check, and says the first ones, as comments of TAP. */
void chaos_complain(struct chaos *c, enum check check, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* One turn of the loop, of at most so long. */
void chaos_turn(struct chaos *c, unsigned ms);
/* Turns the loop until all that was started has ended; false after
 * seconds. */
bool chaos_settle(struct chaos *c, unsigned seconds);

#endif
