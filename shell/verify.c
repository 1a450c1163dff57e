#include "verify.h"

static const struct record *record_of(const struct verify *v, unsigned server,
				      const struct tag *tag)
{
	const struct quorum_server *s = &v->task->q.servers[server];

	for (unsigned i = 0; i < s->count; i++) {
		const struct record *r = &s->records[i];

		if (tag_compare(&r->v.tag, tag) == 0)
			return r->place == RECORD_NO_PLACE ? NULL : r;
	}
	return NULL;
}

static void forget(struct verify *v, unsigned server)
{
	struct verify_server *s = &v->servers[server];

	for (unsigned i = 0; i < 2; i++) {
		if (s->ids[i] != 0)
			link_forget(&v->task->cluster->links[server],
				    s->ids[i]);
		s->ids[i] = 0;
	}
}

/* The one event of a server; v may be gone afterwards. */
static void report(struct verify *v, unsigned server, struct quorum_event *q)
{
	forget(v, server);
	q->what = WHAT_VERIFY;
	q->server = server;
	q->round = v->servers[server].round;
	q->good = v->servers[server].good;
	task_event(v->task, q);
}

static void answered(struct verify *v, unsigned server, unsigned slot,
		     bool good)
{
	struct verify_server *s = &v->servers[server];

	s->ids[slot] = 0;
	if (good)
		s->good |= (uint8_t)(1 << slot);
	if (s->ids[0] == 0 && s->ids[1] == 0)
		report(v, server, &(struct quorum_event){.kind = EVENT_ANSWER});
}

static enum err take_refusal(struct verify *v, unsigned server, unsigned slot,
			     const struct call_event *e)
{
	struct quorum_event q = {.kind = EVENT_REFUSED,
				 .status = (enum status)e->frame->status};
	bool expected = v->servers[server].expected >> slot & 1;
	struct msg_refusal m;
	struct rbuf b;
	enum err bad;

	rbuf_init(&b, e->data, e->len);
	bad = msg_refusal_get(&b, &m);
	if (bad)
		return bad;
	q.refusal = &m;
	/* A chunk that the server has said it lacks is nothing new. */
	if (q.status == ST_CORRUPT || (q.status == ST_ABSENT && !expected))
		answered(v, server, slot, false);
	else
		report(v, server, &q);
	return ERR_OK;
}

static void on_answer(const struct call *c, const struct call_event *e)
{
	struct verify *v = c->arg;
	struct verify_server *s = &v->servers[c->server];
	unsigned slot = c->round;
	bool empty;

	if (e->what == CALL_LOST) {
		s->ids[slot] = 0;
		report(v, c->server,
		       &(struct quorum_event){.kind = EVENT_LOST});
		return;
	}
	if (e->what != CALL_HEAD)
		return;
	empty = e->len == 0 && e->frame->body_len == 0;
	if (e->frame->status == ST_OK && empty) {
		if (!(e->frame->flags & FRAME_MORE))
			answered(v, c->server, slot, true);
		return;
	}
	if (e->frame->status == ST_OK || (e->frame->flags & FRAME_MORE) ||
	    take_refusal(v, c->server, slot, e) != ERR_OK)
		link_fail(&v->task->cluster->links[c->server],
			  "sent what is no answer");
}

static uint32_t ask(struct verify *v, unsigned server, unsigned slot,
		    const struct msg_fetch *m)
{
	struct link *k = &v->task->cluster->links[server];
	struct call call = {.event = on_answer,
			    .arg = v,
			    .server = server,
			    .what = WHAT_VERIFY,
			    .round = slot,
			    .patient = true};
	uint8_t head[NAME_MAX_BYTES + 256];
	struct wbuf b;
	uint32_t id;

	wbuf_init(&b, head, sizeof(head));
	if (msg_fetch_put(&b, m) != ERR_OK)
		return 0;
	id = link_ask(k, &call);
	if (id && link_send(k, id, OP_VERIFY, &b, NULL) != ERR_OK) {
		link_forget(k, id);
		id = 0;
	}
	return id;
}

static bool ask_server(struct verify *v, unsigned server,
		       const struct quorum_order *o)
{
	const struct record *r = record_of(v, server, &o->version.tag);
	struct verify_server *s = &v->servers[server];
	struct msg_fetch m = {.cluster = v->task->q.view.cluster,
			      .name = task_name(v->task),
			      .tag = o->version.tag};

	*s = (struct verify_server){.round = o->round};
	if (!r)
		return false;
	s->expected = r->have;
	for (unsigned i = 0; i < 2; i++) {
		m.chunk = i == 0 ? r->first
				 : (uint8_t)layout_next(r->first, r->v.y);
		s->ids[i] = ask(v, server, i, &m);
		if (!s->ids[i]) {
			forget(v, server);
			return false;
		}
	}
	return true;
}

void verify_init(struct verify *v, struct task *task)
{
	*v = (struct verify){.task = task};
}

uint64_t verify_begin(struct verify *v, const struct quorum_order *o)
{
	uint64_t lost = 0;

	verify_stop(v);
	for (unsigned i = 0; i < v->task->cluster->count; i++)
		if ((o->to >> i & 1) && !ask_server(v, i, o))
			lost |= UINT64_C(1) << i;
	return lost;
}

void verify_stop(struct verify *v)
{
	cluster_forget(v->task->cluster, v, CALL_ANY);
}
