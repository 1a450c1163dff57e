/*
 * Directed histories: for each rule one that does no harm while the rule
 * holds, and harm without it, whatever the random rest may be (or half of
 * the time, where two random numbers are compared).
 *
 * play_begin.c, play_quorum.c, play_heal.c, play_members.c have them, by
 * subject; stage.h is what they are written with.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include <stdbool.h>

#include "profile.h"
#include "rule.h"

struct world;

struct script {
	enum rule rule;
	unsigned servers;
	enum start start;
	void (*play)(struct world *w);
};

/* The one for that rule; NULL: there is none. */
const struct script *script_find(enum rule r);

/* Tables, each ended by RULE_NONE. */
extern const struct script play_begin[];
extern const struct script play_quorum[];
extern const struct script play_heal[];
extern const struct script play_members[];

#endif
