/*
 * Patterns of names, as fnmatch(3) knows them: `*`, `?`, `[...]`, and a
 * backslash in front of what is literal.  None of these matches a '/'; a '.'
 * in front of a name is nothing special.
 *
 * A component that is `**` stands for any number of components, none too, or,
 * at the end, for one or more: `docs`, `**`, `x` matches docs/x and
 * docs/a/b/x, and `docs`, `**` all below docs but not docs itself.  Where two
 * stars stand beside other characters (`docs/a**.txt`), every wildcard of the
 * pattern matches a '/' too.
 *
 * Pure, but for the locale: a character is what LC_CTYPE says, and a byte in
 * names that are not valid there.  The cost of a pattern is bounded: see
 * pattern_check().
 */
#ifndef SHELL_PATTERN_H
#define SHELL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define PATTERN_MAX 1024     /* bytes */
#define PATTERN_STARS_MAX 32 /* those of `**` count as two */

/* ERR_LIMIT: too long, or too many stars.  ERR_FORMAT: empty, or a backslash
 * with nothing, or a '/', behind it. */
enum err pattern_check(const char *pattern) MUST_CHECK;

/* Whether it has a `*`, `?` or `[` that is not literal. */
bool pattern_is_glob(const char *pattern);

/* Whether it matches all of the name.  One that pattern_check() refuses
 * matches nothing. */
bool pattern_matches(const char *pattern, const char *name);

/* What every name that it matches begins with: all before its first
 * wildcard, without the backslashes.  Returns the length without the NUL.  Of
 * a pattern that is too long, the first PATTERN_MAX bytes of that. */
size_t pattern_prefix(const char *pattern, char out[PATTERN_MAX + 1]);

#endif
