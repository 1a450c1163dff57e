/*
 * What a server may do: the rules of dfs-consistency(7) for one store and one
 * name, as pure decisions.  The daemon and the simulator of the test suite
 * run this very code; neither I/O nor locks nor clocks are used here.
 */
#ifndef DAEMON_RULES_H
#define DAEMON_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg.h"

/* How far a new ctr may lie above all that the store knows. */
#define RULES_CTR_STEP (UINT64_C(1) << 32)

/* What the rules need to know of the store. */
struct rules_store {
	uint8_t id[STORE_ID_SIZE];
	uint8_t boot[STORE_ID_SIZE];
	uint8_t state;		   /* enum store_state */
	uint8_t flags;		   /* STORE_* */
	struct cluster_id cluster; /* id zero while blank */
	uint64_t floor;		   /* forgotten floor */
	uint64_t ctr_max;	   /* highest ctr over all names; 0 when none */
	uint64_t now_ms;	   /* CLOCK_BOOTTIME */
	uint64_t fence_ms;
	uint64_t quarantine_ms;
	uint64_t gc_age_ms;
	uint64_t opened_ms; /* since when the running daemon has had it */
};

/*
 * May this request of that context change the store?  ST_OK,
 * ST_OTHER_CLUSTER, ST_STALE, ST_READ_ONLY, ST_NO_SPACE (needs_space and the
 * store is full).  A blank store takes any cluster: *adopt is then true, and
 * the caller makes context's record durable (state joining) together with
 * the change, before it answers.  ST_OTHER_CLUSTER for a zero cluster id.
 */
enum status rules_mutation(const struct rules_store *s,
			   const struct msg_context *c, bool needs_space,
			   bool *adopt);
/* FETCH and VERIFY: the cluster id only.  A blank store refuses. */
enum status rules_read(const struct rules_store *s, const struct cluster_id *c);

/* Records of one name, sorted by tag, highest first. */
struct rules_records {
	const struct record *list;
	unsigned count;
};

/* The highest committed record (c, w or d), or NULL. */
const struct record *rules_committed(struct rules_records r);
/* The record of exactly that tag, or NULL. */
const struct record *rules_find(struct rules_records r, const struct tag *tag);

enum rules_step {
	RULES_REFUSE,  /* answer verdict.status; verdict.other may help */
	RULES_DONE,    /* nothing to do: answer ST_OK */
	RULES_STAGE,   /* store the stage */
	RULES_SHOW,    /* rename the stage of that tag to committed */
	RULES_WITNESS, /* make an empty witness directory */
	RULES_BURY,    /* make a tombstone (of an older version, or new) */
	RULES_DROP,    /* remove the stage of that tag */
	RULES_FILL,    /* give a witness its chunks */
	RULES_REPLACE, /* replace the chunks of a committed version */
	RULES_FORGET,  /* raise the floor, then remove the record */
};

struct verdict {
	enum rules_step step;
	enum status status;
	const struct record *other; /* the higher committed record, or NULL */
};

/*
 * STAGE: ST_SUPERSEDED with other when a committed tag is >= tag; ST_LIMIT
 * when the name has MSG_RECORDS_MAX records; ST_RANGE when ctr is too far
 * up.  DONE when the very stage is there.
 */
struct verdict rules_stage(const struct rules_store *s, struct rules_records r,
			   const struct tag *tag);
/* COMMIT of a version (y == 0: a tombstone).  DONE when a committed tag is
 * >= it; ST_RANGE, ST_LIMIT as above. */
struct verdict rules_commit(const struct rules_store *s, struct rules_records r,
			    const struct version *v);
/* ABORT: DROP when a stage has this tag, else DONE. */
struct verdict rules_abort(struct rules_records r, const struct tag *tag);
/*
 * RESTORE of want's version, place and first chunk.  FILL or REPLACE;
 * ST_SUPERSEDED with other when a higher tag is committed; ST_REFUSED when
 * this tag is not (COMMIT comes first), or the store has another place of
 * the version; ST_BAD_REQUEST when the version is not the one committed (the
 * root, which RESTORE's end tells, aside).
 */
struct verdict rules_restore(struct rules_records r, const struct record *want);
/*
 * Garbage.  age_ms: since the running daemon first saw the name as it is.
 * FORGET of a tombstone: FORGET when it is the name's only record, old
 * enough, and the store a member; DONE when there is no such record; else
 * ST_REFUSED.  DISCARD of a stage: FORGET when it is old enough and above the
 * highest committed tag; DONE when there is none; else ST_REFUSED.  Of a
 * committed record: DROP at a joining store, whose members have forgotten
 * the name.
 */
struct verdict rules_forget(const struct rules_store *s, struct rules_records r,
			    const struct tag *tag, uint64_t age_ms);
struct verdict rules_discard(const struct rules_store *s,
			     struct rules_records r, const struct tag *tag,
			     uint64_t age_ms);
/* True for a record that a durable commit of `committed` has made useless:
 * every record of a lower tag. */
bool rules_retires(const struct record *r, const struct tag *committed);

/*
 * JOIN.  A newer record of the own cluster (higher epoch) leaves the state of
 * a member or a joining store as it is, and a leaving one refuses it; one of
 * the same epoch with another n is refused.  A member obeys STORE_LEAVING, and
 * its floor does not rise by more than RULES_CTR_STEP above all it knows.
 *
 * ST_OK: the store becomes *after (state, cluster, floor), with all
 * its stages dropped when *drop_stages.  ST_REFUSED, with *why a static text,
 * otherwise; ST_STALE when another store is meant.
 */
struct join_result {
	uint8_t state;
	struct cluster_id cluster;
	uint64_t floor;
	bool drop_stages;
	bool changes; /* false: the store is so already */
};
enum status rules_join(const struct rules_store *s, const struct msg_join *j,
		       struct join_result *after, const char **why);

#endif
