/*
 * Directed histories: schedules that random faults find too seldom.  One is
 * run now and then with all rules on, and often with its rule off.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include <stdbool.h>

struct world;

/* Plays one in the place of random operations; false: none this time. */
bool script_run(struct world *w);

#endif
