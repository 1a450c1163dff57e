#include "script.h"

#include "fault.h"
#include "world.h"

struct script {
	enum rule rule; /* that it needs */
	void (*play)(struct world *w);
};

/* No faults but those of the script, and no operations. */
static void silence(struct world *w)
{
	struct profile *p = &w->profile;
	struct profile quiet = {
		.start = p->start,
		.clients = p->clients,
		.names = 1,
		.delay_ms = 5,
		.sync_ms = 2,
		.think_ms = 1,
		.down_ms = 10,
		.down_max = w->n,
		.wipe = true,
		.late_permille = 1000,
		.fence_ms = p->fence_ms,
		.quarantine_ms = p->quarantine_ms,
		.gc_age_ms = p->gc_age_ms,
		.adds = p->adds,
		.removes = p->removes,
	};

	*p = quiet;
	w->ops_left = 0;
	queue_clear(&w->queue);
}

static void pause_servers(struct world *w, unsigned from, unsigned count,
			  uint64_t ms)
{
	for (unsigned i = 0; i < count; i++) {
		struct server *s = &w->servers[(from + i) % w->n];

		s->paused_until_ms = w->now_ms + ms;
	}
}

static void until_idle(struct world *w, unsigned client)
{
	while (!client_is_idle(&w->clients[client]) &&
	       world_step(w, UINT64_MAX))
		;
}

static void until_committing(struct world *w, unsigned client)
{
	const struct client *c = &w->clients[client];

	while (c->running && c->quorum.phase != PHASE_COMMIT &&
	       world_step(w, UINT64_MAX))
		;
}

/*
 * A put is staged on w servers, and its client dies with the COMMITs on
 * their way.  One of the servers loses its disk; a heal lets it join.  A
 * second put reaches it and those that were away, and nobody else: only the
 * counters that the heal has seen tell it of the first one.
 */
static void stage_lost(struct world *w)
{
	unsigned away = w->n - (w->n / 2 + 1);
	unsigned first = (unsigned)rng_below(&w->rng, w->n);
	unsigned lost = first + away;

	pause_servers(w, first, away, 10000);
	client_operate(w, 0, OP_KIND_PUT, 0);
	until_committing(w, 0);
	world_wait(w, rng_below(&w->rng, 3));
	fault_kill_client(w, 0);
	fault_lose_disk(w, lost % w->n);
	world_wait(w, w->profile.quarantine_ms + 1000);
	heal_start(w, 1, 0);
	until_idle(w, 1);
	pause_servers(w, lost + 1, w->n - away - 1, 3000);
	client_operate(w, 1, OP_KIND_PUT, 0);
	until_idle(w, 1);
	world_wait(w, w->profile.fence_ms);
}

static const struct script scripts[] = {
	{RULE_FLOOR, stage_lost},
};

#define SCRIPTS (sizeof(scripts) / sizeof(scripts[0]))

bool script_run(struct world *w)
{
	const struct script *s = &scripts[rng_below(&w->rng, SCRIPTS)];

	for (unsigned i = 0; i < SCRIPTS; i++)
		if (w->off == scripts[i].rule)
			s = &scripts[i];
	if (w->profile.start != START_STEADY ||
	    !rng_chance(&w->rng, w->off == s->rule ? 500 : 20))
		return false;
	silence(w);
	s->play(w);
	return true;
}
