#include "rule.h"

#include <string.h>

struct rule_info {
	const char *name;
	const char *text;
};

static const struct rule_info rules[RULE_COUNT] = {
	[RULE_NONE] = {"none", "all rules hold"},
	[RULE_FENCE] = {"no-fence", "servers obey changes of any age"},
	[RULE_BLANK] = {"blank-counts-as-member",
			"a server that has lost its disk says: member"},
	[RULE_JOINING] = {"joining-counts",
			  "clients take joining stores for members"},
	[RULE_STAGED] = {"query-hides-staged",
			 "QUERY answers without what is only staged"},
	[RULE_WRITE_BACK] = {"no-write-back",
			     "get does not finish what it has seen"},
	[RULE_DURABLE] = {"ack-before-durable",
			  "servers answer before the disk has it"},
	[RULE_SUPERSEDED] = {"superseded-unfinished",
			     "a superseded put does not finish the other"},
	[RULE_ONE_ACK] = {"one-ack-is-enough",
			  "a put succeeds with the first mark"},
	[RULE_ALL_STAGES] = {"part-of-stages",
			     "a put commits with some of its stages"},
	[RULE_TWICE] = {"begin-first-round-only",
			"a cluster begins on one round of answers"},
	[RULE_HEAL_MARKS] = {"heal-without-marks",
			     "heal lets stores join without the marks"},
	[RULE_QUARANTINE] = {"no-quarantine",
			     "a store joins as soon as it has the marks"},
	[RULE_OUTLAST] = {"heal-in-quarantine",
			  "heal asks for names before quarantines are over"},
	[RULE_RETIRE] = {"retire-first",
			 "servers drop the old before the new is durable"},
	[RULE_CANCEL] = {"cancel-after-commit",
			 "a put is called off after its COMMIT"},
	[RULE_BESIDE] = {"begin-beside-stages",
			 "a blank store begins at once beside stages"},
	[RULE_CARRIED] = {"stages-hold-nobody",
			  "a JOIN always says that r stores carry its id"},
	[RULE_CLUSTER] = {"any-cluster-obeys",
			  "servers obey changes under any cluster id"},
	[RULE_SILENT] = {"silence-counts-as-empty",
			 "a server that does not answer is taken for empty"},
	[RULE_FLOOR] = {"join-without-floor",
			"heal lets stores join without the counters seen"},
	[RULE_VERIFY] = {"heal-without-verify",
			 "heal takes chunk files that are there for good"},
	[RULE_REP] = {"restripe-same-tag",
		      "heals spread a version anew under one tag"},
	[RULE_FORGET_ALL] = {"forget-without-all",
			     "heal forgets deletions while a server is away"},
	[RULE_FORGET_AGE] = {"forget-without-age",
			     "servers forget deletions of any age"},
	[RULE_FLOOR_FIRST] = {"floor-after-record",
			      "servers forget, and then raise the floor"},
	[RULE_DISCARD_AGE] = {"discard-without-age",
			      "servers discard stages of any age"},
	[RULE_REJOIN] = {"old-image-counts",
			 "a disk put back to an older image says: member"},
	[RULE_EPOCH] = {"epoch-ignored",
			"servers obey under any record of their cluster"},
	[RULE_BEHIND] = {"behind-counts",
			 "clients count members that have an older record"},
	[RULE_LEAVING] = {"leaving-counts",
			  "clients take leaving servers for members"},
	[RULE_REMOVE_HEAL] = {"remove-before-heal",
			      "a server is removed without a heal"},
	[RULE_ADD_ACKS] = {"add-joins-first",
			   "a new server joins before w have its record"},
};

const char *rule_name(enum rule r)
{
	return rules[r].name;
}

const char *rule_text(enum rule r)
{
	return rules[r].text;
}

enum rule rule_find(const char *name)
{
	for (unsigned r = 1; r < RULE_COUNT; r++)
		if (strcmp(rules[r].name, name) == 0)
			return (enum rule)r;
	return RULE_NONE;
}
