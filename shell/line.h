/*
 * Lines from a terminal, edited with readline, while the event loop turns.
 * The only file that includes readline; there is one terminal, so its state
 * is this file's alone.
 */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include "complete.h"
#include "loop.h"

enum line_end {
	LINE_READ,
	LINE_DROPPED, /* by Ctrl-C */
	LINE_LEFT,    /* Ctrl-D, or the terminal is gone */
	LINE_ENDED,   /* by SIGTERM */
};

struct line_user {
	void *arg;
	/* The prompt as it is now, without escape codes. */
	const char *(*prompt)(void *arg);
	/* After each turn of the loop: is there something to say? */
	bool (*news)(void *arg);
	/* Says it, in whole lines; the prompt is drawn anew behind it. */
	void (*tell)(void *arg);
	/* What may stand at the cursor, [0..at) of text; see complete.h. */
	void (*complete)(void *arg, const char *text, size_t at,
			 struct completion *out);
};

/* The loop and the user must outlive it.  ERR_SYS. */
enum err line_start(struct loop *loop, const struct line_user *user) MUST_CHECK;
void line_stop(void);

/* Reads one line, without its newline; heap.  more: it goes on another one,
 * so the prompt is "> ". */
enum line_end line_read(bool more, char **text);
/* To what Up brings back. */
void line_remember(const char *text);
/* Tells all that is remembered, oldest first. */
void line_recall(void (*each)(void *arg, size_t number, const char *text),
		 void *arg);

#endif
