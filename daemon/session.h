/*
 * One connection, as a state machine over non-blocking input and output.
 *
 * A session is in one place at a time: in epoll, where the dispatcher waits
 * for it (armed once, EPOLLONESHOT), or in the pool, waiting for a worker or
 * being served by one.  Whoever finds it in epoll, under its lock, may move it
 * to the pool; only the worker that serves it moves it back.  What a worker
 * knows of a session (unfinished frame, arriving stages, streams) is in
 * fields that nobody else touches, so requests are served without a lock.
 *
 * Answers made while a session is served gather in the worker's memory and go
 * out with one send.  Answers of the sync thread (`done` of a commit) go to
 * the session's own queue under its lock; at the end of each batch the sync
 * thread sends them itself, one send for each session, wherever the session
 * is.  What the peer does not take waits there for EPOLLOUT.
 *
 * With a key a connection begins with a handshake, and what is received and
 * sent is opened and sealed (secure.h, out.h).  The library's object is used by
 * the worker that reads and by the sync thread that answers, so every call of
 * it is made under the session's lock: computing, without input or output.
 * While a worker sends a file's part it seals piece after piece under the lock,
 * and `sending` keeps others from sealing in between.
 *
 * A session is counted: the dispatcher's list holds one reference, each
 * unanswered change another.  The descriptor is closed with the last one, so
 * that its number cannot come to mean something else meanwhile; the peer is
 * told at once, by shutdown(2).
 *
 * Progress: a peer that owes bytes (an unfinished frame or stage, answers
 * that it does not read) must move PROGRESS_MIN bytes, or end what it began,
 * within stall_ms.  Between requests it may be silent for idle_ms.  For its
 * handshake it has a time of its own, whatever it moves.
 */
#ifndef DAEMON_SESSION_H
#define DAEMON_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arrivals.h"
#include "pool.h"
#include "stream.h"

#define SESSION_PENDING_MAX 1024 /* changes not answered yet */
#define SESSION_STREAMS_MAX 64
#define SESSION_OUT_MAX 262144 /* bytes of answers, before it stops reading */

struct session;
struct secure;

/* What all sessions share. */
struct service {
	struct store *store; /* set before threads start, as are these: */
	struct pool *pool;
	struct gate *gate; /* NULL: plain text */
	int epoll;
	uint64_t start_ms;
	_Atomic uint64_t stall_ms; /* atomic, as are these: */
	_Atomic uint64_t idle_ms;
	atomic_bool stopping;
	atomic_uint connections;
	atomic_ullong requests;
	atomic_ullong refusals;
	_Atomic uint64_t served_ms; /* when a worker last served one */
	atomic_ullong scrubbed;	    /* names that the scrub has passed */
	struct session *dirty;	    /* owned by the sync thread */
};

/* A request's frame, while its handler runs. */
struct request {
	struct frame frame;
	const uint8_t *head; /* frame.head_len bytes */
};

/* Takes fd, non-blocking, and puts it into service->epoll; and secure, which
 * is NULL for plain text.  ERR_MEMORY or ERR_SYS: both are still the
 * caller's. */
enum err session_open(struct service *v, int fd, struct secure *secure,
		      struct session **out) MUST_CHECK;
/* The dispatcher lets it go: its reference, and its place in epoll. */
void session_close(struct session *s);
/* The same at the end, when the pool is stopped, wherever s is. */
void session_abandon(struct session *s);

/* ---- for the dispatcher */

/* The dispatcher's own note: where s is in its table. */
size_t *session_slot(struct session *s);
/* epoll has reported events.  True when the session has ended: the caller
 * takes it off its list and drops it. */
bool session_event(struct session *s, uint32_t events);
/* When it is to be looked at, in clock_ms(); UINT64_MAX: not now. */
uint64_t session_deadline(const struct session *s);
/* Ends it if its deadline has passed.  True as session_event(). */
bool session_expire(struct session *s, uint64_t now_ms);
/* In which way a session is quiet: it has made no request yet, has nothing
 * to do, or makes no progress with what it owes.  Or its handshake is under
 * way, and then it need not be quiet. */
enum session_quiet {
	SESSION_STRANGE,
	SESSION_IDLE,
	SESSION_STALLED,
	SESSION_SHAKING,
};
/* Since when it is so; UINT64_MAX when it is not, or is to end anyway. */
uint64_t session_quiet_since(struct session *s, enum session_quiet how);
/* Ends it: at once (true, as above) or by way of a worker.  The peer is told
 * at once. */
bool session_cut(struct session *s);
/* False when the key that it has shown is not one of the gate's any more. */
bool session_is_admitted(struct session *s);
/* The daemon stops: what is complete is answered, the rest is cut.  True as
 * above. */
bool session_stop(struct session *s);

/* ---- for the pool and the store */

enum pool_after session_serve(struct pool_job *j, struct worker *w);
/* The store's batch_end; arg is the struct service. */
void session_batch_end(void *arg);

/* ---- for handlers, in the worker that serves s */

struct service *session_service(const struct session *s);
/* False when its key is for reading only. */
bool session_may_change(const struct session *s);
struct arrivals *session_arrivals(struct session *s);
/* The body of the frame being handled goes to the stage of that id. */
void session_take_body(struct session *s, uint32_t id, uint8_t slot);
/* For an answer's head: b writes to data[cap], behind the room for the
 * frame's header. */
void session_head(struct wbuf *b, uint8_t *data, size_t cap);
/* One whole answer, in b as session_head() made it. */
void session_answer(struct session *s, uint8_t op, uint32_t id, struct wbuf *b);
void session_refuse(struct session *s, uint8_t op, uint32_t id,
		    const struct outcome *o);
/* The same with a text only. */
void session_refuse_with(struct session *s, const struct request *r,
			 enum status status, const char *text);
/* An argument for session_done(), which answers it; NULL without memory, and
 * then the connection ends. */
void *session_expect(struct session *s, uint8_t op, uint32_t id);
store_done session_done;
/* Answers with a stream, which becomes the session's; NULL (no memory) is
 * refused. */
void session_stream(struct session *s, const struct request *r,
		    struct stream *t);
/* The connection cannot go on.  why is a static text for the log. */
void session_fail(struct session *s, const char *why);
/* "1.2.3.4:5", or "?"; out[ADDR_TEXT_MAX]. */
void session_peer(const struct session *s, char *out);

#endif
