#include "task.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 4096 /* bytes of any head but that of an answer */

static void on_timer(void *arg);
static void on_call(const struct call *c, const struct call_event *e);

/* What the cluster says of each machine. */
static void machine_init(struct task *task,
			 const struct quorum_settings *settings)
{
	struct cluster *c = task->cluster;
	struct quorum_settings s = *settings;

	s.count = c->count;
	s.require_all = c->settings->require_all;
	s.random = cluster_random;
	s.random_arg = c;
	quorum_init(&task->q, &s);
}

void task_init(struct task *task, struct cluster *c,
	       const struct task_kind *kind,
	       const struct quorum_settings *settings)
{
	task->kind = kind;
	task->cluster = c;
	task->timer.fire = on_timer;
	task->timer.arg = task;
	machine_init(task, settings);
}

void task_set_name(struct task *task, const char *name, size_t len)
{
	memcpy(task->name, name, len);
	task->name[len] = '\0';
	task->name_len = len;
}

void task_release(struct task *task)
{
	loop_disarm(&task->timer);
	cluster_forget(task->cluster, task, CALL_ANY);
	quorum_release(&task->q);
}

struct msg_name task_name(const struct task *task)
{
	return (struct msg_name){task->name, task->name_len};
}

uint64_t task_moved(const struct task *task)
{
	return task->kind->moved ? task->kind->moved(task) : 0;
}

uint64_t task_kept(const struct task *task)
{
	return task->kind->kept ? task->kind->kept(task) : 0;
}

uint64_t task_size(const struct task *task)
{
	return task->kind->size ? task->kind->size(task) : TASK_SIZE_UNKNOWN;
}

/* Orders to messages */

static enum err put_query(const struct task *task, struct wbuf *b)
{
	return msg_query_put(b, &(struct msg_query){task_name(task)});
}

static enum err put_commit(const struct task *task,
			   const struct quorum_order *o, unsigned server,
			   struct wbuf *b)
{
	struct msg_commit m = {.name = task_name(task), .version = o->version};

	quorum_context(&task->q, server, &m.context);
	return msg_commit_put(b, &m);
}

static enum err put_drop(const struct task *task, const struct quorum_order *o,
			 unsigned server, struct wbuf *b)
{
	struct msg_drop m = {.name = task_name(task), .tag = o->version.tag};

	quorum_context(&task->q, server, &m.context);
	return msg_drop_put(b, &m);
}

static enum err put_join(const struct task *task, unsigned server,
			 struct wbuf *b)
{
	struct msg_join m;

	quorum_join(&task->q, server, &m);
	return msg_join_put(b, &m);
}

static enum err put_head(const struct task *task, const struct quorum_order *o,
			 unsigned server, struct wbuf *b)
{
	switch (o->what) {
	case WHAT_QUERY:
		return put_query(task, b);
	case WHAT_COMMIT:
		return put_commit(task, o, server, b);
	case WHAT_ABORT:
	case WHAT_FORGET:
	case WHAT_DISCARD:
		return put_drop(task, o, server, b);
	case WHAT_JOIN:
		return put_join(task, server, b);
	case WHAT_STAGE:
	case WHAT_FETCH:
	case WHAT_VERIFY:
	case WHAT_RESTORE:
	case WHAT_COUNT:
		break;
	}
	return ERR_FORMAT;
}

static const uint8_t op_codes[] = {
	[WHAT_QUERY] = OP_QUERY,   [WHAT_JOIN] = OP_JOIN,
	[WHAT_ABORT] = OP_ABORT,   [WHAT_COMMIT] = OP_COMMIT,
	[WHAT_FORGET] = OP_FORGET, [WHAT_DISCARD] = OP_DISCARD,
};

/* A dead server stays dead for a command, but while marks are missing. */
static void revive(struct task *task, const struct quorum_order *o,
		   unsigned server)
{
	uint64_t bit = UINT64_C(1) << server;
	bool again = o->what == WHAT_COMMIT && (task->committed & bit);
	bool late = o->what == WHAT_QUERY && task->q.phase == PHASE_COMMIT;

	if (o->what == WHAT_COMMIT)
		task->committed |= bit;
	if (again || late)
		link_open(&task->cluster->links[server]);
}

static bool send_one(struct task *task, const struct quorum_order *o,
		     unsigned server)
{
	struct link *k = &task->cluster->links[server];
	struct call call = {.event = on_call,
			    .arg = task,
			    .server = server,
			    .what = o->what,
			    .round = o->round};
	uint8_t head[HEAD_MAX];
	struct wbuf b;
	uint32_t id;

	revive(task, o, server);
	wbuf_init(&b, head, sizeof(head));
	if (put_head(task, o, server, &b) != ERR_OK)
		return false;
	id = link_ask(k, &call);
	if (!id)
		return false;
	if (link_send(k, id, op_codes[o->what], &b, NULL) == ERR_OK)
		return true;
	link_forget(k, id);
	return false;
}

/* Returns the servers that could not be asked. */
static uint64_t send_all(struct task *task, const struct quorum_order *o)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < task->cluster->count; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if ((o->to & bit) && !send_one(task, o, i))
			lost |= bit;
	}
	return lost;
}

void task_abort(struct task *task, unsigned server, const struct tag *tag)
{
	struct quorum_order o = {.what = WHAT_ABORT, .version.tag = *tag};

	if (!send_one(task, &o, server))
		link_fail(&task->cluster->links[server], "no memory");
}

/* Events */

static void tell(struct task *task, const struct quorum_event *e)
{
	quorum_event(&task->q, e, task->cluster->loop->now_ms);
}

/* Returns the servers that could not be asked. */
static uint64_t carry_out(struct task *task, const struct quorum_order *o)
{
	if (o->what == WHAT_STAGE || o->what == WHAT_RESTORE)
		return task->kind->stage(task, o);
	if (o->what == WHAT_VERIFY)
		return task->kind->verify(task, o);
	return send_all(task, o);
}

static void run_order(struct task *task, const struct quorum_order *o)
{
	uint64_t lost = 0;

	if (o->what == WHAT_FETCH) {
		task->kind->fetch(task);
		return;
	}
	if (o->what == WHAT_ABORT && task->kind->unstage)
		task->kind->unstage(task);
	lost = carry_out(task, o);
	for (unsigned i = 0; lost >> i && i < task->cluster->count; i++) {
		if (lost >> i & 1)
			tell(task, &(struct quorum_event){.kind = EVENT_LOST,
							  .what = o->what,
							  .server = i,
							  .round = o->round});
	}
}

/* It has failed where more servers might have helped. */
static bool wants_servers(const struct quorum *q)
{
	if (q->outcome != OUTCOME_FAILED && q->outcome != OUTCOME_INCOMPLETE)
		return false;
	return q->reason != REASON_LOCAL && q->reason != REASON_LIMIT &&
	       q->reason != REASON_DOUBLED && q->reason != REASON_MOVING &&
	       q->reason != REASON_EXISTS && q->reason != REASON_CHANGED;
}

/* Another machine; the last one is not heard of any more. */
static void restart(struct task *task, const struct quorum_settings *settings)
{
	struct quorum_settings s = *settings;

	if (task->kind->unstage)
		task->kind->unstage(task);
	cluster_forget(task->cluster, task, CALL_ANY);
	quorum_release(&task->q);
	machine_init(task, &s);
	task->committed = 0;
	quorum_start(&task->q, task->cluster->loop->now_ms);
}

/* A session passes over servers that it knows to be down: before anything
 * fails for that, they are tried again, and the operation from its start. */
static bool start_again(struct task *task)
{
	if (task->again || !wants_servers(&task->q) ||
	    !cluster_reopen(task->cluster))
		return false;
	task->again = true;
	restart(task, &task->q.settings);
	return true;
}

void task_renew(struct task *task, const struct quorum_settings *s,
		const char *name, size_t name_len)
{
	task_set_name(task, name, name_len);
	restart(task, s);
}

static bool goes_on(struct task *task)
{
	if (!quorum_is_done(&task->q))
		return false;
	return start_again(task) ||
	       (task->kind->go_on && task->kind->go_on(task));
}

/* Carries out what is ordered; the end of every way in. */
static void task_run(struct task *task)
{
	struct quorum_order o;

	if (task->running)
		return;
	task->running = true;
	do {
		while (quorum_next(&task->q, &o))
			run_order(task, &o);
	} while (goes_on(task));
	task->running = false;
	if (quorum_is_done(&task->q)) {
		loop_disarm(&task->timer);
		loop_wake(task->cluster->loop);
		task->over(task->arg, task);
	} else if (quorum_deadline(&task->q) == UINT64_MAX) {
		loop_disarm(&task->timer);
	} else {
		loop_arm(task->cluster->loop, &task->timer,
			 quorum_deadline(&task->q));
	}
}

static void on_timer(void *arg)
{
	struct task *task = arg;

	quorum_tick(&task->q, task->cluster->loop->now_ms);
	task_run(task);
}

void task_start(struct task *task)
{
	loop_refresh(task->cluster->loop);
	quorum_start(&task->q, task->cluster->loop->now_ms);
	task_run(task);
}

void task_cancel(struct task *task, enum quorum_reason reason)
{
	quorum_cancel(&task->q, reason, task->cluster->loop->now_ms);
	task_run(task);
}

void task_tell(struct task *task, enum quorum_event_kind kind)
{
	tell(task, &(struct quorum_event){.kind = kind,
					  .what = WHAT_FETCH,
					  .round = task->q.round});
	task_run(task);
}

void task_event(struct task *task, const struct quorum_event *e)
{
	tell(task, e);
	task_run(task);
}

/* Answers */

static enum err take_refusal(struct task *task, struct quorum_event q,
			     struct rbuf *b)
{
	struct msg_refusal m;
	enum err e = msg_refusal_get(b, &m);

	if (e)
		return e;
	q.kind = EVENT_REFUSED;
	q.refusal = &m;
	tell(task, &q);
	return ERR_OK;
}

static enum err take_query(struct task *task, struct quorum_event q,
			   struct rbuf *b)
{
	struct msg_query_answer m;
	enum err e = msg_query_answer_get(b, &m);

	if (e)
		return e;
	q.query = &m;
	tell(task, &q);
	return ERR_OK;
}

static enum err take_commit(struct task *task, struct quorum_event q,
			    struct rbuf *b)
{
	struct msg_commit_answer m;
	enum err e = msg_commit_answer_get(b, &m);

	if (e)
		return e;
	q.commit = &m;
	tell(task, &q);
	return ERR_OK;
}

static enum err take_join(struct task *task, struct quorum_event q,
			  struct rbuf *b)
{
	struct msg_join_answer m;
	enum err e = msg_join_answer_get(b, &m);

	if (e)
		return e;
	q.join = &m;
	tell(task, &q);
	return ERR_OK;
}

static enum err take_plain(struct task *task, struct quorum_event q,
			   struct rbuf *b)
{
	enum err e = rbuf_finish(b);

	if (!e)
		tell(task, &q);
	return e;
}

static enum err (*const takers[])(struct task *, struct quorum_event,
				  struct rbuf *) = {
	[WHAT_QUERY] = take_query,   [WHAT_JOIN] = take_join,
	[WHAT_STAGE] = take_plain,   [WHAT_ABORT] = take_plain,
	[WHAT_COMMIT] = take_commit, [WHAT_RESTORE] = take_plain,
	[WHAT_FORGET] = take_plain,  [WHAT_DISCARD] = take_plain,
};

void task_answer(struct task *task, const struct call *c,
		 const struct call_event *e)
{
	struct quorum_event q = {.kind = EVENT_ANSWER,
				 .what = (enum quorum_what)c->what,
				 .server = c->server,
				 .round = c->round};
	struct rbuf b;
	enum err bad;

	if (e->what == CALL_LOST) {
		q.kind = EVENT_LOST;
		tell(task, &q);
		task_run(task);
		return;
	}
	if (e->what != CALL_HEAD)
		return;
	q.status = (enum status)e->frame->status;
	rbuf_init(&b, e->data, e->len);
	bad = e->frame->flags & FRAME_MORE ? ERR_FORMAT
	      : q.status == ST_OK	   ? takers[c->what](task, q, &b)
					   : take_refusal(task, q, &b);
	if (bad)
		link_fail(&task->cluster->links[c->server],
			  "sent what is no answer");
	else
		task_run(task);
}

static void on_call(const struct call *c, const struct call_event *e)
{
	task_answer(c->arg, c, e);
}
