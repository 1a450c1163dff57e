#include "stage.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 4096
#define IDLE_SIZE (4u << 20) /* hashed in a turn without sending */

/* A server that chunks of a large source go to. */
struct stage_home {
	struct stage *stage;
	struct link_feeder feeder;
	unsigned server;
	unsigned chunk[2];
	uint64_t sent[2];
	uint32_t id;
	bool ended; /* STAGE_END is sent, or never will be */
};

static struct link *link_of(const struct stage *s, unsigned server)
{
	return &s->task->cluster->links[server];
}

/* The frames */

static unsigned place_of(const struct stage *s, unsigned server)
{
	return s->order.what == WHAT_RESTORE
		       ? s->task->q.places[server]
		       : quorum_place(s->order.stripe, server);
}

static unsigned first_of(const struct stage *s, unsigned server)
{
	return layout_first(place_of(s, server), s->turn, s->order.version.y);
}

static enum err send_begin(struct stage *s, unsigned server, uint32_t id)
{
	uint8_t op =
		s->order.what == WHAT_RESTORE ? OP_RESTORE : OP_STAGE_BEGIN;
	struct msg_stage_begin m = {.name = task_name(s->task)};
	uint8_t head[HEAD_MAX];
	struct wbuf b;
	enum err e;

	quorum_context(&s->task->q, server, &m.context);
	m.record = (struct record){.v = s->order.version,
				   .state = RECORD_STAGED,
				   .place = (uint8_t)place_of(s, server),
				   .first = (uint8_t)first_of(s, server),
				   .have = 3};
	memset(&m.record.v.root, 0, sizeof(m.record.v.root));
	wbuf_init(&b, head, sizeof(head));
	e = msg_stage_begin_put(&b, &m);
	return e ? e : link_send(link_of(s, server), id, op, &b, NULL);
}

static enum err send_end(struct stage *s, unsigned server, uint32_t id)
{
	const struct version *v = &s->order.version;
	struct msg_stage_end m = {.alg = v->alg, .y = v->y};
	uint8_t head[HEAD_MAX];
	struct wbuf b;
	enum err e;

	memcpy(m.chunks, s->hasher.digests, v->y * sizeof(m.chunks[0]));
	wbuf_init(&b, head, sizeof(head));
	e = msg_stage_end_put(&b, &m);
	return e ? e
		 : link_send(link_of(s, server), id, OP_STAGE_END, &b, NULL);
}

static enum err data_head(struct wbuf *b, uint8_t *head, size_t size,
			  unsigned slot)
{
	wbuf_init(b, head, size);
	return msg_stage_data_put(
		b, &(struct msg_stage_data){.slot = (uint8_t)slot});
}

/* Answers */

static void end_home(struct stage_home *h)
{
	struct stage *s = h->stage;

	link_unfeed(link_of(s, h->server), &h->feeder);
	if (h->ended)
		return;
	h->ended = true;
	/* Not whole, it would hold its place on the server. */
	if (s->order.what == WHAT_RESTORE)
		task_abort(s->task, h->server, &s->order.version.tag);
}

static void on_answer(const struct call *c, const struct call_event *e)
{
	struct stage *s = c->arg;

	for (unsigned i = 0; i < s->home_count; i++)
		if (s->homes[i].server == c->server)
			end_home(&s->homes[i]);
	task_answer(s->task, c, e);
}

static uint32_t ask(struct stage *s, unsigned server)
{
	struct call call = {.event = on_answer,
			    .arg = s,
			    .server = server,
			    .what = s->order.what,
			    .round = s->order.round};

	return link_ask(link_of(s, server), &call);
}

static void digests_are_known(struct stage *s)
{
	const struct version *v = &s->order.version;

	if (s->order.what == WHAT_STAGE)
		digest_root(v->alg, s->hasher.digests, v->y,
			    &s->task->q.version.root);
}

/* Small sources */

static enum err send_slot(struct stage *s, unsigned server, uint32_t id,
			  unsigned slot)
{
	unsigned y = s->order.version.y;
	unsigned chunk = first_of(s, server);
	struct wbuf head, body;
	uint8_t bytes[16];
	enum err e;

	if (slot)
		chunk = layout_next(chunk, y);
	body.data = s->source->bytes + layout_offset(s->source->size, y, chunk);
	body.len = body.cap = layout_length(s->source->size, y, chunk);
	if (body.len == 0)
		return ERR_OK;
	e = data_head(&head, bytes, sizeof(bytes), slot);
	return e ? e
		 : link_send(link_of(s, server), id, OP_STAGE_DATA, &head,
			     &body);
}

static enum err send_small(struct stage *s, unsigned server)
{
	uint32_t id = ask(s, server);
	enum err e;

	if (!id)
		return ERR_CLOSED;
	e = send_begin(s, server, id);
	for (unsigned slot = 0; !e && slot < 2; slot++)
		e = send_slot(s, server, id, slot);
	if (!e)
		e = send_end(s, server, id);
	if (e)
		link_forget(link_of(s, server), id);
	return e;
}

/* Large sources */

static void give_up(struct stage *s, const char *why)
{
	s->fault = why;
	task_cancel(s->task, REASON_LOCAL);
}

static bool home_has_sent(const struct stage_home *h)
{
	const struct hasher_chunk *chunks = h->stage->hasher.chunks;

	return h->sent[0] == chunks[h->chunk[0]].len &&
	       h->sent[1] == chunks[h->chunk[1]].len;
}

/* All digests are there: ends the stages whose bytes are all on their way. */
static void end_homes(struct stage *s)
{
	for (unsigned i = 0; i < s->home_count; i++) {
		struct stage_home *h = &s->homes[i];

		if (h->ended || !home_has_sent(h))
			continue;
		h->ended = true;
		/* A link that is down has told so, or will. */
		if (send_end(s, h->server, h->id) == ERR_MEMORY) {
			loop_arm(s->task->cluster->loop, &s->idle, 0);
			link_fail(link_of(s, h->server), "no memory");
			return; /* s may be gone; if not, on_idle goes on */
		}
	}
}

/* The last digest has been made. */
static void hashed_all(struct stage *s)
{
	if (source_has_changed(s->source)) {
		give_up(s, "changed while reading");
		return;
	}
	digests_are_known(s);
	end_homes(s);
}

static void after_last_piece(struct stage *s)
{
	if (s->hasher.left == 0)
		hashed_all(s);
	else
		loop_arm(s->task->cluster->loop, &s->idle, 0);
}

/* A server has all its bytes and waits for digests: the others' chunks are
 * hashed ahead of their sending. */
static void on_idle(void *arg)
{
	struct stage *s = arg;

	if (hasher_advance(&s->hasher, IDLE_SIZE))
		after_last_piece(s);
	else
		give_up(s, s->hasher.fault);
}

/* The slot that is behind; false when both are sent. */
static bool next_slot(const struct stage_home *h, unsigned *slot)
{
	uint64_t left[2];

	for (unsigned i = 0; i < 2; i++)
		left[i] = h->stage->hasher.chunks[h->chunk[i]].len - h->sent[i];
	if (left[0] == 0 && left[1] == 0)
		return false;
	*slot = left[1] == 0 || (left[0] && h->sent[0] <= h->sent[1]) ? 0 : 1;
	return true;
}

static enum err send_piece(struct stage_home *h, unsigned slot)
{
	struct stage *s = h->stage;
	struct hasher_chunk *c = &s->hasher.chunks[h->chunk[slot]];
	uint64_t at = h->sent[slot];
	uint64_t left = c->len - at;
	size_t n = left < FRAME_DATA_MAX ? (size_t)left : FRAME_DATA_MAX;
	uint8_t bytes[16];
	struct wbuf head;
	enum err e;

	if (!hasher_reach(&s->hasher, h->chunk[slot], at + n))
		return ERR_SYS;
	e = data_head(&head, bytes, sizeof(bytes), slot);
	if (!e)
		e = link_send_file(link_of(s, h->server), h->id, OP_STAGE_DATA,
				   &head, s->source->fd,
				   (off_t)(c->offset + at), n);
	if (!e)
		h->sent[slot] += n;
	return e;
}

static bool on_feed(void *arg)
{
	struct stage_home *h = arg;
	struct stage *s = h->stage;
	unsigned slot;
	enum err e = ERR_OK;

	if (next_slot(h, &slot))
		e = send_piece(h, slot);
	if (e == ERR_SYS) {
		give_up(s, s->hasher.fault);
		return false;
	}
	if (e == ERR_MEMORY)
		link_fail(link_of(s, h->server), "no memory");
	if (e)
		return false;
	if (next_slot(h, &slot))
		return true;
	after_last_piece(s);
	return false;
}

static enum err begin_home(struct stage *s, unsigned server)
{
	struct stage_home *h = &s->homes[s->home_count++];
	struct link *k = link_of(s, server);
	enum err e;

	*h = (struct stage_home){.stage = s, .server = server, .ended = true};
	h->feeder.feed = on_feed;
	h->feeder.arg = h;
	h->chunk[0] = first_of(s, server);
	h->chunk[1] = layout_next(h->chunk[0], s->order.version.y);
	h->id = ask(s, server);
	if (!h->id)
		return ERR_CLOSED;
	e = send_begin(s, server, h->id);
	if (e) {
		link_forget(k, h->id);
		return e;
	}
	h->ended = false;
	link_feed(k, &h->feeder);
	return ERR_OK;
}

/* The whole */

static bool prepare(struct stage *s, const struct digest *digests)
{
	const struct version *v = &s->order.version;

	if (hasher_begin(&s->hasher, v->y, v->alg, digests) != ERR_OK)
		return false;
	if (!s->source->bytes) {
		s->homes = calloc(mask_count(s->order.to), sizeof(*s->homes));
		return s->homes != NULL;
	}
	digests_are_known(s);
	return true;
}

uint64_t stage_begin(struct stage *s, const struct quorum_order *o,
		     const struct digest *digests)
{
	struct task *task = s->task;
	uint64_t lost = 0;

	stage_stop(s);
	s->begun = true;
	s->order = *o;
	s->turn = layout_turn(task->name, task->name_len, o->version.y);
	if (!prepare(s, digests)) {
		stage_stop(s);
		give_up(s, "no memory");
		return 0;
	}
	for (unsigned i = 0; i < task->cluster->count; i++) {
		enum err e;

		if (!(o->to >> i & 1))
			continue;
		e = s->homes ? begin_home(s, i) : send_small(s, i);
		if (e)
			lost |= UINT64_C(1) << i;
	}
	return lost;
}

void stage_init(struct stage *s, struct task *task, const struct source *source)
{
	*s = (struct stage){.task = task, .source = source};
	hasher_init(&s->hasher, source);
	s->idle.fire = on_idle;
	s->idle.arg = s;
}

uint64_t stage_moved(const struct stage *s)
{
	uint64_t sent = 0;

	for (unsigned i = 0; i < s->home_count; i++)
		sent += s->homes[i].sent[0] + s->homes[i].sent[1];
	return sent / 2;
}

void stage_stop(struct stage *s)
{
	if (!s->begun)
		return;
	s->begun = false;
	loop_disarm(&s->idle);
	cluster_forget(s->task->cluster, s, CALL_ANY);
	for (unsigned i = 0; i < s->home_count; i++)
		end_home(&s->homes[i]);
	free(s->homes);
	s->homes = NULL;
	s->home_count = 0;
	hasher_end(&s->hasher);
}

void stage_detach(struct stage *s)
{
	const struct cluster *c = s->task->cluster;

	for (unsigned i = 0; s->source->fd >= 0 && i < c->count; i++)
		link_detach_file(link_of(s, i), s->source->fd);
}

void stage_release(struct stage *s)
{
	stage_stop(s);
	stage_detach(s);
	hasher_release(&s->hasher);
}
