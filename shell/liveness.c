#include "liveness.h"

#include "interrupt.h"

static void nothing(void *arg)
{
	(void)arg;
}

static void probe_again(struct liveness *l)
{
	struct loop *loop = l->cluster->loop;

	if (!l->probe.armed)
		loop_arm(loop, &l->probe, loop->now_ms + LIVENESS_PROBE_MS);
}

static void on_probe(void *arg)
{
	struct liveness *l = arg;

	for (unsigned i = 0; i < l->cluster->count; i++)
		link_retry(&l->cluster->links[i]);
}

/* A link that was up is made anew at once; one that could not be, later. */
static void on_turn(void *arg, unsigned server)
{
	struct liveness *l = arg;
	struct link *k = &l->cluster->links[server];

	loop_wake(l->cluster->loop);
	if (k->state != LINK_DOWN)
		return;
	if (k->was_up)
		link_retry(k);
	else
		probe_again(l);
}

void liveness_start(struct liveness *l, struct cluster *c)
{
	*l = (struct liveness){.cluster = c};
	l->probe.fire = on_probe;
	l->probe.arg = l;
	c->on_turn = on_turn;
	c->turn_arg = l;
}

void liveness_stop(struct liveness *l)
{
	if (!l->cluster)
		return;
	loop_disarm(&l->probe);
	l->cluster->on_turn = NULL;
	l->cluster = NULL;
}

/* On its way, and known before long: a server that says nothing at all is
 * not waited for again. */
static bool is_coming(const struct link *k, bool first)
{
	if (k->state == LINK_HAILING)
		return true;
	return k->retrying && !first && !k->mute;
}

static void wait_for(struct liveness *l, uint64_t ms, bool first)
{
	struct loop *loop = l->cluster->loop;
	struct loop_timer end = {.fire = nothing};
	bool coming;

	loop_arm(loop, &end, loop->now_ms + ms);
	do {
		coming = false;
		for (unsigned i = 0; i < l->cluster->count; i++)
			coming |= is_coming(&l->cluster->links[i], first);
		if (coming && end.armed)
			loop_turn(loop);
	} while (coming && end.armed && !interrupt_came());
	loop_disarm(&end);
}

void liveness_settle(struct liveness *l)
{
	loop_refresh(l->cluster->loop);
	wait_for(l, HAIL_MS, true);
}

void liveness_begin(struct liveness *l)
{
	struct cluster *c = l->cluster;

	/* Nothing may have turned it for long. */
	loop_wake(c->loop);
	loop_turn(c->loop);
	for (unsigned i = 0; i < c->count; i++)
		link_retry(&c->links[i]);
	wait_for(l, LIVENESS_GRACE_MS, false);
	cluster_pass(c);
}

bool liveness_news(struct liveness *l, uint64_t *lost, uint64_t *back)
{
	*lost = *back = 0;
	for (unsigned i = 0; i < l->cluster->count; i++) {
		const struct link *k = &l->cluster->links[i];
		uint64_t bit = UINT64_C(1) << i;

		if (k->state == LINK_UP)
			*back |= l->down & bit;
		else if (k->state == LINK_DOWN && !k->was_up)
			*lost |= bit & ~l->down;
	}
	l->down = (l->down & ~*back) | *lost;
	return *lost != 0 || *back != 0;
}
