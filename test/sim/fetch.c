#include "fetch.h"

#include <string.h>

#include "order.h"
#include "world.h"

static uint64_t mask_bit(unsigned i)
{
	return UINT64_C(1) << i;
}

static void fetch_ends(struct world *w, struct client *c,
		       enum quorum_event_kind kind)
{
	struct quorum_event e = {
		.kind = kind, .what = WHAT_FETCH, .round = c->fetch.round};

	c->fetch.active = false;
	client_event(w, c, &e);
}

/* Asks one holder that was not asked yet; false when there is none. */
static bool fetch_chunk(struct world *w, struct client *c, unsigned chunk)
{
	const struct quorum *q = &c->quorum;
	uint64_t from = q->found.holders[chunk] & ~c->fetch.tried[chunk];
	unsigned slot = (unsigned)rng_below(&w->rng, c->list.count);
	struct message *m;

	if (from == 0)
		return false;
	while (!(from & mask_bit(slot)))
		slot = (slot + 1) % c->list.count;
	c->fetch.tried[chunk] |= mask_bit(slot);
	m = order_message(c, MESSAGE_FETCH, slot, c->fetch.round);
	c->pending[c->pending_count - 1].chunk = chunk;
	quorum_context(q, slot, &m->context);
	m->version = q->version;
	m->chunk = (uint8_t)chunk;
	net_request(w, m);
	return true;
}

/* A heal wants some of the chunks. */
void fetch_start(struct world *w, struct client *c,
		 const struct quorum_order *o)
{
	const struct quorum *q = &c->quorum;
	struct fetch *f = &c->fetch;

	memset(f, 0, sizeof(*f));
	f->active = true;
	f->round = o->round;
	f->todo = q->settings.kind == QUORUM_HEAL ? q->need
						  : mask_all(q->version.y);
	for (unsigned k = 0; k < q->version.y; k++) {
		if ((f->todo & mask_bit(k)) && !fetch_chunk(w, c, k)) {
			fetch_ends(w, c, EVENT_FETCH_SHORT);
			return;
		}
	}
	if (f->todo == 0)
		fetch_ends(w, c, EVENT_FETCHED);
}

void fetch_answer(struct world *w, struct client *c, const struct pending *p,
		  const struct message *m)
{
	struct fetch *f = &c->fetch;

	if (!f->active || p->round != f->round)
		return;
	if (m && m->status == ST_OK && m->good) {
		f->todo &= ~mask_bit(p->chunk);
		if (f->todo == 0)
			fetch_ends(w, c, EVENT_FETCHED);
		return;
	}
	if (m && m->status == ST_GONE) {
		f->gone = true;
		if (rng_chance(&w->rng, 500)) {
			fetch_ends(w, c, EVENT_FETCH_GONE);
			return;
		}
	}
	if (!fetch_chunk(w, c, p->chunk))
		fetch_ends(w, c,
			   f->gone ? EVENT_FETCH_GONE : EVENT_FETCH_SHORT);
}
