/*
 * The copy of one name to another, and its move: a copy, and then the removal
 * of what was copied, if it is still the newest.
 *
 * The source is found as by a get, with a majority's marks.  Where the servers
 * of the new stripe have all its places they make the copy among themselves,
 * and none of its bytes comes here; else it is fetched into a spool, and put
 * from there.  dfs-consistency(7), "COPY".
 */
#ifndef SHELL_COPY_H
#define SHELL_COPY_H

#include "exit.h"
#include "task.h"

struct copy_settings {
	const char *source; /* stored names, which differ */
	const char *dest;
	bool move;
	bool no_clobber; /* fails where there is a dest */
	/* A machine has ended well that is not the last: as outcome_note(). */
	void (*note)(void *arg, const struct task *task);
	void *arg;
};

/* How far it has come when it has ended. */
enum copy_end {
	COPY_NO_SOURCE,	 /* the machine's outcome is the source's get */
	COPY_NOT_STORED, /* the machine's outcome is the dest's put */
	COPY_STORED,
	COPY_KEPT,    /* a move: stored, and the source is as it was */
	COPY_REMOVED, /* a move: done */
};

/* NULL without memory.  The task is freed by its kind. */
struct task *copy_new(struct cluster *c, const struct copy_settings *s);

enum copy_end copy_end(const struct task *task);
enum exit_status copy_status(const struct task *task);
/* Both names, with a NUL. */
const char *copy_source(const struct task *task);
const char *copy_dest(const struct task *task);
/* Of COPY_KEPT: why; of others, when something failed here: what; or NULL. */
const char *copy_why(const struct task *task);

#endif
