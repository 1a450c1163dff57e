/*
 * One version directory, as the walk at start finds it.
 *
 * One thread; blocks for disk.
 */
#ifndef DAEMON_VERSION_H
#define DAEMON_VERSION_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/types.h>

#include "msg.h"
#include "strays.h"

/* Is the entry of that kind (a d_type, and the same as a mode)?  Links are
 * not followed. */
bool version_entry_is(int dir, const struct dirent *e, unsigned char type,
		      mode_t mode);
/* "." or ".." */
bool version_entry_is_dots(const struct dirent *e);

/*
 * Reads the version directory of r in the name's directory dir: sets first,
 * have and chunk by the files that are there.  Chunk files of a witness or a
 * tombstone, left by a commit that was cut short, are removed.  ERR_SYS when
 * it cannot be read.
 */
enum err version_read(int dir, const struct msg_name *name, struct record *r,
		      struct strays *strays) MUST_CHECK;
/* Reads a stage's files: both are there with every byte, as when it was
 * acknowledged, or ERR_ABSENT, ERR_DIGEST.  ERR_MEMORY and ERR_SYS say
 * nothing of the stage. */
enum err version_check(int dir, const struct record *r) MUST_CHECK;

#endif
