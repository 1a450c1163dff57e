/*
 * `dfc heal` over all names: which names there are, the marks of each, and
 * then JOIN to the stores that have acknowledged all of them.
 */
#ifndef SIM_HEAL_H
#define SIM_HEAL_H

#include <stdbool.h>

#include "message.h"

struct client;
struct world;

void heal_start(struct world *w, struct client *c);
/* An answer to LIST or JOIN, or NULL when there will be none. */
void heal_event(struct world *w, struct client *c, enum message_kind kind,
		unsigned server, const struct message *m);
/* The marks of one name are done: c->quorum says how. */
void heal_marked(struct world *w, struct client *c);
void heal_tick(struct world *w, struct client *c);

#endif
