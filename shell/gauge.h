/*
 * The progress line of a batch: what its tasks have moved, measured while
 * they run, whether anything happens or not.  Nothing is shown of what is
 * over soon.
 */
#ifndef SHELL_GAUGE_H
#define SHELL_GAUGE_H

#include "census.h"
#include "client.h"
#include "meter.h"
#include "progress.h"
#include "task.h"

#define GAUGE_QUIET_MS 500 /* before the first line */

struct gauge {
	/* The caller's, before the batch runs; what is not known is
	 * METER_UNKNOWN.  A single task's size is its own. */
	bool many;
	bool files_only;
	uint64_t files_total;
	uint64_t bytes_total;
	struct census *census; /* that finds both; or NULL */

	bool spooling;
	uint64_t begun_ms;
	struct loop *loop;
	struct task *const *running; /* the batch's, the newest first */
	struct progress progress;
	struct meter meter;
	struct loop_timer timer;
	uint64_t files; /* that have ended */
	uint64_t moved; /* by those that have ended well */
	uint64_t kept;	/* of them: before this command */
	uint64_t lost;	/* sizes of the others */
};

/* Of the command of that client. */
void gauge_begin(struct gauge *g, struct client *c,
		 struct task *const *running);
/* One of them has ended. */
void gauge_over(struct gauge *g, const struct task *task);
/* Before the batch: so much of standard input, to be stored under that name,
 * has been read.  As often as one likes; the first time when it begins. */
void gauge_spool(struct gauge *g, const struct client *c, const char *name,
		 uint64_t bytes);
/* Takes the line away. */
void gauge_end(struct gauge *g);

#endif
