/*
 * The machine is a table of phases.  Each phase has asked a set of servers
 * something (q->waiting); an event takes a server out of the set, and when
 * the set is empty, or the deadline passes, the phase is settled and decides
 * what comes next.
 */
#include "quorum_parts.h"

#include <stdlib.h>
#include <string.h>

#define NEVER UINT64_MAX
#define PAUSE_MIN_MS 5
#define PAUSE_MAX_MS 60
#define CHANGE_MS 1500 /* that a change of members is waited for */

struct phase {
	/* An event of the current round; its server is out of waiting. */
	void (*event)(struct quorum *q, const struct quorum_event *e,
		      uint64_t now);
	/* Nobody is waited for any more; changes the phase, or asks. */
	void (*settled)(struct quorum *q, uint64_t now);
	/* The deadline has passed. */
	void (*expired)(struct quorum *q, uint64_t now);
};

static const struct phase phases[PHASE_COUNT];

static uint64_t everyone(const struct quorum *q)
{
	return mask_all(q->settings.count);
}

uint64_t quorum_draw(struct quorum *q)
{
	return q->settings.random(q->settings.random_arg);
}

uint64_t quorum_jitter(struct quorum *q, uint64_t min, uint64_t max)
{
	return min + quorum_draw(q) % (max - min + 1);
}

/* Rounds and orders */

void quorum_order(struct quorum *q, enum quorum_what what, uint64_t to)
{
	struct quorum_order *o;

	if (q->order_count == QUORUM_ORDERS)
		abort();
	o = &q->orders[q->order_count++];
	*o = (struct quorum_order){.what = what,
				   .round = q->round,
				   .to = to,
				   .version = q->version,
				   .stripe = q->stripe};
}

void quorum_ask(struct quorum *q, enum quorum_phase phase,
		enum quorum_what what, uint64_t to)
{
	q->phase = phase;
	q->round++;
	q->waiting = to;
	q->deadline_ms = NEVER;
	if (to != 0)
		quorum_order(q, what, to);
}

/* Every entry of the machine ends here: a phase may ask nobody at all. */
static void advance(struct quorum *q, uint64_t now)
{
	while (q->waiting == 0 && phases[q->phase].settled)
		phases[q->phase].settled(q, now);
}

void quorum_finish(struct quorum *q, enum quorum_outcome outcome,
		   enum quorum_reason reason)
{
	q->phase = PHASE_DONE;
	q->outcome = outcome;
	q->reason = reason;
	q->waiting = 0;
	q->deadline_ms = NEVER;
	q->missing = everyone(q) & ~quorum_marks(q);
}

void quorum_pause(struct quorum *q, uint64_t now)
{
	q->phase = PHASE_PAUSE;
	q->round++;
	q->waiting = 0;
	q->deadline_ms = now + quorum_jitter(q, PAUSE_MIN_MS, PAUSE_MAX_MS);
}

void quorum_abort_stage(struct quorum *q)
{
	quorum_order(q, WHAT_ABORT, q->stripe);
}

void quorum_abort_then(struct quorum *q, enum quorum_outcome outcome,
		       enum quorum_reason reason, uint64_t now)
{
	q->after_abort = outcome;
	q->reason = reason;
	quorum_ask(q, PHASE_ABORT, WHAT_ABORT, q->stripe);
	q->deadline_ms = now + QUORUM_ABORT_MS;
}

static void abort_settled(struct quorum *q, uint64_t now)
{
	(void)now;
	quorum_finish(q, q->after_abort, q->reason);
}

/* QUERY */

/* All but the stamps: the ABORTs of the last round are still to be sent. */
static void forget_answers(struct quorum *q)
{
	for (unsigned i = 0; i < q->settings.count; i++) {
		struct quorum_server *s = &q->servers[i];
		struct stamp stamp = s->store.stamp;

		free(s->records);
		*s = (struct quorum_server){.store.stamp = stamp};
	}
}

void quorum_query(struct quorum *q, uint64_t now)
{
	forget_answers(q);
	q->stripe = 0;
	q->query_ms = now;
	quorum_ask(q, PHASE_QUERY, WHAT_QUERY, everyone(q));
	q->query_round = q->round;
	q->query_waiting = q->waiting;
	q->deadline_ms = now + QUORUM_QUERY_MS;
}

bool quorum_take_answer(struct quorum *q, const struct quorum_event *e)
{
	struct quorum_server *s = &q->servers[e->server];
	const struct msg_query_answer *a = e->query;
	struct record *copy = NULL;

	if (e->kind != EVENT_ANSWER || s->answered)
		return false;
	if (a->count != 0) {
		copy = malloc(a->count * sizeof(*copy));
		if (!copy)
			return false;
		memcpy(copy, a->records, a->count * sizeof(*copy));
	}
	s->answered = true;
	s->store = a->store;
	s->records = copy;
	s->count = a->count;
	return true;
}

void quorum_judge(const struct quorum *q, struct view *v, struct found *f)
{
	const struct msg_store *stores[LAYOUT_MAX];
	struct held held[LAYOUT_MAX];

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		stores[i] = s->answered ? &s->store : NULL;
		held[i] = (struct held){s->records, s->count};
	}
	view_make(v, stores, q->settings.count);
	found_make(f, v, stores, held, q->settings.count);
}

bool quorum_may_query(const struct quorum *q, uint64_t now)
{
	uint64_t fence = NEVER;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		if (s->answered && s->store.fence_s * UINT64_C(1000) < fence)
			fence = s->store.fence_s * UINT64_C(1000);
	}
	return now - q->query_ms < fence;
}

/* A new record goes from member to member: enough of them answer, but some
 * by the one before, and for a moment neither holds. */
static bool is_changing(const struct quorum *q, uint64_t now)
{
	bool changes = quorum_is_put(q) || q->settings.kind == QUORUM_RM;
	unsigned need = changes ? q->view.w : q->view.r;
	unsigned some = 0;

	for (unsigned i = 0; i < q->settings.count; i++)
		some += (q->view.valid & quorum_bit(i)) &&
			q->servers[i].store.state == STORE_MEMBER;
	return mask_count(q->view.members) < need && some >= need &&
	       (q->change_ms == 0 || now - q->change_ms < CHANGE_MS);
}

static void query_settled(struct quorum *q, uint64_t now)
{
	q->waiting = 0;
	quorum_judge(q, &q->view, &q->found);
	if (q->view.doubled != 0) {
		quorum_finish(q,
			      q->settings.kind == QUORUM_PUT ||
					      q->settings.kind == QUORUM_RM
				      ? OUTCOME_FAILED
				      : OUTCOME_INCOMPLETE,
			      REASON_DOUBLED);
		return;
	}
	if (quorum_update_members(q, now))
		return;
	if (is_changing(q, now)) {
		q->change_ms = q->change_ms == 0 ? now : q->change_ms;
		quorum_pause(q, now);
		return;
	}
	if (quorum_is_put(q) || q->settings.kind == QUORUM_RM)
		quorum_evaluate_put(q, now);
	else if (q->settings.kind == QUORUM_HEAL)
		quorum_evaluate_heal(q, now);
	else
		quorum_evaluate_get(q, true, now);
}

static void query_event(struct quorum *q, const struct quorum_event *e,
			uint64_t now)
{
	(void)e;
	if (q->settings.kind != QUORUM_GET || q->patient || q->waiting == 0)
		return;
	quorum_judge(q, &q->view, &q->found);
	if (q->view.doubled == 0)
		quorum_evaluate_get(q, false, now);
}

static const struct phase phases[PHASE_COUNT] = {
	[PHASE_QUERY] = {query_event, query_settled, query_settled},
	[PHASE_JOIN] = {NULL, quorum_pause, quorum_pause},
	[PHASE_PAUSE] = {NULL, NULL, quorum_query},
	[PHASE_STAGE] = {quorum_stage_event, quorum_commit, NULL},
	[PHASE_COMMIT] = {quorum_commit_event, quorum_commit_settled,
			  quorum_commit_expired},
	[PHASE_RETRY] = {NULL, NULL, quorum_retry_expired},
	[PHASE_FETCH] = {NULL, NULL, NULL},
	[PHASE_MARKS] = {NULL, NULL, quorum_finish_marks},
	[PHASE_VERIFY] = {quorum_verify_event, quorum_verify_settled, NULL},
	[PHASE_FINISH] = {quorum_commit_event, quorum_finish_settled,
			  quorum_finish_settled},
	[PHASE_RESTORE] = {quorum_restore_event, quorum_restore_settled, NULL},
	[PHASE_GARBAGE] = {quorum_garbage_event, quorum_garbage_settled,
			   quorum_garbage_expired},
	[PHASE_ABORT] = {NULL, abort_settled, abort_settled},
	[PHASE_DONE] = {NULL, NULL, NULL},
};

void quorum_init(struct quorum *q, const struct quorum_settings *s)
{
	memset(q, 0, sizeof(*q));
	q->settings = *s;
	q->phase = PHASE_DONE;
	q->patient = s->patient;
	for (size_t i = 0; i < STORE_ID_SIZE; i++)
		q->own_id[i] = (uint8_t)quorum_draw(q);
}

void quorum_release(struct quorum *q)
{
	forget_answers(q);
}

void quorum_start(struct quorum *q, uint64_t now)
{
	q->start_ms = now;
	quorum_query(q, now);
}

bool quorum_next(struct quorum *q, struct quorum_order *o)
{
	if (q->order_count == 0)
		return false;
	*o = q->orders[0];
	q->order_count--;
	memmove(&q->orders[0], &q->orders[1],
		q->order_count * sizeof(q->orders[0]));
	return true;
}

/* Heal goes by what it has had verified: what comes later is none of it. */
static void take_query_answer(struct quorum *q, const struct quorum_event *e,
			      uint64_t now)
{
	q->query_waiting &= ~quorum_bit(e->server);
	if (q->settings.kind == QUORUM_HEAL && q->phase != PHASE_QUERY)
		return;
	quorum_take_answer(q, e);
	if (q->phase == PHASE_FETCH || q->phase == PHASE_MARKS)
		quorum_late_answer(q, now);
}

void quorum_event(struct quorum *q, const struct quorum_event *e, uint64_t now)
{
	if (q->phase == PHASE_DONE)
		return;
	if (e->what == WHAT_FETCH) {
		if (q->phase == PHASE_FETCH && e->round == q->round)
			quorum_fetch_event(q, e, now);
		advance(q, now);
		return;
	}
	if (e->what == WHAT_QUERY && e->round == q->query_round)
		take_query_answer(q, e, now);
	if (e->round == q->round && (q->waiting & quorum_bit(e->server))) {
		q->waiting &= ~quorum_bit(e->server);
		if (phases[q->phase].event)
			phases[q->phase].event(q, e, now);
	}
	advance(q, now);
}

uint64_t quorum_deadline(const struct quorum *q)
{
	return q->deadline_ms;
}

void quorum_tick(struct quorum *q, uint64_t now)
{
	if (now < q->deadline_ms || !phases[q->phase].expired)
		return;
	if (q->phase != PHASE_COMMIT)
		q->waiting = 0;
	phases[q->phase].expired(q, now);
	advance(q, now);
}

static bool has_committed(const struct quorum *q)
{
	bool own = quorum_is_put(q) || q->settings.kind == QUORUM_RM;

	return own && !q->superseded &&
	       (q->phase == PHASE_COMMIT || q->phase == PHASE_RETRY);
}

void quorum_cancel(struct quorum *q, enum quorum_reason reason, uint64_t now)
{
	enum quorum_outcome how =
		reason == REASON_LOCAL ? OUTCOME_FAILED : OUTCOME_CANCELLED;

	if (q->phase == PHASE_DONE || has_committed(q))
		return;
	q->order_count = 0;
	if (q->phase == PHASE_STAGE) {
		quorum_abort_then(q, how, reason, now);
		if (how == OUTCOME_CANCELLED)
			q->deadline_ms = now + QUORUM_CANCEL_MS;
	} else if (q->phase != PHASE_ABORT) {
		quorum_finish(q, how, reason);
	}
	advance(q, now);
}

void quorum_context(const struct quorum *q, unsigned server,
		    struct msg_context *c)
{
	c->cluster = q->view.cluster;
	c->stamp = q->servers[server].store.stamp;
}

void quorum_join(const struct quorum *q, unsigned server, struct msg_join *m)
{
	const struct msg_store *s = &q->servers[server].store;

	*m = q->join;
	memcpy(m->store, s->stamp.store, STORE_ID_SIZE);
	/* Beginning beside stages: a store that is no member may have lost a
	 * mark that a put still counts on, and waits as after a heal. */
	if (m->cluster.epoch == 1 && quorum_sees_stages(q) &&
	    (s->state == STORE_BLANK ||
	     (s->state == STORE_JOINING &&
	      memcmp(s->cluster.id, m->cluster.id, STORE_ID_SIZE) == 0)))
		m->heal = true;
}

uint64_t quorum_marks(const struct quorum *q)
{
	uint64_t some = 0;

	if (tag_is_none(&q->version.tag))
		return 0;
	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		if (s->acked)
			some |= quorum_bit(i);
		for (unsigned k = 0; k < s->count; k++)
			if (record_is_committed(&s->records[k]) &&
			    tag_compare(&s->records[k].v.tag,
					&q->version.tag) >= 0)
				some |= quorum_bit(i);
	}
	return some;
}

unsigned quorum_place(uint64_t stripe, unsigned server)
{
	return mask_count(stripe & (quorum_bit(server) - 1));
}
