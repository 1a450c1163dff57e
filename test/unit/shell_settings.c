/* The client's configuration: both forms, and each kind of error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "settings.h"

static char path[] = "/tmp/dfc-settings-XXXXXX";
static char message[SETTINGS_MESSAGE_MAX];
static struct settings got;

static enum err read_bytes(const void *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return settings_read(&got, path, message);
}

static enum err read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

/* line 0: of the file as a whole. */
static void assert_wrong(const char *text, unsigned line, const char *why)
{
	char wanted[SETTINGS_MESSAGE_MAX];

	if (line)
		snprintf(wanted, sizeof(wanted), "%s:%u: %s", path, line, why);
	else
		snprintf(wanted, sizeof(wanted), "%s: %s", path, why);
	assert_int_not_equal(read_text(text), ERR_OK);
	assert_string_equal(message, wanted);
}

static void the_classic_form_is_read(void **state)
{
	(void)state;
	assert_int_equal(read_text("# a comment\r\n"
				   "\r\n"
				   "\tserver \t a  127.0.0.1:1 # first\r\n"
				   "server b [::1]:65535\n"
				   "[client]\n"
				   "require = all\n"
				   "digest = sha256\n"
				   "jobs = 7"),
			 ERR_OK);
	assert_int_equal(got.count, 2);
	assert_string_equal(got.servers[0].name, "a");
	assert_string_equal(got.servers[1].addr.host, "::1");
	assert_int_equal(got.servers[1].addr.port, 65535);
	assert_true(got.require_all);
	assert_int_equal(got.digest, DIGEST_SHA256);
	assert_int_equal(got.jobs, 7);
}

static void the_ini_form_is_read_in_order(void **state)
{
	(void)state;
	assert_int_equal(read_text("; servers\n"
				   "[servers]\n"
				   "z = host.example:1\n"
				   "server = 127.0.0.1:2\n"
				   "[client]\n"),
			 ERR_OK);
	assert_int_equal(got.count, 2);
	assert_string_equal(got.servers[0].name, "z");
	assert_string_equal(got.servers[1].name, "server");
	assert_false(got.require_all);
	assert_int_equal(got.digest, DIGEST_XXH3);
	assert_int_equal(got.jobs, 64);
}

static void wrong_lines_are_named(void **state)
{
	(void)state;
	assert_wrong("server a\n", 1, "not of the form: server NAME HOST:PORT");
	assert_wrong("server a h:1\nserver b h:2 c\n", 2,
		     "not of the form: server NAME HOST:PORT");
	assert_wrong("server a h:1\nserve b h:2\n", 2,
		     "serve: unknown word (server NAME HOST:PORT)");
	assert_wrong("server a h:1\n\nserver a h:2\n", 3,
		     "server a is in line 1 already");
	assert_wrong("server a h:1\nserver A h:2\n", 2,
		     "server A is in line 1 already");
	assert_wrong("server a h:1\nserver b H:1\n", 2,
		     "H:1 is the address in line 1 already");
	assert_wrong("server a h\n", 1, "h: not HOST:PORT");
	assert_wrong("server a h:0\n", 1, "h:0: the port is not 1 to 65535");
	assert_wrong("server a h:65536\n", 1,
		     "h:65536: the port is not 1 to 65535");
	assert_wrong("server a/b h:1\n", 1,
		     "a/b: not a server name (1 to 63 letters, digits, '-', "
		     "'.', '_')");
}

static void wrong_keys_are_named(void **state)
{
	(void)state;
	assert_wrong("server a h:1\n[client]\nrequire = some\n", 3,
		     "require = some: must be majority or all");
	assert_wrong("server a h:1\n[client]\ndigest = md5\n", 3,
		     "digest = md5: must be xxh3 or sha256");
	assert_int_not_equal(read_text("server a h:1\n[client]\njobs = 0\n"),
			     ERR_OK);
	assert_non_null(strstr(message, ":3: "));
	assert_int_not_equal(
		read_text("server a h:1\n[client]\nrequires = all\n"), ERR_OK);
	assert_non_null(strstr(message, ":3: "));
	assert_int_not_equal(read_text("server a h:1\n[servers]\nb = h:2\n"),
			     ERR_OK);
	assert_non_null(strstr(message, ":2: "));
}

static void a_file_without_servers_is_an_error(void **state)
{
	(void)state;
	assert_wrong("", 0, "no servers (server NAME HOST:PORT)");
	assert_wrong("# nothing\n\n", 0, "no servers (server NAME HOST:PORT)");
	assert_wrong("[client]\njobs = 1\n", 0,
		     "no servers (server NAME HOST:PORT)");
}

static void sixty_four_servers_are_the_most(void **state)
{
	char text[66 * 32] = "";
	char *end = text;

	(void)state;
	for (int i = 1; i <= 64; i++)
		end += snprintf(end, 32, "server s%d h:%d\n", i, i);
	assert_int_equal(read_text(text), ERR_OK);
	assert_int_equal(got.count, 64);
	snprintf(end, 32, "server s65 h:65\n");
	assert_wrong(text, 65, "more than 64 servers");
}

static void nul_bytes_and_long_lines_are_errors(void **state)
{
	static const char nul[] = "server a h:1\nserver b\0 h:2\n";
	char text[SETTINGS_LINE_MAX + 64];

	(void)state;
	assert_int_not_equal(read_bytes(nul, sizeof(nul) - 1), ERR_OK);
	assert_non_null(strstr(message, ":2: a NUL byte"));
	memset(text, ' ', sizeof(text));
	memcpy(text, "server a h:1\n#", 14);
	text[13 + SETTINGS_LINE_MAX] = '\n';
	text[13 + SETTINGS_LINE_MAX + 1] = '\0';
	assert_int_equal(read_text(text), ERR_OK);
	text[13 + SETTINGS_LINE_MAX] = ' ';
	text[13 + SETTINGS_LINE_MAX + 1] = '\n';
	text[13 + SETTINGS_LINE_MAX + 2] = '\0';
	assert_int_not_equal(read_text(text), ERR_OK);
	assert_non_null(strstr(message, ":2: longer than"));
}

static void what_is_no_file_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(settings_read(&got, "/nowhere/dfc.conf", message),
			 ERR_SYS);
	assert_string_equal(message,
			    "/nowhere/dfc.conf: No such file or directory");
	assert_int_equal(settings_read(&got, "/tmp", message), ERR_SYS);
	assert_string_equal(message, "/tmp: Is a directory");
	assert_int_equal(settings_read(&got, "/dev/null", message), ERR_FORMAT);
	assert_string_equal(message, "/dev/null: not a regular file");
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
		cmocka_unit_test(the_classic_form_is_read),
		cmocka_unit_test(the_ini_form_is_read_in_order),
		cmocka_unit_test(wrong_lines_are_named),
		cmocka_unit_test(wrong_keys_are_named),
		cmocka_unit_test(a_file_without_servers_is_an_error),
		cmocka_unit_test(sixty_four_servers_are_the_most),
		cmocka_unit_test(nul_bytes_and_long_lines_are_errors),
		cmocka_unit_test(what_is_no_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
