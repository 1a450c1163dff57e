/*
 * A client that does one operation after the other, each a process of dfc:
 * starts it, kills it at times, and writes down how it ended.
 */
#ifndef CHAOS_CALLER_H
#define CHAOS_CALLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "loop.h"
#include "rng.h"

struct chaos;

#define CALLER_FREE UINT32_MAX

struct caller {
	struct chaos *chaos;
	unsigned index;
	struct rng rng;
	pid_t pid;    /* 0: none runs */
	uint32_t op;  /* in the journal; CALLER_FREE: none */
	bool streams; /* get by cat */
	int out;      /* files: what dfc says */
	int err;
	struct stat before;	/* the local file, before a get */
	bool had;		/* there was one */
	struct loop_timer blow; /* kills it */
	int signal;		/* with this; 0: not yet */
	struct loop_timer limit;
	bool late;
	uint32_t interrupted;
	uint32_t killed;
	uint32_t superfluous; /* of these two: it had ended */
};

/* Writes its configuration.  False: errno. */
bool caller_init(struct caller *c, struct chaos *chaos, unsigned index);
void caller_release(struct caller *c);
/* Begins the next operation. */
void caller_next(struct caller *c);
/* dfc has ended: waitpid's status. */
void caller_ended(struct caller *c, int status);

#endif
