/* The last line of a command with many operands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "summary.h"

static struct summary summary;
static char text[SUMMARY_TEXT_MAX];

static void add(enum summary_end end, unsigned count, uint64_t bytes)
{
	for (unsigned i = 0; i < count; i++)
		summary_add(&summary, end, bytes);
}

/* Of a command that took so long. */
static const char *after(uint64_t ms)
{
	summary_text(&summary, summary.begun_ms + ms, text);
	return text;
}

static void all_of_it_is_on_the_line(void **state)
{
	(void)state;
	summary_begin(&summary, "stored", true);
	add(SUMMARY_DONE, 1998, 1 << 20);
	add(SUMMARY_SKIPPED, 1, 1 << 20);
	add(SUMMARY_FAILED, 2, 1 << 20);
	assert_string_equal(after(12440), "stored 1998, skipped 1, failed 2; "
					  "2.0 GiB in 12.4 s (161 MiB/s)");
}

static void what_there_was_none_of_is_not(void **state)
{
	(void)state;
	summary_begin(&summary, "got", true);
	assert_string_equal(after(100), "got 0; 0 B in 0.1 s");
	add(SUMMARY_DONE, 3, 1000);
	assert_string_equal(after(1000), "got 3; 2.9 KiB in 1.0 s (2.9 KiB/s)");
	assert_string_equal(after(0), "got 3; 2.9 KiB in 0.0 s");
	add(SUMMARY_FAILED, 1, 1000);
	assert_string_equal(after(1000),
			    "got 3, failed 1; 2.9 KiB in 1.0 s (2.9 KiB/s)");
}

static void minutes_are_told_as_such(void **state)
{
	(void)state;
	summary_begin(&summary, "got", true);
	add(SUMMARY_DONE, 1, 60 << 20);
	assert_string_equal(after(60000), "got 1; 60 MiB in 1:00 (1.0 MiB/s)");
	assert_string_equal(after(3600000),
			    "got 1; 60 MiB in 1:00:00 (17 KiB/s)");
}

static void without_bytes_there_is_but_the_time(void **state)
{
	(void)state;
	summary_begin(&summary, "removed", false);
	add(SUMMARY_DONE, 12, 0);
	add(SUMMARY_FAILED, 1, 0);
	assert_string_equal(after(440), "removed 12, failed 1; 0.4 s");
}

static void the_largest_numbers_fit(void **state)
{
	(void)state;
	summary_begin(&summary, "stored and removed", true);
	for (unsigned i = 0; i <= SUMMARY_FAILED; i++)
		summary.counts[i] = UINT64_MAX;
	summary.bytes = UINT64_MAX;
	assert_string_equal(after(UINT64_MAX),
			    "stored and removed 18446744073709551615, skipped "
			    "18446744073709551615, deleted "
			    "18446744073709551615, failed "
			    "18446744073709551615; 16 EiB in "
			    "5124095576030:25:51 (1000 B/s)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_on_the_line),
		cmocka_unit_test(what_there_was_none_of_is_not),
		cmocka_unit_test(minutes_are_told_as_such),
		cmocka_unit_test(without_bytes_there_is_but_the_time),
		cmocka_unit_test(the_largest_numbers_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
