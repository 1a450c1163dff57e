#include "heal.h"

#include <string.h>

#include "order.h"
#include "world.h"

#define LIST_MS 1000
#define JOIN_MS 10000
#define PASSES_MAX 3

static uint64_t bit(unsigned server)
{
	return UINT64_C(1) << server;
}

static void heal_over(struct world *w, struct client *c, const char *how)
{
	world_say(w, "client %u: heal ends: %s%s", c->index + 1, how,
		  c->heal.undone ? ", undone" : "");
	c->heal.phase = HEAL_NONE;
	if (c->members.phase != MEMBERS_NONE)
		members_healed(w, c);
	else
		client_rests(w, c);
}

static void heal_fails(struct world *w, struct client *c, const char *how)
{
	c->heal.undone = true;
	heal_over(w, c, how);
}

static void wait_for(struct world *w, struct client *c, enum heal_phase phase,
		     uint64_t to, uint64_t ms)
{
	struct heal *h = &c->heal;

	h->phase = phase;
	h->waiting = to;
	h->deadline_ms = w->now_ms + ms;
	c->tick++;
	world_push(w, ms, ITEM_TICK, c->index, c->process, c->tick);
}

static void ask_all(struct world *w, struct client *c, enum heal_phase phase)
{
	c->heal.answered = 0;
	c->heal.names = 0;
	wait_for(w, c, phase, mask_all(c->list.count), LIST_MS);
	for (unsigned i = 0; i < c->list.count; i++)
		net_request(w, order_message(c, MESSAGE_LIST, i, 0));
}

void heal_start(struct world *w, unsigned client, unsigned gone)
{
	struct client *c = &w->clients[client];

	memset(&c->heal, 0, sizeof(c->heal));
	c->heal.gone = gone;
	world_say(w, "client %u: heal", c->index + 1);
	ask_all(w, c, HEAL_SURVEY);
}

static void stores_of(const struct client *c, const struct msg_store **stores)
{
	const struct heal *h = &c->heal;

	for (unsigned i = 0; i < c->list.count; i++)
		stores[i] = h->answered & bit(i) ? &h->stores[i] : NULL;
}

/* When the quarantine of all of them ends. */
static uint64_t free_at(const struct client *c, uint64_t some)
{
	uint64_t until = 0;

	for (unsigned i = 0; i < c->list.count; i++)
		if ((some & bit(i)) && c->heal.free_ms[i] > until)
			until = c->heal.free_ms[i];
	return until;
}

/* Marks count when they were looked for after the quarantine. */
static void list_when_free(struct world *w, struct client *c)
{
	const struct roster *r = &c->heal.roster;
	uint64_t until = free_at(c, roster_newcomers(r) & ~roster_surplus(r));

	if (until <= w->now_ms || w->off == RULE_OUTLAST)
		ask_all(w, c, HEAL_LIST);
	else
		wait_for(w, c, HEAL_QUARANTINE, 0, until - w->now_ms);
}

static void surveyed(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;
	const struct msg_store *stores[SERVERS_MAX];
	enum roster_verdict v;

	stores_of(c, stores);
	v = roster_begin(&h->roster, stores, c->list.count, false);
	if (v == ROSTER_OK)
		list_when_free(w, c);
	else if (v == ROSTER_NEW)
		heal_over(w, c, "nothing is there");
	else
		heal_fails(w, c, "it may not begin");
}

static void next_name(struct world *w, struct client *c);

static void listed(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;
	const struct msg_store *stores[SERVERS_MAX];
	struct view v;

	stores_of(c, stores);
	view_make(&v, stores, c->list.count);
	if (!view_proves(&v) || v.doubled != 0) {
		heal_fails(w, c, "not all names are known");
		return;
	}
	h->phase = HEAL_NAMES;
	if (w->off == RULE_HEAL_MARKS)
		h->names = 0;
	next_name(w, c);
}

/* Newcomers */

static void send_join(struct world *w, struct client *c, unsigned slot)
{
	struct heal *h = &c->heal;
	struct message *m = order_message(c, MESSAGE_JOIN, slot, 0);

	roster_join(&h->roster, slot, &m->join);
	if (w->off == RULE_FLOOR)
		m->join.floor = 0;
	h->orders++;
	net_request(w, m);
}

static void next_joiner(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;

	for (unsigned i = 0; i < c->list.count; i++) {
		if (!(h->joiners & bit(i)))
			continue;
		h->joiners &= ~bit(i);
		wait_for(w, c, HEAL_JOIN, bit(i), JOIN_MS);
		send_join(w, c, i);
		return;
	}
	if (h->joined == 0 || h->roster.narrow == 0 ||
	    ++h->pass == PASSES_MAX) {
		heal_over(w, c, "done");
		return;
	}
	h->joined = 0;
	h->undone = false;
	ask_all(w, c, HEAL_SURVEY);
}

/* All names are healed. */
static void join_newcomers(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;
	uint64_t fresh = roster_newcomers(&h->roster);
	uint64_t until;

	h->joiners = roster_joiners(&h->roster);
	if (w->off == RULE_HEAL_MARKS)
		h->joiners = fresh & ~roster_surplus(&h->roster);
	h->undone |= (fresh & ~h->joiners) != 0;
	until = free_at(c, h->joiners);
	if (until <= w->now_ms)
		next_joiner(w, c);
	else
		wait_for(w, c, HEAL_WAIT, 0, until - w->now_ms);
}

/* Names */

static void next_name(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;

	for (unsigned n = 0; n < NAMES_MAX; n++) {
		if (!(h->names & bit(n)))
			continue;
		h->names &= ~bit(n);
		client_operate(w, c->index, OP_KIND_HEAL, n);
		return;
	}
	join_newcomers(w, c);
}

void heal_name_over(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;

	roster_name(&h->roster, &c->quorum);
	h->undone |= !quorum_is_whole(&c->quorum);
	h->orders += w->history.ops[c->op].changes;
	next_name(w, c);
}

/* Events */

static void take_list(const struct world *w, struct heal *h,
		      const struct pending *p, const struct message *m)
{
	h->answered |= bit(p->slot);
	h->stores[p->slot] = m->store;
	h->free_ms[p->slot] = w->now_ms + m->quarantine_ms;
	h->names |= m->names;
	if (h->phase != HEAL_LIST)
		return;
	for (unsigned n = 0; n < NAMES_MAX; n++)
		roster_counter(&h->roster, m->ctrs[n]);
}

void heal_event(struct world *w, struct client *c, const struct pending *p,
		const struct message *m)
{
	struct heal *h = &c->heal;
	bool list = h->phase == HEAL_SURVEY || h->phase == HEAL_LIST;

	if (!(h->waiting & bit(p->slot)) || (p->kind == MESSAGE_LIST) != list)
		return;
	h->waiting &= ~bit(p->slot);
	if (list && m)
		take_list(w, h, p, m);
	else if (!list && m && m->status == ST_OK)
		h->joined++;
	else if (!list)
		h->undone = true;
	if (h->waiting == 0)
		heal_tick(w, c);
}

void heal_tick(struct world *w, struct client *c)
{
	struct heal *h = &c->heal;

	if (h->waiting != 0 && w->now_ms < h->deadline_ms)
		return;
	if (h->phase == HEAL_SURVEY) {
		surveyed(w, c);
	} else if (h->phase == HEAL_QUARANTINE) {
		ask_all(w, c, HEAL_SURVEY);
	} else if (h->phase == HEAL_LIST) {
		listed(w, c);
	} else if (h->phase == HEAL_WAIT || h->phase == HEAL_JOIN) {
		h->undone |= h->waiting != 0;
		next_joiner(w, c);
	}
}
