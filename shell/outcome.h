/*
 * How an operation ended, in words and as an exit status.
 */
#ifndef SHELL_OUTCOME_H
#define SHELL_OUTCOME_H

#include "client.h"
#include "task.h"

#define OUTCOME_TEXT_MAX 160

enum exit_status outcome_status(const struct task *task);
/* Why it did not succeed. */
void outcome_text(const struct task *task, char out[OUTCOME_TEXT_MAX]);
/* Notes, for the command's end, the servers that a put or rm that has
 * succeeded did without, or that a failed operation would have needed.  With -v,
 * says what was read without a majority's marks. */
void outcome_note(struct client *c, const struct task *task);

#endif
