/*
 * A command on a pseudo-terminal of its own, and all that it wrote there.
 *
 * The command leads a session, has the terminal as its controlling one and is
 * its foreground group; signals are as after a login.  One thread; no call
 * waits longer than it is told to.  What the machine refuses ends the program
 * with 2.
 */
#ifndef E2E_TERM_H
#define E2E_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "screen.h"

/* A command that writes more ends the program with 1. */
#define TERM_BYTES_MAX (4u << 20)

struct bytes {
	char *data;
	size_t len;
	size_t room;
};

struct term {
	struct screen *screen;
	struct bytes raw;  /* every byte */
	struct bytes text; /* without escape sequences; see screen_put */
	uint64_t last_ms;  /* when the last of them came, by clock_ms */
	int master;	   /* -1 once it is hung up */
	bool shut;	   /* nobody has the other end open */
	int pidfd;
	pid_t pid; /* 0 once its status was fetched */
	int status;
	bool ended;
};

/* TERM is set, COLUMNS and LINES are not.  A command that cannot be run says
 * so on the terminal and exits with 127. */
void term_start(struct term *t, char **argv, unsigned cols, unsigned rows);
/* Kills what still runs. */
void term_release(struct term *t);

/* Waits until deadline_ms for output, for the command's end, or for fd (-1:
 * none) to be readable; takes in all output that is there.  Output may come
 * without end: the caller looks at the clock.  A command that closes the
 * terminal and opens it again is not heard before its end. */
void term_pump(struct term *t, int fd, uint64_t deadline_ms);
/* Nothing can come any more, and all that did was taken in. */
bool term_over(const struct term *t);

/* Types the bytes; what is written meanwhile is taken in.  False when they
 * were not all taken by deadline_ms, or nobody is there to read them. */
bool term_send(struct term *t, const char *bytes, size_t len,
	       uint64_t deadline_ms);
/* The kernel sends SIGWINCH when the size is another one. */
void term_resize(struct term *t, unsigned cols, unsigned rows);
/* As when the window is closed. */
void term_hang_up(struct term *t);

/* After the command's end: what wait gives as its status. */
int term_status(struct term *t);
/* SIGKILL to the command's group and to the one in the foreground, and the
 * command's status is fetched. */
void term_kill(struct term *t);

/* A descriptor that is readable when the process pid, a child, has ended. */
int term_pidfd(pid_t pid);
/* In a child, before it becomes another program: no signal is ignored or
 * blocked. */
void term_fresh_signals(void);

#endif
