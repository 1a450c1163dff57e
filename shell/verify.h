/*
 * The reading of a version's chunks by the servers that hold them, at all of
 * them at once; each server's two answers become one event of the task's
 * machine.
 */
#ifndef SHELL_VERIFY_H
#define SHELL_VERIFY_H

#include "task.h"

struct verify_server {
	unsigned round;
	uint32_t ids[2];  /* of the requests; 0: answered, or none */
	uint8_t expected; /* record.have */
	uint8_t good;
};

struct verify {
	struct task *task;
	struct verify_server servers[LAYOUT_MAX];
};

void verify_init(struct verify *v, struct task *task);
/* Has the servers of o->to read both chunks of their records of o->version;
 * returns those that cannot be asked.  What was asked before is given up. */
uint64_t verify_begin(struct verify *v, const struct quorum_order *o);
/* Nobody is told any more. */
void verify_stop(struct verify *v);

#endif
