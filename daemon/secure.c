#include "secure.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define FIRST_BYTE 0x16	     /* of a TLS handshake */
#define STEP 16384	     /* bytes given to the library at once */
#define SHAKE_MAX (2 * STEP) /* bytes of a handshake; 1 KiB is usual */

struct secure {
	struct gate *gate;
	struct tls *tls;
	uint8_t greeting[GREETING_SIZE]; /* as it was sent */
	uint64_t begun_ms;
	uint64_t deadline_ms;
	size_t taken; /* bytes, until it is through */
	bool through;
	bool read_only;
	bool late;
	const char *why;
};

enum err secure_new(struct secure **out, struct gate *g,
		    const uint8_t greeting[GREETING_SIZE])
{
	struct secure *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return ERR_MEMORY;
	if (gate_begin(g, &x->tls)) {
		free(x);
		return ERR_MEMORY;
	}
	x->gate = g;
	memcpy(x->greeting, greeting, sizeof(x->greeting));
	x->begun_ms = clock_ms();
	x->deadline_ms = x->begun_ms + gate_shake_ms(g);
	*out = x;
	return ERR_OK;
}

void secure_free(struct secure *x)
{
	if (x == NULL)
		return;
	if (!x->through)
		gate_done(x->gate);
	tls_free(x->tls);
	free(x);
}

struct tls *secure_tls(const struct secure *x)
{
	return x->tls;
}

static enum err fail(struct secure *x, const char *why)
{
	x->why = why;
	return ERR_FORMAT;
}

/* As far as the bytes go: ERR_OK whether or not it is through then.  A key may
 * have been removed since this handshake began. */
static enum err shake(struct secure *x)
{
	enum err e = tls_shake(x->tls);

	if (e == ERR_SHORT)
		return x->taken > SHAKE_MAX ? fail(x, "too long") : ERR_OK;
	if (e)
		return fail(x, tls_why(x->tls));
	if (!gate_admits(x->gate, tls_peer_key(x->tls)))
		return fail(x, "the key was removed");
	if (tls_write(x->tls, x->greeting, sizeof(x->greeting)))
		return ERR_MEMORY;
	x->through = true;
	x->read_only = tls_peer_key(x->tls)->read_only;
	gate_done(x->gate);
	return ERR_OK;
}

/* All that can be opened, up to *got == most, which is more than there is. */
static enum err drain(struct secure *x, uint8_t *data, size_t most, size_t *got)
{
	size_t n = 1;
	enum err e = ERR_OK;

	while (!e && n > 0 && *got < most) {
		e = tls_read(x->tls, data + *got, most - *got, &n);
		if (!e)
			*got += n;
	}
	return e == ERR_FORMAT ? fail(x, tls_why(x->tls)) : e;
}

/*
 * In steps, so that the library's memory stays small.  What is opened never
 * overtakes what is still to be given to it: it is at most all that was given
 * now and one record from before, for which there is the gap.
 */
enum err secure_take(struct secure *x, uint8_t *data, size_t len, size_t *got)
{
	const uint8_t *sealed = data + SECURE_GAP;
	enum err e = ERR_OK;

	*got = 0;
	if (!x->through && x->taken == 0 && sealed[0] != FIRST_BYTE)
		return fail(x, "not TLS");
	for (size_t at = 0; at < len && !e;) {
		size_t n = len - at < STEP ? len - at : STEP;

		if (tls_feed(x->tls, sealed + at, n))
			return ERR_MEMORY;
		at += n;
		x->taken += x->through ? 0 : n;
		if (!x->through)
			e = shake(x);
		if (!e && x->through)
			e = drain(x, data, SECURE_GAP + at, got);
	}
	return e;
}

const char *secure_why(const struct secure *x)
{
	return x->why == NULL ? "no memory" : x->why;
}

bool secure_is_through(const struct secure *x)
{
	return x->through;
}

bool secure_is_read_only(const struct secure *x)
{
	return x->read_only;
}

bool secure_is_admitted(const struct secure *x)
{
	return !x->through || gate_admits(x->gate, tls_peer_key(x->tls));
}

bool secure_is_owed(const struct secure *x)
{
	return x->through && tls_has_part(x->tls);
}

uint64_t secure_begun(const struct secure *x)
{
	return x->begun_ms;
}

uint64_t secure_deadline(const struct secure *x)
{
	return x->deadline_ms;
}

void secure_set_late(struct secure *x)
{
	x->late = true;
	x->deadline_ms = clock_ms() + GATE_LATE_MS;
}

bool secure_is_late(const struct secure *x)
{
	return x->late;
}
