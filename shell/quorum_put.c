/* Put and rm up to the COMMIT: who takes part, the tag, the stages. */
#include "quorum_parts.h"

#include <string.h>

#define BEGIN_WAITS 8 /* pauses of some 30 ms each */

static enum quorum_reason why_too_few(const struct quorum *q)
{
	const struct view *v = &q->view;

	if (q->denied != 0)
		return REASON_DENIED;
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
	if (quorum_is_put(q))
		q->version = q->settings.version;
	else
		q->version = (struct version){.alg = DIGEST_XXH3};
	q->version.tag = (struct tag){.ctr = q->found.ctr_max + 1,
				      .put = quorum_draw(q)};
	q->version.y = (uint8_t)mask_count(q->stripe);
	return true;
}

/* What a heal has spread anew is the same version for us. */
static enum quorum_reason unmet_condition(const struct quorum *q)
{
	const struct quorum_settings *s = &q->settings;
	bool there = q->found.committed && q->found.version.y != 0;

	if (quorum_is_put(q))
		return s->must_be_absent && there ? REASON_EXISTS : REASON_NONE;
	if (!there || tag_is_none(&s->expect) ||
	    tag_same_put(&q->found.version.tag, &s->expect))
		return REASON_NONE;
	return REASON_CHANGED;
}

static void evaluate_members(struct quorum *q, uint64_t now)
{
	const struct view *v = &q->view;
	uint64_t part =
		(quorum_is_put(q) ? v->roomy : v->writable) & ~q->failed;
	unsigned members = mask_count(part & v->members);
	enum quorum_reason unmet = unmet_condition(q);

	if (members < v->w || (quorum_is_put(q) && mask_count(part) < 2)) {
		quorum_finish(q, OUTCOME_FAILED, why_too_few(q));
		return;
	}
	if (q->settings.require_all && members < v->n) {
		quorum_finish(q, OUTCOME_FAILED, REASON_NOT_ALL);
		return;
	}
	if (unmet != REASON_NONE) {
		quorum_finish(q, OUTCOME_FAILED, unmet);
		return;
	}
	if (!quorum_is_put(q) && !q->found.committed) {
		quorum_finish(q, OUTCOME_ABSENT, REASON_NONE);
		return;
	}
	if (!quorum_is_put(q) && q->found.version.y == 0) {
		q->version = q->found.version;
		quorum_see_marks(q, now);
		return;
	}
	q->stripe = quorum_is_put(q) ? part : 0;
	if (!choose_tag(q))
		quorum_finish(q, OUTCOME_FAILED, REASON_LIMIT);
	else if (quorum_is_put(q))
		quorum_ask(q, PHASE_STAGE, WHAT_STAGE, part);
	else
		quorum_commit(q, now);
}

/* A blank server in a cluster without a version: most likely another client
 * is beginning it, and its JOIN is on the way.  A stage that came before it
 * would leave the server joining, which is safe, but wants a heal. */
static bool is_still_beginning(const struct quorum *q)
{
	return quorum_is_put(q) && q->view.fresh && q->view.blank != 0 &&
	       q->begin_waits < BEGIN_WAITS;
}

void quorum_evaluate_put(struct quorum *q, uint64_t now)
{
	uint64_t lost;

	if (!q->view.established) {
		if (quorum_is_put(q))
			quorum_begin(q, now);
		else if (view_is_new(&q->view))
			quorum_finish(q, OUTCOME_ABSENT, REASON_NONE);
		else
			quorum_finish(q, OUTCOME_FAILED, REASON_TOO_FEW);
		return;
	}
	lost = quorum_lost_beginners(q);
	if (quorum_is_put(q) && lost != 0 && !q->joined_strangers) {
		q->joined_strangers = true;
		quorum_send_join(q, &q->view.cluster, lost, now);
		return;
	}
	if (is_still_beginning(q)) {
		q->begin_waits++;
		quorum_pause(q, now);
		return;
	}
	evaluate_members(q, now);
}

static void put_again(struct quorum *q, uint64_t now)
{
	if (q->retries == QUORUM_RETRIES) {
		quorum_abort_then(q, OUTCOME_FAILED,
				  q->denied	? REASON_DENIED
				  : q->no_space ? REASON_NO_SPACE
						: REASON_STAGE,
				  now);
		return;
	}
	q->retries++;
	quorum_abort_stage(q);
	quorum_query(q, now);
}

/* Our put is ordered just before a higher one: see that one finished.  But
 * who wants no file to be there has seen one. */
static void superseded(struct quorum *q, const struct version *higher,
		       uint64_t now)
{
	if (q->settings.must_be_absent && higher->y != 0) {
		quorum_abort_then(q, OUTCOME_FAILED, REASON_EXISTS, now);
		return;
	}
	quorum_abort_stage(q);
	q->superseded = true;
	q->version = *higher;
	q->stripe = 0;
	quorum_commit(q, now);
}

/* Another cluster id has won meanwhile; the beginning's time is bounded. */
static void begin_again(struct quorum *q, uint64_t now)
{
	if (q->begin_ms == 0)
		q->begin_ms = now;
	if (now - q->begin_ms > QUORUM_BEGIN_MS) {
		quorum_abort_then(q, OUTCOME_FAILED, REASON_BEGIN, now);
		return;
	}
	quorum_abort_stage(q);
	quorum_pause(q, now);
}

void quorum_stage_event(struct quorum *q, const struct quorum_event *e,
			uint64_t now)
{
	const struct msg_refusal *no = e->refusal;

	if (q->settings.kind == QUORUM_HEAL) {
		quorum_restripe_event(q, e, now);
		return;
	}
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
	q->failed |= quorum_bit(e->server);
	if (e->kind == EVENT_REFUSED && e->status == ST_NO_SPACE)
		q->no_space |= quorum_bit(e->server);
	if (e->kind == EVENT_REFUSED && e->status == ST_NOT_PERMITTED)
		q->denied |= quorum_bit(e->server);
	put_again(q, now);
}
