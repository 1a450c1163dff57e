#include "survey.h"

#include "interrupt.h"
#include "name.h"
#include "standing.h"

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

uint64_t survey_names(const struct survey_answer *a)
{
	const struct msg_status_answer *s = &a->status;

	return s->names > s->tombstones ? s->names - s->tombstones : 0;
}

static void emit_answer(const struct survey_answer *a, struct emit *e)
{
	const struct msg_status_answer *s = &a->status;
	char id[2 * STORE_ID_SIZE + 1];

	digest_hex(s->store.stamp.store, STORE_ID_SIZE, id);
	emit_text(e, "store", id);
	emit_u64(e, "epoch", s->store.cluster.epoch);
	emit_real(e, "rtt_ms", (double)a->rtt_us / 1000);
	emit_u64(e, "names", survey_names(a));
	emit_u64(e, "bytes", s->bytes);
	emit_u64(e, "free", s->free_bytes);
	emit_u64(e, "total", s->total_bytes);
	emit_u64(e, "stages", s->stages);
	emit_u64(e, "deletions", s->tombstones);
	emit_u64(e, "corrupt", s->corrupt);
	emit_u64(e, "scrubbed", s->scrubbed);
	if (s->verified_s == STATUS_NEVER)
		emit_null(e, "verified_s");
	else
		emit_u64(e, "verified_s", s->verified_s);
	emit_u64(e, "uptime_s", s->uptime_ms / 1000);
	emit_bool(e, "read_only", s->store.flags & STORE_READ_ONLY);
	emit_bool(e, "full", s->store.flags & STORE_FULL);
	emit_text(e, "software", a->software);
	emit_text(e, "error", a->error);
}

void survey_emit(const struct survey *s, const struct view *v, unsigned server,
		 struct emit *e)
{
	const struct survey_answer *a = &s->answers[server];
	const struct cluster *c = s->cluster;
	const struct msg_store *store = a->given ? &a->status.store : NULL;
	char address[ADDR_TEXT_MAX];

	addr_format(&c->settings->servers[server].addr, address);
	emit_text(e, "name", cluster_name(c, server));
	emit_text(e, "address", address);
	emit_bool(e, "up", a->given);
	emit_text(e, "state",
		  standing_word(standing_of(v, store, server, c->count)));
	if (a->given) {
		emit_answer(a, e);
		return;
	}
	emit_text(e, "why", cluster_why(c, server));
	if (c->links[server].since != 0)
		emit_time(e, "since",
			  (int64_t)c->links[server].since * 1000000000);
}

void survey_judge(const struct survey *s, struct view *v)
{
	const struct msg_store *stores[LAYOUT_MAX];

	for (unsigned i = 0; i < s->cluster->count; i++)
		stores[i] = s->answers[i].given ? &s->answers[i].status.store
						: NULL;
	view_make(v, stores, s->cluster->count);
}
