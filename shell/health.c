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
#define GROUP 64       /* of them, at once */

bool health_survey(struct health *h)
{
	struct client *c = h->client;

	progress_init(&h->progress, !c->quiet);
	survey_run(&h->survey, &c->cluster);
	survey_judge(&h->survey, &h->view);
	c->strangers |= h->view.strangers;
	if (interrupt_came()) {
		tally_add(&c->tally, EXIT_INTERRUPTED);
		return false;
	}
	if (h->view.doubled) {
		show_trouble("two addresses lead to the same server");
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
	names_release(&h->again);
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

	if (!f->committed)
		return;
	count_servers(h->stale, stale_of(h, n->view, f));
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

/* The servers' lists are not of one moment: what a put or an rm has just
 * changed may look worse than it is. */
static bool may_be_passing(const struct health *h, const struct listing_name *n)
{
	const struct found *f = n->found;

	if (!f->committed || h->again.count >= AGAIN_MAX ||
	    n->view->valid != mask_all(h->client->cluster.count))
		return false;
	return stale_of(h, n->view, f) != 0 ||
	       (kind_of(h, f) != HEALTH_TWO && !h->without);
}

static void take_listed(void *arg, const struct listing_name *n)
{
	struct health *h = arg;

	if (may_be_passing(h, n)) {
		if (!names_add(&h->again, n->text, n->len))
			h->no_memory = true;
	} else {
		count_name(h, n, 0);
	}
	h->over++;
	progress_show(&h->progress, h->client->loop.now_ms,
		      "check: %" PRIu64 " names", h->over);
}

static void take_look(struct health *h, struct lookup *l)
{
	struct view view;
	struct found found;

	lookup_judge(l, &view, &found);
	count_name(h,
		   &(struct listing_name){.text = l->name,
					  .len = l->name_len,
					  .view = &view,
					  .found = &found},
		   0);
	lookup_release(l);
	free(l);
}

static void look_again(struct health *h)
{
	struct lookup *group[GROUP];
	size_t count = 0;

	for (size_t i = 0; i < h->again.count && !interrupt_came(); i++) {
		const char *name = h->again.list[i];
		struct lookup *l = malloc(sizeof(*l));

		if (!l) {
			h->no_memory = true;
			break;
		}
		lookup_start(l, &h->client->cluster, name, strlen(name));
		group[count++] = l;
		if (count < GROUP && i + 1 < h->again.count)
			continue;
		lookup_wait(group, count);
		while (count > 0)
			take_look(h, group[--count]);
	}
	while (count > 0)
		take_look(h, group[--count]);
}

/* By reading */

static void take_name(void *arg, const struct listing_name *n)
{
	struct health *h = arg;

	if (n->found->committed && !names_add(&h->again, n->text, n->len))
		h->no_memory = true;
}

static struct task *next_name(void *arg)
{
	static const struct quorum_settings settings = {.kind = QUORUM_HEAL,
							.dry = true};
	struct health *h = arg;
	const char *name;
	struct task *task;

	if (h->at == h->again.count || interrupt_came())
		return NULL;
	name = h->again.list[h->at++];
	task = mend_new(&h->client->cluster, &settings, name, strlen(name));
	h->no_memory |= !task;
	return task;
}

static bool more_names(const void *arg)
{
	const struct health *h = arg;

	return h->at < h->again.count;
}

static void on_over(void *arg, struct task *task)
{
	struct health *h = arg;
	const struct quorum *q = &task->q;

	h->over++;
	progress_show(&h->progress, h->client->loop.now_ms,
		      "check: %" PRIu64 " of %zu names verified", h->over,
		      h->again.count);
	if (q->outcome == OUTCOME_CANCELLED || q->outcome == OUTCOME_ABSENT)
		return;
	h->unread += q->healed.silent != 0;
	count_name(h,
		   &(struct listing_name){.text = task->name,
					  .len = task->name_len,
					  .view = &q->view,
					  .found = &q->found},
		   q->healed.corrupt);
}

static void verify(struct health *h)
{
	struct batch b = {.client = h->client,
			  .jobs = h->jobs,
			  .next = next_name,
			  .over = on_over,
			  .more = more_names,
			  .arg = h};

	h->over = 0;
	batch_run(&b);
}

/* All */

void health_count(struct health *h, const char *const *prefixes, size_t count,
		  bool by_reading)
{
	struct listing_query q = {.cluster = &h->client->cluster,
				  .deleted = true,
				  .each = by_reading ? take_name : take_listed,
				  .arg = h};
	struct view v;

	h->end = LISTING_PROVEN;
	for (size_t i = 0; i < count && h->end == LISTING_PROVEN; i++) {
		q.prefix = prefixes[i];
		h->end = listing_run(&q, &v);
	}
	if (h->end == LISTING_CANCELLED || h->no_memory)
		return;
	if (by_reading)
		verify(h);
	else
		look_again(h);
	progress_clear(&h->progress);
}
