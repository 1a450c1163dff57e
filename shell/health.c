#include "health.h"

#include "batch.h"
#include "interrupt.h"
#include "lookup.h"
#include "mend.h"
#include "show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_MAX 4096 /* names looked at a second time */
#define GROUP 64       /* of them, at once; so few more often */
#define LOOKS_MAX 12
#define LOOK_MS 100 /* between two looks */

bool health_survey(struct health *h)
{
	struct client *c = h->client;
	char names[CLUSTER_NAMES_MAX];

	progress_init(&h->progress, c->manners.progress, c->manners.quiet);
	survey_run(&h->survey, &c->cluster);
	survey_judge(&h->survey, &h->view);
	c->strangers |= h->view.strangers;
	if (interrupt_came()) {
		tally_add(&c->tally, EXIT_INTERRUPTED);
		return false;
	}
	if (h->view.doubled) {
		show_trouble("two addresses lead to the same server: %s",
			     cluster_names(&c->cluster, h->view.doubled, names,
					   sizeof(names)));
		c->explain = true;
		tally_add(&c->tally, EXIT_USAGE);
		return false;
	}
	return true;
}

void health_release(struct health *h)
{
	for (unsigned i = 0; i < HEALTH_KINDS; i++)
		names_release(&h->named[i]);
	names_release(&h->to_verify);
	names_release(&h->again);
	names_release(&h->unmatched);
}

static bool is_over_time(const struct health *h)
{
	return h->until_ms && h->client->loop.now_ms >= h->until_ms;
}

/* One name */

static enum health_kind kind_of(const struct health *h, const struct found *f)
{
	unsigned least = HEALTH_TWO;

	for (unsigned i = 0; i < f->version.y; i++) {
		unsigned n = mask_count(f->holders[i] & ~h->without);

		if (n < least)
			least = n;
	}
	return (enum health_kind)least;
}

/* Members that lack the mark; one that has forgotten the deletion does not. */
static uint64_t stale_of(const struct health *h, const struct view *v,
			 const struct found *f)
{
	uint64_t some = v->members & ~f->marks;

	for (unsigned i = 0; f->version.y == 0 && i < LAYOUT_MAX; i++) {
		const struct survey_answer *a = &h->survey.answers[i];

		if (a->given && a->status.store.floor >= f->version.tag.ctr)
			some &= ~(UINT64_C(1) << i);
	}
	return some;
}

static void count_servers(uint64_t counts[LAYOUT_MAX], uint64_t some)
{
	for (unsigned i = 0; i < LAYOUT_MAX; i++)
		counts[i] += some >> i & 1;
}

static void count_name(struct health *h, const struct listing_name *n,
		       uint64_t damaged)
{
	const struct found *f = n->found;
	enum health_kind kind;

	h->away |= mask_all(h->client->cluster.count) & ~n->view->valid;
	if (!view_proves(n->view)) {
		h->end = LISTING_UNPROVEN; /* so many have gone meanwhile */
		h->view = *n->view;
		return;
	}
	if (!f->committed)
		return;
	count_servers(h->stale, stale_of(h, n->view, f));
	if (h->marks_only)
		return;
	if (f->version.y == 0) {
		h->deleted++;
		return;
	}
	kind = kind_of(h, f);
	h->kinds[kind]++;
	h->bytes += f->version.size;
	h->narrow += f->version.y < n->view->n;
	count_servers(h->damaged, f->broken | damaged);
	if (kind != HEALTH_TWO &&
	    (h->all_names || h->named[kind].count < HEALTH_NAMED) &&
	    !names_add(&h->named[kind], n->text, n->len))
		h->no_memory = true;
}

/* By their lists */

/* The answers are not of one moment: what a put or an rm is just changing may
 * look worse than it is. */
static bool may_be_passing(const struct health *h, const struct listing_name *n)
{
	const struct found *f = n->found;

	if (!f->committed || h->last_look || h->again.count >= AGAIN_MAX ||
	    n->view->valid != mask_all(h->client->cluster.count))
		return false;
	return stale_of(h, n->view, f) != 0 ||
	       (!h->marks_only && !h->without && kind_of(h, f) != HEALTH_TWO);
}

static void count_or_keep(struct health *h, const struct listing_name *n)
{
	if (!may_be_passing(h, n))
		count_name(h, n, 0);
	else if (!names_add(&h->again, n->text, n->len))
		h->no_memory = true;
}

static void see(struct health *h, const struct listing_name *n)
{
	h->seen += n->found->committed && n->found->version.y != 0;
}

static void take_listed(void *arg, const struct listing_name *n)
{
	struct health *h = arg;

	h->late |= is_over_time(h);
	if (h->late)
		return;
	see(h, n);
	count_or_keep(h, n);
	h->over++;
	if (h->about >= h->over)
		progress_show(&h->progress, h->client->loop.now_ms,
			      "check: %" PRIu64 " of %" PRIu64 " name%s",
			      h->over, h->about, h->about == 1 ? "" : "s");
	else
		progress_show(&h->progress, h->client->loop.now_ms,
			      "check: %" PRIu64 " name%s", h->over,
			      h->over == 1 ? "" : "s");
}

static void take_look(struct health *h, struct lookup *l)
{
	struct view view;
	struct found found;

	lookup_judge(l, &view, &found);
	count_or_keep(h, &(struct listing_name){.text = l->name,
						.len = l->name_len,
						.view = &view,
						.found = &found});
	lookup_release(l);
	free(l);
}

static void look_at(struct health *h, const struct names *names)
{
	struct lookup *group[GROUP];
	size_t count = 0;

	for (size_t i = 0; i < names->count && !interrupt_came(); i++) {
		const char *name = names->list[i];
		struct lookup *l = malloc(sizeof(*l));

		if (!l) {
			h->no_memory = true;
			break;
		}
		lookup_start(l, &h->client->cluster, name, strlen(name));
		group[count++] = l;
		if (count < GROUP && i + 1 < names->count)
			continue;
		lookup_wait(group, count);
		while (count > 0)
			take_look(h, group[--count]);
	}
	while (count > 0)
		take_look(h, group[--count]);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void pause_ms(struct health *h, uint64_t ms)
{
	struct loop *loop = &h->client->loop;
	struct loop_timer end = {.fire = nothing};

	loop_refresh(loop);
	loop_arm(loop, &end, loop->now_ms + ms);
	while (end.armed && !interrupt_came())
		loop_turn(loop);
	loop_disarm(&end);
}

/* Until all look well, or what does not is no matter of moments. */
static void look_again(struct health *h)
{
	for (unsigned looks = 1; h->again.count > 0 && !interrupt_came();
	     looks++) {
		struct names names = h->again;

		h->again = (struct names){0};
		h->last_look = looks == LOOKS_MAX ||
			       (looks > 1 && names.count > GROUP) ||
			       is_over_time(h);
		if (looks > 1 && !h->last_look)
			pause_ms(h, LOOK_MS);
		look_at(h, &names);
		names_release(&names);
	}
}

/* By reading */

static void take_name(void *arg, const struct listing_name *n)
{
	struct health *h = arg;

	see(h, n);
	if (n->found->committed && !names_add(&h->to_verify, n->text, n->len))
		h->no_memory = true;
}

static struct task *next_name(void *arg)
{
	static const struct quorum_settings settings = {.kind = QUORUM_HEAL,
							.dry = true};
	struct health *h = arg;
	const char *name;
	struct task *task;

	if (h->at == h->to_verify.count || interrupt_came())
		return NULL;
	name = h->to_verify.list[h->at++];
	task = mend_new(&h->client->cluster, &settings, name, strlen(name));
	h->no_memory |= !task;
	if (task && h->at > h->once)
		task->operand = h; /* no third time */
	return task;
}

static bool more_names(const void *arg)
{
	const struct health *h = arg;

	return h->at < h->to_verify.count;
}

/* The chunks now; a mark that is missing is looked at again. */
static void count_verified(struct health *h, const struct listing_name *n,
			   uint64_t damaged)
{
	struct found marked = *n->found;
	struct listing_name all = *n;

	h->marks_only = true;
	count_or_keep(h, n);
	h->marks_only = false;
	marked.marks = n->view->members;
	all.found = &marked;
	count_name(h, &all, damaged);
}

static void on_over(void *arg, struct task *task)
{
	struct health *h = arg;
	const struct quorum *q = &task->q;
	const struct listing_name n = {.text = task->name,
				       .len = task->name_len,
				       .view = &q->view,
				       .found = &q->found};

	h->over++;
	progress_show(&h->progress, h->client->loop.now_ms,
		      "check: %" PRIu64 " of %zu name%s verified", h->over,
		      h->to_verify.count, h->to_verify.count == 1 ? "" : "s");
	if (q->outcome == OUTCOME_CANCELLED || q->outcome == OUTCOME_ABSENT)
		return;
	if (!task->operand && !q->healed.corrupt &&
	    kind_of(h, n.found) != HEALTH_TWO && may_be_passing(h, &n)) {
		if (!names_add(&h->to_verify, n.text, n.len))
			h->no_memory = true;
		return;
	}
	h->unread += q->healed.silent != 0;
	h->away |= q->healed.silent;
	count_verified(h, &n, q->healed.corrupt);
}

static void verify(struct health *h)
{
	h->over = 0;
	h->once = h->to_verify.count;
	do {
		struct batch b = {.client = h->client,
				  .jobs = h->jobs,
				  .next = next_name,
				  .over = on_over,
				  .more = more_names,
				  .arg = h};

		batch_run(&b);
	} while (more_names(h) && !interrupt_came() && !h->no_memory);
	h->marks_only = true;
}

/* All */

/* No server has fewer names than the cluster, but for what it missed. */
static uint64_t about(const struct health *h)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < h->client->cluster.count; i++)
		if (h->survey.answers[i].given &&
		    h->survey.answers[i].status.names > most)
			most = h->survey.answers[i].status.names;
	return most;
}

void health_count(struct health *h, const char *const *prefixes, size_t count,
		  bool by_reading)
{
	struct listing_query q = {.cluster = &h->client->cluster,
				  .deleted = true,
				  .enough = &h->late,
				  .until_ms = h->until_ms,
				  .each = by_reading ? take_name : take_listed,
				  .arg = h};
	struct view v;

	h->end = LISTING_PROVEN;
	h->about = count == 1 && !prefixes[0][0] ? about(h) : 0;
	for (size_t i = 0; i < count && h->end == LISTING_PROVEN; i++) {
		uint64_t before = h->seen;

		q.prefix = prefixes[i];
		h->end = listing_run(&q, &v);
		h->late |= is_over_time(h);
		if (prefixes[i][0] && h->seen == before &&
		    !names_add(&h->unmatched, prefixes[i], strlen(prefixes[i])))
			h->no_memory = true;
	}
	if (h->end != LISTING_CANCELLED && !h->no_memory) {
		if (by_reading)
			verify(h);
		look_again(h);
	}
	progress_clear(&h->progress);
}
