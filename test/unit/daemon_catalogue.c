/* The catalogue, against a plain sorted array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalogue.h"
#include "name.h"

#define NAMES 500

static uint64_t seed;

static uint32_t next_random(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33);
}

/* Names with common beginnings, and some that are beginnings themselves. */
static struct msg_name name_of(unsigned i, char text[32])
{
	int len =
		snprintf(text, 32, "%s%u", i % 3 ? "a/" : "", i * 7919 % 1009);

	return (struct msg_name){text, (size_t)len};
}

static struct record record_of(uint64_t ctr, enum record_state state)
{
	struct record r = {
		.v = {.tag = {.ctr = ctr}, .alg = DIGEST_XXH3},
		.state = state,
		.place = RECORD_NO_PLACE,
	};

	if (state == RECORD_TOMBSTONE)
		return r;
	r.v.y = 4;
	r.v.size = 4000;
	r.v.alg = ctr % 2 ? DIGEST_XXH3 : DIGEST_SHA256;
	r.v.root.bytes[0] = (uint8_t)ctr;
	if (state == RECORD_WITNESS)
		return r;
	r.place = 2;
	r.first = 3;
	r.have = 3;
	r.chunk[0].bytes[5] = 7;
	r.chunk[1].bytes[6] = 8;
	return r;
}

static void put(struct catalogue *c, const struct msg_name *name,
		const struct record *records, unsigned count)
{
	struct entry *e = catalogue_prepare(c, name, records, count);

	assert_non_null(e);
	catalogue_put(c, e);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Walks all and compares with what should be there. */
static void check_walk(struct catalogue *c, const uint64_t ctr[NAMES])
{
	static char sorted[NAMES][32];
	struct record got[MSG_RECORDS_MAX];
	char last[NAME_MAX_BYTES];
	size_t last_len = 0, count = 0, i = 0;
	struct catalogue_counts n;

	for (unsigned j = 0; j < NAMES; j++)
		if (ctr[j])
			name_of(j, sorted[count++]);
	qsort(sorted, count, sizeof(sorted[0]), compare);
	while (catalogue_next(c, last, &last_len, got) > 0) {
		assert_true(i < count);
		assert_int_equal(last_len, strlen(sorted[i]));
		assert_memory_equal(last, sorted[i], last_len);
		i++;
	}
	assert_int_equal(i, count);
	catalogue_counts(c, &n);
	assert_int_equal(n.names, count);
	assert_int_equal(n.bytes, count * 2000);
}

static void it_is_a_sorted_map(void **state)
{
	struct catalogue *c = catalogue_new();
	struct record got[MSG_RECORDS_MAX];
	uint64_t ctr[NAMES] = {0}, highest = 0;
	struct catalogue_counts n;
	char text[32];

	(void)state;
	assert_non_null(c);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned i = next_random() % NAMES;
		struct msg_name name = name_of(i, text);
		struct record r;

		if (next_random() % 3 == 0) {
			catalogue_remove(c, &name);
			ctr[i] = 0;
		} else {
			ctr[i] = next_random() % 100000 + 1;
			r = record_of(ctr[i], RECORD_COMMITTED);
			put(c, &name, &r, 1);
			highest = ctr[i] > highest ? ctr[i] : highest;
		}
		i = next_random() % NAMES;
		name = name_of(i, text);
		assert_int_equal(catalogue_get(c, &name, got), ctr[i] != 0);
		if (ctr[i]) {
			r = record_of(ctr[i], RECORD_COMMITTED);
			assert_memory_equal(&got[0].v.root, &r.v.root,
					    sizeof(r.v.root));
			assert_int_equal(got[0].v.tag.ctr, ctr[i]);
			assert_int_equal(got[0].chunk[1].bytes[6], 8);
		}
		if (step % 1000 == 0)
			check_walk(c, ctr);
	}
	catalogue_counts(c, &n);
	assert_int_equal(n.ctr_max, highest);
	catalogue_free(c);
}

static void a_name_keeps_all_its_records_in_order(void **state)
{
	static const char states[] = "sscswd";
	struct catalogue *c = catalogue_new();
	struct record many[MSG_RECORDS_MAX], got[MSG_RECORDS_MAX];
	struct msg_name name = {"n", 1};
	struct catalogue_counts n;

	(void)state;
	for (unsigned i = 0; i < MSG_RECORDS_MAX; i++)
		many[i] = record_of(MSG_RECORDS_MAX - i,
				    (enum record_state)states[i % 6]);
	put(c, &name, many, MSG_RECORDS_MAX);
	assert_int_equal(catalogue_get(c, &name, got), MSG_RECORDS_MAX);
	for (unsigned i = 0; i < MSG_RECORDS_MAX; i++) {
		assert_int_equal(got[i].v.tag.ctr, MSG_RECORDS_MAX - i);
		assert_int_equal(got[i].state, states[i % 6]);
	}
	catalogue_counts(c, &n);
	assert_int_equal(n.names, 1);
	assert_int_equal(n.stages, 33);
	assert_int_equal(n.committed, 31);
	assert_int_equal(n.tombstones, 10);
	catalogue_remove(c, &name);
	catalogue_counts(c, &n);
	assert_int_equal(n.names, 0);
	assert_int_equal(n.stages, 0);
	assert_int_equal(n.committed, 0);
	assert_int_equal(n.bytes, 0);
	catalogue_discard(catalogue_prepare(c, &name, many, 1));
	catalogue_discard(NULL);
	catalogue_free(c);
	catalogue_free(NULL);
}

static size_t list_once(struct catalogue *c, const char *prefix,
			const char *after, size_t cap, bool *more)
{
	struct msg_name p = {prefix, strlen(prefix)};
	static uint8_t data[1u << 16];
	char last[NAME_MAX_BYTES];
	size_t len = strlen(after);
	struct wbuf b;

	memcpy(last, after, len);
	wbuf_init(&b, data, cap);
	*more = catalogue_list(c, &p, last, &len, &b);
	return b.len;
}

static void a_list_goes_on_behind_any_name(void **state)
{
	struct catalogue *c = catalogue_new();
	struct record r = record_of(1, RECORD_WITNESS);
	static const char *const names[] = {"a", "b", "b1", "b2", "c"};
	size_t one;
	bool more;

	(void)state;
	assert_int_equal(list_once(c, "", "", 1000, &more), 0);
	assert_false(more);
	for (unsigned i = 0; i < 5; i++) {
		struct msg_name name = {names[i], strlen(names[i])};

		put(c, &name, &r, 1);
	}
	one = list_once(c, "a", "", 1000, &more);
	assert_true(one > 0);
	assert_int_equal(list_once(c, "", "", 1000, &more), 5 * one + 2);
	assert_int_equal(list_once(c, "", "aaa", 1000, &more), 4 * one + 2);
	assert_int_equal(list_once(c, "b", "b", 1000, &more), 2 * (one + 1));
	assert_int_equal(list_once(c, "b", "c", 1000, &more), 0);
	assert_int_equal(list_once(c, "b", "b2", 1000, &more), 0);
	assert_false(more);
	assert_int_equal(list_once(c, "", "", one, &more), one);
	assert_true(more);
	assert_int_equal(list_once(c, "", "", one - 1, &more), 0);
	assert_true(more);
	assert_int_equal(list_once(c, "a", "", one, &more), one);
	assert_false(more);
	catalogue_free(c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_a_sorted_map),
		cmocka_unit_test(a_name_keeps_all_its_records_in_order),
		cmocka_unit_test(a_list_goes_on_behind_any_name),
	};
	const char *given = getenv("SEED");

	digest_random(&seed, sizeof(seed));
	if (given)
		seed = strtoull(given, NULL, 10);
	print_message("# SEED=%llu repeats this\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
