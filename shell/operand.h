/*
 * From a command's operands to stored names and local files.
 */
#ifndef SHELL_OPERAND_H
#define SHELL_OPERAND_H

#include <stdbool.h>
#include <stddef.h>

#include "name.h"

/* One file to move.  Heap; freed by operand_free. */
struct operand {
	char *path; /* local */
	char *name; /* stored */
};

struct operand *operand_new(const char *path, const char *name);
void operand_free(struct operand *o);

/* The last component of path without slashes behind it, as heap; "" for
 * ".", ".." and "/": nothing to name it by.  NULL without memory. */
char *operand_base(const char *path);

/* Says on stderr what is wrong with a stored name; false when it is. */
bool operand_check(const char *name);

/* The first of count texts that comes twice; NULL: none, or no memory.
 * Empty ones do not count. */
const char *operand_twice(char *const *texts, size_t count);

#endif
