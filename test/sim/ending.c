#include "ending.h"

#include <string.h>

#include "world.h"

#define STEPS_MAX 200000
#define LOOKER (CLIENTS_MAX - 1) /* the client that looks */

/* A late JOIN of a beginning may take a store away that has no version yet;
 * with a lost disk that may leave fewer than r members. */
static bool is_beyond(const struct world *w)
{
	unsigned members = 0;

	if (w->beyond || !w->wiped)
		return w->beyond;
	for (unsigned i = 0; i < w->n; i++)
		members += w->servers[i].state == STORE_MEMBER &&
			   memcmp(w->servers[i].cluster.id, w->history.cluster,
				  STORE_ID_SIZE) == 0;
	return members < (w->n + 1) / 2;
}

static bool is_request(struct item *i, void *arg)
{
	(void)arg;
	return i->kind == ITEM_REQUEST;
}

static void calm_down(struct world *w)
{
	w->calm = true;
	world_say(w, "all is calm");
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		w->clients[i].frozen_until_ms = 0;
	if (rng_chance(&w->rng, 500))
		queue_drop(&w->queue, is_request, NULL);
	for (unsigned i = 0; i < w->n; i++) {
		struct server *s = &w->servers[i];

		if (s->up && (s->read_only || s->full))
			server_crash(w, i);
		if (!s->up)
			server_start(w, i, false);
		s->paused_until_ms = 0;
	}
}

static void look(struct world *w)
{
	const struct client *c = &w->clients[LOOKER];
	uint64_t end = w->step + STEPS_MAX;

	while (!client_is_idle(c)) {
		if (!world_step(w, UINT64_MAX) || w->step > end) {
			world_stuck(w, "an operation hangs at the end");
			return;
		}
	}
}

static const struct act *look_at(struct world *w, enum op_kind kind,
				 unsigned name)
{
	w->step++;
	client_operate(w, LOOKER, kind, name);
	look(w);
	w->step++;
	return &w->history.ops[w->history.count - 1];
}

/* Has anybody been told that the name has been written? */
static bool is_known(const struct world *w, unsigned name)
{
	for (unsigned i = 0; i < w->history.count; i++) {
		const struct act *o = &w->history.ops[i];

		if (o->name == name && o->outcome == OUTCOME_OK &&
		    (o->kind == OP_KIND_PUT || o->kind == OP_KIND_RM))
			return true;
	}
	return false;
}

static void must_get(struct world *w, unsigned name, const char *when)
{
	bool known = is_known(w, name);
	const struct act *o = look_at(w, OP_KIND_GET, name);

	if (known && !is_beyond(w) && o->outcome != OUTCOME_OK &&
	    o->outcome != OUTCOME_ABSENT)
		world_violated(w, "name %u cannot be read at the end, %s", name,
			       when);
}

static void must_be_members(struct world *w, bool strangers_too)
{
	if (is_beyond(w))
		return;
	for (unsigned i = 0; i < w->n; i++) {
		const struct server *s = &w->servers[i];
		bool own = s->state == STORE_BLANK ||
			   memcmp(s->cluster.id, w->history.cluster,
				  STORE_ID_SIZE) == 0;

		if (own ? s->state != STORE_MEMBER : strangers_too)
			world_stuck(w, "server %u is no member at the end",
				    i + 1);
	}
}

/* Who has begun another cluster is won over by the next put. */
static void end_heal(struct world *w)
{
	world_wait(w, w->profile.quarantine_ms + 1000);
	client_heal(w, LOOKER);
	look(w);
	if (w->history.has_cluster)
		must_be_members(w, false);
}

static void end_one_down(struct world *w)
{
	for (unsigned i = 0; i < w->n && !w->harm; i++) {
		server_crash(w, i);
		for (unsigned name = 0; name < w->profile.names; name++)
			must_get(w, name, "with one server down");
		server_start(w, i, false);
	}
}

static void end_put(struct world *w)
{
	if (look_at(w, OP_KIND_PUT, 0)->outcome != OUTCOME_OK && !is_beyond(w))
		world_stuck(w, "nothing can be put at the end");
}

void ending_run(struct world *w)
{
	calm_down(w);
	world_wait(w, 3000);
	end_heal(w);
	for (unsigned name = 0; name < w->profile.names; name++)
		must_get(w, name, "with all servers up");
	/* The first one may be the cluster's first version, the second one
	 * wins over whoever had begun another cluster. */
	end_put(w);
	end_heal(w);
	end_put(w);
	must_be_members(w, true);
	/* Who has lost a disk has one copy, until it is restored. */
	if (!w->wiped)
		end_one_down(w);
	must_get(w, 0, "after a last put");
}
