/*
 * TLS 1.3 with a key that both sides have (external PSK with ECDHE): mutual
 * by construction, without certificates.  dfs-protocol(7), "Keys".
 *
 * A connection is a transform of bytes without any I/O: what the peer sent
 * goes in, what is to be sent comes out.  One thread at a time.  The only
 * file, beside digest, that includes OpenSSL.
 */
#ifndef PROTO_TLS_H
#define PROTO_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keyring.h"

struct tls_side; /* what a side's connections share; counted, any thread */
struct tls;	 /* one connection; heap */

/* Takes the keys over.  ERR_MEMORY: also when the library refuses. */
enum err tls_side_server(struct tls_side **out,
			 struct keyring *keys) MUST_CHECK;
/* Speaks with the first of the keys. */
enum err tls_side_client(struct tls_side **out,
			 struct keyring *keys) MUST_CHECK;
/* Gives a reference back; connections hold their own. */
void tls_side_drop(struct tls_side *s);
const struct keyring *tls_side_keys(const struct tls_side *s);

enum err tls_new(struct tls **out, struct tls_side *s) MUST_CHECK;
void tls_free(struct tls *t);

/* Bytes of the peer.  ERR_MEMORY. */
enum err tls_feed(struct tls *t, const void *data, size_t len) MUST_CHECK;
/* The handshake, as far as the bytes go.  ERR_SHORT: more are needed;
 * ERR_FORMAT: it has failed, and what there is to send says so to the peer;
 * why is the library's word for a log. */
enum err tls_shake(struct tls *t) MUST_CHECK;
const char *tls_why(const struct tls *t);
/* After the handshake.  The client's key; NULL on the client's side. */
const struct keyring_key *tls_peer_key(const struct tls *t);

/* What has been opened of what the peer sent: *got bytes, at most cap; 0: more
 * bytes are needed.  ERR_CLOSED: the peer has ended it; ERR_FORMAT: what came
 * is not what the peer sent. */
enum err tls_read(struct tls *t, void *out, size_t cap, size_t *got) MUST_CHECK;
/* After tls_read() has opened all: a record of the peer has come in part. */
bool tls_has_part(const struct tls *t);
/* Seals len bytes; they are then to be sent.  ERR_MEMORY. */
enum err tls_write(struct tls *t, const void *data, size_t len) MUST_CHECK;

/* What is to be sent, and how much of it was.  The bytes are valid until the
 * next call. */
size_t tls_pending(struct tls *t, const uint8_t **data);
void tls_sent(struct tls *t, size_t len);

/* HKDF-SHA256 of a key: what goes into the handshake. */
enum err tls_derive(const struct keyring_key *k,
		    uint8_t out[KEYRING_KEY_SIZE]) MUST_CHECK;

#endif
