/*
 * What is wrong with the journal of one name, if anything.
 *
 * Two checks.  Puts, rms that removed something and the reads with a
 * majority's marks must be linearizable: lin.h, where each read of "no such
 * file" is a value of its own, since it is not told which rm it saw.  And no
 * read at all, weak ones and lists included, may show what was overwritten by
 * something acknowledged (or read with a majority's marks) before the read
 * began; a put whose client is dead is over when the client is.
 */
#ifndef CHAOS_VERDICT_H
#define CHAOS_VERDICT_H

#include "journal.h"

struct verdict {
	const char *why; /* static; NULL: nothing is wrong */
	uint32_t op;	 /* that shows it: its place in the journal */
};

/* Pure; aborts without memory. */
struct verdict verdict_of(const struct journal *j, unsigned name);

#endif
