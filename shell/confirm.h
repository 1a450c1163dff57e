/*
 * A question on the terminal, before something that cannot be undone.
 */
#ifndef SHELL_CONFIRM_H
#define SHELL_CONFIRM_H

#include <stdbool.h>

#include "err.h"

/* Whether somebody is there to answer: standard input and error are
 * terminals. */
bool confirm_is_possible(void);
/* Asks "... [y/N] " on standard error, and reads a line.  Blocks; a signal
 * ends it, and is a no, as is the end of the input. */
bool confirm_ask(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
