/*
 * `dfc members add` and `dfc members remove`, with the decisions of
 * shell/roster.h: the record goes to the members one after the other, and a
 * heal over all names comes after it, or between its two steps.
 */
#ifndef SIM_MEMBERS_H
#define SIM_MEMBERS_H

#include <stdbool.h>

#include "message.h"
#include "roster.h"

struct client;
struct pending;
struct world;

enum members_phase {
	MEMBERS_NONE,
	MEMBERS_SURVEY,
	MEMBERS_SEND,
	MEMBERS_HEAL,
};

enum members_step {
	STEP_ADD,
	STEP_LEAVE,
	STEP_REMOVE,
};

/* What the operator wants. */
enum plan_kind {
	PLAN_ADD,
	PLAN_REMOVE,	  /* a live server */
	PLAN_REMOVE_DEAD, /* one that never comes back */
};

struct plan {
	enum plan_kind kind;
	unsigned server;
	bool sent;  /* some server has the record of it */
	bool begun; /* somebody has run it */
	bool over;  /* somebody has ended it well */
};

struct members {
	enum members_phase phase;
	enum members_step step;
	unsigned plan; /* of the world */
	unsigned slot; /* of the server in the list */
	uint64_t waiting;
	uint64_t deadline_ms;
	uint64_t answered;
	struct msg_store stores[SERVERS_MAX];
	struct change change;
	uint64_t carried;
};

/* The client runs that plan of the world, for the first time or again. */
void members_start(struct world *w, unsigned client, unsigned plan);
void members_event(struct world *w, struct client *c, const struct pending *p,
		   const struct message *m);
/* The heal within it has ended. */
void members_healed(struct world *w, struct client *c);
void members_tick(struct world *w, struct client *c);

#endif
