/*
 * The network between client processes and servers: connections that keep
 * order within themselves and not among each other, that break with some of
 * what was under way, and messages of the dead that are served late.
 */
#ifndef SIM_NET_H
#define SIM_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

struct world;
struct client;

/* One client's way to one server. */
struct wire {
	unsigned connection; /* the newest */
	unsigned broken;     /* connections below this are gone */
	uint64_t request_ms; /* arrival of its last request */
	uint64_t answer_ms;
};

/* Requests that a directed history keeps back: kinds, clients, servers are
 * sets; they come late_ms later, or, with 0, never. */
struct hold {
	unsigned kinds;
	unsigned clients;
	unsigned servers;
	uint64_t late_ms;
	bool waits; /* its client does, for the connection; else it is lost */
};

/* Takes the message over; the client has a pending entry for it. */
void net_request(struct world *w, struct message *m);
/* From the server to the client; takes the message over. */
void net_answer(struct world *w, struct message *m);
/* The connections between the two break: of the requests under way some
 * last ones are lost, and all answers. */
void net_cut(struct world *w, unsigned client, unsigned server);
/* The client process is gone: the same on all its connections, and what it
 * has sent may arrive late. */
void net_client_died(struct world *w, unsigned client);
/* What was sent to the server is gone; the clients learn of it. */
void net_server_died(struct world *w, unsigned server);
/* The server stands still: who waits for it may lose patience. */
void net_server_paused(struct world *w, unsigned server);

#endif
