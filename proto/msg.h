/*
 * The heads of requests and answers: one struct and one pair of functions
 * each; dfs-protocol(7) gives the layouts, which follow the order of the
 * fields here.  Names and texts are u16 length + bytes; ids 16 bytes; bools
 * one byte, 0 or 1.
 *
 * Encoders fail with ERR_LIMIT only (no room).  Decoders are pure, take a
 * whole head, and leave nothing over: ERR_SHORT, ERR_FORMAT, ERR_LIMIT,
 * ERR_RANGE, ERR_NAME.  A decoded name or text points into the head.
 */
#ifndef PROTO_MSG_H
#define PROTO_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "layout.h"
#include "record.h"

enum op {
	OP_QUERY = 1, /* what is held of a name */
	OP_STAGE_BEGIN = 2,
	OP_STAGE_DATA = 3,
	OP_STAGE_END = 4,
	OP_COMMIT = 5,
	OP_ABORT = 6,
	OP_FETCH = 7,
	OP_LIST = 8,
	OP_JOIN = 9,
	OP_STATUS = 10,
	OP_RESTORE = 11, /* STAGE_BEGIN's head: data for a committed tag */
	OP_FORGET = 12,	 /* a tombstone */
	OP_DISCARD = 13, /* a stage above the highest committed tag */
	OP_VERIFY = 14,	 /* read a version's chunks and check digests */
	OP_COPY = 15,	 /* a stage from chunks that the store has already */
};

/* Of an answer.  Anything but ST_OK has a struct msg_refusal as head. */
enum status {
	ST_OK = 0,
	ST_BAD_REQUEST = 1, /* malformed, or against a rule of the text */
	ST_UNKNOWN_OP = 2,
	ST_OTHER_CLUSTER = 3, /* cluster id or epoch differs */
	ST_STALE = 4,	      /* stamp: other store, boot, or too old */
	ST_SUPERSEDED = 5,    /* a higher committed tag is here (.version) */
	ST_GONE = 6,	      /* FETCH: not this version; a newer exists */
	ST_ABSENT = 7,	      /* FETCH: no such chunk here, nothing newer */
	ST_CORRUPT = 8,	      /* chunk is missing, short or unreadable */
	ST_DIGEST = 9,	      /* STAGE: bytes do not have their digests */
	ST_READ_ONLY = 10,
	ST_NO_SPACE = 11,
	ST_IO = 12,	       /* disk error; the store is read-only now */
	ST_LIMIT = 13,	       /* a limit of this server */
	ST_RANGE = 14,	       /* ctr too far above what is known */
	ST_REFUSED = 15,       /* JOIN: a rule of dfs-consistency(7) */
	ST_NOT_PERMITTED = 16, /* the key may not do this */
	ST_STOPPING = 17,      /* the server is shutting down */
};

const char *status_text(enum status s);

/*
 * An epoch is an era, its upper half, and a number within it.  The removal of
 * a dead server begins an era: a member of an older one is never sent the
 * newer record, and counts for nothing if it comes back.
 */
#define EPOCH_ERA(epoch) ((epoch) >> 16)

/* Cluster record: what a store knows of its cluster. */
struct cluster_id {
	uint8_t id[STORE_ID_SIZE]; /* zero: none yet */
	uint32_t epoch;
	uint8_t n; /* members, 0..64 */
};

/* From QUERY, echoed by every mutation of the same operation. */
struct stamp {
	uint8_t store[STORE_ID_SIZE];
	uint8_t boot[STORE_ID_SIZE];
	uint64_t time_ms; /* CLOCK_BOOTTIME */
};

/* In every request but QUERY, LIST, STATUS and JOIN: id and epoch (n is not
 * sent).  In mutations the stamp follows; FETCH and VERIFY carry none. */
struct msg_context {
	struct cluster_id cluster;
	struct stamp stamp;
};

struct msg_name {
	const char *text;
	size_t len;
};

/* The store's own state, in QUERY, LIST, STATUS and COMMIT answers. */
struct msg_store {
	struct stamp stamp;
	uint32_t fence_s;
	uint8_t state; /* enum store_state */
	uint8_t flags; /* STORE_* */
	struct cluster_id cluster;
	uint64_t floor; /* forgotten floor: highest ctr ever forgotten */
};

struct msg_query {
	struct msg_name name;
};

#define MSG_RECORDS_MAX 64 /* records of one name on one server */
#define MSG_TEXT_MAX 512   /* bytes of a text for people */

/* store, count u8, records with digests, sorted by tag, highest first. */
struct msg_query_answer {
	struct msg_store store;
	unsigned count;
	struct record records[MSG_RECORDS_MAX];
};

/*
 * RESTORE is sent like a stage, with OP_RESTORE in the place of
 * OP_STAGE_BEGIN: chunks for a version that this store has committed, with
 * or without data.
 *
 * A stage is one request id: STAGE_BEGIN, any number of STAGE_DATA, one
 * STAGE_END.  It is answered once, after END, or earlier by a refusal; what
 * still arrives under its id is then read and dropped.  chunk[] of the
 * record is not sent, state is STAGED, have is 3; root is zero (END tells).
 */
struct msg_stage_begin {
	struct msg_context context;
	struct msg_name name;
	struct record record; /* version, place, first */
};

/* Head: slot u8 (0: first chunk, 1: second); the body is appended to it. */
struct msg_stage_data {
	uint8_t slot;
};

/* y u8, then y digests of alg: the server knows alg from BEGIN, the head
 * repeats it (alg u8 first). */
struct msg_stage_end {
	uint8_t alg;
	uint8_t y;
	struct digest chunks[LAYOUT_MAX];
};

/* STAGE_END's and RESTORE's answer has an empty head. */

/*
 * A stage whose chunks this store holds under another name: one frame, one
 * answer with an empty head, as to STAGE_END.  The record is sent with its
 * root and the digests of its two chunks; state is STAGED, have is 3.
 */
struct msg_copy {
	struct msg_context context;
	struct msg_name name;	/* the new one */
	struct record record;	/* version, place, first, chunk */
	struct msg_name source; /* whose version of that tag has the chunks */
	struct tag source_tag;
};

struct msg_commit {
	struct msg_context context;
	struct msg_name name;
	struct version version; /* y == 0: a tombstone */
};

/* How the commit stands on this store, and the store. */
struct msg_commit_answer {
	struct msg_store store;
	uint8_t state;	    /* enum record_state of the highest committed */
	struct tag highest; /* >= the tag of the request */
};

/* ABORT, FORGET, DISCARD: a stage or a tombstone of this tag.  ABORT also
 * drops a stage that is still arriving on the same connection.  The answer
 * has an empty head, ST_OK also when there was nothing. */
struct msg_drop {
	struct msg_context context;
	struct msg_name name;
	struct tag tag;
};

/* No stamp.  The answer's body has exactly len bytes: one frame, or several
 * with FRAME_MORE; heads empty.
 *
 * VERIFY: the same head, offset 0 and len 0, always the whole chunk.  The
 * answer has no body: any number of empty frames with FRAME_MORE, while the
 * chunk is read, then ST_OK, or ST_CORRUPT. */
struct msg_fetch {
	struct cluster_id cluster;
	struct msg_name name;
	struct tag tag;
	uint8_t chunk;
	uint64_t offset;
	uint64_t len; /* >= 0; offset + len <= the chunk's length */
};

/* Names that begin with prefix (0..1024 bytes) and are > after (0..1024). */
struct msg_list {
	struct msg_name prefix;
	struct msg_name after;
};

/*
 * LIST's answer: the first frame's head is a msg_store; each frame's body is
 * a run of entries: name, count u8, records without digests (highest first).
 * The bodies end on entry borders and are at most FRAME_DATA_MAX.
 */
struct msg_list_entry {
	struct msg_name name;
	unsigned count;
	struct record records[MSG_RECORDS_MAX];
};

/* Sets a store's state; see dfs-consistency(7), "Beginning", "Joining". */
struct msg_join {
	uint8_t store[STORE_ID_SIZE]; /* who is meant */
	struct cluster_id cluster;    /* n is sent here */
	uint8_t state;		      /* STORE_MEMBER or STORE_LEAVING */
	bool carried_r;		/* r stores carry this id or a lower one */
	bool carried_w_version; /* w stores carry it, with a version */
	bool heal;		/* the end of a heal: joining -> member */
	uint64_t floor;
};

/* The store after it. */
struct msg_join_answer {
	struct msg_store store;
};

#define STATUS_NEVER UINT32_MAX

/* STATUS has an empty head. */
struct msg_status_answer {
	struct msg_store store;
	uint64_t names;	      /* with at least one record */
	uint64_t bytes;	      /* of chunk files */
	uint64_t free_bytes;  /* above the reserve */
	uint64_t total_bytes; /* of the file system */
	uint64_t stages;
	uint64_t tombstones;
	uint64_t corrupt; /* chunks found bad since start */
	uint64_t uptime_ms;
	uint64_t connections;
	uint32_t quarantine_s;	  /* rest of it while joining */
	uint32_t verified_s;	  /* seconds since the last whole scrub began:
				     the age of the oldest verification;
				     STATUS_NEVER: there was none */
	uint64_t scrubbed;	  /* names passed by the scrub under way */
	struct msg_name software; /* "dfs 0.1.0" */
	struct msg_name error;	  /* last disk error, or empty */
};

/* version: given when ST_SUPERSEDED and ST_GONE (has_version byte 0 or 1). */
struct msg_refusal {
	struct msg_name text; /* for people, one line */
	struct msg_store store;
	bool has_version;
	struct version version;
};

enum err msg_query_put(struct wbuf *b, const struct msg_query *m) MUST_CHECK;
enum err msg_query_get(struct rbuf *b, struct msg_query *m) MUST_CHECK;
enum err msg_query_answer_put(struct wbuf *b,
			      const struct msg_query_answer *m) MUST_CHECK;
enum err msg_query_answer_get(struct rbuf *b,
			      struct msg_query_answer *m) MUST_CHECK;
enum err msg_stage_begin_put(struct wbuf *b,
			     const struct msg_stage_begin *m) MUST_CHECK;
enum err msg_stage_begin_get(struct rbuf *b,
			     struct msg_stage_begin *m) MUST_CHECK;
enum err msg_stage_data_put(struct wbuf *b,
			    const struct msg_stage_data *m) MUST_CHECK;
enum err msg_stage_data_get(struct rbuf *b,
			    struct msg_stage_data *m) MUST_CHECK;
enum err msg_stage_end_put(struct wbuf *b,
			   const struct msg_stage_end *m) MUST_CHECK;
enum err msg_stage_end_get(struct rbuf *b, struct msg_stage_end *m) MUST_CHECK;
enum err msg_copy_put(struct wbuf *b, const struct msg_copy *m) MUST_CHECK;
enum err msg_copy_get(struct rbuf *b, struct msg_copy *m) MUST_CHECK;
enum err msg_commit_put(struct wbuf *b, const struct msg_commit *m) MUST_CHECK;
enum err msg_commit_get(struct rbuf *b, struct msg_commit *m) MUST_CHECK;
enum err msg_commit_answer_put(struct wbuf *b,
			       const struct msg_commit_answer *m) MUST_CHECK;
enum err msg_commit_answer_get(struct rbuf *b,
			       struct msg_commit_answer *m) MUST_CHECK;
enum err msg_drop_put(struct wbuf *b, const struct msg_drop *m) MUST_CHECK;
enum err msg_drop_get(struct rbuf *b, struct msg_drop *m) MUST_CHECK;
enum err msg_fetch_put(struct wbuf *b, const struct msg_fetch *m) MUST_CHECK;
enum err msg_fetch_get(struct rbuf *b, struct msg_fetch *m) MUST_CHECK;
enum err msg_list_put(struct wbuf *b, const struct msg_list *m) MUST_CHECK;
enum err msg_list_get(struct rbuf *b, struct msg_list *m) MUST_CHECK;
enum err msg_join_put(struct wbuf *b, const struct msg_join *m) MUST_CHECK;
enum err msg_join_get(struct rbuf *b, struct msg_join *m) MUST_CHECK;
enum err msg_join_answer_put(struct wbuf *b,
			     const struct msg_join_answer *m) MUST_CHECK;
enum err msg_join_answer_get(struct rbuf *b,
			     struct msg_join_answer *m) MUST_CHECK;
enum err msg_status_answer_put(struct wbuf *b,
			       const struct msg_status_answer *m) MUST_CHECK;
enum err msg_status_answer_get(struct rbuf *b,
			       struct msg_status_answer *m) MUST_CHECK;
enum err msg_refusal_put(struct wbuf *b,
			 const struct msg_refusal *m) MUST_CHECK;
enum err msg_refusal_get(struct rbuf *b, struct msg_refusal *m) MUST_CHECK;

/* One msg_store as a whole head (LIST), and within one. */
enum err msg_store_put(struct wbuf *b, const struct msg_store *m) MUST_CHECK;
enum err msg_store_get(struct rbuf *b, struct msg_store *m) MUST_CHECK;

/* One entry of a LIST body; get does not insist on the body's end. */
enum err msg_list_entry_put(struct wbuf *b,
			    const struct msg_list_entry *m) MUST_CHECK;
/* The same from records as record_put() writes them with digests. */
enum err msg_list_entry_copy(struct wbuf *b, const struct msg_name *name,
			     unsigned count, struct rbuf *records) MUST_CHECK;
enum err msg_list_entry_get(struct rbuf *b,
			    struct msg_list_entry *m) MUST_CHECK;

#endif
