/* A shell's words made a command's. */
#include "list_kit.h"

#include <sys/stat.h>

#include "cache.h"
#include "command.h"
#include "expand.h"

static struct client client;
static struct expanded x;
static char result[4096]; /* the words, an operand in [], blanks between */

static void show(void)
{
	size_t at = 0;

	result[0] = '\0';
	for (int i = 1; i < x.argc; i++)
		at += (size_t)snprintf(result + at, sizeof(result) - at,
				       x.plain[i] ? "%s[%s]" : "%s%s",
				       i > 1 ? " " : "", x.argv[i]);
	assert_null(x.argv[x.argc]);
}

/* The line's words, where cd has gone to prefix. */
static enum exit_status expand(const char *prefix, const char *line)
{
	struct here here;
	struct words w;
	enum exit_status status;

	(void)snprintf(here.prefix, sizeof(here.prefix), "%s", prefix);
	assert_int_equal(words_parse(&w, line, strlen(line)), ERR_OK);
	status = expand_words(&x, &client, command_find(w.list[0].text), &here,
			      &w);
	if (!status)
		show();
	words_release(&w);
	return status;
}

#define EXPECT(prefix, line, want) \
	do { \
		assert_int_equal(expand(prefix, line), EXIT_DONE); \
		assert_string_equal(result, want); \
		expand_release(&x); \
	} while (0)

/* What the command itself makes of it. */
static bool is_parsed(const char *prefix, const char *line, struct args *a)
{
	char message[ARGS_MESSAGE_MAX];
	const struct command *cmd;

	assert_int_equal(expand(prefix, line), EXIT_DONE);
	cmd = command_find(x.argv[0]);
	return args_parse(a,
			  &(struct args_words){x.argc - 1, x.argv + 1,
					       x.plain + 1},
			  cmd->options, command_common, message) == ERR_OK;
}

static void stored_names_are_brought_to_where_one_is(void **state)
{
	(void)state;
	EXPECT("", "get a b/c", "[a] [b/c]");
	EXPECT("docs", "get a /b ../c", "[docs/a] [b] [c]");
	EXPECT("docs", "rm -f -- -x", "-f -- [docs/-x]");
	EXPECT("docs", "get -", "[docs/-]");
	EXPECT("docs", "list a/", "[docs/a/]");
}

/* As a target of cp and mirror; to others it is all that there is. */
static void the_top_is_a_slash_to_what_changes_something(void **state)
{
	(void)state;
	EXPECT("docs", "cp a ..", "[docs/a] [/]");
	EXPECT("docs", "mv a b /", "[docs/a] [docs/b] [/]");
	EXPECT("docs", "mirror / dir", "[/] [dir]");
	EXPECT("docs", "rm -r ''", "-r []");
	EXPECT("docs", "ls ..", "[]");
}

static void values_of_options_are_too(void **state)
{
	(void)state;
	EXPECT("docs", "put -t new a", "-t docs/new [a]");
	EXPECT("docs", "put -tnew a", "-tdocs/new [a]");
	EXPECT("docs", "put -rt /new a", "-rt new [a]");
	EXPECT("docs", "put --to=../new a", "--to=new [a]");
	EXPECT("docs", "put -rt/ a", "-rt  [a]");
	EXPECT("docs", "put --to=/ a", "--to= [a]");
	EXPECT("docs", "put -t / a", "-t  [a]");
	EXPECT("docs", "put -o n a", "-o docs/n [a]");
	EXPECT("docs", "put -o - a", "-o docs/- [a]");
	EXPECT("docs", "get -t dir a", "-t dir [docs/a]");
}

static void other_words_stay_as_they_are(void **state)
{
	(void)state;
	EXPECT("docs", "members add dfs1", "[add] [dfs1]");
	EXPECT("docs", "help put", "[put]");
	EXPECT("docs", "set jobs 8", "[jobs] [8]");
	EXPECT("docs", "lcd ..", "[..]");
	EXPECT("docs", "cd -", "[-]");
	EXPECT("docs", "cd ..", "[]");
	EXPECT("docs", "get 'a\\*b' \\*", "[docs/a\\*b] [docs/*]");
}

static void names_of_dashes_are_operands_all_the_same(void **state)
{
	struct args a;

	(void)state;
	EXPECT("", "rm ./-f", "[-f]");
	assert_true(is_parsed("", "rm ./-f", &a));
	assert_int_equal(a.count, 1);
	assert_string_equal(a.operands[0], "-f");
	assert_false(a.given['f']);
	args_release(&a);
	expand_release(&x);
}

static void a_command_without_operands_is_about_where_one_is(void **state)
{
	(void)state;
	EXPECT("docs", "list", "[docs/]");
	EXPECT("docs", "ls -l", "[docs/] -l");
	EXPECT("docs", "du -d 1 --", "[docs/] -d 1 --");
	EXPECT("", "list", "");
	EXPECT("docs", "list x", "[docs/x]");
	EXPECT("docs", "check", "");
	EXPECT("docs", "heal -n", "-n");
}

static void what_is_put_goes_to_where_one_is(void **state)
{
	struct args a;

	(void)state;
	EXPECT("docs", "put a", "-t docs/ [a]");
	EXPECT("", "put a", "[a]");
	assert_true(is_parsed("docs", "put -- -a", &a));
	assert_int_equal(a.count, 1);
	assert_string_equal(a.operands[0], "-a");
	assert_string_equal(a.value['t'], "docs/");
	args_release(&a);
	expand_release(&x);
}

/* Where one is must not become the value that is missing. */
static void an_option_without_its_value_stays_without(void **state)
{
	static const char *const lines[] = {
		"put a -t", "put a -o", "put a --to", "du -d", "find --name"};
	struct args a;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_false(is_parsed("docs", lines[i], &a));
		expand_release(&x);
	}
}

static void words_too_long_for_a_name_are_refused(void **state)
{
	size_t len = WORDS_LINE_MAX - 4;
	char *line = malloc(len + 1);

	(void)state;
	assert_non_null(line);
	memset(line, 'a', len);
	memcpy(line, "get ", 4);
	line[len] = '\0';
	assert_int_equal(expand("docs", line), EXIT_DONE);
	expand_release(&x);
	assert_int_equal(expand("a/long/prefix", line), EXIT_USAGE);
	assert_null(x.argv);
	/* Options of one letter, and one that has a value. */
	memset(line, 'q', len);
	memcpy(line, "put -", 5);
	line[len - 2] = 't';
	assert_int_equal(expand("docs", line), EXIT_DONE);
	expand_release(&x);
	assert_int_equal(expand("a/long/prefix", line), EXIT_USAGE);
	assert_int_equal(expand("", line), EXIT_DONE);
	expand_release(&x);
	free(line);
}

/* Patterns of stored names */

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
	client = (struct client){0};
}

/* The servers are asked for one prefix, and have these names below it. */
static enum exit_status match(const char *asked, const char *names,
			      const char *prefix, const char *line)
{
	enum exit_status status;

	serve_all(asked, names);
	open_client();
	status = expand(prefix, line);
	close_client();
	return status;
}

#define EXPECT_MATCH(asked, names, prefix, line, want) \
	do { \
		assert_int_equal(match(asked, names, prefix, line), \
				 EXIT_DONE); \
		assert_string_equal(result, want); \
		expand_release(&x); \
	} while (0)

static void a_pattern_stands_for_the_names_that_match(void **state)
{
	(void)state;
	EXPECT_MATCH("", "a.c b.c d.h x/a.c", "", "get -j 3 *.c z",
		     "-j 3 [a.c] [b.c] [z]");
	EXPECT_MATCH("docs/", "docs/a docs/b docs/c/d", "docs", "get *",
		     "[docs/a] [docs/b]");
	EXPECT_MATCH("a*b/", "a*b/x a*b/y", "a*b", "get ?", "[a*b/x] [a*b/y]");
	EXPECT_MATCH("", "-a -b c~d", "", "rm *", "[-a] [-b] [c d]");
	EXPECT_MATCH("x~y", "x~y1 x~y2", "", "get 'x y'*", "[x y1] [x y2]");
}

static void a_name_that_cannot_be_rebuilt_matches_too(void **state)
{
	serve_all("", "a! b!");
	open_client();
	assert_int_equal(expand("", "rm ?"), EXIT_DONE);
	assert_string_equal(result, "[a] [b]");
	expand_release(&x);
	close_client();
	(void)state;
}

static void a_directory_matches_once_where_trees_are_taken(void **state)
{
	(void)state;
	EXPECT_MATCH("", "d.x d/a d/b/c e/f f", "", "rm -r *",
		     "-r [d.x] [d] [e] [f]");
	EXPECT_MATCH("", "d.x d/a d/b/c e/f f", "", "rm *", "[d.x] [f]");
	EXPECT_MATCH("", "d.x d/a d/b/c e/f f", "", "ls *",
		     "[d.x] [d] [e] [f]");
	EXPECT_MATCH("d/", "d/b/c d/b/d d/c/e", "", "rm -r d/*",
		     "-r [d/b] [d/c]");
	/* A file and a directory of one name. */
	EXPECT_MATCH("", "d d.x d.y/z d/a e", "", "rm -r *",
		     "-r [d] [d.x] [d.y] [e]");
	EXPECT_MATCH("", "a/y ab/x", "", "rm -r ??", "-r [ab]");
}

static void a_directory_may_be_all_that_is_meant(void **state)
{
	(void)state;
	EXPECT_MATCH("", "a b/c d/e f", "", "ls */", "[b] [d]");
	EXPECT_MATCH("", "a b/c d/e f", "", "rm -r [a-b]/", "-r [b]");
	EXPECT_MATCH("d", "d d.x d/e", "", "cd d*", "[d]");
	EXPECT_MATCH("docs/", "docs/a docs/b/c", "docs", "cd *", "[docs/b]");
	EXPECT_MATCH("", "a b/c", "", "check *", "[a] [b]");
	assert_int_equal(match("", "a b/c", "", "get */"), EXIT_ABSENT);
	assert_int_equal(match("a", "a", "", "cd a*"), EXIT_ABSENT);
}

static void no_match_is_an_error_and_too_few_servers_another(void **state)
{
	(void)state;
	assert_int_equal(match("x", "", "", "get x*"), EXIT_ABSENT);
	assert_null(x.argv);
	assert_int_equal(match("", "", "", "get *"), EXIT_ABSENT);
	serve_below(0, "", "a b", FAKE_HOLD);
	serve_below(1, "", "a", FAKE_END);
	serve_below(2, "", "", FAKE_END);
	open_client();
	assert_int_equal(expand("", "get *"), EXIT_TEMPORARY);
	close_client();
}

static void a_pattern_that_is_none_is_refused_at_once(void **state)
{
	(void)state;
	assert_int_equal(expand("", "get ********************************** a"),
			 EXIT_USAGE);
}

/* What was quoted is no pattern, and needs no server. */
static void what_was_quoted_is_no_pattern(void **state)
{
	(void)state;
	EXPECT("", "get '*' \"?\" \\[a]", "[*] [?] [[a]]");
}

/* Patterns of local files */

static void local_patterns_stand_for_local_files(void **state)
{
	char top[] = "/tmp/shell_expand.XXXXXX";
	static const char *const names[] = {"-a", "b c", "d*", ".e"};
	char wanted[200];

	(void)state;
	assert_non_null(mkdtemp(top));
	assert_int_equal(chdir(top), 0);
	for (size_t i = 0; i < 4; i++) {
		FILE *f = fopen(names[i], "w");

		assert_non_null(f);
		fclose(f);
	}
	EXPECT("", "put *", "[-a] [b c] [d*]");
	EXPECT("docs", "put -r *", "-t docs/ -r [-a] [b c] [d*]");
	EXPECT("", "put d\\**", "[d*]");
	EXPECT("", "lls ?a", "[-a]");
	assert_int_equal(setenv("HOME", top, 1), 0);
	(void)snprintf(wanted, sizeof(wanted), "-t docs/ [%s/a b] [~a] [~]",
		       top);
	EXPECT("docs", "put ~/a\\ b ~a '~'", wanted);
	(void)snprintf(wanted, sizeof(wanted), "[%s/b c]", top);
	EXPECT("", "put ~/b*", wanted);
	(void)snprintf(wanted, sizeof(wanted), "-t %s/x [docs/~]", top);
	EXPECT("docs", "get -t ~/x ~", wanted);
	(void)snprintf(wanted, sizeof(wanted), "[%s]", top);
	EXPECT("", "lcd ~", wanted);
	assert_int_equal(unsetenv("HOME"), 0);
	EXPECT("", "lcd ~", "[~]");
	assert_int_equal(expand("", "put x*"), EXIT_ABSENT);
	assert_null(x.argv);
	/* An option's value is no pattern. */
	EXPECT("", "put --files-from=* a", "--files-from=* [a]");
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(unlink(names[i]), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(top), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stored_names_are_brought_to_where_one_is),
		cmocka_unit_test(the_top_is_a_slash_to_what_changes_something),
		cmocka_unit_test(values_of_options_are_too),
		cmocka_unit_test(other_words_stay_as_they_are),
		cmocka_unit_test(names_of_dashes_are_operands_all_the_same),
		cmocka_unit_test(
			a_command_without_operands_is_about_where_one_is),
		cmocka_unit_test(what_is_put_goes_to_where_one_is),
		cmocka_unit_test(an_option_without_its_value_stays_without),
		cmocka_unit_test(words_too_long_for_a_name_are_refused),
		cmocka_unit_test(a_pattern_stands_for_the_names_that_match),
		cmocka_unit_test(a_name_that_cannot_be_rebuilt_matches_too),
		cmocka_unit_test(
			a_directory_matches_once_where_trees_are_taken),
		cmocka_unit_test(a_directory_may_be_all_that_is_meant),
		cmocka_unit_test(
			no_match_is_an_error_and_too_few_servers_another),
		cmocka_unit_test(a_pattern_that_is_none_is_refused_at_once),
		cmocka_unit_test(what_was_quoted_is_no_pattern),
		cmocka_unit_test(local_patterns_stand_for_local_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
