/* The last listing, kept for a few seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cache.h"

#define NOW 1000000

static struct cache cache;
static char told[4096];
static bool enough;
static bool one_will_do;

static void tell(void *arg, const struct listing_name *n)
{
	size_t at = strlen(told);

	(void)arg;
	snprintf(told + at, sizeof(told) - at, "%.*s%s ", (int)n->len, n->text,
		 n->listed == LISTED_WHOLE ? "" : "!");
	enough = one_will_do;
}

static void add(const char *name, enum listed listed)
{
	struct found f = {.ctr_max = 7};
	struct view v = {0};

	cache_add(&cache,
		  &(struct listing_name){name, strlen(name), listed, &v, &f});
}

/* Keeps the names, sorted, with blanks between. */
static void keep(const char *prefix, const char *names, bool proven)
{
	cache_begin(&cache, prefix, NOW);
	while (*names) {
		char name[64];
		size_t n = strcspn(names, " ");

		snprintf(name, sizeof(name), "%.*s", (int)n, names);
		names += n + (names[n] == ' ');
		add(name, LISTED_WHOLE);
	}
	cache_end(&cache, proven, &(struct view){.n = 5});
}

static bool is_told(const char *prefix, uint64_t now_ms, const char *want)
{
	told[0] = '\0';
	enough = false;
	if (!cache_tell(&cache, prefix, now_ms, tell, NULL, &enough))
		return false;
	return strcmp(told, want) == 0;
}

static bool knows(const char *prefix, uint64_t now_ms)
{
	return cache_tell(&cache, prefix, now_ms, tell, NULL, NULL);
}

static void what_was_listed_is_told_by_any_longer_prefix(void **state)
{
	(void)state;
	keep("", "a a.b a/b a/c ab b", true);
	assert_true(is_told("", NOW, "a a.b a/b a/c ab b "));
	assert_true(is_told("a/", NOW, "a/b a/c "));
	assert_true(is_told("ab", NOW, "ab "));
	assert_true(is_told("ab/", NOW, ""));
	assert_true(is_told("z", NOW, ""));
	cache_drop(&cache);
}

static void a_listing_of_a_part_says_nothing_of_the_rest(void **state)
{
	(void)state;
	keep("a/", "a/b a/c", true);
	assert_true(is_told("a/", NOW, "a/b a/c "));
	assert_true(is_told("a/c", NOW, "a/c "));
	assert_false(knows("", NOW));
	assert_false(knows("a", NOW));
	assert_false(knows("b", NOW));
	cache_drop(&cache);
}

static void it_is_kept_for_a_few_seconds(void **state)
{
	(void)state;
	keep("", "a", true);
	assert_true(knows("", NOW + CACHE_MS - 1));
	assert_false(knows("", NOW + CACHE_MS));
	cache_drop(&cache);
	assert_false(knows("", NOW));
}

static void what_is_not_proven_or_not_whole_yet_is_not_known(void **state)
{
	(void)state;
	keep("", "a b", false);
	assert_false(knows("", NOW));
	cache_begin(&cache, "", NOW);
	add("a", LISTED_WHOLE);
	assert_false(knows("", NOW));
	cache_end(&cache, true, &(struct view){0});
	assert_true(is_told("", NOW, "a "));
	cache_drop(&cache);
}

static void dropped_in_the_middle_it_stays_dropped(void **state)
{
	(void)state;
	cache_begin(&cache, "", NOW);
	add("a", LISTED_WHOLE);
	cache_drop(&cache);
	add("b", LISTED_WHOLE);
	cache_end(&cache, true, &(struct view){0});
	assert_false(knows("", NOW));
	cache_drop(&cache);
}

static void another_listing_drops_what_was_kept(void **state)
{
	(void)state;
	keep("", "a b", true);
	keep("c/", "c/d", true);
	assert_false(knows("", NOW));
	assert_true(is_told("c/", NOW, "c/d "));
	cache_drop(&cache);
}

static void it_stops_when_it_is_enough(void **state)
{
	(void)state;
	keep("", "a b c", true);
	one_will_do = true;
	assert_true(is_told("", NOW, "a "));
	one_will_do = false;
	cache_drop(&cache);
}

static void one_name_is_found_whole_only(void **state)
{
	struct listing_name n;

	(void)state;
	keep("", "a a/b c", true);
	assert_true(cache_find(&cache, "a/b", NOW, &n));
	assert_int_equal(n.len, 3);
	assert_string_equal(n.text, "a/b");
	assert_int_equal(n.found->ctr_max, 7);
	assert_int_equal(n.view->n, 5);
	assert_false(cache_find(&cache, "a/", NOW, &n));
	assert_false(cache_find(&cache, "b", NOW, &n));
	assert_false(cache_find(&cache, "d", NOW, &n));
	assert_false(cache_find(&cache, "a/b", NOW + CACHE_MS, &n));
	cache_drop(&cache);
	assert_false(cache_find(&cache, "a/b", NOW, &n));
}

static void bytes_above_ascii_are_in_order_too(void **state)
{
	struct listing_name n;

	(void)state;
	keep("", "a \x7f \x80 \xc3\xa4 \xff", true);
	assert_true(cache_find(&cache, "\x80", NOW, &n));
	assert_true(cache_find(&cache, "\xff", NOW, &n));
	assert_true(is_told("\xc3", NOW, "\xc3\xa4 "));
	cache_drop(&cache);
}

static void fill(unsigned count)
{
	cache_begin(&cache, "", NOW);
	for (unsigned i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%08u", i);
		add(name, LISTED_INCOMPLETE);
	}
	cache_end(&cache, true, &(struct view){0});
}

static void of_more_names_than_it_takes_nothing_is_kept(void **state)
{
	(void)state;
	fill(CACHE_NAMES_MAX);
	assert_true(is_told("00000009", NOW, "00000009! "));
	fill(CACHE_NAMES_MAX + 1);
	assert_false(knows("", NOW));
	cache_drop(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_listed_is_told_by_any_longer_prefix),
		cmocka_unit_test(a_listing_of_a_part_says_nothing_of_the_rest),
		cmocka_unit_test(it_is_kept_for_a_few_seconds),
		cmocka_unit_test(
			what_is_not_proven_or_not_whole_yet_is_not_known),
		cmocka_unit_test(dropped_in_the_middle_it_stays_dropped),
		cmocka_unit_test(another_listing_drops_what_was_kept),
		cmocka_unit_test(it_stops_when_it_is_enough),
		cmocka_unit_test(one_name_is_found_whole_only),
		cmocka_unit_test(bytes_above_ascii_are_in_order_too),
		cmocka_unit_test(of_more_names_than_it_takes_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
