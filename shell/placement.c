#include "placement.h"

#include <string.h>

#define NOWHERE LAYOUT_MAX

/* Ranks: of the server whose first chunk is c, by the name's turn.  Where
 * nothing was turned or moved they ascend in list order. */
struct ranks {
	unsigned of[LAYOUT_MAX]; /* NOWHERE: not known */
	uint64_t taken;
	uint64_t away;	/* servers without a rank that do not answer */
	uint64_t there; /* that answer */
};

static uint64_t bit(unsigned i)
{
	return UINT64_C(1) << i;
}

static const struct record *record_of(const struct held *h,
				      const struct version *v)
{
	for (unsigned i = 0; i < h->count; i++)
		if (tag_compare(&h->list[i].v.tag, &v->tag) == 0)
			return h->list[i].place < v->y ? &h->list[i] : NULL;
	return NULL;
}

static void set_pair(struct placement *p, unsigned server, unsigned first,
		     enum placement_cell cell)
{
	p->cells[server][first] = (uint8_t)cell;
	p->cells[server][layout_next(first, p->y)] = (uint8_t)cell;
}

/* What is known: the records. */
static void set_known(struct placement *p, const struct found *f,
		      unsigned server, unsigned first)
{
	set_pair(p, server, first, CELL_BAD);
	for (unsigned k = 0; k < p->y; k++)
		if (f->holders[k] & bit(server))
			p->cells[server][k] = CELL_GOOD;
}

static struct ranks rank(struct placement *p, const struct view *v,
			 const struct found *f, const struct held *held)
{
	struct ranks r = {.taken = 0};

	for (unsigned i = 0; i < p->count; i++) {
		const struct record *known = NULL;

		r.of[i] = NOWHERE;
		if (v->valid & bit(i))
			known = record_of(&held[i], &f->version);
		if (known) {
			r.of[i] = (known->first + p->turn) % p->y;
			r.taken |= bit(r.of[i]);
			set_known(p, f, i, known->first);
		} else if (v->valid & bit(i)) {
			r.there |= bit(i);
		} else {
			r.away |= bit(i);
		}
	}
	return r;
}

/* Every server of the list has a place: the first that is known tells by how
 * much all are turned. */
static void order_of_all(struct placement *p, const struct ranks *r)
{
	unsigned turned = NOWHERE;

	for (unsigned i = 0; i < p->count; i++) {
		unsigned by;

		if (r->of[i] == NOWHERE)
			continue;
		by = (r->of[i] + p->y - i) % p->y;
		if (turned != NOWHERE && by != turned)
			p->order = PLACEMENT_MOVED;
		turned = by;
	}
	if (p->order == PLACEMENT_MOVED || turned == NOWHERE || turned == 0)
		return;
	p->order = PLACEMENT_TURNED;
	p->turned = turned;
}

/* They ascend, or begin anew once, below where they began. */
static void order_of_some(struct placement *p, const struct ranks *r)
{
	unsigned first = NOWHERE, last = NOWHERE, falls = 0, before = 0;

	for (unsigned i = 0; i < p->count; i++) {
		if (r->of[i] == NOWHERE) {
			before += first == NOWHERE && (r->away & bit(i));
			continue;
		}
		if (first == NOWHERE)
			first = r->of[i];
		falls += last != NOWHERE && r->of[i] < last;
		last = r->of[i];
	}
	if (falls == 0)
		return;
	if (falls > 1 || last >= first) {
		p->order = PLACEMENT_MOVED;
		return;
	}
	p->order = PLACEMENT_TURNED;
	p->turned = first - last > before ? first - before : last + 1;
}

/* Two servers with one place, which two heals may give, are in no order. */
static void find_order(struct placement *p, const struct ranks *r)
{
	if (p->y == p->count)
		order_of_all(p, r);
	else
		order_of_some(p, r);
}

/* The servers from..to-1 have no known rank; ranks low..high-1, counted from
 * where the order begins, can be theirs alone. */
struct gap {
	unsigned from, to;
	unsigned low, high;
};

static void set_rank(struct placement *p, unsigned server, unsigned at,
		     enum placement_cell cell)
{
	unsigned place = (at + p->turned) % p->y;

	set_pair(p, server, layout_first(place, p->turn, p->y), cell);
}

/* In list order.  A server that is away goes before one that answers and has
 * no data: that one need never have had a place. */
static void fill_gap(struct placement *p, const struct ranks *r,
		     const struct gap *g)
{
	uint64_t part = mask_all(g->to) & ~mask_all(g->from);
	unsigned open = g->high - g->low;
	unsigned away = mask_count(r->away & part);
	unsigned there = mask_count(r->there & part);
	uint64_t some = r->away & part;
	unsigned slack, at = 0;

	if (away < open && away + there == open)
		some |= r->there & part;
	away = mask_count(some);
	slack = away > open ? away - open : open - away;
	for (unsigned i = g->from; i < g->to; i++) {
		if (!(some & bit(i)))
			continue;
		for (unsigned k = 0; k < open; k++) {
			bool can = away > open ? k <= at && k + slack >= at
					       : k >= at && k <= at + slack;

			if (can)
				set_rank(p, i, g->low + k,
					 slack > 0	    ? CELL_PERHAPS
					 : r->away & bit(i) ? CELL_AWAY
							    : CELL_LACKING);
		}
		at++;
	}
}

static void fill_in_order(struct placement *p, const struct ranks *r)
{
	struct gap g = {.from = 0};

	for (unsigned i = 0; i <= p->count; i++) {
		bool end = i == p->count;

		if (!end && r->of[i] == NOWHERE)
			continue;
		g.to = i;
		g.high = end ? p->y : (r->of[i] + p->y - p->turned) % p->y;
		if (g.high > g.low)
			fill_gap(p, r, &g);
		g.from = i + 1;
		g.low = g.high + 1;
	}
}

/* In no order: a place that nobody has may be on any server that is away. */
static void fill_loosely(struct placement *p, const struct ranks *r)
{
	uint64_t open = mask_all(p->y) & ~r->taken;
	bool sure = mask_count(open) == 1 && mask_count(r->away) == 1;

	for (unsigned i = 0; i < p->count; i++)
		for (unsigned k = 0; k < p->y; k++)
			if ((r->away & bit(i)) && (open & bit(k)))
				set_pair(p, i, layout_first(k, p->turn, p->y),
					 sure ? CELL_AWAY : CELL_PERHAPS);
}

void placement_find(struct placement *p, struct placement_name name,
		    const struct view *v, const struct found *f,
		    const struct held *held, unsigned count)
{
	struct ranks r;

	memset(p, 0, sizeof(*p));
	p->count = count;
	p->y = f->committed ? f->version.y : 0;
	if (p->y == 0)
		return;
	p->turn = layout_turn(name.text, name.len, p->y);
	r = rank(p, v, f, held);
	find_order(p, &r);
	if (p->order == PLACEMENT_MOVED)
		fill_loosely(p, &r);
	else
		fill_in_order(p, &r);
}

void placement_plan(struct placement *p, struct placement_name name,
		    uint64_t stripe, unsigned count)
{
	unsigned place = 0;

	memset(p, 0, sizeof(*p));
	p->count = count;
	p->y = mask_count(stripe);
	if (p->y == 0)
		return;
	p->turn = layout_turn(name.text, name.len, p->y);
	for (unsigned i = 0; i < count; i++)
		if (stripe & bit(i))
			set_pair(p, i, layout_first(place++, p->turn, p->y),
				 CELL_PLANNED);
}

uint64_t placement_servers(const struct placement *p, unsigned chunk,
			   enum placement_cell cell)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < p->count; i++)
		if (p->cells[i][chunk] == cell)
			some |= bit(i);
	return some;
}
