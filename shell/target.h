/*
 * Where a file that is fetched goes: a local file, which is replaced whole by
 * a rename when all is there and verified, or a stream, which gets nothing
 * before that.  Small contents wait in memory, others in a temporary file
 * without a name, so that nothing is left behind by a kill; or, where that is
 * asked for, in a partial file, so that a later get can go on with it.
 */
#ifndef SHELL_TARGET_H
#define SHELL_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "partial.h"

#define TARGET_SMALL_MAX (64u << 10) /* bytes */

struct target {
	int dir;    /* of the file; the target's own, or AT_FDCWD; -1: none */
	char *base; /* its name there; NULL: a stream */
	int stream; /* a descriptor, the caller's; or target.own_stream */
	bool own_stream;
	bool spares; /* see target_spare() */

	uint64_t size;
	uint8_t *bytes;		      /* of a small one */
	int fd;			      /* the temporary file */
	char temp[PARTIAL_NAME_SIZE]; /* its name, where it has one */
	bool partial;		      /* it is a partial file */
	bool kept;	 /* which stays when the target is closed */
	enum err unkept; /* why it is none */
};

/* The file at path.  A device or a FIFO that is there is a stream.  *why as
 * in source_open().  ERR_SYS, ERR_MEMORY, ERR_FORMAT. */
enum err target_at(struct target *t, const char *path,
		   const char **why) MUST_CHECK;
/* The file `name`, slashes and all, below the directory `top` (NULL: the
 * working directory): missing directories are made, links in `name` not
 * followed. */
enum err target_below(struct target *t, const char *top, const char *name,
		      const char **why) MUST_CHECK;
void target_stream(struct target *t, int fd);
/* What has that name, now or when the file is put in place, stays: ERR_EXISTS
 * of this or of target_finish().  ERR_SYS. */
enum err target_spare(struct target *t) MUST_CHECK;

/* Begins a content of that size; takes the space.  What was there from an
 * earlier begin is dropped.  ERR_SYS, ERR_MEMORY. */
enum err target_begin(struct target *t, uint64_t size) MUST_CHECK;
/* The same for a version, in a partial file where that can be: t->partial,
 * else t->unkept.  *there: some of it is there, from an earlier get or from
 * before this begin. */
enum err target_resume(struct target *t, const struct version *v,
		       bool *there) MUST_CHECK;
enum err target_write(struct target *t, uint64_t offset, const void *data,
		      uint64_t len) MUST_CHECK;
/* Puts it in place.  ERR_CLOSED: nobody reads the stream.  A stream that does
 * not take more is waited for until a signal comes: ERR_SYS, EINTR. */
enum err target_finish(struct target *t, int64_t mtime_ns,
		       uint16_t mode) MUST_CHECK;
/* What is in the partial file, if it is one, is worth keeping. */
void target_keep(struct target *t);
/* The same for bytes of a stream: all of them, at once. */
enum err target_print(int out, const uint8_t *data, size_t len) MUST_CHECK;
/* Frees all; takes back what was not finished, unless it is kept. */
void target_close(struct target *t);

#endif
