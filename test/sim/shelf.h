/*
 * What a server has of one name: its records, which of their chunks have
 * gone bad, the change that is on its way to the disk, and the requests that
 * wait for it.
 */
#ifndef SIM_SHELF_H
#define SIM_SHELF_H

#include <stdbool.h>

#include "message.h"
#include "rules.h"

#define SHELF_QUEUE_MAX 256

/* A change of one name that is on its way to the disk. */
struct update {
	struct message *message; /* whose request it is; NULL: no change */
	enum rules_step step;
	unsigned part; /* of two: the first one is durable by now */
	struct record record;
	bool limbo;    /* the disk failed: whether it is there, a start tells */
	bool answered; /* before it was durable: only with that rule off */
};

/* One name.  At most one change at a time; who comes meanwhile waits. */
struct shelf {
	/* Durable. */
	struct record list[RECORDS_MAX]; /* highest tag first */
	uint8_t bad[RECORDS_MAX]; /* of list[i]: bit 0, 1: rotten chunk */
	unsigned count;
	/* A stage that was dropped: no sync has covered that yet. */
	struct record ghost;
	bool has_ghost;
	/* Of this life. */
	uint64_t since_ms; /* the server's time, when something new came */
	struct update change;
	struct message *waiting[SHELF_QUEUE_MAX];
	unsigned waiting_count;
};

struct rules_records shelf_records(const struct shelf *f);
struct record *shelf_find(struct shelf *f, const struct tag *tag);
/* The good ones of that record's two chunk files. */
uint8_t shelf_good(const struct shelf *f, const struct record *r);
/* By tag.  Aborts when full. */
void shelf_insert(struct shelf *f, const struct record *r);
void shelf_remove(struct shelf *f, unsigned i);
/* Removes what a durable commit of that tag has made useless. */
void shelf_retire(struct shelf *f, const struct tag *committed);
void shelf_drop_stages(struct shelf *f);
/* Removes the stage, which a crash may bring back. */
void shelf_drop(struct shelf *f, unsigned i);
/* Frees the change and who waits. */
void shelf_release(struct shelf *f);

#endif
