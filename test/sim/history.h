/*
 * What the operations of one history did and saw, and what that says: the
 * oracles.
 */
#ifndef SIM_HISTORY_H
#define SIM_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"
#include "quorum.h"

struct world;
struct server;

#define OPS_MAX 400
#define WRITES_MAX 1024 /* tags of puts and rms, each attempt its own */
#define OUTCOMES 8	/* enum quorum_outcome; the last: never ended */
#define OUTCOME_DEAD 7

enum op_kind {
	OP_KIND_PUT,
	OP_KIND_GET,
	OP_KIND_RM,
	OP_KIND_HEAL,
	OP_KINDS,
};

struct act {
	enum op_kind kind;
	unsigned client;
	unsigned name;
	uint64_t start; /* steps of the world */
	uint64_t end;	/* UINT64_MAX: never */
	uint64_t start_ms;
	uint64_t end_ms;
	uint64_t idle_ms;  /* not the machine's: data, a frozen client */
	uint64_t query_ms; /* its last QUERY round began */
	uint64_t silent;   /* step after which it has sent nothing */
	unsigned outcome;
	enum quorum_reason reason;
	bool weak;
	bool superseded;
	bool frozen;
	bool wrote;	     /* put, rm: a tag of its own was sent */
	struct tag tag;	     /* written, or read; zero: nothing read */
	unsigned value;	     /* read: 1 + the op that wrote it, 0: none */
	uint64_t marked;     /* step of its first mark; UINT64_MAX: none */
	struct tag expect;   /* rm: its condition, or zero */
	bool must_be_absent; /* put: the same */
	unsigned changes;    /* requests sent that may change something */
};

struct write {
	uint64_t put; /* of the tag */
	unsigned op;
};

struct history {
	struct act ops[OPS_MAX];
	unsigned count;
	struct write writes[WRITES_MAX];
	unsigned write_count;
	uint8_t cluster[STORE_ID_SIZE]; /* of the first success */
	bool has_cluster;
	struct tag forgotten[NAMES_MAX]; /* highest that a server forgot */
	unsigned names;			 /* for the checks */
};

void history_clear(struct history *h);
/* Begins an operation; gives its number. */
unsigned history_begin(struct world *w, enum op_kind kind, unsigned client,
		       unsigned name);
/* It sends out a tag of its own. */
void history_wrote(struct world *w, unsigned op, const struct tag *tag);
void history_end(struct world *w, unsigned op, const struct quorum *q);
/* Its client is dead. */
void history_died(struct world *w, unsigned op);

/* A server has made a mark of that tag durable. */
void history_marked(struct world *w, const struct tag *tag);
/* A server forgets the deletion. */
void history_forgot(struct world *w, unsigned name, const struct tag *tag);
/* A store is about to obey a JOIN. */
void history_joined(struct world *w, const struct server *s,
		    const struct msg_join *j);

/* Every oracle over the whole history. */
void history_check(struct world *w);

#endif
