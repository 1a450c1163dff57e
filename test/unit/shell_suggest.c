/* The nearest word, when one is near. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "suggest.h"

static const char *const commands[] = {"get",  "put",	 "ls",	   "rm",
				       "stat", "status", "members"};

static const char *nearest(const char *typed)
{
	return suggest_nearest(typed, commands,
			       sizeof(commands) / sizeof(commands[0]));
}

static void one_or_two_changes_are_near(void **state)
{
	(void)state;
	assert_string_equal(nearest("gets"), "get");
	assert_string_equal(nearest("pot"), "put");
	assert_string_equal(nearest("lst"), "ls");
	assert_string_equal(nearest("statsu"), "status");
	assert_string_equal(nearest("memmberz"), "members");
	assert_null(nearest("memmbezz"));
}

static void a_swap_is_one_change(void **state)
{
	(void)state;
	assert_string_equal(nearest("gte"), "get");
	assert_string_equal(nearest("ptu"), "put");
}

static void half_of_a_word_is_too_much(void **state)
{
	(void)state;
	assert_null(nearest("sl"));
	assert_null(nearest("rn"));
	assert_null(nearest("gxx"));
	assert_null(nearest("x"));
	assert_null(nearest(""));
}

static void case_does_not_count(void **state)
{
	(void)state;
	assert_string_equal(nearest("GET"), "get");
	assert_string_equal(nearest("Satus"), "status");
}

static void the_nearest_wins_then_the_first(void **state)
{
	static const char *const words[] = {"abcdxx", "abcdef", "abcdeg"};

	(void)state;
	assert_string_equal(suggest_nearest("abcdeh", words, 3), "abcdef");
	assert_string_equal(nearest("statu"), "stat");
	assert_null(suggest_nearest("abcdeh", words, 0));
}

static void a_long_word_is_near_to_nothing(void **state)
{
	char most[SUGGEST_MAX + 1];
	char more[SUGGEST_MAX + 2];
	const char *const words[] = {more, most};

	(void)state;
	memset(most, 'a', sizeof(most));
	memset(more, 'a', sizeof(more));
	most[SUGGEST_MAX] = '\0';
	more[SUGGEST_MAX + 1] = '\0';
	assert_null(suggest_nearest(more, words, 2));
	assert_ptr_equal(suggest_nearest(most, words, 2), most);
	assert_null(suggest_nearest(most, words, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_or_two_changes_are_near),
		cmocka_unit_test(a_swap_is_one_change),
		cmocka_unit_test(half_of_a_word_is_too_much),
		cmocka_unit_test(case_does_not_count),
		cmocka_unit_test(the_nearest_wins_then_the_first),
		cmocka_unit_test(a_long_word_is_near_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
