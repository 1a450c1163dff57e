/*
 * Which servers of a session are there: connections are kept between
 * commands, and lost ones made anew without a word.  A server that cannot be
 * reached is tried again in the background, so that a command need not wait
 * for it; what has changed is told once.
 *
 * Only turns of the loop bring it about: at a prompt the loop is turned.
 */
#ifndef SHELL_LIVENESS_H
#define SHELL_LIVENESS_H

#include "cluster.h"

#define LIVENESS_PROBE_MS 2000 /* between two tries of a server */
#define LIVENESS_GRACE_MS 20   /* that a command waits for one that is back */

struct liveness {
	struct cluster *cluster;
	struct loop_timer probe;
	uint64_t down; /* those that were told to be */
};

/* The cluster's connections are on their way. */
void liveness_start(struct liveness *l, struct cluster *c);
void liveness_stop(struct liveness *l);
/* Turns the loop until all are up or down, for a second at most. */
void liveness_settle(struct liveness *l);
/* A command begins: notices what was closed meanwhile, gives servers that are
 * back a moment to greet, and passes over the others. */
void liveness_begin(struct liveness *l);

/* Takes the servers of which something is to be told: lost ones, and those
 * that were, and are back.  False: nothing is. */
bool liveness_news(struct liveness *l, uint64_t *lost, uint64_t *back);

#endif
