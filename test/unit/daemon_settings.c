/* Flags and dfs.conf: what goes, what does not, and what is said then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keys.h"
#include "settings.h"

#define ARGS_MAX 16

struct call {
	struct settings s;
	char message[SETTINGS_MESSAGE_MAX];
	char path[64]; /* of the file; "" when there is none */
	char *argv[ARGS_MAX + 1];
	int argc;
};

static char *writable(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* dfs, then -c FILE with that text unless it is NULL, then args up to NULL. */
static enum err call(struct call *c, const char *file, const char *const *args)
{
	int fd;

	*c = (struct call){.argc = 1, .argv = {writable("dfs")}};
	if (file != NULL) {
		(void)snprintf(c->path, sizeof(c->path),
			       "/tmp/dfs-settings-XXXXXX");
		fd = mkstemp(c->path);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, file, strlen(file)), strlen(file));
		close(fd);
		c->argv[c->argc++] = writable("-c");
		c->argv[c->argc++] = c->path;
	}
	for (; *args; args++) {
		assert_in_range(c->argc, 1, ARGS_MAX - 1);
		c->argv[c->argc++] = writable(*args);
	}
	return settings_init(&c->s, c->argc, c->argv, c->message);
}

static void call_end(struct call *c)
{
	if (c->path[0])
		unlink(c->path);
	settings_release(&c->s);
}

#define CALL(c, file, ...) \
	call(c, file, (const char *const[]){__VA_ARGS__, NULL})

static void defaults_are_what_the_manual_says(void **state)
{
	struct call c;

	(void)state;
	assert_int_equal(CALL(&c, "", "/srv/d", "10001"), ERR_OK);
	assert_string_equal(c.s.dir, "/srv/d");
	assert_int_equal(c.s.port, 10001);
	assert_int_equal(c.s.action, SETTINGS_SERVE);
	assert_int_equal(c.s.listen_count, 1);
	assert_string_equal(c.s.listen[0], "127.0.0.1");
	assert_int_equal(c.s.workers, 0);
	assert_int_equal(c.s.max_connections, 4096);
	assert_true(c.s.reserve_bytes == UINT64_MAX);
	assert_int_equal(c.s.fence_s, 86400);
	assert_int_equal(c.s.quarantine_s, 60);
	assert_int_equal(c.s.gc_age_s, 604800);
	assert_int_equal(c.s.scrub_rate, 8 << 20);
	assert_int_equal(c.s.scrub_interval_s, 14 * 86400);
	assert_int_equal(c.s.shutdown_grace_s, 10);
	assert_int_equal(c.s.stall_timeout_s, 10);
	assert_int_equal(c.s.idle_timeout_s, 3600);
	assert_int_equal(c.s.log_level, LOG_LEVEL_INFO);
	assert_true(c.s.create);
	assert_null(c.s.user);
	assert_false(c.s.adopt || c.s.rejoin);
	call_end(&c);
}

/* Without its comment signs the sample says what is so without it. */
static void the_sample_has_every_key_at_its_default(void **state)
{
	char sample[8192] = "[server]\n", line[256];
	FILE *f = fopen("etc/dfs.conf", "r");
	size_t at = strlen(sample), keys = 0;
	struct call c, plain;
	char *a, *b;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (line[0] != '#' || line[1] < 'a' || line[1] > 'z')
			continue;
		/* None by default: the user and the key. */
		if (strncmp(line, "#user ", 6) && strncmp(line, "#key ", 5)) {
			memcpy(sample + at, line + 1, strlen(line));
			at += strlen(line) - 1;
		}
		keys++;
	}
	assert_int_equal(fclose(f), 0);
	assert_int_equal(CALL(&c, sample, "d", "0"), ERR_OK);
	assert_int_equal(CALL(&plain, "", "d", "0"), ERR_OK);
	for (size_t i = 0; key_at(i) != NULL; i++) {
		a = key_text(key_at(i), &c.s);
		b = key_text(key_at(i), &plain.s);
		assert_string_equal(a, b);
		free(a);
		free(b);
		keys--;
	}
	assert_int_equal(keys, 0);
	call_end(&c);
	call_end(&plain);
}

static void the_file_sets_every_key(void **state)
{
	static const char file[] = "# comment\n"
				   "[server]\n"
				   "listen = 127.0.0.2, [::1] localhost\n"
				   "key = /etc/dfs/dfs.key\n"
				   "user = nobody\n"
				   "create = no\n"
				   "workers = 3\n"
				   "max_connections = 100\n"
				   "reserve = 64MiB\n"
				   "fence = 10s\n"
				   "quarantine = 0\n"
				   "gc_age = 21s\n"
				   "scrub_rate = 3MiB\n"
				   "scrub_interval = 2d\n"
				   "shutdown_grace = 1m\n"
				   "stall_timeout = 5s\n"
				   "idle_timeout = 2h\n"
				   "log_level = warn\n";
	struct call c;

	(void)state;
	assert_int_equal(CALL(&c, file, "--adopt", "d", "0"), ERR_OK);
	assert_int_equal(c.s.listen_count, 3);
	assert_string_equal(c.s.listen[0], "127.0.0.2");
	assert_string_equal(c.s.listen[1], "::1");
	assert_string_equal(c.s.listen[2], "localhost");
	assert_string_equal(c.s.key, "/etc/dfs/dfs.key");
	assert_string_equal(c.s.user, "nobody");
	assert_false(c.s.create);
	assert_int_equal(c.s.workers, 3);
	assert_int_equal(c.s.max_connections, 100);
	assert_int_equal(c.s.reserve_bytes, 64 << 20);
	assert_int_equal(c.s.fence_s, 10);
	assert_int_equal(c.s.quarantine_s, 0);
	assert_int_equal(c.s.gc_age_s, 21);
	assert_int_equal(c.s.scrub_rate, 3 << 20);
	assert_int_equal(c.s.scrub_interval_s, 172800);
	assert_int_equal(c.s.shutdown_grace_s, 60);
	assert_int_equal(c.s.stall_timeout_s, 5);
	assert_int_equal(c.s.idle_timeout_s, 7200);
	assert_int_equal(c.s.log_level, LOG_LEVEL_WARN);
	assert_true(c.s.adopt);
	call_end(&c);
}

static void a_rate_may_be_off(void **state)
{
	static const char *const bad[] = {"auto", "no", "-1", "8M", "8 MiB/s"};
	char file[64], *text;
	struct call c;

	(void)state;
	assert_int_equal(CALL(&c, "", "-o", "scrub_rate=off", "d", "0"),
			 ERR_OK);
	assert_int_equal(c.s.scrub_rate, 0);
	text = key_text(key_find("scrub_rate", 10), &c.s);
	assert_string_equal(text, "off");
	free(text);
	call_end(&c);
	assert_int_equal(CALL(&c, "", "-o", "scrub_rate=0", "d", "0"), ERR_OK);
	assert_int_equal(c.s.scrub_rate, 0);
	call_end(&c);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(file, sizeof(file),
			       "[server]\nscrub_rate = %s\n", bad[i]);
		assert_int_equal(CALL(&c, file, "d", "0"), ERR_FORMAT);
		assert_non_null(strstr(c.message, "bytes a second"));
		unlink(c.path);
	}
}

static void flags_win_over_the_file(void **state)
{
	static const char file[] = "[server]\nlisten = 127.0.0.9\n"
				   "workers = 3\nlog_level = error\n";
	struct call c;

	(void)state;
	assert_int_equal(CALL(&c, file, "-v", "-l", "127.0.0.2", "-o",
			      "workers=5", "--listen=::1", "d", "0"),
			 ERR_OK);
	assert_int_equal(c.s.listen_count, 2);
	assert_string_equal(c.s.listen[0], "127.0.0.2");
	assert_string_equal(c.s.listen[1], "::1");
	assert_int_equal(c.s.workers, 5);
	assert_int_equal(c.s.log_level, LOG_LEVEL_DEBUG);
	call_end(&c);
}

static void bad_files_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *file, *message;
	} bad[] = {
		{"[server]\nworkers = many\n", ":2: workers = many: "},
		{"[server]\n\nworkers = 257\n", ":3: workers = 257: "},
		{"[server]\nwrkers = 2\n", ":2: "},
		{"[server]\nfence = 1s\nfence = 2s\n", ":3: "},
		{"[client]\nrequire = all\n", ":1: "},
		{"workers = 2\n", ":1: "},
		{"[server]\nfence = 1x\n", ":2: fence = 1x: "},
		{"[server]\nreserve = 1MB\n", ":2: reserve = 1MB: "},
		{"[server]\ncreate = perhaps\n", ":2: create = perhaps: "},
		{"[server]\nlog_level = loud\n", ":2: log_level = loud: "},
		{"[server]\nlisten = \n", ":2: "},
		{"[server]\nuser = \n", ":2: "},
		{"[server]\ngarbage\n", ":2: "},
	};
	struct call c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_not_equal(CALL(&c, bad[i].file, "d", "0"), ERR_OK);
		assert_int_equal(strncmp(c.message, c.path, strlen(c.path)), 0);
		assert_int_equal(strncmp(c.message + strlen(c.path),
					 bad[i].message,
					 strlen(bad[i].message)),
				 0);
		assert_null(strchr(c.message, '\n'));
		unlink(c.path);
	}
}

static void the_order_of_times_is_checked(void **state)
{
	struct call c;

	(void)state;
	assert_int_equal(CALL(&c, "[server]\nquarantine = 2d\n", "d", "0"),
			 ERR_RANGE);
	assert_non_null(strstr(c.message, "quarantine"));
	unlink(c.path);
	assert_int_equal(CALL(&c, "[server]\ngc_age = 2d\n", "d", "0"),
			 ERR_RANGE);
	assert_non_null(strstr(c.message, "gc_age"));
	unlink(c.path);
	assert_int_equal(CALL(&c, "", "-o", "gc_age=172801s", "d", "0"),
			 ERR_OK);
	call_end(&c);
}

static void bad_arguments_are_refused(void **state)
{
	static const char *const bad[][5] = {
		{NULL},
		{"d"},
		{"d", "1", "2"},
		{"d", "65536"},
		{"d", "-1"},
		{"d", "0x1"},
		{"d", "1 "},
		{"d", ""},
		{"", "1"},
		{"-x", "d", "1"},
		{"--unknown", "d", "1"},
		{"-l"},
		{"-l", "", "d", "1"},
		{"-o", "workers", "d", "1"},
		{"-o", "worker=1", "d", "1"},
		{"-o", "=1", "d", "1"},
		{"-o", "workers=1x", "d", "1"},
		{"--adopt", "--rejoin", "d", "1"},
		{"-c", "/nonexistent/dfs.conf", "d", "1"},
		{"-t", "d"},
	};
	struct call c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_not_equal(call(&c, NULL, bad[i]), ERR_OK);
		assert_true(strlen(c.message) > 0);
		assert_null(strchr(c.message, '\n'));
	}
}

static void help_needs_nothing_else(void **state)
{
	struct call c;

	(void)state;
	assert_int_equal(CALL(&c, NULL, "-h"), ERR_OK);
	assert_int_equal(c.s.action, SETTINGS_HELP);
	call_end(&c);
	assert_int_equal(CALL(&c, NULL, "--version", "x"), ERR_OK);
	assert_int_equal(c.s.action, SETTINGS_VERSION);
	call_end(&c);
	assert_int_equal(CALL(&c, "", "-T"), ERR_OK);
	assert_int_equal(c.s.action, SETTINGS_PRINT);
	call_end(&c);
}

static void a_reload_reads_the_file_again(void **state)
{
	struct settings fresh;
	struct call c;
	FILE *f;

	(void)state;
	assert_int_equal(CALL(&c, "[server]\nidle_timeout = 1m\n", "d", "0"),
			 ERR_OK);
	f = fopen(c.path, "w");
	assert_non_null(f);
	assert_true(fputs("[server]\nidle_timeout = 2m\n", f) > 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(settings_reload(&c.s, &fresh, c.message), ERR_OK);
	assert_int_equal(fresh.idle_timeout_s, 120);
	settings_release(&fresh);
	unlink(c.path);
	assert_int_not_equal(settings_reload(&c.s, &fresh, c.message), ERR_OK);
	assert_int_equal(c.s.idle_timeout_s, 60);
	call_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_what_the_manual_says),
		cmocka_unit_test(the_sample_has_every_key_at_its_default),
		cmocka_unit_test(the_file_sets_every_key),
		cmocka_unit_test(a_rate_may_be_off),
		cmocka_unit_test(flags_win_over_the_file),
		cmocka_unit_test(bad_files_are_refused_with_their_line),
		cmocka_unit_test(the_order_of_times_is_checked),
		cmocka_unit_test(bad_arguments_are_refused),
		cmocka_unit_test(help_needs_nothing_else),
		cmocka_unit_test(a_reload_reads_the_file_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
