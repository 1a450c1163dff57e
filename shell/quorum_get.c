/* Get: judging, fetching, finishing what was seen. */
#include "quorum_parts.h"

#include <string.h>

enum quorum_reason quorum_why_incomplete(const struct quorum *q)
{
	unsigned answer = mask_count(q->view.valid) + q->settings.gone;

	if (answer < q->settings.count || answer < q->view.n)
		return REASON_TOO_FEW;
	return REASON_CHUNKS;
}

/* Answers are not of one moment: where a put was between its stages and its
 * marks, the version that some show is not yet staged in what others said.
 * One that lacks a chunk twice is incomplete. */
void quorum_look_again(struct quorum *q, uint64_t now)
{
	bool same = tag_compare(&q->lacking, &q->found.version.tag) == 0;

	if (same)
		quorum_finish(q, OUTCOME_INCOMPLETE, quorum_why_incomplete(q));
	else if (now - q->start_ms > QUORUM_AGAIN_MS)
		quorum_finish(q, OUTCOME_INCOMPLETE, REASON_MOVING);
	else
		quorum_pause(q, now);
	q->lacking = q->found.version.tag;
}

void quorum_evaluate_get(struct quorum *q, bool all_in, uint64_t now)
{
	const struct view *v = &q->view;
	const struct found *f = &q->found;
	unsigned members = mask_count(v->members);

	if (!all_in && members < v->w &&
	    (members < v->r || !f->committed || !f->rebuildable))
		return;
	if (members < v->r) {
		if (view_is_new(v))
			quorum_finish(q, OUTCOME_ABSENT, REASON_NONE);
		else
			quorum_finish(q, OUTCOME_INCOMPLETE, REASON_TOO_FEW);
		return;
	}
	if (!f->committed) {
		quorum_finish(q, OUTCOME_ABSENT, REASON_NONE);
		return;
	}
	q->version = f->version;
	if (!f->rebuildable) {
		if (all_in)
			quorum_look_again(q, now);
		return;
	}
	if (f->version.y == 0)
		quorum_see_marks(q, now);
	else {
		quorum_ask(q, PHASE_FETCH, WHAT_FETCH, 0);
		quorum_order(q, WHAT_FETCH, 0);
	}
}

/* The version is delivered, or proven deleted: has a majority its mark? */
static void conclude(struct quorum *q)
{
	uint64_t members = q->view.members | quorum_acked_members(q);

	q->weak = mask_count(quorum_marks(q) & members) < q->view.w;
	if (q->version.y == 0)
		quorum_finish(q, OUTCOME_ABSENT, REASON_NONE);
	else
		quorum_finish(q, OUTCOME_OK, REASON_NONE);
}

void quorum_see_marks(struct quorum *q, uint64_t now)
{
	uint64_t end = q->query_ms + QUORUM_QUERY_MS;

	if (mask_count(quorum_marks(q) & q->view.members) >= q->view.w) {
		conclude(q);
	} else if (q->query_waiting != 0 && now < end) {
		q->phase = PHASE_MARKS;
		q->waiting = 0;
		q->deadline_ms = end;
	} else {
		quorum_finish_marks(q, now);
	}
}

/* COMMIT of what was seen, to all that have answered and lack it. */
void quorum_finish_marks(struct quorum *q, uint64_t now)
{
	bool heals = q->settings.kind == QUORUM_HEAL;
	uint64_t to = heals ? quorum_heal_lacking(q)
			    : q->view.valid & ~quorum_marks(q);

	if (q->settings.read_only)
		to = 0;
	quorum_ask(q, PHASE_FINISH, WHAT_COMMIT, to);
	q->deadline_ms = now + (heals ? QUORUM_COMMIT_MS : QUORUM_FINISH_MS);
}

void quorum_finish_settled(struct quorum *q, uint64_t now)
{
	q->waiting = 0;
	if (q->settings.kind == QUORUM_HEAL)
		quorum_heal_marked(q, now);
	else
		conclude(q);
}

void quorum_fetch_event(struct quorum *q, const struct quorum_event *e,
			uint64_t now)
{
	if (q->settings.kind == QUORUM_HEAL) {
		quorum_heal_fetched(q, e, now);
	} else if (e->kind == EVENT_FETCHED) {
		quorum_see_marks(q, now);
	} else if (e->kind == EVENT_FETCH_GONE) {
		if (now - q->start_ms > QUORUM_AGAIN_MS)
			quorum_finish(q, OUTCOME_INCOMPLETE, REASON_MOVING);
		else
			quorum_pause(q, now);
	} else if (q->retries++ < QUORUM_RETRIES) {
		/* What was missing may be known to all by now. */
		q->patient = true;
		quorum_query(q, now);
	} else {
		quorum_finish(q, OUTCOME_INCOMPLETE, quorum_why_incomplete(q));
	}
}

void quorum_late_answer(struct quorum *q, uint64_t now)
{
	struct view v;
	struct found f;

	quorum_judge(q, &v, &f);
	q->view = v;
	if (tag_compare(&f.version.tag, &q->version.tag) == 0)
		q->found = f;
	if (q->phase == PHASE_MARKS)
		quorum_see_marks(q, now);
}
