/*
 * Heal: where the chunks of a version are to be.  Every place of its stripe
 * that a server has and that is not whole is filled again there; a place that
 * nobody has goes to a server without one, when all are here; and where the
 * stripe is not as wide as the cluster, all is spread anew.
 */
#include "quorum_parts.h"

/* Members that are, or will be, of the cluster: without those that go. */
static unsigned remaining(const struct quorum *q)
{
	unsigned gone = q->settings.gone + mask_count(q->view.leaving);

	return q->view.n > gone ? q->view.n - gone : 0;
}

static uint64_t newcomers(const struct quorum *q)
{
	return q->view.joining | q->view.blank;
}

static bool all_members(const struct quorum *q)
{
	return mask_count(q->view.members & ~q->healed.silent) == remaining(q);
}

bool quorum_all_here(const struct quorum *q)
{
	return mask_count((q->view.members | newcomers(q)) &
			  ~q->healed.silent) >= remaining(q);
}

struct record *quorum_record_of(struct quorum *q, unsigned server,
				const struct tag *tag)
{
	struct quorum_server *s = &q->servers[server];

	for (unsigned k = 0; k < s->count; k++)
		if (tag_compare(&s->records[k].v.tag, tag) == 0)
			return &s->records[k];
	return NULL;
}

/* The server's record of the version, if it has a place in its stripe. */
struct record *quorum_place_of(struct quorum *q, unsigned server)
{
	struct record *r = quorum_record_of(q, server, &q->version.tag);

	return r && r->place < q->version.y && r->v.y == q->version.y ? r
								      : NULL;
}

static bool can_take(const struct quorum *q, unsigned server)
{
	return q->view.roomy & quorum_bit(server);
}

static void cannot_take(struct quorum *q, unsigned server)
{
	q->healed.unrestored |= quorum_bit(server);
	q->healed.refusal = q->view.writable & quorum_bit(server)
				    ? ST_NO_SPACE
				    : ST_READ_ONLY;
}

/* Own places that are not whole are filled again; returns the places that
 * somebody has. */
static uint64_t plan_own(struct quorum *q)
{
	uint64_t part = (q->view.members | newcomers(q)) & ~q->healed.silent;
	uint64_t taken = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct record *r =
			part & quorum_bit(i) ? quorum_place_of(q, i) : NULL;

		if (!r)
			continue;
		taken |= UINT64_C(1) << r->place;
		if (r->have == 3)
			continue;
		q->places[i] = r->place;
		if (can_take(q, i))
			q->targets |= quorum_bit(i);
		else
			cannot_take(q, i);
	}
	return taken;
}

/* The server that gets a place which nobody has; count: none. */
static unsigned choose_home(struct quorum *q, uint64_t among)
{
	for (unsigned i = 0; i < q->settings.count; i++)
		if ((among & quorum_bit(i)) && can_take(q, i) &&
		    !(q->targets & quorum_bit(i)) && !quorum_place_of(q, i))
			return i;
	return q->settings.count;
}

/* True when all places have a server, or will have. */
static bool plan_missing(struct quorum *q, uint64_t taken)
{
	uint64_t fresh = newcomers(q) & ~q->healed.silent;
	uint64_t old = q->view.members & ~q->healed.silent;
	bool all = true;

	for (unsigned p = 0; p < q->version.y; p++) {
		unsigned i;

		if (taken >> p & 1)
			continue;
		i = choose_home(q, fresh);
		if (i == q->settings.count)
			i = choose_home(q, old);
		if (i == q->settings.count) {
			all = false;
			continue;
		}
		q->places[i] = (uint8_t)p;
		q->targets |= quorum_bit(i);
	}
	return all;
}

/* The turn of the version's placement, as its records tell it. */
unsigned quorum_turn(struct quorum *q)
{
	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct record *r = quorum_place_of(q, i);

		if (r)
			return (0u + r->place + q->version.y - r->first) %
			       q->version.y;
	}
	return 0;
}

static uint64_t chunks_of_places(struct quorum *q)
{
	unsigned turn = quorum_turn(q), y = q->version.y;
	uint64_t some = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		unsigned first;

		if (!(q->targets & quorum_bit(i)))
			continue;
		first = layout_first(q->places[i], turn, y);
		some |= UINT64_C(1) << first;
		some |= UINT64_C(1) << layout_next(first, y);
	}
	return some;
}

/* What is missing, in q->targets and q->places, or, in q->stripe, that all
 * must be spread anew. */
void quorum_plan(struct quorum *q)
{
	uint64_t all = q->view.members;
	bool placed = true;

	q->targets = 0;
	q->stripe = 0;
	if (quorum_all_here(q))
		placed = plan_missing(q, plan_own(q));
	else
		plan_own(q);
	if (all_members(q) && remaining(q) >= 2 &&
	    (q->version.y < remaining(q) || !placed)) {
		if ((q->view.roomy & all) == all)
			q->stripe = all;
		else
			q->healed.narrow = true;
	} else if (!placed) {
		q->healed.narrow = true;
	}
	q->need = q->stripe ? mask_all(q->version.y) : chunks_of_places(q);
}
