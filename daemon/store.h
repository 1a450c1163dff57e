/*
 * The store: versions of names on disk, as dfs-format(5) lays them out, and
 * what the catalogue says of them in memory.
 *
 * Every function may be called by any thread at any time between store_open
 * and store_close, but one struct stage is used by one thread at a time.
 * Changes are decided by rules.h, made on disk by the calling thread under
 * the per-name lock, and made durable by the store's one sync thread, which
 * then changes the catalogue, removes what the change made useless, lets the
 * name go and calls the owner's `done`.  Nothing is shown before that.
 */
#ifndef DAEMON_STORE_H
#define DAEMON_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "msg.h"
#include "rules.h"

#define STORE_MESSAGE_MAX 512

struct store;
struct stage; /* a stage that is arriving */

struct store_settings {
	const char *dir;
	bool create;		/* false: DIR must be a store already */
	bool adopt;		/* --adopt: DIR was moved, stopped, current */
	bool rejoin;		/* --rejoin: come up joining */
	uint64_t reserve_bytes; /* UINT64_MAX: 1 % of the file system, at
				   least min(64 MiB, 5 %) */
	uint64_t fence_ms;
	uint64_t quarantine_ms;
	uint64_t gc_age_ms;
	/* After each batch of `done` calls, on the sync thread; or NULL. */
	void (*batch_end)(void *arg);
	void *batch_arg;
};

/* How a change ended.  status ST_OK, or a refusal with text (static) and
 * perhaps the higher version. */
struct outcome {
	enum status status;
	const char *text;
	bool has_version;
	struct version version;
	/* Of a commit that is ST_OK: */
	enum record_state state;
	struct tag highest;
};

/* Called once per accepted call, on the sync thread or, when there was
 * nothing to make durable, before the call returns.  Must not block. */
typedef void store_done(void *arg, const struct outcome *o);

/* DIR is there when this returns ERR_OK: made, without its parents, where it
 * was missing and `create` is set.  For who has something to do before
 * store_open(), which does the same.  message and errors as there. */
enum err store_make(const struct store_settings *settings,
		    char message[STORE_MESSAGE_MAX]) MUST_CHECK;
/* Opens or makes the store: locks DIR, reads or writes the state symlink,
 * sweeps litter, builds the catalogue, syncs the file system, starts the
 * sync thread.  Blocks for disk.  On failure message says in one line why:
 * ERR_BUSY when another daemon has DIR, ERR_ABSENT, ERR_FORMAT, ERR_SYS. */
enum err store_open(const struct store_settings *settings, struct store **out,
		    char message[STORE_MESSAGE_MAX]) MUST_CHECK;
/* Finishes what is queued, calls its `done`s, stops the thread, unlocks. */
void store_close(struct store *s);

/* The store itself, now.  No disk. */
void store_describe(struct store *s, struct msg_store *out);
/* All but uptime, connections and software of a STATUS answer; statvfs.  The
 * error text is the store's, valid until close. */
void store_status(struct store *s, struct msg_status_answer *out);

/* QUERY, from memory. */
void store_query(struct store *s, const struct msg_query *q,
		 struct msg_query_answer *out);
/* Appends entries that match to b, in order, while they fit; *last, a buffer
 * of NAME_MAX_BYTES with *last_len, is where to go on ("after").  False when
 * there are no more. */
bool store_list(struct store *s, const struct msg_name *prefix, char *last,
		size_t *last_len, struct wbuf *b);

/*
 * STAGE.  begin checks everything that the head tells (rules, space, limits),
 * takes the space, and gives a stage, or a refusal in *no.  write appends to
 * slot 0 or 1; more than announced, or a disk error, gives a refusal.  end
 * checks lengths, digests and root, writes what is left, and hands it to the
 * sync thread: done is called once, the stage is gone in every case.  drop
 * throws a stage away with all its pieces; NULL is nothing.
 */
struct stage *store_stage_begin(struct store *s,
				const struct msg_stage_begin *m,
				struct outcome *no);
enum status store_stage_write(struct stage *g, unsigned slot, const void *data,
			      size_t len, struct outcome *no);
void store_stage_end(struct stage *g, const struct msg_stage_end *m,
		     store_done *done, void *arg);
void store_stage_drop(struct stage *g);
/* True when g is the arriving stage of that name and tag (ABORT). */
bool store_stage_is(const struct stage *g, const struct msg_name *name,
		    const struct tag *tag);

/*
 * COPY: a stage whose chunks are those of another name's version here: its
 * files are linked, or copied where that cannot be.  All of the stage is
 * obeyed in the one call; done as of store_stage_end().  A source that cannot
 * be read is counted and logged as store_fetch() says.  Blocks for disk.
 */
void store_copy(struct store *s, const struct msg_copy *m, store_done *done,
		void *arg);

/*
 * RESTORE: the same calls but for its beginning.  The chunks are made durable
 * first and then, by renames, take their places, so that at no moment good
 * bytes are missing that were there before; done is called when that is
 * durable too.
 */
struct stage *store_restore_begin(struct store *s,
				  const struct msg_stage_begin *m,
				  struct outcome *no);

void store_commit(struct store *s, const struct msg_commit *m, store_done *done,
		  void *arg);
/* The floor is durable before the tombstone goes. */
void store_forget(struct store *s, const struct msg_drop *m, store_done *done,
		  void *arg);
void store_discard(struct store *s, const struct msg_drop *m, store_done *done,
		   void *arg);
void store_abort(struct store *s, const struct msg_drop *m, store_done *done,
		 void *arg);
/* Wakes the sync thread for what the calls above have queued: called once by
 * a worker when it has no more requests at hand, and before it waits. */
void store_flush(struct store *s);

/* JOIN: durable when it returns. */
void store_join(struct store *s, const struct msg_join *m, struct outcome *o);

/* FETCH: an open descriptor on the chunk file, owned by the caller; offset
 * and length checked.  A short or missing file is ST_CORRUPT and is counted,
 * logged and from then on not offered. */
enum status store_fetch(struct store *s, const struct msg_fetch *m, int *fd,
			struct outcome *no);
/*
 * VERIFY: reads one chunk past the page cache, in steps of at most `most`
 * bytes, and compares its digest with the one in its name.  open checks as
 * store_fetch() does: NULL and a refusal.  A chunk found bad is logged with
 * both digests, counted, and from then on not offered; it stays where it is.
 * One verify is used by one thread at a time.  A step blocks for disk.
 */
struct verify;
enum verify_state {
	VERIFY_MORE,
	VERIFY_GOOD,
	VERIFY_GONE, /* the version went meanwhile: nothing is known */
	VERIFY_BAD,
};
struct verify *store_verify_open(struct store *s, const struct msg_fetch *m,
				 struct outcome *no);
/* *bytes: how many were read. */
enum verify_state store_verify_step(struct verify *v, size_t most,
				    size_t *bytes);
void store_verify_close(struct verify *v);

/*
 * What the scrub keeps in the state of the store: where it is, and when its
 * passes began (seconds since 1970, 0: never).
 */
struct scrub_mark {
	char name[32]; /* the first bytes of the last name passed, and zeros */
	uint32_t began_s;
	uint32_t last_s; /* when the last whole pass began */
};
void store_scrub_mark(struct store *s, struct scrub_mark *out);
/* Written when it returns, durable with the next sync: a power cut may cost the
 * last one.  A store that is read-only keeps it in memory. */
void store_set_scrub_mark(struct store *s, const struct scrub_mark *m);
/* The first name behind last[*last_len], which becomes it, and its highest
 * committed record.  False when there is none. */
bool store_next(struct store *s, char *last, size_t *last_len,
		struct record *out);

/* A read of the file that store_fetch() gave failed (EIO) or came up short: as
 * store_fetch() says, unless another file has taken its place since. */
void store_chunk_failed(struct store *s, const struct msg_fetch *m, int fd,
			const char *why);

#endif
