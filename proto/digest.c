/*
 * SHA-256 and MD5 go through libcrypto's direct functions: the EVP layer
 * loads OpenSSL's configuration and fetches algorithms, which costs each
 * process about a millisecond, and placement hashes one name per file.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "digest.h"

#include <errno.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "num.h"

struct digest_state {
	enum digest_alg alg;
	XXH3_state_t *xxh3; /* DIGEST_XXH3 only */
	SHA256_CTX sha256;  /* DIGEST_SHA256 only */
};

static const struct digest_kind {
	const char *name;
	size_t size;
	char letter;
} kinds[] = {
	[DIGEST_XXH3] = {"xxh3", 16, 'x'},
	[DIGEST_SHA256] = {"sha256", SHA256_DIGEST_LENGTH, 's'},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct digest_kind *kind_of(enum digest_alg alg)
{
	size_t i = (size_t)alg;

	return i < KINDS && kinds[i].size != 0 ? &kinds[i] : NULL;
}

size_t digest_size(enum digest_alg alg)
{
	const struct digest_kind *k = kind_of(alg);

	return k == NULL ? 0 : k->size;
}

char digest_letter(enum digest_alg alg)
{
	const struct digest_kind *k = kind_of(alg);

	return k == NULL ? '\0' : k->letter;
}

int digest_from_letter(char letter)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].size != 0 && kinds[i].letter == letter)
			return (int)i;
	}
	return 0;
}

const char *digest_name(enum digest_alg alg)
{
	const struct digest_kind *k = kind_of(alg);

	return k == NULL ? NULL : k->name;
}

int digest_from_name(const char *name)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].size != 0 && strcmp(kinds[i].name, name) == 0)
			return (int)i;
	}
	return 0;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_MAX) == 0;
}

struct digest_state *digest_new(enum digest_alg alg)
{
	struct digest_state *s;

	if (kind_of(alg) == NULL)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->alg = alg;
	if (alg == DIGEST_XXH3 && (s->xxh3 = XXH3_createState()) == NULL) {
		free(s);
		return NULL;
	}
	digest_reset(s);
	return s;
}

void digest_free(struct digest_state *s)
{
	if (s == NULL)
		return;
	if (s->xxh3 != NULL)
		(void)XXH3_freeState(s->xxh3);
	free(s);
}

void digest_reset(struct digest_state *s)
{
	if (s->alg == DIGEST_XXH3)
		(void)XXH3_128bits_reset(s->xxh3);
	else
		(void)SHA256_Init(&s->sha256);
}

void digest_copy(struct digest_state *to, const struct digest_state *from)
{
	if (from->alg != to->alg)
		abort();
	if (from->alg == DIGEST_XXH3)
		XXH3_copyState(to->xxh3, from->xxh3);
	else
		to->sha256 = from->sha256;
}

void digest_update(struct digest_state *s, const void *data, size_t len)
{
	if (len == 0)
		return;
	if (s->alg == DIGEST_XXH3)
		(void)XXH3_128bits_update(s->xxh3, data, len);
	else
		(void)SHA256_Update(&s->sha256, data, len);
}

static void put_xxh3(XXH128_hash_t hash, struct digest *out)
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, hash);
	memcpy(out->bytes, canonical.digest, sizeof(canonical.digest));
}

void digest_final(struct digest_state *s, struct digest *out)
{
	memset(out, 0, sizeof(*out));
	if (s->alg == DIGEST_XXH3)
		put_xxh3(XXH3_128bits_digest(s->xxh3), out);
	else
		(void)SHA256_Final(out->bytes, &s->sha256);
}

void digest_of(enum digest_alg alg, const void *data, size_t len,
	       struct digest *out)
{
	const void *from = len == 0 ? "" : data;

	memset(out, 0, sizeof(*out));
	switch (alg) {
	case DIGEST_XXH3:
		put_xxh3(XXH3_128bits(from, len), out);
		return;
	case DIGEST_SHA256:
		(void)SHA256(from, len, out->bytes);
		return;
	}
	abort();
}

void digest_root(enum digest_alg alg, const struct digest *chunks, unsigned y,
		 struct digest *out)
{
	uint8_t all[DIGEST_MAX * 64];
	size_t size = digest_size(alg), len = 0;

	if (y > sizeof(all) / DIGEST_MAX)
		abort();
	for (unsigned i = 0; i < y; i++, len += size)
		memcpy(all + len, chunks[i].bytes, size);
	digest_of(alg, all, len, out);
}

void digest_hex(const uint8_t *bytes, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

enum err digest_unhex(const char *text, uint8_t *bytes, size_t size)
{
	uint64_t byte;

	for (size_t i = 0; i < size; i++) {
		if (num_fixed_hex(text + 2 * i, 2, &byte))
			return ERR_FORMAT;
	}
	if (text[2 * size] != '\0')
		return ERR_FORMAT;
	for (size_t i = 0; i < size; i++) {
		if (num_fixed_hex(text + 2 * i, 2, &byte) == ERR_OK)
			bytes[i] = (uint8_t)byte;
	}
	return ERR_OK;
}

void digest_md5(const void *data, size_t len, uint8_t out[16])
{
	(void)MD5(len == 0 ? (const unsigned char *)"" : data, len, out);
}

void digest_random(void *out, size_t len)
{
	uint8_t *at = out;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno != EINTR)
			abort();
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
}
