/*
 * What session.c (places and lifetime), serve.c (a worker's turn) and
 * answer.c (what goes out) share of a session.  For no one else.
 */
#ifndef DAEMON_SESSION_INNER_H
#define DAEMON_SESSION_INNER_H

#include "out.h"
#include "secure.h"
#include "session.h"
#include "thread.h"

#define SESSION_TURN_BYTES (4u << 20) /* received and sent, in a turn */

enum place {
	PLACE_EPOLL, /* the dispatcher waits for it */
	PLACE_POOL,  /* it waits for a worker, or is being served */
	PLACE_OVER,  /* the dispatcher has let it go */
};

struct session {
	struct pool_job job; /* first; the pool's */
	struct service *service;
	int fd;
	size_t slot; /* the dispatcher's */
	atomic_uint refs;
	atomic_uint pending;	      /* changes not answered yet */
	_Atomic uint64_t deadline_ms; /* UINT64_MAX while not in epoll */

	struct secure *secure; /* set before it is in epoll; NULL: plain text;
				* what it is of is guarded by session.lock */
	struct mutex lock;
	/* guarded by session.lock: */
	enum place place;
	struct out out;
	uint32_t armed;	   /* events that epoll waits for */
	uint64_t since_ms; /* of the deadline: the last progress */
	uint64_t moved;	   /* bytes since the deadline was set */
	bool known;	   /* it has made a request */
	bool owes;	   /* the peer owes bytes, as of deadline_ms */
	bool ended;	   /* a frame ended, or `out` ran empty, since then */
	bool sending;	   /* its worker sends a file's part, without lock */
	bool broken;	   /* nothing can be sent any more */
	bool doomed;	   /* its next worker ends it */
	bool dead;	   /* ended; waits for the dispatcher to let it go */
	bool readable;	   /* epoll said so */
	bool is_dirty;	   /* in service->dirty */

	struct session *dirty_next; /* owned by the sync thread */

	/* Owned by the one worker that serves it; read under session.lock
	 * while it is in epoll: */
	struct worker *worker; /* NULL between turns */
	struct arrivals arrivals;
	struct streams streams;
	struct stream *current; /* a part of its file is in `out` */
	bool current_last;	/* and is its last */
	uint8_t *rest;		/* received, not yet used; heap or NULL */
	size_t rest_len;
	uint64_t body_left; /* bytes of the body that is arriving */
	uint64_t head_left; /* bytes of a head that is dropped */
	bool body_wanted;   /* by the stage of that id: */
	uint32_t body_id;
	uint8_t body_slot;
	bool paused;	   /* rest has requests; there is no room */
	bool heavy;	   /* what comes next is long or needs the disk */
	bool light;	   /* this turn came from the light queue */
	bool ends;	   /* the peer has sent its last byte */
	bool failed;	   /* session_fail() */
	bool changed;	   /* the store has work queued by this turn */
	uint64_t work;	   /* bytes moved in this turn */
	unsigned served;   /* requests in this turn */
	uint64_t received; /* bytes since it was in epoll */
	unsigned frames;   /* begun since then */
};

/* session.c: gives one reference back. */
void session_drop(struct session *s);
/* Its next worker is to end it: session_cut(), or its handshake has failed. */
bool session_is_doomed(struct session *s);
/* A handshake of this peer has failed: counts and logs it.  True when the peer
 * is to hear of it late.  Without session.lock. */
bool session_note_stranger(struct session *s, const char *why);
/* Gives it back to epoll, or ends it.  The worker's. */
enum pool_after session_park(struct session *s);
/* The worker's: drops everything of s; the dispatcher will let it go. */
void session_end(struct session *s);

/* answer.c: s is served by this thread, with w; and no longer. */
void answer_begin_turn(struct session *s, struct worker *w);
void answer_end_turn(struct session *s);
/* Sends what waits in `out`, but no file.  With session.lock. */
void answer_send_locked(struct session *s);
/* Sends what there is and what streams make, until the peer takes no more or
 * the turn is over.  True when all is sent. */
bool answer_push(struct session *s);
/* True when no further request may be taken on. */
bool answer_is_full(struct session *s);

#endif
