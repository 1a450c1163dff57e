/*
 * A client process: it drives the real decision code (shell/quorum.h) as
 * dfc does, one operation after another, and a heal over all names, which is
 * a LIST, the marks of every name, and JOIN.
 */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"
#include "net.h"
#include "quorum.h"

struct world;

#define PENDING_MAX 64

/* A request without its answer. */
struct pending {
	unsigned id;
	enum message_kind kind;
	unsigned server;
	unsigned op;	/* of an operation: which, rounds begin anew */
	unsigned round; /* of the order; of the fetch */
	unsigned chunk;
};

/* A version on its way in: each chunk once, from either holder. */
struct fetch {
	bool active;
	unsigned round;		    /* of the order */
	uint64_t todo;		    /* chunks */
	uint64_t tried[LAYOUT_MAX]; /* holders, per chunk */
	bool gone;
};

enum heal_phase {
	HEAL_NONE,
	HEAL_LIST,
	HEAL_MARKS,
	HEAL_JOIN,
};

struct heal {
	enum heal_phase phase;
	uint64_t waiting; /* LIST, JOIN: servers */
	uint64_t deadline_ms;
	uint64_t answered;
	struct msg_store stores[SERVERS_MAX]; /* of LIST */
	struct view view;
	uint64_t names;	     /* still to be marked */
	uint64_t candidates; /* blank and joining servers */
	uint64_t floor;
};

struct client {
	unsigned index;
	unsigned process; /* counts lives */
	uint64_t frozen_until_ms;
	bool running;  /* quorum is at work */
	bool released; /* quorum was never set up, or is released */
	struct quorum quorum;
	unsigned op; /* of the history */
	unsigned name;
	struct fetch fetch;
	struct heal heal;
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
/* kind: enum op_kind; heal goes over all names. */
void client_operate(struct world *w, unsigned index, unsigned kind,
		    unsigned name);
void client_heal(struct world *w, unsigned index);
/* The process is killed. */
void client_kill(struct world *w, unsigned index);
void client_cancel(struct world *w, unsigned index);
/* What happens to it. */
void client_answer(struct world *w, struct message *m);
void client_lost(struct world *w, unsigned index, unsigned id);
void client_tick(struct world *w, unsigned index);

/* For fetch: tells the quorum, and carries out what it orders then. */
void client_event(struct world *w, struct client *c,
		  const struct quorum_event *e);
/* For heal: sends a request of that kind to each server of a set; the
 * caller has filled in what all have in common. */
struct message *client_message(struct world *w, struct client *c,
			       enum message_kind kind, unsigned server,
			       unsigned round);

#endif
