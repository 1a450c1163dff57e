#include "verdict.h"

#include <stdlib.h>

#include "lin.h"

/* Events by time, and the latest `most` of those up to each. */
struct steps {
	struct step {
		uint64_t at;
		uint64_t most;
	} * list;
	uint32_t count;
};

struct trial {
	const struct journal *journal;
	unsigned name;
	uint32_t *ops; /* of this name, and lists */
	uint32_t count;
	uint64_t *seen;	    /* by value: end of its first full read */
	struct steps acked; /* writes: known at; start */
	struct steps puts;  /* started; over at */
	struct steps rms;   /* the same; with the beginning, when all is
			       absent */
	struct verdict verdict;
};

static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void step_add(struct steps *s, uint64_t at, uint64_t most)
{
	s->list[s->count++] = (struct step){at, most};
}

static int by_time(const void *a, const void *b)
{
	const struct step *x = a;
	const struct step *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static void steps_sort(struct steps *s)
{
	qsort(s->list, s->count, sizeof(*s->list), by_time);
	for (uint32_t i = 1; i < s->count; i++)
		if (s->list[i].most < s->list[i - 1].most)
			s->list[i].most = s->list[i - 1].most;
}

/* The highest `most` of those before `time`, 0 when there is none. */
static uint64_t steps_before(const struct steps *s, uint64_t time)
{
	uint32_t low = 0;
	uint32_t high = s->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (s->list[mid].at < time)
			low = mid + 1;
		else
			high = mid;
	}
	return low == 0 ? 0 : s->list[low - 1].most;
}

static const struct op *op_at(const struct trial *t, uint32_t i)
{
	return &t->journal->ops[t->ops[i]];
}

static bool is_change(const struct op *o)
{
	return (o->kind == OP_PUT || o->kind == OP_RM) &&
	       o->how != END_FAILED && o->how != END_ABSENT;
}

static bool has_read(const struct op *o)
{
	return (o->kind == OP_GET || o->kind == OP_RM) &&
	       (o->how == END_ABSENT ||
		(o->how == END_OK && o->kind == OP_GET));
}

static bool wrong(struct trial *t, uint32_t op, const char *why)
{
	if (!t->verdict.why)
		t->verdict = (struct verdict){why, op};
	return false;
}

/* When the register is known to have had the put's value. */
static uint64_t known_at(const struct trial *t, uint32_t op)
{
	const struct op *o = &t->journal->ops[op];
	uint64_t acked = o->how == END_OK ? o->end : LIN_NEVER;

	if (o->kind == OP_PUT && t->seen[op] < acked)
		return t->seen[op];
	return acked;
}

/* After this it can take effect no more.  A put's client that is dead sends
 * nothing, and what has come of it is seen by all that begins after; an rm
 * may be on its way for long. */
static uint64_t over_at(const struct trial *t, uint32_t op)
{
	const struct op *o = &t->journal->ops[op];

	if (o->kind == OP_PUT)
		return t->seen[op] < o->end ? t->seen[op] : o->end;
	return o->how == END_OK ? o->end : LIN_NEVER;
}

static void gather(struct trial *t)
{
	const struct journal *j = t->journal;

	for (uint32_t i = 0; i < j->count; i++) {
		const struct op *o = &j->ops[i];

		t->seen[i] = LIN_NEVER;
		if (o->end != JOURNAL_RUNS &&
		    (o->kind == OP_LIST || o->name == t->name))
			t->ops[t->count++] = i;
	}
	for (uint32_t i = 0; i < t->count; i++) {
		const struct op *o = op_at(t, i);

		if (o->kind == OP_GET && o->how == END_OK && !o->weak &&
		    o->value != 0 && o->value <= j->count &&
		    o->end < t->seen[o->value - 1])
			t->seen[o->value - 1] = o->end;
	}
	step_add(&t->rms, 0, 1);
	for (uint32_t i = 0; i < t->count; i++) {
		const struct op *o = op_at(t, i);
		uint32_t at = t->ops[i];

		if (!is_change(o))
			continue;
		step_add(o->kind == OP_PUT ? &t->puts : &t->rms, o->start,
			 over_at(t, at));
		if (known_at(t, at) != LIN_NEVER)
			step_add(&t->acked, known_at(t, at), o->start);
	}
	steps_sort(&t->acked);
	steps_sort(&t->puts);
	steps_sort(&t->rms);
}

/* Nothing older than what was known before the read began */

static bool check_value(struct trial *t, uint32_t at, uint64_t known)
{
	const struct op *o = &t->journal->ops[at];
	const struct op *w;

	if (o->value == 0 || o->value > t->journal->count)
		return wrong(t, at, "read what nobody has written");
	w = &t->journal->ops[o->value - 1];
	if (w->kind != OP_PUT || w->name != o->name)
		return wrong(t, at, "read what was written to another name");
	if (w->end != JOURNAL_RUNS && w->how == END_FAILED)
		return wrong(t, at, "read what \"put failed\" was said of");
	if (w->start > o->end)
		return wrong(t, at, "read what was not written yet");
	if (known > over_at(t, o->value - 1))
		return wrong(t, at, "read what was overwritten before");
	return true;
}

static bool check_shown(struct trial *t, uint32_t at, uint64_t known)
{
	const struct op *o = &t->journal->ops[at];

	if (o->size >> t->name & 1)
		return true;
	if (o->value >> t->name & 1) {
		if (known > steps_before(&t->puts, o->end) ||
		    steps_before(&t->puts, o->end) == 0)
			return wrong(t, at, "listed what was removed before");
	} else if (known > steps_before(&t->rms, o->end)) {
		return wrong(t, at, "not listed, and was put before");
	}
	return true;
}

static void check_regular(struct trial *t)
{
	for (uint32_t i = 0; i < t->count && !t->verdict.why; i++) {
		const struct op *o = op_at(t, i);
		uint64_t known = steps_before(&t->acked, o->start);

		if (o->kind == OP_LIST && o->how == END_OK)
			check_shown(t, t->ops[i], known);
		else if (has_read(o) && o->how == END_OK)
			check_value(t, t->ops[i], known);
		else if (has_read(o) && known > steps_before(&t->rms, o->end))
			wrong(t, t->ops[i], "not found, and was put before");
	}
}

/* Linearizable */

static uint32_t lin_of(const struct trial *t, struct lin_op *ops)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct op *o = op_at(t, i);
		unsigned own = t->ops[i] + 1;

		if (is_change(o)) {
			ops[n++] = (struct lin_op){
				.write = true,
				.value = own,
				.start = o->start,
				.end = o->how == END_OK ? o->end : LIN_NEVER};
		} else if (has_read(o) && !o->weak) {
			bool absent = o->how == END_ABSENT;

			if (absent)
				ops[n++] = (struct lin_op){.write = true,
							   .value = own,
							   .start = 2,
							   .end = LIN_NEVER};
			ops[n++] = (struct lin_op){.value = absent ? own
								   : o->value,
						   .start = o->start,
						   .end = o->end};
		}
	}
	return n;
}

static void check_order(struct trial *t)
{
	struct lin_op *ops = need(calloc(2 * t->count + 1, sizeof(*ops)));
	unsigned value = 0;
	const char *why = lin_check(ops, lin_of(t, ops), &value);

	if (why)
		wrong(t, value - 1, why);
	free(ops);
}

struct verdict verdict_of(const struct journal *j, unsigned name)
{
	struct trial t = {.journal = j, .name = name};
	size_t room = (size_t)j->count + 1;

	t.ops = need(calloc(room, sizeof(*t.ops)));
	t.seen = need(calloc(room, sizeof(*t.seen)));
	t.acked.list = need(calloc(room, sizeof(*t.acked.list)));
	t.puts.list = need(calloc(room, sizeof(*t.puts.list)));
	t.rms.list = need(calloc(room, sizeof(*t.rms.list)));
	gather(&t);
	check_regular(&t);
	if (!t.verdict.why)
		check_order(&t);
	free(t.ops);
	free(t.seen);
	free(t.acked.list);
	free(t.puts.list);
	free(t.rms.list);
	return t.verdict;
}
