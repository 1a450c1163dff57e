/*
 * The end of a run: no faults any more, every server up, dfc heal.  Then any
 * three servers must have everything, the list must be that, and there must
 * be nothing else on the disks.
 */
#ifndef CHAOS_ENDING_H
#define CHAOS_ENDING_H

struct chaos;

/* What is read goes into the journal, too. */
void ending_run(struct chaos *c);

#endif
