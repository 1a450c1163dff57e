#include "join.h"

#include "interrupt.h"
#include "name.h"

#include <stdio.h>
#include <string.h>

#define JOIN_MS 10000

struct joining {
	struct cluster *cluster;
	char *why;
	bool over;
	enum join_end end;
};

/* The refusal's own words, or else its status. */
static void take_refusal(struct joining *j, const struct call_event *e)
{
	struct msg_refusal m;
	struct rbuf b;

	j->end = JOIN_REFUSED;
	rbuf_init(&b, e->data, e->len);
	if (msg_refusal_get(&b, &m) == ERR_OK && m.text.len > 0) {
		size_t len = m.text.len < JOIN_TEXT_MAX / 4
				     ? m.text.len
				     : JOIN_TEXT_MAX / 4 - 1;

		name_escape(m.text.text, len, j->why, JOIN_TEXT_MAX);
	} else {
		snprintf(j->why, JOIN_TEXT_MAX, "%s",
			 status_text((enum status)e->frame->status));
	}
}

static void on_call(const struct call *call, const struct call_event *e)
{
	struct joining *j = call->arg;
	struct msg_join_answer m;
	struct rbuf b;

	if (e->what != CALL_HEAD && e->what != CALL_LOST)
		return;
	j->over = true;
	if (e->what == CALL_LOST)
		return;
	if (e->frame->status != ST_OK) {
		take_refusal(j, e);
		return;
	}
	rbuf_init(&b, e->data, e->len);
	if (msg_join_answer_get(&b, &m) == ERR_OK)
		j->end = JOIN_OBEYED;
	else
		link_fail(&j->cluster->links[call->server],
			  "sent what is no answer");
}

static bool ask(struct joining *j, unsigned server, const struct msg_join *m)
{
	struct link *k = &j->cluster->links[server];
	struct call call = {.event = on_call, .arg = j, .server = server};
	uint8_t head[256];
	struct wbuf b;
	uint32_t id;

	link_open(k);
	wbuf_init(&b, head, sizeof(head));
	if (msg_join_put(&b, m) != ERR_OK)
		return false;
	id = link_ask(k, &call);
	if (!id)
		return false;
	if (link_send(k, id, OP_JOIN, &b, NULL) == ERR_OK)
		return true;
	link_forget(k, id);
	return false;
}

static void nothing(void *arg)
{
	(void)arg;
}

enum join_end join_send(struct client *c, unsigned server,
			const struct msg_join *m, char why[JOIN_TEXT_MAX])
{
	struct joining j = {
		.cluster = &c->cluster, .why = why, .end = JOIN_LOST};
	struct loop_timer end = {.fire = nothing};

	snprintf(why, JOIN_TEXT_MAX, "does not answer");
	loop_refresh(&c->loop);
	if (!ask(&j, server, m))
		return JOIN_LOST;
	loop_arm(&c->loop, &end, c->loop.now_ms + JOIN_MS);
	while (end.armed && !j.over && !interrupt_came())
		loop_turn(&c->loop);
	loop_disarm(&end);
	cluster_forget(&c->cluster, &j, CALL_ANY);
	return j.end;
}
