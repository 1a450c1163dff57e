/*
 * The machine is a table of phases.  Each phase has asked a set of servers
 * something (q->waiting); an event takes a server out of the set, and when
 * the set is empty, or the deadline passes, the phase is settled and decides
 * what comes next.
 */
#include "quorum.h"

#include <stdlib.h>
#include <string.h>

#define NEVER UINT64_MAX
#define PAUSE_MIN_MS 5
#define PAUSE_MAX_MS 60
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 300

struct phase {
	/* An event of the current round; its server is out of waiting. */
	void (*event)(struct quorum *q, const struct quorum_event *e,
		      uint64_t now);
	/* Nobody is waited for any more; changes the phase, or asks. */
	void (*settled)(struct quorum *q, uint64_t now);
	/* The deadline has passed. */
	void (*expired)(struct quorum *q, uint64_t now);
};

static const struct phase phases[];

static uint64_t bit(unsigned server)
{
	return UINT64_C(1) << server;
}

static uint64_t everyone(const struct quorum *q)
{
	return mask_all(q->settings.count);
}

static bool is_put(const struct quorum *q)
{
	return q->settings.kind == QUORUM_PUT;
}

static uint64_t draw(struct quorum *q)
{
	return q->settings.random(q->settings.random_arg);
}

static uint64_t jitter(struct quorum *q, uint64_t min, uint64_t max)
{
	return min + draw(q) % (max - min + 1);
}

/* Rounds and orders */

static struct quorum_order *order(struct quorum *q, enum quorum_what what,
				  uint64_t to)
{
	struct quorum_order *o;

	if (q->order_count == QUORUM_ORDERS)
		abort();
	o = &q->orders[q->order_count++];
	*o = (struct quorum_order){ .what = what,
				    .round = q->round,
				    .to = to,
				    .version = q->version,
				    .stripe = q->stripe };
	return o;
}

/* Enters a phase that asks the servers of `to`. */
static void ask(struct quorum *q, enum quorum_phase phase,
		enum quorum_what what, uint64_t to)
{
	q->phase = phase;
	q->round++;
	q->waiting = to;
	q->deadline_ms = NEVER;
	if (to != 0)
		order(q, what, to);
}

/* Every entry of the machine ends here: a phase may ask nobody at all. */
static void advance(struct quorum *q, uint64_t now)
{
	while (q->waiting == 0 && phases[q->phase].settled)
		phases[q->phase].settled(q, now);
}

static void finish(struct quorum *q, enum quorum_outcome outcome,
		   enum quorum_reason reason)
{
	q->phase = PHASE_DONE;
	q->outcome = outcome;
	q->reason = reason;
	q->waiting = 0;
	q->deadline_ms = NEVER;
	q->missing = everyone(q) & ~quorum_marks(q);
}

static void pause_then_query(struct quorum *q, uint64_t now)
{
	q->phase = PHASE_PAUSE;
	q->round++;
	q->waiting = 0;
	q->deadline_ms = now + jitter(q, PAUSE_MIN_MS, PAUSE_MAX_MS);
}

/* ABORT of the tag to the stripe; nobody waits for the answers. */
static void abort_stage(struct quorum *q)
{
	order(q, WHAT_ABORT, q->stripe);
}

/* The same, and the operation ends when the answers are in. */
static void abort_and_finish(struct quorum *q, enum quorum_outcome outcome,
			     enum quorum_reason reason, uint64_t now)
{
	q->after_abort = outcome;
	q->reason = reason;
	ask(q, PHASE_ABORT, WHAT_ABORT, q->stripe);
	q->deadline_ms = now + QUORUM_ABORT_MS;
}

static void abort_settled(struct quorum *q, uint64_t now)
{
	(void)now;
	finish(q, q->after_abort, q->reason);
}

/* QUERY */

static void forget_answers(struct quorum *q)
{
	for (unsigned i = 0; i < q->settings.count; i++) {
		free(q->servers[i].records);
		q->servers[i] = (struct quorum_server){ 0 };
	}
}

static void query(struct quorum *q, uint64_t now)
{
	forget_answers(q);
	q->stripe = 0;
	q->query_ms = now;
	ask(q, PHASE_QUERY, WHAT_QUERY, everyone(q));
	q->query_round = q->round;
	q->query_waiting = q->waiting;
	q->deadline_ms = now + QUORUM_QUERY_MS;
}

static bool take_answer(struct quorum *q, const struct quorum_event *e)
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

static void judge(const struct quorum *q, struct view *v, struct found *f)
{
	const struct msg_store *stores[LAYOUT_MAX];
	struct held held[LAYOUT_MAX];

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		stores[i] = s->answered ? &s->store : NULL;
		held[i] = (struct held){ s->records, s->count };
	}
	view_make(v, stores, q->settings.count);
	found_make(f, v, stores, held, q->settings.count);
}

static bool stamp_may_be_taken(const struct quorum *q, uint64_t now)
{
	uint64_t fence = NEVER;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		if (s->answered && s->store.fence_s * UINT64_C(1000) < fence)
			fence = s->store.fence_s * UINT64_C(1000);
	}
	return now - q->query_ms < fence;
}

static void evaluate_put(struct quorum *q, uint64_t now);
static void evaluate_get(struct quorum *q, bool all_in, uint64_t now);

static void query_settled(struct quorum *q, uint64_t now)
{
	q->waiting = 0;
	judge(q, &q->view, &q->found);
	if (q->view.doubled != 0) {
		finish(q,
		       q->settings.kind == QUORUM_PUT ||
				       q->settings.kind == QUORUM_RM ?
			       OUTCOME_FAILED :
			       OUTCOME_INCOMPLETE,
		       REASON_DOUBLED);
		return;
	}
	if (is_put(q) || q->settings.kind == QUORUM_RM)
		evaluate_put(q, now);
	else
		evaluate_get(q, true, now);
}

static void query_event(struct quorum *q, const struct quorum_event *e,
			uint64_t now)
{
	(void)e;
	if (q->settings.kind != QUORUM_GET || q->patient || q->waiting == 0)
		return;
	judge(q, &q->view, &q->found);
	if (q->view.doubled == 0)
		evaluate_get(q, false, now);
}

/* Beginning a cluster: see dfs-consistency(7) */

static void remember_stores(struct quorum *q)
{
	q->begin_seen = 0;
	for (unsigned i = 0; i < q->settings.count; i++) {
		if (!q->servers[i].answered)
			continue;
		q->begin_seen |= bit(i);
		memcpy(q->begin_stores[i], q->servers[i].store.stamp.store,
		       STORE_ID_SIZE);
	}
}

/* Servers that answered both rounds as the same store. */
static uint64_t seen_twice(const struct quorum *q)
{
	uint64_t twice = 0;

	for (unsigned i = 0; i < q->settings.count; i++)
		if ((q->begin_seen & bit(i)) && q->servers[i].answered &&
		    memcmp(q->begin_stores[i],
			   q->servers[i].store.stamp.store,
			   STORE_ID_SIZE) == 0)
			twice |= bit(i);
	return twice;
}

/* The lowest cluster id among the answers, else our own. */
static void lowest_id(struct quorum *q, uint8_t id[STORE_ID_SIZE])
{
	bool any = false;

	memcpy(id, q->own_id, STORE_ID_SIZE);
	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct msg_store *s = &q->servers[i].store;

		if (!q->servers[i].answered || s->state == STORE_BLANK)
			continue;
		if (!any || memcmp(s->cluster.id, id, STORE_ID_SIZE) < 0)
			memcpy(id, s->cluster.id, STORE_ID_SIZE);
		any = true;
	}
}

static unsigned carriers(const struct quorum *q,
			 const uint8_t id[STORE_ID_SIZE], uint8_t flags)
{
	unsigned n = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct msg_store *s = &q->servers[i].store;

		n += q->servers[i].answered && s->state == STORE_MEMBER &&
		     (s->flags & flags) == flags &&
		     memcmp(s->cluster.id, id, STORE_ID_SIZE) == 0;
	}
	return n;
}

static void send_join(struct quorum *q, const struct cluster_id *c,
		      uint64_t to, uint64_t now)
{
	q->join = (struct msg_join){
		.cluster = *c,
		.state = STORE_MEMBER,
		.carried_r = carriers(q, c->id, 0) >= (c->n + 1u) / 2,
		.carried_w_version =
			carriers(q, c->id, STORE_VERSIONS) >= c->n / 2u + 1,
	};
	ask(q, PHASE_JOIN, WHAT_JOIN, to);
	q->deadline_ms = now + QUORUM_QUERY_MS;
}

static void begin(struct quorum *q, uint64_t now)
{
	unsigned count = q->settings.count;
	unsigned w = count / 2 + 1;
	uint64_t answered = q->view.valid | q->view.strangers;
	struct cluster_id c = { .epoch = 1, .n = (uint8_t)count };

	if (!q->view.fresh || mask_count(answered) < w || count < 2) {
		finish(q, OUTCOME_FAILED, REASON_TOO_FEW);
		return;
	}
	if (q->begin_ms == 0)
		q->begin_ms = now;
	if (now - q->begin_ms > QUORUM_BEGIN_MS) {
		finish(q, OUTCOME_FAILED, REASON_BEGIN);
		return;
	}
	if (!q->begin_second || mask_count(seen_twice(q)) < w) {
		q->begin_second = true;
		remember_stores(q);
		query(q, now);
		return;
	}
	q->begin_second = false;
	lowest_id(q, c.id);
	send_join(q, &c, answered, now);
}

/* Stores that began another cluster, and may still be won over. */
static uint64_t lost_beginners(const struct quorum *q)
{
	const uint8_t *id = q->view.cluster.id;
	bool versions = carriers(q, id, STORE_VERSIONS) >= q->view.w;
	uint64_t some = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct msg_store *s = &q->servers[i].store;

		if (!(q->view.strangers & bit(i)) || s->cluster.epoch != 1 ||
		    (s->flags & STORE_VERSIONS))
			continue;
		if (versions ||
		    memcmp(id, s->cluster.id, STORE_ID_SIZE) < 0)
			some |= bit(i);
	}
	return some;
}

/* PUT and RM: who takes part */

static void stage(struct quorum *q);
static void commit(struct quorum *q, uint64_t now);
static void marks(struct quorum *q, uint64_t now);

static enum quorum_reason why_too_few(const struct quorum *q)
{
	const struct view *v = &q->view;

	if (mask_count(v->members) < v->w)
		return REASON_TOO_FEW;
	if (q->no_space != 0)
		return REASON_NO_SPACE;
	if (mask_count(v->members & v->writable & ~q->failed) >= v->w)
		return REASON_NO_SPACE;
	return q->failed != 0 ? REASON_STAGE : REASON_READ_ONLY;
}

static bool choose_tag(struct quorum *q)
{
	if (q->found.ctr_max == UINT64_MAX)
		return false;
	if (is_put(q))
		q->version = q->settings.version;
	else
		q->version = (struct version){ .alg = DIGEST_XXH3 };
	q->version.tag = (struct tag){ .ctr = q->found.ctr_max + 1,
				       .put = draw(q) };
	q->version.y = (uint8_t)mask_count(q->stripe);
	return true;
}

static void evaluate_members(struct quorum *q, uint64_t now)
{
	const struct view *v = &q->view;
	uint64_t part = (is_put(q) ? v->roomy : v->writable) & ~q->failed;
	unsigned members = mask_count(part & v->members);

	if (members < v->w || (is_put(q) && mask_count(part) < 2)) {
		finish(q, OUTCOME_FAILED, why_too_few(q));
		return;
	}
	if (q->settings.require_all && members < v->n) {
		finish(q, OUTCOME_FAILED, REASON_NOT_ALL);
		return;
	}
	if (!is_put(q) && !q->found.committed) {
		finish(q, OUTCOME_ABSENT, REASON_NONE);
		return;
	}
	if (!is_put(q) && q->found.version.y == 0) {
		q->version = q->found.version;
		marks(q, now);
		return;
	}
	q->stripe = is_put(q) ? part : 0;
	if (!choose_tag(q))
		finish(q, OUTCOME_FAILED, REASON_LIMIT);
	else if (is_put(q))
		stage(q);
	else
		commit(q, now);
}

static void evaluate_put(struct quorum *q, uint64_t now)
{
	uint64_t lost;

	if (!q->view.established) {
		if (is_put(q))
			begin(q, now);
		else if (view_is_new(&q->view))
			finish(q, OUTCOME_ABSENT, REASON_NONE);
		else
			finish(q, OUTCOME_FAILED, REASON_TOO_FEW);
		return;
	}
	lost = lost_beginners(q);
	if (is_put(q) && lost != 0 && !q->joined_strangers) {
		q->joined_strangers = true;
		send_join(q, &q->view.cluster, lost, now);
		return;
	}
	evaluate_members(q, now);
}

/* STAGE */

static void stage(struct quorum *q)
{
	ask(q, PHASE_STAGE, WHAT_STAGE, q->stripe);
}

static void put_again(struct quorum *q, uint64_t now)
{
	if (q->retries == QUORUM_RETRIES) {
		abort_and_finish(q, OUTCOME_FAILED,
				 q->no_space ? REASON_NO_SPACE : REASON_STAGE,
				 now);
		return;
	}
	q->retries++;
	abort_stage(q);
	query(q, now);
}

/* Our put is ordered just before a higher one: see that one finished. */
static void superseded(struct quorum *q, const struct version *higher,
		       uint64_t now)
{
	abort_stage(q);
	q->superseded = true;
	q->version = *higher;
	q->stripe = 0;
	commit(q, now);
}

/* Another cluster id has won meanwhile; the beginning's time is bounded. */
static void begin_again(struct quorum *q, uint64_t now)
{
	if (q->begin_ms == 0)
		q->begin_ms = now;
	if (now - q->begin_ms > QUORUM_BEGIN_MS) {
		abort_and_finish(q, OUTCOME_FAILED, REASON_BEGIN, now);
		return;
	}
	abort_stage(q);
	pause_then_query(q, now);
}

static void stage_event(struct quorum *q, const struct quorum_event *e,
			uint64_t now)
{
	const struct msg_refusal *no = e->refusal;

	if (e->kind == EVENT_ANSWER)
		return;
	if (e->kind == EVENT_REFUSED && e->status == ST_OTHER_CLUSTER) {
		begin_again(q, now);
		return;
	}
	if (e->kind == EVENT_REFUSED && e->status == ST_SUPERSEDED && no &&
	    no->has_version &&
	    tag_compare(&no->version.tag, &q->version.tag) >= 0) {
		superseded(q, &no->version, now);
		return;
	}
	q->failed |= bit(e->server);
	if (e->kind == EVENT_REFUSED && e->status == ST_NO_SPACE)
		q->no_space |= bit(e->server);
	put_again(q, now);
}

static void stage_settled(struct quorum *q, uint64_t now)
{
	commit(q, now);
}

/* COMMIT */

static void commit(struct quorum *q, uint64_t now)
{
	q->commit_end_ms = now + QUORUM_COMMIT_MS;
	ask(q, PHASE_COMMIT, WHAT_COMMIT, q->view.valid);
	q->deadline_ms = q->commit_end_ms;
}

static bool is_final(enum status s)
{
	return s == ST_STALE || s == ST_OTHER_CLUSTER || s == ST_RANGE ||
	       s == ST_BAD_REQUEST || s == ST_NOT_PERMITTED ||
	       s == ST_READ_ONLY || s == ST_UNKNOWN_OP;
}

static void take_ack(struct quorum *q, const struct quorum_event *e)
{
	struct quorum_server *s = &q->servers[e->server];
	const struct msg_commit_answer *a = e->commit;
	int order = tag_compare(&a->highest, &q->version.tag);

	if (order < 0) {
		s->barred = true;
		return;
	}
	s->acked = true;
	s->ack_member = a->store.state == STORE_MEMBER &&
			a->store.cluster.epoch == q->view.cluster.epoch &&
			memcmp(a->store.cluster.id, q->view.cluster.id,
			       STORE_ID_SIZE) == 0;
	if (order == 0 && a->state == RECORD_WITNESS &&
	    (q->stripe & bit(e->server)))
		q->degraded = true;
}

/* Also of get and mark, which finish what they have seen. */
static void commit_event(struct quorum *q, const struct quorum_event *e,
			 uint64_t now)
{
	struct quorum_server *s = &q->servers[e->server];

	(void)now;
	if (e->what == WHAT_QUERY) {
		/* First reached only now; it has given its stamp. */
		if (take_answer(q, e)) {
			order(q, WHAT_COMMIT, bit(e->server));
			q->waiting |= bit(e->server);
		}
		return;
	}
	if (e->kind == EVENT_ANSWER)
		take_ack(q, e);
	else if (e->kind == EVENT_LOST || e->status == ST_IO)
		q->ambiguous |= bit(e->server);
	if (e->kind == EVENT_REFUSED && is_final(e->status))
		s->barred = true;
}

static uint64_t acked_members(const struct quorum *q)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < q->settings.count; i++)
		if (q->servers[i].acked && q->servers[i].ack_member)
			some |= bit(i);
	return some;
}

/* Nobody has obeyed the COMMIT, and nobody can have: it is undone. */
static bool commit_was_refused(const struct quorum *q)
{
	for (unsigned i = 0; i < q->settings.count; i++)
		if (q->servers[i].acked)
			return false;
	return q->ambiguous == 0;
}

static uint64_t commit_targets(const struct quorum *q, bool answered)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		if (!s->acked && !s->barred && s->answered == answered)
			some |= bit(i);
	}
	return answered ? some & q->view.valid : some;
}

static void commit_over(struct quorum *q, uint64_t now)
{
	if (mask_count(acked_members(q)) >= q->view.w)
		finish(q, OUTCOME_OK, REASON_NONE);
	else if (q->superseded)
		finish(q, OUTCOME_FAILED, REASON_TOO_FEW);
	else if (commit_was_refused(q))
		abort_and_finish(q, OUTCOME_FAILED, REASON_TOO_FEW, now);
	else
		finish(q, OUTCOME_UNKNOWN, REASON_TOO_FEW);
}

static void commit_settled(struct quorum *q, uint64_t now)
{
	uint64_t more = commit_targets(q, true) | commit_targets(q, false);

	if (mask_count(acked_members(q)) >= q->view.w || more == 0 ||
	    now >= q->commit_end_ms) {
		commit_over(q, now);
		return;
	}
	q->phase = PHASE_RETRY;
	q->deadline_ms = now + jitter(q, RETRY_MIN_MS, RETRY_MAX_MS);
}

static void commit_expired(struct quorum *q, uint64_t now)
{
	q->ambiguous |= q->waiting;
	q->waiting = 0;
	commit_over(q, now);
}

static void retry_expired(struct quorum *q, uint64_t now)
{
	uint64_t fresh = stamp_may_be_taken(q, now) ?
				 commit_targets(q, false) :
				 0;

	ask(q, PHASE_COMMIT, WHAT_COMMIT, commit_targets(q, true));
	if (fresh != 0)
		order(q, WHAT_QUERY, fresh);
	q->waiting |= fresh;
	q->deadline_ms = q->commit_end_ms;
}

/* GET and MARK */

static enum quorum_reason why_incomplete(const struct quorum *q)
{
	if (mask_count(q->view.valid) < q->settings.count)
		return REASON_TOO_FEW;
	return REASON_CHUNKS;
}

static void finish_marks(struct quorum *q, uint64_t now);

static void evaluate_get(struct quorum *q, bool all_in, uint64_t now)
{
	const struct view *v = &q->view;
	const struct found *f = &q->found;
	unsigned members = mask_count(v->members);

	if (!all_in && members < v->w &&
	    (members < v->r || !f->committed || !f->rebuildable))
		return;
	if (members < v->r) {
		if (view_is_new(v))
			finish(q, OUTCOME_ABSENT, REASON_NONE);
		else
			finish(q, OUTCOME_INCOMPLETE, REASON_TOO_FEW);
		return;
	}
	if (!f->committed) {
		finish(q, OUTCOME_ABSENT, REASON_NONE);
		return;
	}
	q->version = f->version;
	if (!f->rebuildable) {
		if (all_in)
			finish(q, OUTCOME_INCOMPLETE, why_incomplete(q));
		return;
	}
	if (q->settings.kind == QUORUM_MARK)
		finish_marks(q, now);
	else if (f->version.y == 0)
		marks(q, now);
	else {
		ask(q, PHASE_FETCH, WHAT_FETCH, 0);
		order(q, WHAT_FETCH, 0);
	}
}

/* The version is delivered, or proven deleted: has a majority its mark? */
static void conclude(struct quorum *q)
{
	uint64_t members = q->view.members | acked_members(q);

	q->weak = mask_count(quorum_marks(q) & members) < q->view.w;
	if (q->settings.kind == QUORUM_MARK && q->weak)
		finish(q, OUTCOME_INCOMPLETE, REASON_TOO_FEW);
	else if (q->version.y == 0 && q->settings.kind != QUORUM_MARK)
		finish(q, OUTCOME_ABSENT, REASON_NONE);
	else
		finish(q, OUTCOME_OK, REASON_NONE);
}

static void marks(struct quorum *q, uint64_t now)
{
	uint64_t end = q->query_ms + QUORUM_QUERY_MS;

	if (mask_count(quorum_marks(q) & q->view.members) >= q->view.w) {
		conclude(q);
	} else if (q->query_waiting != 0 && now < end) {
		q->phase = PHASE_MARKS;
		q->waiting = 0;
		q->deadline_ms = end;
	} else {
		finish_marks(q, now);
	}
}

/* COMMIT of what was seen, to all that have answered and lack it. */
static void finish_marks(struct quorum *q, uint64_t now)
{
	uint64_t to = q->view.valid & ~quorum_marks(q);

	if (q->settings.read_only)
		to = 0;
	ask(q, PHASE_FINISH, WHAT_COMMIT, to);
	q->deadline_ms = now + (q->settings.kind == QUORUM_MARK ?
					QUORUM_COMMIT_MS :
					QUORUM_FINISH_MS);
}

static void finish_settled(struct quorum *q, uint64_t now)
{
	(void)now;
	q->waiting = 0;
	conclude(q);
}

static void fetch_event(struct quorum *q, const struct quorum_event *e,
			uint64_t now)
{
	if (e->kind == EVENT_FETCHED) {
		marks(q, now);
	} else if (e->kind == EVENT_FETCH_GONE) {
		if (now - q->start_ms > QUORUM_AGAIN_MS)
			finish(q, OUTCOME_INCOMPLETE, REASON_MOVING);
		else
			pause_then_query(q, now);
	} else if (q->retries++ < QUORUM_RETRIES) {
		/* What was missing may be known to all by now. */
		q->patient = true;
		query(q, now);
	} else {
		finish(q, OUTCOME_INCOMPLETE, why_incomplete(q));
	}
}

/* An answer to the last QUERY that came after its round was judged. */
static void late_answer(struct quorum *q, uint64_t now)
{
	struct view v;
	struct found f;

	judge(q, &v, &f);
	q->view = v;
	if (tag_compare(&f.version.tag, &q->version.tag) == 0)
		q->found = f;
	if (q->phase == PHASE_MARKS)
		marks(q, now);
}

/* The table */

static const struct phase phases[] = {
	[PHASE_QUERY] = { query_event, query_settled, query_settled },
	[PHASE_JOIN] = { NULL, pause_then_query, pause_then_query },
	[PHASE_PAUSE] = { NULL, NULL, query },
	[PHASE_STAGE] = { stage_event, stage_settled, NULL },
	[PHASE_COMMIT] = { commit_event, commit_settled, commit_expired },
	[PHASE_RETRY] = { NULL, NULL, retry_expired },
	[PHASE_FETCH] = { NULL, NULL, NULL },
	[PHASE_MARKS] = { NULL, NULL, finish_marks },
	[PHASE_FINISH] = { commit_event, finish_settled, finish_settled },
	[PHASE_ABORT] = { NULL, abort_settled, abort_settled },
	[PHASE_DONE] = { NULL, NULL, NULL },
};

void quorum_init(struct quorum *q, const struct quorum_settings *s)
{
	memset(q, 0, sizeof(*q));
	q->settings = *s;
	q->phase = PHASE_DONE;
	for (size_t i = 0; i < STORE_ID_SIZE; i++)
		q->own_id[i] = (uint8_t)draw(q);
}

void quorum_release(struct quorum *q)
{
	forget_answers(q);
}

void quorum_start(struct quorum *q, uint64_t now)
{
	q->start_ms = now;
	query(q, now);
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

void quorum_event(struct quorum *q, const struct quorum_event *e, uint64_t now)
{
	if (q->phase == PHASE_DONE)
		return;
	if (e->what == WHAT_FETCH) {
		if (q->phase == PHASE_FETCH && e->round == q->round)
			fetch_event(q, e, now);
		advance(q, now);
		return;
	}
	if (e->what == WHAT_QUERY && e->round == q->query_round) {
		q->query_waiting &= ~bit(e->server);
		take_answer(q, e);
		if (q->phase == PHASE_FETCH || q->phase == PHASE_MARKS)
			late_answer(q, now);
	}
	if (e->round == q->round && (q->waiting & bit(e->server))) {
		q->waiting &= ~bit(e->server);
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
	bool own = is_put(q) || q->settings.kind == QUORUM_RM;

	return own && !q->superseded &&
	       (q->phase == PHASE_COMMIT || q->phase == PHASE_RETRY);
}

void quorum_cancel(struct quorum *q, enum quorum_reason reason, uint64_t now)
{
	enum quorum_outcome how = reason == REASON_LOCAL ? OUTCOME_FAILED :
							   OUTCOME_CANCELLED;

	if (q->phase == PHASE_DONE || has_committed(q))
		return;
	q->order_count = 0;
	if (q->phase == PHASE_STAGE)
		abort_and_finish(q, how, reason, now);
	else if (q->phase != PHASE_ABORT)
		finish(q, how, reason);
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
	*m = q->join;
	memcpy(m->store, q->servers[server].store.stamp.store,
	       STORE_ID_SIZE);
}

uint64_t quorum_marks(const struct quorum *q)
{
	uint64_t some = 0;

	if (tag_is_none(&q->version.tag))
		return 0;
	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		if (s->acked)
			some |= bit(i);
		for (unsigned k = 0; k < s->count; k++)
			if (record_is_committed(&s->records[k]) &&
			    tag_compare(&s->records[k].v.tag,
					&q->version.tag) >= 0)
				some |= bit(i);
	}
	return some;
}

unsigned quorum_place(uint64_t stripe, unsigned server)
{
	return mask_count(stripe & (bit(server) - 1));
}
