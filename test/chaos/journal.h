/*
 * Every operation of a run: what it was, when, and how it ended.
 *
 * A put is told by 1 + its place in the journal; that number is the value
 * that it writes, and what a get has read.
 */
#ifndef CHAOS_JOURNAL_H
#define CHAOS_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JOURNAL_NAMES 20 /* of files; the first ones are hot */
#define JOURNAL_HOT 5
#define JOURNAL_RUNS UINT64_MAX /* the end of one that has not ended */

enum op_kind { OP_PUT, OP_GET, OP_RM, OP_LIST, OP_KINDS };

enum op_end {
	END_OK,
	END_ABSENT,  /* get, rm: no such file */
	END_FAILED,  /* nothing was changed, or learned */
	END_UNKNOWN, /* may count at any later time */
	END_DEAD,    /* the client was killed: the same */
	ENDS,
};

struct op {
	uint64_t start; /* ns; no two times are equal */
	uint64_t end;
	uint32_t value; /* get: read; list: bit i: name i was shown */
	uint32_t size;	/* put: bytes; list: bit i: nothing known of it */
	uint8_t name;
	uint8_t caller;
	uint8_t kind;
	uint8_t how; /* enum op_end, once it has ended */
	bool weak;   /* a read without a majority's marks */
};

struct journal {
	struct op *ops; /* heap */
	uint32_t count;
	uint32_t room;
	uint64_t now;	/* the last time given out */
	uint64_t began; /* ns: time 0 of what is shown */
	uint32_t ended[OP_KINDS][ENDS];
	uint32_t weak;
};

void journal_init(struct journal *j);
void journal_release(struct journal *j);
/* ns of CLOCK_MONOTONIC, each time another one, and later. */
uint64_t journal_time(struct journal *j);

/* Begins an operation; gives its place.  Aborts without memory. */
uint32_t journal_begin(struct journal *j, enum op_kind kind, unsigned caller,
		       unsigned name);
/* It has ended now; journal_end() says how. */
void journal_stop(struct journal *j, uint32_t at);
void journal_end(struct journal *j, uint32_t at, enum op_end how);

/* "hot1", "n07", "d/n15".  Static. */
const char *journal_name(unsigned name);
/* The name's number, or JOURNAL_NAMES. */
unsigned journal_name_of(const char *text);
/* An operation, and counts of all of them, as comments of TAP. */
void journal_show(const struct journal *j, uint32_t at, FILE *f);
void journal_show_counts(const struct journal *j, FILE *f);

#endif
