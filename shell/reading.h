/*
 * Commands that read parts of stored files, one name after the other, and
 * say of each that cannot be read what get says.
 */
#ifndef SHELL_READING_H
#define SHELL_READING_H

#include "client.h"
#include "slice.h"

struct reading {
	struct client *client;
	const char *const *names;
	size_t count;
	struct slice_want want;
	/* What was wanted of one name is there: slice_read() and its like.
	 * What it returns is tallied; ERR_CLOSED of stdout ends all. */
	enum err (*good)(void *arg, const struct task *task);
	void *arg;

	size_t at;
	bool closed; /* nobody reads stdout any more */
};

/* False, and said: one of them can be no name. */
bool reading_check(const char *const *names, size_t count);
void reading_run(struct reading *r);
/* Bytes to stdout, as slice_read() wants it.  ERR_CLOSED; ERR_SYS, EINTR too:
 * a signal came. */
enum err reading_print(void *arg, const void *data, size_t len);

#endif
