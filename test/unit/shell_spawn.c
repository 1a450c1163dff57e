/* Other programs, run to their ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "interrupt.h"
#include "show.h"
#include "spawn.h"

static int real[2];
static FILE *file;
static char said[4096]; /* on both streams */

static void catch (void)
{
	file = tmpfile();
	assert_non_null(file);
	for (int i = 0; i < 2; i++) {
		fflush(i ? stderr : stdout);
		real[i] = dup(i + 1);
		assert_true(dup2(fileno(file), i + 1) >= 0);
	}
}

static void release(void)
{
	size_t len;

	for (int i = 0; i < 2; i++) {
		fflush(i ? stderr : stdout);
		dup2(real[i], i + 1);
		close(real[i]);
	}
	rewind(file);
	len = fread(said, 1, sizeof(said) - 1, file);
	said[len] = '\0';
	fclose(file);
}

static enum exit_status line(const char *text)
{
	enum exit_status status;

	catch ();
	status = spawn_line(text);
	release();
	return status;
}

static enum exit_status program(const char *name, const char *operand)
{
	char first[64];
	char second[64];
	char *argv[] = {first, second, NULL};
	enum exit_status status;

	(void)snprintf(first, sizeof(first), "%s", name);
	(void)snprintf(second, sizeof(second), "%s", operand);
	catch ();
	status = spawn_program(argv);
	release();
	return status;
}

static void a_line_is_the_shells_in_one_piece(void **state)
{
	(void)state;
	setenv("SHELL", "/bin/sh", 1);
	assert_int_equal(line("echo 'a  b' | tr a x; echo c >&2"), EXIT_DONE);
	assert_string_equal(said, "x  b\nc\n");
	/* It has no operand, whose place $0 would take. */
	assert_int_equal(line("echo $#"), EXIT_DONE);
	assert_string_equal(said, "0\n");
}

static void without_a_shell_of_the_users_it_is_sh(void **state)
{
	(void)state;
	unsetenv("SHELL");
	assert_int_equal(line("echo a"), EXIT_DONE);
	assert_string_equal(said, "a\n");
	setenv("SHELL", "", 1);
	assert_int_equal(line("echo b"), EXIT_DONE);
	assert_string_equal(said, "b\n");
}

static void a_failure_is_said(void **state)
{
	(void)state;
	setenv("SHELL", "/bin/sh", 1);
	assert_int_equal(line("exit 3"), EXIT_ERROR);
	assert_string_equal(said, "dfc: !: ended with status 3\n");
	assert_int_equal(line("kill -TERM $$"), EXIT_ERROR);
	assert_string_equal(said, "dfc: !: ended by signal 15 (Terminated)\n");
	setenv("SHELL", "/nowhere/sh", 1);
	assert_int_equal(line("echo a"), EXIT_ERROR);
	assert_string_equal(said,
			    "dfc: /nowhere/sh: No such file or directory\n");
	setenv("SHELL", "/bin/sh", 1);
}

static void a_program_has_its_words_as_they_are(void **state)
{
	(void)state;
	assert_int_equal(program("echo", "a  * $HOME"), EXIT_DONE);
	assert_string_equal(said, "a  * $HOME\n");
	assert_int_equal(program("nosuch-program", ""), EXIT_ERROR);
	assert_string_equal(said,
			    "dfc: nosuch-program: No such file or directory\n");
}

static void what_was_printed_before_comes_before(void **state)
{
	(void)state;
	setenv("SHELL", "/bin/sh", 1);
	catch ();
	printf("first ");
	assert_int_equal(spawn_line("echo second"), EXIT_DONE);
	release();
	assert_string_equal(said, "first second\n");
}

/* dfc ignores SIGPIPE; others are to end of it. */
static void signals_mean_to_a_program_what_they_always_do(void **state)
{
	(void)state;
	setenv("SHELL", "/bin/sh", 1);
	assert_int_equal(line("kill -PIPE $$"), EXIT_ERROR);
	assert_string_equal(said, "dfc: !: ended by signal 13 (Broken pipe)\n");
	assert_int_equal(line("kill -INT $$"), EXIT_ERROR);
	assert_string_equal(said, "dfc: !: ended by signal 2 (Interrupt)\n");
	assert_false(interrupt_came());
}

static int set_up(void **state)
{
	(void)state;
	show_init();
	return interrupt_init() == ERR_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_the_shells_in_one_piece),
		cmocka_unit_test(without_a_shell_of_the_users_it_is_sh),
		cmocka_unit_test(a_failure_is_said),
		cmocka_unit_test(a_program_has_its_words_as_they_are),
		cmocka_unit_test(what_was_printed_before_comes_before),
		cmocka_unit_test(signals_mean_to_a_program_what_they_always_do),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
