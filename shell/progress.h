/*
 * One line on stderr that says how far a long command is: on a terminal it is
 * rewritten in place; elsewhere, where it is asked for, it is one more line
 * every second.  What else is said on stderr takes its place (show).
 */
#ifndef SHELL_PROGRESS_H
#define SHELL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* --progress */
enum progress_when { PROGRESS_AUTO, PROGRESS_NEVER, PROGRESS_ALWAYS };

struct progress {
	bool on;
	bool lines;	   /* stderr is no terminal, or one of $TERM "dumb" */
	uint64_t shown_ms; /* when the last one was written, 0: none was */
};

/* PROGRESS_AUTO: on a terminal.  quiet: not without being asked. */
void progress_init(struct progress *p, enum progress_when when, bool quiet);
/* A terminal that shows it, as far as is known now. */
bool progress_is_seen(const struct progress *p);
/* Whether stdout is the terminal that a line would be on. */
bool progress_meets_stdout(void);

/* Whether one may be written now: not too soon after the last one. */
bool progress_is_due(const struct progress *p, uint64_t now_ms);
/* Columns there are now. */
size_t progress_width(const struct progress *p);
/* Writes a line of at most so many columns. */
void progress_put(struct progress *p, uint64_t now_ms, const char *line);
/* All three: what is too long, of ASCII, is cut. */
void progress_show(struct progress *p, uint64_t now_ms, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* Before anything is written to a terminal that is not shown by show. */
void progress_clear(struct progress *p);

#endif
