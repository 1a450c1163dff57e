/*
 * What a partial file holds of a version's chunks: read and hashed in slices
 * of the event loop, and told chunk by chunk.  Each chunk was written from
 * its front on, over zeros.
 */
#ifndef SHELL_SALVAGE_H
#define SHELL_SALVAGE_H

#include "digest.h"
#include "loop.h"
#include "record.h"

#define SALVAGE_BLOCK (256u << 10) /* bytes of memory, while it runs */

struct salvage {
	struct loop *loop;
	/* Chunk `chunk` has `have` bytes: state has taken them; NULL: all of
	 * it is there, and has its digest.  May stop the salvage, or free what
	 * it is part of. */
	void (*found)(void *arg, unsigned chunk, uint64_t have,
		      const struct digest_state *state);
	void *arg;
	int fd;
	struct version version;
	const struct digest *digests;
	struct loop_timer slice;
	unsigned chunk; /* that is read */
	uint64_t at;	/* bytes of it that all has taken */
	uint64_t have;	/* and some: to the last one that is not zero */
	struct digest_state *all;
	struct digest_state *some;
	uint8_t *block;
};

void salvage_init(struct salvage *s, struct loop *loop,
		  void (*found)(void *arg, unsigned chunk, uint64_t have,
				const struct digest_state *state),
		  void *arg);
/* Begins; fd and digests[v->y] stay the caller's, and there.  What cannot be
 * read counts as not there.  ERR_MEMORY. */
enum err salvage_begin(struct salvage *s, int fd, const struct version *v,
		       const struct digest *digests) MUST_CHECK;
bool salvage_runs(const struct salvage *s);
/* Nobody is told any more; frees all. */
void salvage_stop(struct salvage *s);

#endif
