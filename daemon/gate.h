/*
 * What stands between a connection and its first request where there is a
 * key: the keys, how many handshakes are under way, and who has failed.
 *
 * gate_load() and gate_begin() are for one thread, the dispatcher's once that
 * runs; the others for any.
 */
#ifndef DAEMON_GATE_H
#define DAEMON_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "tls.h"

#define GATE_SHAKES_MAX 64   /* handshakes under way */
#define GATE_SHAKE_MS 10000  /* for one of them */
#define GATE_FAILURES_MAX 10 /* a minute from one address: more are late */
#define GATE_LATE_MS 1000    /* by so much */

struct gate;

/* Without keys yet.  ERR_MEMORY. */
enum err gate_new(struct gate **out) MUST_CHECK;
/* When its last connection is gone.  NULL is nothing. */
void gate_free(struct gate *g);

/* Reads the key file: connections to come have its keys.  As keyring_load(),
 * which may block for disk; after a failure the keys are those before. */
enum err gate_load(struct gate *g, const char *path,
		   char message[KEYRING_MESSAGE_MAX]) MUST_CHECK;
size_t gate_keys(struct gate *g);
/* True while k is one of the keys, with the same rights. */
bool gate_admits(struct gate *g, const struct keyring_key *k);

/* The server's end of a new connection, whose handshake is under way until
 * gate_done().  ERR_MEMORY. */
enum err gate_begin(struct gate *g, struct tls **out) MUST_CHECK;
void gate_done(struct gate *g);
/* True when GATE_SHAKES_MAX are under way. */
bool gate_is_full(struct gate *g);
/* A handshake has failed: true when the answer is to be late. */
bool gate_note_failure(struct gate *g, const struct sockaddr_storage *from);

/* GATE_SHAKE_MS, or what a test has set. */
uint64_t gate_shake_ms(struct gate *g);
void gate_set_shake_ms(struct gate *g, uint64_t ms);

#endif
