#include "clone.h"

#include <string.h>

#define HEAD_MAX 4096

void clone_init(struct clone *c, struct task *task,
		const struct msg_name *source)
{
	*c = (struct clone){.task = task, .source = *source};
}

/* What can be told by the servers' answers */

/* The server's record of the version, with both its chunks; or NULL. */
static const struct record *record_of(const struct clone *c, unsigned server)
{
	const struct quorum *q = &c->task->q;
	const struct quorum_server *s = &q->servers[server];

	for (unsigned i = 0; (q->view.valid >> server & 1) && i < s->count;
	     i++) {
		const struct record *r = &s->records[i];

		if (tag_compare(&r->v.tag, &c->version.tag) == 0)
			return r->have == 3 && r->v.y == c->version.y &&
					       r->v.alg == c->version.alg
				       ? r
				       : NULL;
	}
	return NULL;
}

/* Of two that do not agree on a chunk's digest the second holds nothing. */
static bool agrees(struct clone *c, const struct record *r, uint64_t *known)
{
	unsigned chunk[2] = {r->first, layout_next(r->first, r->v.y)};

	for (unsigned i = 0; i < 2; i++)
		if ((*known >> chunk[i] & 1) &&
		    !digest_equal(&c->digests[chunk[i]], &r->chunk[i]))
			return false;
	for (unsigned i = 0; i < 2; i++) {
		c->digests[chunk[i]] = r->chunk[i];
		*known |= UINT64_C(1) << chunk[i];
	}
	return true;
}

void clone_learn(struct clone *c)
{
	const struct quorum *q = &c->task->q;
	struct digest root = {{0}};
	uint64_t known = 0;

	c->version = q->found.version;
	c->holders = 0;
	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct record *r = record_of(c, i);

		if (!r || !agrees(c, r, &known))
			continue;
		c->first[i] = r->first;
		c->holders |= UINT64_C(1) << i;
	}
	if (known == mask_all(c->version.y))
		digest_root(c->version.alg, c->digests, c->version.y, &root);
	if (!digest_equal(&root, &c->version.root))
		c->holders = 0;
}

bool clone_fits(const struct clone *c, uint64_t stripe)
{
	uint64_t places = 0;

	if (mask_count(stripe) != c->version.y || (stripe & ~c->holders) != 0)
		return false;
	for (unsigned i = 0; i < LAYOUT_MAX; i++)
		if (stripe >> i & 1)
			places |= UINT64_C(1) << c->first[i];
	return places == mask_all(c->version.y);
}

/* Sending */

/* What is not the stage's fault, but the source's or the operation's. */
static bool is_own(enum status s)
{
	return s == ST_GONE || s == ST_ABSENT || s == ST_CORRUPT ||
	       s == ST_UNKNOWN_OP || s == ST_LIMIT || s == ST_BAD_REQUEST;
}

static void on_answer(const struct call *call, const struct call_event *e)
{
	struct clone *c = call->arg;
	enum status status =
		e->what == CALL_HEAD ? (enum status)e->frame->status : ST_OK;

	if (!is_own(status)) {
		task_answer(c->task, call, e);
		return;
	}
	c->refused = status;
	task_cancel(c->task, REASON_LOCAL);
}

static struct msg_copy message(const struct clone *c,
			       const struct quorum_order *o, unsigned server)
{
	const struct task *task = c->task;
	unsigned y = o->version.y, first = c->first[server];
	unsigned turn = layout_turn(task->name, task->name_len, y);
	struct msg_copy m = {.name = task_name(task),
			     .source = c->source,
			     .source_tag = c->version.tag};

	quorum_context(&task->q, server, &m.context);
	/* The place of the new name's stripe that has this first chunk. */
	m.record = (struct record){
		.v = o->version,
		.state = RECORD_STAGED,
		.place = (uint8_t)((first + turn) % y),
		.first = (uint8_t)first,
		.have = 3,
		.chunk = {c->digests[first], c->digests[layout_next(first, y)]},
	};
	m.record.v.root = c->version.root;
	return m;
}

static bool ask(struct clone *c, const struct quorum_order *o, unsigned server)
{
	struct link *k = &c->task->cluster->links[server];
	struct call call = {.event = on_answer,
			    .arg = c,
			    .server = server,
			    .what = WHAT_STAGE,
			    .round = o->round};
	struct msg_copy m = message(c, o, server);
	uint8_t head[HEAD_MAX];
	struct wbuf b;
	uint32_t id;

	wbuf_init(&b, head, sizeof(head));
	if (msg_copy_put(&b, &m) != ERR_OK)
		return false;
	id = link_ask(k, &call);
	if (!id)
		return false;
	if (link_send(k, id, OP_COPY, &b, NULL) == ERR_OK)
		return true;
	link_forget(k, id);
	return false;
}

uint64_t clone_begin(struct clone *c, const struct quorum_order *o)
{
	uint64_t lost = 0;

	clone_stop(c);
	c->refused = ST_OK;
	c->task->q.version.root = c->version.root;
	for (unsigned i = 0; i < c->task->cluster->count; i++)
		if ((o->to >> i & 1) && !ask(c, o, i))
			lost |= UINT64_C(1) << i;
	return lost;
}

void clone_stop(struct clone *c)
{
	cluster_forget(c->task->cluster, c, CALL_ANY);
}
