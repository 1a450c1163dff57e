#include "order.h"

#include <stdlib.h>
#include <string.h>

#include "fetch.h"
#include "forge.h"
#include "layout.h"
#include "text.h"
#include "world.h"

static const char *const names[NAMES_MAX] = {"foo", "foo1", "foo2"};

static const enum message_kind kinds[WHAT_COUNT] = {
	[WHAT_QUERY] = MESSAGE_QUERY,	[WHAT_JOIN] = MESSAGE_JOIN,
	[WHAT_STAGE] = MESSAGE_STAGE,	[WHAT_ABORT] = MESSAGE_ABORT,
	[WHAT_COMMIT] = MESSAGE_COMMIT, [WHAT_FETCH] = MESSAGE_FETCH,
	[WHAT_VERIFY] = MESSAGE_VERIFY, [WHAT_RESTORE] = MESSAGE_RESTORE,
	[WHAT_FORGET] = MESSAGE_FORGET, [WHAT_DISCARD] = MESSAGE_DISCARD,
};

/* Requests and what has become of them */

static struct pending *pending_find(struct client *c, unsigned id)
{
	for (unsigned i = 0; i < c->pending_count; i++)
		if (c->pending[i].id == id)
			return &c->pending[i];
	return NULL;
}

void order_forget(struct client *c, const struct pending *p)
{
	unsigned i = (unsigned)(p - c->pending);

	c->pending_count--;
	memmove(&c->pending[i], &c->pending[i + 1],
		(c->pending_count - i) * sizeof(c->pending[0]));
}

struct message *order_message(struct client *c, enum message_kind kind,
			      unsigned slot, unsigned round)
{
	struct message *m = calloc(1, sizeof(*m));

	if (!m || c->pending_count == PENDING_MAX)
		abort();
	m->kind = kind;
	m->client = c->index;
	m->process = c->process;
	m->server = c->list.server[slot];
	m->id = c->next_id++;
	m->name = c->name;
	c->pending[c->pending_count++] = (struct pending){
		.id = m->id,
		.kind = kind,
		.server = m->server,
		.slot = slot,
		.op = c->op,
		.round = round,
	};
	return m;
}

/* Orders */

bool order_is_own_commit(const struct quorum *q)
{
	return !q->superseded &&
	       (q->settings.kind == QUORUM_PUT ||
		q->settings.kind == QUORUM_RM) &&
	       (q->phase == PHASE_COMMIT || q->phase == PHASE_RETRY);
}

static void place_message(const struct client *c, const struct quorum_order *o,
			  unsigned slot, struct message *m)
{
	const char *name = names[c->name];
	unsigned y = o->version.y;

	m->place = o->what == WHAT_RESTORE
			   ? c->quorum.places[slot]
			   : (uint8_t)quorum_place(o->stripe, slot);
	m->first = (uint8_t)layout_first(m->place,
					 layout_turn(name, strlen(name), y), y);
}

static void order_one(struct world *w, struct client *c,
		      const struct quorum_order *o, unsigned slot)
{
	struct quorum *q = &c->quorum;
	struct message *m = order_message(c, kinds[o->what], slot, o->round);

	m->version = o->version;
	if (o->what == WHAT_JOIN)
		quorum_join(q, slot, &m->join);
	else if (o->what != WHAT_QUERY)
		quorum_context(q, slot, &m->context);
	if (o->what == WHAT_STAGE || o->what == WHAT_RESTORE)
		place_message(c, o, slot, m);
	if (o->what != WHAT_QUERY && o->what != WHAT_VERIFY &&
	    o->what != WHAT_FETCH)
		w->history.ops[c->op].changes++;
	text_message(w, m, "->");
	if (!forge_request(w, c, m, slot))
		net_request(w, m);
}

/* A heal's new stripe is the same write as before. */
static void note_write(struct world *w, struct client *c,
		       const struct quorum_order *o)
{
	const struct quorum *q = &c->quorum;
	bool own = order_is_own_commit(q);

	if (q->settings.kind == QUORUM_HEAL)
		return;
	if (o->what == WHAT_STAGE || (o->what == WHAT_COMMIT && own))
		history_wrote(w, c->op, &o->version.tag);
	if (o->what == WHAT_COMMIT && own &&
	    rng_chance(&w->rng, w->profile.kill_committing_permille))
		world_push(w, 0, ITEM_KILL, c->index, c->process, 0);
}

void order_carry_out(struct world *w, struct client *c,
		     const struct quorum_order *o)
{
	if (o->what == WHAT_FETCH) {
		fetch_start(w, c, o);
		return;
	}
	note_write(w, c, o);
	if (o->what == WHAT_QUERY)
		w->history.ops[c->op].query_ms = w->now_ms;
	for (unsigned i = 0; i < c->list.count; i++)
		if (o->to >> i & 1)
			order_one(w, c, o, i);
}

/* Events */

static enum quorum_what what_of(enum message_kind kind)
{
	unsigned what = 0;

	while (what + 1 < WHAT_COUNT && kinds[what] != kind)
		what++;
	return (enum quorum_what)what;
}

static void fill_query(struct msg_query_answer *a, const struct message *m)
{
	a->store = m->store;
	a->count = m->count;
	if (m->count != 0)
		memcpy(a->records, m->records,
		       m->count * sizeof(a->records[0]));
}

void order_tell(struct world *w, struct client *c, const struct pending *p,
		const struct message *m)
{
	struct msg_query_answer query;
	struct msg_commit_answer commit;
	struct msg_join_answer join;
	struct msg_refusal refusal;
	struct quorum_event e = {.kind = EVENT_LOST,
				 .what = what_of(p->kind),
				 .server = p->slot,
				 .round = p->round};

	if (m && m->status == ST_OK) {
		e.kind = EVENT_ANSWER;
		e.good = m->good;
		commit = (struct msg_commit_answer){m->store, m->state,
						    m->highest};
		join.store = m->store;
		if (p->kind == MESSAGE_QUERY) {
			fill_query(&query, m);
			e.query = &query;
		} else if (p->kind == MESSAGE_COMMIT) {
			e.commit = &commit;
		} else if (p->kind == MESSAGE_JOIN) {
			e.join = &join;
		}
	} else if (m) {
		memset(&refusal, 0, sizeof(refusal));
		refusal.store = m->store;
		refusal.has_version = m->has_version;
		refusal.version = m->higher;
		e.kind = EVENT_REFUSED;
		e.status = m->status;
		e.refusal = &refusal;
	}
	quorum_event(&c->quorum, &e, w->now_ms);
}

static void of_operation(struct world *w, struct client *c,
			 const struct pending *p, const struct message *m)
{
	if (!c->running || p->op != c->op)
		return;
	if (p->kind == MESSAGE_FETCH) {
		fetch_answer(w, c, p, m);
		return;
	}
	forge_tell(w, c, p, m);
	client_pump(w, c);
}

/* LIST and JOIN outside of an operation are a heal's or an administrator's.
 */
static void dispatch(struct world *w, struct client *c, const struct pending *p,
		     const struct message *m)
{
	bool apart = p->kind == MESSAGE_LIST ||
		     (p->kind == MESSAGE_JOIN && !c->running);

	if (!apart)
		of_operation(w, c, p, m);
	else if (c->heal.phase != HEAL_NONE)
		heal_event(w, c, p, m);
	else if (c->members.phase != MEMBERS_NONE)
		members_event(w, c, p, m);
}

void order_answered(struct world *w, struct message *m)
{
	struct client *c = &w->clients[m->client];
	struct pending *p = pending_find(c, m->id);
	struct pending found;

	if (p && c->process == m->process) {
		found = *p;
		order_forget(c, p);
		forge_answer(w, c, &found, m);
		text_message(w, m, "<-");
		dispatch(w, c, &found, m);
	}
	message_free(m);
}

void order_lost(struct world *w, unsigned index, unsigned id)
{
	struct client *c = &w->clients[index];
	struct pending *p = pending_find(c, id);
	struct pending found;

	if (!p)
		return;
	found = *p;
	order_forget(c, p);
	w->counts->lost++;
	world_say(w, "client %u: %s to server %u is lost", index + 1,
		  message_kind_text(found.kind), found.server + 1);
	dispatch(w, c, &found, NULL);
}
