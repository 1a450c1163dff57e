/*
 * A record: what one server holds of one version of one name.  It is told in
 * QUERY and LIST answers (dfs-protocol(7)) and kept as the name of a version
 * directory (dfs-format(5)).
 *
 * Pure values; any thread.
 */
#ifndef PROTO_RECORD_H
#define PROTO_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "digest.h"
#include "tag.h"

#define RECORD_NO_PLACE 99   /* witnesses and tombstones */
#define RECORD_DIR_MAX 256   /* bytes, with the NUL */
#define RECORD_CHUNK_MAX 128 /* bytes, with the NUL */

/* The letters of dfs-format(5); the bytes of dfs-protocol(7). */
enum record_state {
	RECORD_STAGED = 's',
	RECORD_COMMITTED = 'c',
	RECORD_WITNESS = 'w',	/* committed elsewhere, no data here */
	RECORD_TOMBSTONE = 'd', /* committed: the name is deleted */
};

/* What is the same on every server of one version. */
struct version {
	struct tag tag;
	uint64_t size;	    /* bytes; at most 2^63 - 1 */
	int64_t mtime_ns;   /* since 1970, of the source file */
	uint16_t mode;	    /* permission bits, at most 0777 */
	uint8_t y;	    /* chunks = servers of the stripe; 0: tombstone */
	uint8_t alg;	    /* enum digest_alg */
	struct digest root; /* digest over the chunk digests */
};

struct record {
	struct version v;
	enum record_state state;
	uint8_t place; /* in the stripe, or RECORD_NO_PLACE */
	uint8_t first; /* index of the first chunk; the second is first + 1
			   mod y.  0 without a place */
	uint8_t have;  /* bit 0, 1: first, second chunk file is there, at its
			   length.  0 without a place */
	struct digest chunk[2]; /* of first and second; zero when unknown */
};

/* Committed in the sense of the protocol: c, w or d. */
bool record_is_committed(const struct record *r);
/* Bit mask (bit i: chunk i) of the chunks that r can deliver. */
uint64_t record_chunks(const struct record *r);

/* The version part: tag, size u64, mtime i64, mode u16, y u8, alg u8, root
 * (digest_size(alg) bytes). A tombstone has size 0, mtime 0, mode 0, y 0,
 * alg DIGEST_XXH3 and a zero root; decoders insist.  ERR_FORMAT, ERR_SHORT,
 * ERR_RANGE. */
enum err version_put(struct wbuf *b, const struct version *v) MUST_CHECK;
enum err version_get(struct rbuf *b, struct version *v) MUST_CHECK;

/* state u8, place u8, first u8, have u8, version; then, with digests, those
 * of the two chunks (only when place is not RECORD_NO_PLACE). */
enum err record_put(struct wbuf *b, const struct record *r,
		    bool digests) MUST_CHECK;
enum err record_get(struct rbuf *b, struct record *r, bool digests) MUST_CHECK;

/* Moves one record that record_put() wrote with digests from one place to
 * another, without them, and without looking further into it.  ERR_SHORT,
 * ERR_LIMIT. */
enum err record_copy(struct rbuf *from, struct wbuf *to) MUST_CHECK;

/*
 * The version directory's name:
 *   @S-TAG-YY-PP-SIZE-MTIME-MODE-AROOT
 * S the state letter; TAG as tag_to_text(); YY, PP two decimal digits; SIZE
 * 19 decimal digits; MTIME 16 hex digits, two's complement nanoseconds; MODE
 * four octal digits; A the digest's letter; ROOT its hex digits.
 * out[RECORD_DIR_MAX].
 */
void record_dir_name(const struct record *r, char *out);
/* Sets all but first, have and chunk (which the files tell).  ERR_FORMAT for
 * what record_dir_name() does not write. */
enum err record_from_dir_name(const char *text, struct record *r) MUST_CHECK;

/*
 * A chunk file's name: II-LENGTH-ADIGEST: index in two decimal digits,
 * length in 19, the digest's letter and hex digits.  which is 0 or 1.
 * out[RECORD_CHUNK_MAX].
 */
void record_chunk_name(const struct record *r, unsigned which, char *out);
/* ERR_FORMAT for what record_chunk_name() does not write. */
enum err record_from_chunk_name(const char *text, unsigned *index,
				uint64_t *length, uint8_t *alg,
				struct digest *d) MUST_CHECK;

#endif
