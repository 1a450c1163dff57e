/*
 * Is the history of one register linearizable?  Values are distinct: each is
 * written at most once, so each gives one zone (Gibbons and Korach), and the
 * zones tell.
 *
 * Pure; any thread.
 */
#ifndef SIM_LIN_H
#define SIM_LIN_H

#include <stdbool.h>
#include <stdint.h>

#include "rng.h"

#define LIN_NEVER UINT64_MAX /* end of a write of unknown outcome */

struct lin_op {
	bool write;
	unsigned value; /* 0 is there from the start, and nobody writes it */
	uint64_t start; /* >= 2; no two starts or ends are equal */
	uint64_t end;	/* LIN_NEVER: a write that may count at any later
			   time, or never */
};

/* NULL, or why not (a static text); *value is then one that shows it.  In
 * n log n steps; aborts without memory. */
const char *lin_check(const struct lin_op *ops, unsigned count,
		      unsigned *value);
/* The same by trying every order; at most 16 operations. */
bool lin_brute(const struct lin_op *ops, unsigned count);
/* Compares the two over `rounds` random histories; prints the outcome to
 * stdout.  False when they disagree. */
bool lin_selftest(uint64_t seed, unsigned rounds);

#endif
