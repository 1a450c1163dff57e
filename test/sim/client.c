#include "client.h"

#include <string.h>

#include "order.h"
#include "text.h"
#include "world.h"

static uint64_t draw(void *arg)
{
	return rng_next(arg);
}

/* Time */

/* Data and a stopped client take their own time. */
static void note_phase(struct world *w, struct client *c)
{
	struct quorum *q = &c->quorum;

	if (c->phase == PHASE_STAGE || c->phase == PHASE_FETCH ||
	    c->phase == PHASE_VERIFY || c->phase == PHASE_RESTORE)
		w->history.ops[c->op].idle_ms += w->now_ms - c->phase_since_ms;
	if (c->phase != q->phase)
		world_say(w, "client %u: %s", c->index + 1,
			  text_phase(q->phase));
	c->phase = q->phase;
	c->phase_since_ms = w->now_ms;
}

static void schedule(struct world *w, struct client *c)
{
	uint64_t at = quorum_deadline(&c->quorum);

	if (at == c->tick_ms)
		return;
	c->tick_ms = at;
	c->tick++;
	if (at == UINT64_MAX)
		return;
	world_push(w,
		   (at > w->now_ms ? at - w->now_ms : 0) +
			   rng_below(&w->rng, 3),
		   ITEM_TICK, c->index, c->process, c->tick);
}

void client_rests(struct world *w, struct client *c)
{
	c->tick++;
	if (!w->calm)
		world_push(w, world_think(w), ITEM_NEXT, c->index, c->process,
			   0);
}

static void ended(struct world *w, struct client *c)
{
	history_end(w, c->op, &c->quorum);
	c->running = false;
	c->fetch.active = false;
	c->tick++;
	if (c->heal.phase == HEAL_NAMES)
		heal_name_over(w, c);
	else
		client_rests(w, c);
}

void client_pump(struct world *w, struct client *c)
{
	struct quorum_order o;

	while (c->running && quorum_next(&c->quorum, &o))
		order_carry_out(w, c, &o);
	if (!c->running)
		return;
	note_phase(w, c);
	if (quorum_is_done(&c->quorum)) {
		ended(w, c);
		return;
	}
	schedule(w, c);
}

void client_tick(struct world *w, unsigned index)
{
	struct client *c = &w->clients[index];

	if (c->running) {
		c->tick_ms = 0;
		quorum_tick(&c->quorum, w->now_ms);
		client_pump(w, c);
	} else if (c->heal.phase != HEAL_NONE) {
		heal_tick(w, c);
	} else if (c->members.phase != MEMBERS_NONE) {
		members_tick(w, c);
	}
}

void client_event(struct world *w, struct client *c,
		  const struct quorum_event *e)
{
	quorum_event(&c->quorum, e, w->now_ms);
	client_pump(w, c);
}

/* Operations and lives */

void client_make(struct world *w, unsigned index)
{
	struct client *c = &w->clients[index];

	memset(c, 0, sizeof(*c));
	c->index = index;
	c->process = 1;
	c->released = true;
	c->list = w->list;
}

void client_release(struct client *c)
{
	if (!c->released)
		quorum_release(&c->quorum);
	c->released = true;
}

bool client_is_idle(const struct client *c)
{
	return !c->running && c->heal.phase == HEAL_NONE &&
	       c->members.phase == MEMBERS_NONE;
}

/* What the last put of that name has written, so far. */
static struct tag last_put(const struct world *w, unsigned name)
{
	const struct history *h = &w->history;

	for (unsigned i = h->count; i-- > 0;)
		if (h->ops[i].kind == OP_KIND_PUT && h->ops[i].name == name &&
		    h->ops[i].wrote)
			return h->ops[i].tag;
	return (struct tag){0};
}

static void choose_condition(struct world *w, unsigned kind, unsigned name,
			     struct quorum_settings *s)
{
	unsigned permille = w->profile.condition_permille;

	if (permille == 0 || !rng_chance(&w->rng, permille))
		return;
	s->patient = kind == OP_KIND_GET;
	s->must_be_absent = kind == OP_KIND_PUT;
	if (kind == OP_KIND_RM)
		s->expect = last_put(w, name);
}

static void choose(struct world *w, struct client *c, unsigned kind,
		   unsigned name, struct quorum_settings *s)
{
	const struct profile *p = &w->profile;

	if (kind == OP_KIND_HEAL) {
		s->gone = c->heal.gone;
		return;
	}
	if (w->calm)
		return;
	s->require_all = rng_chance(&w->rng, p->all_permille);
	s->read_only = kind == OP_KIND_GET &&
		       rng_chance(&w->rng, p->read_only_permille);
	choose_condition(w, kind, name, s);
}

void client_operate(struct world *w, unsigned index, unsigned kind,
		    unsigned name)
{
	static const enum quorum_kind quorum_kinds[OP_KINDS] = {
		[OP_KIND_PUT] = QUORUM_PUT,
		[OP_KIND_GET] = QUORUM_GET,
		[OP_KIND_RM] = QUORUM_RM,
		[OP_KIND_HEAL] = QUORUM_HEAL,
	};
	struct client *c = &w->clients[index];
	struct quorum_settings s = {
		.kind = quorum_kinds[kind],
		.count = c->list.count,
		.version = {.size = 64, .mode = 0644, .alg = DIGEST_XXH3},
		.random = draw,
		.random_arg = &w->rng,
	};

	choose(w, c, kind, name, &s);
	client_release(c);
	c->name = name;
	c->op = history_begin(w, (enum op_kind)kind, index, name);
	w->history.ops[c->op].expect = s.expect;
	w->history.ops[c->op].must_be_absent = s.must_be_absent;
	quorum_init(&c->quorum, &s);
	c->released = false;
	c->running = true;
	c->tick_ms = 0;
	c->phase = PHASE_DONE;
	c->phase_since_ms = w->now_ms;
	quorum_start(&c->quorum, w->now_ms);
	client_pump(w, c);
}

void client_kill(struct world *w, unsigned index)
{
	struct client *c = &w->clients[index];

	world_say(w, "client %u: is killed", index + 1);
	if (c->running)
		history_died(w, c->op);
	net_client_died(w, index);
	client_release(c);
	c->running = false;
	c->fetch.active = false;
	c->heal.phase = HEAL_NONE;
	c->members.phase = MEMBERS_NONE;
	c->pending_count = 0;
	c->frozen_until_ms = 0;
	c->process++;
	client_rests(w, c);
}

void client_cancel(struct world *w, unsigned index)
{
	struct client *c = &w->clients[index];
	struct quorum *q = &c->quorum;

	if (!c->running)
		return;
	world_say(w, "client %u: gives up", index + 1);
	if (w->off == RULE_CANCEL && order_is_own_commit(q)) {
		q->phase = PHASE_DONE;
		q->outcome = OUTCOME_CANCELLED;
	} else {
		quorum_cancel(q,
			      rng_chance(&w->rng, 500) ? REASON_LOCAL
						       : REASON_NONE,
			      w->now_ms);
	}
	client_pump(w, c);
}
