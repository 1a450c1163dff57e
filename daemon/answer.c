/*
 * What a session sends: single answers, changes that were answered by the
 * sync thread, and streams.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "session_inner.h"

#define FLUSH_AT 65536	      /* bytes gathered by a worker before it sends */
#define REFUSAL_TEXT_MAX 512  /* bytes */
#define REFUSAL_HEAD_MAX 1024 /* bytes, without the text */

/* The session that this thread is serving: what is answered meanwhile, by
 * this thread, need not wait for the sync thread. */
static _Thread_local struct session *serving;

/* A change that is not answered yet; heap. */
struct pending {
	struct session *session;
	uint32_t id;
	uint8_t op;
};

void answer_begin_turn(struct session *s, struct worker *w)
{
	s->worker = w;
	w->out_len = 0;
	serving = s;
}

void answer_end_turn(struct session *s)
{
	s->worker = NULL;
	serving = NULL;
}

/* ---- sending, under session.lock */

/* Notes what was sent since out.sent was before. */
static void note_sent_locked(struct session *s, uint64_t before)
{
	s->moved += s->out.sent - before;
	if (s->out.sent > before && out_is_empty(&s->out))
		s->ended = true;
}

static void note_error_locked(struct session *s, enum err e)
{
	if (e)
		s->broken = true;
}

/* The worker's gathered answers, with the lock. */
static void send_gathered_locked(struct session *s, bool more)
{
	struct worker *w = s->worker;
	uint64_t before = s->out.sent;

	if (w->out_len > 0 && !s->broken)
		note_error_locked(s, out_send_or_add(&s->out, s->fd, w->out,
						     w->out_len, more));
	w->out_len = 0;
	note_sent_locked(s, before);
}

void answer_send_locked(struct session *s)
{
	uint64_t before;

	if (s->broken || s->sending || out_is_empty(&s->out))
		return;
	before = s->out.sent;
	note_error_locked(s, out_send(&s->out, s->fd));
	note_sent_locked(s, before);
}

/* ---- sending, by the worker */

/* The part of a file that was in `out` is sent: its stream goes on. */
static void end_current(struct session *s)
{
	if (s->current_last)
		stream_free(s->current);
	else
		streams_put(&s->streams, s->current);
	s->current = NULL;
}

/* The file's part with TLS: read without the lock, into the memory for answers,
 * which are all handed over by now; sealed and sent with it.  As
 * out_send_file(); meanwhile nobody else sends, so `out.sent` is this
 * thread's. */
static enum out_file_end seal_file(struct session *s, size_t *sent,
				   const char **why)
{
	enum out_file_end end = OUT_FILE_DONE;
	uint64_t before = s->out.sent;
	uint8_t *data = s->worker->out;
	size_t got;

	while (s->out.file_left > 0 && end == OUT_FILE_DONE) {
		end = out_read_file(&s->out, data, OUT_SEAL_MAX, &got, why);
		if (end != OUT_FILE_DONE)
			break;
		mutex_lock(&s->lock);
		if (out_seal_file(&s->out, s->fd, data, got))
			end = OUT_FILE_CUT;
		else if (out_sealed(&s->out) > 0)
			end = OUT_FILE_LATER;
		mutex_unlock(&s->lock);
	}
	*sent = (size_t)(s->out.sent - before);
	return end;
}

/* Sends of the file's part what the peer takes.  Called and returns with the
 * lock, which is let go meanwhile.  False when it is not through. */
static bool send_part_locked(struct session *s)
{
	const char *why = NULL;
	enum out_file_end end;
	size_t sent;

	s->sending = true;
	mutex_unlock(&s->lock);
	end = s->secure == NULL ? out_send_file(&s->out, s->fd, &sent, &why)
				: seal_file(s, &sent, &why);
	if (end == OUT_FILE_BAD) {
		stream_failed(s->current, s->service->store, why);
		session_fail(s, "chunk cannot be read");
	}
	if (end == OUT_FILE_DONE)
		end_current(s);
	mutex_lock(&s->lock);
	s->sending = false;
	s->work += sent;
	s->moved += sent;
	if (end == OUT_FILE_DONE)
		out_drop_file(&s->out);
	if (end == OUT_FILE_CUT)
		s->broken = true;
	return end == OUT_FILE_DONE;
}

/* True when all is sent. */
static bool flush(struct session *s)
{
	bool all;

	mutex_lock(&s->lock);
	s->work += s->worker->out_len;
	send_gathered_locked(s, false);
	answer_send_locked(s);
	while (!s->broken && !s->failed && out_file_is_next(&s->out) &&
	       send_part_locked(s))
		answer_send_locked(s);
	all = out_is_empty(&s->out) && !s->broken && !s->failed;
	mutex_unlock(&s->lock);
	return all;
}

/* Bytes of answers that wait. */
static size_t backlog(struct session *s)
{
	size_t len;

	mutex_lock(&s->lock);
	len = out_waiting(&s->out);
	mutex_unlock(&s->lock);
	return len + (s->worker == NULL ? 0 : s->worker->out_len);
}

bool answer_is_full(struct session *s)
{
	if (s->streams.count >= SESSION_STREAMS_MAX ||
	    atomic_load(&s->pending) >= SESSION_PENDING_MAX)
		return true;
	if (s->worker->out_len >= FLUSH_AT)
		(void)flush(s);
	return s->worker->out_len == 0 && backlog(s) >= SESSION_OUT_MAX;
}

/* ---- streams */

static void start_part(struct session *s, struct stream *t,
		       const struct stream_part *part)
{
	mutex_lock(&s->lock);
	send_gathered_locked(s, true);
	out_add_file(&s->out, part->fd, part->offset, part->len);
	mutex_unlock(&s->lock);
	s->current = t;
	s->current_last = part->last;
}

/* A refusal may come between frames: what went before does not count. */
static void stream_is_bad(struct session *s, struct stream *t)
{
	session_refuse(s, stream_op(t), stream_id(t), stream_refusal(t));
	stream_free(t);
}

/* The next frame of the next stream.  False when what was gathered should go
 * out first. */
static bool make_frame(struct session *s)
{
	struct worker *w = s->worker;
	struct stream *t = streams_take(&s->streams);
	struct stream_part part;
	struct wbuf b;
	enum stream_step step;

	wbuf_init(&b, w->out, POOL_OUT_SIZE);
	b.len = w->out_len;
	step = stream_next(t, s->service->store, &b, &part);
	w->out_len = b.len;
	s->work += stream_work(t);
	switch (step) {
	case STREAM_END:
		stream_free(t);
		return w->out_len < FLUSH_AT;
	case STREAM_FILE:
		start_part(s, t, &part);
		return false;
	case STREAM_BAD:
		stream_is_bad(s, t);
		return true;
	case STREAM_FULL:
	case STREAM_WAIT:
	case STREAM_MORE:
		streams_put(&s->streams, t);
		return false;
	}
	return false;
}

bool answer_push(struct session *s)
{
	while (flush(s)) {
		if (s->streams.count == 0 && s->worker->out_len == 0)
			return true;
		if (s->light || s->work >= SESSION_TURN_BYTES ||
		    atomic_load(&s->service->stopping))
			return true;
		while (s->streams.count > 0 && s->work < SESSION_TURN_BYTES &&
		       make_frame(s))
			;
	}
	return false;
}

/* ---- answers */

/* Hands over one whole answer: to the worker's memory when this thread
 * serves s, else to the session's own queue. */
static void deliver(struct session *s, const struct wbuf *b)
{
	struct worker *w = serving == s ? s->worker : NULL;

	if (w != NULL) {
		if (POOL_OUT_SIZE - w->out_len < b->len)
			(void)flush(s);
		memcpy(w->out + w->out_len, b->data, b->len);
		w->out_len += b->len;
		return;
	}
	mutex_lock(&s->lock);
	if (!s->dead && !s->broken)
		note_error_locked(s, out_add(&s->out, b->data, b->len));
	if (!s->is_dirty) {
		s->is_dirty = true;
		s->dirty_next = s->service->dirty;
		s->service->dirty = s;
		atomic_fetch_add(&s->refs, 1);
	}
	mutex_unlock(&s->lock);
}

/* b: room for the header, then the head. */
static void seal(struct session *s, uint8_t op, uint32_t id, enum status status,
		 struct wbuf *b)
{
	struct frame f = {.op = op,
			  .flags = FRAME_ANSWER,
			  .status = (uint16_t)status,
			  .id = id,
			  .head_len = (uint32_t)(b->len - FRAME_HEADER_SIZE)};
	struct wbuf header;

	wbuf_init(&header, b->data, FRAME_HEADER_SIZE);
	if (frame_put(&header, &f) == ERR_OK)
		deliver(s, b);
}

void session_answer(struct session *s, uint8_t op, uint32_t id, struct wbuf *b)
{
	seal(s, op, id, ST_OK, b);
}

void session_head(struct wbuf *b, uint8_t *data, size_t cap)
{
	wbuf_init(b, data, cap);
	b->len = FRAME_HEADER_SIZE;
}

void session_refuse(struct session *s, uint8_t op, uint32_t id,
		    const struct outcome *o)
{
	static struct log_limit limit;
	uint8_t data[FRAME_HEADER_SIZE + REFUSAL_TEXT_MAX + REFUSAL_HEAD_MAX];
	const char *text = o->text == NULL ? status_text(o->status) : o->text;
	struct msg_refusal m = {.has_version = o->has_version};
	struct wbuf b;

	m.text = (struct msg_name){text, strnlen(text, REFUSAL_TEXT_MAX)};
	if (o->has_version)
		m.version = o->version;
	store_describe(s->service->store, &m.store);
	atomic_fetch_add(&s->service->refusals, 1);
	if (log_wants(LOG_LEVEL_DEBUG) && log_allow(&limit, 100))
		log_debug("refused op=%u id=%u status=%u text=%s", op, id,
			  (unsigned)o->status, text);
	session_head(&b, data, sizeof(data));
	if (msg_refusal_put(&b, &m) == ERR_OK)
		seal(s, op, id, o->status, &b);
}

void session_refuse_with(struct session *s, const struct request *r,
			 enum status status, const char *text)
{
	const struct outcome o = {.status = status, .text = text};

	session_refuse(s, r->frame.op, r->frame.id, &o);
}

void session_stream(struct session *s, const struct request *r,
		    struct stream *t)
{
	bool alone = s->streams.count == 0 && s->current == NULL;

	if (t == NULL) {
		session_refuse_with(s, r, ST_LIMIT, "no memory");
		return;
	}
	streams_put(&s->streams, t);
	if (alone && stream_op(t) != OP_VERIFY)
		(void)make_frame(s);
}

/* ---- changes, answered later */

void *session_expect(struct session *s, uint8_t op, uint32_t id)
{
	struct pending *p = malloc(sizeof(*p));

	if (p == NULL) {
		session_fail(s, "no memory");
		return NULL;
	}
	*p = (struct pending){s, id, op};
	atomic_fetch_add(&s->refs, 1);
	atomic_fetch_add(&s->pending, 1);
	s->changed = true;
	return p;
}

static void answer_change(const struct pending *p, const struct outcome *o)
{
	uint8_t data[FRAME_HEADER_SIZE + REFUSAL_HEAD_MAX];
	struct msg_commit_answer a = {0};
	struct wbuf b;

	session_head(&b, data, sizeof(data));
	if (p->op == OP_COMMIT) {
		store_describe(p->session->service->store, &a.store);
		a.state = (uint8_t)o->state;
		a.highest = o->highest;
		if (msg_commit_answer_put(&b, &a))
			return;
	}
	seal(p->session, p->op, p->id, ST_OK, &b);
}

void session_done(void *arg, const struct outcome *o)
{
	struct pending *p = arg;
	struct session *s = p->session;

	if (o->status == ST_OK)
		answer_change(p, o);
	else
		session_refuse(s, p->op, p->id, o);
	free(p);
	atomic_fetch_sub(&s->pending, 1);
	session_drop(s);
}
