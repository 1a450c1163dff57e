#include "survey.h"

#include "interrupt.h"
#include "name.h"

#include <string.h>
#include <time.h>

#define SURVEY_MS 1000

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void take(struct survey_answer *a, const struct msg_status_answer *m)
{
	a->status = *m;
	a->given = true;
	name_escape(m->software.text, m->software.len, a->software,
		    sizeof(a->software));
	name_escape(m->error.text, m->error.len, a->error, sizeof(a->error));
}

static void on_call(const struct call *c, const struct call_event *e)
{
	struct survey *s = c->arg;
	struct survey_answer *a = &s->answers[c->server];
	struct msg_status_answer m;
	struct rbuf b;

	if (e->what != CALL_HEAD && e->what != CALL_LOST)
		return;
	s->waiting &= ~(UINT64_C(1) << c->server);
	if (e->what == CALL_LOST || e->frame->status != ST_OK)
		return;
	a->rtt_us = now_us() - a->asked_us;
	rbuf_init(&b, e->data, e->len);
	if (msg_status_answer_get(&b, &m) == ERR_OK)
		take(a, &m);
	else
		link_fail(&s->cluster->links[c->server],
			  "sent what is no answer");
}

static void ask(struct survey *s, unsigned server)
{
	struct link *k = &s->cluster->links[server];
	struct call call = {.event = on_call, .arg = s, .server = server};
	uint8_t none[1];
	struct wbuf b;
	uint32_t id = link_ask(k, &call);

	s->waiting &= ~(UINT64_C(1) << server);
	if (!id)
		return;
	wbuf_init(&b, none, 0);
	s->answers[server].asked_us = now_us();
	if (link_send(k, id, OP_STATUS, &b, NULL) == ERR_OK)
		s->waiting |= UINT64_C(1) << server;
	else
		link_forget(k, id);
}

static void nothing(void *arg)
{
	(void)arg;
}

/* The request leaves when the greeting is there, so that the round trip is
 * that of the request alone. */
void survey_run(struct survey *s, struct cluster *c)
{
	struct loop_timer end = {.fire = nothing};
	uint64_t unasked = mask_all(c->count);

	*s = (struct survey){.cluster = c, .waiting = unasked};
	loop_refresh(c->loop);
	loop_arm(c->loop, &end, c->loop->now_ms + SURVEY_MS);
	while (end.armed && s->waiting && !interrupt_came()) {
		for (unsigned i = 0; i < c->count; i++) {
			if (!(unasked >> i & 1) ||
			    c->links[i].state == LINK_HAILING)
				continue;
			unasked &= ~(UINT64_C(1) << i);
			ask(s, i);
		}
		if (s->waiting)
			loop_turn(c->loop);
	}
	loop_disarm(&end);
	cluster_forget(c, s, CALL_ANY);
}

void survey_judge(const struct survey *s, struct view *v)
{
	const struct msg_store *stores[LAYOUT_MAX];

	for (unsigned i = 0; i < s->cluster->count; i++)
		stores[i] = s->answers[i].given ? &s->answers[i].status.store
						: NULL;
	view_make(v, stores, s->cluster->count);
}
