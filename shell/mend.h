/*
 * The heal of one name: the chunks that its machine wants are fetched and
 * verified into memory or an unlinked temporary file, and sent from there to
 * the servers that lack them, in their old places (RESTORE) or as a new
 * stripe (STAGE).
 */
#ifndef SHELL_MEND_H
#define SHELL_MEND_H

#include "exit.h"
#include "task.h"

/* settings: kind QUORUM_HEAL and what belongs to it.  NULL without memory.
 * The task is freed by its kind. */
struct task *mend_new(struct cluster *c, const struct quorum_settings *settings,
		      const char *name, size_t name_len);

/* Of a task that ended with REASON_LOCAL: what failed here, a text; NULL: it
 * did not. */
const char *mend_fault(const struct task *task);
/* The exit status of such a task. */
enum exit_status mend_status(const struct task *task);

#endif
