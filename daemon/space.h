/*
 * Free space above the reserve, asked of the file system ten times a second
 * while there is enough, and before each refusal; what is promised in between
 * is taken off.
 *
 * Any thread.
 */
#ifndef DAEMON_SPACE_H
#define DAEMON_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "thread.h"

struct space {
	int fd;		  /* DIR; set before threads start, as reserve */
	uint64_t reserve; /* bytes; UINT64_MAX: the default */
	struct mutex lock;
	uint64_t asked_ms; /* guarded by lock, as all below */
	uint64_t free;	   /* bytes above the reserve */
	uint64_t total;
	bool inodes; /* there are some above their reserve */
};

void space_init(struct space *s, int fd, uint64_t reserve);
void space_release(struct space *s);

/* True when nothing is left above the reserve. */
bool space_full(struct space *s);
/* Promises bytes; false when they are not there. */
bool space_take(struct space *s, uint64_t bytes);
/* Asks anew. */
void space_get(struct space *s, uint64_t *free, uint64_t *total);

#endif
