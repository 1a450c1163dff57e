/*
 * One line on a terminal that says how far a long command is, rewritten in
 * place; nothing where stderr is no terminal.
 */
#ifndef SHELL_PROGRESS_H
#define SHELL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

/* --progress */
enum progress_when { PROGRESS_AUTO, PROGRESS_NEVER, PROGRESS_ALWAYS };

struct progress {
	bool on;
	bool shown;	   /* a line stands there */
	uint64_t shown_ms; /* when the last one was written, 0: none was */
};

/* wanted: not with -q. */
void progress_init(struct progress *p, bool wanted);
/* Ten times a second at most, cleared between or not; what is too long for the terminal is cut. */
void progress_show(struct progress *p, uint64_t now_ms, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* Before anything else is written to stderr. */
void progress_clear(struct progress *p);

#endif
