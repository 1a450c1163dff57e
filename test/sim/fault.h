/*
 * What goes wrong: at random, as often as the profile says.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

struct world;

/* Once for each step: nothing, mostly. */
void fault_random(struct world *w);
/* That server loses its disk, if the profile has that, once, and comes back
 * with a blank one. */
void fault_lose_disk(struct world *w, unsigned server);
/* Nothing when it does nothing. */
void fault_kill_client(struct world *w, unsigned client);

#endif
