/*
 * One connection's TLS: from its first byte through the handshake to the bytes
 * of requests.  What is sent is sealed by out.h, with secure_tls().
 *
 * Guarded by its session's lock; nothing here does input or output.  What
 * secure_take() finds out of the handshake the worker that called it may also
 * read without.
 */
#ifndef DAEMON_SECURE_H
#define DAEMON_SECURE_H

#include "frame.h"
#include "gate.h"

/* Room in which a record that is not whole yet may come to its end. */
#define SECURE_GAP 17408

struct secure;

/* A connection that was greeted with these bytes.  ERR_MEMORY. */
enum err secure_new(struct secure **out, struct gate *g,
		    const uint8_t greeting[GREETING_SIZE]) MUST_CHECK;
/* NULL is nothing. */
void secure_free(struct secure *x);
struct tls *secure_tls(const struct secure *x);

/*
 * len > 0 bytes were received at data + SECURE_GAP, with nothing behind them
 * that is needed.  What they open to goes to data: *got bytes, all there is,
 * also after a failure.  There may be something to send then.  ERR_CLOSED: the
 * peer has sent its last byte; ERR_FORMAT, ERR_MEMORY: the connection, or its
 * handshake, has failed; secure_why().
 */
enum err secure_take(struct secure *x, uint8_t *data, size_t len,
		     size_t *got) MUST_CHECK;
/* A static text for the log. */
const char *secure_why(const struct secure *x);

/* The peer has a key; before that nothing of it is a request. */
bool secure_is_through(const struct secure *x);
/* Its key is for reading only. */
bool secure_is_read_only(const struct secure *x);
/* Not through yet, or its key is one of the gate's. */
bool secure_is_admitted(const struct secure *x);

/* The peer has begun a record and owes the rest. */
bool secure_is_owed(const struct secure *x);

/* While it is not through: when it began, and when it must be, in clock_ms(). */
uint64_t secure_begun(const struct secure *x);
uint64_t secure_deadline(const struct secure *x);
/* The handshake has failed, and the peer is to hear of it GATE_LATE_MS from
 * now, which is the deadline. */
void secure_set_late(struct secure *x);
bool secure_is_late(const struct secure *x);

#endif
