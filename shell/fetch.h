/*
 * The reception of a version's chunks: from their holders, all servers at
 * once, each chunk verified; the other holder goes on where one dies, is slow
 * or has nothing good.
 *
 * It reports its end to the task: EVENT_FETCHED, EVENT_FETCH_GONE or
 * EVENT_FETCH_SHORT; or, where something failed here, task_cancel() with
 * REASON_LOCAL.  Each may free what it is part of.
 */
#ifndef SHELL_FETCH_H
#define SHELL_FETCH_H

#include "task.h"

struct fetch_chunk;

struct fetch {
	struct task *task;
	/* Takes bytes of the file, at their place in it. */
	enum err (*write)(void *arg, uint64_t offset, const void *data,
			  uint64_t len);
	void *arg;
	/* When all that was wanted is there and verified: more chunks, that
	 * were not wanted before, or 0: that is all.  May be NULL. */
	uint64_t (*more)(void *arg);
	const uint8_t *bytes;		   /* where write puts them, or NULL */
	struct version version;		   /* that is, or was, fetched */
	struct digest digests[LAYOUT_MAX]; /* of its chunks, proven */
	struct fetch_chunk *chunks;	   /* NULL: nothing is on its way */
	unsigned y;
	unsigned left;		   /* chunks that are not whole */
	uint64_t moved;		   /* bytes that are there */
	uint64_t resumed;	   /* of them, those that were there before */
	unsigned load[LAYOUT_MAX]; /* lanes per server */
	uint64_t liars;	  /* servers whose digests do not fit the version */
	uint64_t corrupt; /* servers whose bytes were not what they should be */
	enum err fault;	  /* that failed here */
	int fault_errno;
};

/* The task is of the kind's struct that f is part of. */
void fetch_init(struct fetch *f, struct task *task,
		enum err (*write)(void *arg, uint64_t offset, const void *data,
				  uint64_t len),
		void *arg);
/* Begins to fetch the chunks of the mask of the task's q.found.version.
 * bytes: the memory that write puts them in; NULL: not in memory.  What was
 * on its way is given up. */
void fetch_start(struct fetch *f, uint64_t wanted, const uint8_t *bytes);
/* The same, but nobody is asked for a chunk before fetch_resume().  False: it
 * has come to its end. */
bool fetch_prepare(struct fetch *f, uint64_t wanted,
		   const uint8_t *bytes) MUST_CHECK;
/* Begins to fetch one of them, whose first `have` bytes are in their place;
 * state has taken them, or is NULL: the whole chunk is there, and verified.
 * state stays the caller's. */
void fetch_resume(struct fetch *f, unsigned chunk, uint64_t have,
		  const struct digest_state *state);
/* Gives up with REASON_LOCAL; errno is that of ERR_SYS. */
void fetch_fail(struct fetch *f, enum err e);
/* A server has become slow: its twins are asked too. */
void fetch_slow(struct fetch *f, unsigned server);
/* Gives up what is on its way, without a word; frees all. */
void fetch_stop(struct fetch *f);

#endif
