/*
 * Rules of the client switched off: what stands between its decision code
 * and the network then, requests that are changed and answers that nobody
 * has given.
 */
#ifndef SIM_FORGE_H
#define SIM_FORGE_H

#include "client.h"

/* Before a request is sent: may change it.  True: it was answered here, and
 * taken over. */
bool forge_request(struct world *w, struct client *c, struct message *m,
		   unsigned slot);
/* An answer as it comes in: may change it. */
void forge_answer(struct world *w, struct client *c, const struct pending *p,
		  struct message *m);
/* order_tell(), and what nobody has said.  m: NULL when lost. */
void forge_tell(struct world *w, struct client *c, const struct pending *p,
		const struct message *m);

#endif
