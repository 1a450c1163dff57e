/*
 * Placement: which chunk lies where; see dfs-format(5), "Placement".
 *
 * Servers and chunks count from 0 in stripe order.  Pure; any thread.
 */
#ifndef PROTO_LAYOUT_H
#define PROTO_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#define LAYOUT_MAX 64 /* servers in a cluster, and chunks in a file */

/* MD5(name) mod y, the digest as one 128-bit big-endian number; y >= 1. */
unsigned layout_turn(const char *name, size_t len, unsigned y);
/* The first of the two chunks of stripe place s: (s - x) mod y.  The second
 * is layout_next() of it. */
unsigned layout_first(unsigned s, unsigned x, unsigned y);
unsigned layout_next(unsigned chunk, unsigned y);
/* Length in bytes and offset of chunk i: the first size mod y chunks are one
 * byte longer.  i < y; y >= 1. */
uint64_t layout_length(uint64_t size, unsigned y, unsigned i);
uint64_t layout_offset(uint64_t size, unsigned y, unsigned i);

#endif
