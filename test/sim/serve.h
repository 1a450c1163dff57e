/*
 * What a server does with requests.  It decides with the daemon's own rules
 * (daemon/rules.h); what is modelled is the lock per name.
 */
#ifndef SIM_SERVE_H
#define SIM_SERVE_H

#include "server.h"

/* A request has come.  Takes the message over. */
void serve_request(struct world *w, struct message *m);
/* The name is free: its next requests. */
void serve_waiting(struct world *w, struct server *s, struct shelf *f);
/* Takes the message over. */
void serve_answer(struct world *w, struct message *m, enum status status);

#endif
