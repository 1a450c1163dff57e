#include "salvage.h"

#include "layout.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define SLICE_BLOCKS 2 /* a few ms, also from a slow disk */

static uint64_t offset_of(const struct salvage *s)
{
	return layout_offset(s->version.size, s->version.y, s->chunk);
}

static uint64_t length_of(const struct salvage *s)
{
	return layout_length(s->version.size, s->version.y, s->chunk);
}

/* Nothing was written from here to the chunk's end. */
static bool is_hole(const struct salvage *s)
{
	off_t from = (off_t)(offset_of(s) + s->at);
	off_t end = (off_t)(offset_of(s) + length_of(s));
	off_t data = lseek(s->fd, from, SEEK_DATA);

	return data < 0 ? errno == ENXIO : data >= end;
}

static void take(struct salvage *s, size_t len)
{
	size_t some = len;

	while (some > 0 && s->block[some - 1] == 0)
		some--;
	digest_update(s->all, s->block, some);
	if (some > 0)
		s->have = s->at + some;
	if (some < len && s->have == s->at + some)
		digest_copy(s->some, s->all); /* here zeros begin */
	digest_update(s->all, s->block + some, len - some);
	s->at += len;
}

/* False: the chunk gives nothing more. */
static bool read_block(struct salvage *s)
{
	uint64_t left = length_of(s) - s->at;
	size_t want = left < SALVAGE_BLOCK ? (size_t)left : SALVAGE_BLOCK;
	ssize_t n;

	if (want == 0)
		return false;
	n = pread(s->fd, s->block, want, (off_t)(offset_of(s) + s->at));
	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	take(s, (size_t)n);
	return true;
}

/* Of a chunk that was read as far as it goes: the state that has taken its
 * first *have bytes; NULL: it is whole. */
static const struct digest_state *judge(struct salvage *s, uint64_t *have)
{
	struct digest got;

	*have = s->have;
	if (s->at == s->have)
		digest_copy(s->some, s->all);
	if (s->at < length_of(s))
		return s->some;
	digest_final(s->all, &got);
	if (digest_equal(&got, &s->digests[s->chunk])) {
		*have = s->at;
		return NULL;
	}
	if (*have == s->at) {
		*have = 0;
		digest_reset(s->some);
	}
	return s->some;
}

static void end_chunk(struct salvage *s)
{
	uint64_t have;
	const struct digest_state *state = judge(s, &have);
	unsigned chunk = s->chunk++;

	s->at = s->have = 0;
	if (s->chunk < s->version.y)
		loop_arm(s->loop, &s->slice, 0);
	s->found(s->arg, chunk, have, state);
}

static void on_slice(void *arg)
{
	struct salvage *s = arg;

	if (s->at == 0) {
		digest_reset(s->all);
		digest_reset(s->some);
	}
	for (unsigned i = 0; i < SLICE_BLOCKS; i++) {
		bool zeros = s->at == 0 || s->at > s->have;

		if ((zeros && is_hole(s)) || !read_block(s)) {
			end_chunk(s);
			return;
		}
	}
	loop_arm(s->loop, &s->slice, 0);
}

void salvage_init(struct salvage *s, struct loop *loop,
		  void (*found)(void *arg, unsigned chunk, uint64_t have,
				const struct digest_state *state),
		  void *arg)
{
	*s = (struct salvage){.loop = loop, .found = found, .arg = arg};
	s->slice.fire = on_slice;
	s->slice.arg = s;
}

enum err salvage_begin(struct salvage *s, int fd, const struct version *v,
		       const struct digest *digests)
{
	salvage_stop(s);
	s->fd = fd;
	s->version = *v;
	s->digests = digests;
	s->chunk = 0;
	s->at = s->have = 0;
	s->block = malloc(SALVAGE_BLOCK);
	s->all = digest_new(v->alg);
	s->some = digest_new(v->alg);
	if (!s->block || !s->all || !s->some) {
		salvage_stop(s);
		return ERR_MEMORY;
	}
	loop_arm(s->loop, &s->slice, 0);
	return ERR_OK;
}

bool salvage_runs(const struct salvage *s)
{
	return s->slice.armed;
}

void salvage_stop(struct salvage *s)
{
	loop_disarm(&s->slice);
	digest_free(s->all);
	digest_free(s->some);
	free(s->block);
	s->all = s->some = NULL;
	s->block = NULL;
}
