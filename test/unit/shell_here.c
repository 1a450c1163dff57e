/* Paths among the stored names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "here.h"
#include "pattern.h"

static char out[2 * NAME_MAX_BYTES];

static const char *resolve(const char *prefix, const char *word)
{
	struct here h;

	(void)snprintf(h.prefix, sizeof(h.prefix), "%s", prefix);
	assert_int_equal(here_resolve(&h, word, out, sizeof(out)), ERR_OK);
	return out;
}

static const char *pattern(const char *prefix, const char *word)
{
	struct here h;

	(void)snprintf(h.prefix, sizeof(h.prefix), "%s", prefix);
	assert_int_equal(here_pattern(&h, word, out, sizeof(out)), ERR_OK);
	return out;
}

static void a_word_is_below_where_one_is(void **state)
{
	(void)state;
	assert_string_equal(resolve("", "a"), "a");
	assert_string_equal(resolve("docs", "a"), "docs/a");
	assert_string_equal(resolve("docs/old", "a/b"), "docs/old/a/b");
	assert_string_equal(resolve("docs", ".a"), "docs/.a");
	assert_string_equal(resolve("docs", "..a"), "docs/..a");
	assert_string_equal(resolve("docs", "a.."), "docs/a..");
}

static void a_slash_in_front_is_the_top(void **state)
{
	(void)state;
	assert_string_equal(resolve("docs", "/a"), "a");
	assert_string_equal(resolve("docs", "/"), "");
	assert_string_equal(resolve("docs", "//a//b"), "a/b");
	assert_string_equal(resolve("", "/a"), "a");
}

/* No name at all is none below the prefix either. */
static void nothing_stays_nothing(void **state)
{
	(void)state;
	assert_string_equal(resolve("docs", ""), "");
	assert_string_equal(resolve("", ""), "");
}

static void dots_are_gone_through(void **state)
{
	(void)state;
	assert_string_equal(resolve("docs", "."), "docs/");
	assert_string_equal(resolve("docs", ".."), "");
	assert_string_equal(resolve("docs/old", ".."), "docs/");
	assert_string_equal(resolve("docs/old", "../new"), "docs/new");
	assert_string_equal(resolve("docs", "./a/./b"), "docs/a/b");
	assert_string_equal(resolve("docs", "a/../b"), "docs/b");
	assert_string_equal(resolve("a/b", "../../../c"), "c");
	assert_string_equal(resolve("", ".."), "");
	assert_string_equal(resolve("docs", "/../.."), "");
}

static void a_slash_behind_stays(void **state)
{
	(void)state;
	assert_string_equal(resolve("docs", "a/"), "docs/a/");
	assert_string_equal(resolve("docs", "a//"), "docs/a/");
	assert_string_equal(resolve("docs", "a/."), "docs/a/");
	assert_string_equal(resolve("docs", "a/b/.."), "docs/a/");
	assert_string_equal(resolve("", "./"), "");
}

static void a_path_of_just_the_room_fits_and_a_longer_one_does_not(void **state)
{
	struct here top = {""};
	struct here docs = {"docs"};
	char small[9];

	(void)state;
	assert_int_equal(here_resolve(&top, "12345678", small, 9), ERR_OK);
	assert_string_equal(small, "12345678");
	assert_int_equal(here_resolve(&top, "123456789", small, 9), ERR_LIMIT);
	assert_int_equal(here_resolve(&docs, "123", small, 9), ERR_OK);
	assert_string_equal(small, "docs/123");
	assert_int_equal(here_resolve(&docs, "1234", small, 9), ERR_LIMIT);
	assert_int_equal(here_resolve(&top, "1234567/", small, 9), ERR_OK);
	assert_string_equal(small, "1234567/");
	assert_int_equal(here_resolve(&top, "12345678/", small, 9), ERR_LIMIT);
	assert_int_equal(here_resolve(&docs, "x", small, 4), ERR_LIMIT);
	assert_int_equal(here_resolve(&docs, "/x", small, 4), ERR_OK);
}

static void a_prefix_stands_for_itself_in_a_pattern(void **state)
{
	char name[64];

	(void)state;
	assert_string_equal(pattern("docs", "*.txt"), "docs/*.txt");
	assert_string_equal(pattern("a*b/[c]", "?"), "a\\*b/\\[c]/?");
	assert_string_equal(pattern("a*b", "/x*"), "x*");
	assert_string_equal(pattern("a*b/c", "../*"), "a\\*b/*");
	strcpy(name, "a*b/\\?/x");
	assert_true(pattern_matches(pattern("a*b/\\?", "*"), name));
	assert_false(pattern_matches(pattern("a*b", "*"), "aXb/x"));
}

static void cd_goes_down_up_and_to_the_top(void **state)
{
	struct here h = {""};

	(void)state;
	assert_int_equal(here_go(&h, "docs/old/"), ERR_OK);
	assert_string_equal(h.prefix, "docs/old");
	assert_int_equal(here_go(&h, "../new"), ERR_OK);
	assert_string_equal(h.prefix, "docs/new");
	assert_int_equal(here_go(&h, ".."), ERR_OK);
	assert_string_equal(h.prefix, "docs");
	assert_int_equal(here_go(&h, "."), ERR_OK);
	assert_string_equal(h.prefix, "docs");
	assert_int_equal(here_go(&h, ".."), ERR_OK);
	assert_string_equal(h.prefix, "");
	assert_int_equal(here_go(&h, "a b/c"), ERR_OK);
	assert_int_equal(here_go(&h, "/"), ERR_OK);
	assert_string_equal(h.prefix, "");
}

static void what_no_name_begins_with_is_no_place(void **state)
{
	struct here h = {"docs"};
	char word[NAME_MAX_BYTES + 2];

	(void)state;
	memset(word, 'a', 300);
	word[300] = '\0';
	assert_int_equal(here_go(&h, word), ERR_NAME);
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(here_go(&h, word), ERR_LIMIT);
	assert_string_equal(h.prefix, "docs");
}

static void names_below_are_written_without_the_prefix(void **state)
{
	(void)state;
	assert_string_equal(here_relative("docs", "docs/a/b"), "a/b");
	assert_string_equal(here_relative("docs", "docs2/a"), "docs2/a");
	assert_string_equal(here_relative("docs", "docs"), "docs");
	assert_string_equal(here_relative("", "docs/a"), "docs/a");
	assert_string_equal(here_relative("docs", "other"), "other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_below_where_one_is),
		cmocka_unit_test(a_slash_in_front_is_the_top),
		cmocka_unit_test(nothing_stays_nothing),
		cmocka_unit_test(dots_are_gone_through),
		cmocka_unit_test(a_slash_behind_stays),
		cmocka_unit_test(
			a_path_of_just_the_room_fits_and_a_longer_one_does_not),
		cmocka_unit_test(a_prefix_stands_for_itself_in_a_pattern),
		cmocka_unit_test(cd_goes_down_up_and_to_the_top),
		cmocka_unit_test(what_no_name_begins_with_is_no_place),
		cmocka_unit_test(names_below_are_written_without_the_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
