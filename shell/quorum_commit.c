/* COMMIT: marks, and asking again for those that lack. */
#include "quorum_parts.h"

#include <string.h>

#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 300

void quorum_commit(struct quorum *q, uint64_t now)
{
	q->commit_end_ms = now + QUORUM_COMMIT_MS;
	quorum_ask(q, PHASE_COMMIT, WHAT_COMMIT, q->view.valid);
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
	    (q->stripe & quorum_bit(e->server)))
		q->degraded = true;
}

/* Also of get and mark, which finish what they have seen. */
void quorum_commit_event(struct quorum *q, const struct quorum_event *e,
			 uint64_t now)
{
	struct quorum_server *s = &q->servers[e->server];

	(void)now;
	if (e->what == WHAT_QUERY) {
		/* First reached only now; it has given its stamp. */
		if (quorum_take_answer(q, e)) {
			quorum_order(q, WHAT_COMMIT, quorum_bit(e->server));
			q->waiting |= quorum_bit(e->server);
		}
		return;
	}
	if (e->kind == EVENT_ANSWER)
		take_ack(q, e);
	else if (e->kind == EVENT_LOST || e->status == ST_IO)
		q->ambiguous |= quorum_bit(e->server);
	if (e->kind == EVENT_REFUSED && is_final(e->status))
		s->barred = true;
	if (e->kind == EVENT_REFUSED && e->status == ST_NOT_PERMITTED)
		q->denied |= quorum_bit(e->server);
}

uint64_t quorum_acked_members(const struct quorum *q)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < q->settings.count; i++)
		if (q->servers[i].acked && q->servers[i].ack_member)
			some |= quorum_bit(i);
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
			some |= quorum_bit(i);
	}
	return some & ~q->view.strangers;
}

static void commit_over(struct quorum *q, uint64_t now)
{
	bool enough = mask_count(quorum_acked_members(q)) >= q->view.w;

	if (q->settings.kind == QUORUM_HEAL)
		quorum_heal_committed(q, enough ? OUTCOME_OK : OUTCOME_UNKNOWN,
				      enough ? REASON_NONE : REASON_TOO_FEW);
	else if (enough)
		quorum_finish(q, OUTCOME_OK, REASON_NONE);
	else if (q->superseded)
		quorum_finish(q, OUTCOME_FAILED, REASON_TOO_FEW);
	else if (commit_was_refused(q))
		quorum_abort_then(q, OUTCOME_FAILED,
				  q->denied ? REASON_DENIED : REASON_TOO_FEW,
				  now);
	else
		quorum_finish(q, OUTCOME_UNKNOWN, REASON_TOO_FEW);
}

void quorum_commit_settled(struct quorum *q, uint64_t now)
{
	uint64_t more = commit_targets(q, true) | commit_targets(q, false);

	if (mask_count(quorum_acked_members(q)) >= q->view.w || more == 0 ||
	    now >= q->commit_end_ms) {
		commit_over(q, now);
		return;
	}
	q->phase = PHASE_RETRY;
	q->deadline_ms = now + quorum_jitter(q, RETRY_MIN_MS, RETRY_MAX_MS);
}

void quorum_commit_expired(struct quorum *q, uint64_t now)
{
	q->ambiguous |= q->waiting;
	q->waiting = 0;
	commit_over(q, now);
}

void quorum_retry_expired(struct quorum *q, uint64_t now)
{
	uint64_t fresh =
		quorum_may_query(q, now) ? commit_targets(q, false) : 0;

	quorum_ask(q, PHASE_COMMIT, WHAT_COMMIT, commit_targets(q, true));
	if (fresh != 0)
		quorum_order(q, WHAT_QUERY, fresh);
	q->waiting |= fresh;
	q->deadline_ms = q->commit_end_ms;
}
