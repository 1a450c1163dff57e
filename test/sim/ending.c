#include "ending.h"

#include <string.h>

#include "order.h"
#include "world.h"

#define STEPS_MAX 200000
#define LOOKER (CLIENTS_MAX - 1) /* the client that looks */
#define TRIES_MAX 12		 /* of a change of members */

/* A late JOIN of a beginning may take a store away that has no version yet;
 * with a lost disk that may leave fewer than r members. */
static bool is_beyond(const struct world *w)
{
	unsigned members = 0;

	if (w->beyond || !w->wiped)
		return w->beyond;
	for (unsigned i = 0; i < w->all; i++)
		members += !w->servers[i].gone &&
			   w->servers[i].state == STORE_MEMBER &&
			   memcmp(w->servers[i].cluster.id, w->history.cluster,
				  STORE_ID_SIZE) == 0;
	return members < (w->list.count + 1) / 2;
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
	w->beyond = is_beyond(w);
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		w->clients[i].frozen_until_ms = 0;
	if (rng_chance(&w->rng, 500))
		queue_drop(&w->queue, is_request, NULL);
	for (unsigned i = 0; i < w->all; i++) {
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
	w->clients[LOOKER].list = w->list;
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
	for (unsigned i = 0; i < w->list.count; i++) {
		const struct server *s = &w->servers[w->list.server[i]];
		bool own = s->state == STORE_BLANK ||
			   memcmp(s->cluster.id, w->history.cluster,
				  STORE_ID_SIZE) == 0;

		if (own ? s->state != STORE_MEMBER : strangers_too)
			world_stuck(w, "server %u is no member at the end",
				    s->index + 1);
	}
}

static const struct heal *heal(struct world *w)
{
	w->clients[LOOKER].list = w->list;
	heal_start(w, LOOKER, 0);
	look(w);
	return &w->clients[LOOKER].heal;
}

/* Somebody uses the cluster: that brings members up to its record. */
static void heal_in_use(struct world *w)
{
	w->clients[LOOKER].list = w->list;
	(void)look_at(w, OP_KIND_GET, 0);
	heal(w);
}

/* With all forgotten it may look like a beginning, which a put ends. */
static bool has_versions(const struct world *w)
{
	for (unsigned i = 0; i < w->list.count; i++)
		for (unsigned n = 0; n < NAMES_MAX; n++)
			if (w->servers[w->list.server[i]].shelves[n].count)
				return true;
	return false;
}

/* Changes of members that were begun are brought to their end. */

static bool plans_are_over(const struct world *w)
{
	for (unsigned i = 0; i < w->plan_count; i++)
		if (w->plans[i].begun && !w->plans[i].over)
			return false;
	return true;
}

/* Who is destroyed is to be removed. */
static void begin_plans(struct world *w)
{
	for (unsigned i = 0; i < w->plan_count; i++)
		w->plans[i].begun |= w->servers[w->plans[i].server].gone;
}

/* Lost members come back first, with a list that has them alone. */
static void heal_members(struct world *w)
{
	struct lineup all = w->list;

	world_wait(w, w->profile.quarantine_ms);
	heal_in_use(w);
	for (unsigned i = 0; i < w->plan_count; i++) {
		unsigned k = w->plans[i].server;

		if (w->plans[i].kind == PLAN_ADD &&
		    w->servers[k].state != STORE_MEMBER)
			world_unlist(w, k);
	}
	heal_in_use(w);
	w->list = all;
}

/* A leaving server that another change has passed by cannot be removed any
 * more as such: it is stopped, and removed as a dead one, unless it is gone
 * already. */
static void stop_leaving(struct world *w, struct plan *p)
{
	struct server *s = &w->servers[p->server];
	unsigned newest = s->cluster.epoch;

	if (p->kind != PLAN_REMOVE || p->over || s->state != STORE_LEAVING)
		return;
	for (unsigned i = 0; i < w->all; i++)
		if (w->servers[i].cluster.epoch > newest)
			newest = w->servers[i].cluster.epoch;
	if (newest == s->cluster.epoch ||
	    (p->sent && newest == s->cluster.epoch + 1))
		return;
	if (p->sent) {
		p->over = true;
		world_unlist(w, p->server);
		return;
	}
	p->kind = PLAN_REMOVE_DEAD;
	server_crash(w, p->server);
	s->gone = true;
}

/* Does a member that lives know of a server more? */
static bool knows_more(const struct world *w)
{
	for (unsigned i = 0; i < w->list.count; i++) {
		const struct server *s = &w->servers[w->list.server[i]];

		if (!s->gone && s->state == STORE_MEMBER &&
		    s->cluster.n >= w->list.count)
			return true;
	}
	return false;
}

/* A server that is still to be added is in the way of a removal. */
static void run_plan(struct world *w, unsigned plan)
{
	struct lineup all = w->list;

	for (unsigned i = 0; i < w->plan_count; i++)
		if (w->plans[plan].kind != PLAN_ADD &&
		    w->plans[i].kind == PLAN_ADD && !w->plans[i].over &&
		    !knows_more(w))
			world_unlist(w, w->plans[i].server);
	members_start(w, LOOKER, plan);
	look(w);
	if (w->plans[plan].kind == PLAN_ADD)
		return; /* whose server is listed by now */
	w->list = all;
	if (w->plans[plan].over)
		world_unlist(w, w->plans[plan].server);
}

static void end_plans(struct world *w, bool surely)
{
	for (unsigned k = 0; k < TRIES_MAX && !plans_are_over(w); k++) {
		unsigned i = k % w->plan_count;

		if (!w->plans[i].begun || w->plans[i].over)
			continue;
		run_plan(w, i);
		stop_leaving(w, &w->plans[i]);
		if (!w->plans[i].over)
			heal_members(w);
	}
	if (!surely || plans_are_over(w) || is_beyond(w))
		return;
	/* Changes that were cut short, and got in each other's way: nothing
	 * is lost, but how to go on is the operator's to find out.  What is
	 * said must still be right. */
	w->counts->unfinished++;
	w->beyond = true;
}

/* Who has begun another cluster is won over by the next put. */
static void end_heal(struct world *w)
{
	world_wait(w, w->profile.quarantine_ms + 1000);
	heal_in_use(w);
	if (w->history.has_cluster && has_versions(w) && plans_are_over(w))
		must_be_members(w, false);
}

static void end_one_down(struct world *w)
{
	for (unsigned i = 0; i < w->list.count && !w->harm; i++) {
		server_crash(w, w->list.server[i]);
		for (unsigned name = 0; name < w->profile.names; name++)
			must_get(w, name, "with one server down");
		server_start(w, w->list.server[i], false);
	}
}

static void end_put(struct world *w)
{
	if (look_at(w, OP_KIND_PUT, 0)->outcome != OUTCOME_OK && !is_beyond(w))
		world_stuck(w, "nothing can be put at the end");
}

/* After the heals: what the disks have */

static void must_be_tidy(struct world *w, struct server *s, unsigned name)
{
	struct shelf *f = &s->shelves[name];

	if (f->count > 1)
		world_stuck(w, "server %u has more than one record of name %u",
			    s->index + 1, name);
	for (unsigned i = 0; i < f->count; i++) {
		const struct record *r = &f->list[i];

		if (r->state == RECORD_TOMBSTONE)
			world_stuck(w, "server %u still has a deletion",
				    s->index + 1);
		if (r->state == RECORD_STAGED)
			world_stuck(w, "server %u still has a stage",
				    s->index + 1);
		if (r->v.y != 0 && r->v.y != w->list.count)
			world_stuck(w,
				    "name %u lies over %u servers at the end",
				    name, r->v.y);
		if (r->state == RECORD_WITNESS ||
		    (r->state == RECORD_COMMITTED && shelf_good(f, r) != 3))
			world_violated(w,
				       "server %u lacks chunks of name %u "
				       "after the heals",
				       s->index + 1, name);
	}
}

/* The first forgets what is old enough, or makes all members; the second
 * what the first one has marked or spread; the third has nothing to do. */
static void end_heals(struct world *w)
{
	const struct heal *h;

	world_wait(w, w->profile.gc_age_ms + 2 * w->profile.fence_ms);
	heal(w);
	world_wait(w, w->profile.gc_age_ms + 1000);
	heal(w);
	h = heal(w);
	if (is_beyond(w) || w->harm)
		return;
	if (h->undone)
		world_stuck(w, "the last heal leaves something undone");
	else if (h->orders != 0)
		world_stuck(w, "the last heal still sends %u requests",
			    h->orders);
	for (unsigned i = 0; i < w->list.count; i++)
		for (unsigned name = 0; name < w->profile.names; name++)
			must_be_tidy(w, &w->servers[w->list.server[i]], name);
}

void ending_run(struct world *w)
{
	calm_down(w);
	begin_plans(w);
	world_wait(w, 3000);
	if (plans_are_over(w) || rng_chance(&w->rng, 500))
		end_heal(w);
	end_plans(w, has_versions(w));
	for (unsigned name = 0; name < w->profile.names; name++)
		must_get(w, name, "with all servers up");
	/* The first one may be the cluster's first version, the second one
	 * wins over whoever had begun another cluster. */
	end_put(w);
	end_heal(w);
	end_plans(w, true);
	end_put(w);
	must_be_members(w, true);
	end_heals(w);
	end_one_down(w);
	must_get(w, 0, "after the last put");
}
