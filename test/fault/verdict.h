/*
 * Does a store, started again after a power cut, keep its word?  The rules of
 * dfs-consistency(7) and dfs-format(5) for one server:
 *
 *   - what it has told to be committed is there, whole, or a higher version
 *     that it was asked to commit is;
 *   - a stage that it has acknowledged is there, whole, until it was dropped
 *     or a higher version committed;
 *   - nothing is there that nobody has asked for, and no litter;
 *   - its state is one that it had, none older than what it has told.
 *
 * Pure, one thread.
 */
#ifndef FAULT_VERDICT_H
#define FAULT_VERDICT_H

#include "found.h"
#include "said.h"
#include "state.h"

/* A state that the store has written, in order. */
struct written {
	uint32_t at;
	struct state state;
};

struct past {
	struct said said;
	struct written *states;
	size_t state_count, state_cap;
};

/* After a cut before record `cut`: "" or what is wrong, in out. */
void verdict_of(const struct past *p, uint32_t cut, const struct found_store *f,
		const struct state *now, char *out, size_t size);

#endif
