#include "lin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BRUTE_MAX 16

/* All that is known of one value: when its first operation had ended, and
 * when its last one began. */
struct value {
	bool known;
	bool written;
	bool read;
	uint64_t write_start;
	uint64_t write_end;
	uint64_t first_end;
	uint64_t last_start;
	uint64_t first_read_end;
};

/* A forward zone: the register had this value all the time in between.  A
 * backward one: it may have had it at one moment in between. */
struct zone {
	uint64_t from;
	uint64_t to;
	bool forward;
	unsigned value;
};

static void value_add(struct value *v, const struct lin_op *o)
{
	if (!v->known)
		*v = (struct value){.known = true,
				    .first_end = o->end,
				    .last_start = o->start,
				    .first_read_end = LIN_NEVER};
	if (o->end < v->first_end)
		v->first_end = o->end;
	if (o->start > v->last_start)
		v->last_start = o->start;
	if (o->write) {
		v->written = true;
		v->write_start = o->start;
		v->write_end = o->end;
		return;
	}
	v->read = true;
	if (o->end < v->first_read_end)
		v->first_read_end = o->end;
}

static const char *value_is_wrong(const struct value *v)
{
	if (!v->written)
		return "a value was read that nobody had written";
	if (v->read && v->first_read_end < v->write_start)
		return "a value was read before its write began";
	return NULL;
}

static struct zone value_zone(const struct value *v, unsigned value)
{
	bool forward = v->first_end < v->last_start;

	return (struct zone){
		.from = forward ? v->first_end : v->last_start,
		.to = forward ? v->last_start : v->first_end,
		.forward = forward,
		.value = value,
	};
}

static const char *zones_clash(const struct zone *z, unsigned count,
			       unsigned *value)
{
	for (unsigned i = 0; i < count; i++) {
		if (!z[i].forward)
			continue;
		for (unsigned k = 0; k < count; k++) {
			if (k == i)
				continue;
			*value = z[k].value;
			if (z[k].forward && z[k].from < z[i].to &&
			    z[i].from < z[k].to)
				return "two values interleave";
			if (!z[k].forward && z[i].from < z[k].from &&
			    z[k].to < z[i].to)
				return "a value is lost under another";
		}
	}
	return NULL;
}

const char *lin_check(const struct lin_op *ops, unsigned count, unsigned *value)
{
	static const struct lin_op first = {.write = true, .end = 1};
	struct value values[LIN_VALUES_MAX];
	struct zone zones[LIN_VALUES_MAX];
	unsigned n = 0;

	memset(values, 0, sizeof(values));
	value_add(&values[0], &first);
	for (unsigned i = 0; i < count; i++)
		value_add(&values[ops[i].value], &ops[i]);
	for (unsigned i = 0; i < LIN_VALUES_MAX; i++) {
		const struct value *v = &values[i];
		const char *wrong;

		if (!v->known)
			continue;
		wrong = value_is_wrong(v);
		if (wrong) {
			*value = i;
			return wrong;
		}
		if (v->write_end == LIN_NEVER && !v->read)
			continue;
		zones[n++] = value_zone(v, i);
	}
	return zones_clash(zones, n, value);
}

/* By trying every order */

struct brute {
	const struct lin_op *ops;
	unsigned count;
	/* Bit v: the set of operations was tried with register value v. */
	uint32_t seen[1u << BRUTE_MAX];
};

static bool all_may_be_left(const struct brute *b, unsigned done,
			    uint64_t *first_end)
{
	bool may = true;

	*first_end = LIN_NEVER;
	for (unsigned i = 0; i < b->count; i++) {
		const struct lin_op *o = &b->ops[i];

		if (done >> i & 1)
			continue;
		may &= o->write && o->end == LIN_NEVER;
		if (o->end < *first_end)
			*first_end = o->end;
	}
	return may;
}

static bool brute_from(struct brute *b, unsigned done, unsigned value)
{
	uint64_t first_end;

	if (b->seen[done] >> value & 1)
		return false;
	b->seen[done] |= UINT32_C(1) << value;
	if (all_may_be_left(b, done, &first_end))
		return true;
	for (unsigned i = 0; i < b->count; i++) {
		const struct lin_op *o = &b->ops[i];

		if (done >> i & 1 || o->start > first_end)
			continue;
		if (!o->write && o->value != value)
			continue;
		if (brute_from(b, done | 1u << i, o->value))
			return true;
	}
	return false;
}

bool lin_brute(const struct lin_op *ops, unsigned count)
{
	static struct brute b;

	if (count > BRUTE_MAX)
		abort();
	memset(&b, 0, sizeof(b));
	b.ops = ops;
	b.count = count;
	return brute_from(&b, 0, 0);
}

/* The two against each other */

static void shuffle(struct rng *r, uint64_t *list, unsigned count)
{
	for (unsigned i = count; i > 1; i--) {
		unsigned k = (unsigned)rng_below(r, i);
		uint64_t swap = list[i - 1];

		list[i - 1] = list[k];
		list[k] = swap;
	}
}

/* Operations that overlap now and then, reads of anything that is written,
 * or of the first value. */
static unsigned random_history(struct rng *r, struct lin_op *ops)
{
	unsigned count = 2 + (unsigned)rng_below(r, 7);
	unsigned written = 0;
	uint64_t times[2 * BRUTE_MAX];

	for (unsigned i = 0; i < 2 * count; i++)
		times[i] = 2 + i;
	for (unsigned i = 0; i + 3 < 2 * count; i += 2)
		shuffle(r, times + i, 4);
	if (rng_chance(r, 400))
		shuffle(r, times, 2 * count);
	for (unsigned i = 0; i < count; i++) {
		uint64_t a = times[2 * i];
		uint64_t b = times[2 * i + 1];

		ops[i] = (struct lin_op){.write = rng_chance(r, 450),
					 .start = a < b ? a : b,
					 .end = a < b ? b : a};
		if (!ops[i].write)
			continue;
		ops[i].value = ++written;
		if (rng_chance(r, 200))
			ops[i].end = LIN_NEVER;
	}
	for (unsigned i = 0; i < count; i++)
		if (!ops[i].write)
			ops[i].value = (unsigned)rng_below(r, written + 1);
	return count;
}

bool lin_selftest(uint64_t seed, unsigned rounds)
{
	struct rng r;
	struct lin_op ops[BRUTE_MAX];
	unsigned good = 0;

	rng_init(&r, seed);
	for (unsigned i = 0; i < rounds; i++) {
		unsigned value;
		unsigned count = random_history(&r, ops);
		bool is = lin_brute(ops, count);

		if ((lin_check(ops, count, &value) == NULL) != is) {
			printf("selftest: history %u: zones and brute force "
			       "disagree\n",
			       i);
			return false;
		}
		good += is;
	}
	printf("selftest: %u histories, zones and brute force agree "
	       "(%u linearizable, %u not)\n",
	       rounds, good, rounds - good);
	return good != 0 && good != rounds;
}
