/* The rules of --include and --exclude. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "filter.h"
#include "pattern.h"

/* Rules, each with its '+' or '-' in front, up to NULL. */
static void fill(struct filter *f, const char *const *rules)
{
	*f = (struct filter){0};
	for (; *rules; rules++)
		assert_int_equal(filter_add(f,
					    (*rules)[0] == '+' ? FILTER_INCLUDE
							       : FILTER_EXCLUDE,
					    *rules + 1),
				 ERR_OK);
}

static bool takes(const char *path, const char *const *rules)
{
	struct filter f;
	bool taken;

	fill(&f, rules);
	taken = filter_takes(&f, path);
	filter_release(&f);
	return taken;
}

#define TAKES(path, ...) takes(path, (const char *const[]){__VA_ARGS__, NULL})

static void no_rule_takes_everything(void **state)
{
	(void)state;
	assert_true(TAKES("a/b", NULL));
}

static void the_first_rule_that_matches_decides(void **state)
{
	(void)state;
	assert_true(TAKES("a/keep.o", "+keep.*", "-*.o"));
	assert_false(TAKES("a/keep.o", "-*.o", "+keep.*"));
}

static void what_no_rule_matches_depends_on_the_kinds(void **state)
{
	(void)state;
	assert_true(TAKES("x", "-*.o"));
	assert_false(TAKES("x", "+*.o"));
	assert_true(TAKES("x", "+*.o", "-*.c"));
	assert_true(TAKES("x", "-*.c", "+*.o"));
}

static void without_a_slash_the_last_component_is_matched(void **state)
{
	(void)state;
	assert_false(TAKES("x.o", "-*.o"));
	assert_false(TAKES("a/b/x.o", "-*.o"));
	assert_true(TAKES("a.o/x", "-*.o"));
}

static void with_a_slash_the_whole_path_is_matched(void **state)
{
	(void)state;
	assert_false(TAKES("src/x.o", "-src/*.o"));
	assert_true(TAKES("a/src/x.o", "-src/*.o"));
	assert_true(TAKES("src/a/x.o", "-src/*.o"));
	assert_false(TAKES("src/a/x.o", "-src/**/*.o"));
}

static void a_leading_slash_means_the_top(void **state)
{
	(void)state;
	assert_false(TAKES("README", "-/README"));
	assert_true(TAKES("a/README", "-/README"));
	assert_false(TAKES("src/x.o", "-/src/*.o"));
}

static void a_trailing_slash_means_all_below(void **state)
{
	(void)state;
	assert_false(TAKES("tmp/x", "-tmp/"));
	assert_false(TAKES("a/tmp/b/x", "-tmp/"));
	assert_true(TAKES("a/tmp", "-tmp/"));
	assert_true(TAKES("a/tmp2/x", "-tmp/"));
	assert_false(TAKES("a/t1/x", "-t?/"));
	assert_false(TAKES("tmp/x", "-/tmp/"));
	assert_true(TAKES("a/tmp/x", "-/tmp/"));
	assert_false(TAKES("a/b/c/x", "-a/b/"));
	assert_true(TAKES("c/a/b/x", "-a/b/"));
	assert_false(TAKES("c/a/b/x", "-**/a/b/"));
}

static void a_bad_pattern_leaves_the_filter_as_it_was(void **state)
{
	static const char *const bad[] = {"", "/", "//", "///", "a\\", "a\\/"};
	char stars[PATTERN_STARS_MAX + 2];
	struct filter f;

	(void)state;
	fill(&f, (const char *const[]){"+a", NULL});
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(filter_add(&f, FILTER_EXCLUDE, bad[i]),
				 ERR_FORMAT);
	memset(stars, '*', sizeof(stars) - 1);
	stars[sizeof(stars) - 1] = '\0';
	assert_int_equal(filter_add(&f, FILTER_EXCLUDE, stars), ERR_LIMIT);
	assert_int_equal(f.count, 1);
	assert_false(filter_takes(&f, "x"));
	filter_release(&f);
}

static void there_may_be_many_rules(void **state)
{
	struct filter f = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(filter_add(&f, FILTER_EXCLUDE, "a"), ERR_OK);
	assert_int_equal(filter_add(&f, FILTER_EXCLUDE, "last"), ERR_OK);
	assert_false(filter_takes(&f, "last"));
	filter_release(&f);
	assert_true(filter_takes(&f, "last"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_rule_takes_everything),
		cmocka_unit_test(the_first_rule_that_matches_decides),
		cmocka_unit_test(what_no_rule_matches_depends_on_the_kinds),
		cmocka_unit_test(without_a_slash_the_last_component_is_matched),
		cmocka_unit_test(with_a_slash_the_whole_path_is_matched),
		cmocka_unit_test(a_leading_slash_means_the_top),
		cmocka_unit_test(a_trailing_slash_means_all_below),
		cmocka_unit_test(a_bad_pattern_leaves_the_filter_as_it_was),
		cmocka_unit_test(there_may_be_many_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
