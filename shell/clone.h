/*
 * A stage that the servers make among themselves: each from the chunks that
 * it holds of another name's version (COPY).  No chunk moves, so it is
 * possible only for a stripe whose servers hold all places of that version.
 *
 * The servers' answers become events of the task's machine, but for those
 * that say something of the source, or that a server cannot do it: then the
 * task ends with REASON_LOCAL, and .refused says why.
 */
#ifndef SHELL_CLONE_H
#define SHELL_CLONE_H

#include "task.h"

struct clone {
	struct task *task;
	struct msg_name source;	   /* somebody else's text */
	struct version version;	   /* of the source */
	uint64_t holders;	   /* servers with both chunks of a place */
	uint8_t first[LAYOUT_MAX]; /* of them: their first chunk */
	struct digest digests[LAYOUT_MAX]; /* of all chunks, if any holder */
	enum status refused;		   /* ST_OK: it was not */
};

/* source: a text that stays where it is. */
void clone_init(struct clone *c, struct task *task,
		const struct msg_name *source);
/* What the servers hold of the version that the task's machine has found, by
 * their last answers. */
void clone_learn(struct clone *c);
/* Can those servers, and no others, make it? */
bool clone_fits(const struct clone *c, uint64_t stripe);
/* Sends COPY to the servers of o->to; returns those that cannot be asked.  The
 * stripe must fit. */
uint64_t clone_begin(struct clone *c, const struct quorum_order *o);
/* Nobody is told any more. */
void clone_stop(struct clone *c);

#endif
