/* Lines into words, and names into words that are read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "digest.h"
#include "words.h"

#define NAMES 20000

static uint64_t seed;

static uint32_t next_random(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33);
}

static enum err parse(struct words *w, const char *line)
{
	return words_parse(w, line, strlen(line));
}

/* want: words up to NULL. */
static void expect(const char *line, const char *const *want)
{
	struct words w;
	size_t count = 0;

	assert_int_equal(parse(&w, line), ERR_OK);
	for (; want[count]; count++) {
		assert_true(count < w.count);
		assert_string_equal(w.list[count].text, want[count]);
	}
	assert_int_equal(w.count, count);
	words_release(&w);
}

#define EXPECT(line, ...) expect(line, (const char *const[]){__VA_ARGS__, NULL})

static void blanks_separate_words(void **state)
{
	(void)state;
	EXPECT(" put  a\tb\n c ", "put", "a", "b", "c");
	EXPECT("", NULL);
	EXPECT(" \t\n", NULL);
	EXPECT("a\rb\xff", "a\rb\xff");
}

static void single_quotes_keep_everything(void **state)
{
	(void)state;
	EXPECT("'a  \\ \" # *'", "a  \\ \" # *");
	EXPECT("'a\nb'", "a\nb");
}

static void double_quotes_know_two_escapes(void **state)
{
	(void)state;
	EXPECT("\"a  \\\" \\\\ ' #\"", "a  \" \\ ' #");
	EXPECT("\"\\n\\$\\'\"", "\\n\\$\\'");
}

static void a_backslash_makes_the_next_character_literal(void **state)
{
	(void)state;
	EXPECT("a\\ b \\' \\\" \\\\ \\# \\n", "a b", "'", "\"", "\\", "#", "n");
}

static void pieces_that_touch_are_one_word(void **state)
{
	(void)state;
	EXPECT("a'b c'\"d e\"\\ f g", "ab cd e f", "g");
}

static void an_empty_quoted_string_is_a_word(void **state)
{
	(void)state;
	EXPECT("'' a \"\" ''\"\"", "", "a", "", "");
}

static void a_comment_begins_where_a_word_would(void **state)
{
	(void)state;
	EXPECT("ls a#b # c 'd \\", "ls", "a#b");
	EXPECT("# ls\nrm", "rm");
	EXPECT("''#a \\#b", "#a", "#b");
}

static void a_backslash_joins_two_lines(void **state)
{
	(void)state;
	EXPECT("ab\\\ncd", "abcd");
	EXPECT("a \\\n b", "a", "b");
	EXPECT("\"a\\\nb\"", "ab");
	EXPECT("'a\\\nb'", "a\\\nb");
}

static void an_unfinished_line_is_said_to_be_short(void **state)
{
	static const char *const lines[] = {"a 'b",   "\"",	  "a\\",
					    "\"a\\",  "\"a\\\"",  "\\",
					    "'a' 'b", "a \"b\nc", "'a\\"};
	struct words w;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(&w, lines[i]), ERR_SHORT);
}

static void a_nul_is_refused(void **state)
{
	struct words w;

	(void)state;
	assert_int_equal(words_parse(&w, "a\0b", 3), ERR_FORMAT);
	assert_int_equal(words_parse(&w, "# \0", 3), ERR_FORMAT);
}

static void the_limits_are_exact(void **state)
{
	char *line = malloc(WORDS_LINE_MAX + 1);
	struct words w;

	(void)state;
	assert_non_null(line);
	memset(line, 'x', WORDS_LINE_MAX + 1);
	assert_int_equal(words_parse(&w, line, WORDS_LINE_MAX), ERR_OK);
	assert_int_equal(strlen(w.list[0].text), WORDS_LINE_MAX);
	words_release(&w);
	assert_int_equal(words_parse(&w, line, WORDS_LINE_MAX + 1), ERR_LIMIT);
	for (size_t i = 1; i < (size_t)WORDS_MAX * 2; i += 2)
		line[i] = ' ';
	assert_int_equal(words_parse(&w, line, (size_t)WORDS_MAX * 2), ERR_OK);
	assert_int_equal(w.count, WORDS_MAX);
	words_release(&w);
	assert_int_equal(words_parse(&w, line, (size_t)WORDS_MAX * 2 + 1),
			 ERR_LIMIT);
	free(line);
}

static void only_an_unquoted_tilde_is_the_home_directory(void **state)
{
	static const struct {
		const char *line;
		bool home;
	} rows[] = {
		{"~", true},	  {"~/", true},	    {"~/a\\ 'b'", true},
		{"'~'/a", false}, {"\\~/a", false}, {"\"~/a\"", false},
		{"~a/b", false},  {"a~/", false},   {"''~/", false},
		{"/~", false},	  {"a", false},	    {"''", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct words w;

		assert_int_equal(parse(&w, rows[i].line), ERR_OK);
		assert_int_equal(w.list[0].home, rows[i].home);
		words_release(&w);
	}
}

static void only_unquoted_wildcards_make_a_glob(void **state)
{
	static const struct {
		const char *line;
		const char *pattern;
		bool glob;
		bool quoted;
	} rows[] = {
		{"a*", "a*", true, false},
		{"a?", "a?", true, false},
		{"[ab]", "[ab]", true, false},
		{"a\\*", "a\\*", false, true},
		{"'a*?['", "a\\*\\?\\[", false, true},
		{"\"a b\"*", "a b*", true, true},
		{"'*'*", "\\**", true, true},
		{"[a'-'c]", "[a\\-c]", true, true},
		{"[\"!\"a\"]\"]", "[\\!a\\]]", true, true},
		{"\"\\x\"", "\\\\x", false, true},
		{"a]b", "a]b", false, false},
		{"-r", "-r", false, false},
		{"''", "", false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct words w;

		assert_int_equal(parse(&w, rows[i].line), ERR_OK);
		assert_int_equal(w.count, 1);
		assert_string_equal(w.list[0].pattern, rows[i].pattern);
		assert_int_equal(w.list[0].glob, rows[i].glob);
		assert_int_equal(w.list[0].quoted, rows[i].quoted);
		words_release(&w);
	}
}

static void the_word_at_the_cursor_is_known(void **state)
{
	static const struct {
		const char *line;
		size_t before;
		size_t begin;
		const char *text;
		enum words_style style;
	} rows[] = {
		{"", 0, 0, "", WORDS_BARE},
		{"  ", 0, 2, "", WORDS_BARE},
		{"ge", 0, 0, "ge", WORDS_BARE},
		{"get", 0, 0, "get", WORDS_BARE},
		{"get ", 1, 4, "", WORDS_BARE},
		{"get a\\ b", 1, 4, "a b", WORDS_BARE},
		{"get 'a b", 1, 4, "a b", WORDS_SINGLE},
		{"get 'a b'", 1, 4, "a b", WORDS_BARE},
		{"get \"", 1, 4, "", WORDS_DOUBLE},
		{"get x\"a \\\"", 1, 4, "xa \"", WORDS_DOUBLE},
		{"get a\\", 1, 4, "a", WORDS_BARE},
		{"get \\", 1, 4, "", WORDS_BARE},
		{"get \"a\\", 1, 4, "a", WORDS_DOUBLE},
		{"get a \\\n", 2, 8, "", WORDS_BARE},
		{"get a\\\nb", 1, 4, "ab", WORDS_BARE},
		{"put 'a b' c*", 2, 10, "c*", WORDS_BARE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct words_partial p;
		size_t len = strlen(rows[i].line);

		assert_int_equal(words_parse_partial(&p, rows[i].line, len),
				 ERR_OK);
		assert_int_equal(p.before.count, rows[i].before);
		assert_int_equal(p.begin, rows[i].begin);
		assert_string_equal(p.word.text, rows[i].text);
		assert_int_equal(p.style, rows[i].style);
		words_partial_release(&p);
	}
}

static void the_words_before_the_cursor_are_decoded(void **state)
{
	struct words_partial p;

	(void)state;
	assert_int_equal(words_parse_partial(&p, "put 'a b' c", 10), ERR_OK);
	assert_int_equal(p.before.count, 2);
	assert_string_equal(p.before.list[1].text, "a b");
	assert_true(p.before.list[1].quoted);
	assert_string_equal(p.word.text, "");
	words_partial_release(&p);
}

static void nothing_is_completed_in_a_comment(void **state)
{
	struct words_partial p;

	(void)state;
	assert_int_equal(words_parse_partial(&p, "ls # a", 6), ERR_ABSENT);
	assert_int_equal(words_parse_partial(&p, "a\0", 2), ERR_FORMAT);
}

static void names_are_quoted_in_the_style_begun(void **state)
{
	static const struct {
		const char *name;
		const char *bare;
		const char *single;
		const char *twice;
	} rows[] = {
		{"plain", "plain", "'plain'", "\"plain\""},
		{"a b", "a\\ b", "'a b'", "\"a b\""},
		{"it's", "it\\'s", "'it'\\''s'", "\"it's\""},
		{"a\"\\", "a\\\"\\\\", "'a\"\\'", "\"a\\\"\\\\\""},
		{"*?[]", "\\*\\?\\[\\]", "'*?[]'", "\"*?[]\""},
		{"#a#", "\\#a#", "'#a#'", "\"#a#\""},
		{"!a!", "\\!a!", "'!a!'", "\"!a!\""},
		{"a\nb", "'a\nb'", "'a\nb'", "\"a\nb\""},
		{"\t\x7f", "\\\t\\\x7f", "'\t\x7f'", "\"\t\x7f\""},
		{"", "''", "''", "\"\""},
		{"caf\xc3\xa9", "caf\xc3\xa9", "'caf\xc3\xa9'",
		 "\"caf\xc3\xa9\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const want[] = {
			[WORDS_BARE] = rows[i].bare,
			[WORDS_SINGLE] = rows[i].single,
			[WORDS_DOUBLE] = rows[i].twice,
		};

		for (unsigned s = WORDS_BARE; s <= WORDS_DOUBLE; s++) {
			char *q =
				words_quote(rows[i].name, (enum words_style)s);

			assert_non_null(q);
			assert_string_equal(q, want[s]);
			free(q);
		}
	}
}

/* A word before it and one behind show that it stays alone. */
static void check_read_back(const char *name, enum words_style style)
{
	char line[256] = "put ";
	char *q = words_quote(name, style);
	struct words w;

	assert_non_null(q);
	assert_true(strlen(q) < sizeof(line) - 8);
	strcat(line, q);
	strcat(line, " x");
	free(q);
	assert_int_equal(parse(&w, line), ERR_OK);
	assert_int_equal(w.count, 3);
	assert_string_equal(w.list[1].text, name);
	assert_false(w.list[1].glob);
	words_release(&w);
}

static void any_name_is_read_back_as_it_was(void **state)
{
	static const char special[] = " \t\n'\"\\*?[]#!-a\x01\xff";

	(void)state;
	for (int i = 0; i < NAMES; i++) {
		char name[33];
		size_t len = next_random() % sizeof(name);

		for (size_t k = 0; k < len; k++)
			name[k] = next_random() % 4
					  ? special[next_random() %
						    (sizeof(special) - 1)]
					  : (char)(next_random() % 255 + 1);
		name[len] = '\0';
		for (unsigned s = WORDS_BARE; s <= WORDS_DOUBLE; s++)
			check_read_back(name, (enum words_style)s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_separate_words),
		cmocka_unit_test(single_quotes_keep_everything),
		cmocka_unit_test(double_quotes_know_two_escapes),
		cmocka_unit_test(a_backslash_makes_the_next_character_literal),
		cmocka_unit_test(pieces_that_touch_are_one_word),
		cmocka_unit_test(an_empty_quoted_string_is_a_word),
		cmocka_unit_test(a_comment_begins_where_a_word_would),
		cmocka_unit_test(a_backslash_joins_two_lines),
		cmocka_unit_test(an_unfinished_line_is_said_to_be_short),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(the_limits_are_exact),
		cmocka_unit_test(only_an_unquoted_tilde_is_the_home_directory),
		cmocka_unit_test(only_unquoted_wildcards_make_a_glob),
		cmocka_unit_test(the_word_at_the_cursor_is_known),
		cmocka_unit_test(the_words_before_the_cursor_are_decoded),
		cmocka_unit_test(nothing_is_completed_in_a_comment),
		cmocka_unit_test(names_are_quoted_in_the_style_begun),
		cmocka_unit_test(any_name_is_read_back_as_it_was),
	};
	const char *given = getenv("SEED");

	digest_random(&seed, sizeof(seed));
	if (given)
		seed = strtoull(given, NULL, 10);
	print_message("# SEED=%llu repeats this\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
