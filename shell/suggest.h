/*
 * "Did you mean ...?": the nearest of some words to one that was typed.  Pure.
 */
#ifndef SHELL_SUGGEST_H
#define SHELL_SUGGEST_H

#include <stddef.h>

#define SUGGEST_MAX 64 /* bytes; a longer word is near to nothing */

/* The one that needs the fewest changes (a character more, less, another, or
 * two neighbours swapped; case does not count), the first of equals.  NULL
 * when that is more than two, or not less than half of typed. */
const char *suggest_nearest(const char *typed, const char *const *words,
			    size_t count);

#endif
