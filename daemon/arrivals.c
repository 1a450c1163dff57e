#include "arrivals.h"

#include <stdlib.h>

#define FIRST_COUNT 8

void arrivals_init(struct arrivals *a)
{
	*a = (struct arrivals){0};
}

void arrivals_release(struct arrivals *a)
{
	for (size_t i = 0; i < a->count; i++)
		store_stage_drop(a->list[i].stage);
	free(a->list);
	arrivals_init(a);
}

/* From the end: what is asked for is most often what came last. */
struct arrival *arrivals_find(struct arrivals *a, uint32_t id)
{
	for (size_t i = a->count; i-- > 0;)
		if (a->list[i].id == id)
			return &a->list[i];
	return NULL;
}

struct arrival *arrivals_find_tag(struct arrivals *a,
				  const struct msg_name *name,
				  const struct tag *tag)
{
	for (size_t i = a->count; i-- > 0;)
		if (a->list[i].stage != NULL &&
		    store_stage_is(a->list[i].stage, name, tag))
			return &a->list[i];
	return NULL;
}

/* Makes room in a full table: whoever was refused and sends neither the end
 * of it nor an ABORT, for so long, will not send it any more. */
static enum err forget_refused(struct arrivals *a)
{
	for (size_t i = 0; i < a->count; i++) {
		if (a->list[i].stage == NULL) {
			(void)arrivals_take(a, &a->list[i]);
			return ERR_OK;
		}
	}
	return ERR_BUSY;
}

static enum err make_room(struct arrivals *a)
{
	size_t cap = a->cap == 0 ? FIRST_COUNT : 2 * a->cap;
	struct arrival *list;

	if (a->count < a->cap)
		return ERR_OK;
	if (a->count == ARRIVALS_MAX)
		return forget_refused(a);
	list = reallocarray(a->list, cap, sizeof(*list));
	if (list == NULL)
		return ERR_MEMORY;
	a->list = list;
	a->cap = cap;
	return ERR_OK;
}

enum err arrivals_add(struct arrivals *a, uint32_t id, uint8_t op,
		      struct stage *stage)
{
	enum err e = make_room(a);

	if (e)
		return e;
	a->list[a->count++] = (struct arrival){id, op, stage};
	a->open += stage != NULL;
	return ERR_OK;
}

void arrivals_refuse(struct arrivals *a, struct arrival *one)
{
	a->open -= one->stage != NULL;
	store_stage_drop(one->stage);
	one->stage = NULL;
}

struct stage *arrivals_take(struct arrivals *a, struct arrival *one)
{
	struct stage *stage = one->stage;

	a->open -= stage != NULL;
	*one = a->list[--a->count];
	if (a->count == 0) {
		free(a->list);
		arrivals_init(a);
	}
	return stage;
}
