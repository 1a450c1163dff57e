/*
 * What a dfs was asked and what it answered, by the log of its connections
 * (oplog.h): the facts that a power cut must not undo.
 *
 * A fact counts from the record in which the last byte of an answer was sent;
 * a request from the record in which its last byte had come.
 *
 * One thread; no memory, or bytes that are no dfs protocol: the program ends
 * (run.h).
 */
#ifndef FAULT_SAID_H
#define FAULT_SAID_H

#include <stdint.h>

#include "buf.h"
#include "msg.h"
#include "oplog.h"

/* Of one version on the store. */
struct said_fact {
	uint32_t at; /* number of the record */
	uint32_t name;
	enum record_state state;
	uint8_t have; /* chunks that were told to be there, as in a record */
	struct tag tag;
};

/* A mutation that was asked for; op is 0 for a JOIN's drop of all stages. */
struct said_request {
	uint32_t at;
	uint32_t name;
	enum op op;
	struct tag tag;
};

/* The store itself. */
struct said_store {
	uint32_t at;
	uint8_t id[STORE_ID_SIZE];
	uint8_t state;
	struct cluster_id cluster; /* only with has_cluster */
	uint64_t floor;
	bool has_cluster;
};

struct said {
	struct said_fact *facts;
	size_t fact_count, fact_cap;
	struct said_request *requests;
	size_t request_count, request_cap;
	struct said_store *stores;
	size_t store_count, store_cap;
	char **names; /* stored names, NUL-terminated */
	size_t name_count, name_cap;
	struct said_peer *peers; /* by descriptor */
	size_t peer_count;
	uint64_t frames; /* answers read */
};

/* s is zeroed before the first. */
void said_add(struct said *s, uint32_t at, enum oplog_kind kind,
	      struct rbuf *fields);
/* The index of a name; it is added when it is new. */
uint32_t said_name(struct said *s, const char *text, size_t len);

#endif
