/*
 * Files that are looked at before they are moved: what the servers hold under
 * their names is asked for, for some at a time, and a command chooses.
 */
#ifndef SHELL_SIFT_H
#define SHELL_SIFT_H

#include "manifest.h"
#include "stored.h"

struct sift {
	struct client *client;
	/* As in struct upload and download. */
	bool (*next)(void *arg, const char **path, const char **name);
	bool (*more)(const void *arg);
	void *next_arg;
	/* Whether it is to be moved. */
	bool (*takes)(void *arg, const struct manifest_item *i,
		      const struct stored *s);
	void *arg;

	struct manifest chosen; /* those; manifest_release() frees it */
};

/* Asks for all.  False when it did not come to its end (no memory, a signal),
 * which is said and counted. */
bool sift_run(struct sift *s);

#endif
