#include "listing_inner.h"

#include "interrupt.h"
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#define HEADS_MS 1000
#define AWAY_MS 1000
#define WAITING_MAX 256 /* names held back for one */

/* Merging */

static bool all_ready(struct listing *l)
{
	bool ready = true;

	for (unsigned i = 0; i < l->cluster->count; i++)
		ready &= part_is_ready(&l->parts[i]);
	return ready;
}

static void judge(struct listing *l)
{
	if (l->judged)
		return;
	for (unsigned i = 0; i < l->cluster->count; i++)
		l->stores[i] =
			part_counts(&l->parts[i]) ? &l->parts[i].store : NULL;
	view_make(&l->view, l->stores, l->cluster->count);
	l->judged = true;
}

static const struct msg_name *lowest_name(const struct listing *l)
{
	const struct msg_name *low = NULL;

	for (unsigned i = 0; i < l->cluster->count; i++) {
		const struct msg_name *n = &l->parts[i].entry.name;

		if (!l->parts[i].has_entry)
			continue;
		if (!low ||
		    name_compare(n->text, n->len, low->text, low->len) < 0)
			low = n;
	}
	return low;
}

/* Takes a name's records from all parts that have it. */
static void gather(struct listing *l, const struct msg_name *name,
		   struct found *f)
{
	struct held held[LAYOUT_MAX] = {{0}};

	for (unsigned i = 0; i < l->cluster->count; i++) {
		struct part *p = &l->parts[i];

		if (!p->has_entry ||
		    name_compare(p->entry.name.text, p->entry.name.len,
				 name->text, name->len) != 0)
			continue;
		held[i] = (struct held){p->entry.records, p->entry.count};
		p->has_entry = false;
	}
	found_make(f, &l->view, l->stores, held, l->cluster->count);
}

/* Telling */

static bool is_enough(const struct listing *l)
{
	return l->query->enough && *l->query->enough;
}

static void tell(struct listing *l, const struct listing_name *n)
{
	if (is_enough(l) || (n->listed == LISTED_NOT && !l->query->deleted))
		return;
	if (l->keep)
		cache_add(l->keep, n);
	l->query->each(l->query->arg, n);
}

static void pause_those_ahead(struct listing *l)
{
	for (unsigned i = 0; i < l->cluster->count; i++)
		part_pause_if_ahead(&l->parts[i]);
}

static void look_again(struct listing *l, struct lookup *const *running,
		       size_t count)
{
	if (count == 0)
		return;
	l->looking = true;
	pause_those_ahead(l);
	lookup_wait(running, count);
	l->looking = false;
	pause_those_ahead(l);
}

/* The answers, if they are enough to say something else than the lists. */
static void take_look(struct waiting *w)
{
	struct view view;
	struct found found;

	lookup_judge(w->lookup, &view, &found);
	if (!view_proves(&view))
		return;
	w->view = view;
	w->found = found;
	w->listed = view_list(&w->view, &w->found);
}

/* Looks again at the names that look incomplete, and tells all. */
static void tell_waiting(struct listing *l)
{
	struct lookup *running[WAITING_MAX];
	size_t count = 0;

	for (size_t i = 0; i < l->waiting_count; i++)
		if (l->waiting[i].lookup)
			running[count++] = l->waiting[i].lookup;
	look_again(l, running, count);
	for (size_t i = 0; i < l->waiting_count; i++) {
		struct waiting *w = &l->waiting[i];

		if (w->lookup) {
			take_look(w);
			lookup_release(w->lookup);
			free(w->lookup);
		}
		tell(l, &(struct listing_name){w->name, w->len, w->listed,
					       &w->view, &w->found});
		free(w->name);
	}
	l->waiting_count = 0;
}

static void hold_back(struct listing *l, const struct listing_name *n)
{
	struct waiting *w;

	if (!l->waiting)
		l->waiting = calloc(WAITING_MAX, sizeof(*l->waiting));
	if (!l->waiting) {
		l->no_memory = true;
		return;
	}
	w = &l->waiting[l->waiting_count];
	*w = (struct waiting){.len = n->len,
			      .listed = n->listed,
			      .found = *n->found,
			      .view = *n->view};
	w->name = malloc(n->len + 1);
	if (n->listed == LISTED_INCOMPLETE)
		w->lookup = malloc(sizeof(*w->lookup));
	if (!w->name || (n->listed == LISTED_INCOMPLETE && !w->lookup)) {
		free(w->name);
		free(w->lookup);
		l->no_memory = true;
		return;
	}
	memcpy(w->name, n->text, n->len);
	if (w->lookup) {
		cluster_reopen(l->cluster);
		lookup_start(w->lookup, l->cluster, n->text, n->len);
	}
	if (++l->waiting_count == WAITING_MAX)
		tell_waiting(l);
}

static void tell_or_hold(struct listing *l, const struct listing_name *n)
{
	bool doubtful = n->listed == LISTED_INCOMPLETE && view_proves(&l->view);
	bool again = doubtful && !l->query->until_ms;

	l->doubtful |= doubtful && !again;
	if (again || l->waiting_count > 0)
		hold_back(l, n);
	else
		tell(l, n);
}

/* The lowest name at hand; false when there is none. */
static bool merge_one(struct listing *l)
{
	const struct msg_name *low;
	struct msg_name name;
	struct found f;

	judge(l);
	low = lowest_name(l);
	if (!low)
		return false;
	name = *low;
	gather(l, &name, &f);
	tell_or_hold(l, &(struct listing_name){name.text, name.len,
					       view_list(&l->view, &f),
					       &l->view, &f});
	return true;
}

/* Running */

static void nothing(void *arg)
{
	(void)arg;
}

static bool heads_missing(const struct listing *l)
{
	for (unsigned i = 0; i < l->cluster->count; i++) {
		const struct part *p = &l->parts[i];

		if (p->asked && !p->headed && !p->lost)
			return true;
	}
	return false;
}

static void ask_all(struct listing *l)
{
	struct loop *loop = l->cluster->loop;
	struct loop_timer end = {.fire = nothing};

	if (!l->query->until_ms &&
	    cluster_up(l->cluster) <= l->cluster->count / 2)
		cluster_reopen(l->cluster);
	for (unsigned i = 0; i < l->cluster->count; i++) {
		l->parts[i].listing = l;
		l->parts[i].asked = part_ask(&l->parts[i], i);
	}
	loop_refresh(loop);
	loop_arm(loop, &end, loop->now_ms + HEADS_MS);
	while (end.armed && heads_missing(l) && !l->late && !interrupt_came())
		loop_turn(loop);
	loop_disarm(&end);
	for (unsigned i = 0; i < l->cluster->count; i++)
		if (!l->parts[i].headed)
			part_lose(&l->parts[i]);
}

static void on_late(void *arg)
{
	struct listing *l = arg;

	l->late = true;
}

/* Goes on without those that keep the others waiting. */
static void leave_behind(struct listing *l)
{
	for (unsigned i = 0; i < l->cluster->count; i++)
		if (!part_is_ready(&l->parts[i]))
			part_lose(&l->parts[i]);
}

static enum listing_end end_of(const struct listing *l)
{
	if (l->no_memory)
		return LISTING_MEMORY;
	if (interrupt_came())
		return LISTING_CANCELLED;
	if (l->late)
		return LISTING_UNPROVEN;
	for (unsigned i = 0; i < l->cluster->count; i++)
		if (l->stores[i])
			return view_proves(&l->view) || view_is_new(&l->view)
				       ? LISTING_PROVEN
				       : LISTING_UNPROVEN;
	return LISTING_NONE;
}

static void release(struct listing *l)
{
	for (unsigned i = 0; i < l->cluster->count; i++) {
		struct part *p = &l->parts[i];

		cluster_forget(l->cluster, p, CALL_ANY);
		link_pause(part_link(p), false);
		free(p->now.data);
		free(p->next.data);
	}
	free(l->parts);
	free(l->waiting);
}

static void turn(struct listing *l)
{
	struct loop *loop = l->cluster->loop;
	uint64_t was_ms = loop->now_ms;

	loop_refresh(loop);
	l->away |= loop->now_ms - was_ms >= AWAY_MS;
	loop_turn(loop);
}

/* All names, as they come; the end of it. */
static enum listing_end run(struct listing *l)
{
	ask_all(l);
	while (!l->no_memory && !interrupt_came() && !is_enough(l)) {
		if (all_ready(l)) {
			if (!merge_one(l))
				break;
		} else if (l->late) {
			leave_behind(l);
		} else {
			turn(l);
		}
	}
	tell_waiting(l);
	judge(l);
	return end_of(l);
}

/* From what was kept. */
static bool tell_kept(const struct listing_query *q, struct view *v)
{
	const struct cache *cache = q->cluster->cache;

	if (!cache || !q->remembered || q->deleted)
		return false;
	loop_refresh(q->cluster->loop);
	if (!cache_tell(cache, q->prefix, q->cluster->loop->now_ms, q->each,
			q->arg, q->enough))
		return false;
	*v = cache->view;
	return true;
}

enum listing_end listing_run(const struct listing_query *q, struct view *v)
{
	struct listing l = {
		.query = q, .cluster = q->cluster, .until = {.fire = on_late}};
	enum listing_end end;

	if (tell_kept(q, v))
		return LISTING_PROVEN;
	l.parts = calloc(q->cluster->count, sizeof(*l.parts));
	if (!l.parts)
		return LISTING_MEMORY;
	l.until.arg = &l;
	if (q->until_ms)
		loop_arm(q->cluster->loop, &l.until, q->until_ms);
	l.keep = q->deleted ? NULL : q->cluster->cache;
	if (l.keep)
		cache_begin(l.keep, q->prefix, q->cluster->loop->now_ms);
	end = run(&l);
	loop_disarm(&l.until);
	*v = l.view;
	if (l.keep)
		cache_end(l.keep,
			  end == LISTING_PROVEN && !is_enough(&l) &&
				  !l.doubtful,
			  v);
	release(&l);
	return end;
}
