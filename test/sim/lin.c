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

static int by_value(const void *a, const void *b)
{
	const struct lin_op *x = a;
	const struct lin_op *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static int by_from(const void *a, const void *b)
{
	const struct zone *x = a;
	const struct zone *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/* The zone of the first operations of `ops`, which are of one value.  False:
 * there is none, or, with *wrong, there cannot be one. */
static bool next_zone(const struct lin_op *ops, unsigned count, unsigned *used,
		      struct zone *z, const char **wrong)
{
	static const struct lin_op first = {.write = true, .end = 1};
	struct value v = {.known = false};
	unsigned value = ops[0].value;

	if (value == 0)
		value_add(&v, &first);
	for (*used = 0; *used < count && ops[*used].value == value; ++*used)
		value_add(&v, &ops[*used]);
	z->value = value;
	*wrong = value_is_wrong(&v);
	if (*wrong || (v.write_end == LIN_NEVER && !v.read))
		return false;
	*z = value_zone(&v, value);
	return true;
}

/* Forward zones come first, each kind by `from`. */
static unsigned sort_zones(struct zone *z, unsigned count)
{
	unsigned forward = 0;

	for (unsigned i = 0; i < count; i++) {
		struct zone swap = z[i];

		if (!swap.forward)
			continue;
		z[i] = z[forward];
		z[forward++] = swap;
	}
	qsort(z, forward, sizeof(*z), by_from);
	return forward;
}

/* The last of the forward zones that begins before `from`, or NULL. */
static const struct zone *zone_before(const struct zone *z, unsigned count,
				      uint64_t from)
{
	unsigned low = 0;

	while (low < count) {
		unsigned mid = low + (count - low) / 2;

		if (z[mid].from < from)
			low = mid + 1;
		else
			count = mid;
	}
	return low == 0 ? NULL : &z[low - 1];
}

static const char *zones_clash(struct zone *z, unsigned count, unsigned *value)
{
	unsigned forward = sort_zones(z, count);

	for (unsigned i = 1; i < forward; i++) {
		*value = z[i].value;
		if (z[i].from < z[i - 1].to)
			return "two values interleave";
	}
	for (unsigned i = forward; i < count; i++) {
		const struct zone *f = zone_before(z, forward, z[i].from);

		*value = z[i].value;
		if (f && z[i].to < f->to)
			return "a value is lost under another";
	}
	return NULL;
}

const char *lin_check(const struct lin_op *ops, unsigned count, unsigned *value)
{
	struct lin_op *sorted = calloc(count + 1, sizeof(*sorted));
	struct zone *zones = calloc(count + 1, sizeof(*zones));
	const char *wrong = NULL;
	unsigned n = 0;

	if (!sorted || !zones)
		abort();
	if (count != 0)
		memcpy(sorted, ops, count * sizeof(*ops));
	qsort(sorted, count, sizeof(*sorted), by_value);
	for (unsigned i = 0, used = 0; i < count && !wrong; i += used) {
		n += next_zone(sorted + i, count - i, &used, &zones[n], &wrong);
		*value = zones[n].value;
	}
	if (!wrong)
		wrong = zones_clash(zones, n, value);
	free(zones);
	free(sorted);
	return wrong;
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
