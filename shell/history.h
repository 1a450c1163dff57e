/*
 * The file of the lines that were typed: $DFC_HISTFILE, or dfc/history below
 * $XDG_STATE_HOME or ~/.local/state.  Mode 0600, never through a link, only
 * ever appended to.  A shell works without it: what fails here is nothing.
 */
#ifndef SHELL_HISTORY_H
#define SHELL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#define HISTORY_LINES_MAX 1000	     /* that are read back */
#define HISTORY_BYTES_MAX (1u << 20) /* the same */

/* Tells the newest lines, oldest first. */
void history_load(void (*each)(void *arg, const char *line), void *arg);
/* Whether a line is to be remembered: not one that begins with a blank. */
bool history_wants(const char *line);
/* Appends it; one of several lines is left out.  False: it is not there. */
bool history_append(const char *line);

#endif
