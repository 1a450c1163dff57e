/*
 * The getting of many stored files, each end of which is said and counted.
 */
#ifndef SHELL_DOWNLOAD_H
#define SHELL_DOWNLOAD_H

#include "client.h"
#include "gauge.h"

struct download {
	struct client *client;
	uint64_t jobs;
	bool stream;	 /* all go to standard output */
	bool below;	 /* paths lie below .top, and no link is followed */
	const char *top; /* a directory, which is made; NULL: the working one */
	bool no_clobber; /* a file that is there already is a failure */
	bool resume;	 /* goes on with what was kept, and keeps */
	struct gauge *gauge;
	/* The next name, and the local path that it gets; both are copied.
	 * False: there is none any more. */
	bool (*next)(void *arg, const char **path, const char **name);
	/* Is there one that next has not given?  Asked after a signal. */
	bool (*more)(const void *arg);
	void *arg;

	bool closed; /* nobody reads standard output any more */
};

/* The path as people know it, with .top; cut when it is too long. */
void download_path(const struct download *d, const char *path, char *out,
		   size_t size);
/* Says that a local file cannot be; why: NULL for e's text, with errno. */
void download_failed(struct download *d, const char *path, const char *name,
		     enum err e, const char *why);
void download_run(struct download *d);

#endif
