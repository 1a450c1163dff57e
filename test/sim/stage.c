#include "stage.h"

#include <string.h>

#include "fault.h"

void stage_silence(struct world *w)
{
	const struct profile *p = &w->profile;
	struct profile quiet = {
		.start = p->start,
		.clients = CLIENTS_MAX - 1,
		.names = 1,
		.delay_ms = 5,
		.sync_ms = 2,
		.think_ms = 1,
		.down_ms = 10,
		.down_max = SERVERS_MAX,
		.wipe = true,
		.fence_ms = p->fence_ms,
		.quarantine_ms = p->quarantine_ms,
		.gc_age_ms = p->gc_age_ms,
		.adds = p->adds,
	};

	w->profile = quiet;
	w->ops_left = 0;
}

void stage_wait(struct world *w, unsigned client)
{
	while (!client_is_idle(&w->clients[client]) &&
	       world_step(w, UINT64_MAX))
		;
}

void stage_until(struct world *w, unsigned client, enum quorum_phase phase)
{
	const struct client *c = &w->clients[client];

	while (c->running && c->quorum.phase != phase &&
	       world_step(w, UINT64_MAX))
		;
}

void stage_start(struct world *w, unsigned client, enum op_kind kind)
{
	w->step++;
	w->clients[client].list = w->list;
	client_operate(w, client, kind, 0);
}

void stage_do(struct world *w, unsigned client, enum op_kind kind)
{
	stage_start(w, client, kind);
	stage_wait(w, client);
	w->step++;
}

void stage_heal(struct world *w, unsigned client)
{
	w->clients[client].list = w->list;
	heal_start(w, client, 0);
	stage_wait(w, client);
}

void stage_heal_later(struct world *w, unsigned client)
{
	world_wait(w, w->profile.quarantine_ms + 100);
	stage_heal(w, client);
}

unsigned stage_plan(struct world *w, enum plan_kind kind, unsigned server)
{
	w->plans[w->plan_count] = (struct plan){.kind = kind, .server = server};
	return w->plan_count++;
}

void stage_change_start(struct world *w, unsigned client, unsigned plan)
{
	members_start(w, client, plan);
}

void stage_change(struct world *w, unsigned client, unsigned plan)
{
	members_start(w, client, plan);
	stage_wait(w, client);
}

void stage_down(struct world *w, unsigned servers)
{
	for (unsigned i = 0; i < w->all; i++)
		if ((servers & BIT(i)) && w->servers[i].up)
			server_crash(w, i);
}

void stage_up(struct world *w, unsigned servers)
{
	for (unsigned i = 0; i < w->all; i++)
		if ((servers & BIT(i)) && !w->servers[i].up)
			server_start(w, i, false);
}

void stage_lose_disk(struct world *w, unsigned server)
{
	fault_lose_disk(w, server);
	world_wait(w, w->profile.down_ms + 10);
}

void stage_destroy(struct world *w, unsigned server)
{
	stage_down(w, BIT(server));
	w->servers[server].gone = true;
	w->wiped = true;
}

void stage_do_name(struct world *w, unsigned client, enum op_kind kind,
		   unsigned name)
{
	w->step++;
	w->profile.names = NAMES_MAX;
	w->clients[client].list = w->list;
	client_operate(w, client, kind, name);
	stage_wait(w, client);
	w->step++;
}

void stage_rot(struct world *w, unsigned server, unsigned name)
{
	w->rotten = true;
	w->servers[server].shelves[name].bad[0] |= 1;
	world_say(w, "server %u: a chunk goes bad", server + 1);
}

void stage_hold(struct world *w, unsigned kinds, unsigned clients,
		unsigned servers, uint64_t late_ms)
{
	if (w->hold_count < HOLDS_MAX)
		w->holds[w->hold_count++] =
			(struct hold){kinds, clients, servers, late_ms, false};
}

void stage_delay(struct world *w, unsigned kinds, unsigned clients,
		 unsigned servers, uint64_t late_ms)
{
	stage_hold(w, kinds, clients, servers, late_ms);
	w->holds[w->hold_count - 1].waits = true;
}

void stage_release(struct world *w)
{
	w->hold_count = 0;
}
