/*
 * A few servers on directories of their own, and the client: what a driver
 * starts and stops, damages and asks.
 *
 * Servers count from 0 and are called dfs1, dfs2...; a set of them is a mask
 * of bits.  One thread; see run.h for what ends the program.
 */
#ifndef FAULT_CREW_H
#define FAULT_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "run.h"

#define CREW_MAX 8

struct crew {
	unsigned n;
	const char *dfs;
	const char *dfc;
	const char *conf; /* dfs.conf */
	char path[RUN_PATH_MAX - 64];
	int top;	    /* path */
	int dirs[CREW_MAX]; /* path/1, path/2... */
	struct daemon daemons[CREW_MAX];
	unsigned up;
	char client_conf[RUN_PATH_MAX]; /* the client's configuration */
	const char *extra;		/* lines of it, or "" */
	struct result last;		/* of crew_ask */
};

/* Takes over path, which is made if need be; no server runs.  n may be
 * changed while none does. */
void crew_open(struct crew *c, const char *path);
/* Starts those servers that do not run, and writes the configuration.  False
 * when one does not come up; its log tells why. */
bool crew_start(struct crew *c, unsigned mask);
/* Ends them by the signal.  False when one that was asked to stop ended in
 * another way. */
bool crew_stop(struct crew *c, unsigned mask, int signal);
/* Exactly these run. */
bool crew_only(struct crew *c, unsigned mask);
/* Runs dfc with these arguments, the last one NULL; the result is in
 * c->last, its exit status is returned. */
int crew_ask(struct crew *c, const char *command, ...);
/* The same with a list. */
int crew_ask_list(struct crew *c, const char *const *args, unsigned count);
/* Shows the last result and the logs on stderr. */
void crew_show(const struct crew *c);

#endif
