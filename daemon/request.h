/*
 * Requests: one table says for each operation what it may look like, what it
 * needs, and who handles it.  In the worker that serves the session.
 */
#ifndef DAEMON_REQUEST_H
#define DAEMON_REQUEST_H

#include <stdbool.h>

#include "session.h"

typedef void request_handler(struct session *s, const struct request *r);

struct request_kind {
	const char *name; /* for the log; NULL: no such operation */
	uint32_t head_max;
	uint32_t body_max;
	bool light;   /* answered from memory: any worker may */
	bool changes; /* the store, so the key must allow it */
	request_handler *handle;
};

/* NULL for an operation that this server does not know. */
const struct request_kind *request_kind(uint8_t op);
/* Checks r against its kind's limits and handles it.  Its head is whole;
 * its body follows, and is dropped unless session_take_body() was called. */
void request_handle(struct session *s, const struct request *r);
/* r is of no known operation, or its head is too long to be read. */
void request_refuse(struct session *s, const struct request *r);

#endif
