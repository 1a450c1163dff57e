/* Names: what is one, how it becomes a path and back, how it is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "name.h"

static void ordinary_and_strange_names_are_allowed(void **state)
{
	static const char *const good[] = {
		"foo",	"a b",	    "...",  "..a",  "a..", ".hidden",
		"-rf",	"$(ls)",    "a;b",  "%s%n", "\n",  "\xff\xfe",
		"a/b",	"a/...",    "@",    "@@",   "@a",  "a/@b",
		"\\",	"\"'`\"",   "*",    "\x01", "~",   "a/b/c/d",
		"con:", "\xc3\xa9", "state"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(name_check(good[i], strlen(good[i])), ERR_OK);
		assert_string_equal(name_fault(good[i], strlen(good[i])), "");
	}
}

static void impossible_names_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *name;
		size_t len;
		const char *why;
	} bad[] = {
		{"", 0, "is empty"},
		{"/", 1, "has an empty component"},
		{"/a", 2, "has an empty component"},
		{"a/", 2, "has an empty component"},
		{"a//b", 4, "has an empty component"},
		{".", 1, "has a component \".\" or \"..\""},
		{"..", 2, "has a component \".\" or \"..\""},
		{"a/../b", 6, "has a component \".\" or \"..\""},
		{"a/.", 3, "has a component \".\" or \"..\""},
		{"a\0b", 3, "has a NUL byte"},
		{"\0", 1, "has a NUL byte"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(name_check(bad[i].name, bad[i].len), ERR_NAME);
		assert_string_equal(name_fault(bad[i].name, bad[i].len),
				    bad[i].why);
	}
}

static void lengths_have_limits_that_can_be_reached(void **state)
{
	char name[NAME_MAX_BYTES + 1];

	(void)state;
	memset(name, 'x', sizeof(name));
	assert_int_equal(name_check(name, 255), ERR_OK);
	assert_int_equal(name_check(name, 256), ERR_NAME);
	name[0] = '@';
	assert_int_equal(name_check(name, 254), ERR_OK);
	assert_int_equal(name_check(name, 255), ERR_NAME);
	for (size_t i = 1; i < sizeof(name); i += 2)
		name[i] = '/';
	name[NAME_MAX_BYTES - 1] = 'x';
	assert_int_equal(name_check(name, NAME_MAX_BYTES - 1), ERR_OK);
	assert_int_equal(name_check(name, NAME_MAX_BYTES), ERR_OK);
	assert_int_equal(name_check(name, NAME_MAX_BYTES + 1), ERR_NAME);
	assert_string_equal(name_fault(name, NAME_MAX_BYTES + 1),
			    "is longer than 1024 bytes");
}

static void a_path_doubles_the_at_sign_that_begins_a_component(void **state)
{
	static const char *const rows[][2] = {
		{"foo", "foo"},	  {"@foo", "@@foo"}, {"a/@b/c", "a/@@b/c"},
		{"a@b", "a@b"},	  {"@@", "@@@"},     {"@state", "@@state"},
		{"@/@", "@@/@@"},
	};
	char path[NAME_PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = name_to_path(rows[i][0], strlen(rows[i][0]), path);

		assert_string_equal(path, rows[i][1]);
		assert_int_equal(n, strlen(path));
	}
}

static void the_longest_path_fits(void **state)
{
	char name[NAME_MAX_BYTES], path[NAME_PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 == 0 ? '@' : '/';
	name[NAME_MAX_BYTES - 1] = 'x';
	assert_int_equal(name_check(name, sizeof(name)), ERR_OK);
	assert_int_equal(name_to_path(name, sizeof(name), path),
			 NAME_MAX_BYTES + NAME_MAX_BYTES / 2);
	assert_int_equal(strlen(path), NAME_MAX_BYTES + NAME_MAX_BYTES / 2);
}

static void a_component_on_disk_gives_its_name_back(void **state)
{
	char longest[NAME_COMPONENT_MAX + 2], out[NAME_COMPONENT_MAX + 1];

	(void)state;
	assert_int_equal(name_from_component("foo", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, "foo");
	assert_int_equal(name_from_component("@@x", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, "@x");
	assert_int_equal(name_from_component("@@", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, "@");
	memset(longest, 'x', sizeof(longest));
	longest[NAME_COMPONENT_MAX] = '\0';
	assert_int_equal(name_from_component(longest, out, sizeof(out)),
			 ERR_OK);
	assert_string_equal(out, longest);
	assert_int_equal(name_from_component(longest, out, sizeof(out) - 1),
			 ERR_LIMIT);
}

static void a_reserved_or_impossible_component_is_no_name(void **state)
{
	static const char *const bad[] = {"",	    ".",     "..",  "@", "@s",
					  "@state", "@c-00", "a/b", "/"};
	char longest[NAME_COMPONENT_MAX + 2], out[512] = "kept";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(name_from_component(bad[i], out, sizeof(out)),
				 ERR_NAME);
	memset(longest, 'x', sizeof(longest));
	longest[NAME_COMPONENT_MAX + 1] = '\0';
	assert_int_equal(name_from_component(longest, out, sizeof(out)),
			 ERR_NAME);
	assert_string_equal(out, "kept");
}

static void order_is_that_of_bytes_and_prefixes_come_first(void **state)
{
	(void)state;
	assert_true(name_compare("a", 1, "b", 1) < 0);
	assert_true(name_compare("b", 1, "a", 1) > 0);
	assert_int_equal(name_compare("a", 1, "a", 1), 0);
	assert_true(name_compare("a", 1, "ab", 2) < 0);
	assert_true(name_compare("ab", 2, "a", 1) > 0);
	assert_true(name_compare("", 0, "a", 1) < 0);
	assert_true(name_compare("a", 1, "\xff", 1) < 0);
	assert_true(name_compare("foo.1", 5, "foo/1", 5) < 0);
}

static void check_escape(const char *name, const char *want)
{
	char out[128];

	assert_int_equal(name_escape(name, strlen(name), out, sizeof(out)),
			 strlen(want));
	assert_string_equal(out, want);
}

static void control_bytes_are_escaped_and_text_is_not(void **state)
{
	(void)state;
	check_escape("plain name.txt", "plain name.txt");
	check_escape("a\nb\tc\\d", "a\\nb\\tc\\\\d");
	check_escape("\x1b[31m\x7f", "\\x1b[31m\\x7f");
	check_escape("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		     "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	check_escape("\xc2\x80\xc2\x9f", "\\xc2\\x80\\xc2\\x9f");
	check_escape("\xc2\xa0", "\xc2\xa0");
}

static void what_turns_the_text_around_is_escaped(void **state)
{
	(void)state;
	check_escape("a\xe2\x80\xae"
		     "b",
		     "a\\xe2\\x80\\xaeb");
	check_escape("\xe2\x80\xa7", "\xe2\x80\xa7");
	check_escape("\xe2\x80\xa8", "\\xe2\\x80\\xa8");
	check_escape("\xe2\x80\xaf", "\xe2\x80\xaf");
	check_escape("\xe2\x81\xa5", "\xe2\x81\xa5");
	check_escape("\xe2\x81\xa6", "\\xe2\\x81\\xa6");
	check_escape("\xe2\x81\xa9", "\\xe2\\x81\\xa9");
	check_escape("\xe2\x81\xaa", "\xe2\x81\xaa");
	/* In words of Persian or Hebrew. */
	check_escape("\xe2\x80\x8c\xe2\x80\x8f", "\xe2\x80\x8c\xe2\x80\x8f");
}

static void broken_utf8_is_escaped_byte_by_byte(void **state)
{
	(void)state;
	check_escape("\xff", "\\xff");
	check_escape("\xc3", "\\xc3");
	check_escape("\xc3x", "\\xc3x");
	check_escape("\xe2\x82", "\\xe2\\x82");
	check_escape("\xc0\xaf", "\\xc0\\xaf");
	check_escape("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	check_escape("\xed\xa0\x80", "\\xed\\xa0\\x80");
	check_escape("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	check_escape("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
	check_escape("\x80", "\\x80");
}

static void a_nul_byte_is_escaped_too(void **state)
{
	char out[16];

	(void)state;
	assert_int_equal(name_escape("a\0b", 3, out, sizeof(out)), 6);
	assert_string_equal(out, "a\\x00b");
}

static void an_escape_that_does_not_fit_is_left_out_whole(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(name_escape("abc\x01"
				     "d",
				     5, out, 7),
			 8);
	assert_string_equal(out, "abc");
	assert_int_equal(name_escape("abc\x01", 4, out, 8), 7);
	assert_string_equal(out, "abc\\x01");
	assert_int_equal(name_escape("ab\xe2\x82\xac", 5, out, 5), 5);
	assert_string_equal(out, "ab");
	out[0] = 'k';
	assert_int_equal(name_escape("abc", 3, out, 0), 3);
	assert_int_equal(out[0], 'k');
	assert_int_equal(name_escape("abc", 3, out, 1), 3);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_and_strange_names_are_allowed),
		cmocka_unit_test(impossible_names_are_refused_with_a_reason),
		cmocka_unit_test(lengths_have_limits_that_can_be_reached),
		cmocka_unit_test(
			a_path_doubles_the_at_sign_that_begins_a_component),
		cmocka_unit_test(the_longest_path_fits),
		cmocka_unit_test(a_component_on_disk_gives_its_name_back),
		cmocka_unit_test(a_reserved_or_impossible_component_is_no_name),
		cmocka_unit_test(
			order_is_that_of_bytes_and_prefixes_come_first),
		cmocka_unit_test(control_bytes_are_escaped_and_text_is_not),
		cmocka_unit_test(what_turns_the_text_around_is_escaped),
		cmocka_unit_test(broken_utf8_is_escaped_byte_by_byte),
		cmocka_unit_test(a_nul_byte_is_escaped_too),
		cmocka_unit_test(an_escape_that_does_not_fit_is_left_out_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
