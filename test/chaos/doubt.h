/*
 * Would the verdicts find a wrong journal?  Copies of the one recorded are
 * made wrong in ways that must be found: two reads have got each other's
 * value, a read shows what an rm had removed, what was said to have failed,
 * nothing where there was a file; and each must be found.
 */
#ifndef CHAOS_DOUBT_H
#define CHAOS_DOUBT_H

struct chaos;

/* Complains of CHECK_DOUBT. */
void doubt_verdicts(struct chaos *c);

#endif
