/*
 * One operation on one name: put, get, rm or heal, as a machine without any
 * I/O.  It is told what servers answered, and says what to send next, until
 * it is done.  dfs-consistency(7) gives the rules; the simulator of the test
 * suite runs this very code.
 *
 * The driver's part: send every order of quorum_next() to each server of its
 * mask; report for each such request exactly one event (an answer, a
 * refusal, or EVENT_LOST when there will be none: no connection, cut, silent);
 * call quorum_tick() at quorum_deadline().  Events of older rounds may come at
 * any time, and are ignored where they do not matter.
 *
 * now_ms is CLOCK_BOOTTIME throughout (the fence is measured with it).
 * A struct quorum is owned by one thread.
 */
#ifndef SHELL_QUORUM_H
#define SHELL_QUORUM_H

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"
#include "view.h"

#define QUORUM_QUERY_MS 1000   /* for connect, greeting and QUERY */
#define QUORUM_COMMIT_MS 10000 /* marks count within this of each other */
#define QUORUM_AGAIN_MS 30000  /* a get starts over for so long */
#define QUORUM_BEGIN_MS 10000  /* clients agree on a cluster id */
#define QUORUM_FINISH_MS 2000  /* a get finishes what it has seen */
#define QUORUM_ABORT_MS 2000   /* wait for the answers to ABORT */
#define QUORUM_CANCEL_MS 150   /* the same, where somebody waits for the end */
#define QUORUM_RETRIES 3       /* of a put, without the servers that failed */

enum quorum_kind {
	QUORUM_PUT,
	QUORUM_GET,
	QUORUM_RM,
	QUORUM_HEAL, /* marks, chunks, stripe and garbage of one name */
};

enum quorum_phase {
	PHASE_QUERY,
	PHASE_JOIN,  /* beginning a cluster */
	PHASE_PAUSE, /* before a QUERY is sent again */
	PHASE_STAGE,
	PHASE_COMMIT, /* of the put, the rm, or the higher version */
	PHASE_RETRY,  /* before a COMMIT is sent again */
	PHASE_FETCH,
	PHASE_MARKS,  /* get: waiting for more QUERY answers */
	PHASE_VERIFY, /* heal: holders read what they hold */
	PHASE_FINISH, /* get, heal: COMMIT of what was seen */
	PHASE_RESTORE,
	PHASE_GARBAGE, /* heal: FORGET, DISCARD */
	PHASE_ABORT,
	PHASE_DONE,
	PHASE_COUNT,
};

enum quorum_outcome {
	OUTCOME_NONE, /* not done yet */
	OUTCOME_OK,
	OUTCOME_ABSENT,	    /* no such file; proven */
	OUTCOME_FAILED,	    /* nothing was changed */
	OUTCOME_INCOMPLETE, /* get, heal: cannot be rebuilt or proven */
	OUTCOME_UNKNOWN,    /* put, rm: marks were sent, too few came back;
			       heal: of the stripe that it made */
	OUTCOME_CANCELLED,  /* quorum_cancel() in time: nothing was changed */
};

enum quorum_reason {
	REASON_NONE,
	REASON_TOO_FEW,	  /* servers, for this operation */
	REASON_NO_SPACE,  /* too few servers with room */
	REASON_READ_ONLY, /* too few that can write */
	REASON_DENIED,	  /* the key may not do this */
	REASON_NOT_ALL,	  /* require = all, and a member is missing */
	REASON_STAGE,	  /* servers failed while taking the data */
	REASON_BEGIN,	  /* clients could not agree on a new cluster */
	REASON_DOUBLED,	  /* one store under two addresses */
	REASON_CHUNKS,	  /* the newest version lacks a chunk */
	REASON_MOVING,	  /* overwritten again and again for 30 s */
	REASON_LOCAL,	  /* the driver gave up: quorum_cancel() */
	REASON_LIMIT,	  /* a tag out of range, or a limit */
	REASON_FETCH,	  /* heal: what was there could not be read */
	REASON_EXISTS,	  /* put: .must_be_absent, and there is a file */
	REASON_CHANGED,	  /* rm: the newest version is not .expect's */
};

/* What an order asks for, and an event is about. */
enum quorum_what {
	WHAT_QUERY,
	WHAT_JOIN,    /* quorum_join() gives the message */
	WHAT_STAGE,   /* .version, .stripe */
	WHAT_ABORT,   /* .version.tag */
	WHAT_COMMIT,  /* .version */
	WHAT_FETCH,   /* no mask: deliver .found's version (heal: of it the
			chunks of .need, held for RESTORE and STAGE), then
			report EVENT_FETCHED or EVENT_FETCH_* with server 0 */
	WHAT_VERIFY,  /* .version: each chunk of which the server has a file;
			an answer's .good says which are good */
	WHAT_RESTORE, /* .version: places[server]'s chunks, as fetched */
	WHAT_FORGET,  /* .version.tag */
	WHAT_DISCARD, /* .version.tag */
	WHAT_COUNT,
};

struct quorum_order {
	enum quorum_what what;
	unsigned round; /* goes back with the event */
	uint64_t to;
	struct version version; /* STAGE of a put: size, mtime, mode, alg are
				   the driver's to fill in; tag and y are set.
				   Of a heal: all but the root */
	uint64_t stripe;	/* STAGE: the servers, in list order = places */
};

enum quorum_event_kind {
	EVENT_ANSWER,	   /* ST_OK; the answer's struct is given */
	EVENT_REFUSED,	   /* another status; .refusal may be NULL */
	EVENT_LOST,	   /* no answer will come */
	EVENT_FETCHED,	   /* the whole version is there and verified */
	EVENT_FETCH_GONE,  /* a holder has something newer */
	EVENT_FETCH_SHORT, /* a chunk cannot be had from anyone */
};

struct quorum_event {
	enum quorum_event_kind kind;
	enum quorum_what what;
	unsigned server;
	unsigned round;
	enum status status; /* of a refusal */
	const struct msg_query_answer *query;
	const struct msg_commit_answer *commit;
	const struct msg_join_answer *join;
	const struct msg_refusal *refusal;
	uint8_t good; /* VERIFY: bit 0, 1: the record's chunk is good */
};

struct quorum_settings {
	enum quorum_kind kind;
	unsigned count;	  /* servers in the list, 1..64 */
	bool require_all; /* require = all */
	bool read_only;	  /* get: the key may not write: no marks */
	bool patient;	  /* get: judges only when all are settled */
	/* Conditions, on what the QUERY shows; no lock against changes at the
	 * same moment. */
	bool must_be_absent; /* put: fails where there is a file */
	struct tag expect;   /* rm: fails where the newest version is of
				another put; none: removes any */
	/* Heal: */
	bool dry;	    /* finds out, and changes nothing */
	bool accept_loss;   /* marks what cannot be rebuilt, too */
	bool accept_stores; /* and fewer than r members will do */
	unsigned gone;	    /* members that are dead, and being removed */
	/* Put: what the version will be; the tag and y are the machine's. */
	struct version version;
	uint64_t (*random)(void *arg);
	void *random_arg;
};

/* What one server has said in this operation. */
struct quorum_server {
	bool answered; /* .store and .records are of the last QUERY */
	struct msg_store store;
	struct record *records; /* heap, owned */
	unsigned count;
	bool acked; /* COMMIT, by a member or not */
	bool ack_member;
	bool barred;	   /* refused COMMIT for good: not asked again */
	uint8_t ack_state; /* enum record_state */
};

/* What a heal has done to its name, and what it could not do. */
struct quorum_healed {
	uint64_t corrupt;    /* servers on which a chunk was found bad, or is
			       missing that should be there */
	uint64_t silent;     /* servers that were lost while reading */
	uint64_t marked;     /* servers that lacked the mark; dry: would get */
	uint64_t restored;   /* servers that got chunks; dry: would get */
	uint64_t unrestored; /* servers that should have got chunks, and did
				not */
	enum status refusal; /* of the last of them; ST_OK: lost */
	bool restriped;	     /* over more, or fewer, servers; dry: would be */
	bool narrow;	     /* should have been, and was not */
	bool forgotten;	     /* the deletion, on all servers */
	bool pending;	     /* garbage that is kept for now */
	unsigned discarded;  /* stages */
	unsigned copies;     /* least number of good copies of a chunk that
			       are left, 0, 1, 2; of a tombstone 2 */
	bool full;	     /* all servers that remain have taken part */
	uint64_t marks;	     /* servers that have the mark at the end */
	uint64_t unmarked;   /* members that lack it all the same */
};

#define QUORUM_ORDERS 8

struct quorum {
	struct quorum_settings settings;
	enum quorum_phase phase;
	enum quorum_outcome outcome;
	enum quorum_reason reason;
	bool degraded;	 /* ok, but a server of the stripe has no data */
	bool weak;	 /* get: regular only, fewer than w marks */
	bool superseded; /* put: ordered just before a higher one */

	struct view view; /* of the last round */
	struct found found;
	struct version version; /* what is staged, committed, fetched */
	uint64_t stripe;	/* put: A, the servers that take data */
	uint64_t missing;	/* list entries without a mark at the end */
	uint64_t failed;	/* servers that a put goes on without */
	uint64_t no_space;	/* of them, for lack of room */
	uint64_t denied;	/* that say the key may not do this */
	uint64_t waiting;	/* of the current round, not settled */
	uint64_t query_waiting; /* of the last QUERY round */
	uint64_t ambiguous;	/* a COMMIT went out, and no answer came */
	bool patient;		/* get: judge only when all are settled */
	struct tag lacking;	/* get: the version last seen with chunks
				   missing */
	bool joined_strangers;	/* put: tried that once */
	unsigned begin_waits;	/* put: for another client's JOINs */
	uint64_t change_ms;	/* since when members are changing, 0: not */
	unsigned round;
	unsigned query_round;
	unsigned retries;
	uint64_t deadline_ms;
	uint64_t query_ms; /* when the last QUERY round began */
	uint64_t start_ms;
	uint64_t commit_end_ms; /* when waiting for marks ends */
	uint64_t begin_ms;	/* when beginning began, 0: did not */
	bool begin_second;	/* this is the second of its two rounds */
	uint8_t begin_stores[LAYOUT_MAX][STORE_ID_SIZE];
	uint64_t begin_seen; /* who answered the first round */
	uint8_t own_id[STORE_ID_SIZE];
	struct msg_join join;
	enum quorum_outcome after_abort; /* what PHASE_ABORT ends with */
	struct quorum_healed healed;
	uint64_t need;		    /* heal: chunks that FETCH is to bring */
	uint8_t places[LAYOUT_MAX]; /* heal: of RESTORE, per server */
	struct version source; /* heal: the version that STAGE spreads anew */
	uint64_t targets;      /* heal: of RESTORE */
	struct tag garbage;    /* heal: the stage last discarded */
	bool moved;	       /* heal: another change got in the way */
	uint64_t asked;	       /* heal: about garbage */
	uint64_t risen;	       /* heal: joining servers with a version that the
				  members do not know, and must not get */
	bool sunk;	       /* heal: one of them has dropped it */
	bool refused;	       /* heal: by some of them */
	bool forgets;	       /* heal: the deletion, last of all */
	bool updated; /* members with an older record were sent the newer */
	struct quorum_order orders[QUORUM_ORDERS];
	unsigned order_count;
	struct quorum_server servers[LAYOUT_MAX];
};

void quorum_init(struct quorum *q, const struct quorum_settings *s);
void quorum_release(struct quorum *q);

/* Begins; orders are then waiting. */
void quorum_start(struct quorum *q, uint64_t now_ms);
/* Takes the next order; false when there is none (now). */
bool quorum_next(struct quorum *q, struct quorum_order *o);
void quorum_event(struct quorum *q, const struct quorum_event *e,
		  uint64_t now_ms);
/* When quorum_tick() is due; UINT64_MAX: never. */
uint64_t quorum_deadline(const struct quorum *q);
void quorum_tick(struct quorum *q, uint64_t now_ms);
/* Gives up, unless a COMMIT of its own was sent: then the operation goes on
 * to its true end.  reason REASON_LOCAL: OUTCOME_FAILED, else CANCELLED. */
void quorum_cancel(struct quorum *q, enum quorum_reason reason,
		   uint64_t now_ms);

static inline bool quorum_is_done(const struct quorum *q)
{
	return q->phase == PHASE_DONE;
}

/* For the message to `server`: cluster record, and its stamp. */
void quorum_context(const struct quorum *q, unsigned server,
		    struct msg_context *c);
/* The JOIN for `server`. */
void quorum_join(const struct quorum *q, unsigned server, struct msg_join *m);
/* The servers that have committed the version, or a higher one. */
uint64_t quorum_marks(const struct quorum *q);
/* Heal, when it is done: all that can be done for the name was done. */
bool quorum_is_whole(const struct quorum *q);
/* Place of `server` in the stripe: 0..y-1.  The first chunk of a place is
 * layout_first() of it, in RESTORE too. */
unsigned quorum_place(uint64_t stripe, unsigned server);

#endif
