#include "turns.h"

#include <stddef.h>

void turns_init(struct turns *t, struct loop *loop, unsigned most)
{
	*t = (struct turns){.loop = loop, .left = most};
}

void turn_init(struct turn *u, void (*come)(void *arg), void *arg)
{
	*u = (struct turn){.timer = {.fire = come, .arg = arg}};
}

/* Those that have waited longest have it; they are told by the loop. */
static void hand_out(struct turns *t)
{
	while (t->left > 0 && t->first) {
		struct turn *u = t->first;

		t->first = u->next;
		t->left--;
		u->waits = false;
		u->has = true;
		loop_arm(t->loop, &u->timer, 0);
	}
}

void turns_take(struct turns *t, struct turn *u)
{
	struct turn **at = &t->first;

	if (u->has || u->waits)
		return;
	while (*at)
		at = &(*at)->next;
	*at = u;
	u->next = NULL;
	u->waits = true;
	hand_out(t);
}

static void take_out(struct turns *t, const struct turn *u)
{
	struct turn **at = &t->first;

	while (*at != u)
		at = &(*at)->next;
	*at = u->next;
}

void turns_give(struct turns *t, struct turn *u)
{
	if (u->waits)
		take_out(t, u);
	if (u->has) {
		loop_disarm(&u->timer);
		t->left++;
	}
	u->has = u->waits = false;
	hand_out(t);
}
