#include "forge.h"

#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "world.h"

static void forge(const struct quorum *q, unsigned slot, struct message *m)
{
	m->status = ST_OK;
	m->store = q->servers[slot].store;
	m->store.state = STORE_MEMBER;
	m->store.cluster = q->view.cluster;
	m->state = RECORD_COMMITTED;
	m->highest = q->version.tag;
}

static bool is_forged(const struct world *w, const struct quorum *q,
		      const struct message *m)
{
	if (m->kind != MESSAGE_COMMIT)
		return false;
	if (w->off == RULE_WRITE_BACK)
		return q->phase == PHASE_FINISH &&
		       q->settings.kind != QUORUM_HEAL;
	return w->off == RULE_SUPERSEDED && q->superseded;
}

/* Every stripe of a heal under the same tag. */
static void same_rep(const struct quorum *q, struct message *m)
{
	if (q->settings.kind == QUORUM_HEAL && m->version.tag.rep != 0)
		m->version.tag.rep = 1;
}

bool forge_request(struct world *w, struct client *c, struct message *m,
		   unsigned slot)
{
	const struct quorum *q = &c->quorum;

	if (w->off == RULE_BESIDE && m->kind == MESSAGE_JOIN)
		m->join.heal = false;
	if (w->off == RULE_CARRIED && m->kind == MESSAGE_JOIN)
		m->join.carried_r = true;
	if (w->off == RULE_REP)
		same_rep(q, m);
	if (!is_forged(w, q, m))
		return false;
	forge(q, slot, m);
	world_push_message(w, 1, ITEM_ANSWER, m);
	return true;
}

/* With that rule off: one round of answers looks like the second. */
static void skip_first_round(struct quorum *q, const struct pending *p,
			     const struct message *m)
{
	q->begin_second = true;
	q->begin_seen |= UINT64_C(1) << p->slot;
	memcpy(q->begin_stores[p->slot], m->store.stamp.store, STORE_ID_SIZE);
}

/* The newest record that the client has heard of, for one with an older. */
static void lift_record(const struct client *c, struct message *m)
{
	for (unsigned i = 0; i < c->list.count; i++) {
		const struct msg_store *s = &c->quorum.servers[i].store;

		if (c->quorum.servers[i].answered &&
		    memcmp(s->cluster.id, m->store.cluster.id, STORE_ID_SIZE) ==
			    0 &&
		    s->cluster.epoch > m->store.cluster.epoch &&
		    s->cluster.n != 0)
			m->store.cluster = s->cluster;
	}
}

static uint8_t files(const struct client *c, const struct pending *p)
{
	const struct quorum_server *s = &c->quorum.servers[p->slot];

	for (unsigned k = 0; k < s->count; k++)
		if (tag_compare(&s->records[k].v.tag, &c->quorum.version.tag) ==
		    0)
			return s->records[k].have;
	return 0;
}

void forge_answer(struct world *w, struct client *c, const struct pending *p,
		  struct message *m)
{
	bool listed = m->kind == MESSAGE_LIST;

	if (w->off == RULE_JOINING && !listed &&
	    m->store.state == STORE_JOINING)
		m->store.state = STORE_MEMBER;
	if (w->off == RULE_LEAVING && !listed &&
	    m->store.state == STORE_LEAVING)
		m->store.state = STORE_MEMBER;
	if (w->off == RULE_BEHIND && !listed && c->running)
		lift_record(c, m);
	if (w->off == RULE_EPOCH && m->kind == MESSAGE_COMMIT && c->running)
		m->store.cluster = c->quorum.view.cluster;
	if (w->off == RULE_VERIFY && m->kind == MESSAGE_VERIFY && c->running &&
	    m->status == ST_OK)
		m->good = files(c, p);
	if (w->off == RULE_TWICE && m->kind == MESSAGE_QUERY &&
	    m->status == ST_OK)
		skip_first_round(&c->quorum, p, m);
}

/* The answer of some other server, as if that one had given it. */
static bool speak_for(const struct world *w, const struct client *c,
		      const struct pending *p, struct message *m)
{
	const struct quorum *q = &c->quorum;

	for (unsigned i = 0; i < c->list.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		if (!s->answered || s->store.state != STORE_MEMBER)
			continue;
		m->store = s->store;
		m->records = s->records;
		m->count = s->count;
		memcpy(m->store.stamp.store, w->servers[p->server].id,
		       STORE_ID_SIZE);
		return true;
	}
	return false;
}

/* As if a server that is silent had answered. */
static bool forge_silence(const struct world *w, const struct client *c,
			  const struct pending *p, struct message *m)
{
	bool heals = c->quorum.settings.kind == QUORUM_HEAL;
	bool all = heals && w->off == RULE_FORGET_ALL;

	if ((!all && w->off != RULE_SILENT) || p->kind != MESSAGE_QUERY)
		return false;
	memset(m, 0, sizeof(*m));
	m->kind = p->kind;
	m->server = p->server;
	if (!speak_for(w, c, p, m) && all)
		return false;
	if (!all) {
		m->records = NULL;
		m->count = 0;
		m->store.flags = 0;
		memcpy(m->store.stamp.store, w->servers[p->server].id,
		       STORE_ID_SIZE);
	}
	return true;
}

static void forge_others(struct world *w, struct client *c,
			 enum message_kind kind)
{
	unsigned i = 0;

	while (i < c->pending_count) {
		struct pending p = c->pending[i];
		struct message m = {.server = p.server, .kind = kind};

		i++;
		if (p.kind != kind || p.op != c->op ||
		    p.round != c->quorum.round)
			continue;
		if (kind == MESSAGE_COMMIT && !order_is_own_commit(&c->quorum))
			continue;
		order_forget(c, &c->pending[--i]);
		forge(&c->quorum, p.slot, &m);
		order_tell(w, c, &p, &m);
	}
}

void forge_tell(struct world *w, struct client *c, const struct pending *p,
		const struct message *m)
{
	struct message forged;

	if (!m && forge_silence(w, c, p, &forged))
		m = &forged;
	order_tell(w, c, p, m);
	if (m && m->status == ST_OK &&
	    ((w->off == RULE_ONE_ACK && p->kind == MESSAGE_COMMIT) ||
	     (w->off == RULE_ALL_STAGES && p->kind == MESSAGE_STAGE)))
		forge_others(w, c, p->kind);
}
