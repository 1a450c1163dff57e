/*
 * A version's chunks, fetched and verified into memory or an unlinked
 * temporary file: for what sends them on.  Large ones wait for their turn
 * among the cluster's spools.
 *
 * Its end is told as fetch.h says.
 */
#ifndef SHELL_HAUL_H
#define SHELL_HAUL_H

#include "exit.h"
#include "fetch.h"
#include "source.h"
#include "turns.h"

struct haul {
	struct task *task;
	struct source spool; /* what was fetched; closed: fd -1, no bytes */
	struct turn turn;    /* of a large one */
	uint64_t wanted;     /* chunks */
	struct fetch fetch;
	char fault[128]; /* of the spool */
};

/* The task is of the kind's struct that h is part of. */
void haul_init(struct haul *h, struct task *task);
/* Begins to fetch those chunks of the task's q.found.version, into a new
 * spool; what the last one has is dropped. */
void haul_begin(struct haul *h, uint64_t wanted);
/* Ends it, closes the spool, which nobody may read from any more. */
void haul_drop(struct haul *h);

/* Of a task that ended with REASON_LOCAL: what failed here, a text, or NULL;
 * and its exit status. */
const char *haul_fault(const struct haul *h);
enum exit_status haul_status(const struct haul *h);

#endif
