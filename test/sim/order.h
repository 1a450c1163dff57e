/*
 * From a quorum's orders to requests, and from answers to its events.
 */
#ifndef SIM_ORDER_H
#define SIM_ORDER_H

#include "client.h"

void order_carry_out(struct world *w, struct client *c,
		     const struct quorum_order *o);
/* The put or rm sends, or has sent, the marks of its own version. */
bool order_is_own_commit(const struct quorum *q);

/* A request to the server in that slot of the client's list. */
struct message *order_message(struct client *c, enum message_kind kind,
			      unsigned slot, unsigned round);
/* m: NULL when the request is lost. */
void order_tell(struct world *w, struct client *c, const struct pending *p,
		const struct message *m);
/* Takes a request off the list of those without an answer. */
void order_forget(struct client *c, const struct pending *p);

/* What happens to the client. */
void order_answered(struct world *w, struct message *m);
void order_lost(struct world *w, unsigned index, unsigned id);

#endif
