#include "explain.h"

#include "batch.h"
#include "mend.h"
#include "standing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The servers have read their chunks: what is bad is no holder any more. */
static void take_read(struct explain *x, const struct quorum *q)
{
	struct found *f = &x->found;

	if (q->outcome == OUTCOME_CANCELLED || !q->found.committed ||
	    tag_compare(&q->found.version.tag, &f->version.tag) != 0)
		return;
	x->verified = true;
	x->silent = q->healed.silent;
	f->rebuildable = true;
	for (unsigned k = 0; k < f->version.y; k++) {
		f->holders[k] &= q->found.holders[k] | x->silent;
		f->rebuildable &= f->holders[k] != 0;
	}
	if (x->end == LOOK_WHOLE && !f->rebuildable)
		x->end = LOOK_CHUNKS;
}

static struct task *next_read(void *arg)
{
	static const struct quorum_settings settings = {.kind = QUORUM_HEAL,
							.dry = true};
	struct explain *x = arg;

	if (x->begun)
		return NULL;
	x->begun = true;
	return mend_new(&x->client->cluster, &settings, x->lookup.name,
			x->lookup.name_len);
}

static void on_read(void *arg, struct task *task)
{
	take_read(arg, &task->q);
}

static bool more_reads(const void *arg)
{
	const struct explain *x = arg;

	return !x->begun;
}

static void verify(struct explain *x)
{
	struct batch b = {.client = x->client,
			  .jobs = 1,
			  .next = next_read,
			  .over = on_read,
			  .more = more_reads,
			  .arg = x};

	batch_run(&b);
}

static bool is_plain(const char *name)
{
	return name[0] != '-' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "_./+,:@-")] == '\0' &&
	       strlen(name) < SHOW_COLUMNS;
}

static void judge(struct explain *x, bool reads)
{
	struct lookup *l = &x->lookup;
	struct placement_name name = {l->name, l->name_len};
	unsigned count = x->client->cluster.count;

	for (unsigned i = 0; i < count; i++)
		x->held[i] = (struct held){l->answers[i].records,
					   l->answers[i].count};
	lookup_judge(l, &x->view, &x->found);
	x->end = look_end(&x->view, &x->found);
	if (reads && explain_is_stored(x) && x->end != LOOK_UNPROVEN)
		verify(x);
	x->planned = x->end == LOOK_ABSENT && !x->found.committed;
	if (x->planned)
		placement_plan(&x->placement, name, x->view.roomy, count);
	else
		placement_find(&x->placement, name, &x->view, &x->found,
			       x->held, count);
	outlook_make(&x->outlook, &x->client->cluster,
		     is_plain(l->name) ? l->name : "NAME", &x->view, &x->found,
		     &x->placement);
}

/* What a server has, in words */

/* By the record of the version, or the highest other one. */
static void say_record(const struct explain *x, unsigned i,
		       const struct record *r, char out[GRID_TEXT_MAX])
{
	const struct tag *tag = &x->found.version.tag;
	int order = x->found.committed ? tag_compare(&r->v.tag, tag) : 1;

	if (!record_is_committed(r) && order != 0)
		snprintf(out, GRID_TEXT_MAX, "staged, not committed: %" PRIu64,
			 r->v.tag.ctr);
	else if (order != 0)
		snprintf(out, GRID_TEXT_MAX, "%s%s: version %" PRIu64,
			 order < 0 ? "older" : "newer",
			 r->v.y == 0 ? ", deleted" : "", r->v.tag.ctr);
	else if (r->state == RECORD_TOMBSTONE)
		snprintf(out, GRID_TEXT_MAX, "knows that it is deleted");
	else if (r->state == RECORD_WITNESS)
		snprintf(out, GRID_TEXT_MAX, "witness: has the mark, no data");
	else
		snprintf(out, GRID_TEXT_MAX, "%s%s",
			 record_is_committed(r) ? "committed"
						: "staged, not committed",
			 x->silent >> i & 1 ? ", not read to the end" : "");
}

static const struct record *best_record(const struct explain *x, unsigned i)
{
	const struct held *h = &x->held[i];
	const struct record *committed = NULL;

	for (unsigned k = 0; k < h->count; k++) {
		const struct record *r = &h->list[k];

		if (x->found.committed &&
		    tag_compare(&r->v.tag, &x->found.version.tag) == 0)
			return r;
		if (!committed && record_is_committed(r))
			committed = r;
	}
	return committed ? committed : h->count ? &h->list[0] : NULL;
}

/* Of a server that counts. */
static void say_holding(const struct explain *x, unsigned i,
			char out[GRID_TEXT_MAX])
{
	const struct msg_store *s = &x->lookup.answers[i].store;
	const struct record *r = best_record(x, i);
	bool gone = x->found.committed && x->found.version.y == 0 &&
		    s->floor >= x->found.version.tag.ctr;

	if (r)
		say_record(x, i, r, out);
	else if (gone)
		snprintf(out, GRID_TEXT_MAX, "has forgotten the deletion");
	else if (x->planned)
		snprintf(out, GRID_TEXT_MAX, "%s",
			 x->view.roomy >> i & 1	 ? "up"
			 : s->flags & STORE_FULL ? "full"
						 : "takes no changes");
	else
		snprintf(out, GRID_TEXT_MAX, "nothing of it");
}

static void say_server(struct explain *x, unsigned i)
{
	const struct lookup_answer *a = &x->lookup.answers[i];
	const struct cluster *c = &x->client->cluster;
	enum standing t =
		standing_of(&x->view, a->given ? &a->store : NULL, i, c->count);
	struct grid_row *row = &x->rows[i];
	char holding[GRID_TEXT_MAX];

	row->name = cluster_name(c, i);
	if (!a->given) {
		row->paint = PAINT_BAD;
		snprintf(row->text, sizeof(row->text), "DOWN: %s",
			 cluster_why(c, i));
		return;
	}
	if (!(x->view.valid >> i & 1)) {
		row->paint = PAINT_BAD;
		snprintf(row->text, sizeof(row->text), "does not count: %s",
			 standing_word(t));
		return;
	}
	say_holding(x, i, holding);
	row->paint = x->planned || (x->found.marks >> i & 1) ? PAINT_NONE
							     : PAINT_WARN;
	if (t == STANDING_MEMBER || view_is_new(&x->view))
		snprintf(row->text, sizeof(row->text), "%s", holding);
	else
		snprintf(row->text, sizeof(row->text), "%s; %.200s",
			 standing_word(t), holding);
}

void explain_run(struct explain *x, struct client *c, const char *name,
		 bool reads)
{
	memset(x, 0, sizeof(*x));
	x->client = c;
	(void)cluster_reopen(&c->cluster);
	look_run(&x->lookup, &c->cluster, name);
	judge(x, reads);
	for (unsigned i = 0; i < c->cluster.count; i++)
		say_server(x, i);
}

void explain_release(struct explain *x)
{
	lookup_release(&x->lookup);
}
