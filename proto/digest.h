/*
 * Digests of chunks and versions, the MD5 of names, and random bytes: the
 * only file that includes OpenSSL's digests and xxhash.
 *
 * A digest_state is owned by one thread at a time; the rest is pure.
 */
#ifndef PROTO_DIGEST_H
#define PROTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define DIGEST_MAX 32 /* bytes */

/* The numbers go over the wire. */
enum digest_alg {
	DIGEST_XXH3 = 1,   /* XXH3-128, 16 bytes, canonical order; letter 'x' */
	DIGEST_SHA256 = 2, /* 32 bytes; letter 's' */
};

/* The first digest_size(alg) bytes count, the rest is zero. */
struct digest {
	uint8_t bytes[DIGEST_MAX];
};

struct digest_state; /* opaque; heap */

/* Bytes of a digest; 0 for an unknown algorithm. */
size_t digest_size(enum digest_alg alg);
/* 'x', 's'; 0 when unknown.  And back: 0 when unknown. */
char digest_letter(enum digest_alg alg);
int digest_from_letter(char letter);
/* "xxh3", "sha256"; NULL when unknown.  And back: 0 when unknown. */
const char *digest_name(enum digest_alg alg);
int digest_from_name(const char *name);
bool digest_equal(const struct digest *a, const struct digest *b);

/* NULL without memory or for an unknown algorithm.  free takes NULL. */
struct digest_state *digest_new(enum digest_alg alg);
void digest_free(struct digest_state *s);
void digest_reset(struct digest_state *s);
/* to gets all that from has taken; both of the same algorithm. */
void digest_copy(struct digest_state *to, const struct digest_state *from);
void digest_update(struct digest_state *s, const void *data, size_t len);
/* May be called once between resets. */
void digest_final(struct digest_state *s, struct digest *out);
/* One shot; aborts on an unknown algorithm. */
void digest_of(enum digest_alg alg, const void *data, size_t len,
	       struct digest *out);
/* The root: the digest over the y chunk digests, in order, digest_size(alg)
 * bytes each. */
void digest_root(enum digest_alg alg, const struct digest *chunks, unsigned y,
		 struct digest *out);

/* out[2 * size + 1], lower case, NUL at the end. */
void digest_hex(const uint8_t *bytes, size_t size, char *out);
/* Exactly 2 * size lower-case digits; ERR_FORMAT otherwise. */
enum err digest_unhex(const char *text, uint8_t *bytes, size_t size) MUST_CHECK;

/* MD5 of len bytes: for placement only. */
void digest_md5(const void *data, size_t len, uint8_t out[16]);
/* Fills out from the kernel; aborts when there is no randomness. */
void digest_random(void *out, size_t len);

#endif
