/*
 * Tags order the versions of a name; see dfs-consistency(7).
 *
 * Pure values; any thread.
 */
#ifndef PROTO_TAG_H
#define PROTO_TAG_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

#define TAG_WIRE_SIZE 28 /* bytes on the wire */
#define TAG_TEXT_SIZE 59 /* hex digits and three '-', without the NUL */

/* All zero: no tag; every real tag has ctr >= 1. */
struct tag {
	uint64_t ctr; /* 1 + the highest counter that the put had seen */
	uint64_t put; /* random, tells concurrent puts apart */
	uint32_t gen; /* 0 for a put; a repair's re-striping counts up */
	uint64_t rep; /* 0 for a put; random for a repair */
};

/* < 0, 0, > 0 as a is lower than, equal to, higher than b. */
int tag_compare(const struct tag *a, const struct tag *b);
bool tag_is_none(const struct tag *t);
/* Same put, whatever repair made of it (ctr and put agree). */
bool tag_same_put(const struct tag *a, const struct tag *b);

/* get: ERR_RANGE for ctr 0. */
enum err tag_put(struct wbuf *b, const struct tag *t) MUST_CHECK;
enum err tag_get(struct rbuf *b, struct tag *t) MUST_CHECK;

/* Writes the TAG_TEXT_SIZE characters "ctr-put-gen-rep" in fixed-width lower
 * case hex, and a NUL, to out[TAG_TEXT_SIZE + 1]. */
void tag_to_text(const struct tag *t, char *out);
/* Exactly TAG_TEXT_SIZE characters at text (no NUL needed behind), ctr not 0;
 * ERR_FORMAT otherwise. */
enum err tag_from_text(const char *text, struct tag *t) MUST_CHECK;

#endif
