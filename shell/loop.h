/*
 * The event loop: descriptors (epoll) and timers of one thread.
 *
 * Watches and timers belong to the caller and must stay where they are while
 * they are in use.  A callback may stop any watch or timer, its own too.
 */
#ifndef SHELL_LOOP_H
#define SHELL_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "err.h"

#define LOOP_BATCH 64 /* events taken at once */

struct loop_watch {
	int fd;
	uint32_t events; /* EPOLLIN, EPOLLOUT; set by loop_watch */
	bool watched;
	void (*ready)(void *arg, uint32_t events);
	void *arg;
};

struct loop_timer {
	uint64_t due_ms;
	void (*fire)(void *arg);
	void *arg;
	bool armed;
	struct loop_timer *prev;
	struct loop_timer *next;
};

struct loop {
	int epoll;
	uint64_t now_ms;	  /* CLOCK_BOOTTIME, of this turn */
	struct loop_timer timers; /* ring head */
	struct epoll_event batch[LOOP_BATCH];
	int batch_at;
	int batch_count;
	/* Called before each wait: sends what the turn has gathered. */
	void (*settle)(void *arg);
	void *settle_arg;
	bool awake; /* the next wait is none */
};

/* ERR_SYS. */
enum err loop_init(struct loop *l) MUST_CHECK;
void loop_release(struct loop *l);
/* Brings now_ms up to date, after work that may have taken long. */
void loop_refresh(struct loop *l);

/* Begins to watch w->fd, or changes what for.  ERR_SYS. */
enum err loop_watch(struct loop *l, struct loop_watch *w,
		    uint32_t events) MUST_CHECK;
/* Nothing when it is not watched.  Call before closing the descriptor. */
void loop_unwatch(struct loop *l, struct loop_watch *w);

/* Fires once, in the first turn at or after due_ms (0: the next turn). */
void loop_arm(struct loop *l, struct loop_timer *t, uint64_t due_ms);
void loop_disarm(struct loop_timer *t);

/* Something has ended for which the loop is turned: when settling has done
 * that, nobody may be left who ends the wait. */
void loop_wake(struct loop *l);

/* Settles, waits until something is ready or due, and serves it. */
void loop_turn(struct loop *l);

#endif
