/*
 * Where a file that is fetched goes: a local file, which is replaced whole by
 * a rename when all is there and verified, or a stream, which gets nothing
 * before that.  Small contents wait in memory, others in a temporary file
 * without a name, so that nothing is left behind by a kill.
 */
#ifndef SHELL_TARGET_H
#define SHELL_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

#define TARGET_SMALL_MAX (64u << 10) /* bytes */

struct target {
	int dir;    /* of the file; the target's own, or AT_FDCWD; -1: none */
	char *base; /* its name there; NULL: a stream */
	int stream; /* a descriptor, the caller's; or target.own_stream */
	bool own_stream;

	uint64_t size;
	uint8_t *bytes; /* of a small one */
	int fd;		/* the temporary file */
	char temp[64];	/* its name, where a file without one cannot be */
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

/* Begins a content of that size; takes the space.  What was there from an
 * earlier begin is dropped.  ERR_SYS, ERR_MEMORY. */
enum err target_begin(struct target *t, uint64_t size) MUST_CHECK;
enum err target_write(struct target *t, uint64_t offset, const void *data,
		      uint64_t len) MUST_CHECK;
/* Puts it in place.  ERR_CLOSED: nobody reads the stream.  A stream that does
 * not take more is waited for until a signal comes: ERR_SYS, EINTR. */
enum err target_finish(struct target *t, int64_t mtime_ns,
		       uint16_t mode) MUST_CHECK;
/* Frees all; takes back what was not finished. */
void target_close(struct target *t);

#endif
