/*
 * Group commit: the one thread that makes changes durable.
 *
 * Jobs queue up until somebody flushes.  The thread then takes the whole
 * queue, makes it durable by one syncfs(2), finishes each job in the order
 * of arrival, and says that the batch has ended.  A sync that fails is
 * final: it is not tried again, and every job from then on is finished as
 * not durable.  The kernel tells each open file of a failed write once, so
 * the thread has one of its own: nobody else's sync can take the news away.
 */
#ifndef DAEMON_SYNC_H
#define DAEMON_SYNC_H

#include <stdbool.h>

#include "err.h"

struct sync;

/* Embedded in what is to be finished; the queue's until finish is called. */
struct job {
	struct job *next;
	/* On the sync thread; frees the job. */
	void (*finish)(struct job *j, bool durable);
};

struct sync_settings {
	int fd;			      /* a directory in the file system */
	void (*batch_end)(void *arg); /* or NULL */
	void *batch_arg;
	/* A sync has failed, with errno e; once, on the sync thread. */
	void (*failed)(void *arg, int e);
	void *failed_arg;
};

/* ERR_MEMORY, ERR_SYS. */
enum err sync_start(const struct sync_settings *settings,
		    struct sync **out) MUST_CHECK;
/* Finishes what is queued and ends the thread; NULL is nothing. */
void sync_stop(struct sync *s);

/* While nothing is queued: what to call instead of syncfs(2).  For tests. */
void sync_replace(struct sync *s, int (*sync_fd)(int fd));

/* Any thread; neither blocks for disk. */
void sync_queue(struct sync *s, struct job *j);
void sync_flush(struct sync *s);

#endif
