/* Placement: the table, the vectors, and the lengths of chunks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "layout.h"

static void the_names_of_the_manual_have_their_turn(void **state)
{
	static const struct {
		const char *name;
		unsigned x;
	} rows[] = {
		{"foo", 0},	 {"test.txt", 0},  {"big.bin", 0},
		{"foo2", 1},	 {"hello.txt", 1}, {"a", 1},
		{"file.bin", 2}, {".hidden", 2},   {"foo1", 3},
		{"foo3", 3},	 {"1.txt", 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			layout_turn(rows[i].name, strlen(rows[i].name), 4),
			rows[i].x);
}

/* MD5("foo") is acbd18db4cc2f85cedef654fccc4a4d8. */
static void the_whole_digest_counts_as_one_number(void **state)
{
	static const unsigned rows[][2] = {{1, 0},  {2, 0},  {3, 1},  {5, 0},
					   {7, 1},  {9, 1},  {11, 3}, {13, 0},
					   {63, 1}, {64, 24}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(layout_turn("foo", 3, rows[i][0]), rows[i][1]);
}

/* Chunks count from 1 here, as in the manual. */
static void four_servers_hold_the_pairs_of_the_table(void **state)
{
	static const unsigned table[4][4][2] = {
		{{1, 2}, {2, 3}, {3, 4}, {4, 1}},
		{{4, 1}, {1, 2}, {2, 3}, {3, 4}},
		{{3, 4}, {4, 1}, {1, 2}, {2, 3}},
		{{2, 3}, {3, 4}, {4, 1}, {1, 2}},
	};

	(void)state;
	for (unsigned x = 0; x < 4; x++) {
		for (unsigned s = 0; s < 4; s++) {
			unsigned first = layout_first(s, x, 4);

			assert_int_equal(first + 1, table[x][s][0]);
			assert_int_equal(layout_next(first, 4) + 1,
					 table[x][s][1]);
		}
	}
}

static void every_chunk_is_on_two_servers_for_any_number_of_them(void **state)
{
	(void)state;
	for (unsigned y = 2; y <= LAYOUT_MAX; y++) {
		for (unsigned x = 0; x < y; x++) {
			unsigned copies[LAYOUT_MAX] = {0};

			for (unsigned s = 0; s < y; s++) {
				unsigned first = layout_first(s, x, y);
				unsigned second = layout_next(first, y);

				assert_int_not_equal(first, second);
				assert_int_equal((first + x) % y, s);
				copies[first]++;
				copies[second]++;
			}
			for (unsigned c = 0; c < y; c++)
				assert_int_equal(copies[c], 2);
		}
	}
}

static void two_three_five_and_seven_servers_turn_likewise(void **state)
{
	static const struct {
		unsigned y, x, s, first, second;
	} rows[] = {
		{2, 0, 0, 0, 1}, {2, 0, 1, 1, 0}, {2, 1, 0, 1, 0},
		{2, 1, 1, 0, 1}, {3, 0, 2, 2, 0}, {3, 1, 0, 2, 0},
		{3, 1, 1, 0, 1}, {3, 2, 0, 1, 2}, {3, 2, 1, 2, 0},
		{5, 0, 4, 4, 0}, {5, 2, 0, 3, 4}, {5, 2, 1, 4, 0},
		{5, 2, 2, 0, 1}, {5, 4, 0, 1, 2}, {7, 0, 6, 6, 0},
		{7, 5, 0, 2, 3}, {7, 5, 4, 6, 0}, {7, 5, 5, 0, 1},
		{7, 6, 6, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned first = layout_first(rows[i].s, rows[i].x, rows[i].y);

		assert_int_equal(first, rows[i].first);
		assert_int_equal(layout_next(first, rows[i].y), rows[i].second);
	}
}

static void chunks_follow_each_other_and_make_the_file(void **state)
{
	static const uint64_t sizes[] = {
		0,	  1,	 2,	  3,	   4,
		5,	  63,	 64,	  65,	   4095,
		4096,	  65537, 5000000, 1000003, UINT64_C(1) << 40,
		INT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (unsigned y = 1; y <= LAYOUT_MAX; y++) {
			uint64_t at = 0, least = sizes[i] / y;

			for (unsigned c = 0; c < y; c++) {
				uint64_t len = layout_length(sizes[i], y, c);

				assert_true(layout_offset(sizes[i], y, c) ==
					    at);
				assert_true(len == least || len == least + 1);
				at += len;
			}
			assert_true(at == sizes[i]);
		}
	}
}

static void the_first_chunks_take_the_rest(void **state)
{
	(void)state;
	assert_int_equal(layout_length(10, 4, 0), 3);
	assert_int_equal(layout_length(10, 4, 1), 3);
	assert_int_equal(layout_length(10, 4, 2), 2);
	assert_int_equal(layout_length(10, 4, 3), 2);
	assert_int_equal(layout_offset(10, 4, 3), 8);
	assert_int_equal(layout_length(1, 4, 0), 1);
	assert_int_equal(layout_length(1, 4, 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_names_of_the_manual_have_their_turn),
		cmocka_unit_test(the_whole_digest_counts_as_one_number),
		cmocka_unit_test(four_servers_hold_the_pairs_of_the_table),
		cmocka_unit_test(
			every_chunk_is_on_two_servers_for_any_number_of_them),
		cmocka_unit_test(
			two_three_five_and_seven_servers_turn_likewise),
		cmocka_unit_test(chunks_follow_each_other_and_make_the_file),
		cmocka_unit_test(the_first_chunks_take_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
