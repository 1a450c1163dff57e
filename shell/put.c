#include "put.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_MAX 4096
#define BLOCK_SIZE (256u << 10) /* read and hashed at once */
#define IDLE_SIZE (4u << 20)	/* hashed in a turn without sending */

/* A chunk of a large file on its way into the digest. */
struct put_chunk {
	uint64_t offset;
	uint64_t len;
	uint64_t hashed;
	struct digest_state *state;
};

/* A server of the stripe that a large file goes to. */
struct put_home {
	struct put *put;
	struct link_feeder feeder;
	unsigned server;
	unsigned chunk[2];
	uint64_t sent[2];
	uint32_t id;
	bool ended; /* STAGE_END is sent, or never will be */
};

struct put {
	struct task task;
	struct source source;
	const char *fault;
	char fault_text[128];

	/* The attempt. */
	unsigned y;
	unsigned turn;
	struct digest digests[LAYOUT_MAX];
	unsigned unhashed; /* chunks without their digest */
	/* Of a large file: */
	struct put_chunk *chunks;
	struct put_home *homes;
	struct loop_timer idle;
	uint8_t *block;
};

static struct put *put_of(struct task *task)
{
	return (struct put *)task;
}

/* The frames of a stage */

static enum err send_begin(struct put *p, unsigned server, uint32_t id,
			   const struct quorum_order *o)
{
	unsigned place = quorum_place(o->stripe, server);
	struct msg_stage_begin m = {.name = task_name(&p->task)};
	uint8_t head[HEAD_MAX];
	struct wbuf b;
	enum err e;

	quorum_context(&p->task.q, server, &m.context);
	m.record = (struct record){
		.v = o->version,
		.state = RECORD_STAGED,
		.place = (uint8_t)place,
		.first = (uint8_t)layout_first(place, p->turn, p->y),
		.have = 3};
	memset(&m.record.v.root, 0, sizeof(m.record.v.root));
	wbuf_init(&b, head, sizeof(head));
	e = msg_stage_begin_put(&b, &m);
	return e ? e
		 : link_send(&p->task.cluster->links[server], id,
			     OP_STAGE_BEGIN, &b, NULL);
}

static enum err send_end(struct put *p, unsigned server, uint32_t id)
{
	struct msg_stage_end m = {.alg = p->task.q.version.alg,
				  .y = (uint8_t)p->y};
	uint8_t head[HEAD_MAX];
	struct wbuf b;
	enum err e;

	memcpy(m.chunks, p->digests, p->y * sizeof(m.chunks[0]));
	wbuf_init(&b, head, sizeof(head));
	e = msg_stage_end_put(&b, &m);
	return e ? e
		 : link_send(&p->task.cluster->links[server], id, OP_STAGE_END,
			     &b, NULL);
}

static enum err data_head(struct wbuf *b, uint8_t *head, size_t size,
			  unsigned slot)
{
	wbuf_init(b, head, size);
	return msg_stage_data_put(
		b, &(struct msg_stage_data){.slot = (uint8_t)slot});
}

static void digests_are_known(struct put *p)
{
	digest_root(p->task.q.version.alg, p->digests, p->y,
		    &p->task.q.version.root);
}

/* Small files */

static enum err send_slot(struct put *p, unsigned server, uint32_t id,
			  unsigned slot)
{
	unsigned place = quorum_place(p->task.q.stripe, server);
	unsigned chunk = layout_first(place, p->turn, p->y);
	struct wbuf head, body;
	uint8_t bytes[16];
	enum err e;

	if (slot)
		chunk = layout_next(chunk, p->y);
	body.data =
		p->source.bytes + layout_offset(p->source.size, p->y, chunk);
	body.len = body.cap = layout_length(p->source.size, p->y, chunk);
	if (body.len == 0)
		return ERR_OK;
	e = data_head(&head, bytes, sizeof(bytes), slot);
	return e ? e
		 : link_send(&p->task.cluster->links[server], id, OP_STAGE_DATA,
			     &head, &body);
}

static enum err send_small(struct put *p, unsigned server,
			   const struct quorum_order *o)
{
	struct call call = task_call(&p->task, server, WHAT_STAGE, o->round);
	struct link *k = &p->task.cluster->links[server];
	uint32_t id = link_ask(k, &call);
	enum err e;

	if (!id)
		return ERR_CLOSED;
	e = send_begin(p, server, id, o);
	for (unsigned slot = 0; !e && slot < 2; slot++)
		e = send_slot(p, server, id, slot);
	if (!e)
		e = send_end(p, server, id);
	if (e)
		link_forget(k, id);
	return e;
}

static uint64_t stage_small(struct put *p, const struct quorum_order *o)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < p->y; i++)
		digest_of(o->version.alg,
			  p->source.bytes +
				  layout_offset(p->source.size, p->y, i),
			  layout_length(p->source.size, p->y, i),
			  &p->digests[i]);
	digests_are_known(p);
	for (unsigned i = 0; i < p->task.cluster->count; i++)
		if ((o->to >> i & 1) && send_small(p, i, o) != ERR_OK)
			lost |= UINT64_C(1) << i;
	return lost;
}

/* Large files: digests */

static void give_up(struct put *p, const char *why)
{
	p->fault = why;
	task_cancel(&p->task, REASON_LOCAL);
}

/* Brings a chunk's digest up to `to`; false when the file cannot be read. */
static bool hash_to(struct put *p, struct put_chunk *c, uint64_t to)
{
	while (c->hashed < to) {
		uint64_t left = to - c->hashed;
		size_t want = left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE;
		ssize_t n = pread(p->source.fd, p->block, want,
				  (off_t)(c->offset + c->hashed));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			p->fault = strerror_r(errno, p->fault_text,
					      sizeof(p->fault_text));
			return false;
		}
		if (n == 0) {
			p->fault = "changed while reading";
			return false;
		}
		digest_update(c->state, p->block, (size_t)n);
		c->hashed += (uint64_t)n;
	}
	if (c->hashed == c->len && c->state) {
		digest_final(c->state, &p->digests[c - p->chunks]);
		digest_free(c->state);
		c->state = NULL;
		p->unhashed--;
	}
	return true;
}

static bool home_has_sent(const struct put *p, const struct put_home *h)
{
	return h->sent[0] == p->chunks[h->chunk[0]].len &&
	       h->sent[1] == p->chunks[h->chunk[1]].len;
}

/* All digests are there: ends the stages whose bytes are all on their way. */
static void end_homes(struct put *p)
{
	for (unsigned i = 0; i < p->y; i++) {
		struct put_home *h = &p->homes[i];

		if (h->ended || !home_has_sent(p, h))
			continue;
		h->ended = true;
		/* A link that is down has told so, or will. */
		if (send_end(p, h->server, h->id) == ERR_MEMORY) {
			link_fail(&p->task.cluster->links[h->server],
				  "no memory");
			return; /* that ends the attempt */
		}
	}
}

/* The last digest has been made. */
static void hashed_all(struct put *p)
{
	if (source_has_changed(&p->source)) {
		give_up(p, "changed while reading");
		return;
	}
	digests_are_known(p);
	end_homes(p);
}

/* A server has all its bytes and waits for digests: the others' chunks are
 * hashed ahead of their sending. */
static void on_idle(void *arg)
{
	struct put *p = arg;
	uint64_t budget = IDLE_SIZE;

	for (unsigned i = 0; i < p->y && budget > 0; i++) {
		struct put_chunk *c = &p->chunks[i];
		uint64_t left = c->len - c->hashed;
		uint64_t some = left < budget ? left : budget;

		if (some > 0 && !hash_to(p, c, c->hashed + some)) {
			give_up(p, p->fault);
			return;
		}
		budget -= some;
	}
	if (p->unhashed == 0)
		hashed_all(p);
	else
		loop_arm(p->task.cluster->loop, &p->idle, 0);
}

/* Large files: sending */

/* The slot that is behind; false when both are sent. */
static bool next_slot(const struct put *p, const struct put_home *h,
		      unsigned *slot)
{
	uint64_t left[2];

	for (unsigned i = 0; i < 2; i++)
		left[i] = p->chunks[h->chunk[i]].len - h->sent[i];
	if (left[0] == 0 && left[1] == 0)
		return false;
	*slot = left[1] == 0 || (left[0] && h->sent[0] <= h->sent[1]) ? 0 : 1;
	return true;
}

static enum err send_piece(struct put *p, struct put_home *h, unsigned slot)
{
	struct put_chunk *c = &p->chunks[h->chunk[slot]];
	uint64_t left = c->len - h->sent[slot];
	size_t n = left < FRAME_DATA_MAX ? (size_t)left : FRAME_DATA_MAX;
	uint64_t at = h->sent[slot];
	uint8_t bytes[16];
	struct wbuf head;
	enum err e;

	if (c->hashed < at + n && !hash_to(p, c, at + n))
		return ERR_SYS;
	e = data_head(&head, bytes, sizeof(bytes), slot);
	if (!e)
		e = link_send_file(&p->task.cluster->links[h->server], h->id,
				   OP_STAGE_DATA, &head, p->source.fd,
				   (off_t)(c->offset + at), n);
	if (!e)
		h->sent[slot] += n;
	return e;
}

static void after_last_piece(struct put *p)
{
	if (p->unhashed == 0)
		hashed_all(p);
	else
		loop_arm(p->task.cluster->loop, &p->idle, 0);
}

static bool on_feed(void *arg)
{
	struct put_home *h = arg;
	struct put *p = h->put;
	unsigned slot;
	enum err e = ERR_OK;

	if (next_slot(p, h, &slot))
		e = send_piece(p, h, slot);
	if (e == ERR_SYS) {
		give_up(p, p->fault);
		return false;
	}
	if (e == ERR_MEMORY)
		link_fail(&p->task.cluster->links[h->server], "no memory");
	if (e)
		return false;
	if (next_slot(p, h, &slot))
		return true;
	after_last_piece(p);
	return false;
}

static void drop_attempt(struct put *p)
{
	loop_disarm(&p->idle);
	for (unsigned i = 0; p->homes && i < p->y; i++)
		link_unfeed(&p->task.cluster->links[p->homes[i].server],
			    &p->homes[i].feeder);
	for (unsigned i = 0; p->chunks && i < p->y; i++)
		digest_free(p->chunks[i].state);
	free(p->homes);
	free(p->chunks);
	p->homes = NULL;
	p->chunks = NULL;
}

static bool make_attempt(struct put *p, enum digest_alg alg)
{
	p->chunks = calloc(p->y, sizeof(*p->chunks));
	p->homes = calloc(p->y, sizeof(*p->homes));
	if (!p->block)
		p->block = malloc(BLOCK_SIZE);
	if (!p->chunks || !p->homes || !p->block)
		return false;
	p->unhashed = p->y;
	for (unsigned i = 0; i < p->y; i++) {
		struct put_chunk *c = &p->chunks[i];

		c->offset = layout_offset(p->source.size, p->y, i);
		c->len = layout_length(p->source.size, p->y, i);
		c->state = digest_new(alg);
		if (!c->state)
			return false;
	}
	return true;
}

static enum err begin_home(struct put *p, unsigned server,
			   const struct quorum_order *o)
{
	unsigned place = quorum_place(o->stripe, server);
	struct put_home *h = &p->homes[place];
	struct link *k = &p->task.cluster->links[server];
	struct call call = task_call(&p->task, server, WHAT_STAGE, o->round);
	enum err e;

	*h = (struct put_home){.put = p, .server = server, .ended = true};
	h->feeder.feed = on_feed;
	h->feeder.arg = h;
	h->chunk[0] = layout_first(place, p->turn, p->y);
	h->chunk[1] = layout_next(h->chunk[0], p->y);
	h->id = link_ask(k, &call);
	if (!h->id)
		return ERR_CLOSED;
	e = send_begin(p, server, h->id, o);
	if (e) {
		link_forget(k, h->id);
		return e;
	}
	h->ended = false;
	link_feed(k, &h->feeder);
	return ERR_OK;
}

static uint64_t stage_large(struct put *p, const struct quorum_order *o)
{
	uint64_t lost = 0;

	if (!make_attempt(p, o->version.alg)) {
		drop_attempt(p);
		give_up(p, "no memory");
		return 0;
	}
	for (unsigned i = 0; i < p->task.cluster->count; i++)
		if ((o->to >> i & 1) && begin_home(p, i, o) != ERR_OK)
			lost |= UINT64_C(1) << i;
	return lost;
}

/* The kind */

static uint64_t on_stage(struct task *task, const struct quorum_order *o)
{
	struct put *p = put_of(task);

	drop_attempt(p);
	p->y = o->version.y;
	p->turn = layout_turn(task->name, task->name_len, p->y);
	return p->source.bytes ? stage_small(p, o) : stage_large(p, o);
}

static void on_unstage(struct task *task)
{
	drop_attempt(put_of(task));
}

static void on_free(struct task *task)
{
	struct put *p = put_of(task);

	drop_attempt(p);
	if (p->source.fd >= 0) {
		for (unsigned i = 0; i < task->cluster->count; i++)
			link_detach_file(&task->cluster->links[i],
					 p->source.fd);
	}
	source_close(&p->source);
	task_release(task);
	free(p->block);
	free(p);
}

static const struct task_kind kind = {
	.stage = on_stage,
	.unstage = on_unstage,
	.free = on_free,
};

struct put *put_new(struct cluster *c, struct source *s, const char *name,
		    size_t name_len)
{
	struct put *p = calloc(1, sizeof(*p));
	struct quorum_settings settings = {.kind = QUORUM_PUT};

	if (!p)
		return NULL;
	settings.version.size = s->size;
	settings.version.mtime_ns = s->mtime_ns;
	settings.version.mode = s->mode;
	settings.version.alg = (uint8_t)c->settings->digest;
	task_init(&p->task, c, &kind, &settings);
	task_set_name(&p->task, name, name_len);
	p->task.large = !s->bytes;
	p->task.bytes = s->bytes ? s->size + sizeof(*p) : sizeof(*p);
	p->source = *s;
	*s = (struct source){.fd = -1};
	p->idle.fire = on_idle;
	p->idle.arg = p;
	return p;
}

struct task *put_task(struct put *p)
{
	return &p->task;
}

const char *put_fault(const struct task *task)
{
	return ((const struct put *)task)->fault;
}
