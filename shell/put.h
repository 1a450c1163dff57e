/*
 * The put of one source: sends its chunks to their two servers each, and has
 * each chunk's digest made once.
 */
#ifndef SHELL_PUT_H
#define SHELL_PUT_H

#include "source.h"
#include "task.h"

struct put;

/* Takes the source over.  NULL without memory. */
struct put *put_new(struct cluster *c, struct source *s, const char *name,
		    size_t name_len);
/* Before it is started: where there is a file of that name it fails, with
 * REASON_EXISTS. */
void put_only_new(struct put *p);
/* The task, to be started, and freed by its kind. */
struct task *put_task(struct put *p);

/* Why it ended with REASON_LOCAL; NULL: it did not. */
const char *put_fault(const struct task *task);

#endif
