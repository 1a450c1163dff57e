#include "fetch.h"

#include "proof.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RANGE_SIZE (16u << 20) /* bytes asked for at once */
#define RANGE_MIN (64u << 10)
#define LANES 2
#define TRIES_MAX 8 /* whole receptions of one chunk */

/*
 * A request for bytes of a chunk that is on its way.  A second lane runs
 * beside a slow server; whatever comes first is taken.
 */
struct fetch_lane {
	bool running;
	unsigned server;
	uint32_t id;
	uint64_t at;  /* where its next byte belongs */
	uint64_t end; /* and its last one ends */
	bool refused;
};

struct fetch_chunk {
	uint64_t offset;
	uint64_t len;
	uint64_t have;		    /* received, written and hashed */
	struct digest_state *state; /* NULL: hashed at the end, in memory */
	uint64_t without;	    /* servers that cannot deliver it */
	uint64_t from;		    /* servers whose bytes are in it */
	uint64_t old;		    /* bytes that were there before */
	unsigned tries;
	struct fetch_lane lanes[LANES];
};

static uint64_t bit(unsigned server)
{
	return UINT64_C(1) << server;
}

void fetch_stop(struct fetch *f)
{
	if (!f->chunks)
		return;
	cluster_forget(f->task->cluster, f, CALL_ANY);
	for (unsigned i = 0; i < f->y; i++)
		digest_free(f->chunks[i].state);
	free(f->chunks);
	f->chunks = NULL;
	memset(f->load, 0, sizeof(f->load));
}

void fetch_fail(struct fetch *f, enum err e)
{
	f->fault = e;
	f->fault_errno = errno;
	fetch_stop(f);
	task_cancel(f->task, REASON_LOCAL);
}

static void tell(struct fetch *f, enum quorum_event_kind kind)
{
	fetch_stop(f);
	task_tell(f->task, kind);
}

/* Lanes */

static uint64_t lane_servers(const struct fetch_chunk *c)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < LANES; i++)
		if (c->lanes[i].running)
			some |= bit(c->lanes[i].server);
	return some;
}

static void end_lane(struct fetch *f, struct fetch_lane *l)
{
	if (!l->running)
		return;
	l->running = false;
	f->load[l->server]--;
}

/* Where bytes come slowly, no more than what lies in sockets meanwhile: a
 * server gives up on whom it cannot send anything to for long. */
static uint64_t range_of(const struct fetch *f)
{
	uint64_t rate = f->task->cluster->pace.rate;
	uint64_t most = rate ? rate / 4 : RANGE_SIZE;

	if (most > RANGE_SIZE)
		return RANGE_SIZE;
	return most < RANGE_MIN ? RANGE_MIN : most;
}

/* Of all servers but one (count of the cluster: of all). */
static void forget_lanes(struct fetch *f, struct fetch_chunk *c, unsigned but)
{
	for (unsigned i = 0; i < LANES; i++) {
		struct fetch_lane *l = &c->lanes[i];

		if (!l->running || l->server == but)
			continue;
		link_forget(&f->task->cluster->links[l->server], l->id);
		end_lane(f, l);
	}
}

static void on_body(const struct call *c, const struct call_event *e);

static bool open_lane(struct fetch *f, unsigned index, unsigned lane,
		      unsigned server)
{
	struct fetch_chunk *c = &f->chunks[index];
	struct fetch_lane *l = &c->lanes[lane];
	struct link *k = &f->task->cluster->links[server];
	uint64_t range = range_of(f);
	struct msg_fetch m = {.cluster = f->task->q.view.cluster,
			      .name = task_name(f->task),
			      .tag = f->version.tag,
			      .chunk = (uint8_t)index,
			      .offset = c->have};
	struct call call = {.event = on_body,
			    .arg = f,
			    .server = server,
			    .what = WHAT_FETCH,
			    .round = index * LANES + lane};
	uint8_t head[NAME_MAX_BYTES + 256];
	struct wbuf b;
	uint32_t id;

	m.len = c->len - c->have < range ? c->len - c->have : range;
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
	*l = (struct fetch_lane){.running = true,
				 .server = server,
				 .id = id,
				 .at = c->have,
				 .end = c->have + m.len};
	f->load[server]++;
	return true;
}

/* The holder that has least to do, slow ones last; count: none. */
static unsigned choose_holder(const struct fetch *f, uint64_t among)
{
	unsigned count = f->task->cluster->count;
	unsigned best = count;
	unsigned best_load = UINT32_MAX;

	for (unsigned s = 0; s < count; s++) {
		const struct link *k = &f->task->cluster->links[s];
		unsigned load = f->load[s] + (k->slow ? 1000 : 0);

		if (!(among & bit(s)) || k->state != LINK_UP)
			continue;
		if (load < best_load) {
			best = s;
			best_load = load;
		}
	}
	return best;
}

static uint64_t candidates(const struct fetch *f, unsigned index)
{
	const struct fetch_chunk *c = &f->chunks[index];

	return f->task->q.found.holders[index] & ~c->without & ~f->liars &
	       ~lane_servers(c);
}

/* False when nobody is left to ask. */
static bool ask_somebody(struct fetch *f, unsigned index)
{
	struct fetch_chunk *c = &f->chunks[index];
	unsigned lane = c->lanes[0].running ? 1 : 0;

	for (;;) {
		unsigned s = choose_holder(f, candidates(f, index));

		if (s == f->task->cluster->count)
			return lane_servers(c) != 0;
		if (open_lane(f, index, lane, s))
			return true;
		c->without |= bit(s);
	}
}

/* Bytes */

static void start_chunk_over(struct fetch *f, struct fetch_chunk *c)
{
	f->moved -= c->have;
	f->resumed -= c->old;
	c->have = 0;
	c->from = 0;
	c->old = 0;
	if (c->state)
		digest_reset(c->state);
}

/* All bytes of a chunk are there; false when they are wrong and nobody has
 * better ones. */
static bool chunk_is_whole(struct fetch *f, unsigned index)
{
	struct fetch_chunk *c = &f->chunks[index];
	struct digest got;

	forget_lanes(f, c, f->task->cluster->count);
	if (c->state)
		digest_final(c->state, &got);
	else
		digest_of(f->version.alg, f->bytes + c->offset, c->len, &got);
	if (digest_equal(&got, &f->digests[index])) {
		f->left--;
		return true;
	}
	/* Of two servers' bytes, or those and what was there before, it is
	 * not known whose are wrong: the next reception is of one alone, as
	 * far as it lives. */
	if (mask_count(c->from) == 1 && c->old == 0) {
		c->without |= c->from;
		f->corrupt |= c->from;
	}
	start_chunk_over(f, c);
	return ++c->tries < TRIES_MAX && ask_somebody(f, index);
}

/* Takes the part of a lane's bytes that is new.  False: the operation has
 * gone on to something else. */
static bool take_bytes(struct fetch *f, unsigned index, struct fetch_lane *l,
		       const struct call_event *e)
{
	struct fetch_chunk *c = &f->chunks[index];
	const uint8_t *data = e->data;
	uint64_t len = e->len;
	enum err bad;

	if (len > l->end - l->at) {
		link_fail(&f->task->cluster->links[l->server],
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
	bad = f->write(f->arg, c->offset + c->have, data, len);
	if (bad) {
		fetch_fail(f, bad);
		return false;
	}
	if (c->state)
		digest_update(c->state, data, len);
	c->have += len;
	f->moved += len;
	c->from |= bit(l->server);
	forget_lanes(f, c, l->server);
	return true;
}

static void refused(struct fetch *f, unsigned index, struct fetch_lane *l,
		    enum status status)
{
	struct fetch_chunk *c = &f->chunks[index];

	l->refused = true;
	if (status == ST_CORRUPT)
		f->corrupt |= bit(l->server);
	c->without |= bit(l->server);
}

static void ask_all(struct fetch *f, uint64_t wanted);

/* All that was wanted is there. */
static void all_is_there(struct fetch *f)
{
	uint64_t wanted = f->more ? f->more(f->arg) & mask_all(f->y) : 0;

	if (wanted == 0) {
		tell(f, EVENT_FETCHED);
		return;
	}
	f->left = mask_count(wanted);
	ask_all(f, wanted);
}

/* A lane has ended, well or not: what now? */
static void after_lane(struct fetch *f, unsigned index)
{
	struct fetch_chunk *c = &f->chunks[index];
	bool more = true;

	if (lane_servers(c) != 0)
		return;
	if (c->have < c->len)
		more = ask_somebody(f, index);
	else
		more = chunk_is_whole(f, index);
	if (!more)
		tell(f, EVENT_FETCH_SHORT);
	else if (f->left == 0)
		all_is_there(f);
}

static void on_body(const struct call *call, const struct call_event *e)
{
	struct fetch *f = call->arg;
	unsigned index = call->round / LANES;
	struct fetch_chunk *c = &f->chunks[index];
	struct fetch_lane *l = &c->lanes[call->round % LANES];

	switch (e->what) {
	case CALL_HEAD:
		if (e->frame->status == ST_GONE)
			tell(f, EVENT_FETCH_GONE);
		else if (e->frame->status != ST_OK)
			refused(f, index, l, (enum status)e->frame->status);
		else if (e->len != 0)
			link_fail(&f->task->cluster->links[l->server],
				  "sent what is no answer");
		return;
	case CALL_BODY:
		if (!l->refused)
			take_bytes(f, index, l, e);
		return;
	case CALL_LOST:
		c->without |= bit(l->server);
		break;
	case CALL_END:
		if (l->at < l->end)
			c->without |= bit(l->server); /* short: no good */
		break;
	}
	end_lane(f, l);
	after_lane(f, index);
}

static bool make_chunks(struct fetch *f)
{
	f->chunks = calloc(f->y, sizeof(*f->chunks));
	if (!f->chunks)
		return false;
	for (unsigned i = 0; i < f->y; i++) {
		struct fetch_chunk *c = &f->chunks[i];

		c->offset = layout_offset(f->version.size, f->y, i);
		c->len = layout_length(f->version.size, f->y, i);
		if (f->bytes)
			continue;
		c->state = digest_new(f->version.alg);
		if (!c->state)
			return false;
	}
	return true;
}

/* Empty chunks are whole at once, all are asked for. */
static void ask_all(struct fetch *f, uint64_t wanted)
{
	for (unsigned i = 0; i < f->y; i++) {
		bool good;

		if (!(wanted & bit(i)))
			continue;
		good = f->chunks[i].len == 0 ? chunk_is_whole(f, i)
					     : ask_somebody(f, i);
		if (!good) {
			tell(f, EVENT_FETCH_SHORT);
			return;
		}
	}
	if (f->left == 0)
		all_is_there(f);
}

void fetch_init(struct fetch *f, struct task *task,
		enum err (*write)(void *arg, uint64_t offset, const void *data,
				  uint64_t len),
		void *arg)
{
	*f = (struct fetch){.task = task, .write = write, .arg = arg};
}

bool fetch_prepare(struct fetch *f, uint64_t wanted, const uint8_t *bytes)
{
	fetch_stop(f);
	f->version = f->task->q.found.version;
	f->bytes = bytes;
	f->y = f->version.y;
	f->left = mask_count(wanted & mask_all(f->y));
	f->moved = f->resumed = 0;
	if (!make_chunks(f)) {
		fetch_fail(f, ERR_MEMORY);
		return false;
	}
	if (!proof_find(&f->task->q, f->digests, &f->liars)) {
		tell(f, EVENT_FETCH_SHORT);
		return false;
	}
	f->corrupt |= f->liars;
	return true;
}

void fetch_start(struct fetch *f, uint64_t wanted, const uint8_t *bytes)
{
	if (fetch_prepare(f, wanted, bytes))
		ask_all(f, wanted);
}

void fetch_resume(struct fetch *f, unsigned index, uint64_t have,
		  const struct digest_state *state)
{
	struct fetch_chunk *c = &f->chunks[index];

	f->moved += have;
	f->resumed += have;
	c->have = c->old = have;
	if (state)
		digest_copy(c->state, state);
	else
		f->left--;
	if (state && !ask_somebody(f, index))
		tell(f, EVENT_FETCH_SHORT);
	else if (f->left == 0)
		tell(f, EVENT_FETCHED);
}

void fetch_slow(struct fetch *f, unsigned server)
{
	for (unsigned i = 0; f->chunks && i < f->y; i++) {
		struct fetch_chunk *c = &f->chunks[i];

		if (lane_servers(c) == bit(server))
			ask_somebody(f, i);
	}
}
