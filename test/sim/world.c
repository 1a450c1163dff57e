#include "world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define STEPS_MAX 200000
#define START_MS 1000000
#define LOOKER (CLIENTS_MAX - 1) /* the client that looks at the end */

/* For the parts */

static void push(struct world *w, uint64_t after_ms, struct item *i)
{
	i->at = w->now_ms + after_ms;
	queue_push(&w->queue, i);
}

void world_push(struct world *w, uint64_t after_ms, enum item_kind kind,
		unsigned who, unsigned life, unsigned what)
{
	struct item i = {.kind = kind, .who = who, .life = life, .what = what};

	push(w, after_ms, &i);
}

void world_push_message(struct world *w, uint64_t after_ms, enum item_kind kind,
			struct message *m)
{
	struct item i = {.kind = kind, .message = m};

	push(w, after_ms, &i);
}

uint64_t world_think(struct world *w)
{
	const struct profile *p = &w->profile;

	if (rng_chance(&w->rng, p->long_think_permille))
		return rng_below(&w->rng, p->fence_ms + p->fence_ms / 2);
	return rng_below(&w->rng, p->think_ms);
}

void world_say(const struct world *w, const char *format, ...)
{
	va_list args;

	if (!w->trace)
		return;
	printf("%8.3f ", (double)(w->now_ms - START_MS) / 1000);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

__attribute__((format(printf, 3, 0))) static void violated(struct world *w,
							   bool harm,
							   const char *format,
							   va_list args)
{
	if (w->violation[0] && (w->harm || !harm))
		return;
	w->harm = harm;
	(void)vsnprintf(w->violation, sizeof(w->violation), format, args);
	world_say(w, "VIOLATION: %s", w->violation);
}

void world_violated(struct world *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	violated(w, true, format, args);
	va_end(args);
}

void world_stuck(struct world *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	violated(w, false, format, args);
	va_end(args);
}

/* Faults */

static unsigned servers_down(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n; i++)
		n += !w->servers[i].up;
	return n;
}

static void fault_crash(struct world *w)
{
	unsigned i = (unsigned)rng_below(&w->rng, w->n);

	if (!w->servers[i].up || servers_down(w) >= w->profile.down_max)
		return;
	w->counts->crashes++;
	server_crash(w, i);
	world_push(w, 1 + rng_below(&w->rng, w->profile.down_ms), ITEM_UP, i,
		   w->servers[i].life, rng_chance(&w->rng, 300));
}

static bool all_are_members(const struct world *w)
{
	const struct server *s = w->servers;

	for (unsigned i = 0; i < w->n; i++)
		if (s[i].state != STORE_MEMBER ||
		    memcmp(s[i].cluster.id, s[0].cluster.id, STORE_ID_SIZE))
			return false;
	return true;
}

static void wipe(struct world *w, unsigned i)
{
	if (w->calm || !w->profile.wipe || w->wiped ||
	    w->servers[i].state == STORE_BLANK)
		return;
	w->wiped = true;
	w->beyond = !all_are_members(w);
	w->counts->wipes++;
	if (w->servers[i].up)
		server_crash(w, i);
	world_say(w, "server %u: loses its disk", i + 1);
	server_wipe(w, i);
	world_push(w, 1 + rng_below(&w->rng, w->profile.down_ms), ITEM_UP, i,
		   w->servers[i].life, rng_chance(&w->rng, 300));
}

static void fault_wipe(struct world *w)
{
	wipe(w, (unsigned)rng_below(&w->rng, w->n));
}

static void fault_pause(struct world *w)
{
	unsigned i = (unsigned)rng_below(&w->rng, w->n);
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
		(unsigned)rng_below(&w->rng, w->n));
}

static void kill_client(struct world *w, unsigned i)
{
	if (w->calm || client_is_idle(&w->clients[i]))
		return;
	w->counts->kills++;
	client_kill(w, i);
}

static void fault_kill(struct world *w)
{
	kill_client(w, (unsigned)rng_below(&w->rng, w->profile.clients));
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

static void faults(struct world *w)
{
	const struct profile *p = &w->profile;
	struct {
		unsigned rate;
		void (*fault)(struct world *w);
	} table[] = {
		{p->crash, fault_crash},   {p->wipe_rate, fault_wipe},
		{p->pause, fault_pause},   {p->cut, fault_cut},
		{p->kill, fault_kill},	   {p->freeze, fault_freeze},
		{p->cancel, fault_cancel},
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

/* What happens */

static void next_operation(struct world *w, unsigned client)
{
	const unsigned *mix = w->profile.mix;
	uint64_t r = rng_below(&w->rng, mix[0] + mix[1] + mix[2] + mix[3]);
	unsigned kind = 0;

	if (w->calm || w->ops_left == 0 || !client_is_idle(&w->clients[client]))
		return;
	w->ops_left--;
	while (r >= mix[kind])
		r -= mix[kind++];
	if (kind == MIX_HEAL)
		client_heal(w, client);
	else
		client_operate(w, client, kind,
			       (unsigned)rng_below(&w->rng, w->profile.names));
}

static bool of_client(const struct item *i)
{
	return i->kind == ITEM_ANSWER || i->kind == ITEM_LOST ||
	       i->kind == ITEM_TICK || i->kind == ITEM_NEXT ||
	       i->kind == ITEM_KILL;
}

/* A client that stands still gets it later. */
static bool is_put_off(struct world *w, struct item *i)
{
	unsigned who = i->message ? i->message->client : i->who;
	const struct client *c = &w->clients[who];

	if (!of_client(i) || c->frozen_until_ms <= w->now_ms)
		return false;
	i->at = c->frozen_until_ms;
	queue_push(&w->queue, i);
	return true;
}

static void happen_client(struct world *w, const struct item *i)
{
	const struct client *c = &w->clients[i->who];

	if (c->process != i->life)
		return;
	if (i->kind == ITEM_LOST)
		client_lost(w, i->who, i->what);
	else if (i->kind == ITEM_KILL)
		kill_client(w, i->who);
	else if (i->kind == ITEM_NEXT)
		next_operation(w, i->who);
	else if (c->tick == i->what)
		client_tick(w, i->who);
}

static void happen_server(struct world *w, const struct item *i)
{
	const struct server *s = &w->servers[i->who];

	if (s->life != i->life)
		return;
	if (i->kind == ITEM_UP)
		server_start(w, i->who, i->what);
	else if (i->kind == ITEM_WIPE)
		wipe(w, i->who);
	else if (i->kind == ITEM_SYNC)
		server_synced(w, i->who, i->what);
	else
		server_retires(w, i->who, i->what);
}

static void happen(struct world *w, struct item *i)
{
	if (is_put_off(w, i))
		return;
	if (i->kind == ITEM_REQUEST)
		server_request(w, i->message);
	else if (i->kind == ITEM_ANSWER)
		client_answer(w, i->message);
	else if (of_client(i))
		happen_client(w, i);
	else
		happen_server(w, i);
}

/* One thing; false when there is nothing left before that time. */
static bool step(struct world *w, uint64_t until_ms)
{
	struct item i;

	if (w->queue.count == 0 || w->queue.heap[0].at > until_ms ||
	    !queue_pop(&w->queue, &i))
		return false;
	if (i.at > w->now_ms)
		w->now_ms = i.at;
	w->step++;
	happen(w, &i);
	if (!w->calm)
		faults(w);
	return !w->harm;
}

/* The beginning and the middle */

static void make_members(struct world *w)
{
	struct cluster_id c = {.epoch = 1, .n = (uint8_t)w->n};

	for (unsigned i = 0; i < STORE_ID_SIZE; i++)
		c.id[i] = (uint8_t)rng_next(&w->rng);
	for (unsigned i = 0; i < w->n; i++) {
		w->servers[i].state = STORE_MEMBER;
		w->servers[i].cluster = c;
	}
}

static void set_up(struct world *w, uint64_t seed)
{
	rng_init(&w->rng, seed);
	profile_draw(&w->profile, &w->rng, w->n, w->off);
	history_clear(&w->history);
	w->calm = false;
	w->wiped = false;
	w->beyond = false;
	w->now_ms = START_MS;
	w->step = 2;
	w->ops_left = w->profile.ops;
	w->violation[0] = '\0';
	w->harm = false;
	for (unsigned i = 0; i < w->n; i++)
		server_make(w, i);
	if (w->profile.start == START_STEADY)
		make_members(w);
	w->late_up = w->profile.start != START_LATE;
	for (unsigned i = 0; i < w->n - !w->late_up; i++)
		server_start(w, i, true);
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		client_make(w, i);
	for (unsigned i = 0; i < w->profile.clients; i++)
		world_push(w, world_think(w), ITEM_NEXT, i, 1, 0);
}

/* The late server is the last one; somebody has put something by then. */
static void bring_late(struct world *w)
{
	if (w->late_up || !(w->history.has_cluster || w->ops_left == 0))
		return;
	w->late_up = true;
	server_start(w, w->n - 1, true);
}

static bool clients_are_done(const struct world *w)
{
	for (unsigned i = 0; i < w->profile.clients; i++)
		if (!client_is_idle(&w->clients[i]))
			return false;
	return w->ops_left == 0;
}

static void middle(struct world *w)
{
	uint64_t end = w->step + STEPS_MAX;

	while (!clients_are_done(w)) {
		if (!step(w, UINT64_MAX)) {
			world_stuck(w, "an operation hangs");
			return;
		}
		bring_late(w);
		if (w->step > end) {
			world_stuck(w, "an operation does not end");
			return;
		}
	}
}

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

/* The end: all is up, and what was acknowledged must be there */

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

static void wait_ms(struct world *w, uint64_t ms)
{
	uint64_t until = w->now_ms + ms;

	while (step(w, until))
		;
	if (w->now_ms < until)
		w->now_ms = until;
}

static void look(struct world *w)
{
	const struct client *c = &w->clients[LOOKER];
	uint64_t end = w->step + STEPS_MAX;

	while (!client_is_idle(c)) {
		if (!step(w, UINT64_MAX) || w->step > end) {
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
	wait_ms(w, w->profile.quarantine_ms + 1000);
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

static void the_end(struct world *w)
{
	calm_down(w);
	wait_ms(w, 3000);
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

static void tear_down(struct world *w)
{
	queue_clear(&w->queue);
	for (unsigned i = 0; i < w->n; i++)
		server_release(&w->servers[i]);
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		client_release(&w->clients[i]);
}

void world_init(struct world *w, struct counts *counts)
{
	memset(w, 0, sizeof(*w));
	queue_init(&w->queue);
	w->counts = counts;
}

void world_release(struct world *w)
{
	queue_release(&w->queue);
}

bool world_run(struct world *w, unsigned n, uint64_t seed, enum rule off)
{
	w->n = n;
	w->off = off;
	set_up(w, seed);
	middle(w);
	if (!w->harm)
		the_end(w);
	if (!w->harm)
		history_check(w);
	tear_down(w);
	w->counts->histories++;
	w->counts->steps += w->step;
	w->counts->violations += w->violation[0] != '\0';
	w->counts->harms += w->harm;
	return !w->violation[0];
}
