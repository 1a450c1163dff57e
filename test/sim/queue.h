/*
 * What will happen, by time: a heap of items.  Items of the same time come
 * out in the order in which they went in.
 *
 * A struct queue is owned by one thread.
 */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

enum item_kind {
	ITEM_REQUEST, /* .message reaches its server */
	ITEM_ANSWER,  /* .message reaches its client */
	ITEM_LOST,    /* client `who` learns that request `what` is lost */
	ITEM_TICK,    /* deadline of client `who`, generation `what` */
	ITEM_NEXT,    /* client `who` begins its next operation */
	ITEM_KILL,    /* client `who` is killed */
	ITEM_SYNC,    /* server `who` has made its change of name `what`
			   durable */
	ITEM_RETIRE,  /* server `who` retires what is low of name `what` */
	ITEM_UP,      /* server `who` starts */
	ITEM_WIPE,    /* server `who` loses its disk */
};

struct item {
	uint64_t at;
	uint64_t order;
	enum item_kind kind;
	unsigned who;
	unsigned life; /* of that client or server: void in another one */
	unsigned what;
	struct message *message; /* owned */
};

struct queue {
	struct item *heap; /* owned */
	unsigned count;
	unsigned room;
	uint64_t order;
};

void queue_init(struct queue *q);
void queue_release(struct queue *q);
/* Throws all items away, keeps the room. */
void queue_clear(struct queue *q);
/* Takes the message over.  Aborts without memory. */
void queue_push(struct queue *q, const struct item *item);
/* False when there is nothing. */
bool queue_pop(struct queue *q, struct item *item);
/* Removes the items of which drop() is true. */
void queue_drop(struct queue *q, bool (*drop)(struct item *item, void *arg),
		void *arg);

#endif
