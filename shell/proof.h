/*
 * The digests of a version's chunks, as the answers to QUERY give them and
 * its root proves them.  Pure.
 */
#ifndef SHELL_PROOF_H
#define SHELL_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "quorum.h"

/* all[LAYOUT_MAX]: the digests of q->found.version's chunks.  One server may
 * give digests that do not fit: its bit is set in *liars.  False: the answers
 * do not give digests that have the root. */
bool proof_find(const struct quorum *q, struct digest *all,
		uint64_t *liars) MUST_CHECK;

#endif
