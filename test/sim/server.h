/*
 * A server: its store on disk, and what it does with requests.  It decides
 * with the daemon's own rules (daemon/rules.h); what is modelled is the disk
 * (a change is durable some time after it was begun, and nothing is shown
 * before), the lock per name, and death at any moment.
 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"
#include "shelf.h"

struct world;

struct server {
	unsigned index;
	bool up;
	unsigned life; /* counts starts */
	uint64_t paused_until_ms;
	uint64_t clock_ms; /* its BOOTTIME is the world's time plus this */
	/* Durable. */
	uint8_t id[STORE_ID_SIZE];
	uint8_t state;
	struct cluster_id cluster;
	uint64_t floor;
	struct shelf shelves[NAMES_MAX];
	/* Of this life. */
	uint8_t boot[STORE_ID_SIZE];
	uint64_t opened_ms;
	bool read_only;
	bool full;
};

/* A blank store with a new id; down. */
void server_make(struct world *w, unsigned index);
/* A disk as server_make() leaves it; the server must be down. */
void server_wipe(struct world *w, unsigned index);
/* Frees what is under way. */
void server_release(struct server *s);

void server_start(struct world *w, unsigned index, bool reboot);
/* Dies: what was not durable is there or not. */
void server_crash(struct world *w, unsigned index);

/* Takes the message over. */
void server_request(struct world *w, struct message *m);
void server_synced(struct world *w, unsigned index, unsigned name);
void server_retires(struct world *w, unsigned index, unsigned name);

#endif
