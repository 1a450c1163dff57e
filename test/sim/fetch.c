#include "fetch.h"

#include <string.h>

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
	unsigned server = (unsigned)rng_below(&w->rng, w->n);
	struct message *m;

	if (from == 0)
		return false;
	while (!(from & mask_bit(server)))
		server = (server + 1) % w->n;
	c->fetch.tried[chunk] |= mask_bit(server);
	m = client_message(w, c, MESSAGE_FETCH, server, c->fetch.round);
	c->pending[c->pending_count - 1].chunk = chunk;
	quorum_context(q, server, &m->context);
	m->version = q->version;
	m->chunk = (uint8_t)chunk;
	net_request(w, m);
	return true;
}

void fetch_start(struct world *w, struct client *c,
		 const struct quorum_order *o)
{
	memset(&c->fetch, 0, sizeof(c->fetch));
	c->fetch.active = true;
	c->fetch.round = o->round;
	c->fetch.todo = mask_all(c->quorum.version.y);
	for (unsigned k = 0; k < c->quorum.version.y; k++) {
		if (!fetch_chunk(w, c, k)) {
			fetch_ends(w, c, EVENT_FETCH_SHORT);
			return;
		}
	}
}

void fetch_answer(struct world *w, struct client *c, const struct pending *p,
		  const struct message *m)
{
	struct fetch *f = &c->fetch;

	if (!f->active || p->round != f->round)
		return;
	if (m && m->status == ST_OK) {
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
