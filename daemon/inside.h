/*
 * The store from inside: for change.c, chunk.c, commit.c, copy.c, drop.c,
 * fetch.c, join.c, mark.c, restore.c, stage.c, store.c, sweep.c, verify.c and
 * the tests of the store alone.
 */
#ifndef DAEMON_INSIDE_H
#define DAEMON_INSIDE_H

#include <stdatomic.h>

#include "catalogue.h"
#include "names.h"
#include "space.h"
#include "state.h"
#include "store.h"
#include "sync.h"
#include "thread.h"
#include "tree.h"

#define STORE_ERROR_MAX 256

struct store {
	/* Set before threads start: */
	char *dir; /* for messages */
	struct tree tree;
	struct catalogue *catalogue;
	struct names *names;
	struct sync *sync;
	struct space space;
	uint64_t fence_ms;
	uint64_t quarantine_ms;
	uint64_t gc_age_ms;
	uint64_t opened_ms; /* CLOCK_BOOTTIME */
	uint8_t boot[STORE_ID_SIZE];

	struct mutex adopt; /* for writing state, on disk and here */
	struct mutex lock;
	struct state state;	     /* guarded by lock, as all below */
	bool failed;		     /* read-only until restart */
	char error[STORE_ERROR_MAX]; /* why; not changed once failed */
	uint64_t corrupt;	     /* chunks found bad */

	atomic_size_t buffered;	     /* bytes of arriving stages in memory */
	atomic_uint_fast64_t pieces; /* serial number of the next piece */
};

/* What the rules need to know, now.  Asks for free space. */
void store_rules(struct store *s, struct rules_store *out);
/* The disk is not to be trusted: read-only until restart. */
void store_fail(struct store *s, const char *what, int e);
/* What to answer when `what` failed with errno e: logs it, and fails the
 * store where that is due. */
enum status store_error(struct store *s, const char *what, int e);
/* Writes `after` as the state, makes it durable, shows it.  The caller holds
 * adopt.  ST_OK or what to answer. */
enum status store_set_state(struct store *s, const struct state *after);
/* The same for what may be lost: it is durable with the next sync. */
enum status store_note_state(struct store *s, const struct state *after);
/* A blank store takes the cluster of its first change.  ST_OK also when
 * another thread was first with the same cluster. */
enum status store_adopt(struct store *s, const struct msg_context *c);
/* The forgotten floor is durably at least ctr when this returns ST_OK. */
enum status store_raise_floor(struct store *s, uint64_t ctr);

/* A refusal; other is the higher record or NULL. */
void outcome_refuse(struct outcome *o, enum status status,
		    const struct record *other);

/* One change of one name on its way to durability. */
struct change {
	struct job job; /* first: the sync thread gives it back */
	struct store *store;
	struct held held;
	store_done *done;
	void *arg;
	struct outcome outcome;
	struct entry *entry;	/* what the catalogue will say; NULL:
				 the name has no records any more */
	struct record made;	/* the new record; ctr 0: records only go */
	bool empty;		/* its directory has files of an old one */
	unsigned retired_count; /* records to remove once durable */
	struct record *retired;
	/*
	 * A RESTORE has two syncs.  between: what is done after the first one,
	 * or instead when that has failed; not ST_OK ends the change.
	 */
	enum status (*between)(struct change *c, bool durable);
	bool replaces; /* chunks of `from` by these: */
	uint64_t piece[2];
	struct record from;
	unsigned count; /* records the name has, when the name was taken */
	struct record *records;
	struct msg_name name; /* own text, as held's */
	char text[];
};

/* Takes the name, for as long as that lasts.  NULL without memory: done was
 * called. */
struct change *change_begin(struct store *s, const struct msg_name *name,
			    store_done *done, void *arg);
/* Works out what the catalogue will say and what goes once c->made is there.
 * from: the record whose directory it takes over, or NULL.  ST_LIMIT without
 * memory. */
enum status change_plan(struct change *c, const struct record *from);
/* Forgets that, for another c->made. */
void change_unplan(struct change *c);
/* To the sync thread, which does the rest. */
void change_queue(struct change *c);
/* Lets the name go, calls done with c->outcome, frees c. */
void change_end(struct change *c);
/* change_end() with a refusal. */
void change_refuse(struct change *c, enum status status,
		   const struct record *other);
/* How the highest committed of these records stands, for a commit. */
void outcome_stands(struct outcome *o, struct rules_records r);

/* After the change is durable and shown: what a RESTORE has replaced. */
void restore_shown(const struct change *c);

/* Two versions of one tag that differ come from a broken client. */
bool versions_agree(const struct version *a, const struct version *b);

/*
 * One chunk of one record, as FETCH and VERIFY name it.
 */
struct chunk {
	struct record record;
	unsigned which;	 /* of its two chunks */
	uint64_t length; /* bytes */
};

/* Finds it in the catalogue, good or bad.  ST_OK, ST_GONE, ST_ABSENT. */
enum status chunk_find(struct store *s, const struct msg_fetch *m,
		       struct chunk *out, struct outcome *no);
bool chunk_is_offered(const struct chunk *c);
/* The open file, or -1 and errno; EIO for one of another length. */
int chunk_open(const struct store *s, const struct msg_name *name,
	       const struct chunk *c);
/* The same with the name held, when the catalogue and the disk agree. */
int chunk_open_held(const struct store *s, const struct msg_name *name,
		    const struct chunk *c);
/* Of two descriptors. */
bool chunk_is_same_file(int a, int b);
/* No memory, no descriptors: errno e says nothing of the chunk. */
bool chunk_is_shortage(int e);
/* Takes the name, as a change does. */
void chunk_hold(struct store *s, struct held *h, const struct msg_name *name);
/* With the name held: the chunk is offered from now on, or not.  Logs and
 * counts a bad one; detail is the tail of the line. */
void chunk_mark_held(struct store *s, const struct msg_fetch *m, bool good,
		     const char *detail);

/* Opens the directory of a name (O_PATH). */
int store_open_name(const struct store *s, const struct msg_name *name);
/* The same; makes the directory of its version r if somebody removed it. */
int store_open_version(const struct store *s, const struct msg_name *name,
		       const struct record *r);
/* Removes its empty directories. */
void store_prune_name(const struct store *s, const struct msg_name *name);

/*
 * The walk at start: fills the catalogue, removes litter, finishes what a
 * crash has cut.  tidy: empty directories of ours are litter too.  message
 * as of store_open().
 */
enum err store_sweep(struct store *s, bool tidy,
		     char message[STORE_MESSAGE_MAX]) MUST_CHECK;
/* Is there any version directory?  Changes nothing. */
enum err store_sweep_look(struct store *s, bool *found,
			  char message[STORE_MESSAGE_MAX]) MUST_CHECK;

#endif
