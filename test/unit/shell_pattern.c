/* Names against patterns: what a star crosses, and what it costs. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "pattern.h"

static void a_star_does_not_cross_a_slash(void **state)
{
	(void)state;
	assert_true(pattern_matches("docs/*.txt", "docs/a.txt"));
	assert_true(pattern_matches("docs/*.txt", "docs/.txt"));
	assert_false(pattern_matches("docs/*.txt", "docs/a/b.txt"));
	assert_false(pattern_matches("docs?a", "docs/a"));
	assert_false(pattern_matches("docs[/]a", "docs/a"));
	assert_false(pattern_matches("*", "a/b"));
}

static void a_leading_dot_is_nothing_special(void **state)
{
	(void)state;
	assert_true(pattern_matches("*", ".hidden"));
	assert_true(pattern_matches("a/?x", "a/.x"));
}

static void all_of_the_name_must_match(void **state)
{
	(void)state;
	assert_true(pattern_matches("a[b-d]e", "ace"));
	assert_false(pattern_matches("a[!b-d]e", "ace"));
	assert_false(pattern_matches("a", "ab"));
	assert_false(pattern_matches("ab", "a"));
}

static void a_backslash_makes_a_wildcard_literal(void **state)
{
	(void)state;
	assert_true(pattern_matches("a\\*", "a*"));
	assert_false(pattern_matches("a\\*", "ab"));
	assert_true(pattern_matches("a\\*\\*", "a**"));
	assert_false(pattern_matches("a\\**", "a*/b"));
}

static void a_character_or_else_a_byte_is_matched(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	assert_true(pattern_matches("caf?", "caf\xc3\xa9"));
	assert_true(pattern_matches("*.txt", "\xff\xc3.txt"));
	assert_true(pattern_matches("a?b", "a\xff"
					   "b"));
	assert_true(pattern_matches("**/x?", "\xff/x\xff"));
	setlocale(LC_CTYPE, "C");
}

static void two_stars_stand_for_any_components(void **state)
{
	static const struct {
		const char *pattern;
		const char *name;
		bool matches;
	} rows[] = {
		{"docs/**", "docs/a", true},
		{"docs/**", "docs/a/b/c", true},
		{"docs/**", "docs", false},
		{"docs/**", "docs2/a", false},
		{"**", "a/b", true},
		{"**/x", "x", true},
		{"**/x", "a/b/x", true},
		{"**/x", "a/bx", false},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"a/**/b", "a/x/y/b/c", false},
		{"*/**/b", "b", false},
		{"*/**/b", "x/b", true},
		{"**/a/*/**/c", "z/a/a/b/c", true},
		{"**/a/*/**/c", "z/a/c", false},
		{"**/a/b/**/a/c", "a/a/b/a/b/a/c", true},
		{"a/**/*.txt", "a/b/c.txt", true},
		{"**/*", "a", true},
		{"**/**", "a", true},
		{"docs/**.txt", "docs/a/b.txt", true},
		{"docs/**.txt", "docs.txt", false},
		{"a**z", "a/b/z", true},
		{"a\\*\\*/b", "ax/b", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (pattern_matches(rows[i].pattern, rows[i].name) !=
		    rows[i].matches)
			fail_msg("%s and %s", rows[i].pattern, rows[i].name);
}

static void a_literal_prefix_is_unescaped(void **state)
{
	char long_one[PATTERN_MAX + 3];
	char out[PATTERN_MAX + 1];

	(void)state;
	assert_int_equal(pattern_prefix("docs/a*b", out), 6);
	assert_string_equal(out, "docs/a");
	assert_int_equal(pattern_prefix("a\\*\\\\b?", out), 4);
	assert_string_equal(out, "a*\\b");
	assert_int_equal(pattern_prefix("[a]", out), 0);
	assert_string_equal(out, "");
	assert_int_equal(pattern_prefix("plain", out), 5);
	memset(long_one, 'x', sizeof(long_one));
	long_one[sizeof(long_one) - 1] = '\0';
	assert_int_equal(pattern_prefix(long_one, out), PATTERN_MAX);
	assert_int_equal(strlen(out), PATTERN_MAX);
}

static void wildcards_are_seen_unless_literal(void **state)
{
	(void)state;
	assert_true(pattern_is_glob("a*"));
	assert_true(pattern_is_glob("a?"));
	assert_true(pattern_is_glob("[a"));
	assert_true(pattern_is_glob("\\\\*"));
	assert_false(pattern_is_glob("a\\*\\?\\["));
	assert_false(pattern_is_glob("a]\\"));
}

static void a_pattern_is_bounded(void **state)
{
	char p[PATTERN_MAX + 2];

	(void)state;
	memset(p, 'x', sizeof(p));
	p[PATTERN_MAX + 1] = '\0';
	assert_int_equal(pattern_check(p), ERR_LIMIT);
	assert_false(pattern_matches(p, p));
	p[PATTERN_MAX] = '\0';
	assert_int_equal(pattern_check(p), ERR_OK);
	assert_true(pattern_matches(p, p));
	memset(p, '*', PATTERN_STARS_MAX + 1);
	p[PATTERN_STARS_MAX + 1] = '\0';
	assert_int_equal(pattern_check(p), ERR_LIMIT);
	assert_false(pattern_matches(p, "x"));
	p[PATTERN_STARS_MAX] = '\0';
	assert_int_equal(pattern_check(p), ERR_OK);
}

static void a_pattern_without_sense_is_refused(void **state)
{
	(void)state;
	assert_int_equal(pattern_check(""), ERR_FORMAT);
	assert_int_equal(pattern_check("a\\"), ERR_FORMAT);
	assert_int_equal(pattern_check("a\\/b"), ERR_FORMAT);
	assert_false(pattern_matches("", ""));
}

/* As many stars as there may be, each with something to try again. */
static void worst(char *pattern, const char *piece)
{
	size_t len = strlen(piece);

	pattern[0] = '\0';
	for (unsigned stars = 0; stars < PATTERN_STARS_MAX; stars++) {
		if (strchr(piece + 1, '*'))
			stars++;
		strncat(pattern, piece, len);
	}
	strncat(pattern, "b", 2);
}

static void a_hostile_pattern_ends(void **state)
{
	static const char *const pieces[] = {"*a", "*[ab]", "*?a", "**/a/",
					     "a**a"};
	char flat[1025];
	char deep[1025];
	char p[PATTERN_MAX + 1];
	clock_t begin = clock();

	(void)state;
	memset(flat, 'a', 1024);
	for (size_t i = 0; i < 1024; i++)
		deep[i] = i % 2 ? '/' : 'a';
	flat[1024] = deep[1024] = '\0';
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		worst(p, pieces[i]);
		assert_int_equal(pattern_check(p), ERR_OK);
		assert_false(pattern_matches(p, flat));
		assert_false(pattern_matches(p, deep));
	}
	/* One `**`, and as much as there may be to try again behind it. */
	(void)memcpy(p, "**/", 4);
	for (size_t i = 3; i < PATTERN_MAX - 1; i++)
		p[i] = i % 2 ? 'a' : '/';
	p[PATTERN_MAX - 1] = 'b';
	p[PATTERN_MAX] = '\0';
	assert_int_equal(pattern_check(p), ERR_OK);
	assert_false(pattern_matches(p, deep));
	deep[511] = '\0';
	p[511] = '\0';
	assert_false(pattern_matches(p, deep));
	assert_true(clock() - begin < 5 * CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_star_does_not_cross_a_slash),
		cmocka_unit_test(a_leading_dot_is_nothing_special),
		cmocka_unit_test(all_of_the_name_must_match),
		cmocka_unit_test(a_backslash_makes_a_wildcard_literal),
		cmocka_unit_test(a_character_or_else_a_byte_is_matched),
		cmocka_unit_test(two_stars_stand_for_any_components),
		cmocka_unit_test(a_literal_prefix_is_unescaped),
		cmocka_unit_test(wildcards_are_seen_unless_literal),
		cmocka_unit_test(a_pattern_is_bounded),
		cmocka_unit_test(a_pattern_without_sense_is_refused),
		cmocka_unit_test(a_hostile_pattern_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
