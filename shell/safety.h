/*
 * "Is my data safe?": what STATUS, and a count of the files, come to, in
 * words.
 */
#ifndef SHELL_SAFETY_H
#define SHELL_SAFETY_H

#include "exit.h"
#include "health.h"

#define SAFETY_TEXT_MAX (2 * CLUSTER_NAMES_MAX + 512)

enum safety_grade {
	SAFETY_GOOD,
	SAFETY_WARN, /* nothing is lost, and something is to be done */
	SAFETY_BAD,
};

/* What is known of the files. */
enum safety_count {
	SAFETY_COUNTED,
	SAFETY_UNWANTED,
	SAFETY_LATE, /* there are too many */
	SAFETY_UNKNOWN,
};

struct safety {
	enum safety_grade grade;
	enum safety_count counted;
	uint64_t down;	   /* servers that do not answer */
	uint64_t outside;  /* that do, and are no members */
	uint64_t troubled; /* read-only, full */
	enum exit_status status;
	char verdict[SAFETY_TEXT_MAX];
	char todo[SAFETY_TEXT_MAX]; /* empty: nothing */
};

/* h: surveyed, and counted as far as `counted` says. */
void safety_make(struct safety *s, const struct health *h,
		 enum safety_count counted);

#endif
