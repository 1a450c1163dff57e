/* How fast bytes may move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pace.h"

static void without_a_rate_there_is_always_room(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 0, 1000);
	pace_take(&p, UINT64_MAX / 2);
	assert_true(pace_room(&p, 1000) == UINT64_MAX);
}

static void what_moves_in_a_while_is_the_rate(void **state)
{
	static const unsigned steps_ms[] = {1, 7, 20, 40};
	const uint64_t rate = 1 << 20;

	(void)state;
	for (size_t i = 0; i < sizeof(steps_ms) / sizeof(steps_ms[0]); i++) {
		uint64_t moved = 0;
		struct pace p;

		pace_init(&p, rate, 5000);
		for (uint64_t t = 5000; t < 15000; t += steps_ms[i]) {
			uint64_t some = pace_room(&p, t);

			pace_take(&p, some);
			moved += some;
		}
		assert_in_range(moved, rate * 99 / 10, rate * 10);
	}
}

static void what_was_not_used_is_not_saved(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 1 << 20, 5000);
	assert_in_range(pace_room(&p, 500000), 1, (1 << 20) / 10);
}

static void what_moved_ahead_of_time_is_waited_for(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 1 << 20, 5000);
	pace_take(&p, 1 << 19);
	assert_int_equal(pace_room(&p, 5100), 0);
	assert_int_equal(pace_room(&p, 5499), 0);
	assert_true(pace_room(&p, 5540) > 0);
}

static void rates_have_units(void **state)
{
	static const struct {
		const char *text;
		enum err e;
		uint64_t rate;
	} list[] = {
		{"0", ERR_OK, 0},
		{"65536", ERR_OK, 65536},
		{"64k", ERR_OK, 65536},
		{"3M", ERR_OK, 3 << 20},
		{"1G", ERR_OK, 1 << 30},
		{"1024G", ERR_OK, PACE_MAX},
		{"1025G", ERR_RANGE, 7},
		{"65535", ERR_RANGE, 7},
		{"1k", ERR_RANGE, 7},
		{"", ERR_FORMAT, 7},
		{"k", ERR_FORMAT, 7},
		{"1K", ERR_FORMAT, 7},
		{"1 M", ERR_FORMAT, 7},
		{"1MM", ERR_FORMAT, 7},
		{"-1M", ERR_FORMAT, 7},
		{"1.5M", ERR_FORMAT, 7},
		{"100000000000000000000000000000000", ERR_FORMAT, 7},
		{"18446744073709551615G", ERR_RANGE, 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		uint64_t rate = 7;

		assert_int_equal(pace_parse(list[i].text, &rate), list[i].e);
		assert_int_equal(rate, list[i].rate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_rate_there_is_always_room),
		cmocka_unit_test(what_moves_in_a_while_is_the_rate),
		cmocka_unit_test(what_was_not_used_is_not_saved),
		cmocka_unit_test(what_moved_ahead_of_time_is_waited_for),
		cmocka_unit_test(rates_have_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
