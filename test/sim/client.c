#include "client.h"

#include <stdlib.h>
#include <string.h>

#include "fetch.h"
#include "heal.h"
#include "layout.h"
#include "text.h"
#include "world.h"

static const char *const names[NAMES_MAX] = {"foo", "foo1", "foo2"};

static uint64_t bit(unsigned server)
{
	return UINT64_C(1) << server;
}

static uint64_t draw(void *arg)
{
	return rng_next(arg);
}

static void pump(struct world *w, struct client *c);

/* Requests and what has become of them */

static struct pending *pending_find(struct client *c, unsigned id)
{
	for (unsigned i = 0; i < c->pending_count; i++)
		if (c->pending[i].id == id)
			return &c->pending[i];
	return NULL;
}

static void pending_remove(struct client *c, const struct pending *p)
{
	unsigned i = (unsigned)(p - c->pending);

	c->pending_count--;
	memmove(&c->pending[i], &c->pending[i + 1],
		(c->pending_count - i) * sizeof(c->pending[0]));
}

struct message *client_message(struct world *w, struct client *c,
			       enum message_kind kind, unsigned server,
			       unsigned round)
{
	struct message *m = calloc(1, sizeof(*m));

	(void)w;
	if (!m || c->pending_count == PENDING_MAX)
		abort();
	m->kind = kind;
	m->client = c->index;
	m->process = c->process;
	m->server = server;
	m->id = c->next_id++;
	m->name = c->name;
	c->pending[c->pending_count++] = (struct pending){
		.id = m->id,
		.kind = kind,
		.server = server,
		.op = c->op,
		.round = round,
	};
	return m;
}

/* Rules switched off: answers that nobody has given. */

static bool is_own_commit(const struct quorum *q)
{
	return !q->superseded &&
	       (q->settings.kind == QUORUM_PUT ||
		q->settings.kind == QUORUM_RM) &&
	       (q->phase == PHASE_COMMIT || q->phase == PHASE_RETRY);
}

static void forge(const struct quorum *q, struct message *m)
{
	m->status = ST_OK;
	m->store = q->servers[m->server].store;
	m->store.state = STORE_MEMBER;
	m->store.cluster = q->view.cluster;
	m->state = RECORD_COMMITTED;
	m->highest = q->version.tag;
}

static bool is_forged(const struct world *w, const struct quorum *q,
		      enum quorum_what what)
{
	if (what != WHAT_COMMIT)
		return false;
	if (w->off == RULE_WRITE_BACK)
		return q->phase == PHASE_FINISH;
	return w->off == RULE_SUPERSEDED && q->superseded;
}

static void forge_others(struct world *w, struct client *c,
			 enum message_kind kind);

/* Orders */

static const enum message_kind kinds[] = {
	[WHAT_QUERY] = MESSAGE_QUERY,	[WHAT_JOIN] = MESSAGE_JOIN,
	[WHAT_STAGE] = MESSAGE_STAGE,	[WHAT_ABORT] = MESSAGE_ABORT,
	[WHAT_COMMIT] = MESSAGE_COMMIT,
};

static void join_message(const struct world *w, const struct quorum *q,
			 struct message *m)
{
	quorum_join(q, m->server, &m->join);
	if (w->off == RULE_BESIDE)
		m->join.heal = false;
	if (w->off == RULE_CARRIED)
		m->join.carried_r = true;
}

static void order_one(struct world *w, struct client *c,
		      const struct quorum_order *o, unsigned server)
{
	struct quorum *q = &c->quorum;
	struct message *m =
		client_message(w, c, kinds[o->what], server, o->round);
	const char *name = names[c->name];

	m->version = o->version;
	if (o->what == WHAT_JOIN)
		join_message(w, q, m);
	else if (o->what != WHAT_QUERY)
		quorum_context(q, server, &m->context);
	if (o->what == WHAT_STAGE) {
		unsigned y = o->version.y;

		m->place = (uint8_t)quorum_place(o->stripe, server);
		m->first = (uint8_t)layout_first(
			m->place, layout_turn(name, strlen(name), y), y);
	}
	text_message(w, m, "->");
	if (is_forged(w, q, o->what)) {
		forge(q, m);
		world_push_message(w, 1, ITEM_ANSWER, m);
		return;
	}
	net_request(w, m);
}

static void carry_out(struct world *w, struct client *c,
		      const struct quorum_order *o)
{
	struct quorum *q = &c->quorum;

	if (o->what == WHAT_FETCH) {
		fetch_start(w, c, o);
		return;
	}
	if (o->what == WHAT_STAGE ||
	    (o->what == WHAT_COMMIT && is_own_commit(q)))
		history_wrote(w, c->op, &o->version.tag);
	if (o->what == WHAT_COMMIT && is_own_commit(q) &&
	    rng_chance(&w->rng, w->profile.kill_committing_permille))
		world_push(w, 0, ITEM_KILL, c->index, c->process, 0);
	if (o->what == WHAT_QUERY)
		w->history.ops[c->op].query_ms = w->now_ms;
	for (unsigned i = 0; i < w->n; i++)
		if (o->to & bit(i))
			order_one(w, c, o, i);
}

/* Events */

static void fill_query(struct msg_query_answer *a, const struct message *m)
{
	a->store = m->store;
	a->count = m->count;
	if (m->count != 0)
		memcpy(a->records, m->records,
		       m->count * sizeof(a->records[0]));
}

static enum quorum_what what_of(enum message_kind kind)
{
	switch (kind) {
	case MESSAGE_QUERY:
		return WHAT_QUERY;
	case MESSAGE_JOIN:
		return WHAT_JOIN;
	case MESSAGE_STAGE:
		return WHAT_STAGE;
	case MESSAGE_ABORT:
		return WHAT_ABORT;
	default:
		return WHAT_COMMIT;
	}
}

/* With that rule off: one round of answers looks like the second. */
static void skip_first_round(struct world *w, struct quorum *q,
			     const struct message *m)
{
	if (w->off != RULE_TWICE || m->kind != MESSAGE_QUERY)
		return;
	q->begin_second = true;
	q->begin_seen |= bit(m->server);
	memcpy(q->begin_stores[m->server], m->store.stamp.store, STORE_ID_SIZE);
}

/* With that rule off: as if a member that has nothing had answered. */
static bool forge_silence(const struct world *w, const struct client *c,
			  const struct pending *p, struct message *m)
{
	const struct quorum *q = &c->quorum;

	if (w->off != RULE_SILENT || p->kind != MESSAGE_QUERY)
		return false;
	memset(m, 0, sizeof(*m));
	m->kind = p->kind;
	m->server = p->server;
	for (unsigned i = 0; i < w->n; i++)
		if (q->servers[i].answered)
			m->store = q->servers[i].store;
	m->store.flags = 0;
	memcpy(m->store.stamp.store, w->servers[p->server].id, STORE_ID_SIZE);
	return true;
}

/* m: NULL when the request is lost. */
static void tell_quorum(struct world *w, struct client *c,
			const struct pending *p, const struct message *m)
{
	struct msg_query_answer query;
	struct msg_commit_answer commit;
	struct msg_join_answer join;
	struct msg_refusal refusal;
	struct quorum_event e = {.kind = EVENT_LOST,
				 .what = what_of(p->kind),
				 .server = p->server,
				 .round = p->round};

	if (m && m->status == ST_OK) {
		e.kind = EVENT_ANSWER;
		fill_query(&query, m);
		commit = (struct msg_commit_answer){m->store, m->state,
						    m->highest};
		join.store = m->store;
		if (p->kind == MESSAGE_QUERY)
			e.query = &query;
		else if (p->kind == MESSAGE_COMMIT)
			e.commit = &commit;
		else if (p->kind == MESSAGE_JOIN)
			e.join = &join;
		skip_first_round(w, &c->quorum, m);
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

static void dispatch(struct world *w, struct client *c, const struct pending *p,
		     const struct message *m)
{
	struct message forged;

	if (p->kind == MESSAGE_LIST ||
	    (p->kind == MESSAGE_JOIN && !c->running)) {
		heal_event(w, c, p->kind, p->server, m);
		return;
	}
	if (!c->running || p->op != c->op)
		return;
	if (p->kind == MESSAGE_FETCH) {
		fetch_answer(w, c, p, m);
		return;
	}
	if (!m && forge_silence(w, c, p, &forged))
		m = &forged;
	tell_quorum(w, c, p, m);
	if (c->running && m && m->status == ST_OK &&
	    ((w->off == RULE_ONE_ACK && p->kind == MESSAGE_COMMIT) ||
	     (w->off == RULE_ALL_STAGES && p->kind == MESSAGE_STAGE)))
		forge_others(w, c, p->kind);
	pump(w, c);
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
		if (kind == MESSAGE_COMMIT && !is_own_commit(&c->quorum))
			continue;
		pending_remove(c, &c->pending[--i]);
		forge(&c->quorum, &m);
		tell_quorum(w, c, &p, &m);
	}
}

void client_answer(struct world *w, struct message *m)
{
	struct client *c = &w->clients[m->client];
	struct pending *p = pending_find(c, m->id);
	struct pending found;

	if (p && c->process == m->process) {
		found = *p;
		pending_remove(c, p);
		if (w->off == RULE_JOINING && m->kind != MESSAGE_LIST &&
		    m->store.state == STORE_JOINING)
			m->store.state = STORE_MEMBER;
		text_message(w, m, "<-");
		dispatch(w, c, &found, m);
	}
	message_free(m);
}

void client_lost(struct world *w, unsigned index, unsigned id)
{
	struct client *c = &w->clients[index];
	struct pending *p = pending_find(c, id);
	struct pending found;

	if (!p)
		return;
	found = *p;
	pending_remove(c, p);
	w->counts->lost++;
	world_say(w, "client %u: %s to server %u is lost", index + 1,
		  message_kind_text(found.kind), found.server + 1);
	dispatch(w, c, &found, NULL);
}

/* Time */

/* Data and a stopped client take their own time. */
static void note_phase(struct world *w, struct client *c)
{
	struct quorum *q = &c->quorum;

	if (c->phase == PHASE_STAGE || c->phase == PHASE_FETCH)
		w->history.ops[c->op].idle_ms += w->now_ms - c->phase_since_ms;
	if (c->phase != q->phase)
		world_say(w, "client %u: %s", c->index + 1,
			  text_phase(q->phase));
	c->phase = q->phase;
	c->phase_since_ms = w->now_ms;
}

static void schedule(struct world *w, struct client *c)
{
	uint64_t at = quorum_deadline(&c->quorum);

	if (at == c->tick_ms)
		return;
	c->tick_ms = at;
	c->tick++;
	if (at == UINT64_MAX)
		return;
	world_push(w,
		   (at > w->now_ms ? at - w->now_ms : 0) +
			   rng_below(&w->rng, 3),
		   ITEM_TICK, c->index, c->process, c->tick);
}

static void ended(struct world *w, struct client *c)
{
	history_end(w, c->op, &c->quorum);
	c->running = false;
	c->fetch.active = false;
	c->tick++;
	if (c->heal.phase == HEAL_MARKS)
		heal_marked(w, c);
	else if (!w->calm)
		world_push(w, world_think(w), ITEM_NEXT, c->index, c->process,
			   0);
}

static void pump(struct world *w, struct client *c)
{
	struct quorum_order o;

	while (c->running && quorum_next(&c->quorum, &o))
		carry_out(w, c, &o);
	if (!c->running)
		return;
	note_phase(w, c);
	if (quorum_is_done(&c->quorum)) {
		ended(w, c);
		return;
	}
	schedule(w, c);
}

void client_tick(struct world *w, unsigned index)
{
	struct client *c = &w->clients[index];

	if (c->heal.phase == HEAL_LIST || c->heal.phase == HEAL_JOIN) {
		heal_tick(w, c);
		return;
	}
	if (!c->running)
		return;
	c->tick_ms = 0;
	quorum_tick(&c->quorum, w->now_ms);
	pump(w, c);
}

void client_event(struct world *w, struct client *c,
		  const struct quorum_event *e)
{
	quorum_event(&c->quorum, e, w->now_ms);
	pump(w, c);
}

/* Operations and lives */

void client_make(struct world *w, unsigned index)
{
	struct client *c = &w->clients[index];

	memset(c, 0, sizeof(*c));
	c->index = index;
	c->process = 1;
	c->released = true;
}

void client_release(struct client *c)
{
	if (!c->released)
		quorum_release(&c->quorum);
	c->released = true;
}

bool client_is_idle(const struct client *c)
{
	return !c->running && c->heal.phase == HEAL_NONE;
}

void client_operate(struct world *w, unsigned index, unsigned kind,
		    unsigned name)
{
	static const enum quorum_kind quorum_kinds[OP_KINDS] = {
		[OP_KIND_PUT] = QUORUM_PUT,
		[OP_KIND_GET] = QUORUM_GET,
		[OP_KIND_RM] = QUORUM_RM,
		[OP_KIND_MARK] = QUORUM_HEAL,
	};
	struct client *c = &w->clients[index];
	struct quorum_settings s = {
		.kind = quorum_kinds[kind],
		.count = w->n,
		.version = {.size = 64, .mode = 0644, .alg = DIGEST_XXH3},
		.random = draw,
		.random_arg = &w->rng,
	};

	if (!w->calm) {
		const struct profile *p = &w->profile;

		s.require_all = rng_chance(&w->rng, p->all_permille);
		s.read_only = kind == OP_KIND_GET &&
			      rng_chance(&w->rng, p->read_only_permille);
	}
	client_release(c);
	c->name = name;
	c->op = history_begin(w, (enum op_kind)kind, index, name);
	quorum_init(&c->quorum, &s);
	c->released = false;
	c->running = true;
	c->tick_ms = 0;
	c->phase = PHASE_DONE;
	c->phase_since_ms = w->now_ms;
	quorum_start(&c->quorum, w->now_ms);
	pump(w, c);
}

void client_heal(struct world *w, unsigned index)
{
	heal_start(w, &w->clients[index]);
}

void client_kill(struct world *w, unsigned index)
{
	struct client *c = &w->clients[index];

	world_say(w, "client %u: is killed", index + 1);
	if (c->running)
		history_died(w, c->op);
	net_client_died(w, index);
	client_release(c);
	c->running = false;
	c->fetch.active = false;
	c->heal.phase = HEAL_NONE;
	c->pending_count = 0;
	c->frozen_until_ms = 0;
	c->process++;
	c->tick++;
	world_push(w, world_think(w), ITEM_NEXT, index, c->process, 0);
}

void client_cancel(struct world *w, unsigned index)
{
	struct client *c = &w->clients[index];

	if (!c->running)
		return;
	world_say(w, "client %u: gives up", index + 1);
	if (w->off == RULE_CANCEL && is_own_commit(&c->quorum)) {
		c->quorum.phase = PHASE_DONE;
		c->quorum.outcome = OUTCOME_CANCELLED;
	} else {
		quorum_cancel(&c->quorum,
			      rng_chance(&w->rng, 500) ? REASON_LOCAL
						       : REASON_NONE,
			      w->now_ms);
	}
	pump(w, c);
}
