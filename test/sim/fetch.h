/*
 * A client fetches a version: each chunk once, from either holder.
 */
#ifndef SIM_FETCH_H
#define SIM_FETCH_H

#include "message.h"
#include "quorum.h"

struct client;
struct pending;
struct world;

void fetch_start(struct world *w, struct client *c,
		 const struct quorum_order *o);
/* An answer, or NULL when there will be none. */
void fetch_answer(struct world *w, struct client *c, const struct pending *p,
		  const struct message *m);

#endif
