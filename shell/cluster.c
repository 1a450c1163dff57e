#include "cluster.h"

#include <stdio.h>
#include <stdlib.h>

static void settle(void *arg)
{
	struct cluster *c = arg;
	bool again;

	/* A link that ends meanwhile makes others say more. */
	do {
		again = false;
		for (unsigned i = 0; i < c->count; i++) {
			struct link *k = &c->links[i];

			if (k->state != LINK_UP || !k->dirty)
				continue;
			link_flush(k);
			again = true;
		}
	} while (again);
}

static void on_slow(void *arg, struct link *k)
{
	struct cluster *c = arg;

	if (c->on_slow)
		c->on_slow(c->slow_arg, (unsigned)(k - c->links));
}

static void on_turn(void *arg, struct link *k)
{
	struct cluster *c = arg;

	if (c->on_turn)
		c->on_turn(c->turn_arg, (unsigned)(k - c->links));
}

static void on_held(void *arg, struct link *k)
{
	struct cluster *c = arg;

	(void)k;
	if (!c->pace_timer.armed)
		loop_arm(c->loop, &c->pace_timer,
			 c->loop->now_ms + PACE_TICK_MS);
}

/* One of those that are held, in turn: it may take all the room that there
 * is, and no server is kept waiting for long. */
static void on_pace(void *arg)
{
	struct cluster *c = arg;
	unsigned held = 0;

	for (unsigned i = 0; i < c->count; i++)
		held += c->links[i].held;
	for (unsigned i = 0; held && i < c->count; i++) {
		struct link *k = &c->links[c->pace_turn];

		c->pace_turn = (c->pace_turn + 1) % c->count;
		if (!k->held)
			continue;
		link_resume(k);
		break;
	}
	if (held > 1)
		loop_arm(c->loop, &c->pace_timer,
			 c->loop->now_ms + PACE_TICK_MS);
}

void cluster_pace(struct cluster *c, uint64_t rate)
{
	loop_refresh(c->loop);
	pace_init(&c->pace, rate, c->loop->now_ms);
	for (unsigned i = 0; i < c->count; i++)
		link_resume(&c->links[i]);
}

enum err cluster_init(struct cluster *c, struct loop *loop,
		      const struct settings *settings, struct tls_side *side)
{
	*c = (struct cluster){
		.loop = loop, .settings = settings, .count = settings->count};
	c->pace_timer = (struct loop_timer){.fire = on_pace, .arg = c};
	turns_init(&c->spools, loop, CLUSTER_SPOOLS);
	c->buffer = malloc(LINK_BUFFER_SIZE);
	if (!c->buffer)
		return ERR_MEMORY;
	for (unsigned i = 0; i < c->count; i++) {
		link_init(&c->links[i], loop, &settings->servers[i].addr, side,
			  c->buffer);
		c->links[i].on_slow = on_slow;
		c->links[i].on_turn = on_turn;
		c->links[i].on_held = on_held;
		c->links[i].pace = &c->pace;
		c->links[i].owner = c;
	}
	loop->settle = settle;
	loop->settle_arg = c;
	return ERR_OK;
}

void cluster_release(struct cluster *c)
{
	loop_disarm(&c->pace_timer);
	for (unsigned i = 0; i < c->count; i++)
		link_release(&c->links[i]);
	c->loop->settle = NULL;
	free(c->buffer);
	c->buffer = NULL;
}

void cluster_open(struct cluster *c)
{
	for (unsigned i = 0; i < c->count; i++)
		link_open(&c->links[i]);
}

void cluster_pass(struct cluster *c)
{
	c->passed = 0;
	c->reopened = false;
	for (unsigned i = 0; i < c->count; i++)
		if (c->links[i].state == LINK_DOWN)
			c->passed |= UINT64_C(1) << i;
}

bool cluster_reopen(struct cluster *c)
{
	bool any = false;

	for (unsigned i = 0; i < c->count; i++) {
		if (!(c->passed >> i & 1))
			continue;
		if (!c->reopened)
			link_open(&c->links[i]);
		any |= c->links[i].state != LINK_DOWN;
	}
	c->reopened = true;
	return any;
}

unsigned cluster_up(const struct cluster *c)
{
	unsigned up = 0;

	for (unsigned i = 0; i < c->count; i++)
		up += c->links[i].state == LINK_UP;
	return up;
}

const char *cluster_name(const struct cluster *c, unsigned server)
{
	return c->settings->servers[server].name;
}

const char *cluster_names(const struct cluster *c, uint64_t some, char *out,
			  size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < c->count; i++) {
		int n;

		if (!(some >> i & 1))
			continue;
		n = snprintf(out + at, size - at, "%s%s", at ? ", " : "",
			     cluster_name(c, i));
		if (n < 0 || (size_t)n >= size - at)
			break;
		at += (size_t)n;
	}
	return out;
}

void cluster_emit(const struct cluster *c, struct emit *e, const char *key,
		  uint64_t some)
{
	emit_open_list(e, key);
	for (unsigned i = 0; i < c->count; i++)
		if (some >> i & 1)
			emit_text(e, NULL, cluster_name(c, i));
	emit_close(e);
}

const char *cluster_why(const struct cluster *c, unsigned server)
{
	const struct link *k = &c->links[server];

	return k->state == LINK_DOWN && k->why ? k->why
					       : "greets, but does not answer";
}

void cluster_forget(struct cluster *c, const void *arg, unsigned what)
{
	for (unsigned i = 0; i < c->count; i++)
		link_forget_arg(&c->links[i], arg, what);
}

uint64_t cluster_random(void *arg)
{
	struct cluster *c = arg;

	if (c->random_left == 0) {
		digest_random(c->random, sizeof(c->random));
		c->random_left = sizeof(c->random) / sizeof(c->random[0]);
	}
	return c->random[--c->random_left];
}
