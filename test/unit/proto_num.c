/* Numbers: what is one, what is too large, what is something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "num.h"

struct row {
	const char *text;
	enum err e;
	uint64_t v;
};

#define check_rows(rows, parse) \
	check_all(rows, sizeof(rows) / sizeof(rows[0]), parse)

static void check_all(const struct row *rows, size_t count,
		      enum err (*parse)(const char *, uint64_t, uint64_t,
					uint64_t *))
{
	for (size_t i = 0; i < count; i++) {
		uint64_t v = 0xa5a5;
		enum err e = parse(rows[i].text, 0, UINT64_MAX, &v);

		if (e != rows[i].e || v != (e ? 0xa5a5 : rows[i].v))
			fail_msg("\"%s\": error %d, value %ju", rows[i].text,
				 (int)e, (uintmax_t)v);
	}
}

static void a_number_is_digits_and_nothing_else(void **state)
{
	static const struct row rows[] = {
		{"0", ERR_OK, 0},
		{"7", ERR_OK, 7},
		{"18446744073709551615", ERR_OK, UINT64_MAX},
		{"18446744073709551616", ERR_RANGE, 0},
		{"99999999999999999999999999", ERR_RANGE, 0},
		{"", ERR_FORMAT, 0},
		{"00", ERR_FORMAT, 0},
		{"010", ERR_FORMAT, 0},
		{"0x10", ERR_FORMAT, 0},
		{"80x", ERR_FORMAT, 0},
		{"+1", ERR_FORMAT, 0},
		{"-1", ERR_FORMAT, 0},
		{" 1", ERR_FORMAT, 0},
		{"1 ", ERR_FORMAT, 0},
		{"1.5", ERR_FORMAT, 0},
		{"1e3", ERR_FORMAT, 0},
		{"99999999999999999999x", ERR_FORMAT, 0},
		{"\xd9\xa1", ERR_FORMAT, 0},
	};

	(void)state;
	check_rows(rows, num_u64);
}

static void both_ends_of_a_range_belong_to_it(void **state)
{
	uint64_t v = 0;

	(void)state;
	assert_int_equal(num_u64("9", 10, 20, &v), ERR_RANGE);
	assert_int_equal(num_u64("10", 10, 20, &v), ERR_OK);
	assert_int_equal(num_u64("20", 10, 20, &v), ERR_OK);
	assert_int_equal(num_u64("21", 10, 20, &v), ERR_RANGE);
	assert_int_equal(v, 20);
	assert_int_equal(num_bytes("1KiB", 0, 1023, &v), ERR_RANGE);
	assert_int_equal(num_bytes("1KiB", 1024, 1024, &v), ERR_OK);
	assert_int_equal(num_seconds("1m", 61, 100, &v), ERR_RANGE);
	assert_int_equal(num_seconds("1m", 60, 60, &v), ERR_OK);
}

static void bytes_take_binary_units(void **state)
{
	static const struct row rows[] = {
		{"512", ERR_OK, 512},
		{"64MiB", ERR_OK, UINT64_C(64) << 20},
		{"64 MiB", ERR_OK, UINT64_C(64) << 20},
		{"1KiB", ERR_OK, 1024},
		{"3GiB", ERR_OK, UINT64_C(3) << 30},
		{"2TiB", ERR_OK, UINT64_C(2) << 40},
		{"16777215TiB", ERR_OK, UINT64_C(16777215) << 40},
		{"16777216TiB", ERR_RANGE, 0},
		{"99999999999999999999MiB", ERR_RANGE, 0},
		{"0KiB", ERR_OK, 0},
		{"64M", ERR_FORMAT, 0},
		{"64MB", ERR_FORMAT, 0},
		{"64mib", ERR_FORMAT, 0},
		{"64  MiB", ERR_FORMAT, 0},
		{"64 ", ERR_FORMAT, 0},
		{"MiB", ERR_FORMAT, 0},
		{"01MiB", ERR_FORMAT, 0},
		{"1MiBx", ERR_FORMAT, 0},
		{"1s", ERR_FORMAT, 0},
	};

	(void)state;
	check_rows(rows, num_bytes);
}

static void seconds_take_units_up_to_days(void **state)
{
	static const struct row rows[] = {
		{"90", ERR_OK, 90},
		{"90s", ERR_OK, 90},
		{"2m", ERR_OK, 120},
		{"24h", ERR_OK, 86400},
		{"7d", ERR_OK, 604800},
		{"7 d", ERR_OK, 604800},
		{"213503982334601d", ERR_OK, UINT64_C(18446744073709526400)},
		{"213503982334602d", ERR_RANGE, 0},
		{"1w", ERR_FORMAT, 0},
		{"1ms", ERR_FORMAT, 0},
		{"1h30m", ERR_FORMAT, 0},
		{"", ERR_FORMAT, 0},
		{"d", ERR_FORMAT, 0},
	};

	(void)state;
	check_rows(rows, num_seconds);
}

static void a_sum_that_would_wrap_is_refused(void **state)
{
	uint64_t v = 1;

	(void)state;
	assert_int_equal(num_add(UINT64_MAX, 1, &v), ERR_RANGE);
	assert_int_equal(num_add(1, UINT64_MAX, &v), ERR_RANGE);
	assert_int_equal(v, 1);
	assert_int_equal(num_add(UINT64_MAX - 1, 1, &v), ERR_OK);
	assert_true(v == UINT64_MAX);
}

static void fixed_widths_take_every_digit_and_no_other_byte(void **state)
{
	uint64_t v = 5;

	(void)state;
	assert_int_equal(num_fixed_dec("0070", 4, &v), ERR_OK);
	assert_int_equal(v, 70);
	assert_int_equal(num_fixed_dec("00701", 4, &v), ERR_OK);
	assert_int_equal(num_fixed_dec("007", 4, &v), ERR_FORMAT);
	assert_int_equal(num_fixed_dec("007a", 4, &v), ERR_FORMAT);
	assert_int_equal(num_fixed_hex("00fF", 4, &v), ERR_FORMAT);
	assert_int_equal(num_fixed_hex("00ff", 4, &v), ERR_OK);
	assert_int_equal(v, 255);
	assert_int_equal(num_fixed_oct("0778", 4, &v), ERR_FORMAT);
	assert_int_equal(num_fixed_oct("0777", 4, &v), ERR_OK);
	assert_int_equal(v, 0777);
	assert_int_equal(num_fixed_hex("ffffffffffffffff", 16, &v), ERR_OK);
	assert_true(v == UINT64_MAX);
	assert_int_equal(num_fixed_hex("10000000000000000", 17, &v),
			 ERR_FORMAT);
	assert_int_equal(num_fixed_dec("18446744073709551615", 20, &v), ERR_OK);
	assert_int_equal(num_fixed_dec("18446744073709551616", 20, &v),
			 ERR_FORMAT);
	assert_true(v == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_digits_and_nothing_else),
		cmocka_unit_test(both_ends_of_a_range_belong_to_it),
		cmocka_unit_test(bytes_take_binary_units),
		cmocka_unit_test(seconds_take_units_up_to_days),
		cmocka_unit_test(a_sum_that_would_wrap_is_refused),
		cmocka_unit_test(
			fixed_widths_take_every_digit_and_no_other_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
