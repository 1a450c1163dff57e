#include "get.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RANGE_SIZE (16u << 20) /* bytes asked for at once */
#define LANES 2
#define TRIES_MAX 8 /* whole receptions of one chunk */

/*
 * A request for bytes of a chunk that is on its way.  A second lane runs
 * beside a slow server; whatever comes first is taken.
 */
struct get_lane {
	bool running;
	unsigned server;
	uint32_t id;
	uint64_t at;  /* where its next byte belongs */
	uint64_t end; /* and its last one ends */
	bool refused;
};

struct get_chunk {
	uint64_t offset;
	uint64_t len;
	uint64_t have;		    /* received, written and hashed */
	struct digest_state *state; /* NULL: hashed at the end, in memory */
	struct digest want;
	struct digest got;
	uint64_t without; /* servers that cannot deliver it */
	uint64_t from;	  /* servers whose bytes are in it */
	unsigned tries;
	struct get_lane lanes[LANES];
};

struct get {
	struct task task;
	struct target target;
	struct version version; /* that is being fetched */
	struct get_chunk *chunks;
	unsigned y;
	unsigned left;		   /* chunks that are not whole */
	unsigned load[LAYOUT_MAX]; /* lanes per server */
	uint64_t liars; /* servers whose digests do not fit the version */
	bool corruption;
	enum err fault;
	int fault_errno;
};

static void on_body(const struct call *c, const struct call_event *e);
static bool ask_somebody(struct get *g, unsigned index);

static struct get *get_of(struct task *task)
{
	return (struct get *)task;
}

static uint64_t bit(unsigned server)
{
	return UINT64_C(1) << server;
}

static void drop_chunks(struct get *g)
{
	cluster_forget(g->task.cluster, &g->task, WHAT_FETCH);
	for (unsigned i = 0; g->chunks && i < g->y; i++)
		digest_free(g->chunks[i].state);
	free(g->chunks);
	g->chunks = NULL;
	memset(g->load, 0, sizeof(g->load));
}

static void fail_here(struct get *g, enum err e)
{
	g->fault = e;
	g->fault_errno = errno;
	drop_chunks(g);
	task_cancel(&g->task, REASON_LOCAL);
}

static void tell(struct get *g, enum quorum_event_kind kind)
{
	drop_chunks(g);
	task_tell(&g->task, kind);
}

/* Digests */

static const struct digest *digest_at(const struct get *g, unsigned server,
				      unsigned chunk)
{
	const struct quorum_server *s = &g->task.q.servers[server];
	struct held held = {s->records, s->count};

	if (!s->answered || !(g->task.q.found.holders[chunk] & bit(server)))
		return NULL;
	return found_digest(&g->task.q.found, &held, chunk);
}

/* The digests that all servers but `without` give: do they make the root? */
static bool digests_fit(struct get *g, uint64_t without)
{
	struct digest all[LAYOUT_MAX];
	struct digest root;

	for (unsigned i = 0; i < g->y; i++) {
		const struct digest *d = NULL;

		for (unsigned s = 0; !d && s < g->task.cluster->count; s++)
			if (!(without & bit(s)))
				d = digest_at(g, s, i);
		if (!d)
			return false;
		all[i] = *d;
	}
	digest_root(g->version.alg, all, g->y, &root);
	if (!digest_equal(&root, &g->version.root))
		return false;
	for (unsigned i = 0; i < g->y; i++)
		g->chunks[i].want = all[i];
	return true;
}

/* Chooses the digests to check with; a server whose own do not fit is not
 * asked for anything. */
static bool choose_digests(struct get *g)
{
	g->liars = 0;
	if (digests_fit(g, 0))
		return true;
	for (unsigned s = 0; s < g->task.cluster->count; s++) {
		if (digests_fit(g, bit(s))) {
			g->liars = bit(s);
			g->corruption = true;
			return true;
		}
	}
	return false;
}

/* Lanes */

static uint64_t lane_servers(const struct get_chunk *c)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < LANES; i++)
		if (c->lanes[i].running)
			some |= bit(c->lanes[i].server);
	return some;
}

static void end_lane(struct get *g, struct get_lane *l)
{
	if (!l->running)
		return;
	l->running = false;
	g->load[l->server]--;
}

/* Of all servers but one (count of the cluster: of all). */
static void forget_lanes(struct get *g, struct get_chunk *c, unsigned but)
{
	for (unsigned i = 0; i < LANES; i++) {
		struct get_lane *l = &c->lanes[i];

		if (!l->running || l->server == but)
			continue;
		link_forget(&g->task.cluster->links[l->server], l->id);
		end_lane(g, l);
	}
}

static bool open_lane(struct get *g, unsigned index, unsigned lane,
		      unsigned server)
{
	struct get_chunk *c = &g->chunks[index];
	struct get_lane *l = &c->lanes[lane];
	struct link *k = &g->task.cluster->links[server];
	struct msg_fetch m = {.cluster = g->task.q.view.cluster,
			      .name = task_name(&g->task),
			      .tag = g->version.tag,
			      .chunk = (uint8_t)index,
			      .offset = c->have};
	struct call call = {.event = on_body,
			    .arg = &g->task,
			    .server = server,
			    .what = WHAT_FETCH,
			    .round = index * LANES + lane};
	uint8_t head[NAME_MAX_BYTES + 256];
	struct wbuf b;
	uint32_t id;

	m.len = c->len - c->have < RANGE_SIZE ? c->len - c->have : RANGE_SIZE;
	wbuf_init(&b, head, sizeof(head));
	if (msg_fetch_put(&b, &m) != ERR_OK)
		return false;
	id = link_ask(k, &call);
	if (!id)
		return false;
	if (link_send(k, id, OP_FETCH, &b, NULL) != ERR_OK) {
		link_forget(k, id);
		return false;
	}
	*l = (struct get_lane){.running = true,
			       .server = server,
			       .id = id,
			       .at = c->have,
			       .end = c->have + m.len};
	g->load[server]++;
	return true;
}

/* The holder that has least to do, slow ones last; count: none. */
static unsigned choose_holder(const struct get *g, uint64_t among)
{
	unsigned count = g->task.cluster->count;
	unsigned best = count;
	unsigned best_load = UINT32_MAX;

	for (unsigned s = 0; s < count; s++) {
		const struct link *k = &g->task.cluster->links[s];
		unsigned load = g->load[s] + (k->slow ? 1000 : 0);

		if (!(among & bit(s)) || k->state != LINK_UP)
			continue;
		if (load < best_load) {
			best = s;
			best_load = load;
		}
	}
	return best;
}

static uint64_t candidates(const struct get *g, unsigned index)
{
	const struct get_chunk *c = &g->chunks[index];

	return g->task.q.found.holders[index] & ~c->without & ~g->liars &
	       ~lane_servers(c);
}

/* False when nobody is left to ask. */
static bool ask_somebody(struct get *g, unsigned index)
{
	struct get_chunk *c = &g->chunks[index];
	unsigned lane = c->lanes[0].running ? 1 : 0;

	for (;;) {
		unsigned s = choose_holder(g, candidates(g, index));

		if (s == g->task.cluster->count)
			return lane_servers(c) != 0;
		if (open_lane(g, index, lane, s))
			return true;
		c->without |= bit(s);
	}
}

/* Bytes */

static void start_chunk_over(struct get_chunk *c)
{
	c->have = 0;
	c->from = 0;
	if (c->state)
		digest_reset(c->state);
}

/* All bytes of a chunk are there; false when they are wrong and nobody has
 * better ones. */
static bool chunk_is_whole(struct get *g, unsigned index)
{
	struct get_chunk *c = &g->chunks[index];

	forget_lanes(g, c, g->task.cluster->count);
	if (c->state)
		digest_final(c->state, &c->got);
	else
		digest_of(g->version.alg, g->target.bytes + c->offset, c->len,
			  &c->got);
	if (digest_equal(&c->got, &c->want)) {
		g->left--;
		return true;
	}
	g->corruption = true;
	/* Of two servers' bytes it is not known whose are wrong: the next
	 * reception is of one alone, as far as it lives. */
	if (mask_count(c->from) == 1)
		c->without |= c->from;
	start_chunk_over(c);
	return ++c->tries < TRIES_MAX && ask_somebody(g, index);
}

/* Takes the part of a lane's bytes that is new.  False: the operation has
 * gone on to something else. */
static bool take_bytes(struct get *g, unsigned index, struct get_lane *l,
		       const struct call_event *e)
{
	struct get_chunk *c = &g->chunks[index];
	const uint8_t *data = e->data;
	uint64_t len = e->len;
	enum err bad;

	if (len > l->end - l->at) {
		link_fail(&g->task.cluster->links[l->server],
			  "sent more bytes than were asked for");
		return false;
	}
	l->at += len;
	if (l->at <= c->have)
		return true; /* the other lane was faster */
	if (len > l->at - c->have) {
		data += len - (l->at - c->have);
		len = l->at - c->have;
	}
	bad = target_write(&g->target, c->offset + c->have, data, len);
	if (bad) {
		fail_here(g, bad);
		return false;
	}
	if (c->state)
		digest_update(c->state, data, len);
	c->have += len;
	c->from |= bit(l->server);
	forget_lanes(g, c, l->server);
	return true;
}

static void refused(struct get *g, unsigned index, struct get_lane *l,
		    enum status status)
{
	struct get_chunk *c = &g->chunks[index];

	l->refused = true;
	if (status == ST_CORRUPT)
		g->corruption = true;
	c->without |= bit(l->server);
}

/* A lane has ended, well or not: what now? */
static void after_lane(struct get *g, unsigned index)
{
	struct get_chunk *c = &g->chunks[index];
	bool more = true;

	if (lane_servers(c) != 0)
		return;
	if (c->have < c->len)
		more = ask_somebody(g, index);
	else
		more = chunk_is_whole(g, index);
	if (!more)
		tell(g, EVENT_FETCH_SHORT);
	else if (g->left == 0)
		tell(g, EVENT_FETCHED);
}

static void on_body(const struct call *call, const struct call_event *e)
{
	struct get *g = get_of(call->arg);
	unsigned index = call->round / LANES;
	struct get_chunk *c = &g->chunks[index];
	struct get_lane *l = &c->lanes[call->round % LANES];

	switch (e->what) {
	case CALL_HEAD:
		if (e->frame->status == ST_GONE)
			tell(g, EVENT_FETCH_GONE);
		else if (e->frame->status != ST_OK)
			refused(g, index, l, (enum status)e->frame->status);
		else if (e->len != 0)
			link_fail(&g->task.cluster->links[l->server],
				  "sent what is no answer");
		return;
	case CALL_BODY:
		if (!l->refused)
			take_bytes(g, index, l, e);
		return;
	case CALL_LOST:
		c->without |= bit(l->server);
		break;
	case CALL_END:
		if (l->at < l->end)
			c->without |= bit(l->server); /* short: no good */
		break;
	}
	end_lane(g, l);
	after_lane(g, index);
}

/* The kind */

static bool make_chunks(struct get *g)
{
	g->chunks = calloc(g->y, sizeof(*g->chunks));
	if (!g->chunks)
		return false;
	for (unsigned i = 0; i < g->y; i++) {
		struct get_chunk *c = &g->chunks[i];

		c->offset = layout_offset(g->version.size, g->y, i);
		c->len = layout_length(g->version.size, g->y, i);
		if (g->target.bytes)
			continue;
		c->state = digest_new(g->version.alg);
		if (!c->state)
			return false;
	}
	return true;
}

/* Empty chunks are whole at once, all others are asked for. */
static void ask_all(struct get *g)
{
	for (unsigned i = 0; i < g->y; i++) {
		bool good = g->chunks[i].len == 0 ? chunk_is_whole(g, i)
						  : ask_somebody(g, i);

		if (!good) {
			tell(g, EVENT_FETCH_SHORT);
			return;
		}
	}
	if (g->left == 0)
		tell(g, EVENT_FETCHED);
}

static void on_fetch(struct task *task)
{
	struct get *g = get_of(task);
	enum err e;

	drop_chunks(g);
	g->version = task->q.found.version;
	g->y = g->version.y;
	g->left = g->y;
	e = target_begin(&g->target, g->version.size);
	if (!e && !make_chunks(g))
		e = ERR_MEMORY;
	if (e)
		fail_here(g, e);
	else if (!choose_digests(g))
		tell(g, EVENT_FETCH_SHORT);
	else
		ask_all(g);
}

/* Its twins are asked too. */
static void on_slow(struct task *task, unsigned server)
{
	struct get *g = get_of(task);

	for (unsigned i = 0; g->chunks && i < g->y; i++) {
		struct get_chunk *c = &g->chunks[i];

		if (lane_servers(c) == bit(server))
			ask_somebody(g, i);
	}
}

static void on_free(struct task *task)
{
	struct get *g = get_of(task);

	drop_chunks(g);
	target_close(&g->target);
	task_release(task);
	free(g);
}

static const struct task_kind kind = {
	.fetch = on_fetch,
	.slow = on_slow,
	.free = on_free,
};

struct get *get_new(struct cluster *c, struct target *t, const char *name,
		    size_t name_len)
{
	struct get *g = calloc(1, sizeof(*g));
	struct quorum_settings settings = {.kind = QUORUM_GET};

	if (!g)
		return NULL;
	task_init(&g->task, c, &kind, &settings);
	task_set_name(&g->task, name, name_len);
	g->task.bytes = sizeof(*g) + TARGET_SMALL_MAX;
	g->target = *t;
	*t = (struct target){.dir = -1, .stream = -1, .fd = -1};
	return g;
}

struct task *get_task(struct get *g)
{
	return &g->task;
}

enum err get_finish(struct task *task)
{
	struct get *g = get_of(task);

	return target_finish(&g->target, g->version.mtime_ns, g->version.mode);
}

bool get_saw_corruption(const struct task *task)
{
	return ((const struct get *)task)->corruption;
}

enum err get_fault(const struct task *task, int *error)
{
	const struct get *g = (const struct get *)task;

	*error = g->fault_errno;
	return g->fault;
}
