#include "doubt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos.h"
#include "lin.h"
#include "verdict.h"

#define SELFTEST_ROUNDS 20000
#define TRIES 300000
#define LONG_JOURNAL 200000

enum way {
	WAY_SWAPPED,  /* two reads */
	WAY_REMOVED,  /* read after an rm of it */
	WAY_FAILED,   /* read, and "put failed" */
	WAY_LOST,     /* not found, and nobody removed it */
	WAY_UNLISTED, /* the same in a list */
	WAYS,
};

static const char *const texts[WAYS] = {"two reads swapped", "read after rm",
					"read what failed", "lost",
					"not listed"};

struct doubt {
	const struct chaos *chaos;
	struct journal copy;
	struct rng rng;
	uint32_t made[WAYS];
};

static struct op *pick(struct doubt *d)
{
	return &d->copy.ops[rng_below(&d->rng, d->copy.count)];
}

static bool is_read(const struct op *o)
{
	return o->kind == OP_GET && o->how == END_OK && !o->weak;
}

/* `a` showed its value before that of `b` was begun. */
static bool swap(struct doubt *d, unsigned *name)
{
	struct op *a = pick(d);
	struct op *b = pick(d);
	uint32_t value = a->value;

	if (!is_read(a) || !is_read(b) || a->name != b->name ||
	    a->end > d->copy.ops[b->value - 1].start)
		return false;
	a->value = b->value;
	b->value = value;
	*name = a->name;
	return true;
}

static bool show_removed(struct doubt *d, unsigned *name)
{
	struct op *w = pick(d);
	struct op *rm = pick(d);
	struct op *r = pick(d);

	if (w->kind != OP_PUT || w->how != END_OK || rm->kind != OP_RM ||
	    rm->how != END_OK || !is_read(r) || w->name != rm->name ||
	    rm->name != r->name || w->end > rm->start || rm->end > r->start)
		return false;
	r->value = (uint32_t)(w - d->copy.ops) + 1;
	*name = r->name;
	return true;
}

static bool show_failed(struct doubt *d, unsigned *name)
{
	struct op *w = pick(d);
	struct op *r = pick(d);

	if (w->kind != OP_PUT || w->how != END_FAILED || !is_read(r) ||
	    w->name != r->name)
		return false;
	r->value = (uint32_t)(w - d->copy.ops) + 1;
	*name = r->name;
	return true;
}

/* A put was acknowledged before r, and no rm could have come behind it. */
static bool is_certain(const struct journal *j, const struct op *w,
		       const struct op *r, unsigned name)
{
	if (w->kind != OP_PUT || w->how != END_OK || w->name != name ||
	    w->end > r->start)
		return false;
	for (uint32_t i = 0; i < j->count && j->ops[i].start < r->end; i++) {
		const struct op *o = &j->ops[i];

		if (o->kind == OP_RM && o->name == name &&
		    (o->how == END_UNKNOWN || o->how == END_DEAD ||
		     (o->how == END_OK && o->end >= w->start)))
			return false;
	}
	return true;
}

static bool lose(struct doubt *d, unsigned *name)
{
	struct op *r = pick(d);
	struct op *w = pick(d);

	if (!is_read(r) || !is_certain(&d->copy, w, r, r->name))
		return false;
	r->how = END_ABSENT;
	*name = r->name;
	return true;
}

static bool unlist(struct doubt *d, unsigned *name)
{
	struct op *r = pick(d);
	struct op *w = pick(d);

	if (r->kind != OP_LIST || r->how != END_OK ||
	    !(r->value >> w->name & 1) || !is_certain(&d->copy, w, r, w->name))
		return false;
	r->value &= ~(UINT32_C(1) << w->name);
	*name = w->name;
	return true;
}

static bool (*const ways[WAYS])(struct doubt *d, unsigned *name) = {
	swap, show_removed, show_failed, lose, unlist};

/* Makes the copy wrong in that way, if it can, and asks. */
static bool is_found(struct doubt *d, enum way way)
{
	const struct journal *j = &d->chaos->journal;
	unsigned name = 0;
	bool found = true;

	for (unsigned i = 0; i < TRIES; i++) {
		if (!ways[way](d, &name))
			continue;
		d->made[way]++;
		found = verdict_of(&d->copy, name).why != NULL;
		break;
	}
	memcpy(d->copy.ops, j->ops, j->count * sizeof(*j->ops));
	return found;
}

static void doubt_all(struct doubt *d, struct chaos *c)
{
	unsigned each = d->copy.count > LONG_JOURNAL ? 3 : 20;

	for (unsigned way = 0; way < WAYS; way++)
		for (unsigned i = 0; i < each; i++)
			if (!is_found(d, way))
				chaos_complain(c, CHECK_DOUBT,
					       "a wrong journal is not found: "
					       "%s",
					       texts[way]);
	printf("# wrong journals made:");
	for (unsigned way = 0; way < WAYS; way++)
		printf("%s %s %" PRIu32, way ? "," : "", texts[way],
		       d->made[way]);
	printf("\n");
	if (d->made[WAY_SWAPPED] == 0 || d->made[WAY_LOST] == 0)
		chaos_complain(c, CHECK_DOUBT,
			       "too few operations to make them wrong");
}

void doubt_verdicts(struct chaos *c)
{
	struct doubt d = {.chaos = c, .copy = c->journal};

	rng_init(&d.rng, c->settings.seed);
	if (!lin_selftest(c->settings.seed, SELFTEST_ROUNDS))
		chaos_complain(c, CHECK_DOUBT, "zones and brute force differ");
	d.copy.ops = calloc((size_t)c->journal.count + 1, sizeof(*d.copy.ops));
	if (!d.copy.ops)
		abort();
	memcpy(d.copy.ops, c->journal.ops,
	       c->journal.count * sizeof(*d.copy.ops));
	if (c->journal.count != 0)
		doubt_all(&d, c);
	free(d.copy.ops);
}
