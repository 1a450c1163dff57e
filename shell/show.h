/*
 * Printing: data on stdout, everything else on stderr, one line at a time.
 * Names that go to a terminal are escaped, and are raw otherwise.
 */
#ifndef SHELL_SHOW_H
#define SHELL_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"

#define SHOW_COLUMNS 80
#define SHOW_LABEL 10	/* columns that the label before a text takes */
#define SHOW_AGE_MAX 32 /* bytes of a text */

enum show_when { SHOW_AUTO, SHOW_NEVER, SHOW_ALWAYS };

/* Whether stdout and stderr are terminals; buffers for both.  Once. */
void show_init(void);
/* Colours from now on: by default on a terminal that is not dumb, and not
 * with $NO_COLOR.  json: what is said on stderr is an object on stdout, too;
 * a terminal gets names that are not escaped in those alone. */
void show_set(enum show_when color, bool json);
bool show_is_terminal(void); /* stdout */

/* What a colour is for. */
enum show_paint {
	PAINT_NONE,
	PAINT_GOOD,
	PAINT_WARN,
	PAINT_BAD,
	PAINT_DIM,
	PAINT_BOLD
};
/* What goes to stdout before such text, and with PAINT_NONE behind it; empty
 * without colours. */
const char *show_paint(enum show_paint paint);

/* "dfc: WHAT: WHY" on stderr; what is escaped, len bytes. */
void show_problem(const char *what, size_t len, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* "dfc: WHY". */
void show_trouble(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* "NAME is incomplete" and its like: NAME and tail, alone on a line. */
void show_verdict(const char *name, size_t len, const char *tail);
/* A name on stdout, without a newline. */
void show_name(const char *name, size_t len);
/* The same of a stored one, as it would be written below the prefix that
 * show_set_here() gave: without that, and from the top with a slash. */
void show_stored(const char *name, size_t len);
/* prefix stays the caller's; "" is the top. */
void show_set_here(const char *prefix);

/* A line on the terminal that stderr is, for a moment: rewritten by the next
 * one, taken away by "", and by whatever else is shown.  Nothing, unless it is
 * show_owns_terminal()'s. */
void show_fleeting(const char *line);
/* stderr is our controlling terminal, and we are in its foreground. */
bool show_owns_terminal(void);

/* "LABEL     TEXT" on stdout, cut into lines of 80 columns at blanks; what is
 * below the first stands under TEXT.  Nothing is escaped.  paint: of TEXT. */
void show_para(const char *label, enum show_paint paint, const char *text);

/* Sizes for people: "0 B", "1.5 KiB", "12 MiB". out[16]. */
void show_size(uint64_t bytes, char out[16]);
/* "less than a minute ago", "3 hours ago". */
void show_age(uint32_t seconds, char out[SHOW_AGE_MAX]);
/* "2024-02-29 13:45:06", local time.  out[24]. */
void show_time(int64_t mtime_ns, char out[24]);

/* What has not been written to stdout, which may take no more, is dropped. */
void show_drop(void);
/* The same, but what it takes at once is written. */
void show_spill(void);
/* Everything printed on stdout has got there.  ERR_CLOSED: nobody reads it;
 * ERR_SYS. */
enum err show_flush(void) MUST_CHECK;

#endif
