/*
 * A server's disk: a change is decided, then durable some time later, then
 * shown and answered; of what was not durable a crash keeps some.
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "server.h"

/* Takes the message over.  What waits for the name goes on by
 * serve_waiting(). */
void disk_begin(struct world *w, struct server *s, struct message *m,
		enum rules_step step);
/* A sync has come back. */
void disk_synced(struct world *w, unsigned index, unsigned name);
/* Removes what the highest commit has made useless. */
void disk_retires(struct world *w, unsigned index, unsigned name);
void disk_crash(struct world *w, struct server *s, unsigned name);
/* Fills in how the name's commits stand. */
void disk_stands(struct shelf *f, struct message *m);

#endif
