/*
 * Many random trials, numbered from 0: until a time is over or a count is
 * reached, by several processes, each of them repeatable by its number.
 *
 * The options that the drivers share:
 *
 *	-s SEED     of the trials (1)
 *	-t SECONDS  for them (8)
 *	-n COUNT    of them, instead of a time
 *	-j JOBS     processes (2)
 *	-i NUMBER   only that one
 *	-c FILE     dfs.conf, not optional
 *	-x          for showing that a trial can fail; each driver says how
 */
#ifndef FAULT_PLAN_H
#define FAULT_PLAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "rng.h"

#define PLAN_COUNTERS 8
#define PLAN_JOBS_MAX 64

struct plan {
	uint64_t seed;
	uint64_t seconds;
	uint64_t count;
	uint64_t jobs;
	uint64_t only; /* UINT64_MAX: all */
	bool spoilt;
	const char *conf;
	/* Shared by the processes. */
	struct plan_tally {
		atomic_ullong counters[PLAN_COUNTERS];
		atomic_uint failures;
	} * tally;
};

/* Fills p; returns the index of the first operand.  Prints usage and exits
 * with 2 when there are not `least` operands. */
int plan_options(struct plan *p, int argc, char **argv, int least,
		 const char *usage);
/* In each process: begin(arg, job), then trial(arg, number) again and again, and
 * end(arg), which may be NULL.
 * Ends early after three failures. */
void plan_run(const struct plan *p, void (*begin)(void *arg, unsigned job),
	      void (*trial)(void *arg, uint64_t number), void (*end)(void *arg),
	      void *arg);
/* The random numbers of a trial. */
void plan_rng(const struct plan *p, uint64_t number, struct rng *r);
void plan_count(const struct plan *p, unsigned counter, uint64_t more);
uint64_t plan_total(const struct plan *p, unsigned counter);
void plan_failed(const struct plan *p);

#endif
