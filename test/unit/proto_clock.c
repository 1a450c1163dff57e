/* Clocks, what is left of a deadline, and the texts of errors. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "digest.h"
#include "err.h"

static void clocks_do_not_go_back(void **state)
{
	uint64_t ms = clock_ms(), boot = clock_boot_ms();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t next = clock_ms(), next_boot = clock_boot_ms();

		assert_true(next >= ms);
		assert_true(next_boot >= boot);
		ms = next;
		boot = next_boot;
	}
	assert_true(boot > 0);
}

static void what_is_left_of_a_deadline_fits_poll(void **state)
{
	(void)state;
	assert_int_equal(clock_left(1000, 400), 600);
	assert_int_equal(clock_left(1000, 1000), 0);
	assert_int_equal(clock_left(1000, 5000), 0);
	assert_int_equal(clock_left(UINT64_MAX, 5), -1);
	assert_int_equal(clock_left(UINT64_MAX - 1, 5), INT_MAX);
	assert_int_equal(clock_left((uint64_t)INT_MAX + 5, 5), INT_MAX);
	assert_int_equal(clock_left((uint64_t)INT_MAX + 6, 5), INT_MAX);
	assert_int_equal(clock_left((uint64_t)INT_MAX + 4, 5), INT_MAX - 1);
}

static void the_boot_id_is_that_of_the_kernel(void **state)
{
	uint8_t id[16], again[16];
	char hex[33], text[64] = "", plain[64];
	size_t n = 0;
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	(void)state;
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	for (size_t i = 0; text[i] != '\0' && text[i] != '\n'; i++) {
		if (text[i] != '-')
			plain[n++] = text[i];
	}
	plain[n] = '\0';
	clock_boot_id(id);
	digest_hex(id, sizeof(id), hex);
	assert_string_equal(hex, plain);
	clock_boot_id(again);
	assert_memory_equal(id, again, sizeof(id));
}

static void every_error_has_a_text_of_its_own(void **state)
{
	(void)state;
	for (int a = ERR_OK; a <= ERR_BUSY; a++) {
		if (a == ERR_SYS)
			continue;
		assert_string_not_equal(err_text((enum err)a), "unknown error");
		for (int b = ERR_OK; b < a; b++) {
			if (b != ERR_SYS)
				assert_string_not_equal(err_text((enum err)a),
							err_text((enum err)b));
		}
	}
	assert_string_equal(err_text((enum err)(ERR_BUSY + 1)),
			    "unknown error");
	assert_string_equal(err_text((enum err) - 1), "unknown error");
}

static void an_error_of_the_system_speaks_with_errno(void **state)
{
	(void)state;
	errno = ENOSPC;
	assert_string_equal(err_text(ERR_SYS), "No space left on device");
	assert_int_equal(errno, ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_do_not_go_back),
		cmocka_unit_test(what_is_left_of_a_deadline_fits_poll),
		cmocka_unit_test(the_boot_id_is_that_of_the_kernel),
		cmocka_unit_test(every_error_has_a_text_of_its_own),
		cmocka_unit_test(an_error_of_the_system_speaks_with_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
