/*
 * Operations that move no bytes: rm.
 */
#ifndef SHELL_PLAIN_H
#define SHELL_PLAIN_H

#include "task.h"

/* kind: QUORUM_RM.  NULL without memory.  The task is freed
 * by its kind. */
struct task *plain_new(struct cluster *c, enum quorum_kind kind,
		       const char *name, size_t name_len);

#endif
