/*
 * Heal of one name, "REPAIR" of dfs-consistency(7), a step a phase: QUERY,
 * VERIFY at all holders, the marks everywhere, then FETCH and RESTORE of
 * what is missing or bad, or FETCH and STAGE of all under a higher gen where
 * the stripe is not as wide as the cluster, and last the garbage.
 */
#include "quorum_parts.h"

#include <string.h>

#define TRIES_MAX 8 /* times that another change may get in the way */

static unsigned least_copies(const struct quorum *q)
{
	unsigned least = 2;

	for (unsigned k = 0; k < q->version.y; k++)
		if (mask_count(q->found.holders[k]) < least)
			least = mask_count(q->found.holders[k]);
	return least;
}

void quorum_heal_over(struct quorum *q, enum quorum_outcome outcome,
		      enum quorum_reason reason)
{
	if (outcome == OUTCOME_ABSENT)
		q->healed.marks = q->view.valid;
	else
		q->healed.marks = quorum_marks(q) | quorum_forgetful(q);
	q->healed.marks &= ~q->risen;
	q->healed.unmarked = q->view.members & ~q->healed.marks;
	quorum_finish(q, outcome, reason);
}

bool quorum_is_whole(const struct quorum *q)
{
	const struct quorum_healed *h = &q->healed;
	bool given_up = q->settings.accept_loss && h->copies == 0;
	bool would_be = q->settings.dry;

	if (q->outcome == OUTCOME_ABSENT)
		return true;
	return q->outcome == OUTCOME_OK && h->full && !h->narrow &&
	       !h->unrestored && !h->silent && (!h->unmarked || would_be) &&
	       (h->copies >= 2 || would_be || given_up);
}

static void once_more(struct quorum *q, enum quorum_reason why, uint64_t now)
{
	if (q->retries++ < TRIES_MAX)
		quorum_pause(q, now);
	else
		quorum_heal_over(q, OUTCOME_INCOMPLETE, why);
}

void quorum_heal_again(struct quorum *q, uint64_t now)
{
	once_more(q, REASON_MOVING, now);
}

/* QUERY */

static void begin_result(struct quorum *q)
{
	struct quorum_healed *h = &q->healed;

	h->silent = h->unrestored = 0;
	h->narrow = h->pending = false;
	h->copies = 2;
	h->full = quorum_all_here(q);
	q->moved = false;
	q->targets = 0;
	q->garbage = (struct tag){0};
	q->risen = 0;
	q->sunk = false;
	q->forgets = false;
}

static void ask_verify(struct quorum *q)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < q->settings.count; i++)
		if ((q->view.valid & quorum_bit(i)) && quorum_place_of(q, i))
			some |= quorum_bit(i);
	quorum_ask(q, PHASE_VERIFY, WHAT_VERIFY, some);
}

/* All have said twice that a chunk is missing; one that was put back by hand
 * is seen when it is read. */
static bool may_be_mended(const struct quorum *q)
{
	return q->view.valid == mask_all(q->settings.count) &&
	       tag_compare(&q->lacking, &q->version.tag) == 0;
}

void quorum_evaluate_heal(struct quorum *q, uint64_t now)
{
	const struct found *f = &q->found;

	q->version = (struct version){0};
	begin_result(q);
	if (view_is_new(&q->view)) {
		quorum_heal_over(q, OUTCOME_ABSENT, REASON_NONE);
		return;
	}
	if (!view_proves(&q->view) && !q->settings.accept_stores) {
		quorum_heal_over(q, OUTCOME_INCOMPLETE, REASON_TOO_FEW);
		return;
	}
	q->risen = quorum_risen(q);
	if (!f->committed) {
		quorum_collect_garbage(q, now);
		return;
	}
	q->healed.silent = q->risen; /* they take no part before it is gone */
	q->version = f->version;
	if (!f->rebuildable && !q->settings.accept_loss && !may_be_mended(q))
		quorum_look_again(q, now);
	else
		ask_verify(q);
}

/* VERIFY */

void quorum_verify_event(struct quorum *q, const struct quorum_event *e,
			 uint64_t now)
{
	struct record *r = quorum_place_of(q, e->server);
	uint64_t bit = quorum_bit(e->server);

	(void)now;
	if (!r)
		return;
	r->have = 0;
	if (e->kind == EVENT_ANSWER) {
		r->have = e->good & 3;
		if (r->have != 3)
			q->healed.corrupt |= bit;
	} else if (e->kind == EVENT_REFUSED &&
		   (e->status == ST_GONE || e->status == ST_ABSENT)) {
		q->moved = true;
	} else {
		q->healed.silent |= bit;
	}
}

/* heal -n: as if it had been done. */
static void heal_dry(struct quorum *q)
{
	struct quorum_healed *h = &q->healed;

	h->copies = least_copies(q);
	if (!tag_is_none(&q->version.tag))
		h->marked =
			q->view.valid & ~quorum_marks(q) & ~quorum_forgetful(q);
	if (q->version.y != 0 && q->found.rebuildable) {
		quorum_plan(q);
		h->restriped = q->stripe != 0;
		h->restored = q->stripe ? 0 : q->targets;
	}
	q->stripe = 0;
	quorum_heal_over(q, OUTCOME_OK, REASON_NONE);
}

void quorum_verify_settled(struct quorum *q, uint64_t now)
{
	bool sound;

	q->waiting = 0;
	if (q->moved) {
		quorum_heal_again(q, now);
		return;
	}
	quorum_judge(q, &q->view, &q->found);
	q->healed.full = quorum_all_here(q);
	sound = q->found.rebuildable || q->settings.accept_loss;
	if (!sound) {
		q->healed.copies = 0;
		quorum_heal_over(q, OUTCOME_INCOMPLETE,
				 q->healed.silent ? REASON_TOO_FEW
						  : quorum_why_incomplete(q));
	} else if (q->settings.dry) {
		heal_dry(q);
	} else {
		quorum_finish_marks(q, now);
	}
}

/* The marks */

uint64_t quorum_heal_lacking(const struct quorum *q)
{
	return q->view.valid & ~quorum_marks(q) & ~quorum_forgetful(q);
}

static void fetch(struct quorum *q)
{
	quorum_ask(q, PHASE_FETCH, WHAT_FETCH, 0);
	quorum_order(q, WHAT_FETCH, 0);
}

/* Whose marks count.  A joining store's mark is as good as a member's where
 * it comes in the place of one that was lost; not beyond the n that there
 * are, nor is that of a server which leaves, or has left. */
static uint64_t counting(const struct quorum *q)
{
	const struct view *v = &q->view;
	uint64_t all = v->members | v->joining | v->blank;

	return q->settings.count <= v->n && mask_count(all) <= v->n
		       ? all
		       : v->members;
}
void quorum_heal_marked(struct quorum *q, uint64_t now)
{
	uint64_t marks = (quorum_marks(q) | quorum_forgetful(q)) & ~q->risen;

	for (unsigned i = 0; i < q->settings.count; i++)
		if (q->servers[i].acked)
			q->healed.marked |= quorum_bit(i);
	if (mask_count(marks & counting(q)) < q->view.w &&
	    !q->settings.accept_stores) {
		quorum_heal_over(q, OUTCOME_INCOMPLETE, REASON_TOO_FEW);
		return;
	}
	if (q->version.y == 0) {
		quorum_collect_garbage(q, now);
		return;
	}
	q->healed.copies = least_copies(q);
	if (!q->found.rebuildable) {
		quorum_heal_over(q, OUTCOME_OK, REASON_NONE); /* given up */
		return;
	}
	quorum_plan(q);
	q->healed.unrestored |= q->targets & ~marks;
	q->targets &= marks;
	if (q->stripe != 0 || q->targets != 0)
		fetch(q);
	else
		quorum_collect_garbage(q, now);
}

/* FETCH, RESTORE */

static void restripe(struct quorum *q, uint64_t now)
{
	uint32_t gen = 0;
	const struct tag *old = &q->version.tag;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		for (unsigned k = 0; k < s->count; k++) {
			const struct tag *t = &s->records[k].v.tag;

			if (t->ctr == old->ctr && t->put == old->put &&
			    t->gen > gen)
				gen = t->gen;
		}
	}
	if (gen == UINT32_MAX) {
		q->healed.narrow = true;
		q->stripe = 0;
		quorum_collect_garbage(q, now);
		return;
	}
	q->healed.marks = quorum_marks(q);
	for (unsigned i = 0; i < q->settings.count; i++)
		q->servers[i].acked = false; /* that was the old tag */
	q->source = q->version;
	q->version.tag.gen = gen + 1;
	q->version.tag.rep = quorum_draw(q);
	q->version.y = (uint8_t)mask_count(q->stripe);
	quorum_ask(q, PHASE_STAGE, WHAT_STAGE, q->stripe);
}

void quorum_heal_fetched(struct quorum *q, const struct quorum_event *e,
			 uint64_t now)
{
	if (e->kind == EVENT_FETCHED && q->stripe != 0)
		restripe(q, now);
	else if (e->kind == EVENT_FETCHED)
		quorum_ask(q, PHASE_RESTORE, WHAT_RESTORE, q->targets);
	else if (e->kind == EVENT_FETCH_GONE)
		quorum_heal_again(q, now);
	else
		once_more(q, REASON_FETCH, now);
}

void quorum_restore_event(struct quorum *q, const struct quorum_event *e,
			  uint64_t now)
{
	uint64_t bit = quorum_bit(e->server);
	unsigned first;

	(void)now;
	if (e->kind == EVENT_ANSWER) {
		q->healed.restored |= bit;
		first = layout_first(q->places[e->server], quorum_turn(q),
				     q->version.y);
		q->found.holders[first] |= bit;
		q->found.holders[layout_next(first, q->version.y)] |= bit;
	} else if (e->kind == EVENT_REFUSED &&
		   (e->status == ST_SUPERSEDED || e->status == ST_REFUSED)) {
		q->moved = true;
	} else {
		q->healed.unrestored |= bit;
		q->healed.refusal =
			e->kind == EVENT_REFUSED ? e->status : ST_OK;
	}
}

void quorum_restore_settled(struct quorum *q, uint64_t now)
{
	if (q->moved) {
		quorum_heal_again(q, now);
		return;
	}
	q->healed.copies = least_copies(q);
	quorum_collect_garbage(q, now);
}

/* STAGE under a higher gen */

void quorum_restripe_event(struct quorum *q, const struct quorum_event *e,
			   uint64_t now)
{
	bool moved =
		e->kind == EVENT_REFUSED &&
		(e->status == ST_SUPERSEDED || e->status == ST_OTHER_CLUSTER);

	if (e->kind == EVENT_ANSWER)
		return;
	if (moved) {
		quorum_abort_stage(q);
		q->version = q->source;
		quorum_heal_again(q, now);
		return;
	}
	q->healed.narrow = true;
	q->healed.refusal = e->kind == EVENT_REFUSED ? e->status : ST_OK;
	quorum_abort_then(q, OUTCOME_OK, REASON_NONE, now);
	q->version = q->source;
}

/* The COMMIT is over, as that of a put would be. */
void quorum_heal_committed(struct quorum *q, enum quorum_outcome outcome,
			   enum quorum_reason reason)
{
	q->healed.restriped = outcome == OUTCOME_OK && !q->degraded;
	q->healed.narrow = !q->healed.restriped;
	if (q->healed.restriped)
		q->healed.copies = 2;
	quorum_heal_over(q, outcome, reason);
}
