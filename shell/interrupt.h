/*
 * SIGINT and SIGTERM: noted, and brought to the event loop.  SIGPIPE is
 * ignored.  The one place of the program that has to do with signals.
 */
#ifndef SHELL_INTERRUPT_H
#define SHELL_INTERRUPT_H

#include <stdbool.h>

#include "loop.h"

/* ERR_SYS. */
enum err interrupt_init(void) MUST_CHECK;
/* The loop's turn ends when a signal comes.  ERR_SYS. */
enum err interrupt_watch(struct loop *l) MUST_CHECK;
/* SIGINT is over and done with: a shell goes on after it.  SIGTERM stays. */
void interrupt_clear(void);
/* The signal that came, or 0. */
int interrupt_signal(void);
bool interrupt_came(void);

#endif
