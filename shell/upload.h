/*
 * The putting of many local files, each end of which is said and counted.
 */
#ifndef SHELL_UPLOAD_H
#define SHELL_UPLOAD_H

#include "client.h"
#include "gauge.h"
#include "source.h"

struct upload {
	struct client *client;
	uint64_t jobs;
	bool no_clobber;      /* what is stored already is a failure */
	struct source *spool; /* what the path "-" stands for, or NULL */
	struct gauge *gauge;
	/* The next local file and the name that it gets; both are copied.
	 * False: there is none any more. */
	bool (*next)(void *arg, const char **path, const char **name);
	/* Is there one that next has not given?  Asked after a signal. */
	bool (*more)(const void *arg);
	void *arg;
};

/* Says of one that it was not put; why: NULL for e's text, with errno. */
void upload_failed(struct client *c, const char *path, const char *name,
		   enum err e, const char *why);
/* Opens the file, when the name can be that of a stored one.  False, and
 * said. */
bool upload_open(struct client *c, struct source *s, const char *path,
		 const char *name);
void upload_run(struct upload *u);

#endif
