/*
 * The end of a history: all is up and calm, and what was acknowledged must
 * be there, also with any one server down; a heal makes all servers members,
 * and a put works.
 */
#ifndef SIM_ENDING_H
#define SIM_ENDING_H

struct world;

/* Tells world_violated() and world_stuck(). */
void ending_run(struct world *w);

#endif
