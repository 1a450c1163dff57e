/*
 * A message between a client process and a server: a request, which the
 * server turns into its answer.
 *
 * Owned by the queue of the world while under way, by a server while it
 * works on it.
 */
#ifndef SIM_MESSAGE_H
#define SIM_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"

#define MEMBERS_MAX 5 /* of the cluster as a history begins */
#define SERVERS_MAX (MEMBERS_MAX + 1)
#define NAMES_MAX 3
#define RECORDS_MAX 24 /* of one name on one server, in the model */

enum message_kind {
	MESSAGE_QUERY,
	MESSAGE_JOIN,
	MESSAGE_STAGE,
	MESSAGE_ABORT,
	MESSAGE_COMMIT,
	MESSAGE_FETCH,
	MESSAGE_LIST,
	MESSAGE_VERIFY,
	MESSAGE_RESTORE,
	MESSAGE_FORGET,
	MESSAGE_DISCARD,
	MESSAGE_KINDS,
};

struct message {
	enum message_kind kind;
	unsigned client;
	unsigned process; /* of that client: a dead one gets no answers */
	unsigned server;
	unsigned connection;
	unsigned id; /* of the request, within the client */
	unsigned name;
	/* The request. */
	struct msg_context context;
	struct version version;
	uint8_t place;
	uint8_t first;
	uint8_t chunk;
	bool begun; /* STAGE, RESTORE: the head is in, the data arrives */
	struct msg_join join;
	/* The answer. */
	enum status status;
	struct msg_store store;
	uint64_t names;		  /* LIST: bit per name that has a record */
	uint64_t ctrs[NAMES_MAX]; /* and its highest counter */
	uint64_t quarantine_ms;	  /* LIST: the rest of it */
	uint8_t state;		  /* COMMIT: of the highest committed */
	struct tag highest;
	uint8_t good; /* VERIFY: bit 0, 1; FETCH: the chunk's own */
	bool has_version;
	struct version higher;
	unsigned count;
	struct record *records; /* QUERY: heap, owned */
};

/* NULL is nothing. */
void message_free(struct message *m);
/* On the heap, without its records.  Aborts without memory. */
struct message *message_copy(const struct message *m);
const char *message_kind_text(enum message_kind kind);
/* Does the request change one name, and so wait for its turn there? */
bool message_changes(enum message_kind kind);

#endif
