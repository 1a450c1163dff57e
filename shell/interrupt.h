/*
 * SIGINT and SIGTERM: noted, and brought to the event loop.  SIGPIPE is
 * ignored.  With a shell on a terminal, what happens to that, too.  The one
 * place of the program that has to do with signals.
 */
#ifndef SHELL_INTERRUPT_H
#define SHELL_INTERRUPT_H

#include <stdbool.h>

#include "loop.h"

/* ERR_SYS. */
enum err interrupt_init(void) MUST_CHECK;
/* The loop's turn ends when a signal comes.  ERR_SYS. */
enum err interrupt_watch(struct loop *l) MUST_CHECK;
enum interrupt_terminal {
	TERMINAL_SAME,
	TERMINAL_RESIZED,
	TERMINAL_REGAINED, /* after a stop (Ctrl-Z) */
};

/* SIGWINCH and SIGCONT are noted, too; SIGQUIT is ignored.  ERR_SYS. */
enum err interrupt_watch_terminal(void) MUST_CHECK;
/* What has become of the terminal since it was asked last. */
enum interrupt_terminal interrupt_terminal(void);
/* The signals' meanings at the start of another program: in a new process. */
void interrupt_reset(void);
/* SIGINT is over and done with: a shell goes on after it.  SIGTERM stays. */
void interrupt_clear(void);
/* The signal that came, or 0. */
int interrupt_signal(void);
bool interrupt_came(void);

#endif
