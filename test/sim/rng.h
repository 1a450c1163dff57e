/*
 * Random numbers that are the same for the same seed, everywhere.
 *
 * A struct rng is owned by one thread.
 */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

void rng_init(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
/* 0..n-1; 0 for n == 0. */
uint64_t rng_below(struct rng *r, uint64_t n);
/* True `permille` times in a thousand. */
bool rng_chance(struct rng *r, unsigned permille);

#endif
