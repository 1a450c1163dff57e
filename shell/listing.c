#include "listing.h"

#include "interrupt.h"
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#define HEADS_MS 1000
#define AWAY_MS 1000
#define AHEAD_MAX (1u << 18)   /* bytes a server may be ahead */
#define LOOKING_MAX (1u << 24) /* the same during a second look */
#define WAITING_MAX 256	       /* names held back for one */

struct bytes {
	uint8_t *data;
	size_t at;
	size_t len;
	size_t cap;
};

/* One server's part. */
struct part {
	struct listing *listing;
	bool asked;
	bool headed; /* .store is there */
	bool ended;
	bool lost;
	bool held;    /* was not read for a while, which servers end */
	bool cut;     /* by its end; goes on when what has arrived is read */
	bool resumed; /* its head is due again */
	bool heard;   /* an entry, since it was asked */
	struct msg_store store;
	struct bytes now;  /* being read: entries point into it */
	struct bytes next; /* arriving meanwhile */
	bool has_entry;
	struct msg_list_entry entry;
	char last[NAME_MAX_BYTES];
	size_t last_len;
};

/* A name that may have to be asked for again, or stands behind one. */
struct waiting {
	char *name;
	size_t len;
	enum listed listed;
	struct found found;
	struct view view;
	struct lookup *lookup;
};

struct listing {
	const struct listing_query *query;
	struct cluster *cluster;
	struct part *parts;
	const struct msg_store *stores[LAYOUT_MAX];
	struct view view;
	bool judged; /* .stores and .view are up to date */
	bool no_memory;
	bool looking;	    /* a second time, at .waiting */
	bool away;	    /* the names' taker kept us for long */
	bool late;	    /* it was to have ended by now */
	bool doubtful;	    /* names look incomplete, and were not looked at
			       again */
	struct cache *keep; /* that it fills; or NULL */
	struct loop_timer until;
	struct waiting *waiting;
	size_t waiting_count;
};

/* Arriving */

static bool append(struct bytes *b, const uint8_t *data, size_t len)
{
	if (b->cap - b->len < len) {
		size_t cap = b->cap ? b->cap : 64u << 10;
		uint8_t *grown;

		while (cap - b->len < len)
			cap *= 2;
		grown = realloc(b->data, cap);
		if (!grown)
			return false;
		b->data = grown;
		b->cap = cap;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	return true;
}

static struct link *link_of(const struct part *p)
{
	return &p->listing->cluster->links[p - p->listing->parts];
}

/* The answers to a second look may come behind more of the list. */
static void pause_if_ahead(struct part *p)
{
	size_t max = p->listing->looking ? LOOKING_MAX : AHEAD_MAX;

	bool ahead = !p->ended && !p->lost && !p->cut && p->next.len > max;

	p->held |= ahead;
	link_pause(link_of(p), ahead);
}

static void lose(struct part *p)
{
	p->lost = true;
	p->has_entry = false;
	p->listing->judged = false;
}

/* The store's state; a list that goes on is the same store's. */
static void take_store(struct part *p, const struct call_event *e)
{
	struct msg_store store;
	struct rbuf b;

	rbuf_init(&b, e->data, e->len);
	if (msg_store_get(&b, &store) != ERR_OK) {
		link_fail(link_of(p), "sent what is no answer");
		return;
	}
	if (p->resumed && memcmp(store.stamp.store, p->store.stamp.store,
				 STORE_ID_SIZE) != 0) {
		lose(p);
		return;
	}
	p->store = store;
	p->headed = true;
	p->resumed = false;
	p->listing->judged = false;
}

static void take_head(struct part *p, const struct call_event *e)
{
	if (e->frame->status != ST_OK) {
		lose(p);
	} else if (!p->headed || p->resumed) {
		take_store(p, e);
	} else if (e->len != 0) {
		link_fail(link_of(p), "sent what is no answer");
	}
}

static void on_call(const struct call *c, const struct call_event *e)
{
	struct part *p = c->arg;

	switch (e->what) {
	case CALL_HEAD:
		take_head(p, e);
		break;
	case CALL_BODY:
		if (p->lost)
			break;
		if (!append(&p->next, e->data, e->len))
			p->listing->no_memory = true;
		pause_if_ahead(p);
		break;
	case CALL_END:
		p->ended = true;
		break;
	case CALL_LOST:
		if (p->headed && (p->held || p->listing->away))
			p->cut = true;
		else
			lose(p);
		break;
	}
}

static bool ask(struct part *p, unsigned server)
{
	struct link *k = link_of(p);
	struct call call = {.event = on_call, .arg = p, .server = server};
	const char *prefix = p->listing->query->prefix;
	struct msg_list m = {.prefix = {prefix, strlen(prefix)},
			     .after = {p->last, p->last_len}};
	uint8_t head[2 * NAME_MAX_BYTES + 16];
	struct wbuf b;
	uint32_t id;

	wbuf_init(&b, head, sizeof(head));
	if (msg_list_put(&b, &m) != ERR_OK)
		return false;
	id = link_ask(k, &call);
	if (!id)
		return false;
	if (link_send(k, id, OP_LIST, &b, NULL) == ERR_OK)
		return true;
	link_forget(k, id);
	return false;
}

/* Merging */

static bool takes_part(const struct part *p)
{
	return p->headed && !p->lost;
}

/* Brings what has arrived to where it is read. */
static bool refill(struct part *p)
{
	struct bytes *now = &p->now;

	if (p->next.len == 0)
		return false;
	if (now->at < now->len)
		memmove(now->data, now->data + now->at, now->len - now->at);
	now->len -= now->at;
	now->at = 0;
	if (now->len == 0) {
		struct bytes empty = *now;

		*now = p->next;
		p->next = empty;
	} else if (append(now, p->next.data, p->next.len)) {
		p->next.len = 0;
	} else {
		p->listing->no_memory = true;
		return false;
	}
	link_pause(link_of(p), false);
	return true;
}

/* Asks for what comes behind the last entry; without one since it was asked,
 * the server is lost. */
static void resume(struct part *p)
{
	p->cut = p->held = false;
	p->now.at = p->now.len;
	p->resumed = true;
	link_open(link_of(p));
	if (!p->heard || !ask(p, (unsigned)(p - p->listing->parts)))
		lose(p);
	p->heard = false;
}

static bool entry_fits(struct part *p)
{
	const struct msg_name *n = &p->entry.name;
	const char *prefix = p->listing->query->prefix;
	size_t prefix_len = strlen(prefix);

	if (n->len < prefix_len || memcmp(n->text, prefix, prefix_len) != 0 ||
	    (p->last_len &&
	     name_compare(p->last, p->last_len, n->text, n->len) >= 0))
		return false;
	memcpy(p->last, n->text, n->len);
	p->last_len = n->len;
	return true;
}

/* The part has its next entry, has none any more, or is lost.  False: wait
 * for bytes. */
static bool is_ready(struct part *p)
{
	struct rbuf b;
	enum err e;

	while (!p->has_entry && takes_part(p)) {
		size_t left = p->now.len - p->now.at;

		e = ERR_SHORT;
		if (left > 0) {
			rbuf_init(&b, p->now.data + p->now.at, left);
			e = msg_list_entry_get(&b, &p->entry);
		}
		if (e == ERR_SHORT) {
			if (refill(p))
				continue;
			if (p->cut) {
				resume(p);
				continue;
			}
			if (!p->ended || left == 0)
				return p->ended;
		}
		if (e || !entry_fits(p)) {
			link_fail(link_of(p), "sent what is no listing");
			lose(p);
			break;
		}
		p->now.at += b.at;
		p->has_entry = p->heard = true;
	}
	return true;
}

static bool all_ready(struct listing *l)
{
	bool ready = true;

	for (unsigned i = 0; i < l->cluster->count; i++)
		ready &= is_ready(&l->parts[i]);
	return ready;
}

static void judge(struct listing *l)
{
	if (l->judged)
		return;
	for (unsigned i = 0; i < l->cluster->count; i++)
		l->stores[i] =
			takes_part(&l->parts[i]) ? &l->parts[i].store : NULL;
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
		pause_if_ahead(&l->parts[i]);
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
		l->parts[i].asked = ask(&l->parts[i], i);
	}
	loop_refresh(loop);
	loop_arm(loop, &end, loop->now_ms + HEADS_MS);
	while (end.armed && heads_missing(l) && !l->late && !interrupt_came())
		loop_turn(loop);
	loop_disarm(&end);
	for (unsigned i = 0; i < l->cluster->count; i++)
		if (!l->parts[i].headed)
			lose(&l->parts[i]);
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
		if (!is_ready(&l->parts[i]))
			lose(&l->parts[i]);
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
		link_pause(link_of(p), false);
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
