#include "heal.h"

#include <string.h>

#include "client.h"
#include "world.h"

#define LIST_MS 1000
#define JOIN_MS 10000

static uint64_t bit(unsigned server)
{
	return UINT64_C(1) << server;
}

static void heal_over(struct world *w, struct client *c, const char *how)
{
	world_say(w, "client %u: heal ends: %s", c->index + 1, how);
	c->heal.phase = HEAL_NONE;
	c->tick++;
	if (!w->calm)
		world_push(w, world_think(w), ITEM_NEXT, c->index, c->process,
			   0);
}

static void heal_ask(struct world *w, struct client *c, enum heal_phase phase,
		     uint64_t to, uint64_t for_ms)
{
	struct heal *h = &c->heal;

	h->phase = phase;
	h->waiting = to;
	h->deadline_ms = w->now_ms + for_ms;
	c->tick++;
	world_push(w, for_ms, ITEM_TICK, c->index, c->process, c->tick);
}

void heal_start(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;

	memset(h, 0, sizeof(*h));
	world_say(w, "client %u: heal", c->index + 1);
	heal_ask(w, c, HEAL_LIST, mask_all(w->n), LIST_MS);
	for (unsigned i = 0; i < w->n; i++)
		net_request(w, client_message(w, c, MESSAGE_LIST, i, 0));
}

static void next_name(struct world *w, struct client *c);

/* LIST has told which names there are, and who is to join. */
static void listed(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;
	const struct msg_store *stores[SERVERS_MAX];
	const struct view *v = &h->view;

	for (unsigned i = 0; i < w->n; i++)
		stores[i] = h->answered & bit(i) ? &h->stores[i] : NULL;
	view_make(&h->view, stores, w->n);
	if (!view_proves(v) || v->doubled != 0 || !v->established) {
		/* Without w members nothing says which cluster it is, but r
		 * members with a version do. */
		if (!view_proves(v) || v->doubled != 0 || v->fresh) {
			heal_over(w, c, "too few servers");
			return;
		}
	}
	h->candidates = v->joining | v->blank;
	if (v->n != w->n ||
	    mask_count(v->members) + mask_count(h->candidates) > v->n)
		h->candidates = 0;
	h->phase = HEAL_MARKS;
	if (w->off == RULE_HEAL_MARKS)
		h->names = 0;
	next_name(w, c);
}

static void send_joins(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;

	if (h->candidates == 0) {
		heal_over(w, c, "nobody joins");
		return;
	}
	heal_ask(w, c, HEAL_JOIN, h->candidates, JOIN_MS);
	for (unsigned i = 0; i < w->n; i++) {
		struct message *m;

		if (!(h->candidates & bit(i)))
			continue;
		m = client_message(w, c, MESSAGE_JOIN, i, 0);
		memcpy(m->join.store, h->stores[i].stamp.store, STORE_ID_SIZE);
		m->join.cluster = h->view.cluster;
		m->join.state = STORE_MEMBER;
		m->join.heal = true;
		m->join.floor = w->off == RULE_FLOOR ? 0 : h->floor;
		net_request(w, m);
	}
}

static void next_name(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;

	for (unsigned n = 0; n < NAMES_MAX; n++) {
		if (!(h->names & bit(n)))
			continue;
		h->names &= ~bit(n);
		client_operate(w, c->index, OP_KIND_MARK, n);
		return;
	}
	send_joins(w, c);
}

void heal_marked(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;
	const struct quorum *q = &c->quorum;
	uint64_t marks = quorum_marks(q);

	for (unsigned i = 0; i < w->n; i++) {
		const struct quorum_server *s = &q->servers[i];

		if (!s->answered ||
		    memcmp(s->store.stamp.store, h->stores[i].stamp.store,
			   STORE_ID_SIZE) != 0)
			h->candidates &= ~bit(i);
	}
	/* Of stages too: a put whose stage was lost is known by it. */
	if (q->found.ctr_max > h->floor)
		h->floor = q->found.ctr_max;
	if (q->outcome == OUTCOME_OK)
		h->candidates &= marks;
	else if (q->outcome != OUTCOME_ABSENT || q->found.committed)
		h->candidates = 0;
	next_name(w, c);
}

void heal_event(struct world *w, struct client *c, enum message_kind kind,
		unsigned server, const struct message *m)
{
	struct heal *h = &c->heal;

	if ((kind == MESSAGE_LIST && h->phase != HEAL_LIST) ||
	    (kind == MESSAGE_JOIN && h->phase != HEAL_JOIN))
		return;
	h->waiting &= ~bit(server);
	if (m && kind == MESSAGE_LIST) {
		h->answered |= bit(server);
		h->stores[server] = m->store;
		h->names |= m->names;
		if (m->store.floor > h->floor)
			h->floor = m->store.floor;
	}
	if (h->waiting == 0)
		heal_tick(w, c);
}

void heal_tick(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;

	if (h->waiting != 0 && w->now_ms < h->deadline_ms)
		return;
	if (h->phase == HEAL_LIST)
		listed(w, c);
	else if (h->phase == HEAL_JOIN)
		heal_over(w, c, "done");
}
