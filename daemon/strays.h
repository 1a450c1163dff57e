/*
 * What the walk at start finds and does not want: foreign things, which
 * stay, and litter, which goes.  Logged one by one up to a limit, and
 * counted.  One thread.
 */
#ifndef DAEMON_STRAYS_H
#define DAEMON_STRAYS_H

#include <stdbool.h>

struct strays {
	const char *path; /* of the directory where the walk is */
	bool quiet;	  /* count only */
	unsigned long foreign;
	unsigned long litter;
};

void strays_foreign(struct strays *s, const char *entry);
/* It was removed. */
void strays_litter(struct strays *s, const char *entry);
/* The end: how many there were, if not all had a line. */
void strays_total(const struct strays *s);

#endif
