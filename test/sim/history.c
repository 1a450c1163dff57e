#include "history.h"

#include <inttypes.h>
#include <string.h>

#include "lin.h"
#include "text.h"
#include "world.h"

#define NEVER UINT64_MAX
#define SLACK_MS 5000 /* a change is decided, and reaches the disk later */
/* Without data on the way, and with a client that runs. */
#define PUT_MS 32000
#define GET_MS 46000

static const char *const kind_texts[OP_KINDS] = {"put", "get", "rm", "heal"};

void history_clear(struct history *h)
{
	h->count = 0;
	h->write_count = 0;
	h->has_cluster = false;
	memset(h->forgotten, 0, sizeof(h->forgotten));
}

unsigned history_begin(struct world *w, enum op_kind kind, unsigned client,
		       unsigned name)
{
	struct history *h = &w->history;
	struct act *o = &h->ops[h->count];

	if (h->count + 1 >= OPS_MAX)
		world_violated(w, "more operations than there is room for");
	else
		h->count++;
	*o = (struct act){.kind = kind,
			  .client = client,
			  .name = name,
			  .start = w->step,
			  .end = NEVER,
			  .start_ms = w->now_ms,
			  .silent = NEVER,
			  .outcome = OUTCOME_NONE,
			  .marked = NEVER};
	world_say(w, "client %u: op %u: %s of name %u", client + 1,
		  (unsigned)(o - h->ops), kind_texts[kind], name);
	return (unsigned)(o - h->ops);
}

/* The operation that made the tag, or NULL. */
static struct act *writer(struct history *h, const struct tag *tag)
{
	for (unsigned i = h->write_count; i-- > 0;)
		if (h->writes[i].put == tag->put)
			return &h->ops[h->writes[i].op];
	return NULL;
}

void history_wrote(struct world *w, unsigned op, const struct tag *tag)
{
	struct history *h = &w->history;

	h->ops[op].wrote = true;
	h->ops[op].tag = *tag;
	if (h->write_count != 0 &&
	    h->writes[h->write_count - 1].put == tag->put)
		return;
	if (h->write_count == WRITES_MAX) {
		world_violated(w, "more writes than there is room for");
		return;
	}
	h->writes[h->write_count++] = (struct write){tag->put, op};
}

static bool is_undone(const struct act *o)
{
	return o->outcome == OUTCOME_FAILED ||
	       o->outcome == OUTCOME_CANCELLED ||
	       (o->outcome == OUTCOME_OK && o->superseded);
}

void history_marked(struct world *w, const struct tag *tag)
{
	struct act *o = writer(&w->history, tag);

	if (!o) {
		world_violated(w, "a mark of %s, which nobody has written",
			       text_tag(tag));
		return;
	}
	if (o->marked == NEVER)
		o->marked = w->step;
	if (is_undone(o))
		world_violated(w, "op %u %s, and gets a mark now",
			       (unsigned)(o - w->history.ops),
			       text_outcome(o->outcome));
}

void history_forgot(struct world *w, unsigned name, const struct tag *tag)
{
	struct tag *most = &w->history.forgotten[name];

	w->counts->forgotten++;
	if (tag_compare(tag, most) > 0)
		*most = *tag;
}

void history_joined(struct world *w, const struct server *s,
		    const struct msg_join *j)
{
	if (j->heal)
		w->counts->joins++;
	else
		w->counts->begins++;
	world_say(w, "server %u: %s obeys JOIN %s%s", s->index + 1,
		  text_state(s->state), text_cluster(&j->cluster),
		  j->heal ? " of a heal" : "");
}

static bool has_read(const struct act *o)
{
	if (o->kind == OP_KIND_GET || o->kind == OP_KIND_HEAL)
		return o->outcome == OUTCOME_OK || o->outcome == OUTCOME_ABSENT;
	return o->kind == OP_KIND_RM && o->outcome == OUTCOME_ABSENT;
}

static bool has_written(const struct act *o)
{
	return o->kind != OP_KIND_GET && o->kind != OP_KIND_HEAL &&
	       o->outcome == OUTCOME_OK;
}

static void note_read(struct world *w, struct act *o, const struct quorum *q)
{
	const struct act *by;

	/* Nothing is there: as the last deletion left it, if that is forgotten. */
	o->tag = q->found.committed ? q->version.tag
				    : w->history.forgotten[o->name];
	o->value = 0;
	if (tag_is_none(&o->tag))
		return;
	by = writer(&w->history, &o->tag);
	if (!by)
		world_violated(w, "%s was read, and nobody has written it",
			       text_tag(&o->tag));
	else
		o->value = 1 + (unsigned)(by - w->history.ops);
}

/* An acknowledged change belongs to one cluster for ever. */
static void note_cluster(struct world *w, const struct quorum *q)
{
	struct history *h = &w->history;
	const uint8_t *id = q->view.cluster.id;

	if (h->has_cluster && memcmp(h->cluster, id, STORE_ID_SIZE) != 0)
		world_violated(w, "changes were acknowledged in two clusters");
	memcpy(h->cluster, id, STORE_ID_SIZE);
	h->has_cluster = true;
}

static void check_time(struct world *w, const struct act *o)
{
	uint64_t took = o->end_ms - o->start_ms - o->idle_ms;
	bool changes = o->kind == OP_KIND_PUT || o->kind == OP_KIND_RM;

	if (o->kind != OP_KIND_HEAL && !o->frozen &&
	    took > (changes ? PUT_MS : GET_MS))
		world_stuck(w, "op %u took %" PRIu64 " ms",
			    (unsigned)(o - w->history.ops), took);
}

void history_end(struct world *w, unsigned op, const struct quorum *q)
{
	struct act *o = &w->history.ops[op];

	o->end = w->step;
	o->end_ms = w->now_ms;
	o->silent = w->step;
	o->outcome = q->outcome;
	o->reason = q->reason;
	o->weak = q->weak;
	o->superseded = q->superseded;
	w->counts->ended[o->kind][o->outcome]++;
	w->counts->weak += has_read(o) && o->weak;
	w->counts->superseded += q->superseded;
	w->counts->degraded += q->degraded;
	w->counts->filled += mask_count(q->healed.restored);
	w->counts->restripes += q->healed.restriped;
	if (has_read(o))
		note_read(w, o, q);
	if (has_written(o))
		note_cluster(w, q);
	if (is_undone(o) && o->marked != NEVER)
		world_violated(w, "op %u %s, and has a mark", op,
			       text_outcome(o->outcome));
	check_time(w, o);
	world_say(w, "client %u: op %u: %s%s%s %s %s", o->client + 1, op,
		  text_outcome(o->outcome), o->weak ? " (weak)" : "",
		  o->superseded ? " (superseded)" : "", text_tag(&o->tag),
		  text_reason(o->reason));
}

void history_died(struct world *w, unsigned op)
{
	struct act *o = &w->history.ops[op];

	o->outcome = OUTCOME_DEAD;
	o->silent = w->step;
	w->counts->ended[o->kind][OUTCOME_DEAD]++;
}

/* The oracles */

static void check_order(struct world *w, unsigned name)
{
	const struct history *h = &w->history;
	struct lin_op ops[OPS_MAX];
	unsigned n = 0;
	unsigned value = 0;
	const char *wrong;

	for (unsigned i = 0; i < h->count; i++) {
		const struct act *o = &h->ops[i];

		if (o->name != name)
			continue;
		if (has_read(o) && !o->weak)
			ops[n++] = (struct lin_op){.value = o->value,
						   .start = o->start,
						   .end = o->end};
		else if (o->wrote && o->outcome != OUTCOME_FAILED &&
			 o->outcome != OUTCOME_CANCELLED)
			ops[n++] = (struct lin_op){
				.write = true,
				.value = 1 + i,
				.start = o->start,
				.end = has_written(o) ? o->end : NEVER};
	}
	wrong = lin_check(ops, n, &value);
	if (!wrong)
		return;
	if (value == 0)
		world_violated(w, "name %u: %s: the empty one", name, wrong);
	else
		world_violated(w, "name %u: %s: that of op %u", name, wrong,
			       value - 1);
}

/* Nothing older than what was acknowledged before the read began; of weak
 * reads this is all that is promised. */
static void check_regular(struct world *w, const struct act *r)
{
	const struct history *h = &w->history;

	for (unsigned i = 0; i < h->count; i++) {
		const struct act *o = &h->ops[i];
		bool counts = (has_written(o) && !o->superseded) ||
			      (has_read(o) && !o->weak);

		if (counts && o->name == r->name && o->end < r->start &&
		    tag_compare(&r->tag, &o->tag) < 0)
			world_violated(w,
				       "op %u read something older than op %u",
				       (unsigned)(r - h->ops), i);
	}
	if (r->value != 0 && is_undone(&h->ops[r->value - 1]))
		world_violated(w, "op %u read what op %u has not stored",
			       (unsigned)(r - h->ops), r->value - 1);
}

/* Was `p` silent when `x` began, and has no right to show after it? */
static bool is_buried(const struct world *w, const struct act *p,
		      const struct act *x)
{
	if (p->name != x->name || !has_written(x) || x->superseded ||
	    x->start < p->silent)
		return false;
	/* A put is seen by whatever begins after it, from its stages. */
	if (p->kind == OP_KIND_PUT)
		return true;
	/* An rm may be on its way for a fence's time. */
	return p->marked > x->start &&
	       x->start_ms > p->query_ms + w->profile.fence_ms + SLACK_MS;
}

/* What a dead client left never shows after a later success. */
static void check_resurrection(struct world *w, const struct act *r)
{
	const struct history *h = &w->history;
	const struct act *p;

	if (r->value == 0)
		return;
	p = &h->ops[r->value - 1];
	if (p->outcome != OUTCOME_DEAD && p->outcome != OUTCOME_UNKNOWN)
		return;
	for (unsigned i = 0; i < h->count; i++) {
		const struct act *x = &h->ops[i];

		if (x != p && x->end < r->start && is_buried(w, p, x))
			world_violated(w, "op %u read op %u, buried by op %u",
				       (unsigned)(r - h->ops), r->value - 1, i);
	}
}

/* May an rm, of any outcome, have come between that op and o's end? */
static bool was_removed(const struct world *w, const struct act *o, int op)
{
	const struct history *h = &w->history;

	for (unsigned i = 0; i < h->count; i++)
		if (h->ops[i].kind == OP_KIND_RM && h->ops[i].wrote &&
		    h->ops[i].name == o->name &&
		    tag_compare(&h->ops[i].tag, &h->ops[op].tag) > 0)
			return true;
	return false;
}

/* The highest tag of that name that was acknowledged before o began; -1:
 * nothing was. */
static int newest_before(const struct world *w, const struct act *o)
{
	const struct history *h = &w->history;
	int best = -1;

	for (unsigned i = 0; i < h->count; i++) {
		const struct act *x = &h->ops[i];

		if (has_written(x) && !x->superseded && x->name == o->name &&
		    x->end < o->start &&
		    (best < 0 || tag_compare(&x->tag, &h->ops[best].tag) > 0))
			best = (int)i;
	}
	return best;
}

/* A change whose condition was not met by what had been acknowledged before,
 * and by nothing later that could meet it. */
static void check_condition(struct world *w, const struct act *o)
{
	const struct history *h = &w->history;
	int best = newest_before(w, o);

	if (!has_written(o) || best < 0)
		return;
	if (!tag_is_none(&o->expect) && o->kind == OP_KIND_RM &&
	    tag_compare(&h->ops[best].tag, &o->expect) > 0 &&
	    !tag_same_put(&h->ops[best].tag, &o->expect))
		world_violated(w, "op %u removed what op %d has written",
			       (unsigned)(o - h->ops), best);
	if (o->must_be_absent && h->ops[best].kind == OP_KIND_PUT &&
	    !was_removed(w, o, best))
		world_violated(w, "op %u has replaced what op %d has written",
			       (unsigned)(o - h->ops), best);
}

static void check_clusters(struct world *w)
{
	unsigned most[2] = {0, 0};

	for (unsigned i = 0; i < w->all; i++) {
		const struct server *s = &w->servers[i];
		bool own = memcmp(s->cluster.id, w->history.cluster,
				  STORE_ID_SIZE) == 0;

		if (s->state == STORE_MEMBER)
			most[own ? 0 : 1]++;
	}
	if (w->history.has_cluster && most[1] >= w->n / 2 + 1)
		world_violated(w, "another cluster has taken the servers");
}

void history_check(struct world *w)
{
	const struct history *h = &w->history;

	for (unsigned name = 0; name < w->profile.names; name++)
		check_order(w, name);
	for (unsigned i = 0; i < h->count; i++) {
		check_condition(w, &h->ops[i]);
		if (!has_read(&h->ops[i]))
			continue;
		check_regular(w, &h->ops[i]);
		check_resurrection(w, &h->ops[i]);
	}
	check_clusters(w);
}
