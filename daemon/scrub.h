/*
 * The scrub: one thread that reads every chunk of the highest committed
 * versions, name after name, past the page cache, and compares the digests.
 * What it finds is logged, counted and no longer offered by the store; it
 * deletes nothing and mends nothing.
 *
 * It keeps to a rate, and to an eighth of it while requests are served.  Where
 * it is, is written about once a minute, at the end of a pass and of the
 * daemon, but never behind the first bad chunk of the pass that is not mended:
 * a restart comes to that one first.  A pass begins when the last one is
 * `interval` old; the wall clock is asked for that after a restart only.
 */
#ifndef DAEMON_SCRUB_H
#define DAEMON_SCRUB_H

#include <stdatomic.h>
#include <stdint.h>

#include "store.h"

#define SCRUB_STEP 262144    /* bytes read at once, at most */
#define SCRUB_NAME_MIN 65536 /* bytes that a name counts for at least */
#define SCRUB_BUSY_MS 100    /* after a request */
#define SCRUB_BUSY_SHARE 8   /* of the rate, under load: one in so many */
#define SCRUB_SAVE_MS 60000

struct scrub;

struct scrub_settings {
	struct store *store;
	const _Atomic uint64_t *served_ms; /* when a request was, clock_ms() */
	atomic_ullong *passed; /* names, in this pass; 0 between passes */
	uint64_t rate;	       /* bytes a second; 0: off */
	uint64_t interval_ms;
	uint64_t settle_ms; /* before it begins to read */
};

/* Starts it.  ERR_MEMORY, ERR_SYS. */
enum err scrub_start(struct scrub **out,
		     const struct scrub_settings *s) MUST_CHECK;
/* From now on. */
void scrub_set(struct scrub *c, uint64_t rate, uint64_t interval_ms);
/* Passes that have ended. */
unsigned scrub_passes(const struct scrub *c);
/* Ends it after the step under way, with its place written.  The store is
 * open still.  NULL is nothing. */
void scrub_stop(struct scrub *c);

#endif
