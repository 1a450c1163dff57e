/* The line about a transfer: what is in it, and what goes when it is narrow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "meter.h"
#include "name.h"

#define MIB (UINT64_C(1) << 20)
#define START_MS 1000000
#define STEP_MS 200

static struct meter meter;
static struct meter_state now;
static uint64_t now_ms;
static char line[METER_LINE_MAX];

static void set_name(const char *name)
{
	now.name = name;
	now.name_len = strlen(name);
}

static int begin(void **state)
{
	(void)state;
	now_ms = START_MS;
	now = (struct meter_state){.files_total = 1,
				   .bytes_total = METER_UNKNOWN};
	set_name("photo.jpg");
	meter_init(&meter, now_ms);
	return 0;
}

/* For so many seconds, at so much a second. */
static void go(unsigned seconds, uint64_t rate)
{
	for (unsigned i = 0; i < seconds * 1000 / STEP_MS; i++) {
		if (now.files_only)
			now.files += rate * STEP_MS / 1000;
		else
			now.bytes += rate * STEP_MS / 1000;
		now_ms += STEP_MS;
		meter_feed(&meter, now_ms, &now);
	}
}

static const char *at(size_t width)
{
	meter_line(&meter, &now, width, line);
	return line;
}

static void a_file_has_percent_amount_rate_and_time(void **state)
{
	(void)state;
	now.bytes_total = 1000 * MIB;
	go(10, 50 * MIB);
	assert_string_equal(at(80), "photo.jpg  50%  500 MiB of 1000 MiB  "
				    "50 MiB/s  ETA 0:10");
}

static void many_files_are_counted(void **state)
{
	(void)state;
	now.many = true;
	now.files = 12;
	now.files_total = 2000;
	now.bytes_total = 1000 * MIB;
	go(10, 35 * MIB);
	assert_string_equal(at(100), "12 of 2000 files  35%  350 MiB of 1000 "
				     "MiB  35 MiB/s  ETA 0:19  photo.jpg");
	now.files_total = METER_UNKNOWN;
	now.bytes_total = METER_UNKNOWN;
	assert_string_equal(at(100), "12 files  350 MiB  35 MiB/s  photo.jpg");
	now.files = 1;
	assert_string_equal(at(100), "1 file  350 MiB  35 MiB/s  photo.jpg");
	now.files_total = 0; /* wrong, and not shown */
	assert_string_equal(at(100), "1 file  350 MiB  35 MiB/s  photo.jpg");
}

static void an_unknown_total_has_no_percent_and_no_time(void **state)
{
	(void)state;
	go(4, 3 * MIB);
	assert_string_equal(at(80), "photo.jpg  12 MiB  3.0 MiB/s");
}

static void files_without_bytes_are_what_is_measured(void **state)
{
	(void)state;
	now.many = now.files_only = true;
	now.files_total = 1000;
	go(4, 100);
	assert_string_equal(at(80), "400 of 1000 files  40%  100/s  ETA 0:06  "
				    "photo.jpg");
	now.files_total = METER_UNKNOWN;
	assert_string_equal(at(80), "400 files  100/s  photo.jpg");
}

static void nothing_that_has_moved_has_no_rate(void **state)
{
	(void)state;
	now.bytes_total = MIB;
	assert_string_equal(at(80), "photo.jpg  0%  0 B of 1.0 MiB");
	go(1, 0);
	assert_string_equal(at(80), "photo.jpg  0%  0 B of 1.0 MiB");
}

static void five_seconds_without_a_byte_are_said(void **state)
{
	(void)state;
	now.bytes_total = 100 * MIB;
	go(5, 10 * MIB);
	now_ms += METER_STALL_MS - 1;
	meter_feed(&meter, now_ms, &now);
	assert_null(strstr(at(80), "stalled"));
	now_ms += 1;
	meter_feed(&meter, now_ms, &now);
	assert_string_equal(at(80),
			    "photo.jpg  50%  50 MiB of 100 MiB  stalled");
	now_ms += STEP_MS;
	now.bytes += 1;
	meter_feed(&meter, now_ms, &now);
	assert_null(strstr(at(80), "stalled"));
	assert_non_null(strstr(at(80), "ETA"));
}

static void a_start_that_does_not_move_is_said_too(void **state)
{
	(void)state;
	go(5, 0);
	assert_string_equal(at(80), "photo.jpg  0 B  stalled");
}

static void the_rate_follows_what_happens_but_smoothly(void **state)
{
	(void)state;
	go(1, 10 * MIB);
	assert_non_null(strstr(at(80), "  10 MiB/s")); /* at once */
	go(30, 10 * MIB);
	go(1, 100 * MIB);
	assert_true(meter.rate / meter.weight < 50 * MIB);
	go(15, 100 * MIB);
	assert_true(meter.rate / meter.weight > 95 * MIB);
	assert_true(meter.rate / meter.weight < 100 * MIB);
}

static void no_time_that_passes_is_no_division_by_zero(void **state)
{
	(void)state;
	go(2, 5 * MIB);
	now.bytes += 5 * MIB;
	meter_feed(&meter, now_ms, &now);
	meter_feed(&meter, now_ms, &now);
	assert_non_null(strstr(at(80), "  5.0 MiB/s"));
	now_ms += 1000; /* and nothing that moved is forgotten */
	meter_feed(&meter, now_ms, &now);
	assert_non_null(strstr(at(80), "  5.0 MiB/s"));
}

static void what_was_there_before_is_no_speed(void **state)
{
	(void)state;
	now.bytes_total = 1000 * MIB;
	now.bytes = now.kept = 500 * MIB;
	go(5, 50 * MIB);
	assert_string_equal(at(80), "photo.jpg  75%  750 MiB of 1000 MiB  "
				    "50 MiB/s  ETA 0:05");
	now.kept = 0; /* found bad: it starts over */
	now.bytes -= 500 * MIB;
	now_ms += STEP_MS;
	meter_feed(&meter, now_ms, &now);
	assert_non_null(strstr(at(80), "  25%  250 MiB of 1000 MiB  "));
}

static void what_starts_over_falls_back_and_goes_on(void **state)
{
	(void)state;
	now.bytes_total = 100 * MIB;
	go(9, 10 * MIB);
	now.bytes = 0;
	now_ms += STEP_MS;
	meter_feed(&meter, now_ms, &now);
	assert_non_null(strstr(at(80), "  0%  0 B of 100 MiB  "));
	go(5, 10 * MIB);
	assert_non_null(strstr(at(80), "  50%  50 MiB of 100 MiB  "));
}

static void never_more_than_all(void **state)
{
	(void)state;
	now.bytes_total = 10 * MIB;
	go(2, 10 * MIB);
	assert_string_equal(at(80), "photo.jpg  100%  20 MiB of 20 MiB  "
				    "10 MiB/s");
	now.bytes_total = 0;
	now.bytes = 0;
	assert_non_null(strstr(at(80), "  100%  0 B of 0 B"));
}

static void a_hundred_percent_is_all_of_it(void **state)
{
	(void)state;
	now.bytes_total = UINT64_MAX - 1;
	now.bytes = UINT64_MAX - 2;
	assert_non_null(strstr(at(80), "  99%  16 EiB of 16 EiB"));
	now.bytes = now.bytes_total;
	assert_non_null(strstr(at(80), "  100%  "));
}

static void an_absurd_time_is_not_shown(void **state)
{
	(void)state;
	now.bytes_total = UINT64_C(1) << 60;
	go(3, 1000);
	assert_null(strstr(at(80), "ETA"));
	now.bytes_total = now.bytes + 1000 * UINT64_C(359998);
	assert_non_null(strstr(at(80), "ETA 99:59:5"));
}

static void times_have_hours_where_they_need_them(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} rows[] = {
		{0, "0:00"},	     {59, "0:59"},	    {60, "1:00"},
		{725, "12:05"},	     {3599, "59:59"},	    {3600, "1:00:00"},
		{86399, "23:59:59"}, {360000, "100:00:00"},
	};
	char text[METER_TIME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		meter_time(rows[i].seconds, text);
		assert_string_equal(text, rows[i].text);
	}
	meter_time(UINT64_MAX, text);
	assert_string_equal(text, "5124095576030431:00:15");
}

/* Narrow lines */

static void parts_go_in_the_order_of_their_importance(void **state)
{
	static const char *const rows[] = {
		"photo.jpg  50%  500 MiB of 1000 MiB  50 MiB/s  ETA 0:10",
		"photo.jpg  50%  500 MiB  50 MiB/s  ETA 0:10",
		"photo.jpg  50%  500 MiB  ETA 0:10",
		"photo.jpg  50%  ETA 0:10",
		"photo.jpg  50%",
		"pho....jpg"};
	size_t row = 0;

	(void)state;
	now.bytes_total = 1000 * MIB;
	go(10, 50 * MIB);
	for (size_t width = 80; width >= strlen(rows[4]); width--) {
		if (width < strlen(rows[row]))
			row++;
		assert_string_equal(at(width), rows[row]);
	}
	assert_int_equal(row, 4);
	assert_string_equal(at(13), "ph...jpg  50%");
	assert_string_equal(at(7), "ph  50%");
	assert_string_equal(at(5), "50%");
	assert_string_equal(at(3), "50%");
	assert_string_equal(at(2), "ph");
	assert_string_equal(at(0), "");
}

static void of_many_the_name_goes_first(void **state)
{
	static const char *const rows[] = {
		("3 of 9 files  50%  500 MiB of 1000 MiB  50 MiB/s  ETA 0:10  "
		 "photo.jpg"),
		"3 of 9 files  50%  500 MiB of 1000 MiB  50 MiB/s  ETA 0:10",
		"3 of 9 files  50%  500 MiB  50 MiB/s  ETA 0:10",
		"3 of 9 files  50%  500 MiB  ETA 0:10",
		"3 of 9 files  50%  ETA 0:10",
		"3 of 9 files  50%",
		"50%",
		""};

	(void)state;
	now.many = true;
	now.files = 3;
	now.files_total = 9;
	now.bytes_total = 1000 * MIB;
	go(10, 50 * MIB);
	set_name("");
	for (size_t i = 1; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(at(strlen(rows[i])), rows[i]);
		if (*rows[i])
			assert_string_equal(at(strlen(rows[i]) - 1),
					    rows[i + 1]);
	}
	set_name("photo.jpg");
	assert_string_equal(at(strlen(rows[0])), rows[0]);
	assert_string_equal(at(strlen(rows[0]) - 1), rows[1]);
}

static void stalled_stays_longest(void **state)
{
	(void)state;
	now.bytes_total = 100 * MIB;
	go(5, 10 * MIB);
	go(5, 0);
	assert_string_equal(at(23), "photo.jpg  50%  stalled");
	assert_string_equal(at(22), "photo.jpg  50%");
}

static void a_long_name_is_cut_in_its_middle(void **state)
{
	(void)state;
	set_name("a/long/way/down/to/photo.jpg");
	now.bytes_total = 100;
	assert_string_equal(at(28 + 19),
			    "a/long/way/down/to/photo.jpg  0%  0 B of 100 B");
	assert_string_equal(at(40), "a/long/wa.../photo.jpg  0%  "
				    "0 B of 100 B");
	assert_string_equal(at(20), "a/long...oto.jpg  0%");
}

static void characters_and_escapes_are_not_cut(void **state)
{
	(void)state;
	set_name("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6\xc3\xbc"
		 "\xc3\x9f\xc3\xa4\xc3\xb6");
	now.many = false;
	assert_string_equal(at(13), "\xc3\xa4\xc3\xb6...\xc3\x9f\xc3\xa4"
				    "\xc3\xb6  0 B");
	/* Two columns each. */
	set_name("\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87"
		 "\xe6\x96\x87");
	assert_string_equal(at(12), "\xe6\x96\x87...\xe6\x96\x87  0 B");
	set_name("\033[2Jabcd\nefgh");
	assert_string_equal(at(80), "\\x1b[2Jabcd\\nefgh  0 B");
	assert_string_equal(at(5 + 14), "\\x1b[...\\nefgh  0 B");
	assert_string_equal(at(5 + 12), "\\x1b...efgh  0 B");
	assert_string_equal(at(5 + 8), "...fgh  0 B");
}

/* Without the help of the code that is tested: upper bounds. */
static size_t columns_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		assert_true(c >= ' ' && c != 0x7f);
		if ((c & 0xc0) != 0x80)
			n += c >= 0xe2 ? 2 : 1;
	}
	return n;
}

static bool is_utf8(const char *text)
{
	char again[4 * METER_LINE_MAX];

	/* What is not, would be escaped. */
	name_escape(text, strlen(text), again, sizeof(again));
	return strstr(again, "\\\\x") || !strstr(again, "\\x") ||
	       strstr(text, "\\x");
}

static void no_line_is_wider_than_it_may_be(void **state)
{
	static const char *const units[] = {
		"a",  "/",  "\xc3\xa4", "\xe6\x96\x87", "\xf0\x9f\x98\x80",
		"\\", "\n", "\x1b",	"\xff",		"\xcc\x81"};
	unsigned seed = (unsigned)time(NULL);
	const char *given = getenv("METER_SEED");
	char name[256];

	(void)state;
	if (given)
		seed = (unsigned)strtoul(given, NULL, 10);
	srand(seed);
	for (unsigned i = 0; i < 20000; i++) {
		size_t width = (size_t)rand() % 130;
		unsigned n = (unsigned)rand() % 60;

		begin(NULL);
		name[0] = '\0';
		for (unsigned k = 0; k < n; k++)
			strncat(name, units[rand() % 10],
				sizeof(name) - strlen(name) - 1);
		set_name(name);
		now.many = rand() % 2;
		now.files_only = now.many && rand() % 3 == 0;
		now.files_total = rand() % 2 ? METER_UNKNOWN : 99999;
		now.bytes_total =
			rand() % 2 ? METER_UNKNOWN : (uint64_t)rand() * 1000;
		go((unsigned)rand() % 8, (uint64_t)rand());
		at(width);
		if (columns_of(line) <= width && is_utf8(line))
			continue;
		print_error("METER_SEED=%u: %zu columns: \"%s\"\n", seed, width,
			    line);
		fail();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_file_has_percent_amount_rate_and_time,
				       begin),
		cmocka_unit_test_setup(many_files_are_counted, begin),
		cmocka_unit_test_setup(
			an_unknown_total_has_no_percent_and_no_time, begin),
		cmocka_unit_test_setup(files_without_bytes_are_what_is_measured,
				       begin),
		cmocka_unit_test_setup(nothing_that_has_moved_has_no_rate,
				       begin),
		cmocka_unit_test_setup(five_seconds_without_a_byte_are_said,
				       begin),
		cmocka_unit_test_setup(a_start_that_does_not_move_is_said_too,
				       begin),
		cmocka_unit_test_setup(
			the_rate_follows_what_happens_but_smoothly, begin),
		cmocka_unit_test_setup(
			no_time_that_passes_is_no_division_by_zero, begin),
		cmocka_unit_test_setup(what_was_there_before_is_no_speed,
				       begin),
		cmocka_unit_test_setup(what_starts_over_falls_back_and_goes_on,
				       begin),
		cmocka_unit_test_setup(never_more_than_all, begin),
		cmocka_unit_test_setup(a_hundred_percent_is_all_of_it, begin),
		cmocka_unit_test_setup(an_absurd_time_is_not_shown, begin),
		cmocka_unit_test_setup(times_have_hours_where_they_need_them,
				       begin),
		cmocka_unit_test_setup(
			parts_go_in_the_order_of_their_importance, begin),
		cmocka_unit_test_setup(of_many_the_name_goes_first, begin),
		cmocka_unit_test_setup(stalled_stays_longest, begin),
		cmocka_unit_test_setup(a_long_name_is_cut_in_its_middle, begin),
		cmocka_unit_test_setup(characters_and_escapes_are_not_cut,
				       begin),
		cmocka_unit_test_setup(no_line_is_wider_than_it_may_be, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
