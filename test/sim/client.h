/*
 * A client process: it drives the real decision code (shell/quorum.h) as
 * dfc does, one operation after another; a heal over all names (heal.h); a
 * change of members (members.h).
 *
 * A process has a list of servers; what the decision code calls server i is
 * the one at list.server[i].
 */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "heal.h"
#include "members.h"
#include "message.h"
#include "net.h"
#include "quorum.h"

struct world;

#define PENDING_MAX 512

/* What a configuration lists. */
struct lineup {
	unsigned count;
	unsigned server[SERVERS_MAX];
};

/* A request without its answer. */
struct pending {
	unsigned id;
	enum message_kind kind;
	unsigned server;
	unsigned slot;	/* of the server in the client's list */
	unsigned op;	/* of an operation: which, rounds begin anew */
	unsigned round; /* of the order; of the fetch */
	unsigned chunk;
	bool waits; /* for a connection: it is not lost with the server */
};

/* A version on its way in: each chunk once, from either holder. */
struct fetch {
	bool active;
	unsigned round;		    /* of the order */
	uint64_t todo;		    /* chunks */
	uint64_t tried[LAYOUT_MAX]; /* holders, per chunk */
	bool gone;
};

struct client {
	unsigned index;
	unsigned process; /* counts lives */
	uint64_t frozen_until_ms;
	struct lineup list;
	bool running;  /* quorum is at work */
	bool released; /* quorum was never set up, or is released */
	struct quorum quorum;
	unsigned op; /* of the history */
	unsigned name;
	struct fetch fetch;
	struct heal heal;
	struct members members;
	unsigned tick; /* generation of the tick that is under way */
	uint64_t tick_ms;
	enum quorum_phase phase; /* it was in, since */
	uint64_t phase_since_ms;
	unsigned next_id;
	struct pending pending[PENDING_MAX];
	unsigned pending_count;
	struct wire wires[SERVERS_MAX];
};

void client_make(struct world *w, unsigned index);
void client_release(struct client *c);
bool client_is_idle(const struct client *c);
/* kind: enum op_kind. */
void client_operate(struct world *w, unsigned index, unsigned kind,
		    unsigned name);
/* The process is killed. */
void client_kill(struct world *w, unsigned index);
void client_cancel(struct world *w, unsigned index);
void client_tick(struct world *w, unsigned index);

/* For the parts: tells the quorum, and carries out what it orders then. */
void client_event(struct world *w, struct client *c,
		  const struct quorum_event *e);
/* Carries out the quorum's orders. */
void client_pump(struct world *w, struct client *c);
/* What the client did is over; it goes on some time later. */
void client_rests(struct world *w, struct client *c);

#endif
