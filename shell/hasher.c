#include "hasher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SIZE (256u << 10) /* read and hashed at once */

void hasher_init(struct hasher *h, const struct source *source)
{
	*h = (struct hasher){.source = source};
}

static bool begin_chunk(struct hasher *h, unsigned i, enum digest_alg alg,
			const struct digest *known)
{
	struct hasher_chunk *c = &h->chunks[i];

	c->offset = layout_offset(h->source->size, h->y, i);
	c->len = layout_length(h->source->size, h->y, i);
	c->hashed = c->len;
	if (known) {
		h->digests[i] = *known;
		return true;
	}
	if (h->source->bytes) {
		digest_of(alg, h->source->bytes + c->offset, c->len,
			  &h->digests[i]);
		return true;
	}
	c->hashed = 0;
	h->left++;
	c->state = digest_new(alg);
	return c->state != NULL;
}

enum err hasher_begin(struct hasher *h, unsigned y, enum digest_alg alg,
		      const struct digest *digests)
{
	bool reads = !h->source->bytes && !digests;

	hasher_end(h);
	h->y = y;
	if (reads && !h->block)
		h->block = malloc(BLOCK_SIZE);
	if (reads && !h->block)
		return ERR_MEMORY;
	for (unsigned i = 0; i < y; i++)
		if (!begin_chunk(h, i, alg, digests ? &digests[i] : NULL))
			return ERR_MEMORY;
	return ERR_OK;
}

bool hasher_reach(struct hasher *h, unsigned chunk, uint64_t to)
{
	struct hasher_chunk *c = &h->chunks[chunk];

	while (c->hashed < to) {
		uint64_t left = to - c->hashed;
		size_t want = left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE;
		ssize_t n = pread(h->source->fd, h->block, want,
				  (off_t)(c->offset + c->hashed));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			h->fault = strerror_r(errno, h->fault_text,
					      sizeof(h->fault_text));
			return false;
		}
		if (n == 0) {
			h->fault = "changed while reading";
			return false;
		}
		digest_update(c->state, h->block, (size_t)n);
		c->hashed += (uint64_t)n;
	}
	if (c->hashed == c->len && c->state) {
		digest_final(c->state, &h->digests[chunk]);
		digest_free(c->state);
		c->state = NULL;
		h->left--;
	}
	return true;
}

bool hasher_advance(struct hasher *h, uint64_t budget)
{
	for (unsigned i = 0; i < h->y && budget > 0; i++) {
		struct hasher_chunk *c = &h->chunks[i];
		uint64_t left = c->len - c->hashed;
		uint64_t some = left < budget ? left : budget;

		if (some > 0 && !hasher_reach(h, i, c->hashed + some))
			return false;
		budget -= some;
	}
	return true;
}

void hasher_end(struct hasher *h)
{
	for (unsigned i = 0; i < h->y; i++) {
		digest_free(h->chunks[i].state);
		h->chunks[i].state = NULL;
	}
	h->y = 0;
	h->left = 0;
}

void hasher_release(struct hasher *h)
{
	hasher_end(h);
	free(h->block);
	h->block = NULL;
}
