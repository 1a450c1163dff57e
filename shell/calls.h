/*
 * The requests of one link that have no whole answer yet, by their ids.
 */
#ifndef SHELL_CALLS_H
#define SHELL_CALLS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

enum call_what {
	CALL_HEAD, /* a frame of the answer: .frame and its head */
	CALL_BODY, /* some bytes of that frame's body */
	CALL_END,  /* the answer is whole; the last event */
	CALL_LOST, /* there will be no (more of the) answer; the last event */
};

struct call_event {
	enum call_what what;
	const struct frame *frame; /* not of CALL_LOST */
	const uint8_t *data;	   /* head or body */
	size_t len;
};

#define CALL_ANY UINT_MAX /* whatever .what */

/* Who is told; what, server and round are the asker's own. */
struct call {
	void (*event)(const struct call *c, const struct call_event *e);
	void *arg;
	unsigned server;
	unsigned what;
	unsigned round;
	bool patient; /* empty frames may come first: the server is at work */
};

struct calls_slot {
	struct call call;
	uint32_t id; /* 0: free */
	uint32_t next_free;
	bool forgotten;
	bool lost; /* its link has ended, and it is about to be told */
};

struct calls {
	struct calls_slot *slots;
	uint32_t count;
	uint32_t cap;
	uint32_t free; /* index + 1 of a free slot; 0: none */
	uint16_t turn; /* the upper half of the next id */
	unsigned live; /* neither answered nor forgotten */
};

void calls_init(struct calls *c);
void calls_release(struct calls *c);
/* A new id, never 0; 0 without memory, or with 65,535 outstanding. */
uint32_t calls_add(struct calls *c, const struct call *call);
/* NULL when nothing of that id is outstanding.  Valid until the next add. */
struct calls_slot *calls_find(const struct calls *c, uint32_t id);
void calls_remove(struct calls *c, struct calls_slot *s);
/* Nobody is told any more: of one id, or of all with that arg and what. */
void calls_forget(struct calls *c, uint32_t id);
void calls_forget_arg(struct calls *c, const void *arg, unsigned what);

#endif
