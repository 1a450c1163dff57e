/* What may stand at a shell's cursor. */
#include "list_kit.h"

#include <sys/stat.h>

#include "clock.h"
#include "command.h"
#include "complete.h"

static struct client client;
static struct completion c;
static char result[4096]; /* the candidates, a '|' behind each */

static void complete(const char *prefix, const char *line)
{
	struct here here;
	size_t at = 0;

	completion_release(&c);
	(void)snprintf(here.prefix, sizeof(here.prefix), "%s", prefix);
	complete_line(&client, &here, line, strlen(line), &c);
	result[0] = '\0';
	for (size_t i = 0; i < c.count; i++) {
		assert_true(c.shown_from <= strlen(c.list[i]));
		at += (size_t)snprintf(result + at, sizeof(result) - at, "%s|",
				       c.list[i]);
	}
}

#define EXPECT(line, want) \
	do { \
		complete("", line); \
		assert_string_equal(result, want); \
	} while (0)

static bool offers(const char *word)
{
	for (size_t i = 0; i < c.count; i++)
		if (strcmp(c.list[i], word) == 0)
			return true;
	return false;
}

/* Words of the program's own */

static void commands_come_first(void **state)
{
	(void)state;
	EXPECT("he", "head|heal|help|");
	assert_int_equal(c.begin, 0);
	EXPECT(" sta", "stat|status|");
	assert_int_equal(c.begin, 1);
	EXPECT("-sta", "stat|status|");
	assert_int_equal(c.begin, 1);
	EXPECT(" - sta", "stat|status|");
	EXPECT("zz", "");
	EXPECT("nosuch a", "");
	EXPECT("help sta", "stat|status|");
	complete("", "");
	assert_true(offers("put") && offers("quit") && offers("cd"));
}

static void second_names_come_where_no_first_one_fits(void **state)
{
	(void)state;
	EXPECT("mp", "mput|");
	EXPECT("ex", "explain|");
	EXPECT("exi", "exit|");
	EXPECT("complet", "completion|");
}

static void an_operand_too_many_has_no_candidates(void **state)
{
	(void)state;
	EXPECT("df ", "");
	EXPECT("members add dfs1 ", "");
	EXPECT("members add dfs1 d", "");
	EXPECT("help put ", "");
}

static void a_line_for_the_local_shell_is_its_own_affair(void **state)
{
	(void)state;
	EXPECT("!", "");
	EXPECT("  !l", "");
	EXPECT("!put -", "");
	EXPECT("put # -", "");
}

static void options_are_those_of_the_command_and_of_all(void **state)
{
	(void)state;
	EXPECT("put --t", "--to=|");
	EXPECT("get --re", "--recursive|--resume|");
	EXPECT("put -j 3 x --r", "--recursive|");
	complete("", "ls -");
	assert_true(offers("--long") && offers("--json") && offers("--color="));
	assert_false(offers("--to="));
	EXPECT("put -- --t", "");
	EXPECT("put -r", "");
}

static void values_are_what_the_option_takes(void **state)
{
	(void)state;
	EXPECT("ls --color=", "--color=always|--color=auto|--color=never|");
	assert_int_equal(c.begin, 3);
	EXPECT("ls --color=a", "--color=always|--color=auto|");
	EXPECT("ls --color n", "never|");
	EXPECT("check --without ", "dfs1|dfs2|dfs3|");
	EXPECT("check --without=dfs", "--without=dfs1|--without=dfs2|"
				      "--without=dfs3|");
	EXPECT("members add ", "dfs1|dfs2|dfs3|");
	EXPECT("members ", "add|remove|");
	EXPECT("members -j 4 r", "remove|");
	EXPECT("check --without=\"dfs2", "--without=dfs2|");
	EXPECT("put -j ", "");
}

static void settings_have_names_and_values(void **state)
{
	(void)state;
	EXPECT("set js", "json|");
	EXPECT("set json ", "off|on|");
	EXPECT("set json o", "off|on|");
	EXPECT("set -q json o", "off|on|");
	EXPECT("set json on o", "");
	EXPECT("set nosuch ", "");
	EXPECT("set jobs ", "");
}

/* Local files */

static char top[] = "/tmp/shell_complete.XXXXXX";

static void make(const char *name)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fclose(f);
}

static int go_local(void **state)
{
	(void)state;
	strcpy(strrchr(top, '.'), ".XXXXXX");
	assert_non_null(mkdtemp(top));
	assert_int_equal(chdir(top), 0);
	return 0;
}

static int leave_local(void **state)
{
	char command[300];

	(void)state;
	assert_int_equal(chdir("/"), 0);
	(void)snprintf(command, sizeof(command), "rm -rf -- '%s'", top);
	return system(command);
}

static void local_files_are_offered_where_they_are_taken(void **state)
{
	(void)state;
	make("abc");
	make(".hidden");
	assert_int_equal(mkdir("adir", 0700), 0);
	make("adir/x y");
	EXPECT("put a", "abc|adir/|");
	EXPECT("put abc adi", "adir/|");
	EXPECT("put ", "abc|adir/|");
	EXPECT("put .h", ".hidden|");
	EXPECT("put adir/", "adir/x y|");
	assert_int_equal(c.shown_from, 5);
	EXPECT("get --output=a", "--output=abc|--output=adir/|");
	EXPECT("get -oa", "-oabc|-oadir/|");
	EXPECT("lcd a", "adir/|");
	EXPECT("get -t ", "adir/|");
	EXPECT("put nosuch/", "");
}

static void the_home_directory_is_looked_into(void **state)
{
	(void)state;
	make("abc");
	make("~x");
	assert_int_equal(mkdir("adir", 0700), 0);
	assert_int_equal(chdir("adir"), 0);
	assert_int_equal(setenv("HOME", top, 1), 0);
	EXPECT("put ~/a", "~/abc|~/adir/|");
	assert_int_equal(c.shown_from, 2);
	EXPECT("get -t ~/", "~/adir/|");
	EXPECT("put '~/a", "");
	EXPECT("put \\~/a", "");
	EXPECT("get ~/a", "");
	assert_int_equal(chdir(".."), 0);
	EXPECT("put ~", "./~x|");
	assert_int_equal(unsetenv("HOME"), 0);
	EXPECT("put ~/a", "");
}

static void quotes_and_blanks_are_of_the_word(void **state)
{
	(void)state;
	make("my file");
	make("it's");
	EXPECT("put my", "my file|");
	assert_int_equal(c.style, WORDS_BARE);
	EXPECT("put my\\ f", "my file|");
	assert_int_equal(c.begin, 4);
	EXPECT("put 'my f", "my file|");
	assert_int_equal(c.style, WORDS_SINGLE);
	assert_int_equal(c.begin, 4);
	EXPECT("put \"it'", "it's|");
	assert_int_equal(c.style, WORDS_DOUBLE);
}

static void what_would_speak_to_the_terminal_is_not_offered(void **state)
{
	(void)state;
	make("a\x1b[31m");
	make("a\n");
	make("a\x7f");
	make("a\xc2\x9b");
	make("a\x9b");
	make("a\xff");
	make("a\\");
	make("a\xc3\xa4");
	EXPECT("put a", "a\\|a\xc3\xa4|");
}

static void a_name_like_an_option_is_written_with_its_directory(void **state)
{
	(void)state;
	make("-x");
	EXPECT("put ", "./-x|");
	EXPECT("put ./-", "./-x|");
	EXPECT("put -- -", "-x|");
	EXPECT("put --files-from ", "-x|");
	EXPECT("put --files-from=", "--files-from=-x|");
}

/* Stored names */

static void open_client(void)
{
	set_servers(&client.settings);
	client.configured = client.opened = true;
	assert_int_equal(loop_init(&client.loop), ERR_OK);
	assert_int_equal(cluster_init(&client.cluster, &client.loop,
				      &client.settings, NULL),
			 ERR_OK);
	cluster_open(&client.cluster);
}

static void close_client(void)
{
	cluster_release(&client.cluster);
	loop_release(&client.loop);
	end_servers();
	client.opened = false;
}

/* The servers are asked for one prefix, and have these names below it. */
static void expect_stored(const char *asked, const char *names,
			  const char *prefix, const char *line,
			  const char *want)
{
	serve_all(asked, names);
	open_client();
	complete(prefix, line);
	close_client();
	assert_string_equal(result, want);
}

static void stored_names_are_offered_level_by_level(void **state)
{
	(void)state;
	expect_stored("", "a.b a/b a/c/d b", "", "get ", "a.b|a/|b|");
	expect_stored("a", "a.b a/b a/c/d", "", "rm a", "a.b|a/|");
	expect_stored("a/", "a/b a/c/d a/c/e", "", "get a/", "a/b|a/c/|");
	assert_int_equal(c.shown_from, 2);
	expect_stored("a/c", "a/c/d", "", "get a/c", "a/c/|");
	/* A file and a directory of one name. */
	expect_stored("d", "d d/a", "", "get d", "d|d/|");
}

static void they_are_offered_as_they_are_written_where_one_is(void **state)
{
	(void)state;
	expect_stored("docs/", "docs/a docs/b/c", "docs", "get ", "a|b/|");
	expect_stored("docs/b", "docs/b/c docs/bb", "docs", "get b", "b/|bb|");
	expect_stored("x", "x y", "docs", "get /x", "/x|");
	expect_stored("o", "o/p", "docs", "get ../o", "../o/|");
	expect_stored("docs/..", "docs/..a", "docs", "get ..", "..a|");
}

static void prefixes_only_where_only_those_are_taken(void **state)
{
	(void)state;
	expect_stored("", "a b/c b/d/e", "", "cd ", "b/|");
	expect_stored("b/", "b/c b/d/e", "", "put -t b/", "b/d/|");
	expect_stored("", "a b/c", "", "put --to=", "--to=b/|");
	expect_stored("", "a b/c", "", "put -o ", "a|b/|");
	expect_stored("b", "b/c", "", "put -rtb", "-rtb/|");
}

static void stored_names_have_blanks_and_dashes_too(void **state)
{
	(void)state;
	expect_stored("x ", "x~y x~z", "", "get x\\ ", "x y|x z|");
	assert_int_equal(c.style, WORDS_BARE);
	expect_stored("x ", "x~y x~z", "", "get 'x ", "x y|x z|");
	assert_int_equal(c.style, WORDS_SINGLE);
	expect_stored("", "- -r -x/y", "", "rm ", "./-|./-r|./-x/|");
	expect_stored("-", "-r", "", "rm -- -", "-r|");
	expect_stored("a*", "a*c", "", "get a\\*", "a*c|");
	expect_stored("", "a\x1b[2J a\x9b b\n c", "", "get ", "c|");
}

static void a_server_that_stalls_costs_no_more_than_its_time(void **state)
{
	const struct fake_step silent[] = {{FAKE_HOLD, NULL, 0},
					   {FAKE_HOLD, NULL, 0}};
	uint64_t begun = clock_ms();

	(void)state;
	serve_below(0, "", "a b", FAKE_HOLD);
	serve_below(1, "", "b c", FAKE_HOLD);
	serve_script(2, 0, silent);
	open_client();
	complete("", "get ");
	assert_in_range(clock_ms() - begun, COMPLETE_MS - 50, 3 * COMPLETE_MS);
	close_client();
	assert_string_equal(result, "a|b|c|");
}

static void without_servers_there_are_no_stored_names(void **state)
{
	(void)state;
	EXPECT("get ", "");
	EXPECT("cd a/", "");
}

static void words_longer_than_any_name_have_no_candidates(void **state)
{
	char line[3 * NAME_MAX_BYTES];

	(void)state;
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	memcpy(line, "get ", 4);
	client.opened = true; /* nobody is asked */
	EXPECT(line, "");
	line[2 * NAME_MAX_BYTES] = '/';
	EXPECT(line, "");
	client.opened = false;
}

/* What they have in common */

static size_t common(char **list, size_t count)
{
	return completion_common(
		&(struct completion){.list = list, .count = count});
}

static void the_common_part_ends_between_characters(void **state)
{
	char a[] = "x\xc3\xa4";
	char b[] = "x\xc3\xb6";
	char d[] = "xy";
	char *list[] = {a, b, d};

	(void)state;
	assert_int_equal(common(list, 0), 0);
	assert_int_equal(common(list, 1), 3);
	assert_int_equal(common(list, 2), 1);
	assert_int_equal(common(list, 3), 1);
}

static void directories_and_options_with_a_value_go_on(void **state)
{
	(void)state;
	assert_true(completion_goes_on("a/"));
	assert_true(completion_goes_on("--to="));
	assert_false(completion_goes_on("a="));
	assert_false(completion_goes_on("--long"));
	assert_false(completion_goes_on(""));
}

static int set_up(void **state)
{
	(void)state;
	set_servers(&client.settings);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	completion_release(&c);
	return 0;
}

#define LOCAL(f) cmocka_unit_test_setup_teardown(f, go_local, leave_local)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_come_first),
		cmocka_unit_test(second_names_come_where_no_first_one_fits),
		cmocka_unit_test(an_operand_too_many_has_no_candidates),
		cmocka_unit_test(a_line_for_the_local_shell_is_its_own_affair),
		cmocka_unit_test(options_are_those_of_the_command_and_of_all),
		cmocka_unit_test(values_are_what_the_option_takes),
		cmocka_unit_test(settings_have_names_and_values),
		LOCAL(local_files_are_offered_where_they_are_taken),
		LOCAL(the_home_directory_is_looked_into),
		LOCAL(quotes_and_blanks_are_of_the_word),
		LOCAL(what_would_speak_to_the_terminal_is_not_offered),
		LOCAL(a_name_like_an_option_is_written_with_its_directory),
		cmocka_unit_test(stored_names_are_offered_level_by_level),
		cmocka_unit_test(
			they_are_offered_as_they_are_written_where_one_is),
		cmocka_unit_test(prefixes_only_where_only_those_are_taken),
		cmocka_unit_test(stored_names_have_blanks_and_dashes_too),
		cmocka_unit_test(
			a_server_that_stalls_costs_no_more_than_its_time),
		cmocka_unit_test(without_servers_there_are_no_stored_names),
		cmocka_unit_test(words_longer_than_any_name_have_no_candidates),
		cmocka_unit_test(the_common_part_ends_between_characters),
		cmocka_unit_test(directories_and_options_with_a_value_go_on),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
