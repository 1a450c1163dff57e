/* The screen of the dialogues: what is where after which bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "screen.h"

/* On a screen of 10 columns and 4 rows: the rows, joined by |, then the
 * cursor's row and column. */
struct row {
	const char *bytes;
	const char *rows;
	unsigned row;
	unsigned col;
};

static void put(struct screen *s, const char *bytes)
{
	for (; *bytes != '\0'; bytes++)
		screen_put(s, (unsigned char)*bytes);
}

static void check_screen(const struct screen *s, const char *bytes,
			 const char *rows, unsigned row, unsigned col)
{
	char all[4 * SCREEN_ROW_MAX];
	size_t len = 0;

	assert_true(screen_rows(s) <= 4);
	for (unsigned r = 1; r <= screen_rows(s); r++) {
		if (r > 1)
			all[len++] = '|';
		len += screen_text(s, r, all + len);
	}
	if (strcmp(all, rows) != 0 || screen_cursor_row(s) != row ||
	    screen_cursor_col(s) != col)
		fail_msg("\"%s\": \"%s\", at %u,%u; wanted \"%s\", at %u,%u",
			 bytes, all, screen_cursor_row(s), screen_cursor_col(s),
			 rows, row, col);
	if (screen_unknown(s) != 0)
		fail_msg("\"%s\": unknown: %s", bytes, screen_unknown_first(s));
}

#define check_rows(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

static void check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct screen *s = screen_new(10, 4);

		assert_non_null(s);
		put(s, rows[i].bytes);
		check_screen(s, rows[i].bytes, rows[i].rows, rows[i].row,
			     rows[i].col);
		screen_free(s);
	}
}

static void text_and_line_ends_go_where_they_should(void **state)
{
	static const struct row rows[] = {
		{"", "|||", 1, 1},
		{"ab", "ab|||", 1, 3},
		{"ab  ", "ab|||", 1, 5},
		{"ab\ncd", "ab|  cd||", 2, 5},
		{"ab\r\ncd", "ab|cd||", 2, 3},
		{"ab\rc", "cb|||", 1, 2},
		{"ab\bc", "ac|||", 1, 3},
		{"\b\bx", "x|||", 1, 2},
		{"a\tb", "a       b|||", 1, 10},
		{"a\t\tb", "a        b|||", 1, 10},
		{"a\ab", "ab|||", 1, 3},
		{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80x",
		 "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80x|||", 1, 5},
		{"a\xc3z", "a\xef\xbf\xbdz|||", 1, 4},
		{"a\x80z", "a\xef\xbf\xbdz|||", 1, 4},
		{"a\xc0\xafz", "a\xef\xbf\xbdz|||", 1, 4},
	};

	(void)state;
	check_rows(rows);
}

static void the_last_column_wraps_at_the_next_character(void **state)
{
	static const struct row rows[] = {
		{"0123456789", "0123456789|||", 1, 10},
		{"0123456789a", "0123456789|a||", 2, 2},
		{"0123456789\r", "0123456789|||", 1, 1},
		{"0123456789\r\na", "0123456789|a||", 2, 2},
		{"0123456789\nz", "0123456789|         z||", 2, 10},
		{"0123456789\bz", "01234567z9|||", 1, 10},
		{"0123456789\x1b[Kz", "012345678z|||", 1, 10},
		{"0123456789\x1b[Dz", "01234567z9|||", 1, 10},
		{"0123456789\x1b[mz", "0123456789|z||", 2, 2},
		{"0123456789 \r", "0123456789|||", 2, 1},
	};

	(void)state;
	check_rows(rows);
}

static void the_last_row_scrolls(void **state)
{
	static const struct row rows[] = {
		{"a\r\nb\r\nc\r\nd", "a|b|c|d", 4, 2},
		{"a\r\nb\r\nc\r\nd\r\ne", "b|c|d|e", 4, 2},
		{"\x1b[4;9Habc", "||        ab|c", 4, 2},
		{"a\x1b[H\x1bMb", "b|a||", 1, 2},
		{"a\r\nb\r\nc\r\nd\x1b[2;3r\n", "a|b|c|d", 2, 1},
		{"a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[3H\nx", "a|c|x|d", 3, 2},
		{"a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[2H\x1bMx", "a|x|b|d", 2, 2},
		{"a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[4H\n", "a|b|c|d", 4, 1},
		{"a\r\nb\r\nc\r\nd\x1b[2S", "c|d||", 4, 2},
		{"a\r\nb\r\nc\r\nd\x1b[T", "|a|b|c", 4, 2},
	};

	(void)state;
	check_rows(rows);
}

static void the_cursor_moves_and_stays_inside(void **state)
{
	static const struct row rows[] = {
		{"\x1b[3;4Hx", "||   x|", 3, 5},
		{"\x1b[99;99H", "|||", 4, 10},
		{"\x1b[0;0H", "|||", 1, 1},
		{"\x1b[;5H", "|||", 1, 5},
		{"\x1b[2B\x1b[3C", "|||", 3, 4},
		{"\x1b[4;4H\x1b[2A\x1b[D", "|||", 2, 3},
		{"\x1b[9A\x1b[9D", "|||", 1, 1},
		{"\x1b[99B\x1b[99C", "|||", 4, 10},
		{"abc\x1b[2G", "abc|||", 1, 2},
		{"abc\x1b[3d", "abc|||", 3, 4},
		{"abc\x1b[E", "abc|||", 2, 1},
		{"\n\nabc\x1b[F", "||abc|", 2, 1},
		{"ab\x1b"
		 "7\x1b[4;4H\x1b"
		 "8c",
		 "abc|||", 1, 4},
		{"a\x1b"
		 "Db\x1b"
		 "Ec",
		 "a| b|c|", 3, 2},
	};

	(void)state;
	check_rows(rows);
}

#define FULL "0123\r\nabcd\r\nABCD\r\nwxyz\x1b[2;3H"

static void cells_are_erased_inserted_and_deleted(void **state)
{
	static const struct row rows[] = {
		{FULL "\x1b[K", "0123|ab|ABCD|wxyz", 2, 3},
		{FULL "\x1b[1K", "0123|   d|ABCD|wxyz", 2, 3},
		{FULL "\x1b[2K", "0123||ABCD|wxyz", 2, 3},
		{FULL "\x1b[J", "0123|ab||", 2, 3},
		{FULL "\x1b[1J", "|   d|ABCD|wxyz", 2, 3},
		{FULL "\x1b[2J", "|||", 2, 3},
		{FULL "\x1b[3J", "0123|abcd|ABCD|wxyz", 2, 3},
		{FULL "\x1b[H\x1b[J", "|||", 1, 1},
		{FULL "\x1b[2@", "0123|ab  cd|ABCD|wxyz", 2, 3},
		{FULL "\x1b[99@", "0123|ab|ABCD|wxyz", 2, 3},
		{FULL "\x1b[D\x1b[2P", "0123|ad|ABCD|wxyz", 2, 2},
		{FULL "\x1b[99P", "0123|ab|ABCD|wxyz", 2, 3},
		{FULL "\x1b[D\x1b[2X", "0123|a  d|ABCD|wxyz", 2, 2},
		{FULL "\x1b[L", "0123||abcd|ABCD", 2, 1},
		{FULL "\x1b[2M", "0123|wxyz||", 2, 1},
		{FULL "\x1b[4hX\x1b[4lY", "0123|abXYd|ABCD|wxyz", 2, 5},
		{FULL "\x1b"
		      "c",
		 "|||", 1, 1},
	};

	(void)state;
	check_rows(rows);
}

static void what_changes_no_text_is_taken(void **state)
{
	static const struct row rows[] = {
		{"\x1b[1;31mred\x1b[0m", "red|||", 1, 4},
		{"\x1b[38:5:1mred\x1b(B\x1b[m", "red|||", 1, 4},
		{"\x1b[?2004h$ \x1b[?2004l\r", "$|||", 1, 1},
		{"\x1b]0;a title\a$", "$|||", 1, 2},
		{"\x1b]0;a \xc3\xa4 title\x1b\\$", "$|||", 1, 2},
		{"\x1b=\x1b>\x0f$", "$|||", 1, 2},
		{"\x1b[2\x18$", "$|||", 1, 2},
		{"ab\x1b[\bDx", "xb|||", 1, 2},
	};

	(void)state;
	check_rows(rows);
}

static void unknown_sequences_are_ignored_and_counted(void **state)
{
	static const struct {
		const char *bytes;
		const char *first;
	} rows[] = {
		{"a\x1b[5nb", "[5n"},	   {"a\x1b[>4;1mb", "[>4;1m"},
		{"a\x1b[2 qb", "[2 q"},	   {"a\x1bZb", "Z"},
		{"a\x1bPq\x1b\\b", "P"},   {"a\x05\x62", "\x05"},
		{"a\xc2\x9b\x62", "\x9b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct screen *s = screen_new(10, 4);
		char text[SCREEN_ROW_MAX];

		assert_non_null(s);
		put(s, rows[i].bytes);
		screen_text(s, 1, text);
		assert_string_equal(text, "ab");
		assert_int_equal(screen_unknown(s), 1);
		assert_string_equal(screen_unknown_first(s), rows[i].first);
		screen_free(s);
	}
}

static void only_text_is_told_to_be_text(void **state)
{
	static const char bytes[] = "a\x1b[1mb\x1b]0;t\ac\xc3\xa4\r\n\a"
				    "\x1b(Bd\x0f\x1b[Ke\x1b]1\x1b\\f";
	struct screen *s = screen_new(10, 4);
	char text[sizeof(bytes)] = "";
	size_t len = 0;

	(void)state;
	assert_non_null(s);
	for (const char *b = bytes; *b != '\0'; b++)
		if (screen_put(s, (unsigned char)*b))
			text[len++] = *b;
	assert_string_equal(text, "abc\xc3\xa4\r\n\a"
				  "def");
	screen_free(s);
}

static void another_size_keeps_the_cursor_in_sight(void **state)
{
	struct screen *s = screen_new(10, 4);

	(void)state;
	assert_non_null(s);
	put(s, "0123456789\r\nabc\r\nd");
	assert_int_equal(screen_resize(s, 6, 2), ERR_OK);
	check_screen(s, "6x2", "abc|d", 2, 2);
	assert_int_equal(screen_resize(s, 12, 3), ERR_OK);
	put(s, "\r\ne\r\nf");
	check_screen(s, "12x3", "d|e|f", 3, 2);
	assert_int_equal(screen_resize(s, 0, 3), ERR_RANGE);
	assert_int_equal(screen_resize(s, SCREEN_SIDE_MAX + 1, 3), ERR_RANGE);
	check_screen(s, "no size", "d|e|f", 3, 2);
	screen_free(s);
	assert_null(screen_new(0, 4));
	assert_null(screen_new(10, SCREEN_SIDE_MAX + 1));
}

/* Under a sanitizer: nothing is read or written outside. */
static void no_bytes_lead_out_of_the_screen(void **state)
{
	static const char some[] = "\x1b[];?0123456789ABCDJKLMPSTXdrhm@\b\t\n\r"
				   "\x1b\x1b[[9MLab\xc3\xe2\x82\xf0\x18";
	struct screen *s = screen_new(7, 3);
	char text[SCREEN_ROW_MAX];
	uint32_t x = 1;

	(void)state;
	assert_non_null(s);
	for (unsigned i = 0; i < 300000; i++) {
		x = x * 1664525u + 1013904223u;
		screen_put(s,
			   (unsigned char)some[(x >> 16) % (sizeof(some) - 1)]);
		if (x % 997 == 0)
			assert_int_equal(screen_resize(s, 1 + (x >> 8) % 20,
						       1 + (x >> 20) % 9),
					 ERR_OK);
		assert_in_range(screen_cursor_row(s), 1, screen_rows(s));
		assert_in_range(screen_cursor_col(s), 1, screen_cols(s));
		screen_text(s, screen_cursor_row(s), text);
	}
	screen_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_line_ends_go_where_they_should),
		cmocka_unit_test(the_last_column_wraps_at_the_next_character),
		cmocka_unit_test(the_last_row_scrolls),
		cmocka_unit_test(the_cursor_moves_and_stays_inside),
		cmocka_unit_test(cells_are_erased_inserted_and_deleted),
		cmocka_unit_test(what_changes_no_text_is_taken),
		cmocka_unit_test(unknown_sequences_are_ignored_and_counted),
		cmocka_unit_test(only_text_is_told_to_be_text),
		cmocka_unit_test(another_size_keeps_the_cursor_in_sight),
		cmocka_unit_test(no_bytes_lead_out_of_the_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
