/*
 * Which files of a tree a command takes: the rules of --include and --exclude,
 * in the order given; the first that matches decides.  Pure.
 *
 * The patterns are those of pattern.h, matched against paths relative to the
 * top of the tree:
 *
 *   *.o          the last component of a path
 *   src/x*.c     the whole path: there is a '/' in it
 *   /README      the whole path; the first '/' only says so
 *   tmp/         all below a directory of that name, wherever it is
 *   /tmp/, a/b/  all below that directory, from the top
 *
 * When no rule matches, a path is taken, unless there are includes and no
 * exclude: then only what is included is.
 */
#ifndef SHELL_FILTER_H
#define SHELL_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum filter_kind {
	FILTER_INCLUDE,
	FILTER_EXCLUDE,
};

/* All zero: no rules, everything is taken. */
struct filter {
	struct filter_rule *rules; /* heap */
	size_t count;
	size_t cap;
	bool includes; /* there is one */
	bool excludes;
};

/* The pattern is copied.  ERR_FORMAT, ERR_LIMIT: as pattern_check() says, and
 * ERR_FORMAT for slashes alone; ERR_MEMORY.  The filter is as it was then. */
enum err filter_add(struct filter *f, enum filter_kind kind,
		    const char *pattern) MUST_CHECK;
bool filter_takes(const struct filter *f, const char *path);
void filter_release(struct filter *f);

#endif
