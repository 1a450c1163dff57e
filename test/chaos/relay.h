/*
 * A relay stands between one client and one server, and can do to their
 * connections what a network does: pass everything, reset all connections,
 * pass nothing in one direction or both (held bytes come later, as from a
 * slow network), or pass late.
 *
 * Owned by the loop's thread.
 */
#ifndef CHAOS_RELAY_H
#define CHAOS_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

enum relay_state {
	RELAY_PASS,
	RELAY_CUT,	 /* connections are reset, new ones too */
	RELAY_HOLE,	 /* nothing passes */
	RELAY_HOLE_UP,	 /* nothing from the client */
	RELAY_HOLE_DOWN, /* nothing from the server */
	RELAY_MUTE,	 /* nothing from the server once the client has sent
			    three times: QUERY, STAGE, COMMIT */
	RELAY_STUCK,	 /* the third of them does not arrive */
	RELAY_LATE,	 /* everything passes late */
	RELAY_STATES,
};

struct relay_line;

struct relay {
	struct loop *loop;
	struct loop_watch door; /* listens */
	uint16_t port;
	uint32_t host;		/* the server's, in network order */
	const uint16_t *server; /* its port; 0: it is down */
	enum relay_state state;
	uint32_t late_ms;
	struct relay_line *lines; /* connections */
};

/* Listens on a loopback port.  host: of the server; server: its port, read at each connection.
 * False: errno. */
bool relay_open(struct relay *r, struct loop *loop, const char *host,
		const uint16_t *server);
void relay_close(struct relay *r);
void relay_set(struct relay *r, enum relay_state state, uint32_t late_ms);

#endif
