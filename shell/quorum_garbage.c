/*
 * Heal: what is kept for nothing.  A deletion that every member has confirmed
 * is forgotten, a stage that no put can still count on is discarded, and so
 * is what a joining store still has of a name that the members forgot.  The
 * servers look at the age themselves.
 */
#include "quorum_parts.h"

#include <string.h>

/* Members that have forgotten the deletion already: to mark it there would
 * bring it back. */
uint64_t quorum_forgetful(const struct quorum *q)
{
	uint64_t some = 0;

	if (q->version.y != 0 || tag_is_none(&q->version.tag))
		return 0;
	for (unsigned i = 0; i < q->settings.count; i++)
		if ((q->view.members & quorum_bit(i)) &&
		    q->servers[i].count == 0 && !q->servers[i].acked &&
		    q->servers[i].store.floor >= q->version.tag.ctr)
			some |= quorum_bit(i);
	return some;
}

/* Every member answers, and all that were ever members are among them. */
static bool may_collect(const struct quorum *q)
{
	return mask_count(q->view.members) == q->view.n &&
	       q->view.leaving == 0 && q->view.behind == 0 &&
	       q->settings.gone == 0 && !q->settings.accept_stores &&
	       q->healed.silent == 0;
}

/* Each member has the deletion as its only record, or has forgotten it. */
static bool all_agree(struct quorum *q, uint64_t *holders)
{
	uint64_t forgot = quorum_forgetful(q);

	*holders = 0;
	for (unsigned i = 0; i < q->settings.count; i++) {
		uint64_t bit = quorum_bit(i);

		if (!(q->view.members & bit) || (forgot & bit))
			continue;
		if (q->servers[i].count != 1 ||
		    !quorum_record_of(q, i, &q->version.tag))
			return false;
		*holders |= bit;
	}
	return true;
}

static uint64_t members_floor(const struct quorum *q)
{
	uint64_t floor = 0;

	for (unsigned i = 0; i < q->settings.count; i++)
		if ((q->view.members & quorum_bit(i)) &&
		    q->servers[i].store.floor > floor)
			floor = q->servers[i].store.floor;
	return floor;
}

/* By whatever record of the cluster: it may take the newer one yet. */
static bool is_joining(const struct quorum *q, unsigned server)
{
	return (q->view.valid & quorum_bit(server)) &&
	       q->servers[server].store.state == STORE_JOINING;
}

/* A member's stage above all that is committed; or what a joining store
 * still has, and the members have forgotten. */
static bool is_garbage(const struct quorum *q, unsigned server,
		       const struct record *r)
{
	const struct found *f = &q->found;

	if (f->committed && tag_compare(&r->v.tag, &f->version.tag) <= 0)
		return false;
	if (q->view.members & quorum_bit(server))
		return r->state == RECORD_STAGED;
	return is_joining(q, server) && record_is_committed(r) &&
	       r->v.tag.ctr <= members_floor(q);
}

uint64_t quorum_risen(const struct quorum *q)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		for (unsigned k = 0; k < s->count; k++)
			if (record_is_committed(&s->records[k]) &&
			    is_garbage(q, i, &s->records[k]))
				some |= quorum_bit(i);
	}
	return some;
}

/* The highest tag of garbage below `below` (none: at all), and who has it. */
static bool next_garbage(const struct quorum *q, const struct tag *below,
			 struct tag *tag, uint64_t *holders)
{
	*holders = 0;
	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		for (unsigned k = 0; k < s->count; k++) {
			const struct tag *t = &s->records[k].v.tag;

			if (!is_garbage(q, i, &s->records[k]) ||
			    (!tag_is_none(below) &&
			     tag_compare(t, below) >= 0) ||
			    (*holders != 0 && tag_compare(t, tag) < 0))
				continue;
			if (*holders != 0 && tag_compare(t, tag) > 0)
				*holders = 0;
			*tag = *t;
			*holders |= quorum_bit(i);
		}
	}
	return *holders != 0;
}

static void ask_garbage(struct quorum *q, enum quorum_what what, uint64_t to,
			uint64_t now)
{
	q->refused = false;
	q->asked = to;
	quorum_ask(q, PHASE_GARBAGE, what, to);
	q->deadline_ms = now + QUORUM_COMMIT_MS;
}

/* False: there is none, or it has to stay for now. */
static bool forget_deletion(struct quorum *q, uint64_t now)
{
	uint64_t holders;

	if (!q->found.committed || q->found.version.y != 0 || q->forgets)
		return false;
	q->healed.pending = true;
	if (q->settings.dry || !may_collect(q) || q->healed.marked != 0 ||
	    !all_agree(q, &holders) || holders == 0)
		return false;
	q->forgets = true;
	ask_garbage(q, WHAT_FORGET, holders, now);
	return true;
}

static void end_of_heal(struct quorum *q, uint64_t now)
{
	if (forget_deletion(q, now))
		return;
	if (!q->found.committed)
		quorum_heal_over(q, OUTCOME_ABSENT, REASON_NONE);
	else if (q->sunk)
		quorum_heal_again(q, now); /* it gets what there is */
	else
		quorum_heal_over(q, OUTCOME_OK, REASON_NONE);
}

static void discard_next(struct quorum *q, uint64_t now)
{
	struct version keep = q->version;
	struct tag tag;
	uint64_t holders;

	if (!next_garbage(q, &q->garbage, &tag, &holders)) {
		end_of_heal(q, now);
		return;
	}
	q->garbage = tag;
	if (!may_collect(q))
		holders &= q->view.joining;
	if (q->settings.dry)
		holders = 0;
	q->healed.pending |= holders == 0;
	q->version.tag = tag;
	ask_garbage(q, WHAT_DISCARD, holders, now);
	q->version = keep;
}

void quorum_collect_garbage(struct quorum *q, uint64_t now)
{
	discard_next(q, now);
}

/* What the server has dropped does not stand in the way of the rest. */
static void drop_garbage(struct quorum *q, unsigned server)
{
	struct quorum_server *s = &q->servers[server];
	struct record *r = quorum_record_of(q, server, &q->garbage);

	if (!r)
		return;
	s->count--;
	memmove(r, r + 1, (size_t)(s->records + s->count - r) * sizeof(*r));
}

void quorum_garbage_event(struct quorum *q, const struct quorum_event *e,
			  uint64_t now)
{
	(void)now;
	if (e->kind == EVENT_ANSWER && !q->forgets)
		drop_garbage(q, e->server);
	if (e->kind != EVENT_ANSWER) {
		q->refused = true;
	} else if (q->risen & quorum_bit(e->server)) {
		q->risen &= ~quorum_bit(e->server);
		q->sunk = true;
	}
}

void quorum_garbage_settled(struct quorum *q, uint64_t now)
{
	if (q->forgets) {
		q->healed.forgotten = !q->refused;
		q->healed.pending = q->refused;
		end_of_heal(q, now);
		return;
	}
	q->healed.pending |= q->refused;
	q->healed.discarded += !q->refused && q->asked != 0;
	discard_next(q, now);
}

void quorum_garbage_expired(struct quorum *q, uint64_t now)
{
	q->refused = true;
	quorum_garbage_settled(q, now);
}
