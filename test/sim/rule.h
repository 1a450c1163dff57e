/*
 * The rules that can be switched off, to see that the simulator notices.
 * Each is switched off by what the simulator puts between the real decision
 * code and the world: nothing in that code knows of it.
 */
#ifndef SIM_RULE_H
#define SIM_RULE_H

#include <stdbool.h>

enum rule {
	RULE_NONE, /* all are on */
	RULE_FENCE,
	RULE_BLANK,
	RULE_JOINING,
	RULE_STAGED,
	RULE_WRITE_BACK,
	RULE_DURABLE,
	RULE_SUPERSEDED,
	RULE_ONE_ACK,
	RULE_ALL_STAGES,
	RULE_TWICE,
	RULE_HEAL_MARKS,
	RULE_QUARANTINE,
	RULE_OUTLAST,
	RULE_RETIRE,
	RULE_CANCEL,
	RULE_BESIDE,
	RULE_CARRIED,
	RULE_CLUSTER,
	RULE_SILENT,
	RULE_FLOOR,
	RULE_VERIFY,
	RULE_REP,
	RULE_FORGET_ALL,
	RULE_FORGET_AGE,
	RULE_FLOOR_FIRST,
	RULE_DISCARD_AGE,
	RULE_REJOIN,
	RULE_EPOCH,
	RULE_BEHIND,
	RULE_LEAVING,
	RULE_REMOVE_HEAL,
	RULE_ADD_ACKS,
	RULE_COUNT,
};

/* What -m calls it, and what goes wrong then. */
const char *rule_name(enum rule r);
const char *rule_text(enum rule r);
/* RULE_NONE for an unknown name. */
enum rule rule_find(const char *name);

#endif
