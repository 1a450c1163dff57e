/*
 * What a store's directory holds: its versions, whether their chunk files are
 * whole, and what dfs-format(5) gives no state.
 *
 * Reads every byte of every chunk file.  One thread; what cannot be read ends
 * the program (run.h).
 */
#ifndef FAULT_FOUND_H
#define FAULT_FOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "name.h"
#include "record.h"

struct found_version {
	char name[NAME_MAX_BYTES + 1];
	struct record record;
	unsigned files;	 /* chunk files of its own */
	unsigned good;	 /* of them with the right length and digest */
	uint64_t chunks; /* bit i: a file of chunk i */
};

struct found_store {
	struct found_version *list;
	size_t count;
	size_t cap;
	char litter[256]; /* the first thing that should not be there, or "" */
};

/* Fills f, which is zeroed or was used before. */
void found_read(struct found_store *f, int dir);

#endif
