/*
 * What dfs-format(5) allows in a store's directory, looked at from outside.
 */
#ifndef FAULT_LITTER_H
#define FAULT_LITTER_H

#include <stdbool.h>
#include <stddef.h>

/* Is there anything in the directory of a server, just started, that the
 * format gives no state?  settled: nor any stage.  Then `what` says so. */
bool litter_found(const char *dir, bool settled, char *what, size_t size);

#define MARK_SIZE 64

/* The tag of the highest version of a name that is committed or deleted on the
 * disk; "" when there is none. */
void mark_of(const char *dir, const char *name, char mark[MARK_SIZE]);

#endif
