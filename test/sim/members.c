#include "members.h"

#include <string.h>

#include "order.h"
#include "world.h"

#define LIST_MS 1000
#define JOIN_MS 10000

static uint64_t bit(unsigned server)
{
	return UINT64_C(1) << server;
}

static void members_over(struct world *w, struct client *c, const char *how,
			 bool done)
{
	struct plan *p = &w->plans[c->members.plan];

	world_say(w, "client %u: the change of members ends: %s", c->index + 1,
		  how);
	c->members.phase = MEMBERS_NONE;
	if (done && !p->over) {
		p->over = true;
		w->counts->changes[p->kind]++;
		if (p->kind != PLAN_ADD)
			world_unlist(w, p->server);
	}
	client_rests(w, c);
}

static void wait_for(struct world *w, struct client *c,
		     enum members_phase phase, uint64_t to, uint64_t ms)
{
	struct members *m = &c->members;

	m->phase = phase;
	m->waiting = to;
	m->deadline_ms = w->now_ms + ms;
	c->tick++;
	world_push(w, ms, ITEM_TICK, c->index, c->process, c->tick);
}

static void survey(struct world *w, struct client *c, enum members_step step)
{
	c->members.step = step;
	c->members.answered = 0;
	wait_for(w, c, MEMBERS_SURVEY, mask_all(c->list.count), LIST_MS);
	for (unsigned i = 0; i < c->list.count; i++)
		net_request(w, order_message(c, MESSAGE_LIST, i, 0));
}

/* A server that no record counts yet is not in the list for a removal. */
static void leave_out_new(struct world *w, struct client *c)
{
	unsigned last = c->list.server[c->list.count - 1];
	bool sent = w->plans[0].kind == PLAN_ADD && w->plans[0].sent;

	if (w->wiped && rng_chance(&w->rng, 500))
		sent = false; /* the record went with a disk */
	if (last >= w->n && w->servers[last].state != STORE_MEMBER && !sent)
		c->list.count--;
}

void members_start(struct world *w, unsigned client, unsigned plan)
{
	static const char *const texts[] = {"add", "remove", "remove, dead,"};
	struct client *c = &w->clients[client];
	struct plan *p = &w->plans[plan];

	p->begun = true;
	if (p->kind == PLAN_ADD)
		world_list(w, p->server);
	c->list = w->list;
	if (p->kind != PLAN_ADD)
		leave_out_new(w, c);
	c->members = (struct members){.plan = plan};
	while (c->members.slot < c->list.count &&
	       c->list.server[c->members.slot] != p->server)
		c->members.slot++;
	world_say(w, "client %u: members %s server %u", client + 1,
		  texts[p->kind], p->server + 1);
	if (c->members.slot == c->list.count)
		members_over(w, c, "it is not in the list", true);
	else
		survey(w, c, p->kind == PLAN_ADD ? STEP_ADD : STEP_LEAVE);
}

static bool is_dead(const struct world *w, const struct client *c)
{
	return w->plans[c->members.plan].kind == PLAN_REMOVE_DEAD;
}

/* The record, one server after the other */

static void send_record(struct world *w, struct client *c, unsigned slot)
{
	const struct members *m = &c->members;
	struct message *r = order_message(c, MESSAGE_JOIN, slot, 0);

	r->join = m->change.join;
	memcpy(r->join.store, m->stores[slot].stamp.store, STORE_ID_SIZE);
	if (slot == m->slot && m->step == STEP_ADD)
		r->join.heal = w->off == RULE_ADD_ACKS;
	net_request(w, r);
}

static void record_sent(struct world *w, struct client *c)
{
	struct members *m = &c->members;

	if ((m->step != STEP_LEAVE || !m->change.begun) &&
	    mask_count(m->carried) < m->change.enough) {
		members_over(w, c, "too few have the record", false);
	} else if (m->step == STEP_REMOVE) {
		members_over(w, c, "done", true);
	} else if (m->step == STEP_LEAVE &&
		   (m->change.begun || w->off == RULE_REMOVE_HEAL)) {
		survey(w, c, STEP_REMOVE);
	} else {
		m->phase = MEMBERS_HEAL;
		heal_start(w, c->index, is_dead(w, c) ? 1 : 0);
	}
}

static void send_next(struct world *w, struct client *c)
{
	struct members *m = &c->members;
	uint64_t some = m->change.to;

	if (some == 0) {
		record_sent(w, c);
		return;
	}
	some &= ~some + 1; /* the lowest */
	m->change.to &= ~some;
	wait_for(w, c, MEMBERS_SEND, some, JOIN_MS);
	for (unsigned i = 0; i < c->list.count; i++)
		if (some & bit(i))
			send_record(w, c, i);
}

static void surveyed(struct world *w, struct client *c)
{
	struct members *m = &c->members;
	const struct msg_store *stores[SERVERS_MAX];
	bool dead = is_dead(w, c);
	enum roster_verdict v;

	for (unsigned i = 0; i < c->list.count; i++)
		stores[i] = m->answered & bit(i) ? &m->stores[i] : NULL;
	if (m->step == STEP_ADD)
		v = roster_add(&m->change, stores, c->list.count, m->slot);
	else if (m->step == STEP_LEAVE)
		v = roster_leave(&m->change, stores, c->list.count, m->slot,
				 dead);
	else
		v = roster_remove(&m->change, stores, c->list.count, m->slot,
				  dead);
	world_say(w, "client %u: members: step %u: verdict %u, record %u/%u",
		  c->index + 1, m->step, v, m->change.join.cluster.epoch,
		  m->change.join.cluster.n);
	if (v != ROSTER_OK) {
		members_over(w, c, "it may not", false);
		return;
	}
	m->carried = m->change.carried;
	if (w->off == RULE_ADD_ACKS && m->step == STEP_ADD)
		m->change.to |= bit(m->slot);
	if (w->off == RULE_ADD_ACKS && m->step == STEP_ADD &&
	    !m->change.begun) {
		m->change.to = bit(m->slot);
		m->change.enough = 0;
	}
	send_next(w, c);
}

void members_healed(struct world *w, struct client *c)
{
	if (c->heal.undone)
		members_over(w, c, "the heal left something undone", false);
	else if (c->members.step == STEP_ADD)
		members_over(w, c, "done", true);
	else
		survey(w, c, STEP_REMOVE);
}

void members_event(struct world *w, struct client *c, const struct pending *p,
		   const struct message *m)
{
	struct members *s = &c->members;
	bool list = s->phase == MEMBERS_SURVEY;

	if ((p->kind == MESSAGE_LIST) != list || !(s->waiting & bit(p->slot)))
		return;
	s->waiting &= ~bit(p->slot);
	if (list && m) {
		s->answered |= bit(p->slot);
		s->stores[p->slot] = m->store;
	} else if (m && m->status == ST_OK) {
		s->carried |= bit(p->slot);
		w->plans[s->plan].sent |= s->step != STEP_LEAVE;
	} else if (!list) {
		s->change.to = 0; /* another change may have been first */
	}
	if (s->waiting == 0)
		members_tick(w, c);
}

void members_tick(struct world *w, struct client *c)
{
	struct members *m = &c->members;

	if (m->waiting != 0 && w->now_ms < m->deadline_ms)
		return;
	if (m->phase == MEMBERS_SURVEY) {
		surveyed(w, c);
	} else if (m->phase == MEMBERS_SEND) {
		if (m->waiting != 0)
			m->change.to = 0;
		send_next(w, c);
	}
}
