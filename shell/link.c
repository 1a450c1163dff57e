#include "link.h"

#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READS_PER_TURN 4
#define SMALL_MAX 4096 /* bytes of requests that move no file */
#define AHEAD_PART 16  /* of a second, that is queued where there is a pace */

static void on_ready(void *arg, uint32_t events);

static void expect_bytes(struct link *k)
{
	if (k->state == LINK_UP && k->calls.live && !k->silence.armed)
		loop_arm(k->loop, &k->silence, k->progress_ms + LINK_SILENT_MS);
}

static void moved(struct link *k)
{
	k->progress_ms = k->loop->now_ms;
	k->slow = false;
	hail_stop(&k->probe);
	expect_bytes(k);
}

static void disconnect(struct link *k)
{
	loop_disarm(&k->silence);
	loop_unwatch(k->loop, &k->watch);
	hail_stop(&k->hail);
	hail_stop(&k->probe);
	wire_close(&k->wire);
	k->watch.fd = -1;
	outq_release(&k->out);
	free(k->rest);
	k->rest = NULL;
	k->rest_len = 0;
	k->body_left = 0;
	k->slow = k->paused = k->dirty = k->held = false;
}

/* Down; every call is lost.  why is copied. */
static void die(struct link *k, const char *why)
{
	if (k->state == LINK_UP || k->since == 0)
		k->since = time(NULL);
	disconnect(k);
	loop_wake(k->loop);
	k->was_up = k->state == LINK_UP;
	k->state = LINK_DOWN;
	k->retrying = false;
	snprintf(k->why_text, sizeof(k->why_text), "%s", why);
	k->why = k->why_text;
	/* Whoever is told may open it again, and ask: that is not lost. */
	for (uint32_t i = 0; i < k->calls.count; i++)
		k->calls.slots[i].lost = k->calls.slots[i].id != 0;
	for (uint32_t i = 0; i < k->calls.count; i++) {
		struct calls_slot *s = &k->calls.slots[i];
		struct call call = s->call;
		bool told = !s->forgotten;

		if (s->id == 0 || !s->lost)
			continue;
		calls_remove(&k->calls, s);
		if (told)
			call.event(&call,
				   &(struct call_event){.what = CALL_LOST});
	}
	if (k->on_turn)
		k->on_turn(k->owner, k);
}

/* Watches for what is wanted now. */
static void rewatch(struct link *k)
{
	uint32_t events = k->paused || k->held ? 0 : EPOLLIN;

	if (k->state != LINK_UP)
		return;
	if (!k->held && (wire_is_full(&k->wire, &k->out) || k->feeders))
		events |= EPOLLOUT;
	if (events == 0)
		loop_unwatch(k->loop, &k->watch);
	else if (loop_watch(k->loop, &k->watch, events) != ERR_OK)
		die(k, strerror(errno));
}

static void on_silence(void *arg)
{
	struct link *k = arg;
	uint64_t idle_ms = k->loop->now_ms - k->progress_ms;

	if (k->state != LINK_UP || k->calls.live == 0 || k->paused || k->held)
		return;
	if (idle_ms < LINK_SILENT_MS)
		loop_arm(k->loop, &k->silence, k->progress_ms + LINK_SILENT_MS);
	else if (idle_ms >= LINK_SLOW_MS)
		die(k, "greets, but has not answered for minutes");
	else
		hail_start(&k->probe);
}

static void on_probed(void *arg, const char *why)
{
	struct link *k = arg;
	char text[160];

	if (why) {
		snprintf(text, sizeof(text), "fell silent (asked again: %s)",
			 why);
		die(k, text);
		return;
	}
	hail_stop(&k->probe);
	loop_arm(k->loop, &k->silence, k->loop->now_ms + LINK_SILENT_MS);
	if (k->slow)
		return;
	k->slow = true;
	if (k->on_slow)
		k->on_slow(k->owner, k);
}

static void on_hailed(void *arg, const char *why)
{
	struct link *k = arg;

	if (why) {
		k->mute = k->hail.late;
		die(k, why);
		return;
	}
	k->greeting = k->hail.greeting;
	k->wire.fd = hail_take(&k->hail, &k->wire.tls);
	k->watch.fd = k->wire.fd;
	k->state = LINK_UP;
	k->retrying = false;
	k->mute = false;
	k->since = time(NULL);
	k->why = NULL;
	k->dirty = true;
	moved(k);
	rewatch(k);
	if (k->state == LINK_UP && k->on_turn)
		k->on_turn(k->owner, k);
}

void link_init(struct link *k, struct loop *loop, const struct addr *a,
	       struct tls_side *side, uint8_t *buffer)
{
	*k = (struct link){.loop = loop, .buffer = buffer, .wire = {.fd = -1}};
	hail_init(&k->hail, loop, a);
	hail_init(&k->probe, loop, a);
	k->hail.side = side;
	k->probe.only_greets = true;
	k->hail.done = on_hailed;
	k->probe.done = on_probed;
	k->watch.ready = on_ready;
	k->silence.fire = on_silence;
	k->hail.arg = k->probe.arg = k->watch.arg = k->silence.arg = k;
	k->watch.fd = -1;
	k->why = "not tried";
	calls_init(&k->calls);
	outq_init(&k->out);
}

void link_release(struct link *k)
{
	disconnect(k);
	hail_release(&k->hail);
	hail_release(&k->probe);
	calls_release(&k->calls);
	k->state = LINK_DOWN;
}

void link_open(struct link *k)
{
	if (k->state != LINK_DOWN)
		return;
	/* With all of its time from now on. */
	if (k->retrying)
		hail_stop(&k->hail);
	k->retrying = false;
	k->state = LINK_HAILING;
	hail_start(&k->hail);
}

void link_retry(struct link *k)
{
	if (k->state != LINK_DOWN || k->retrying)
		return;
	k->retrying = true;
	hail_start(&k->hail);
}

uint32_t link_ask(struct link *k, const struct call *call)
{
	uint32_t id;

	if (k->state == LINK_DOWN)
		return 0;
	if (k->calls.live == 0)
		k->progress_ms = k->loop->now_ms;
	id = calls_add(&k->calls, call);
	if (id)
		expect_bytes(k);
	return id;
}

static enum err queue_frame(struct link *k, const struct frame *f,
			    const struct wbuf *head, const struct wbuf *body)
{
	size_t len = FRAME_HEADER_SIZE + head->len + (body ? body->len : 0);
	struct wbuf b;
	uint8_t *room;

	if (k->state == LINK_DOWN)
		return ERR_CLOSED;
	room = outq_room(&k->out, len);
	if (!room)
		return ERR_MEMORY;
	k->dirty = true;
	wbuf_init(&b, room, len);
	if (frame_put(&b, f) != ERR_OK ||
	    wbuf_bytes(&b, head->data, head->len) != ERR_OK ||
	    (body && wbuf_bytes(&b, body->data, body->len) != ERR_OK))
		abort(); /* the room was measured */
	return ERR_OK;
}

enum err link_send(struct link *k, uint32_t id, uint8_t op,
		   const struct wbuf *head, const struct wbuf *body)
{
	struct frame f = {.op = op,
			  .id = id,
			  .head_len = (uint32_t)head->len,
			  .body_len = body ? body->len : 0};

	return queue_frame(k, &f, head, body);
}

enum err link_send_file(struct link *k, uint32_t id, uint8_t op,
			const struct wbuf *head, int fd, off_t offset,
			size_t len)
{
	struct frame f = {.op = op,
			  .id = id,
			  .head_len = (uint32_t)head->len,
			  .body_len = len};
	enum err e = queue_frame(k, &f, head, NULL);

	return e ? e : outq_file(&k->out, fd, offset, len);
}

void link_forget(struct link *k, uint32_t id)
{
	calls_forget(&k->calls, id);
}

void link_forget_arg(struct link *k, const void *arg, unsigned what)
{
	calls_forget_arg(&k->calls, arg, what);
}

void link_fail(struct link *k, const char *why)
{
	if (k->state != LINK_DOWN)
		die(k, why);
}

void link_feed(struct link *k, struct link_feeder *f)
{
	struct link_feeder **at = &k->feeders;

	if (f->waiting)
		return;
	while (*at)
		at = &(*at)->next;
	*at = f;
	f->next = NULL;
	f->waiting = true;
	k->dirty = true;
}

void link_unfeed(struct link *k, struct link_feeder *f)
{
	if (!f->waiting)
		return;
	for (struct link_feeder **at = &k->feeders; *at; at = &(*at)->next) {
		if (*at == f) {
			*at = f->next;
			break;
		}
	}
	f->waiting = false;
}

void link_detach_file(struct link *k, int fd)
{
	outq_detach(&k->out, fd);
}

void link_pause(struct link *k, bool paused)
{
	if (k->paused == paused)
		return;
	k->paused = paused;
	k->progress_ms = k->loop->now_ms;
	if (!paused)
		expect_bytes(k);
	rewatch(k);
}

/* Nothing was silent meanwhile: it is this side that waits. */
static void hold(struct link *k)
{
	if (k->held)
		return;
	k->held = true;
	rewatch(k);
	k->on_held(k->owner, k);
}

void link_resume(struct link *k)
{
	if (!k->held)
		return;
	k->held = false;
	k->dirty = true;
	k->progress_ms = k->loop->now_ms;
	expect_bytes(k);
	rewatch(k);
}

static uint64_t room(const struct link *k)
{
	if (!k->pace || k->pace->rate == 0)
		return UINT64_MAX;
	loop_refresh(k->loop);
	return pace_room(k->pace, k->loop->now_ms);
}

/* A small request does not wait. */
static uint64_t room_to_send(const struct link *k)
{
	bool small = !k->feeders && k->out.bytes <= SMALL_MAX;

	return small ? UINT64_MAX : k->held ? 0 : room(k);
}

static uint64_t ahead(const struct link *k)
{
	uint64_t rate = k->pace ? k->pace->rate : 0;
	uint64_t most = rate / AHEAD_PART;

	return rate && most < LINK_AHEAD ? most : LINK_AHEAD;
}

/* Asks the feeders, in turn, until enough is queued. */
static void fill(struct link *k)
{
	while (k->feeders && k->out.bytes < ahead(k)) {
		struct link_feeder *f = k->feeders;

		link_unfeed(k, f);
		if (f->feed(f->arg) && k->state == LINK_UP)
			link_feed(k, f);
	}
}

void link_flush(struct link *k)
{
	uint64_t most, sent;
	enum err e;

	if (k->state != LINK_UP || !k->dirty)
		return;
	fill(k);
	if (k->state != LINK_UP)
		return;
	k->dirty = false;
	most = room_to_send(k);
	e = wire_send(&k->wire, &k->out, most, &sent);
	if (e) {
		die(k, err_text(e));
		return;
	}
	if (k->pace)
		pace_take(k->pace, sent);
	if (sent)
		moved(k);
	if (sent >= most)
		hold(k);
	rewatch(k);
}

/* The callee may end the link. */
static void tell(struct link *k, struct call_event *e)
{
	struct calls_slot *s = calls_find(&k->calls, k->frame.id);
	struct call call;

	if (!s)
		return;
	call = s->call;
	if (e->what == CALL_END || e->what == CALL_LOST) {
		bool told = !s->forgotten;

		calls_remove(&k->calls, s);
		if (told)
			call.event(&call, e);
	} else if (!s->forgotten) {
		call.event(&call, e);
	}
}

static void end_frame(struct link *k)
{
	if (!(k->frame.flags & FRAME_MORE))
		tell(k, &(struct call_event){CALL_END, &k->frame, NULL, 0});
}

/* A header and its head: how many bytes they took; 0: not whole yet, or the
 * link is dead. */
static size_t parse_head(struct link *k, const uint8_t *data, size_t len)
{
	struct rbuf b;
	const struct calls_slot *s;
	struct frame f;
	enum err e;

	rbuf_init(&b, data, len);
	e = frame_get(&b, &f);
	if (e == ERR_SHORT)
		return 0;
	s = e ? NULL : calls_find(&k->calls, f.id);
	if (!s || !(f.flags & FRAME_ANSWER)) {
		die(k, e ? "sent what is no frame" : "sent an unasked answer");
		return 0;
	}
	if ((f.flags & FRAME_MORE) && f.head_len == 0 && f.body_len == 0 &&
	    !s->call.patient) {
		die(k, "sent an answer without an end");
		return 0;
	}
	if (rbuf_left(&b) < f.head_len)
		return 0;
	k->frame = f;
	k->body_left = f.body_len;
	tell(k, &(struct call_event){CALL_HEAD, &k->frame,
				     data + FRAME_HEADER_SIZE, f.head_len});
	if (k->state == LINK_UP && f.body_len == 0)
		end_frame(k);
	return FRAME_HEADER_SIZE + (size_t)f.head_len;
}

static size_t parse_body(struct link *k, const uint8_t *data, size_t len)
{
	size_t n = len < k->body_left ? len : (size_t)k->body_left;

	k->body_left -= n;
	tell(k, &(struct call_event){CALL_BODY, &k->frame, data, n});
	if (k->state == LINK_UP && k->body_left == 0)
		end_frame(k);
	return n;
}

static void keep_rest(struct link *k, const uint8_t *data, size_t len)
{
	free(k->rest);
	k->rest = NULL;
	k->rest_len = len;
	if (len == 0)
		return;
	k->rest = malloc(len);
	if (!k->rest)
		die(k, "no memory");
	else
		memcpy(k->rest, data, len);
}

static void parse(struct link *k, const uint8_t *data, size_t len)
{
	while (len > 0 && k->state == LINK_UP) {
		size_t n = k->body_left ? parse_body(k, data, len)
					: parse_head(k, data, len);

		if (n == 0)
			break;
		data += n;
		len -= n;
	}
	if (k->state == LINK_UP)
		keep_rest(k, data, len);
}

/* One read; false when there is no more for now. */
static bool take(struct link *k)
{
	size_t have = k->rest_len;
	uint64_t most = room(k);
	size_t size = most < LINK_READ_SIZE ? (size_t)most : LINK_READ_SIZE;
	size_t came;
	ssize_t n;

	if (size == 0) {
		hold(k);
		return false;
	}
	n = wire_recv(&k->wire, k->buffer + have, LINK_READ_SIZE, size, &came);
	if (came > 0)
		moved(k);
	if (k->pace)
		pace_take(k->pace, came);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		die(k, n < 0 ? strerror(errno) : "closed the connection");
		return false;
	}
	if (have)
		memcpy(k->buffer, k->rest, have);
	parse(k, k->buffer, have + (size_t)n);
	return k->state == LINK_UP && !k->paused && came == size;
}

static void on_ready(void *arg, uint32_t events)
{
	struct link *k = arg;

	if (events & EPOLLOUT)
		k->dirty = true;
	if (!(events & ~(uint32_t)EPOLLOUT))
		return;
	for (int i = 0; i < READS_PER_TURN; i++)
		if (!take(k))
			break;
}
