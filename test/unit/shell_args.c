/* A command's words: options and operands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "args.h"

static const struct args_option options[] = {
	{'f', "force", NULL, ARGS_NONE, "force"},
	{'o', "output", "FILE", ARGS_LOCAL, "output"},
	{0},
};
static const struct args_option common[] = {
	{'r', "recursive", NULL, ARGS_NONE, "recursive"},
	{'f', "other", "VALUE", ARGS_TEXT, "hidden by the first table's"},
	{1, "verify", NULL, ARGS_NONE, "verify"},
	{2, "color", "never|always", ARGS_CHOICE, "color"},
	{0},
};

static char message[ARGS_MESSAGE_MAX];

/* Words up to NULL. */
static enum err parse(struct args *a, const char *const *words)
{
	char *argv[16];
	int argc = 0;

	for (; words[argc]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc];
	return args_parse(a, &(struct args_words){argc, argv, NULL}, options,
			  common, message);
}

#define PARSE(a, ...) parse(a, (const char *const[]){__VA_ARGS__, NULL})

static void options_may_stand_anywhere(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(PARSE(&a, "one", "-r", "two", "-o", "x", "three"),
			 ERR_OK);
	assert_true(a.given['r']);
	assert_false(a.given['f']);
	assert_string_equal(a.value['o'], "x");
	assert_int_equal(a.count, 3);
	assert_string_equal(a.operands[0], "one");
	assert_string_equal(a.operands[2], "three");
	args_release(&a);
}

static void letters_may_stand_together(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(PARSE(&a, "-rfoname"), ERR_OK);
	assert_true(a.given['r'] && a.given['f']);
	assert_string_equal(a.value['o'], "name");
	args_release(&a);
}

static void long_options_take_values_either_way(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(PARSE(&a, "--output=", "--force"), ERR_OK);
	assert_string_equal(a.value['o'], "");
	assert_true(a.given['f']);
	args_release(&a);
	assert_int_equal(PARSE(&a, "--output", "--force"), ERR_OK);
	assert_string_equal(a.value['o'], "--force");
	assert_false(a.given['f']);
	args_release(&a);
}

static void two_dashes_end_the_options(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(PARSE(&a, "-r", "--", "-f", "--", "--output"), ERR_OK);
	assert_false(a.given['f']);
	assert_int_equal(a.count, 3);
	assert_string_equal(a.operands[0], "-f");
	assert_string_equal(a.operands[1], "--");
	args_release(&a);
}

static void a_dash_and_an_empty_word_are_operands(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(PARSE(&a, "-", "", "-o", "-"), ERR_OK);
	assert_int_equal(a.count, 2);
	assert_string_equal(a.value['o'], "-");
	args_release(&a);
}

static void every_value_of_a_repeated_option_is_kept(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(PARSE(&a, "--output=a", "x", "-ob", "-o", "c"),
			 ERR_OK);
	assert_int_equal(a.value_count, 3);
	assert_string_equal(a.values[0].text, "a");
	assert_string_equal(a.values[1].text, "b");
	assert_string_equal(a.values[2].text, "c");
	assert_int_equal(a.values[1].letter, 'o');
	assert_string_equal(a.value['o'], "c");
	args_release(&a);
}

static void an_option_may_have_a_long_name_only(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(PARSE(&a, "--verify"), ERR_OK);
	assert_true(a.given[1]);
	args_release(&a);
	assert_int_equal(PARSE(&a, "-\1"), ERR_FORMAT);
}

static void wrong_options_are_named(void **state)
{
	static const char *const bad[][2] = {
		{"-x", "-x: unknown option"},
		{"-rx", "-rx: unknown option"},
		{"-:", "-:: unknown option"},
		{"--nosuch", "--nosuch: unknown option"},
		{"--forc", "--forc: unknown option; did you mean --force?"},
		{"-colour", "-colour: unknown option; did you mean --color?"},
		{"--coolr=never",
		 "--coolr=never: unknown option; did you mean --color?"},
		{"--force=1", "--force=1: this option takes no value"},
		{"--output", "--output: this option needs a value"},
		{"-o", "-o: this option needs a value"},
		{"-\xff", "-\xff: unknown option"},
		{"--color=blue", "--color=blue: must be one of never|always"},
		{"--color=never|always",
		 "--color=never|always: must be one of never|always"},
		{"--color=", "--color=: must be one of never|always"},
	};
	struct args a;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(PARSE(&a, "word", bad[i][0]), ERR_FORMAT);
		assert_string_equal(message, bad[i][1]);
	}
}

static void a_choice_is_one_of_its_words(void **state)
{
	struct args a;

	(void)state;
	assert_int_equal(PARSE(&a, "--color", "always"), ERR_OK);
	assert_string_equal(a.value[2], "always");
	args_release(&a);
}

static void plain_words_are_operands(void **state)
{
	char words[][8] = {"-f", "--force", "-r"};
	char *argv[3];
	bool plain[] = {true, true, false};
	struct args a;

	(void)state;
	for (int i = 0; i < 3; i++)
		argv[i] = words[i];
	assert_int_equal(args_parse(&a, &(struct args_words){3, argv, plain},
				    options, common, message),
			 ERR_OK);
	assert_int_equal(a.count, 2);
	assert_string_equal(a.operands[1], "--force");
	assert_true(a.given['r'] && !a.given['f']);
	args_release(&a);
}

static void the_head_ends_at_the_first_operand(void **state)
{
	char words[][8] = {"-o", "x", "put", "-r"};
	char *argv[4];
	struct args a;
	int used;

	(void)state;
	for (int i = 0; i < 4; i++)
		argv[i] = words[i];
	assert_int_equal(args_parse_head(&a,
					 &(struct args_words){4, argv, NULL},
					 options, &used, message),
			 ERR_OK);
	assert_int_equal(used, 2);
	assert_string_equal(a.value['o'], "x");
	assert_false(a.given['r']);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_stand_anywhere),
		cmocka_unit_test(letters_may_stand_together),
		cmocka_unit_test(long_options_take_values_either_way),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(a_dash_and_an_empty_word_are_operands),
		cmocka_unit_test(every_value_of_a_repeated_option_is_kept),
		cmocka_unit_test(an_option_may_have_a_long_name_only),
		cmocka_unit_test(wrong_options_are_named),
		cmocka_unit_test(a_choice_is_one_of_its_words),
		cmocka_unit_test(plain_words_are_operands),
		cmocka_unit_test(the_head_ends_at_the_first_operand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
