/*
 * Threads, locks and conditions, and the table of all locks of the daemon.
 *
 * Locking cannot fail: the wrappers abort on an error of the library.  A
 * thread takes locks in the order of their ranks, lowest first, never two of
 * one rank; unless NDEBUG is defined this is checked, and a breach aborts.
 *
 *   rank            guards                        while it is held
 *   LOCK_POOL       queue of ready sessions       memory only
 *   LOCK_SESSION    one session's place, answers  non-blocking send, epoll_ctl,
 *                   and TLS                       that session's tls_* (CPU)
 *   LOCK_ADOPT      changes of the store's state  disk; the catalogue
 *   LOCK_NAMES      the table of held names       memory only
 *   LOCK_SYNC       queue of the sync thread      memory only
 *   LOCK_CATALOGUE  the catalogue                 memory only
 *   LOCK_STATE      state, error text, counters   memory only
 *   LOCK_SPACE      the cached free space         one statvfs(2)
 *   LOCK_STATS      counters                      memory only
 *   LOCK_SCRUB      the scrub's rate and end      memory only
 *   LOCK_GATE       keys, failed handshakes       memory only
 *
 * A held name (names.h) is no lock of this table: it is kept across disk and
 * given back by another thread.  Whoever waits for one holds no lock and has
 * woken the sync thread before.
 */
#ifndef DAEMON_THREAD_H
#define DAEMON_THREAD_H

#include <pthread.h>
#include <stdint.h>

#include "err.h"

enum lock_rank {
	LOCK_POOL = 1,
	LOCK_SESSION,
	LOCK_ADOPT,
	LOCK_NAMES,
	LOCK_SYNC,
	LOCK_CATALOGUE,
	LOCK_STATE,
	LOCK_SPACE,
	LOCK_STATS,
	LOCK_SCRUB,
	LOCK_GATE,
};

struct mutex {
	pthread_mutex_t m;
	enum lock_rank rank; /* set before threads start */
};

struct cond {
	pthread_cond_t c; /* on CLOCK_MONOTONIC */
};

void mutex_init(struct mutex *m, enum lock_rank rank);
void mutex_release(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);

void cond_init(struct cond *c);
void cond_release(struct cond *c);
/* Spurious returns happen: the caller loops over its condition. */
void cond_wait(struct cond *c, struct mutex *m);
/* deadline_ms as clock_ms(); ERR_TIMEOUT when it has passed. */
enum err cond_wait_until(struct cond *c, struct mutex *m,
			 uint64_t deadline_ms) MUST_CHECK;
void cond_signal(struct cond *c);
void cond_broadcast(struct cond *c);

/* Runs run(arg) in a thread of that name (15 bytes are kept) with all signals
 * blocked.  ERR_SYS without the means.  Each started thread is joined. */
enum err thread_start(pthread_t *t, const char *name, void *(*run)(void *),
		      void *arg) MUST_CHECK;
void thread_join(pthread_t t);

#endif
