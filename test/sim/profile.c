#include "profile.h"

#include <string.h>

static unsigned pick(struct rng *r, const unsigned *list, unsigned count)
{
	return list[rng_below(r, count)];
}

#define PICK(r, ...) \
	pick(r, (const unsigned[]){__VA_ARGS__}, \
	     sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned))

static void draw_network(struct profile *p, struct rng *r)
{
	p->delay_ms = PICK(r, 3, 10, 60, 300);
	p->slow_permille = PICK(r, 0, 20, 100);
	p->slow_ms = PICK(r, 500, 1500, 8000, 8000, 90000);
	p->reconnect_permille = PICK(r, 0, 20, 200);
	p->cut = PICK(r, 0, 20, 100, 300);
	p->late_permille = PICK(r, 0, 200, 600);
}

static void draw_machines(struct profile *p, struct rng *r, unsigned servers)
{
	p->sync_ms = PICK(r, 1, 10, 60);
	p->refuse_permille = PICK(r, 0, 0, 20, 100);
	p->io_permille = PICK(r, 0, 0, 0, 5);
	p->full_permille = PICK(r, 0, 0, 0, 200);
	p->crash = PICK(r, 0, 10, 40, 150);
	p->down_ms = PICK(r, 50, 500, 5000, 60000);
	p->down_max = PICK(r, 1, 1, 2, 5);
	if (p->down_max > servers)
		p->down_max = servers;
	p->pause = PICK(r, 0, 0, 10, 40);
	p->pause_ms = PICK(r, 500, 5000, 90000);
}

static void draw_clients(struct profile *p, struct rng *r)
{
	p->clients = 2 + (unsigned)rng_below(r, 3);
	p->names = PICK(r, 1, 1, 1, 2, 3);
	p->ops = 8 + (unsigned)rng_below(r, 25);
	p->mix[MIX_PUT] = 38;
	p->mix[MIX_GET] = 38;
	p->mix[MIX_RM] = PICK(r, 0, 12, 30);
	p->mix[MIX_HEAL] = PICK(r, 2, 8, 20);
	p->think_ms = PICK(r, 1, 20, 500);
	p->long_think_permille = PICK(r, 0, 20, 100);
	p->gc_think_permille = PICK(r, 0, 0, 20, 100);
	p->kill = PICK(r, 0, 20, 80, 300);
	p->kill_committing_permille = PICK(r, 0, 0, 0, 150);
	p->freeze = PICK(r, 0, 0, 20);
	p->cancel = PICK(r, 0, 0, 20);
	p->all_permille = PICK(r, 0, 0, 100);
	p->read_only_permille = PICK(r, 0, 0, 100);
	p->condition_permille = PICK(r, 0, 0, 300);
}

/* Bent so that the rule is needed often. */

/* A dead client's rm that comes a fence later, and few others meanwhile. */
static void bend_to_fence(struct profile *p)
{
	p->start = START_STEADY;
	p->names = 1;
	p->clients = 2;
	p->ops = 8;
	p->mix[MIX_PUT] = 30;
	p->mix[MIX_GET] = 10;
	p->mix[MIX_RM] = 60;
	p->mix[MIX_HEAL] = 0;
	p->late_permille = 1000;
	p->long_think_permille = 500;
	p->kill = 400;
	p->crash = 0;
	p->cut = 0;
	p->kill_committing_permille = 400;
}

/* A disk is lost, and the store is soon back. */
static void bend_to_wipes(struct profile *p)
{
	p->start = START_STEADY;
	p->wipe = true;
	p->wipe_rate = 60;
	p->mix[MIX_HEAL] = 20;
}

/* The same while a put waits for its marks. */
static void bend_to_quarantine(struct profile *p)
{
	bend_to_wipes(p);
	p->names = 1;
	p->mix[MIX_HEAL] = 60;
	p->down_ms = 50;
	p->pause = 60;
	p->pause_ms = 5000;
	p->slow_permille = 100;
	p->slow_ms = 8000;
	p->wipe_marked_permille = 200;
}

/* The same, and reads that do without some server when that is over. */
static void bend_to_outlast(struct profile *p)
{
	bend_to_quarantine(p);
	p->adds = p->removes = false;
	p->destroy = 0;
	p->clients = 4;
	p->ops = 32;
	p->mix[MIX_PUT] = 25;
	p->mix[MIX_GET] = 50;
	p->mix[MIX_RM] = 0;
	p->think_ms = 5000;
	p->long_think_permille = p->gc_think_permille = 0;
	p->kill = p->freeze = p->cancel = 0;
	p->crash = 40;
	p->down_ms = 5000;
	p->slow_permille = 200;
	p->wipe_rate = 0;
	p->wipe_marked_permille = 300;
	p->rollback = false;
	p->rot = p->save = 0;
	p->refuse_permille = 0;
}

/* The same while clients begin a cluster. */
static void bend_to_begin(struct profile *p)
{
	bend_to_wipes(p);
	p->adds = p->removes = false;
	p->destroy = 0;
	p->start = START_BLANK;
	p->names = 1;
	p->delay_ms = 10;
	p->clients = 4;
	p->ops = 8;
	p->mix[MIX_PUT] = 60;
	p->mix[MIX_GET] = 30;
	p->mix[MIX_RM] = 0;
	p->mix[MIX_HEAL] = 0;
	p->think_ms = 20;
	p->long_think_permille = 0;
	p->wipe_rate = 200;
	p->down_ms = 30;
	p->crash = 60;
	p->cut = 0;
	p->kill = 60;
	p->cancel = 0;
	p->freeze = 0;
	p->pause = 0;
	p->refuse_permille = 0;
	p->slow_permille = 200;
	p->slow_ms = 900;
	p->wipe_marked_permille = 300;
}

static void draw_members(struct profile *p, struct rng *r, unsigned servers)
{
	if (p->start != START_STEADY || rng_chance(r, 500))
		return;
	p->adds = rng_chance(r, 500);
	p->removes = servers > 2 && rng_chance(r, 500);
	p->mix[MIX_MEMBERS] = p->adds || p->removes ? PICK(r, 5, 20) : 0;
	if (p->removes && !p->wipe)
		p->destroy = PICK(r, 0, 0, 100);
}

static void bend(struct profile *p, enum rule off)
{
	switch (off) {
	case RULE_FENCE:
		bend_to_fence(p);
		break;
	case RULE_BLANK:
	case RULE_JOINING:
	case RULE_HEAL_MARKS:
		bend_to_wipes(p);
		break;
	case RULE_QUARANTINE:
		bend_to_quarantine(p);
		break;
	case RULE_OUTLAST:
		bend_to_outlast(p);
		break;
	case RULE_FLOOR:
		p->start = START_STEADY;
		break;
	case RULE_TWICE:
		bend_to_begin(p);
		break;
	case RULE_BESIDE:
		bend_to_begin(p);
		p->pause = 150;
		p->pause_ms = 5000;
		break;
	case RULE_CARRIED:
	case RULE_CLUSTER:
		p->start = START_BLANK;
		break;
	case RULE_DURABLE:
		p->crash = 150;
		break;
	case RULE_CANCEL:
		p->cancel = 100;
		break;
	default:
		break;
	}
}

void profile_draw(struct profile *p, struct rng *r, unsigned servers,
		  enum rule off)
{
	uint64_t kind = rng_below(r, 10);

	memset(p, 0, sizeof(*p));
	p->fence_ms = PROFILE_FENCE_MS;
	p->quarantine_ms = PROFILE_QUARANTINE_MS;
	p->gc_age_ms = PROFILE_GC_AGE_MS;
	draw_network(p, r);
	draw_machines(p, r, servers);
	draw_clients(p, r);
	p->start = kind < 5		      ? START_STEADY
		   : kind < 8 || servers == 2 ? START_BLANK
					      : START_LATE;
	p->rot = PICK(r, 0, 0, 20, 100);
	if (rng_chance(r, 300)) {
		p->rollback = rng_chance(r, 400);
		p->save = p->rollback ? 30 : 0;
		p->wipe = true;
		p->wipe_rate = 30;
		p->wipe_marked_permille = PICK(r, 0, 0, 100);
	}
	draw_members(p, r, servers);
	bend(p, off);
}
