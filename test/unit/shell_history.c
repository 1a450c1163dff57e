/* The file of the lines that were typed, and what is left alone there. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "history.h"

#define WRITERS 4
#define LINES_EACH 500

static char top[] = "/tmp/shell_history.XXXXXX";
static char path[256];

static struct {
	char *list[2 * HISTORY_LINES_MAX];
	size_t count;
} loaded;

static void take(void *arg, const char *line)
{
	(void)arg;
	assert_true(loaded.count < 2 * HISTORY_LINES_MAX);
	loaded.list[loaded.count++] = strdup(line);
}

static void unload(void)
{
	for (size_t i = 0; i < loaded.count; i++)
		free(loaded.list[i]);
	loaded.count = 0;
}

static void load(void)
{
	unload();
	history_load(take, NULL);
}

static void write_file(const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static mode_t mode_of(const char *file)
{
	struct stat st;

	assert_int_equal(lstat(file, &st), 0);
	return st.st_mode & 07777;
}

static size_t size_of(const char *file)
{
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	return (size_t)st.st_size;
}

static int begin(void **state)
{
	(void)state;
	(void)snprintf(path, sizeof(path), "%s/history", top);
	unlink(path);
	setenv("DFC_HISTFILE", path, 1);
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	return 0;
}

static int end(void **state)
{
	(void)state;
	unload();
	return 0;
}

static void lines_come_back_in_order(void **state)
{
	(void)state;
	load();
	assert_int_equal(loaded.count, 0);
	assert_true(history_append("put a"));
	assert_true(history_append("get 'b c'"));
	load();
	assert_int_equal(loaded.count, 2);
	assert_string_equal(loaded.list[0], "put a");
	assert_string_equal(loaded.list[1], "get 'b c'");
	assert_int_equal(mode_of(path), 0600);
}

static void a_file_that_others_could_read_is_closed_to_them(void **state)
{
	(void)state;
	write_file("old\n", 4);
	assert_int_equal(chmod(path, 0644), 0);
	assert_true(history_append("new"));
	assert_int_equal(mode_of(path), 0600);
	load();
	assert_int_equal(loaded.count, 2);
}

static void several_lines_in_one_and_blanks_are_not_remembered(void **state)
{
	(void)state;
	assert_false(history_append("put 'a\nb'"));
	assert_int_equal(access(path, F_OK), -1);
	assert_true(history_wants("ls"));
	assert_false(history_wants(" ls"));
	assert_false(history_wants("\tls"));
	assert_false(history_wants(""));
}

static void a_symlink_is_left_alone(void **state)
{
	char other[300];

	(void)state;
	(void)snprintf(other, sizeof(other), "%s/other", top);
	assert_int_equal(symlink(other, path), 0);
	assert_false(history_append("a"));
	assert_int_equal(access(other, F_OK), -1);
	unlink(path);
	write_file("a\n", 2);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_false(history_append("b"));
	assert_int_equal(size_of(other), 2);
	load();
	assert_int_equal(loaded.count, 0);
	unlink(other);
}

static void a_file_of_two_names_is_left_alone(void **state)
{
	char other[300];

	(void)state;
	(void)snprintf(other, sizeof(other), "%s/other", top);
	write_file("a\n", 2);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(link(path, other), 0);
	assert_false(history_append("b"));
	load();
	assert_int_equal(loaded.count, 0);
	assert_int_equal(size_of(other), 2);
	assert_int_equal(mode_of(other), 0640);
	unlink(other);
}

/* It must not wait for a writer, or a reader. */
static void a_fifo_is_left_alone(void **state)
{
	int reader;
	char byte;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	load();
	assert_int_equal(loaded.count, 0);
	assert_false(history_append("a"));
	reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(reader >= 0);
	assert_false(history_append("a"));
	assert_int_equal(read(reader, &byte, 1), 0);
	close(reader);
}

static void a_directory_is_left_alone(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(history_append("a"));
	load();
	assert_int_equal(loaded.count, 0);
	rmdir(path);
}

static void a_device_is_left_alone(void **state)
{
	(void)state;
	setenv("DFC_HISTFILE", "/dev/full", 1);
	assert_false(history_append("a"));
	load();
	assert_int_equal(loaded.count, 0);
	setenv("DFC_HISTFILE", "/dev/null", 1);
	assert_false(history_append("a"));
}

static void somebody_elses_file_is_left_alone(void **state)
{
	(void)state;
	write_file("a\n", 2);
	if (geteuid() == 0)
		assert_int_equal(chown(path, 1, (gid_t)-1), 0);
	else
		setenv("DFC_HISTFILE", "/etc/passwd", 1);
	assert_false(history_append("b"));
	load();
	assert_int_equal(loaded.count, 0);
	assert_int_equal(size_of(path), 2);
}

static void without_a_place_nothing_is_remembered(void **state)
{
	(void)state;
	unsetenv("DFC_HISTFILE");
	assert_false(history_append("a"));
	load();
	setenv("HOME", "", 1);
	assert_false(history_append("a"));
	setenv("DFC_HISTFILE", "", 1);
	setenv("HOME", top, 1);
	assert_false(history_append("a"));
	load();
	assert_int_equal(loaded.count, 0);
	setenv("DFC_HISTFILE", "/proc/nowhere/history", 1);
	assert_false(history_append("a"));
}

static void a_path_too_long_is_no_place(void **state)
{
	static char text[5000];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[0] = '/';
	setenv("DFC_HISTFILE", text, 1);
	assert_false(history_append("a"));
	load();
	assert_int_equal(loaded.count, 0);
}

static void the_directories_are_made_for_this_user_alone(void **state)
{
	char state_home[300];
	char file[400];

	(void)state;
	(void)snprintf(state_home, sizeof(state_home), "%s/a/b", top);
	(void)snprintf(file, sizeof(file), "%s/dfc/history", state_home);
	unsetenv("DFC_HISTFILE");
	setenv("XDG_STATE_HOME", state_home, 1);
	assert_true(history_append("a"));
	assert_int_equal(mode_of(file), 0600);
	assert_int_equal(mode_of(state_home), 0700);
	unlink(file);
	/* A relative one is no place, says its specification. */
	setenv("XDG_STATE_HOME", "a", 1);
	setenv("HOME", top, 1);
	(void)snprintf(file, sizeof(file), "%s/.local/state/dfc/history", top);
	assert_true(history_append("b"));
	assert_int_equal(mode_of(file), 0600);
	unlink(file);
}

static void the_newest_thousand_of_many_lines_are_read(void **state)
{
	char text[16];
	FILE *f = fopen(path, "w");

	(void)state;
	assert_non_null(f);
	for (unsigned i = 0; i < 300000; i++)
		fprintf(f, "line %u\n", i);
	assert_int_equal(fclose(f), 0);
	assert_true(size_of(path) > HISTORY_BYTES_MAX);
	load();
	assert_int_equal(loaded.count, HISTORY_LINES_MAX);
	for (size_t i = 0; i < loaded.count; i++) {
		(void)snprintf(text, sizeof(text), "line %zu",
			       300000 - HISTORY_LINES_MAX + i);
		assert_string_equal(loaded.list[i], text);
	}
}

static void of_long_lines_only_whole_ones_are_read(void **state)
{
	size_t len = 300000;
	char *text = malloc(5 * (len + 1));

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < 5; i++) {
		memset(text + i * (len + 1), 'a' + (int)i, len);
		text[i * (len + 1) + len] = '\n';
	}
	write_file(text, 5 * (len + 1));
	load();
	assert_int_equal(loaded.count, 3);
	assert_int_equal(loaded.list[0][0], 'c');
	assert_int_equal(strlen(loaded.list[0]), len);
	/* The end of a line is none. */
	memset(text, 'x', 5 * (len + 1));
	write_file(text, 5 * (len + 1));
	load();
	assert_int_equal(loaded.count, 0);
	free(text);
}

static void a_last_line_without_an_end_counts_as_one(void **state)
{
	FILE *f = fopen(path, "w");

	(void)state;
	assert_non_null(f);
	for (unsigned i = 0; i < HISTORY_LINES_MAX; i++)
		fprintf(f, "line %u\n", i);
	fputs("end", f);
	assert_int_equal(fclose(f), 0);
	load();
	assert_int_equal(loaded.count, HISTORY_LINES_MAX);
	assert_string_equal(loaded.list[0], "line 1");
	assert_string_equal(loaded.list[HISTORY_LINES_MAX - 1], "end");
}

/* As on a disk that is full: what was begun is not glued to what follows. */
static void a_line_that_was_torn_stays_alone(void **state)
{
	const struct rlimit small = {20, RLIM_INFINITY};
	struct rlimit was;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	assert_true(history_append("put a b c"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_false(history_append("rm -r everything"));
	assert_false(history_append("more"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(size_of(path), 20);
	assert_true(history_append("ls"));
	load();
	assert_int_equal(loaded.count, 3);
	assert_string_equal(loaded.list[0], "put a b c");
	assert_string_equal(loaded.list[1], "rm -r ever");
	assert_string_equal(loaded.list[2], "ls");
}

/* Of a file whose blocks a crash took there may be any number. */
static void nuls_hide_no_line(void **state)
{
	char text[8192] = {0};

	(void)state;
	memcpy(text, "first\n", 6);
	memcpy(text + 5000, "new\nnewer\n", 10);
	write_file(text, sizeof(text));
	assert_true(history_append("newest"));
	load();
	assert_int_equal(loaded.count, 4);
	assert_string_equal(loaded.list[0], "first");
	assert_string_equal(loaded.list[1], "new");
	assert_string_equal(loaded.list[2], "newer");
	assert_string_equal(loaded.list[3], "newest");
}

static void write_lines(char letter)
{
	char line[200];

	memset(line, letter, sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (unsigned i = 0; i < LINES_EACH; i++)
		if (!history_append(line))
			_exit(1);
	_exit(0);
}

static void several_writers_do_not_mix_their_lines(void **state)
{
	(void)state;
	for (int i = 0; i < WRITERS; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			write_lines((char)('a' + i));
	}
	for (int i = 0; i < WRITERS; i++) {
		int how;

		assert_true(wait(&how) > 0);
		assert_int_equal(how, 0);
	}
	assert_int_equal(size_of(path), WRITERS * LINES_EACH * 200);
	load();
	assert_int_equal(loaded.count, HISTORY_LINES_MAX);
	for (size_t i = 0; i < loaded.count; i++) {
		const char *line = loaded.list[i];

		assert_int_equal(strlen(line), 199);
		assert_int_equal(strspn(line, (char[]){line[0], '\0'}), 199);
	}
}

static int make_top(void **state)
{
	(void)state;
	return mkdtemp(top) ? 0 : -1;
}

static int remove_top(void **state)
{
	char command[300];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf -- '%s'", top);
	return system(command);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_come_back_in_order),
		TEST(a_file_that_others_could_read_is_closed_to_them),
		TEST(several_lines_in_one_and_blanks_are_not_remembered),
		TEST(a_symlink_is_left_alone),
		TEST(a_file_of_two_names_is_left_alone),
		TEST(a_fifo_is_left_alone),
		TEST(a_directory_is_left_alone),
		TEST(a_device_is_left_alone),
		TEST(somebody_elses_file_is_left_alone),
		TEST(without_a_place_nothing_is_remembered),
		TEST(a_path_too_long_is_no_place),
		TEST(the_directories_are_made_for_this_user_alone),
		TEST(the_newest_thousand_of_many_lines_are_read),
		TEST(of_long_lines_only_whole_ones_are_read),
		TEST(a_last_line_without_an_end_counts_as_one),
		TEST(a_line_that_was_torn_stays_alone),
		TEST(nuls_hide_no_line),
		TEST(several_writers_do_not_mix_their_lines),
	};

	return cmocka_run_group_tests(tests, make_top, remove_top);
}
