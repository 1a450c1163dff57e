/*
 * The last line of a command with many operands: what was done, skipped and
 * failed, the bytes, the time.  It is for people: on a terminal, or where it
 * is asked for.
 */
#ifndef SHELL_SUMMARY_H
#define SHELL_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "exit.h"

struct task;

#define SUMMARY_TEXT_MAX 192

enum summary_end {
	SUMMARY_DONE,
	SUMMARY_SKIPPED,
	SUMMARY_DELETED, /* of a mirror */
	SUMMARY_FAILED,
};

struct summary {
	const char *done; /* "stored"; NULL: the command has no such line */
	bool bytes_count; /* bytes are moved */
	uint64_t counts[SUMMARY_FAILED + 1];
	uint64_t bytes; /* of what was done */
	uint64_t begun_ms;
};

/* The command, which has a last line, begins.  done: a static text. */
void summary_begin(struct summary *s, const char *done, bool bytes_count);
/* An operand, or a file of it, has ended. */
void summary_add(struct summary *s, enum summary_end end, uint64_t bytes);
/* The same for a task, which has come to that status. */
void summary_task(struct summary *s, const struct task *task,
		  enum exit_status status);
/* "stored 1998, skipped 1, failed 1; 3.2 GiB in 12.4 s (264 MiB/s)" */
void summary_text(const struct summary *s, uint64_t now_ms,
		  char out[SUMMARY_TEXT_MAX]);
/* Says it; nothing when there was nothing. */
void summary_show(const struct summary *s);

#endif
