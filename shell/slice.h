/*
 * Part of a stored file: as many of its chunks as it takes are fetched to a
 * spool and verified, whole chunks only, for that is what the digests prove.
 * Nothing of it is to be had before the task has ended well; then all of it
 * is of one version.
 *
 * The spool is an unlinked file, or memory for a small one.
 */
#ifndef SHELL_SLICE_H
#define SHELL_SLICE_H

#include "task.h"

enum slice_kind {
	SLICE_NOTHING, /* the digests of all chunks, proven, and no bytes */
	SLICE_ALL,
	SLICE_FIRST_BYTES,
	SLICE_FIRST_LINES,
	SLICE_LAST_BYTES,
	SLICE_LAST_LINES,
};

struct slice_want {
	enum slice_kind kind;
	uint64_t count; /* of bytes or lines; a last line need not end */
};

/* The task, to be started, and freed by its kind.  NULL without memory. */
struct task *slice_new(struct cluster *c, const char *name, size_t name_len,
		       const struct slice_want *want);

/* Of a task that ended with OUTCOME_OK: what it is of, and its chunks'
 * digests; the task's. */
const struct version *slice_version(const struct task *task);
const struct digest *slice_digests(const struct task *task);
/* The same: hands its bytes to take(), in order, until that returns an error,
 * which is returned.  ERR_SYS, ERR_MEMORY: they could not be read again;
 * EINTR: a signal came. */
enum err slice_read(const struct task *task,
		    enum err (*take)(void *arg, const void *data, size_t len),
		    void *arg) MUST_CHECK;
/* The servers whose bytes were not what they should be. */
uint64_t slice_corrupt(const struct task *task);
/* Of REASON_LOCAL: the error, with its errno. */
enum err slice_fault(const struct task *task, int *error);

#endif
