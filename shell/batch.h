/*
 * Many operations of one command: a window of them is in flight, bounded by
 * their number and by the memory that they hold.  A signal cancels all.
 */
#ifndef SHELL_BATCH_H
#define SHELL_BATCH_H

#include "client.h"
#include "gauge.h"
#include "task.h"

#define BATCH_BYTES_MAX (8u << 20)
#define BATCH_LARGE_MAX 2 /* files that stream, at once */

struct batch {
	struct client *client;
	uint64_t jobs; /* at most so many at once */
	/* The next operation, not started; NULL: there are no more. */
	struct task *(*next)(void *arg);
	/* It has ended: report.  It is freed afterwards. */
	void (*over)(void *arg, struct task *task);
	/* Is there one that next has not given?  Asked after a signal. */
	bool (*more)(const void *arg);
	void *arg;
	struct gauge *gauge; /* shows how far all is; or NULL */
	bool alone_first;    /* until one has seen an established cluster */

	struct task *first; /* of those that run */
	struct task *held;  /* waits for room */
	uint64_t count;
	uint64_t bytes;
	unsigned large;
	bool exhausted;
	bool cancelled;
};

/* Runs all to their ends. */
void batch_run(struct batch *b);

#endif
