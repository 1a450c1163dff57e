/*
 * A worker's turn at a session: receives what is there, takes it apart into
 * frames, has them handled, and sends what came of it; for a bounded number
 * of requests and bytes, and never waiting for the peer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "handlers.h"
#include "log.h"
#include "request.h"
#include "session_inner.h"

#define RECEIVE_SIZE 65536 /* bytes, outside of a long body */
#define TURN_REQUESTS 256

/* What was received and is not used yet: in[at .. end) of the worker. */
struct input {
	uint8_t *data;
	size_t at;
	size_t end;
	bool drained; /* the socket had no more */
};

enum turn {
	TURN_ON,    /* go on */
	TURN_PARK,  /* nothing to do until epoll says so */
	TURN_LIGHT, /* time is up: again, behind the others */
	TURN_HEAVY, /* for a worker that may use the disk */
	TURN_END,   /* of the connection */
};

/* ---- taking frames apart */

/* The first bytes of a frame can already be wrong. */
static bool magic_is_wrong(const uint8_t *data, size_t len)
{
	uint8_t magic[4];
	struct wbuf b;

	wbuf_init(&b, magic, sizeof(magic));
	if (wbuf_u32(&b, FRAME_MAGIC))
		return true;
	return memcmp(data, magic, len < 4 ? len : 4) != 0;
}

static bool head_is_readable(const struct frame *f)
{
	const struct request_kind *k = request_kind(f->op);

	return k != NULL && f->head_len <= k->head_max;
}

static bool is_light(const struct frame *f)
{
	const struct request_kind *k = request_kind(f->op);

	return k == NULL || k->light;
}

/* Uses up bytes of a body, or of a head that is dropped. */
static void use_body(struct session *s, struct input *in)
{
	uint64_t *left = s->head_left > 0 ? &s->head_left : &s->body_left;
	bool wanted = s->head_left == 0 && s->body_wanted;
	size_t len = in->end - in->at;

	if (len > *left)
		len = (size_t)*left;
	if (wanted)
		handle_stage_bytes(s, s->body_id, s->body_slot,
				   in->data + in->at, len);
	*left -= len;
	in->at += len;
}

static void handle_frame(struct session *s, struct input *in,
			 const struct frame *f)
{
	struct request r = {.frame = *f,
			    .head = in->data + in->at + FRAME_HEADER_SIZE};
	bool readable = head_is_readable(f);

	s->body_wanted = false;
	s->body_left = f->body_len;
	s->head_left = readable ? 0 : f->head_len;
	s->served++;
	s->frames++;
	atomic_fetch_add_explicit(&s->service->requests, 1,
				  memory_order_relaxed);
	in->at += FRAME_HEADER_SIZE + (readable ? f->head_len : 0);
	if (readable)
		request_handle(s, &r);
	else
		request_refuse(s, &r);
}

/* The next frame.  TURN_PARK: it is not whole yet. */
static enum turn use_frame(struct session *s, struct input *in)
{
	size_t len = in->end - in->at;
	struct frame f;
	struct rbuf b;
	enum err e;

	if (magic_is_wrong(in->data + in->at, len)) {
		session_fail(s, "not a frame");
		return TURN_END;
	}
	rbuf_init(&b, in->data + in->at, len);
	e = frame_get(&b, &f);
	if (e == ERR_SHORT)
		return TURN_PARK;
	if (e || (f.flags & FRAME_ANSWER)) {
		session_fail(s, "malformed frame");
		return TURN_END;
	}
	s->heavy = !is_light(&f);
	if (s->heavy && s->worker->reserved)
		return TURN_HEAVY;
	if (head_is_readable(&f) && rbuf_left(&b) < f.head_len)
		return TURN_PARK;
	s->paused = answer_is_full(s);
	if (s->paused)
		return TURN_PARK;
	handle_frame(s, in, &f);
	s->heavy = false;
	return TURN_ON;
}

/* All that can be used of what was received. */
static enum turn use_input(struct session *s, struct input *in)
{
	enum turn t = TURN_ON;

	s->paused = false;
	while (t == TURN_ON && in->at < in->end) {
		if (s->head_left > 0 || s->body_left > 0)
			use_body(s, in);
		else
			t = use_frame(s, in);
		if (s->failed)
			t = TURN_END;
	}
	return t == TURN_PARK ? TURN_ON : t;
}

/* ---- receiving */

/* The peer has not shown a key, and hears so, now or late. */
static enum turn refuse_stranger(struct session *s)
{
	bool late = session_note_stranger(s, secure_why(s->secure));

	mutex_lock(&s->lock);
	if (late)
		secure_set_late(s->secure);
	else
		answer_send_locked(s);
	mutex_unlock(&s->lock);
	return late ? TURN_PARK : TURN_END;
}

/* len bytes were received behind the gap at in->end: opens them.  What there
 * is to send then is sent with the answers. */
static enum turn open_sealed(struct session *s, struct input *in, size_t len)
{
	size_t got, sealed;
	enum err e;

	mutex_lock(&s->lock);
	e = secure_take(s->secure, in->data + in->end, len, &got);
	sealed = out_sealed(&s->out);
	mutex_unlock(&s->lock);
	in->end += got;
	if (e == ERR_CLOSED)
		s->ends = in->drained = true;
	else if (e && !secure_is_through(s->secure))
		return refuse_stranger(s);
	else if (e)
		session_fail(s, secure_why(s->secure));
	else if (sealed > SESSION_OUT_MAX)
		session_fail(s, "what TLS answers is not read");
	return s->failed ? TURN_END : TURN_ON;
}

/* Makes room behind what is not used yet, and receives once. */
static enum turn receive(struct session *s, struct input *in)
{
	size_t gap = s->secure == NULL ? 0 : SECURE_GAP;
	size_t len = in->end - in->at;
	size_t want = RECEIVE_SIZE;
	ssize_t n;

	memmove(in->data, in->data + in->at, len);
	in->at = 0;
	in->end = len;
	if (s->body_left > 0)
		want += (size_t)s->body_left;
	if (want > POOL_IN_SIZE - len - gap)
		want = POOL_IN_SIZE - len - gap;
	do {
		n = recv(s->fd, in->data + len + gap, want, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		return TURN_END;
	s->ends = n == 0;
	in->drained = n < (ssize_t)want && (n <= 0 || s->body_left == 0);
	if (n <= 0)
		return TURN_ON;
	s->work += (size_t)n;
	s->received += (size_t)n;
	if (s->secure != NULL)
		return open_sealed(s, in, (size_t)n);
	in->end += (size_t)n;
	return TURN_ON;
}

/* What an earlier turn has left comes first. */
static void load_rest(struct session *s, struct input *in)
{
	in->data = s->worker->in;
	in->at = 0;
	in->end = s->rest_len;
	in->drained = !s->readable;
	if (s->rest_len > 0)
		memcpy(in->data, s->rest, s->rest_len);
	free(s->rest);
	s->rest = NULL;
	s->rest_len = 0;
}

static enum turn save_rest(struct session *s, const struct input *in,
			   enum turn t)
{
	size_t len = in->end - in->at;

	if (len == 0 || t == TURN_END)
		return t;
	s->rest = malloc(len);
	if (s->rest == NULL) {
		session_fail(s, "no memory");
		return TURN_END;
	}
	memcpy(s->rest, in->data + in->at, len);
	s->rest_len = len;
	return t;
}

/* ---- the turn */

static bool time_is_up(const struct session *s)
{
	return s->served >= TURN_REQUESTS || s->work >= SESSION_TURN_BYTES;
}

/* After what was at hand is used and sent as far as it goes. */
static enum turn decide(struct session *s, const struct input *in, bool sent)
{
	bool streams = s->streams.count > 0 && sent;
	bool more = (s->paused && !answer_is_full(s)) ||
		    (!s->paused && !in->drained);

	if (s->failed)
		return TURN_END;
	if (atomic_load(&s->service->stopping) || (!more && !streams))
		return TURN_PARK;
	if (streams && s->light)
		return TURN_HEAVY;
	if (time_is_up(s))
		return s->body_left > 0 || s->streams.count > 0 ||
				       s->arrivals.open > 0
			       ? TURN_HEAVY
			       : TURN_LIGHT;
	return TURN_ON;
}

/* The requests at hand are used up: the sync thread may begin. */
static void start_changes(struct session *s)
{
	if (s->changed)
		store_flush(s->service->store);
	s->changed = false;
}

static enum turn take_turn(struct session *s)
{
	struct input in;
	enum turn t;

	load_rest(s, &in);
	do {
		bool sent;

		t = use_input(s, &in);
		start_changes(s);
		sent = answer_push(s);
		if (t == TURN_ON)
			t = decide(s, &in, sent);
		if (t == TURN_ON && !s->paused && !in.drained)
			t = receive(s, &in);
	} while (t == TURN_ON);
	return save_rest(s, &in, t);
}

static void begin_turn(struct session *s, struct worker *w)
{
	answer_begin_turn(s, w);
	s->light = !s->heavy;
	s->heavy = false;
	s->work = 0;
	s->served = 0;
}

static void note_time(struct session *s)
{
	atomic_store_explicit(&s->service->served_ms, clock_ms(),
			      memory_order_relaxed);
}

enum pool_after session_serve(struct pool_job *j, struct worker *w)
{
	struct session *s = (struct session *)(void *)j;
	enum turn t = TURN_PARK;

	begin_turn(s, w);
	note_time(s);
	if (session_is_doomed(s))
		t = TURN_END;
	else if (!atomic_load(&s->service->stopping))
		t = take_turn(s);
	else
		(void)answer_push(s);
	answer_end_turn(s);
	note_time(s);
	switch (t) {
	case TURN_LIGHT:
		return POOL_LIGHT;
	case TURN_HEAVY:
		s->heavy = true;
		return POOL_HEAVY;
	case TURN_END:
		session_end(s);
		return POOL_DONE;
	default:
		return session_park(s);
	}
}
