/* What each word of a line is: the same as args_parse() says afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "digest.h"
#include "position.h"

#define LINES 200000
#define WORDS_OF_A_LINE 8
#define WORD_MAX 40

static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* Where position_take() found operands and values, in order. */
struct seen {
	const char *operands[WORDS_OF_A_LINE];
	size_t operand_count;
	struct args_value values[WORDS_OF_A_LINE];
	size_t value_count;
};

static const struct args_option *any_option(const struct command *cmd)
{
	const struct args_option *all[64];
	uint32_t n = 0;

	for (const struct args_option *o = cmd->options; o && o->letter; o++)
		all[n++] = o;
	for (const struct args_option *o = command_common; o->letter; o++)
		all[n++] = o;
	return all[random_below(n)];
}

static void random_word(const struct command *cmd, char word[WORD_MAX])
{
	static const char *const plain[] = {
		"a",   "docs/b", "-",	     "--",    "---", "",  "-x=y",
		"--=", "never",	 "\xff\xfe", "-\x01", "-\t", "3", "-\xff"};
	const struct args_option *o = any_option(cmd);
	const char *name = o->name ? o->name : "";
	size_t n = 0;

	switch (random_below(6)) {
	case 0:
		snprintf(word, WORD_MAX, "--%s", name);
		break;
	case 1:
		snprintf(word, WORD_MAX, "--%s=%s", name,
			 random_below(2) ? "auto" : "");
		break;
	case 2:
	case 3:
		word[n++] = '-';
		for (uint32_t i = random_below(3) + 1; i > 0; i--)
			word[n++] = any_option(cmd)->letter;
		if (random_below(3) == 0)
			word[n++] = '9';
		word[n] = '\0';
		break;
	default:
		snprintf(word, WORD_MAX, "%s", plain[random_below(14)]);
	}
}

/* Of an operand behind so many others. */
static enum args_kind kind_of(const struct position *p, size_t before)
{
	if (before >= p->command->most)
		return ARGS_NONE;
	return (before == 0) != p->turned ? p->command->first
					  : p->command->rest;
}

static void see(const struct command *cmd, char words[][WORD_MAX], int count,
		struct seen *s)
{
	struct position p;

	*s = (struct seen){0};
	position_init(&p, cmd);
	for (int i = 0; i < count; i++) {
		size_t before = p.operands;
		struct position_word at = position_take(&p, words[i]);

		assert_true(at.skip <= strlen(words[i]));
		if (at.option) {
			assert_int_equal(at.kind, at.option->kind);
			s->values[s->value_count++] = (struct args_value){
				at.option->letter, words[i] + at.skip};
		} else if (p.operands > before) {
			assert_int_equal(at.kind, kind_of(&p, before));
			s->operands[s->operand_count++] = words[i];
		} else {
			assert_int_equal(at.kind, ARGS_NONE);
		}
	}
	assert_int_equal(p.operands, s->operand_count);
}

static void compare(const struct seen *s, const struct args *a)
{
	assert_int_equal(s->operand_count, a->count);
	for (size_t i = 0; i < a->count; i++)
		assert_ptr_equal(s->operands[i], a->operands[i]);
	assert_int_equal(s->value_count, a->value_count);
	for (size_t i = 0; i < a->value_count; i++) {
		assert_int_equal(s->values[i].letter, a->values[i].letter);
		assert_ptr_equal(s->values[i].text, a->values[i].text);
	}
}

static void every_word_is_what_the_command_takes_it_for(void **state)
{
	unsigned commands = 0, parsed = 0;

	(void)state;
	while (command_table[commands].name)
		commands++;
	for (unsigned n = 0; n < LINES; n++) {
		const struct command *cmd =
			&command_table[random_below(commands)];
		char words[WORDS_OF_A_LINE][WORD_MAX];
		char *argv[WORDS_OF_A_LINE];
		int count = (int)random_below(WORDS_OF_A_LINE + 1);
		char message[ARGS_MESSAGE_MAX];
		struct seen s;
		struct args a;

		for (int i = 0; i < count; i++) {
			random_word(cmd, words[i]);
			argv[i] = words[i];
		}
		see(cmd, words, count, &s);
		if (args_parse(&a, &(struct args_words){count, argv, NULL},
			       cmd->options, command_common, message))
			continue;
		parsed++;
		compare(&s, &a);
		args_release(&a);
	}
	/* Lines that are wrong would agree with anything. */
	assert_true(parsed > LINES / 20);
}

static struct position take(const char *name, const char *const *words,
			    struct position_word *last)
{
	struct position p;

	position_init(&p, command_find(name));
	for (; *words; words++)
		*last = position_take(&p, *words);
	return p;
}

#define TAKE(name, last, ...) \
	take(name, (const char *const[]){__VA_ARGS__, NULL}, last)

static void a_value_is_of_its_options_kind(void **state)
{
	struct position_word w;

	(void)state;
	TAKE("put", &w, "-t", "x");
	assert_int_equal(w.kind, ARGS_PREFIX);
	assert_int_equal(w.skip, 0);
	TAKE("put", &w, "-rtx");
	assert_int_equal(w.kind, ARGS_PREFIX);
	assert_int_equal(w.skip, 3);
	TAKE("put", &w, "--to=x");
	assert_int_equal(w.kind, ARGS_PREFIX);
	assert_int_equal(w.skip, 5);
	TAKE("put", &w, "--to", "--");
	assert_int_equal(w.kind, ARGS_PREFIX);
	TAKE("get", &w, "--color=");
	assert_int_equal(w.kind, ARGS_CHOICE);
	assert_int_equal(w.skip, 8);
}

static void a_word_behind_dashes_is_an_operand(void **state)
{
	struct position_word w;
	struct position p = TAKE("put", &w, "--", "-t");

	(void)state;
	assert_int_equal(w.kind, ARGS_LOCAL);
	assert_null(p.due);
	assert_true(p.ended);
	TAKE("put", &w, "-");
	assert_int_equal(w.kind, ARGS_LOCAL);
}

static void the_letters_of_long_options_are_not_typed(void **state)
{
	const char word[] = {'-', OPT_FILES_FROM, '\0'};
	struct position_word w;
	struct position p = TAKE("put", &w, word);

	(void)state;
	assert_null(p.due);
	assert_int_equal(w.kind, ARGS_NONE);
}

static void recursion_is_noticed(void **state)
{
	struct position_word w;

	(void)state;
	assert_true(TAKE("rm", &w, "-fr").recursive);
	assert_true(TAKE("rm", &w, "--recursive").recursive);
	assert_false(TAKE("rm", &w, "-f", "r").recursive);
	assert_false(TAKE("rm", &w, "--", "-r").recursive);
	assert_false(TAKE("rm", &w, "-jr").recursive);
}

static int make_seed(void **state)
{
	const char *given = getenv("SEED");

	(void)state;
	digest_random(&seed, sizeof(seed));
	if (given)
		seed = strtoull(given, NULL, 10);
	print_message("# SEED=%llu repeats this\n", (unsigned long long)seed);
	return 0;
}

static void with_R_a_mirrors_operands_change_places(void **state)
{
	struct position_word w;

	(void)state;
	(void)TAKE("mirror", &w, "a");
	assert_int_equal(w.kind, ARGS_PREFIX);
	(void)TAKE("mirror", &w, "a", "b");
	assert_int_equal(w.kind, ARGS_DIRECTORY);
	(void)TAKE("mirror", &w, "-nR", "a");
	assert_int_equal(w.kind, ARGS_DIRECTORY);
	(void)TAKE("mirror", &w, "--reverse", "a", "b");
	assert_int_equal(w.kind, ARGS_PREFIX);
	(void)TAKE("ls", &w, "-R", "a");
	assert_int_equal(w.kind, ARGS_STORED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_is_what_the_command_takes_it_for),
		cmocka_unit_test(a_value_is_of_its_options_kind),
		cmocka_unit_test(a_word_behind_dashes_is_an_operand),
		cmocka_unit_test(the_letters_of_long_options_are_not_typed),
		cmocka_unit_test(recursion_is_noticed),
		cmocka_unit_test(with_R_a_mirrors_operands_change_places),
	};

	return cmocka_run_group_tests(tests, make_seed, NULL);
}
