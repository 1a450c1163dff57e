#include "thread.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define HELD_MAX 8 /* locks that one thread may hold */

static void must(int error, const char *what)
{
	if (error != 0) {
		fprintf(stderr, "dfs: %s: %s\n", what, strerror(error));
		abort();
	}
}

#ifndef NDEBUG
static _Thread_local enum lock_rank held[HELD_MAX];
static _Thread_local unsigned held_count;

static void rank_enter(enum lock_rank rank)
{
	if (held_count >= HELD_MAX ||
	    (held_count > 0 && held[held_count - 1] >= rank)) {
		fprintf(stderr, "dfs: lock of rank %d taken out of order\n",
			(int)rank);
		abort();
	}
	held[held_count++] = rank;
}

static void rank_leave(enum lock_rank rank)
{
	unsigned i = held_count;

	while (i > 0 && held[i - 1] != rank)
		i--;
	if (i == 0) {
		fprintf(stderr, "dfs: lock of rank %d was not held\n",
			(int)rank);
		abort();
	}
	for (; i < held_count; i++)
		held[i - 1] = held[i];
	held_count--;
}
#else
static void rank_enter(enum lock_rank rank)
{
	(void)rank;
}

static void rank_leave(enum lock_rank rank)
{
	(void)rank;
}
#endif

void mutex_init(struct mutex *m, enum lock_rank rank)
{
	must(pthread_mutex_init(&m->m, NULL), "mutex_init");
	m->rank = rank;
}

void mutex_release(struct mutex *m)
{
	must(pthread_mutex_destroy(&m->m), "mutex_release");
}

void mutex_lock(struct mutex *m)
{
	rank_enter(m->rank);
	must(pthread_mutex_lock(&m->m), "mutex_lock");
}

void mutex_unlock(struct mutex *m)
{
	/* Once unlocked it may be gone: whoever waited may free it. */
	rank_leave(m->rank);
	must(pthread_mutex_unlock(&m->m), "mutex_unlock");
}

void cond_init(struct cond *c)
{
	pthread_condattr_t a;

	must(pthread_condattr_init(&a), "cond_init");
	must(pthread_condattr_setclock(&a, CLOCK_MONOTONIC), "cond_init");
	must(pthread_cond_init(&c->c, &a), "cond_init");
	must(pthread_condattr_destroy(&a), "cond_init");
}

void cond_release(struct cond *c)
{
	must(pthread_cond_destroy(&c->c), "cond_release");
}

void cond_wait(struct cond *c, struct mutex *m)
{
	must(pthread_cond_wait(&c->c, &m->m), "cond_wait");
}

enum err cond_wait_until(struct cond *c, struct mutex *m, uint64_t deadline_ms)
{
	struct timespec t = {
		.tv_sec = (time_t)(deadline_ms / 1000),
		.tv_nsec = (long)(deadline_ms % 1000) * 1000000,
	};
	int e = pthread_cond_timedwait(&c->c, &m->m, &t);

	if (e == ETIMEDOUT)
		return ERR_TIMEOUT;
	must(e, "cond_wait_until");
	return ERR_OK;
}

void cond_signal(struct cond *c)
{
	must(pthread_cond_signal(&c->c), "cond_signal");
}

void cond_broadcast(struct cond *c)
{
	must(pthread_cond_broadcast(&c->c), "cond_broadcast");
}

enum err thread_start(pthread_t *t, const char *name, void *(*run)(void *),
		      void *arg)
{
	char shortened[16], own[16] = "";
	sigset_t all, before;
	int e;

	(void)snprintf(shortened, sizeof shortened, "%s", name);
	(void)prctl(PR_GET_NAME, own, 0, 0, 0);
	sigfillset(&all);
	must(pthread_sigmask(SIG_SETMASK, &all, &before), "sigmask");
	/* It inherits its name: giving one to another thread takes a file in
	 * /proc, which the process may not open any more. */
	(void)prctl(PR_SET_NAME, shortened, 0, 0, 0);
	e = pthread_create(t, NULL, run, arg);
	(void)prctl(PR_SET_NAME, own, 0, 0, 0);
	must(pthread_sigmask(SIG_SETMASK, &before, NULL), "sigmask");
	if (e != 0) {
		errno = e;
		return ERR_SYS;
	}
	return ERR_OK;
}

void thread_join(pthread_t t)
{
	must(pthread_join(t, NULL), "thread_join");
}
