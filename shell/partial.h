/*
 * The file beside a target in which get --resume gathers a large content, and
 * which stays when the get does not come to its end: .NAME.dfc-part, of mode
 * 0600, as large as the content and a mark behind it, which tells the one
 * version that it is for.  There is at most one for a NAME: that of another
 * version makes room.
 *
 * Whoever has it open has it locked.  What is there under its name and is no
 * such file (a link, somebody else's, one without a mark) is left alone.
 * Whether its bytes are right is for others to find out (salvage).
 */
#ifndef SHELL_PARTIAL_H
#define SHELL_PARTIAL_H

#include <stdbool.h>

#include "record.h"

#define PARTIAL_NAME_SIZE 256 /* with the NUL */

struct partial {
	int fd; /* the caller's, when it was opened */
	char name[PARTIAL_NAME_SIZE];
	bool there; /* an earlier get has left it */
};

/* Opens that of base for the version, or makes it, all its space taken;
 * dir: of base.  ERR_BUSY: another get has it.  ERR_EXISTS: something else is
 * there.  ERR_SYS: none can be there, or there is no space. */
enum err partial_open(struct partial *p, int dir, const char *base,
		      const struct version *v) MUST_CHECK;
/* Whether the open one is for that version. */
bool partial_is_of(int fd, const struct version *v);
/* Removes it, of whatever version, where partial_open() might. */
void partial_remove(int dir, const char *base);
/* The mark goes: it is a content of that size, and nothing else.  ERR_SYS. */
enum err partial_strip(int fd, uint64_t size) MUST_CHECK;

#endif
