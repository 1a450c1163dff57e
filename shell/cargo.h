/*
 * The local files that the operands of a put come to, and the names that they
 * get: a file at a time, trees walked as they are reached.
 */
#ifndef SHELL_CARGO_H
#define SHELL_CARGO_H

#include "choice.h"
#include "client.h"
#include "tree.h"

struct cargo {
	struct client *client;
	const struct choice *choice; /* paths, and which of their files */
	const char *given;	     /* the name of the one file, or NULL */
	bool trees;		     /* directories are walked */
	char *prefix;		     /* with a slash at its end, or "" */
	char **tops;	   /* what each operand is stored as, or below */
	size_t at;	   /* the next operand */
	struct tree *tree; /* that is being walked */
	char *name;	   /* of the last file */
};

/* given, or below the prefix; either may be NULL.  False, and said: two
 * operands would get one name, or no memory.  cargo_release() in any case. */
bool cargo_init(struct cargo *c, const char *prefix);
/* As struct upload asks for it; arg is the cargo.  What is skipped, or cannot
 * be read, is said and counted. */
bool cargo_next(void *arg, const char **path, const char **name);
bool cargo_more(const void *arg);
void cargo_release(struct cargo *c);

#endif
