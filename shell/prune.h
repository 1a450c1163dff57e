/*
 * The deleting of a local file below a directory, with no link followed on
 * the way, and of the directories above it that are empty then.
 */
#ifndef SHELL_PRUNE_H
#define SHELL_PRUNE_H

#include "err.h"

/* path: slashes and all, no "..".  ERR_FORMAT: not a regular file (any more);
 * ERR_SYS, ERR_MEMORY. */
enum err prune_file(const char *top, const char *path) MUST_CHECK;

#endif
