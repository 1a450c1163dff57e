/*
 * The sending of a version's chunks to their servers, to each its two: a
 * STAGE, or a RESTORE into old places.  Small sources are queued at once;
 * of others each link takes as much as it can, straight from the file.
 *
 * The servers' answers become events of the task's machine.  A source that
 * cannot be read ends the task with REASON_LOCAL.
 */
#ifndef SHELL_STAGE_H
#define SHELL_STAGE_H

#include "hasher.h"
#include "task.h"

struct stage_home;

struct stage {
	struct task *task;
	const struct source *source;
	struct quorum_order order; /* that is carried out */
	bool begun;
	unsigned turn;
	struct hasher hasher;
	struct stage_home *homes; /* of a source that is not in memory */
	unsigned home_count;
	struct loop_timer idle;
	const char *fault; /* why it could not be read here; or NULL */
};

/* source stays the caller's, and may change while nothing is sent. */
void stage_init(struct stage *s, struct task *task,
		const struct source *source);
/* Begins to send to the servers of o->to; returns those that cannot be asked.
 * What was on its way is given up.  digests: those of all chunks; NULL: they
 * are made, and with them the root of the task's q.version. */
uint64_t stage_begin(struct stage *s, const struct quorum_order *o,
		     const struct digest *digests);
/* Bytes of the source that are on their way, or there: of each both copies,
 * halved.  Those of a small source are when they are no more. */
uint64_t stage_moved(const struct stage *s);
/* Gives up what is on its way; nobody is told. */
void stage_stop(struct stage *s);
/* The source is about to be closed. */
void stage_detach(struct stage *s);
/* As both. */
void stage_release(struct stage *s);

#endif
