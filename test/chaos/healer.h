/*
 * dfc heal and dfc status, by a client of their own.
 */
#ifndef CHAOS_HEALER_H
#define CHAOS_HEALER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct chaos;

struct healer {
	struct chaos *chaos;
	pid_t pid;   /* 0: none runs */
	bool status; /* it is dfc status */
	bool killed; /* by the driver */
	bool other;  /* it is a healer_run() */
	int exit_status;
	int lost;	  /* the server whose disk was lost, and that is not
			  healed; -1: none */
	uint32_t lost_at; /* the journal's length when that happened */
	uint32_t started;
	uint32_t done;	   /* of them, with 0 */
	uint32_t degraded; /* with 3 */
	uint32_t cut;	   /* killed */
	uint32_t rejoined;
};

bool healer_init(struct healer *h, struct chaos *c);
/* May dfc heal run now?  Where a disk was lost no operation may be left that
 * has begun before: the quarantine, which is short here, is for that. */
bool healer_may(const struct healer *h);
void healer_start(struct healer *h);
void healer_kill(struct healer *h);
void healer_ended(struct healer *h, int status);
/* Runs dfc with these words, awaits its end, and gives its exit status; what
 * it says goes to the files `said` and `said.err` of the healer's directory. */
int healer_run(struct healer *h, const char *const *words, unsigned seconds);

#endif
