#include "lookup.h"

#include "interrupt.h"

#include <stdlib.h>
#include <string.h>

#define LOOKUP_MS 1000

static void take(struct lookup *l, unsigned server,
		 const struct msg_query_answer *m)
{
	struct lookup_answer *a = &l->answers[server];

	a->records = calloc(m->count + 1, sizeof(*a->records));
	if (!a->records)
		return;
	memcpy(a->records, m->records, m->count * sizeof(*a->records));
	a->count = m->count;
	a->store = m->store;
	a->given = true;
}

static void on_call(const struct call *c, const struct call_event *e)
{
	struct lookup *l = c->arg;
	struct msg_query_answer m;
	struct rbuf b;

	if (e->what != CALL_HEAD && e->what != CALL_LOST)
		return;
	l->waiting &= ~(UINT64_C(1) << c->server);
	if (e->what == CALL_LOST || e->frame->status != ST_OK)
		return;
	rbuf_init(&b, e->data, e->len);
	if (msg_query_answer_get(&b, &m) != ERR_OK)
		link_fail(&l->cluster->links[c->server],
			  "sent what is no answer");
	else
		take(l, c->server, &m);
}

static bool ask(struct lookup *l, unsigned server)
{
	struct link *k = &l->cluster->links[server];
	struct call call = {.event = on_call, .arg = l, .server = server};
	struct msg_query m = {{l->name, l->name_len}};
	uint8_t head[NAME_MAX_BYTES + 16];
	struct wbuf b;
	uint32_t id;

	wbuf_init(&b, head, sizeof(head));
	if (msg_query_put(&b, &m) != ERR_OK)
		return false;
	id = link_ask(k, &call);
	if (!id)
		return false;
	if (link_send(k, id, OP_QUERY, &b, NULL) == ERR_OK)
		return true;
	link_forget(k, id);
	return false;
}

void lookup_start(struct lookup *l, struct cluster *c, const char *name,
		  size_t len)
{
	*l = (struct lookup){.cluster = c, .name_len = len};
	memcpy(l->name, name, len);
	loop_refresh(c->loop);
	l->begun_ms = c->loop->now_ms;
	for (unsigned i = 0; i < c->count; i++)
		if (ask(l, i))
			l->waiting |= UINT64_C(1) << i;
}

void lookup_release(struct lookup *l)
{
	cluster_forget(l->cluster, l, CALL_ANY);
	for (unsigned i = 0; i < LAYOUT_MAX; i++)
		free(l->answers[i].records);
}

static bool any_waits(struct lookup *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i]->waiting)
			return true;
	return false;
}

static void nothing(void *arg)
{
	(void)arg;
}

void lookup_wait(struct lookup *const *list, size_t count)
{
	struct loop *loop;
	struct loop_timer end = {.fire = nothing};

	if (count == 0)
		return;
	loop = list[0]->cluster->loop;
	loop_arm(loop, &end, list[0]->begun_ms + LOOKUP_MS);
	while (end.armed && any_waits(list, count) && !interrupt_came())
		loop_turn(loop);
	loop_disarm(&end);
}

void lookup_judge(const struct lookup *l, struct view *v, struct found *f)
{
	const struct msg_store *stores[LAYOUT_MAX];
	struct held held[LAYOUT_MAX];

	for (unsigned i = 0; i < l->cluster->count; i++) {
		const struct lookup_answer *a = &l->answers[i];

		stores[i] = a->given ? &a->store : NULL;
		held[i] = (struct held){a->records, a->count};
	}
	view_make(v, stores, l->cluster->count);
	found_make(f, v, stores, held, l->cluster->count);
}
