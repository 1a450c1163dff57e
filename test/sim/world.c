#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "ending.h"
#include "fault.h"
#include "order.h"
#include "script.h"
#include "serve.h"
#include "stage.h"

#define STEPS_MAX 200000
#define START_MS 1000000

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

	if (rng_chance(&w->rng, p->gc_think_permille))
		return rng_below(&w->rng, p->gc_age_ms + p->gc_age_ms / 2);
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

/* What happens */

/* The first change of members that is not over, at random. */
static void change_members(struct world *w, unsigned client)
{
	unsigned i = (unsigned)rng_below(&w->rng, w->plan_count);

	for (unsigned k = 0; k < w->plan_count; k++) {
		const struct plan *p = &w->plans[i];

		if (!p->over && (p->kind != PLAN_REMOVE_DEAD ||
				 w->servers[p->server].gone)) {
			members_start(w, client, i);
			return;
		}
		i = (i + 1) % w->plan_count;
	}
	heal_start(w, client, 0);
}

static void next_operation(struct world *w, unsigned client)
{
	const unsigned *mix = w->profile.mix;
	struct client *c = &w->clients[client];
	unsigned sum = 0, kind = 0;
	uint64_t r;

	if (w->calm || w->ops_left == 0 || !client_is_idle(c))
		return;
	w->ops_left--;
	if (rng_chance(&w->rng, 250))
		c->list = w->list;
	for (unsigned i = 0; i < MIX_COUNT; i++)
		sum += mix[i];
	r = rng_below(&w->rng, sum);
	while (r >= mix[kind])
		r -= mix[kind++];
	if (kind == MIX_MEMBERS)
		change_members(w, client);
	else if (kind == MIX_HEAL)
		heal_start(w, client, 0);
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
		order_lost(w, i->who, i->what);
	else if (i->kind == ITEM_KILL)
		fault_kill_client(w, i->who);
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
		fault_lose_disk(w, i->who);
	else if (i->kind == ITEM_SYNC)
		disk_synced(w, i->who, i->what);
	else
		disk_retires(w, i->who, i->what);
}

static void happen(struct world *w, struct item *i)
{
	if (is_put_off(w, i))
		return;
	if (i->kind == ITEM_REQUEST)
		serve_request(w, i->message);
	else if (i->kind == ITEM_ANSWER)
		order_answered(w, i->message);
	else if (of_client(i))
		happen_client(w, i);
	else
		happen_server(w, i);
}

bool world_step(struct world *w, uint64_t until_ms)
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
		fault_random(w);
	return !w->harm;
}

void world_wait(struct world *w, uint64_t ms)
{
	uint64_t until = w->now_ms + ms;

	while (world_step(w, until))
		;
	if (w->now_ms < until)
		w->now_ms = until;
}

/* Configurations */

void world_list(struct world *w, unsigned server)
{
	for (unsigned i = 0; i < w->list.count; i++)
		if (w->list.server[i] == server)
			return;
	w->list.server[w->list.count++] = server;
}

void world_unlist(struct world *w, unsigned server)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < w->list.count; i++)
		if (w->list.server[i] != server)
			w->list.server[kept++] = w->list.server[i];
	w->list.count = kept;
}

/* The beginning and the middle */

/* The server that may be added is the last one. */
static void make_plans(struct world *w)
{
	const struct profile *p = &w->profile;

	w->all = w->n + p->adds;
	w->list = (struct lineup){.count = w->n};
	for (unsigned i = 0; i < w->n; i++)
		w->list.server[i] = i;
	w->plan_count = 0;
	if (p->adds)
		w->plans[w->plan_count++] =
			(struct plan){.kind = PLAN_ADD, .server = w->n};
	if (p->removes)
		w->plans[w->plan_count++] = (struct plan){
			.kind = p->destroy ? PLAN_REMOVE_DEAD : PLAN_REMOVE,
			.server = (unsigned)rng_below(&w->rng, w->n)};
}

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

static void set_up(struct world *w)
{
	history_clear(&w->history);
	w->calm = false;
	w->wiped = false;
	w->rotten = false;
	w->beyond = false;
	w->now_ms = START_MS;
	w->step = 2;
	w->ops_left = w->profile.ops;
	w->violation[0] = '\0';
	w->harm = false;
	make_plans(w);
	for (unsigned i = 0; i < w->all; i++)
		server_make(w, i);
	if (w->profile.start == START_STEADY)
		make_members(w);
	w->late_up = w->profile.start != START_LATE;
	for (unsigned i = 0; i < w->all - !w->late_up; i++)
		server_start(w, i, true);
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		client_make(w, i);
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
		if (!world_step(w, UINT64_MAX)) {
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

static void tear_down(struct world *w)
{
	queue_clear(&w->queue);
	for (unsigned i = 0; i < w->all; i++)
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

static bool ended(struct world *w)
{
	w->hold_count = 0;
	if (!w->harm)
		ending_run(w);
	if (!w->harm)
		history_check(w);
	tear_down(w);
	w->counts->histories++;
	w->counts->steps += w->step;
	w->counts->violations += w->violation[0] != '\0';
	w->counts->harms += w->harm;
	return !w->violation[0];
}

bool world_run(struct world *w, unsigned n, uint64_t seed, enum rule off)
{
	w->n = n;
	w->off = off;
	rng_init(&w->rng, seed);
	profile_draw(&w->profile, &w->rng, w->n, w->off);
	set_up(w);
	for (unsigned i = 0; i < w->profile.clients; i++)
		world_push(w, world_think(w), ITEM_NEXT, i, 1, 0);
	middle(w);
	return ended(w);
}

bool world_play(struct world *w, const struct script *s, uint64_t seed,
		enum rule off)
{
	w->n = s->servers;
	w->off = off;
	rng_init(&w->rng, seed);
	memset(&w->profile, 0, sizeof(w->profile));
	w->profile.start = s->start;
	w->profile.adds = s->start == START_STEADY;
	w->profile.fence_ms = PROFILE_FENCE_MS;
	w->profile.quarantine_ms = PROFILE_QUARANTINE_MS;
	w->profile.gc_age_ms = PROFILE_GC_AGE_MS;
	stage_silence(w);
	set_up(w);
	w->plan_count = 0;
	s->play(w);
	stage_release(w);
	return ended(w);
}
