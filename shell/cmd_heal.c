/* heal: the newest version's mark for every name on every server; servers
 * that have them all become members */
#include "batch.h"
#include "command.h"
#include "interrupt.h"
#include "listing.h"
#include "names.h"
#include "operand.h"
#include "outcome.h"
#include "plain.h"
#include "show.h"
#include "survey.h"

#include <stdlib.h>
#include <string.h>

#define JOIN_MS 10000 /* for the answers */

struct healing {
	struct client *client;
	struct names names;
	size_t at;
	bool named; /* the names are operands */
	bool no_memory;
	uint64_t floor;	 /* highest counter seen, of any name's record */
	uint64_t marked; /* servers that have acknowledged every name */
	size_t single;	 /* names with a chunk that has one copy only */
	struct survey *survey;
	struct view view;
	/* Stores as they were when the heal began. */
	uint8_t stores[LAYOUT_MAX][STORE_ID_SIZE];
	uint64_t waiting; /* servers whose answer to JOIN is due */
	uint64_t refused;
};

/* Marks */

static struct task *next_mark(void *arg)
{
	struct healing *h = arg;
	const char *name;
	struct task *task;

	if (h->at == h->names.count || interrupt_came())
		return NULL;
	name = h->names.list[h->at++];
	task = plain_new(&h->client->cluster, QUORUM_MARK, name, strlen(name));
	h->no_memory |= !task;
	return task;
}

static bool more_marks(const void *arg)
{
	const struct healing *h = arg;

	return h->at < h->names.count;
}

/* The servers that hold the mark, as the stores that the heal began with. */
static uint64_t marked_by(const struct healing *h, const struct task *task)
{
	uint64_t some = quorum_marks(&task->q);

	for (unsigned i = 0; i < task->cluster->count; i++) {
		const struct quorum_server *s = &task->q.servers[i];

		if (!s->answered || memcmp(s->store.stamp.store, h->stores[i],
					   STORE_ID_SIZE) != 0)
			some &= ~(UINT64_C(1) << i);
	}
	return some;
}

/* All servers answer, and yet only one of them has some chunk. */
static bool has_single_copy(const struct task *task)
{
	const struct quorum *q = &task->q;

	if (q->view.valid != mask_all(task->cluster->count))
		return false;
	for (unsigned i = 0; i < q->found.version.y; i++)
		if (mask_count(q->found.holders[i]) < 2)
			return true;
	return false;
}

static void say_single(struct healing *h)
{
	if (h->single == 0)
		return;
	show_trouble("heal: %zu file%s a chunk with one copy only: get and "
		     "put again what dfc ls -lR shows with x1",
		     h->single, h->single == 1 ? " has" : "s have");
	tally_add(&h->client->tally, EXIT_DEGRADED);
}

static void mark_over(void *arg, struct task *task)
{
	struct healing *h = arg;
	enum exit_status status = outcome_status(task);
	char text[OUTCOME_TEXT_MAX];

	if (status == EXIT_ABSENT && !h->named)
		status = EXIT_DONE; /* forgotten meanwhile: nothing to mark */
	if (task->q.outcome == OUTCOME_ABSENT) {
		if (h->named)
			show_problem(task->name, task->name_len,
				     "no such file");
		tally_add(&h->client->tally, status);
		return;
	}
	outcome_note(h->client, task);
	tally_add(&h->client->tally, status);
	if (status == EXIT_DONE) {
		h->marked &= marked_by(h, task);
		h->single += has_single_copy(task);
		return;
	}
	h->marked = 0;
	if (status == EXIT_INTERRUPTED)
		return;
	outcome_text(task, text);
	show_verdict(task->name, task->name_len, " is incomplete");
	show_problem(task->name, task->name_len, "%s", text);
}

static void take_name(void *arg, const struct listing_name *n)
{
	struct healing *h = arg;

	if (n->found->ctr_max > h->floor)
		h->floor = n->found->ctr_max;
	if (n->found->committed && !names_add(&h->names, n->text, n->len))
		h->no_memory = true;
}

/* Every name, deleted ones too.  False: not all are known. */
static bool list_names(struct healing *h)
{
	struct client *c = h->client;
	struct listing_query q = {.cluster = &c->cluster,
				  .prefix = "",
				  .deleted = true,
				  .each = take_name,
				  .arg = h};
	struct view v;
	enum listing_end end = listing_run(&q, &v);

	if (end == LISTING_PROVEN)
		return true;
	if (end == LISTING_CANCELLED) {
		tally_add(&c->tally, EXIT_INTERRUPTED);
	} else if (end == LISTING_MEMORY) {
		h->no_memory = true;
	} else {
		show_trouble("heal: too few servers answer to know all names");
		c->explain = true;
		tally_add(&c->tally, EXIT_TEMPORARY);
	}
	return false;
}

/* Joining */

static void on_join(const struct call *call, const struct call_event *e)
{
	struct healing *h = call->arg;
	uint64_t bit = UINT64_C(1) << call->server;

	if (e->what != CALL_HEAD && e->what != CALL_LOST)
		return;
	h->waiting &= ~bit;
	if (e->what == CALL_LOST || e->frame->status != ST_OK)
		h->refused |= bit;
}

/* What a new member must not go below: the members' floors, and what it
 * would know of if it had not lost it, stages included. */
static uint64_t highest_floor(const struct healing *h)
{
	uint64_t floor = h->floor;

	for (unsigned i = 0; i < h->client->cluster.count; i++) {
		const struct msg_store *s = &h->survey->answers[i].status.store;

		if ((h->view.members >> i & 1) && s->floor > floor)
			floor = s->floor;
	}
	return floor;
}

static void send_join(struct healing *h, unsigned server)
{
	struct link *k = &h->client->cluster.links[server];
	struct call call = {.event = on_join, .arg = h, .server = server};
	struct msg_join m = {.cluster = h->view.cluster,
			     .state = STORE_MEMBER,
			     .heal = true,
			     .floor = highest_floor(h)};
	uint8_t head[256];
	struct wbuf b;
	uint32_t id;

	memcpy(m.store, h->stores[server], STORE_ID_SIZE);
	wbuf_init(&b, head, sizeof(head));
	h->refused |= UINT64_C(1) << server;
	if (msg_join_put(&b, &m) != ERR_OK)
		return;
	id = link_ask(k, &call);
	if (!id || link_send(k, id, OP_JOIN, &b, NULL) != ERR_OK)
		return;
	h->refused &= ~(UINT64_C(1) << server);
	h->waiting |= UINT64_C(1) << server;
}

static void nothing(void *arg)
{
	(void)arg;
}

static void wait_ms(struct healing *h, uint64_t ms, bool for_joins)
{
	struct loop *loop = &h->client->loop;
	struct loop_timer end = {.fire = nothing};

	loop_arm(loop, &end, loop->now_ms + ms);
	while (end.armed && !interrupt_came() && (!for_joins || h->waiting))
		loop_turn(loop);
	loop_disarm(&end);
	cluster_forget(&h->client->cluster, h, CALL_ANY);
	h->refused |= h->waiting;
	h->waiting = 0;
}

static uint64_t newcomers(const struct healing *h)
{
	return h->view.joining | h->view.blank;
}

/* The list must be the cluster's own. */
static bool may_join(struct healing *h)
{
	const struct client *c = h->client;
	uint64_t fresh = newcomers(h);
	unsigned all = mask_count(h->view.members | fresh);

	if (c->cluster.count == h->view.n && all <= h->view.n)
		return true;
	for (unsigned i = 0; i < c->cluster.count; i++)
		if (fresh >> i & 1)
			show_trouble("%s: one more than the %u servers of the "
				     "cluster, which cannot grow yet",
				     cluster_name(&c->cluster, i), h->view.n);
	tally_add(&h->client->tally, EXIT_PRECONDITION);
	return false;
}

/* Seconds until the last of them may join. */
static uint32_t quarantine(const struct healing *h, uint64_t some)
{
	uint32_t most = 0;

	for (unsigned i = 0; i < h->client->cluster.count; i++) {
		uint32_t s = h->survey->answers[i].status.quarantine_s;

		if ((some >> i & 1) && s > most)
			most = s;
	}
	return most;
}

static void say_refused(struct healing *h)
{
	for (unsigned i = 0; i < h->client->cluster.count; i++) {
		if (!(h->refused >> i & 1))
			continue;
		show_trouble("%s: did not become a member: run dfc heal again",
			     cluster_name(&h->client->cluster, i));
		tally_add(&h->client->tally, EXIT_TEMPORARY);
	}
}

static void join_all(struct healing *h, uint64_t some)
{
	uint32_t rest_s = quarantine(h, some);

	if (rest_s > 0 && !h->client->quiet)
		show_trouble("heal: new servers become members in %u s",
			     (unsigned)rest_s);
	if (rest_s > 0)
		wait_ms(h, rest_s * UINT64_C(1000), false);
	if (interrupt_came()) {
		tally_add(&h->client->tally, EXIT_INTERRUPTED);
		return;
	}
	h->refused = 0;
	for (unsigned i = 0; i < h->client->cluster.count; i++)
		if (some >> i & 1)
			send_join(h, i);
	wait_ms(h, JOIN_MS, true);
	say_refused(h);
}

static void survey(struct healing *h)
{
	survey_run(h->survey, &h->client->cluster);
	survey_judge(h->survey, &h->view);
	for (unsigned i = 0; i < h->client->cluster.count; i++) {
		const struct survey_answer *a = &h->survey->answers[i];

		if (a->given)
			memcpy(h->stores[i], a->status.store.stamp.store,
			       STORE_ID_SIZE);
	}
}

/* Some that answer are not members, and every name is marked. */
static void join_newcomers(struct healing *h)
{
	uint64_t fresh = newcomers(h);

	if (fresh == 0 || !may_join(h))
		return;
	for (unsigned i = 0; i < h->client->cluster.count; i++) {
		if (!(fresh >> i & 1) || (h->marked >> i & 1))
			continue;
		show_trouble("%s: not a member yet: it lacks marks",
			     cluster_name(&h->client->cluster, i));
		tally_add(&h->client->tally, EXIT_TEMPORARY);
	}
	if (fresh & h->marked)
		join_all(h, fresh & h->marked);
}

/* Those that are away have got nothing. */
static void note_absent(struct healing *h)
{
	struct client *c = h->client;
	uint64_t away = mask_all(c->cluster.count) & ~h->view.valid;

	c->strangers |= h->view.strangers;
	c->absent |= away & ~h->view.strangers;
	c->done = "healed";
	if (away)
		tally_add(&c->tally, EXIT_DEGRADED);
}

static void heal(struct healing *h, const struct args *a)
{
	struct client *c = h->client;
	struct batch b = {.client = c,
			  .next = next_mark,
			  .over = mark_over,
			  .more = more_marks,
			  .arg = h};
	bool all = a->count == 0;

	h->named = !all;
	if (!command_jobs(c, a, &b.jobs)) {
		tally_add(&c->tally, EXIT_USAGE);
		return;
	}
	survey(h);
	h->marked = h->view.valid;
	if (view_is_new(&h->view))
		return; /* nothing is there to be healed */
	/* Less than w members can do: one of two that has lost its disk must
	 * be able to come back. */
	if (!view_proves(&h->view) || (!h->view.established && h->view.fresh)) {
		show_trouble("heal: too few servers answer");
		c->explain = true;
		tally_add(&c->tally, EXIT_TEMPORARY);
		return;
	}
	if (all && !list_names(h))
		return;
	if (!all && !names_expand(&h->names, c, a->operands, a->count, false))
		h->no_memory = true;
	if (!h->no_memory)
		batch_run(&b);
	if (all && !h->no_memory && c->tally.failed == 0)
		join_newcomers(h);
	say_single(h);
	note_absent(h);
}

enum exit_status cmd_heal(struct client *c, const struct args *a)
{
	struct healing *h;

	for (size_t i = 0; i < a->count; i++)
		if (!operand_check(a->operands[i]))
			return EXIT_USAGE;
	if (!client_open(c))
		return EXIT_USAGE;
	h = calloc(1, sizeof(*h));
	if (h) {
		h->client = c;
		h->survey = calloc(1, sizeof(*h->survey));
	}
	if (h && h->survey)
		heal(h, a);
	if (!h || !h->survey || h->no_memory) {
		show_trouble("%s", err_text(ERR_MEMORY));
		tally_add(&c->tally, EXIT_ERROR);
	}
	if (h) {
		free(h->survey);
		names_release(&h->names);
	}
	free(h);
	return EXIT_DONE;
}
