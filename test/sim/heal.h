/*
 * `dfc heal` over all names, as shell/heal.c does it with shell/roster.h: a
 * survey, the names, a QUORUM_HEAL of each, and then JOIN to the stores that
 * have all marks; once more when that widens stripes.
 */
#ifndef SIM_HEAL_H
#define SIM_HEAL_H

#include <stdbool.h>

#include "message.h"
#include "roster.h"

struct client;
struct pending;
struct world;

enum heal_phase {
	HEAL_NONE,
	HEAL_SURVEY,
	HEAL_QUARANTINE, /* until that of the newcomers is over */
	HEAL_LIST,
	HEAL_NAMES,
	HEAL_WAIT, /* for that of one which started anew meanwhile */
	HEAL_JOIN,
};

struct heal {
	enum heal_phase phase;
	unsigned gone; /* members that are being removed, dead */
	unsigned pass;
	uint64_t waiting; /* SURVEY, LIST, JOIN: servers of the list */
	uint64_t deadline_ms;
	uint64_t answered;
	struct msg_store stores[SERVERS_MAX]; /* of SURVEY, LIST */
	uint64_t free_ms[SERVERS_MAX];	      /* when their quarantine ends */
	struct roster roster;
	uint64_t names;	  /* still to be healed */
	uint64_t joiners; /* still to be sent JOIN */
	unsigned joined;
	unsigned orders; /* sent to change something, over all names */
	bool undone;	 /* something could not be done */
};

/* gone: dead servers that are being removed. */
void heal_start(struct world *w, unsigned client, unsigned gone);
/* An answer to LIST or JOIN, or NULL when there will be none. */
void heal_event(struct world *w, struct client *c, const struct pending *p,
		const struct message *m);
/* The heal of one name is over: c->quorum says how. */
void heal_name_over(struct world *w, struct client *c);
void heal_tick(struct world *w, struct client *c);

#endif
