/* Configuration files: what is taken, and what is said of the rest. */
#include <errno.h>
#include <fcntl.h>
#include <iniparser/iniparser.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"

static const struct conf_key keys[] = {
	{"daemon", "listen"}, {"daemon", "reserve"}, {"daemon", "fence"},
	{"daemon", "create"}, {"daemon", "user"},    {"client", "require"},
	{"servers", NULL},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static char path[] = "/tmp/dfs-conf-XXXXXX";
static char message[CONF_MESSAGE_MAX];

static void write_file(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(close(fd), 0);
}

static struct conf *taken(const char *text)
{
	struct conf *c = NULL;

	write_file(text, strlen(text));
	memset(message, 0, sizeof(message));
	if (conf_open(path, 1, keys, KEYS, &c, message) != ERR_OK)
		fail_msg("refused: %s", message);
	return c;
}

/* The message must be "FILE:LINE: why", or "FILE: why" with line 0. */
static void refused_bytes(const char *bytes, size_t len, unsigned line,
			  const char *why)
{
	struct conf *c = (struct conf *)(void *)&message;
	char want[CONF_MESSAGE_MAX];

	write_file(bytes, len);
	if (line == 0)
		snprintf(want, sizeof(want), "%s: %s", path, why);
	else
		snprintf(want, sizeof(want), "%s:%u: %s", path, line, why);
	assert_int_equal(conf_open(path, 1, keys, KEYS, &c, message),
			 ERR_FORMAT);
	assert_string_equal(message, want);
	assert_ptr_equal(c, message);
}

static void refused(const char *text, unsigned line, const char *why)
{
	refused_bytes(text, strlen(text), line, why);
}

static void values_comments_and_blanks_are_read(void **state)
{
	struct conf *c = taken("# comment\n"
			       "; another = one\n"
			       "\n"
			       "   \t\n"
			       "[daemon]\n"
			       "listen=127.0.0.1:1\n"
			       "  reserve\t= 64MiB   ; a comment\n"
			       "user = \"a b;c#d\" # quoted\n"
			       "[ client ]\n"
			       "require = 'all'\n");

	(void)state;
	assert_string_equal(conf_text(c, "daemon", "listen"), "127.0.0.1:1");
	assert_string_equal(conf_text(c, "daemon", "reserve"), "64MiB");
	assert_string_equal(conf_text(c, "daemon", "user"), "a b;c#d");
	assert_string_equal(conf_text(c, "client", "require"), "all");
	assert_null(conf_text(c, "daemon", "fence"));
	assert_null(conf_text(c, "client", "listen"));
	assert_int_equal(conf_line(c, "daemon", "listen"), 6);
	assert_int_equal(conf_line(c, "client", "require"), 10);
	assert_int_equal(conf_line(c, "daemon", "fence"), 0);
	assert_string_equal(conf_path(c), path);
	conf_free(c);
	conf_free(NULL);
}

static void carriage_returns_and_a_missing_last_newline_do_not_matter(
	void **state)
{
	struct conf *c = taken("[daemon]\r\nlisten = a:1 \r\n\r\n# c\r\n"
			       "user = x");

	(void)state;
	assert_string_equal(conf_text(c, "daemon", "listen"), "a:1");
	assert_string_equal(conf_text(c, "daemon", "user"), "x");
	conf_free(c);
	conf_free(taken(""));
	conf_free(taken("#"));
	conf_free(taken("\n"));
}

static void keys_and_sections_are_found_in_any_case(void **state)
{
	struct conf *c = taken("[Daemon]\nLISTEN = a:1\n[SERVERS]\nDFS1=b:1\n");

	(void)state;
	assert_string_equal(conf_text(c, "daemon", "listen"), "a:1");
	assert_string_equal(conf_text(c, "servers", "dfs1"), "b:1");
	assert_string_equal(conf_next(c, "servers", 0), "DFS1");
	conf_free(c);
}

static void a_section_of_free_keys_is_walked_in_the_order_of_the_file(
	void **state)
{
	struct conf *c = taken("[servers]\ndfs2 = b:2\ndfs1 = a:1\n"
			       "[daemon]\nuser = u\n");

	(void)state;
	assert_string_equal(conf_next(c, "servers", 0), "dfs2");
	assert_string_equal(conf_next(c, "servers", 1), "dfs1");
	assert_null(conf_next(c, "servers", 2));
	assert_string_equal(conf_next(c, "daemon", 0), "user");
	assert_null(conf_next(c, "client", 0));
	conf_free(c);
}

static void a_quoted_value_may_be_empty_and_keeps_its_blanks(void **state)
{
	struct conf *c = taken("[daemon]\nuser = \"\"\nlisten = '' # c\n"
			       "fence = \"  x \"\nreserve = 'a\"b'\n");

	(void)state;
	assert_string_equal(conf_text(c, "daemon", "user"), "");
	assert_string_equal(conf_text(c, "daemon", "listen"), "");
	assert_string_equal(conf_text(c, "daemon", "fence"), "  x ");
	assert_string_equal(conf_text(c, "daemon", "reserve"), "a\"b");
	conf_free(c);
}

static void lines_that_are_neither_are_refused_with_file_and_line(void **state)
{
	(void)state;
	refused("[daemon]\nlisten\n", 2, "neither [section] nor key = value");
	refused("[daemon]\n\n]\n", 3, "neither [section] nor key = value");
	refused("x", 1, "neither [section] nor key = value");
	refused("listen = 1\n", 1, "a key before the first [section]");
	refused("[daemon\n", 1, "a [section] line must end with \"]\"");
	refused("[daemon] # c\n", 1, "a [section] line must end with \"]\"");
	refused("[\n", 1, "a [section] line must end with \"]\"");
	refused("[]\n", 1, "section without a name");
	refused("[daemon]\n= 1\n", 2, "key without a name");
	refused("[daemon]\nlis ten = 1\n", 2,
		"\"lis ten\" is not a name for a key");
	refused("[dae]mon]\n", 1, "\"dae]mon\" is not a name for a section");
	refused("[a:b]\n", 1, "\"a:b\" is not a name for a section");
}

static void unknown_words_are_refused_with_the_nearest_known_one(void **state)
{
	(void)state;
	refused("[daemon]\nlissen = 1\n", 2,
		"unknown key \"lissen\" in [daemon]: is it \"listen\"?");
	refused("[daemon]\nusr = 1\n", 2,
		"unknown key \"usr\" in [daemon]: is it \"user\"?");
	refused("[daemon]\nrequire = all\n", 2,
		"unknown key \"require\" in [daemon]");
	refused("[demon]\n", 1, "unknown section [demon]: is it [daemon]?");
	refused("[other]\n", 1, "unknown section [other]");
}

static void what_is_there_twice_is_refused(void **state)
{
	(void)state;
	refused("[daemon]\nuser = a\n# c\nuser = b\n", 4,
		"key \"user\" is there already, on line 2");
	refused("[daemon]\nuser = a\nUser = a\n", 3,
		"key \"User\" is there already, on line 2");
	refused("[daemon]\n[client]\n[daemon]\n", 3,
		"section [daemon] is there already, on line 1");
	refused("[servers]\ndfs1 = a:1\nDFS1 = a:1\n", 3,
		"key \"DFS1\" is there already, on line 2");
}

static void values_that_would_be_cut_or_joined_are_refused(void **state)
{
	(void)state;
	refused("[daemon]\nuser = a#b\n", 2,
		"\"#\" within a value: put the value in quotes");
	refused("[daemon]\nuser = a;b\n", 2,
		"\";\" within a value: put the value in quotes");
	refused("[daemon]\nuser =\n", 2,
		"no value (write \"\" for an empty one)");
	refused("[daemon]\nuser = # c\n", 2,
		"no value (write \"\" for an empty one)");
	refused("[daemon]\nuser = \"a\n", 2, "the quote is not closed");
	refused("[daemon]\nuser = '\n", 2, "the quote is not closed");
	refused("[daemon]\nuser = \"a\" b\n", 2,
		"text behind the closing quote");
	refused("[daemon]\nuser = a\\\nlisten = b\n", 2,
		"a backslash at the end of a line");
	refused("# c \\ \nuser = 1\n", 1, "a backslash at the end of a line");
}

static void strange_bytes_are_refused(void **state)
{
	(void)state;
	refused_bytes("[daemon]\nuser = a\0b\n", 20, 2, "a NUL byte");
	refused_bytes("\0", 1, 1, "a NUL byte");
	refused("[daemon]\nuser = a\x1b"
		"b\n",
		2, "a control character");
	refused("[daemon]\nuser = a\rb\n", 2, "a control character");
	refused("# \x0c\n", 1, "a control character");
	refused("\xef\xbb\xbf[daemon]\n", 1,
		"neither [section] nor key = value");
}

static void long_lines_and_files_are_refused(void **state)
{
	static char text[(1u << 20) + 2];
	struct conf *c;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "[daemon]\nuser = ", 16);
	memcpy(text + 9 + 1000, "\n", 2);
	c = taken(text);
	assert_int_equal(strlen(conf_text(c, "daemon", "user")), 1000 - 7);
	conf_free(c);
	memcpy(text + 9 + 1000, "x\n", 3);
	refused(text, 2, "longer than 1000 bytes");
	memset(text, '\n', sizeof(text));
	refused_bytes(text, sizeof(text), 0, "larger than 1048576 bytes");
	write_file(text, 1u << 20);
	assert_int_equal(conf_open(path, 1, keys, KEYS, &c, message), ERR_OK);
	conf_free(c);
}

static void names_are_shown_escaped_and_cut(void **state)
{
	char text[1000] = "[daemon]\n";

	(void)state;
	refused("[daemon]\n\xff\xfe = 1\n", 2,
		"\"\\xff\\xfe\" is not a name for a key");
	memset(text + 9, 'k', 500);
	memcpy(text + 509, " = 1\n", 6);
	write_file(text, strlen(text));
	assert_int_equal(
		conf_open(path, 1, keys, KEYS, &(struct conf *){NULL}, message),
		ERR_FORMAT);
	assert_true(strlen(message) < 200);
}

static void files_that_cannot_be_read_are_named(void **state)
{
	struct conf *c;

	(void)state;
	assert_int_equal(
		conf_open("/nowhere/x.conf", 1, keys, KEYS, &c, message),
		ERR_SYS);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(message,
			    "/nowhere/x.conf: No such file or directory");
	assert_int_equal(conf_open("/tmp", 1, keys, KEYS, &c, message),
			 ERR_SYS);
	assert_int_equal(errno, EISDIR);
	assert_string_equal(message, "/tmp: Is a directory");
}

static void a_head_in_another_form_can_be_left_out(void **state)
{
	static const char text[] = "server dfs1 127.0.0.1:10001\n"
				   "server dfs2 127.0.0.1:10002\n"
				   "[client]\nrequire = all\n";
	struct conf *c;

	(void)state;
	write_file(text, strlen(text));
	assert_int_equal(conf_open(path, 3, keys, KEYS, &c, message), ERR_OK);
	assert_string_equal(conf_text(c, "client", "require"), "all");
	assert_int_equal(conf_line(c, "client", "require"), 4);
	conf_free(c);
	assert_int_equal(conf_open(path, 4, keys, KEYS, &c, message),
			 ERR_FORMAT);
	assert_non_null(strstr(message, ":4: a key before"));
	assert_int_equal(conf_open(path, 9, keys, KEYS, &c, message), ERR_OK);
	conf_free(c);
}

static void numbers_are_checked_with_file_and_line(void **state)
{
	struct conf *c = taken("[daemon]\nreserve = 64MiB\nfence = 24h\n"
			       "listen = 80x\nuser = 7\n");
	char want[CONF_MESSAGE_MAX];
	uint64_t v = 5;

	(void)state;
	assert_int_equal(conf_u64(c, "client", "require", 1, 9, &v, message),
			 ERR_OK);
	assert_int_equal(v, 5);
	assert_int_equal(conf_u64(c, "daemon", "user", 1, 9, &v, message),
			 ERR_OK);
	assert_int_equal(v, 7);
	assert_int_equal(
		conf_bytes(c, "daemon", "reserve", 0, UINT64_MAX, &v, message),
		ERR_OK);
	assert_int_equal(v, 64 << 20);
	assert_int_equal(
		conf_seconds(c, "daemon", "fence", 1, 86400, &v, message),
		ERR_OK);
	assert_int_equal(v, 86400);
	assert_int_equal(
		conf_seconds(c, "daemon", "fence", 1, 86399, &v, message),
		ERR_RANGE);
	snprintf(want, sizeof(want),
		 "%s:3: fence: \"24h\" is not within 1 to 86399 seconds", path);
	assert_string_equal(message, want);
	assert_int_equal(conf_u64(c, "daemon", "listen", 0, 99, &v, message),
			 ERR_FORMAT);
	snprintf(want, sizeof(want), "%s:4: listen: \"80x\" is not a number",
		 path);
	assert_string_equal(message, want);
	assert_int_equal(conf_bytes(c, "daemon", "fence", 0, 99, &v, message),
			 ERR_FORMAT);
	snprintf(want, sizeof(want),
		 "%s:3: fence: \"24h\" is not a number of bytes, KiB, MiB, "
		 "GiB or TiB",
		 path);
	assert_string_equal(message, want);
	assert_int_equal(v, 86400);
	conf_free(c);
}

static void yes_and_no_have_three_forms_each(void **state)
{
	static const char *const words[] = {"no",   "yes", "false",
					    "true", "off", "on"};
	char text[64];
	struct conf *c;
	bool v;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), "[daemon]\ncreate = %s\n",
			 words[i]);
		c = taken(text);
		v = i % 2 == 0;
		assert_int_equal(conf_bool(c, "daemon", "create", &v, message),
				 ERR_OK);
		assert_int_equal(v, i % 2 == 1);
		conf_free(c);
	}
	c = taken("[daemon]\ncreate = 1\n");
	assert_int_equal(conf_bool(c, "daemon", "create", &v, message),
			 ERR_FORMAT);
	assert_non_null(
		strstr(message, ":2: create: \"1\" is neither yes nor no"));
	assert_int_equal(conf_bool(c, "daemon", "user", &v, message), ERR_OK);
	conf_free(c);
}

/* xorshift: any stream will do, the same in every run. */
static unsigned next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return (unsigned)(*x >> 32);
}

static int silent(const char *format, ...)
{
	(void)format;
	return 0;
}

/* Random values out of the bytes that mean something.  Whatever is taken,
 * iniparser reads from the same file as the same value. */
static void a_value_is_taken_only_as_iniparser_reads_it(void **state)
{
	static const char alphabet[] = "ab =;#\"'\\[]:\t\xc3";
	uint64_t seed = 0x9e3779b97f4a7c15;
	unsigned taken_files = 0;

	(void)state;
	iniparser_set_error_callback(silent);
	for (int i = 0; i < 5000; i++) {
		char text[64] = "[daemon]\nuser =";
		size_t len = strlen(text);
		unsigned more = next_random(&seed) % 12;
		struct conf *c;
		dictionary *d;

		while (more-- > 0)
			text[len++] = alphabet[next_random(&seed) %
					       (sizeof(alphabet) - 1)];
		text[len++] = '\n';
		write_file(text, len);
		if (conf_open(path, 1, keys, KEYS, &c, message) != ERR_OK) {
			assert_null(strstr(message, "cannot be read safely"));
			continue;
		}
		taken_files++;
		d = iniparser_load(path);
		assert_non_null(d);
		assert_string_equal(
			conf_text(c, "daemon", "user"),
			iniparser_getstring(d, "daemon:user", "none"));
		iniparser_freedict(d);
		conf_free(c);
	}
	assert_true(taken_files > 1000);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_comments_and_blanks_are_read),
		cmocka_unit_test(
			carriage_returns_and_a_missing_last_newline_do_not_matter),
		cmocka_unit_test(keys_and_sections_are_found_in_any_case),
		cmocka_unit_test(
			a_section_of_free_keys_is_walked_in_the_order_of_the_file),
		cmocka_unit_test(
			a_quoted_value_may_be_empty_and_keeps_its_blanks),
		cmocka_unit_test(
			lines_that_are_neither_are_refused_with_file_and_line),
		cmocka_unit_test(
			unknown_words_are_refused_with_the_nearest_known_one),
		cmocka_unit_test(what_is_there_twice_is_refused),
		cmocka_unit_test(
			values_that_would_be_cut_or_joined_are_refused),
		cmocka_unit_test(strange_bytes_are_refused),
		cmocka_unit_test(long_lines_and_files_are_refused),
		cmocka_unit_test(names_are_shown_escaped_and_cut),
		cmocka_unit_test(files_that_cannot_be_read_are_named),
		cmocka_unit_test(a_head_in_another_form_can_be_left_out),
		cmocka_unit_test(numbers_are_checked_with_file_and_line),
		cmocka_unit_test(yes_and_no_have_three_forms_each),
		cmocka_unit_test(a_value_is_taken_only_as_iniparser_reads_it),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
