/*
 * What is to be stored: a local file, or standard input, which is copied to
 * an unlinked temporary file first.  A small one is held in memory.
 */
#ifndef SHELL_SOURCE_H
#define SHELL_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "err.h"

#define SOURCE_SMALL_MAX (64u << 10) /* bytes */

struct source {
	int fd;		/* -1 when small */
	uint8_t *bytes; /* of a small one */
	uint64_t size;
	int64_t mtime_ns;
	uint16_t mode;
	struct stat stat; /* as it was opened; of a file that is not spooled */
	bool spooled;
};

/* Opens a regular file, links followed.  *why is set on failure: a static
 * text, or NULL when errno says it.  ERR_SYS, ERR_MEMORY, ERR_FORMAT. */
enum err source_open(struct source *s, const char *path,
		     const char **why) MUST_CHECK;
/* Reads fd to its end.  Blocks; stop(), when it becomes true (looked at many
 * times a second, and told how many bytes have been read), ends it with
 * ERR_CLOSED. */
enum err source_spool(struct source *s, int fd,
		      bool (*stop)(void *arg, uint64_t bytes), void *arg,
		      const char **why) MUST_CHECK;
/* An empty spool of `size` bytes, to be written in any order; what is not
 * written is zero.  ERR_SYS, ERR_MEMORY. */
enum err source_blank(struct source *s, uint64_t size) MUST_CHECK;
/* offset + len <= size.  ERR_SYS. */
enum err source_write(struct source *s, uint64_t offset, const void *data,
		      uint64_t len) MUST_CHECK;
/* The time of modification, as versions have it. */
int64_t source_time(const struct stat *st);
/* Whether the file was changed since it was opened. */
bool source_has_changed(const struct source *s);
void source_close(struct source *s);

/* An unlinked file for spooling, in $TMPDIR or /var/tmp; -1 and errno. */
int source_temporary(void);

#endif
