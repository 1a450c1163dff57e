/*
 * The worker pool: ready sessions wait in it, and a fixed number of threads
 * serve them, one thread a session at a time.
 *
 * There are two queues.  What is known to be long or to need the disk next (a
 * body, an open stage, the rest of a FETCH or a LIST) waits in the heavy one,
 * everything else in the light one.  Ordinary workers take whichever waits
 * longest.  One worker more, the reserved one, is woken only while all others
 * are at work, and takes from the light queue only; when what it finds there
 * turns out to need the disk, it puts it into the heavy queue and goes on.
 * So a QUERY, a STATUS or the beginning of a LIST is answered within the time
 * of such answers, whatever the disk does and whoever lists.
 *
 * A job is in at most one queue, once: the queues need no memory and are
 * bounded by the number of sessions.  All functions may be called by any
 * thread that holds no lock.
 */
#ifndef DAEMON_POOL_H
#define DAEMON_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define POOL_IN_SIZE (256 * 1024)  /* bytes a worker can receive at once */
#define POOL_OUT_SIZE (192 * 1024) /* bytes of answers it gathers */

struct pool;

/* What a thread brings to serving a session. */
struct worker {
	bool reserved; /* must not touch the disk */
	size_t out_len;
	uint8_t *in;  /* POOL_IN_SIZE */
	uint8_t *out; /* POOL_OUT_SIZE */
};

/* The first member of what waits in the pool. */
struct pool_job {
	struct pool_job *next; /* guarded by pool.lock */
	uint64_t turn;	       /* guarded by pool.lock */
};

enum pool_after {
	POOL_DONE,  /* not the pool's any more */
	POOL_LIGHT, /* again, in the light queue */
	POOL_HEAVY, /* again, in the heavy queue */
};

/* Serves one job for a bounded time. */
typedef enum pool_after pool_serve(struct pool_job *j, struct worker *w);

struct pool_counts {
	unsigned workers; /* without the reserved one */
	unsigned idle;
	unsigned waiting; /* jobs */
};

/* Starts count workers and the reserved one.  ERR_MEMORY, ERR_SYS. */
enum err pool_start(struct pool **out, unsigned count,
		    pool_serve *serve) MUST_CHECK;
/* Waits until each worker has ended its job, and ends them; what still waits,
 * or is put later, is left as it is. */
void pool_stop(struct pool *p);
/* After pool_stop(), when nobody puts any more.  NULL is nothing. */
void pool_free(struct pool *p);
void pool_put(struct pool *p, struct pool_job *j, bool heavy);
void pool_count(struct pool *p, struct pool_counts *out);

/* One worker's memory, for the pool and for tests. */
enum err worker_init(struct worker *w, bool reserved) MUST_CHECK;
void worker_release(struct worker *w);

#endif
