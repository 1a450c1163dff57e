#include "calls.h"

#include <stdlib.h>

#define CALLS_MAX 65535u

void calls_init(struct calls *c)
{
	*c = (struct calls){0};
}

void calls_release(struct calls *c)
{
	free(c->slots);
	calls_init(c);
}

static bool grow(struct calls *c)
{
	uint32_t cap = c->cap ? c->cap * 2 : 64;
	struct calls_slot *slots;

	if (c->cap == CALLS_MAX)
		return false;
	if (cap > CALLS_MAX)
		cap = CALLS_MAX;
	slots = realloc(c->slots, cap * sizeof(*slots));
	if (!slots)
		return false;
	c->slots = slots;
	c->cap = cap;
	return true;
}

/* An id is the slot's number, from 1, and above it a count of turns: an id
 * comes back only after 65,536 requests. */
uint32_t calls_add(struct calls *c, const struct call *call)
{
	struct calls_slot *s;
	uint32_t index;

	if (c->free) {
		index = c->free - 1;
		c->free = c->slots[index].next_free;
	} else {
		if (c->count == c->cap && !grow(c))
			return 0;
		index = c->count++;
	}
	s = &c->slots[index];
	*s = (struct calls_slot){.call = *call};
	s->id = (uint32_t)c->turn++ << 16 | (index + 1);
	c->live++;
	return s->id;
}

struct calls_slot *calls_find(const struct calls *c, uint32_t id)
{
	uint32_t number = id & 0xffff;

	if (number == 0 || number > c->count)
		return NULL;
	return c->slots[number - 1].id == id ? &c->slots[number - 1] : NULL;
}

void calls_remove(struct calls *c, struct calls_slot *s)
{
	if (!s->forgotten)
		c->live--;
	s->id = 0;
	s->next_free = c->free;
	c->free = (uint32_t)(s - c->slots) + 1;
}

static void forget(struct calls *c, struct calls_slot *s)
{
	if (s->id == 0 || s->forgotten)
		return;
	s->forgotten = true;
	c->live--;
}

void calls_forget(struct calls *c, uint32_t id)
{
	struct calls_slot *s = calls_find(c, id);

	if (s)
		forget(c, s);
}

void calls_forget_arg(struct calls *c, const void *arg, unsigned what)
{
	for (uint32_t i = 0; i < c->count; i++) {
		const struct call *call = &c->slots[i].call;

		if (call->arg == arg &&
		    (what == CALL_ANY || call->what == what))
			forget(c, &c->slots[i]);
	}
}
