/*
 * The removing of many stored names, each end of which is said and counted.
 */
#ifndef SHELL_REMOVAL_H
#define SHELL_REMOVAL_H

#include "client.h"

struct removal {
	struct client *client;
	uint64_t jobs;
	bool lenient; /* a name that is not there is well */
	bool mirrors; /* of a mirror: they are "deleted" */
	const char *const *names;
	size_t count;
	size_t at;
};

/* Asks first for each whether it is there, and says what would be done. */
void removal_plan(struct removal *r);
void removal_run(struct removal *r);

#endif
