/* What several operands come to, and what a command line names twice. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>

#include <cmocka.h>

#include "command.h"
#include "exit.h"
#include "operand.h"

static enum exit_status sum(const enum exit_status *list, size_t count)
{
	struct tally t = {0};

	for (size_t i = 0; i < count; i++)
		tally_add(&t, list[i]);
	return tally_status(&t);
}

#define SUM(...) \
	sum((const enum exit_status[]){__VA_ARGS__}, \
	    sizeof((const enum exit_status[]){__VA_ARGS__}) / \
		    sizeof(enum exit_status))

static void no_failure_is_success(void **state)
{
	(void)state;
	assert_int_equal(sum(NULL, 0), EXIT_DONE);
	assert_int_equal(SUM(EXIT_DONE, EXIT_DONE), EXIT_DONE);
	assert_int_equal(SUM(EXIT_DONE, EXIT_DEGRADED, EXIT_DONE),
			 EXIT_DEGRADED);
}

static void a_full_disk_on_this_side_has_its_own_status(void **state)
{
	(void)state;
	assert_int_equal(exit_local(ERR_SYS, ENOSPC), EXIT_SPACE);
	assert_int_equal(exit_local(ERR_SYS, EDQUOT), EXIT_SPACE);
	assert_int_equal(exit_local(ERR_SYS, EACCES), EXIT_ERROR);
	assert_int_equal(exit_local(ERR_MEMORY, ENOSPC), EXIT_ERROR);
}

static void a_common_failure_is_the_status(void **state)
{
	(void)state;
	assert_int_equal(SUM(EXIT_ABSENT), EXIT_ABSENT);
	assert_int_equal(SUM(EXIT_TEMPORARY, EXIT_TEMPORARY), EXIT_TEMPORARY);
}

static void anything_else_is_partial(void **state)
{
	(void)state;
	assert_int_equal(SUM(EXIT_DONE, EXIT_ABSENT), EXIT_PARTIAL);
	assert_int_equal(SUM(EXIT_ABSENT, EXIT_DEGRADED), EXIT_PARTIAL);
	assert_int_equal(SUM(EXIT_ABSENT, EXIT_TEMPORARY), EXIT_PARTIAL);
	assert_int_equal(SUM(EXIT_ABSENT, EXIT_TEMPORARY, EXIT_ABSENT),
			 EXIT_PARTIAL);
}

static void a_path_is_stored_under_its_last_component(void **state)
{
	static const char *const paths[][2] = {
		{"a", "a"},	 {"/a/b/p.bin", "p.bin"},
		{"dir/", "dir"}, {"dir///", "dir"},
		{"./x", "x"},	 {"...", "..."},
		{".", ""},	 {"..", ""},
		{"a/..", ""},	 {"/", ""},
		{"-rf", "-rf"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *base = operand_base(paths[i][0]);

		assert_non_null(base);
		assert_string_equal(base, paths[i][1]);
		free(base);
	}
}

static void names_that_come_twice_are_found(void **state)
{
	char texts[][4] = {"b", "a", "", "c", "", "a"};
	char *list[6];

	(void)state;
	for (size_t i = 0; i < 6; i++)
		list[i] = texts[i];
	assert_string_equal(operand_twice(list, 6), "a");
	assert_null(operand_twice(list, 5));
	assert_null(operand_twice(list, 0));
}

/* Told of in a line that fits a terminal; known by one letter and name. */
static void check_options(const struct args_option *options)
{
	for (const struct args_option *o = options; o && o->letter; o++) {
		assert_true(o->letter > 0);
		assert_ptr_equal(args_find(options, NULL, o->letter), o);
		assert_true(o->letter > ' ' || o->name);
		assert_int_equal(o->value != NULL, o->kind != ARGS_NONE);
		if (o->name)
			assert_ptr_equal(args_find_long(options, NULL, o->name,
							strlen(o->name)),
					 o);
		if (o->help)
			assert_in_range(strlen(o->help), 1, 54);
	}
}

static void every_row_of_the_command_table_is_whole(void **state)
{
	char usage[512];

	(void)state;
	check_options(command_common);
	check_options(command_head);
	for (const struct command *c = command_table; c->name; c++) {
		assert_non_null(c->run);
		assert_non_null(c->aliases);
		assert_in_range(strlen(c->summary), 1, 69);
		assert_non_null(strstr(c->examples, c->name));
		assert_true(c->least <= c->most);
		assert_int_equal(c->most > 0, c->first != ARGS_NONE);
		assert_int_equal(c->choices != NULL,
				 c->first == ARGS_CHOICE ||
					 c->rest == ARGS_CHOICE);
		assert_int_equal(c->most > 1, c->rest != ARGS_NONE);
		assert_int_equal(c->most > 0, c->operands[0] != '\0');
		assert_ptr_equal(command_find(c->name), c);
		check_options(c->options);
		/* Common options keep their meaning, but for -h. */
		for (const struct args_option *o = command_common; o->letter;
		     o++)
			if (o->letter != 'h')
				assert_null(
					args_find(c->options, NULL, o->letter));
		command_usage(c, usage, sizeof(usage));
		assert_non_null(strstr(usage, c->operands));
	}
	assert_ptr_equal(command_find("mput"), command_find("put"));
	assert_ptr_equal(command_find("?"), command_find("help"));
	assert_null(command_find("pu"));
	assert_null(command_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_failure_is_success),
		cmocka_unit_test(a_full_disk_on_this_side_has_its_own_status),
		cmocka_unit_test(a_common_failure_is_the_status),
		cmocka_unit_test(anything_else_is_partial),
		cmocka_unit_test(a_path_is_stored_under_its_last_component),
		cmocka_unit_test(names_that_come_twice_are_found),
		cmocka_unit_test(every_row_of_the_command_table_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
