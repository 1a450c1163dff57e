/*
 * Exit statuses, and what several operands come to; dfc(1), "EXIT STATUS".
 */
#ifndef SHELL_EXIT_H
#define SHELL_EXIT_H

#include "err.h"

#include <stdbool.h>

enum exit_status {
	EXIT_DONE = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,	    /* or configuration */
	EXIT_DEGRADED = 3,  /* done, with fewer copies than promised */
	EXIT_ABSENT = 4,    /* no such file */
	EXIT_TEMPORARY = 5, /* too few servers */
	EXIT_PARTIAL = 6,   /* of several, or a listing not complete */
	EXIT_INTEGRITY = 7, /* no good copy of a chunk */
	EXIT_PRECONDITION = 8,
	EXIT_DENIED = 9,
	EXIT_SPACE = 10,
	EXIT_UNKNOWN = 11, /* changed or not: cannot be known */
	EXIT_INTERRUPTED = 130,
	EXIT_TERMINATED = 143,
};

/* The sum over the operands of a command. */
struct tally {
	unsigned long good; /* degraded ones too */
	unsigned long failed;
	unsigned long unknown; /* of them */
	bool degraded;
	bool mixed;		 /* they failed in different ways */
	enum exit_status status; /* of those that failed */
};

void tally_add(struct tally *t, enum exit_status status);
/* Of what failed on this side; error is errno, where e is ERR_SYS. */
enum exit_status exit_local(enum err e, int error);
enum exit_status tally_status(const struct tally *t);

#endif
