/*
 * A server: its store, and its lives.  What it does with requests is in
 * serve.h, what its disk does in disk.h.
 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"
#include "shelf.h"

struct world;

/* What a disk image has. */
struct image {
	bool taken;
	uint8_t id[STORE_ID_SIZE];
	uint8_t state;
	struct cluster_id cluster;
	uint64_t floor;
	struct record list[NAMES_MAX][RECORDS_MAX];
	unsigned count[NAMES_MAX];
};

struct server {
	unsigned index;
	bool up;
	bool gone;     /* destroyed: never comes up again */
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
	struct image image; /* an older one of itself, kept elsewhere */
};

/* A blank store with a new id; down. */
void server_make(struct world *w, unsigned index);
/* A disk as server_make() leaves it; the server must be down. */
void server_wipe(struct world *w, unsigned index);
/* Keeps an image of the disk. */
void server_save(struct server *s);
/* The disk is as in its image, and the operator starts it with --rejoin: a
 * new store id, joining.  The server must be down. */
void server_rejoin(struct world *w, unsigned index);
/* Frees what is under way. */
void server_release(struct server *s);

void server_start(struct world *w, unsigned index, bool reboot);
/* Dies: what was not durable is there or not. */
void server_crash(struct world *w, unsigned index);

/* What the server says of itself, and what its rules look at. */
uint64_t server_now(const struct world *w, const struct server *s);
void server_describe(const struct world *w, const struct server *s,
		     struct msg_store *out);
void server_rules(const struct world *w, const struct server *s,
		  struct rules_store *out);
/* Is a change on its way to the disk? */
bool server_is_changing(const struct server *s);

#endif
