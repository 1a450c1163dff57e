#include "heal.h"

#include "batch.h"
#include "interrupt.h"
#include "join.h"
#include "listing.h"
#include "mend.h"
#include "outcome.h"
#include "show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PASSES_MAX 3

struct heal *heal_new(struct client *c)
{
	struct heal *h = calloc(1, sizeof(*h));

	if (!h) {
		show_trouble("%s", err_text(ERR_MEMORY));
		tally_add(&c->tally, EXIT_ERROR);
		return NULL;
	}
	h->client = c;
	h->settings.kind = QUORUM_HEAL;
	progress_init(&h->progress, c->manners.progress, c->manners.quiet);
	return h;
}

void heal_free(struct heal *h)
{
	if (!h)
		return;
	if (h->no_memory) {
		show_trouble("%s", err_text(ERR_MEMORY));
		tally_add(&h->client->tally, EXIT_ERROR);
	}
	names_release(&h->names);
	free(h);
}

/* Without operands success does not make a failure partial, and what one pass
 * leaves degraded the next may mend. */
static void tally(struct heal *h, enum exit_status status)
{
	h->undone |= status != EXIT_DONE;
	h->degraded |= status == EXIT_DEGRADED;
	if (h->named || (status != EXIT_DONE && status != EXIT_DEGRADED))
		tally_add(&h->client->tally, status);
}

/* One name */

static bool is_deleted(const struct quorum *q)
{
	return q->found.committed && q->found.version.y == 0;
}

static void say_failed(struct heal *h, const struct task *task,
		       enum exit_status status)
{
	const char *fault = mend_fault(task);
	char text[OUTCOME_TEXT_MAX];

	if (status == EXIT_INTERRUPTED)
		return;
	progress_clear(&h->progress);
	outcome_text(task, text);
	if (task->q.outcome == OUTCOME_INCOMPLETE && !is_deleted(&task->q))
		show_verdict(task->name, task->name_len, " is incomplete");
	show_problem(task->name, task->name_len, "%s", fault ? fault : text);
	if (task->q.reason != REASON_CHUNKS || fault)
		return;
	h->lost_file = true;
	if (!h->lossy_hint)
		show_trouble("heal: what is lost can be put again, removed, or "
			     "given up: heal --accept-loss NAME");
	h->lossy_hint = true;
}

/* The servers that have not taken part in it. */
static uint64_t missed(const struct quorum *q)
{
	uint64_t all = mask_all(q->settings.count);

	if (q->outcome == OUTCOME_CANCELLED || q->view.n == 0)
		return 0;
	return (all & ~q->view.valid) | (q->healed.silent & ~q->risen);
}

static void show_progress(struct heal *h)
{
	uint64_t pairs = h->sums.pairs + h->sums.damaged;
	uint64_t files = h->sums.restriped;
	size_t all = h->names.count;

	progress_show(&h->progress, h->client->loop.now_ms,
		      "%s: %" PRIu64 " of %zu name%s, %" PRIu64
		      " chunk pair%s restored, %" PRIu64 " file%s spread anew",
		      h->settings.dry ? "heal -n" : "heal", h->over, all,
		      all == 1 ? "" : "s", pairs, pairs == 1 ? "" : "s", files,
		      files == 1 ? "" : "s");
}

static void on_over(void *arg, struct task *task)
{
	struct heal *h = arg;
	const struct quorum *q = &task->q;
	enum exit_status status = outcome_status(task);

	if (q->reason == REASON_LOCAL && mend_fault(task))
		status = mend_status(task);
	h->over++;
	h->cut += q->outcome == OUTCOME_CANCELLED;
	h->client->changed |= !h->settings.dry;
	h->lost |= missed(q);
	outcome_note(h->client, task);
	roster_name(&h->roster, q);
	sums_add(&h->sums, q);
	if (q->outcome == OUTCOME_ABSENT && !h->named)
		status = EXIT_DONE; /* dropped, or never more than a stage */
	if (status == EXIT_DONE && !quorum_is_whole(q))
		status = EXIT_DEGRADED;
	h->partial += status == EXIT_DEGRADED;
	tally(h, status);
	if (status != EXIT_DONE && status != EXIT_DEGRADED)
		say_failed(h, task, status);
	if (h->client->manners.json) {
		sums_emit_name(task);
	} else if (h->tell) {
		progress_clear(&h->progress);
		sums_tell(task);
	}
	show_progress(h);
}

/* Passes */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_lossy(const struct heal *h, const char *name)
{
	return h->lossy_count > 0 && bsearch(&name, h->lossy, h->lossy_count,
					     sizeof(*h->lossy), by_bytes);
}

static struct task *next_name(void *arg)
{
	struct heal *h = arg;
	struct quorum_settings settings = h->settings;
	const char *name;
	struct task *task;

	if (h->at == h->names.count || interrupt_came())
		return NULL;
	name = h->names.list[h->at++];
	settings.accept_loss |= is_lossy(h, name);
	task = mend_new(&h->client->cluster, &settings, name, strlen(name));
	h->no_memory |= !task;
	return task;
}

static bool more_names(const void *arg)
{
	const struct heal *h = arg;

	return h->at < h->names.count;
}

/* False: some name was not reached. */
static bool run_names(struct heal *h)
{
	struct batch b = {.client = h->client,
			  .jobs = h->jobs,
			  .next = next_name,
			  .over = on_over,
			  .more = more_names,
			  .arg = h};

	h->at = 0;
	h->over = h->cut = h->lost = 0;
	h->undone = h->degraded = h->lost_file = false;
	h->partial = 0;
	sums_pass(&h->sums, h->names.count);
	batch_run(&b);
	progress_clear(&h->progress);
	return h->over == h->names.count && !h->no_memory && !interrupt_came();
}

void heal_some(struct heal *h, const char *const *names, size_t count)
{
	h->named = true;
	if (names_expand(&h->names, h->client, names, count, false))
		(void)run_names(h);
	else
		tally(h, EXIT_ERROR);
	names_release(&h->names);
	h->named = false;
}

static void take_name(void *arg, const struct listing_name *n)
{
	struct heal *h = arg;

	roster_counter(&h->roster, n->found->ctr_max);
	if (!names_add(&h->names, n->text, n->len))
		h->no_memory = true;
}

/* Every name that there is a record of.  False: not all are known. */
static bool list_names(struct heal *h)
{
	struct client *c = h->client;
	struct listing_query q = {.cluster = &c->cluster,
				  .prefix = "",
				  .deleted = true,
				  .each = take_name,
				  .arg = h};
	struct view v;
	enum listing_end end;

	names_release(&h->names);
	end = listing_run(&q, &v);
	if (h->no_memory)
		return false;
	if (end == LISTING_PROVEN ||
	    (end == LISTING_UNPROVEN && h->settings.accept_stores))
		return true;
	if (end == LISTING_CANCELLED) {
		tally(h, EXIT_INTERRUPTED);
	} else if (end == LISTING_MEMORY) {
		h->no_memory = true;
	} else {
		show_trouble("heal: too few servers answer to know all names");
		client_note(c, &v);
		c->explain = true;
		tally(h, EXIT_TEMPORARY);
	}
	h->undone = true;
	return false;
}

/* Newcomers */

static void nothing(void *arg)
{
	(void)arg;
}

/* Seconds until the last of them may become a member, by the last survey. */
static uint32_t quarantine(const struct heal *h, uint64_t some)
{
	uint32_t most = 0;

	for (unsigned i = 0; i < h->client->cluster.count; i++) {
		const struct survey_answer *a = &h->survey.answers[i];

		if ((some >> i & 1) && a->given &&
		    a->status.quarantine_s > most)
			most = a->status.quarantine_s;
	}
	return most;
}

/* False: a signal came. */
static bool wait_quarantine(struct heal *h, uint32_t rest_s)
{
	struct loop *loop = &h->client->loop;
	struct loop_timer second = {.fire = nothing};

	if (rest_s > 0 && !progress_is_seen(&h->progress) &&
	    !h->client->manners.quiet)
		show_trouble("heal: new servers become members in %" PRIu32
			     " s",
			     rest_s);
	loop_refresh(loop);
	for (; rest_s > 0 && !interrupt_came(); rest_s--) {
		progress_show(&h->progress, loop->now_ms,
			      "heal: new servers become members in %" PRIu32
			      " s",
			      rest_s);
		loop_arm(loop, &second, loop->now_ms + 1000);
		while (second.armed && !interrupt_came())
			loop_turn(loop);
	}
	loop_disarm(&second);
	progress_clear(&h->progress);
	if (interrupt_came())
		tally(h, EXIT_INTERRUPTED);
	return !interrupt_came();
}

static void join_one(struct heal *h, unsigned server)
{
	struct client *c = h->client;
	char why[JOIN_TEXT_MAX];
	struct msg_join m;

	roster_join(&h->roster, server, &m);
	if (join_send(c, server, &m, why) == JOIN_OBEYED) {
		h->sums.joined++;
		if (h->tell && !c->manners.json)
			printf("%s: a member now\n",
			       cluster_name(&c->cluster, server));
		return;
	}
	show_trouble("%s: did not become a member: %s: run dfc heal again",
		     cluster_name(&c->cluster, server), why);
	tally(h, EXIT_TEMPORARY);
}

/* Those that no JOIN is sent to. */
static void say_left_out(struct heal *h, uint64_t joiners)
{
	const struct cluster *c = &h->client->cluster;
	uint64_t surplus = roster_surplus(&h->roster);
	uint64_t fresh = roster_newcomers(&h->roster);

	for (unsigned i = 0; i < c->count; i++) {
		if ((surplus >> i & 1) && c->count < h->roster.view.n)
			show_trouble("%s: not a member yet: the configuration "
				     "lists %u of the %u servers",
				     cluster_name(c, i), c->count,
				     h->roster.view.n);
		else if (surplus >> i & 1)
			show_trouble("%s: one more than the %u servers of the "
				     "cluster: dfc members add %s",
				     cluster_name(c, i), h->roster.view.n,
				     cluster_name(c, i));
		else if (fresh & ~joiners & UINT64_C(1) << i)
			show_trouble(
				"%s: not a member yet: %s", cluster_name(c, i),
				h->lost_file ? "until the names above are put "
					       "again, removed, or given up "
					       "(heal --accept-loss)"
					     : "it lacks marks: run dfc heal "
					       "again");
	}
	if (surplus)
		tally(h, EXIT_PRECONDITION);
	else if (fresh & ~joiners)
		tally(h, EXIT_TEMPORARY);
}

/* Every name is done.  True: there are more members than before. */
static bool join_newcomers(struct heal *h)
{
	uint64_t joiners = roster_joiners(&h->roster);
	uint64_t before = h->sums.joined;

	if (h->settings.dry) {
		joiners = roster_newcomers(&h->roster) &
			  ~roster_surplus(&h->roster);
		if (joiners && !h->client->manners.json) {
			sums_tell_servers(&h->client->cluster,
					  "would become members:", joiners);
			putchar('\n');
		}
		return false;
	}
	say_left_out(h, joiners);
	if (joiners == 0)
		return false;
	/* One that started anew meanwhile is in quarantine again. */
	survey_run(&h->survey, &h->client->cluster);
	if (!wait_quarantine(h, quarantine(h, joiners)))
		return false;
	for (unsigned i = 0; i < h->client->cluster.count; i++)
		if ((joiners >> i & 1) && !interrupt_came())
			join_one(h, i);
	if (interrupt_came())
		tally(h, EXIT_INTERRUPTED);
	return h->sums.joined > before;
}

/* Beginning */

struct verdict {
	const char *text;
	enum exit_status status;
};

static const struct verdict verdicts[] = {
	[ROSTER_TOO_FEW] = {"too few servers answer", EXIT_TEMPORARY},
	[ROSTER_DOUBLED] = {"two addresses lead to the same server",
			    EXIT_USAGE},
	[ROSTER_LIST] = {"the configuration does not list the servers of the "
			 "cluster",
			 EXIT_PRECONDITION},
	[ROSTER_BUSY] = {"a change of members is not finished",
			 EXIT_PRECONDITION},
	[ROSTER_ABSENT] = {"every server must answer for that", EXIT_TEMPORARY},
	[ROSTER_STATE] = {"a server is not in the state for that",
			  EXIT_PRECONDITION},
	[ROSTER_LAST] = {"too few servers would be left", EXIT_PRECONDITION},
};

static void say_no(const struct heal *h, enum roster_verdict verdict)
{
	const struct cluster *c = &h->client->cluster;
	const struct view *v = &h->roster.view;
	char names[CLUSTER_NAMES_MAX];

	if (verdict == ROSTER_DOUBLED)
		show_trouble(
			"heal: %s: %s", verdicts[verdict].text,
			cluster_names(c, v->doubled, names, sizeof(names)));
	else if (verdict == ROSTER_TOO_FEW && h->settings.accept_stores)
		show_trouble("heal: all servers must answer for that");
	else if (verdict == ROSTER_TOO_FEW && v->cluster.n != 0)
		show_trouble("heal: %u of %u servers answer as members, %u are "
			     "needed",
			     mask_count(v->members), v->n, v->r);
	else
		show_trouble("heal: %s", verdicts[verdict].text);
}

enum roster_verdict heal_begin(struct heal *h)
{
	struct client *c = h->client;
	const struct msg_store *stores[LAYOUT_MAX];
	enum roster_verdict verdict;

	cluster_open(&c->cluster);
	survey_run(&h->survey, &c->cluster);
	for (unsigned i = 0; i < c->cluster.count; i++) {
		const struct survey_answer *a = &h->survey.answers[i];

		stores[i] = a->given ? &a->status.store : NULL;
	}
	verdict = roster_begin(&h->roster, stores, c->cluster.count,
			       h->settings.accept_stores);
	if (verdict == ROSTER_OK || verdict == ROSTER_NEW)
		return verdict;
	if (interrupt_came()) {
		tally(h, EXIT_INTERRUPTED);
		return verdict;
	}
	say_no(h, verdict);
	client_note(c, &h->roster.view);
	c->explain = true;
	tally(h, verdicts[verdict].status);
	return verdict;
}

/* Names to be given up that nobody has heard of. */
static void say_unknown(struct heal *h)
{
	for (size_t i = 0; i < h->lossy_count; i++) {
		const char *name = h->lossy[i];

		if (bsearch(&name, h->names.list, h->names.count,
			    sizeof(*h->names.list), by_bytes))
			continue;
		show_problem(name, strlen(name), "no such file");
		tally(h, EXIT_ABSENT);
	}
}

/* An operation that had counted on a lost disk may write until the quarantine
 * of its successor is over: marks count when they are looked for after that.
 * False: the heal cannot go on, or a signal came. */
static bool outlast_quarantine(struct heal *h)
{
	while (!h->settings.dry) {
		uint64_t fresh = roster_newcomers(&h->roster) &
				 ~roster_surplus(&h->roster);
		uint32_t rest_s = quarantine(h, fresh);

		if (rest_s == 0)
			break;
		if (!wait_quarantine(h, rest_s) || heal_begin(h) != ROSTER_OK)
			return false;
	}
	return true;
}

void heal_all(struct heal *h)
{
	for (unsigned pass = 1;; pass++) {
		bool listed = outlast_quarantine(h) && list_names(h);

		if (listed && pass == 1)
			say_unknown(h);
		if (!listed || !run_names(h)) {
			if (interrupt_came())
				tally(h, EXIT_INTERRUPTED);
			h->undone = true;
			return;
		}
		if (!join_newcomers(h) || h->roster.narrow == 0 ||
		    pass == PASSES_MAX || heal_begin(h) != ROSTER_OK)
			return;
	}
}

static void emit_heal(const struct heal *h)
{
	const struct cluster *c = &h->client->cluster;
	struct emit *e = emit_begin("heal");

	sums_emit(&h->sums, c, e);
	cluster_emit(c, e, "newcomers", roster_newcomers(&h->roster));
	cluster_emit(c, e, "away",
		     (mask_all(c->count) & ~h->roster.view.valid) | h->lost);
	emit_end(e);
}

void heal_say(struct heal *h)
{
	struct client *c = h->client;
	const struct view *v = &h->roster.view;
	uint64_t away = (mask_all(c->cluster.count) & ~v->valid) | h->lost;
	bool failed, told;

	h->sums.dry = h->settings.dry;
	if (c->manners.json)
		emit_heal(h);
	told = sums_say(&h->sums, c);
	client_note(c, v);
	away &= ~h->gone;
	c->absent |= away & ~v->strangers;
	failed = c->tally.failed > 0;
	c->done = h->settings.dry || failed ? NULL : "healed";
	/* "cancelled: ..." tells what was done until then. */
	if (interrupt_came() && !h->settings.dry && c->tally.good == 0)
		c->tally.good = h->over - h->cut;
	if (failed || (!away && !h->degraded))
		return;
	tally_add(&c->tally, EXIT_DEGRADED);
	if (!told && !away && c->servers == 0)
		show_trouble("heal: %" PRIu64 " name%s not on all servers, or "
			     "not in two good copies: run dfc heal again",
			     h->partial, h->partial == 1 ? " is" : "s are");
}
