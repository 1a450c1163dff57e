#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One name of the store: what was told, what was asked for, what is there. */
struct view {
	const struct past *past;
	uint32_t cut;
	uint32_t name;
	const struct found_store *found;
	const struct found_version *high; /* committed, or NULL */
	const struct state *now;
	char *out;
	size_t size;
};

__attribute__((format(printf, 3, 4))) static bool wrong(const struct view *v,
							const struct tag *tag,
							const char *fmt, ...)
{
	char text[TAG_TEXT_SIZE + 1] = "-";
	va_list args;
	int n = 0;

	if (tag)
		tag_to_text(tag, text);
	if (v->name < v->past->said.name_count)
		n = snprintf(v->out, v->size, "name=\"%s\" tag=%s ",
			     v->past->said.names[v->name], text);
	va_start(args, fmt);
	vsnprintf(v->out + n, v->size - (size_t)n, fmt, args);
	va_end(args);
	return false;
}

static bool asked_for(const struct view *v, enum op op, const struct tag *tag)
{
	const struct said *s = &v->past->said;

	for (size_t i = 0; i < s->request_count; i++) {
		const struct said_request *q = &s->requests[i];

		if (q->at < v->cut && q->op == op && q->name == v->name &&
		    tag_compare(&q->tag, tag) == 0)
			return true;
	}
	return false;
}

static bool is_committed(enum record_state s)
{
	return s != RECORD_STAGED;
}

/* The highest version that was told to be committed; .at is 0 for none. */
static struct said_fact told(const struct view *v)
{
	const struct said *s = &v->past->said;
	struct said_fact best = {0};

	for (size_t i = 0; i < s->fact_count; i++) {
		const struct said_fact *f = &s->facts[i];
		int order = tag_compare(&f->tag, &best.tag);

		if (f->at >= v->cut || f->name != v->name ||
		    !is_committed(f->state))
			continue;
		if (order > 0) {
			best = *f;
		} else if (order == 0) {
			best.have |= f->have;
			if (f->state == RECORD_COMMITTED)
				best.state = f->state;
		}
	}
	return best;
}

/* Was that stage acknowledged, and is it nobody's wish that it goes? */
static bool stage_stands(const struct view *v, const struct said_fact *f)
{
	const struct said *s = &v->past->said;

	if (f->at >= v->cut || f->name != v->name || is_committed(f->state) ||
	    asked_for(v, OP_ABORT, &f->tag) ||
	    asked_for(v, OP_DISCARD, &f->tag))
		return false;
	for (size_t i = 0; i < s->request_count; i++) {
		const struct said_request *q = &s->requests[i];

		if (q->at <= f->at || q->at >= v->cut)
			continue;
		if (q->op == OP_JOIN ||
		    (q->op == OP_FORGET && q->name == f->name &&
		     tag_compare(&q->tag, &f->tag) > 0))
			return false;
	}
	return true;
}

static const struct found_version *find(const struct view *v,
					const struct tag *tag)
{
	const char *name = v->past->said.names[v->name];

	for (size_t i = 0; i < v->found->count; i++) {
		const struct found_version *f = &v->found->list[i];

		if (strcmp(f->name, name) == 0 &&
		    tag_compare(&f->record.v.tag, tag) == 0)
			return f;
	}
	return NULL;
}

static bool stages_stand(const struct view *v)
{
	const struct said *s = &v->past->said;

	for (size_t i = 0; i < s->fact_count; i++) {
		const struct said_fact *f = &s->facts[i];
		int order =
			v->high ? tag_compare(&v->high->record.v.tag, &f->tag)
				: -1;

		if (!stage_stands(v, f) || order > 0)
			continue;
		if (order < 0 && !find(v, &f->tag))
			return wrong(v, &f->tag,
				     "an acknowledged stage is "
				     "lost");
		if (order == 0 && v->high->record.state == RECORD_WITNESS)
			return wrong(v, &f->tag,
				     "a stage was committed "
				     "without its data");
	}
	return true;
}

/* A tombstone that was forgotten: only once the floor holds.  And what a
 * joining store was told to discard. */
static bool was_forgotten(const struct view *v, const struct said_fact *must)
{
	if (asked_for(v, OP_DISCARD, &must->tag))
		return true;
	return asked_for(v, OP_FORGET, &must->tag) &&
	       v->now->floor >= must->tag.ctr;
}

static bool commits_stand(const struct view *v)
{
	struct said_fact must = told(v);
	const struct record *r = v->high ? &v->high->record : NULL;
	int order = r ? tag_compare(&r->v.tag, &must.tag) : -1;

	if (r && !asked_for(v, OP_COMMIT, &r->v.tag) &&
	    !asked_for(v, OP_RESTORE, &r->v.tag))
		return wrong(v, &r->v.tag,
			     "is committed and nobody asked for "
			     "that");
	if (must.at == 0)
		return true;
	if (order < 0)
		return was_forgotten(v, &must) ||
		       wrong(v, &must.tag, "an acknowledged commit is lost");
	if (order == 0 && r->state != must.state &&
	    !(must.state == RECORD_WITNESS && r->state == RECORD_COMMITTED))
		return wrong(v, &must.tag, "was told to be '%c' and is '%c'",
			     must.state, r->state);
	return true;
}

/* What does not depend on what was told. */
static bool is_sound(const struct view *v)
{
	const char *name = v->past->said.names[v->name];

	for (size_t i = 0; i < v->found->count; i++) {
		const struct found_version *f = &v->found->list[i];
		const struct tag *tag = &f->record.v.tag;
		bool data = f->record.place != RECORD_NO_PLACE;

		if (strcmp(f->name, name) != 0)
			continue;
		if (data && (f->files != 2 || f->good != 2))
			return wrong(v, tag, "'%c' has %u chunk files, %u good",
				     f->record.state, f->files, f->good);
		if (v->high && f != v->high &&
		    tag_compare(tag, &v->high->record.v.tag) <= 0)
			return wrong(v, tag, "litter: below a commit");
		if (!is_committed(f->record.state) &&
		    !asked_for(v, OP_STAGE_BEGIN, tag) &&
		    !asked_for(v, OP_COPY, tag))
			return wrong(v, tag, "a stage that nobody sent");
	}
	return true;
}

static const struct found_version *highest(const struct found_store *f,
					   const char *name)
{
	const struct found_version *best = NULL;

	for (size_t i = 0; i < f->count; i++) {
		const struct found_version *one = &f->list[i];

		if (strcmp(one->name, name) == 0 &&
		    is_committed(one->record.state) &&
		    (!best ||
		     tag_compare(&one->record.v.tag, &best->record.v.tag) > 0))
			best = one;
	}
	return best;
}

/* ---- the state */

static bool told_by(const struct said_store *t, const struct state *s)
{
	if (memcmp(t->id, s->store, sizeof(t->id)) != 0 || t->state != s->state)
		return false;
	return !t->has_cluster ||
	       (memcmp(t->cluster.id, s->cluster.id, sizeof(s->cluster.id)) ==
			0 &&
		t->cluster.epoch == s->cluster.epoch &&
		t->cluster.n == s->cluster.n && t->floor == s->floor);
}

/* The scrub's cursor may be an older one; inode and birth are the image's. */
static bool same_state(const struct state *a, const struct state *b)
{
	return memcmp(a->store, b->store, sizeof(a->store)) == 0 &&
	       a->state == b->state && a->floor == b->floor &&
	       memcmp(a->cluster.id, b->cluster.id, sizeof(a->cluster.id)) ==
		       0 &&
	       a->cluster.epoch == b->cluster.epoch &&
	       a->cluster.n == b->cluster.n;
}

static bool state_stands(const struct view *v)
{
	const struct said *s = &v->past->said;
	const struct written *w = v->past->states;
	size_t least = 0;
	bool any = false;

	for (size_t i = 0; i < s->store_count && s->stores[i].at < v->cut;
	     i++) {
		size_t k = 0;

		while (k < v->past->state_count && w[k].at < v->cut &&
		       !told_by(&s->stores[i], &w[k].state))
			k++;
		if (k == v->past->state_count || w[k].at >= v->cut)
			return wrong(v, NULL,
				     "a state was told that was "
				     "never written");
		least = k > least ? k : least;
		any = true;
	}
	for (size_t k = least; k < v->past->state_count && w[k].at < v->cut;
	     k++)
		if (same_state(v->now, &w[k].state))
			return true;
	/* Nothing was promised yet: a new store is as good. */
	return !any || wrong(v, NULL,
			     "the state is not one that was told, "
			     "nor a later one");
}

void verdict_of(const struct past *p, uint32_t cut, const struct found_store *f,
		const struct state *now, char *out, size_t size)
{
	struct view v = {.past = p,
			 .cut = cut,
			 .name = UINT32_MAX,
			 .found = f,
			 .now = now,
			 .out = out,
			 .size = size};

	out[0] = '\0';
	if (f->litter[0] != '\0') {
		(void)wrong(&v, NULL, "litter: %s", f->litter);
		return;
	}
	if (!state_stands(&v))
		return;
	for (v.name = 0; v.name < p->said.name_count; v.name++) {
		v.high = highest(f, p->said.names[v.name]);
		if (!commits_stand(&v) || !stages_stand(&v) || !is_sound(&v))
			return;
	}
}
