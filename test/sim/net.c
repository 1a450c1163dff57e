#include "net.h"

#include <limits.h>
#include <stddef.h>

#include "world.h"

#define SILENCE_MS 1000 /* without a byte: a second connection is tried */

static uint64_t delay(struct world *w)
{
	const struct profile *p = &w->profile;
	uint64_t ms = 1 + rng_below(&w->rng, p->delay_ms);

	if (!w->calm && rng_chance(&w->rng, p->slow_permille))
		ms += rng_below(&w->rng, p->slow_ms);
	return ms;
}

static uint64_t silence(struct world *w)
{
	return SILENCE_MS + rng_below(&w->rng, 1500);
}

static void lost(struct world *w, unsigned client, unsigned id, uint64_t after)
{
	world_push(w, after, ITEM_LOST, client, w->clients[client].process, id);
}

static void reconnect(struct wire *wire)
{
	wire->connection++;
	wire->request_ms = 0;
	wire->answer_ms = 0;
}

static const struct hold *find_hold(const struct world *w,
				    const struct message *m)
{
	for (unsigned i = 0; i < w->hold_count; i++) {
		const struct hold *h = &w->holds[i];

		if (h->kinds >> m->kind & h->clients >> m->client &
		    h->servers >> m->server & 1)
			return h;
	}
	return NULL;
}

static void hold_back(struct world *w, const struct hold *h, struct message *m)
{
	struct client *c = &w->clients[m->client];

	if (h->waits)
		c->pending[c->pending_count - 1].waits = true;
	else
		lost(w, m->client, m->id, 1 + delay(w));
	m->connection = UINT_MAX;
	if (h->late_ms != 0)
		world_push_message(w, h->late_ms, ITEM_REQUEST, m);
	else
		message_free(m);
}

void net_request(struct world *w, struct message *m)
{
	struct wire *wire = &w->clients[m->client].wires[m->server];
	const struct server *s = &w->servers[m->server];
	uint64_t at = w->now_ms + delay(w);
	const struct hold *h = find_hold(w, m);

	if (h) {
		hold_back(w, h, m);
		return;
	}
	if (!s->up) {
		/* Refused, or nobody there to say so. */
		lost(w, m->client, m->id,
		     rng_chance(&w->rng, 500) ? delay(w) : silence(w));
		message_free(m);
		return;
	}
	if (!w->calm && rng_chance(&w->rng, w->profile.reconnect_permille))
		reconnect(wire);
	m->connection = wire->connection;
	if (at < wire->request_ms)
		at = wire->request_ms;
	wire->request_ms = at;
	if (s->paused_until_ms > w->now_ms)
		lost(w, m->client, m->id, silence(w));
	world_push_message(w, at - w->now_ms, ITEM_REQUEST, m);
}

void net_answer(struct world *w, struct message *m)
{
	const struct client *c = &w->clients[m->client];
	struct wire *wire = &w->clients[m->client].wires[m->server];
	uint64_t at = w->now_ms + delay(w);

	if (c->process != m->process || m->connection < wire->broken) {
		message_free(m);
		return;
	}
	if (m->connection == wire->connection) {
		if (at < wire->answer_ms)
			at = wire->answer_ms;
		wire->answer_ms = at;
	}
	world_push_message(w, at - w->now_ms, ITEM_ANSWER, m);
}

/* What a break does to what is under way. */
struct breakage {
	unsigned client;
	unsigned process;
	unsigned server;
	uint64_t kept_until_ms; /* requests that arrive later are lost */
	uint64_t late_ms;	/* the others come so much later */
	bool all;		/* requests too */
};

static bool breaks(struct item *i, void *arg)
{
	const struct breakage *b = arg;
	const struct message *m = i->message;

	if (i->kind != ITEM_REQUEST && i->kind != ITEM_ANSWER)
		return false;
	if (m->connection == UINT_MAX || m->client != b->client ||
	    m->process != b->process || m->server != b->server)
		return false;
	if (i->kind == ITEM_ANSWER || i->at > b->kept_until_ms)
		return true;
	i->at += b->late_ms;
	return false;
}

static void break_wire(struct world *w, unsigned client, unsigned server,
		       uint64_t late_ms)
{
	struct client *c = &w->clients[client];
	struct wire *wire = &c->wires[server];
	struct breakage b = {
		.client = client,
		.process = c->process,
		.server = server,
		.kept_until_ms = w->now_ms,
		.late_ms = late_ms,
	};

	if (wire->request_ms > w->now_ms)
		b.kept_until_ms += rng_below(
			&w->rng, 2 * (wire->request_ms - w->now_ms) + 1);
	queue_drop(&w->queue, breaks, &b);
	reconnect(wire);
	wire->broken = wire->connection;
}

static void tell_client(struct world *w, unsigned client, unsigned server,
			bool silent)
{
	struct client *c = &w->clients[client];

	for (unsigned i = 0; i < c->pending_count; i++)
		if (c->pending[i].server == server && !c->pending[i].waits)
			lost(w, client, c->pending[i].id,
			     silent ? silence(w) : delay(w));
}

void net_cut(struct world *w, unsigned client, unsigned server)
{
	w->counts->cuts++;
	world_say(w, "client %u: loses server %u", client + 1, server + 1);
	break_wire(w, client, server, 0);
	tell_client(w, client, server, rng_chance(&w->rng, 300));
}

void net_client_died(struct world *w, unsigned client)
{
	const struct profile *p = &w->profile;

	for (unsigned i = 0; i < w->all; i++) {
		uint64_t late = 0;

		if (rng_chance(&w->rng, p->late_permille))
			late = rng_below(&w->rng,
					 p->fence_ms + p->fence_ms / 2);
		break_wire(w, client, i, late);
	}
}

struct death {
	struct world *w;
	unsigned server;
};

/* What was sent is lost with the connection; but a QUERY may have been
 * waiting for its connection, and reaches the next life. */
static bool to_the_dead(struct item *i, void *arg)
{
	const struct death *d = arg;

	if (i->kind != ITEM_REQUEST || i->message->server != d->server ||
	    i->message->connection == UINT_MAX)
		return false;
	return i->message->kind != MESSAGE_QUERY || rng_chance(&d->w->rng, 500);
}

void net_server_died(struct world *w, unsigned server)
{
	struct death d = {w, server};

	queue_drop(&w->queue, to_the_dead, &d);
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &w->clients[i];

		tell_client(w, i, server, rng_chance(&w->rng, 300));
		reconnect(&c->wires[server]);
	}
}

void net_server_paused(struct world *w, unsigned server)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		tell_client(w, i, server, true);
}
