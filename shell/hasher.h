/*
 * The digests of a source's chunks in the making.  What is in memory is hashed
 * at once; each byte of a file is read and hashed once, in any order of
 * chunks.
 */
#ifndef SHELL_HASHER_H
#define SHELL_HASHER_H

#include "digest.h"
#include "layout.h"
#include "source.h"

struct hasher_chunk {
	uint64_t len;
	uint64_t offset;
	uint64_t hashed;
	struct digest_state *state; /* NULL: its digest is known */
};

struct hasher {
	const struct source *source;
	unsigned y;
	unsigned left; /* chunks without their digest */
	struct hasher_chunk chunks[LAYOUT_MAX];
	struct digest digests[LAYOUT_MAX];
	uint8_t *block;
	const char *fault; /* why reading failed */
	char fault_text[128];
};

/* source stays the caller's. */
void hasher_init(struct hasher *h, const struct source *source);
/* Cuts it in y chunks.  digests: all are known already; NULL: none is.
 * ERR_MEMORY. */
enum err hasher_begin(struct hasher *h, unsigned y, enum digest_alg alg,
		      const struct digest *digests) MUST_CHECK;
/* Goes on to offset `to` of a chunk.  False: h->fault.  Blocks on the disk. */
bool hasher_reach(struct hasher *h, unsigned chunk, uint64_t to) MUST_CHECK;
/* Hashes some more of any chunks, at most `budget` bytes. */
bool hasher_advance(struct hasher *h, uint64_t budget) MUST_CHECK;
/* Forgets what hasher_begin() began. */
void hasher_end(struct hasher *h);
void hasher_release(struct hasher *h);

#endif
