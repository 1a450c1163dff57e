#include "fault.h"

#include <inttypes.h>
#include <string.h>

#include "world.h"

static unsigned servers_down(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->all; i++)
		n += !w->servers[i].up;
	return n;
}

static void fault_crash(struct world *w)
{
	unsigned i = (unsigned)rng_below(&w->rng, w->all);

	if (!w->servers[i].up || servers_down(w) >= w->profile.down_max)
		return;
	w->counts->crashes++;
	server_crash(w, i);
	world_push(w, 1 + rng_below(&w->rng, w->profile.down_ms), ITEM_UP, i,
		   w->servers[i].life, rng_chance(&w->rng, 300));
}

/* By one record: who loses a disk in the midst of a change of members has
 * two failures at a time. */
static bool all_are_members(const struct world *w)
{
	const struct server *s = w->servers;

	for (unsigned i = 0; i < w->n; i++)
		if (s[i].state != STORE_MEMBER ||
		    s[i].cluster.epoch != s[0].cluster.epoch ||
		    memcmp(s[i].cluster.id, s[0].cluster.id, STORE_ID_SIZE))
			return false;
	return true;
}

void fault_lose_disk(struct world *w, unsigned i)
{
	if (w->calm || !w->profile.wipe || w->wiped || w->rotten ||
	    w->servers[i].state == STORE_BLANK)
		return;
	w->wiped = true;
	w->beyond = !all_are_members(w);
	w->counts->wipes++;
	if (w->servers[i].up)
		server_crash(w, i);
	if (w->profile.rollback && w->servers[i].image.taken) {
		w->counts->rejoins++;
		world_say(w, "server %u: is put back to an older image", i + 1);
		server_rejoin(w, i);
	} else {
		world_say(w, "server %u: loses its disk", i + 1);
		server_wipe(w, i);
	}
	world_push(w, 1 + rng_below(&w->rng, w->profile.down_ms), ITEM_UP, i,
		   w->servers[i].life, rng_chance(&w->rng, 300));
}

/* The server that is to be removed is destroyed. */
static void fault_destroy(struct world *w)
{
	const struct plan *p = &w->plans[w->plan_count - 1];
	struct server *s = &w->servers[p->server];

	if (w->calm || w->wiped || w->rotten || p->kind != PLAN_REMOVE_DEAD)
		return;
	w->wiped = true;
	w->beyond = !all_are_members(w);
	w->counts->wipes++;
	if (s->up)
		server_crash(w, p->server);
	s->gone = true;
	world_say(w, "server %u: is destroyed", p->server + 1);
}

static void fault_save(struct world *w)
{
	struct server *s = &w->servers[rng_below(&w->rng, w->all)];

	if (w->history.has_cluster &&
	    memcmp(s->cluster.id, w->history.cluster, STORE_ID_SIZE) == 0)
		server_save(s);
}

/* Another member that stays has a good copy of the chunk. */
static bool has_twin(struct world *w, unsigned server, unsigned name,
		     const struct tag *tag, unsigned chunk)
{
	for (unsigned i = 0; i < w->list.count; i++) {
		struct server *s = &w->servers[w->list.server[i]];
		struct shelf *f = &s->shelves[name];
		const struct record *r = shelf_find(f, tag);
		bool leaves = s->state != STORE_MEMBER;

		for (unsigned k = 0; k < w->plan_count; k++)
			leaves |= w->plans[k].server == s->index;
		if (s->index == server || leaves || !r || r->have == 0)
			continue;
		if (shelf_good(f, r) >> (r->first == chunk ? 0 : 1) & 1 &&
		    (record_chunks(r) >> chunk & 1))
			return true;
	}
	return false;
}

/* One of two copies goes bad, or is not there any more. */
static void fault_rot(struct world *w)
{
	struct server *s = &w->servers[rng_below(&w->rng, w->all)];
	unsigned name = (unsigned)rng_below(&w->rng, w->profile.names);
	struct shelf *f = &s->shelves[name];
	unsigned slot = (unsigned)rng_below(&w->rng, 2);
	unsigned i = (unsigned)rng_below(&w->rng, f->count);
	struct record *r = &f->list[i];
	unsigned chunk;

	if (w->calm || w->wiped || f->count == 0 || !(r->have >> slot & 1))
		return;
	chunk = (r->first + slot) % r->v.y;
	if (!has_twin(w, s->index, name, &r->v.tag, chunk))
		return;
	w->rotten = true;
	w->counts->rots++;
	world_say(w, "server %u: chunk %u of name %u goes bad", s->index + 1,
		  chunk, name);
	if (rng_chance(&w->rng, 300) && !s->up)
		r->have &= (uint8_t) ~(1u << slot);
	else
		f->bad[i] |= (uint8_t)(1u << slot);
}

static void fault_wipe(struct world *w)
{
	fault_lose_disk(w, (unsigned)rng_below(&w->rng, w->all));
}

static void fault_pause(struct world *w)
{
	unsigned i = (unsigned)rng_below(&w->rng, w->all);
	struct server *s = &w->servers[i];
	uint64_t takes = rng_below(&w->rng, w->profile.pause_ms);

	if (!s->up || s->paused_until_ms > w->now_ms)
		return;
	w->counts->pauses++;
	s->paused_until_ms = w->now_ms + takes;
	world_say(w, "server %u: stands still for %" PRIu64 " ms", i + 1,
		  takes);
	if (takes > 1000)
		net_server_paused(w, i);
}

static void fault_cut(struct world *w)
{
	net_cut(w, (unsigned)rng_below(&w->rng, w->profile.clients),
		(unsigned)rng_below(&w->rng, w->all));
}

void fault_kill_client(struct world *w, unsigned i)
{
	if (w->calm || client_is_idle(&w->clients[i]))
		return;
	w->counts->kills++;
	client_kill(w, i);
}

static void fault_kill(struct world *w)
{
	fault_kill_client(w, (unsigned)rng_below(&w->rng, w->profile.clients));
}

static void fault_freeze(struct world *w)
{
	unsigned i = (unsigned)rng_below(&w->rng, w->profile.clients);
	struct client *c = &w->clients[i];
	uint64_t takes = rng_below(&w->rng, rng_chance(&w->rng, 500)
						    ? 2000
						    : 2 * w->profile.fence_ms);

	if (client_is_idle(c) || c->frozen_until_ms > w->now_ms)
		return;
	w->counts->freezes++;
	if (c->running)
		w->history.ops[c->op].frozen = true;
	c->frozen_until_ms = w->now_ms + takes;
	world_say(w, "client %u: stands still for %" PRIu64 " ms", i + 1,
		  takes);
}

static void fault_cancel(struct world *w)
{
	unsigned i = (unsigned)rng_below(&w->rng, w->profile.clients);
	struct client *c = &w->clients[i];

	if (!c->running || c->heal.phase != HEAL_NONE ||
	    c->frozen_until_ms > w->now_ms)
		return;
	w->counts->cancels++;
	client_cancel(w, i);
}

void fault_random(struct world *w)
{
	const struct profile *p = &w->profile;
	struct {
		unsigned rate;
		void (*fault)(struct world *w);
	} table[] = {
		{p->crash, fault_crash},   {p->wipe_rate, fault_wipe},
		{p->pause, fault_pause},   {p->cut, fault_cut},
		{p->kill, fault_kill},	   {p->freeze, fault_freeze},
		{p->cancel, fault_cancel}, {p->rot, fault_rot},
		{p->save, fault_save},	   {p->destroy, fault_destroy},
	};
	uint64_t r = rng_below(&w->rng, 10000);

	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (r < table[i].rate) {
			table[i].fault(w);
			return;
		}
		r -= table[i].rate;
	}
}
