/*
 * The log on pipes, sockets, terminals and files that nobody reads.  A log
 * that blocks would hang these tests: an alarm ends them then.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "log.h"

#define LINES 20000
#define PATIENCE_S 20

static int real_stderr;
static struct rlimit files; /* as it was */

/* What went to stderr: the other end of a pipe, socket or terminal. */
static char *text;
static size_t text_len;

/* Makes fd stderr; the log begins anew with it. */
static void listen_on(int fd, enum log_level level)
{
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	close(fd);
	log_init(level);
}

static void restore(void)
{
	assert_int_equal(dup2(real_stderr, STDERR_FILENO), STDERR_FILENO);
	log_init(LOG_LEVEL_INFO);
}

/* Appends to text what fd has to give now. */
static void drain(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (poll(&p, 1, 0) == 1 && (p.revents & POLLIN)) {
		ssize_t n;

		text = realloc(text, text_len + 65537);
		assert_non_null(text);
		n = read(fd, text + text_len, 65536);
		if (n <= 0)
			return;
		text_len += (size_t)n;
		text[text_len] = '\0';
	}
}

static void matches(const char *line, const char *pattern)
{
	regex_t re;

	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&re, line, 0, NULL, 0) != 0)
		fail_msg("\"%s\" does not match \"%s\"", line, pattern);
	regfree(&re);
}

/* Each line of text is "... n=NUMBER" or the report of lost lines; returns
 * both sums.  A terminal or a socket may cut the last line before a gap. */
static unsigned count_lines(unsigned *lost, unsigned *cut)
{
	unsigned whole = 0;

	*lost = *cut = 0;
	for (char *line = text; *line != '\0';) {
		char *end = strchr(line, '\n');
		const char *n;

		assert_non_null(end);
		*end = '\0';
		n = strstr(line, "lines lost count=");
		if (n != NULL)
			*lost += (unsigned)strtoul(n + 17, NULL, 10);
		else if (strstr(line, "Z info line n=") != NULL &&
			 line[strlen(line) - 1] == '.')
			whole++;
		else
			(*cut)++;
		line = end + 1;
	}
	return whole;
}

static void log_many(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		log_info("line n=%u some more text.", i);
}

/* Logs to `theirs` until it is full, reads all at `ours`, logs once more:
 * every line has arrived or is counted. */
static void nothing_blocks_and_all_is_accounted_for(int ours, int theirs)
{
	unsigned whole, lost, cut;

	assert_int_equal(fcntl(theirs, F_GETFL) & O_NONBLOCK, 0);
	listen_on(theirs, LOG_LEVEL_INFO);
	log_many(LINES);
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
	drain(ours);
	log_many(1);
	drain(ours);
	restore();
	whole = count_lines(&lost, &cut);
	assert_true(lost > 0);
	assert_true(cut <= 1);
	assert_int_equal(whole + cut + lost, LINES + 1);
}

static int set_up(void **state)
{
	(void)state;
	text = calloc(1, 1);
	text_len = 0;
	alarm(PATIENCE_S);
	return text == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	alarm(0);
	free(text);
	restore();
	return setrlimit(RLIMIT_NOFILE, &files);
}

static void a_line_has_time_level_and_text(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	listen_on(p[1], LOG_LEVEL_DEBUG);
	log_error("disk is gone dir=%s", "/x");
	drain(p[0]);
	matches(text, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
		      "\\.[0-9]{3}Z error disk is gone dir=/x\n$");
	text_len = 0;
	log_warn("w");
	log_info("i");
	log_debug("d");
	log_plain("dfs: ready on %s", "127.0.0.1:1");
	drain(p[0]);
	restore();
	matches(text, "^[^ ]+Z warn w\n[^ ]+Z info i\n[^ ]+Z debug d\n"
		      "dfs: ready on 127\\.0\\.0\\.1:1\n$");
	close(p[0]);
}

static void lines_above_the_level_are_not_written(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	listen_on(p[1], LOG_LEVEL_WARN);
	assert_true(log_wants(LOG_LEVEL_ERROR));
	assert_true(log_wants(LOG_LEVEL_WARN));
	assert_false(log_wants(LOG_LEVEL_INFO));
	log_info("quiet");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("loud");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("quiet");
	log_plain("always");
	drain(p[0]);
	restore();
	matches(text, "^[^ ]+Z debug loud\nalways\n$");
	close(p[0]);
}

static void the_journal_gets_priorities_and_no_time(void **state)
{
	char stream[64];
	struct stat st;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(fstat(p[1], &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino);
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	listen_on(p[1], LOG_LEVEL_DEBUG);
	log_error("e");
	log_warn("w");
	log_info("i");
	log_debug("d");
	log_plain("p");
	drain(p[0]);
	assert_string_equal(text, "<3>e\n<4>w\n<6>i\n<7>d\np\n");
	assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
	log_init(LOG_LEVEL_INFO);
	text_len = 0;
	log_info("i");
	drain(p[0]);
	restore();
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
	matches(text, "^[^ ]+Z info i\n$");
	close(p[0]);
}

static void a_full_pipe_blocks_nobody(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	nothing_blocks_and_all_is_accounted_for(p[0], p[1]);
	close(p[0]);
}

static void a_full_pipe_that_cannot_be_reopened_blocks_nobody(void **state)
{
	struct rlimit none = files;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	/* p[1] is free again once it is stderr: below it there is none. */
	none.rlim_cur = (rlim_t)(p[0] < p[1] ? p[1] : p[0]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	nothing_blocks_and_all_is_accounted_for(p[0], p[1]);
	close(p[0]);
}

static void a_full_socket_blocks_nobody(void **state)
{
	int s[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	nothing_blocks_and_all_is_accounted_for(s[0], s[1]);
	close(s[0]);
}

static void a_stopped_terminal_blocks_nobody(void **state)
{
	int ours = posix_openpt(O_RDWR | O_NOCTTY), theirs;
	struct termios t;

	(void)state;
	assert_true(ours >= 0);
	assert_int_equal(grantpt(ours), 0);
	assert_int_equal(unlockpt(ours), 0);
	theirs = open(ptsname(ours), O_RDWR | O_NOCTTY);
	assert_true(theirs >= 0);
	assert_int_equal(tcgetattr(theirs, &t), 0);
	cfmakeraw(&t);
	assert_int_equal(tcsetattr(theirs, TCSANOW, &t), 0);
	nothing_blocks_and_all_is_accounted_for(ours, theirs);
	close(ours);
}

static void a_reader_that_has_gone_hurts_nobody(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	listen_on(p[1], LOG_LEVEL_INFO);
	close(p[0]);
	log_many(10);
	restore();
	assert_int_equal(pipe(p), 0);
	listen_on(p[1], LOG_LEVEL_INFO);
	log_info("again");
	drain(p[0]);
	restore();
	matches(text, "^[^ ]+Z warn log lines lost count=10\n"
		      "[^ ]+Z info again\n$");
	close(p[0]);
}

static void a_file_gets_every_line(void **state)
{
	char path[] = "/tmp/dfs-log-XXXXXX";
	unsigned lost, cut;
	int fd = mkstemp(path), again;

	(void)state;
	assert_true(fd >= 0);
	again = open(path, O_RDONLY);
	assert_true(again >= 0);
	unlink(path);
	listen_on(fd, LOG_LEVEL_INFO);
	log_many(1000);
	restore();
	text = realloc(text, 1u << 20);
	assert_non_null(text);
	text_len = (size_t)read(again, text, (1u << 20) - 1);
	text[text_len] = '\0';
	assert_int_equal(count_lines(&lost, &cut), 1000);
	assert_int_equal(lost + cut, 0);
	close(again);
}

static void one_event_is_one_line_of_limited_length(void **state)
{
	static char longest[10000];
	int p[2];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	assert_int_equal(pipe(p), 0);
	listen_on(p[1], LOG_LEVEL_INFO);
	log_info("a\nb\rc\x1b[1m\x7f");
	log_plain("%s", longest);
	drain(p[0]);
	restore();
	matches(text, "^[^ ]+Z info a\\?b\\?c\\?\\[1m\\?\nx+\n$");
	assert_int_equal(strlen(strchr(text, '\n') + 1), PIPE_BUF);
	close(p[0]);
}

static void errno_is_left_alone(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	listen_on(p[1], LOG_LEVEL_INFO);
	errno = ENOTDIR;
	log_many(LINES);
	assert_int_equal(errno, ENOTDIR);
	log_plain("x");
	assert_int_equal(errno, ENOTDIR);
	restore();
	close(p[0]);
}

static void *log_from_a_thread(void *unused)
{
	log_many(2000);
	return unused;
}

static void lines_of_several_threads_stay_whole(void **state)
{
	pthread_t threads[4];
	unsigned whole, lost, cut;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	listen_on(p[1], LOG_LEVEL_INFO);
	drain(p[0]);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						log_from_a_thread, NULL),
				 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	drain(p[0]);
	log_many(1);
	drain(p[0]);
	restore();
	whole = count_lines(&lost, &cut);
	assert_int_equal(cut, 0);
	assert_int_equal(whole + lost, 4 * 2000 + 1);
	close(p[0]);
}

static void level_names_are_known(void **state)
{
	(void)state;
	assert_int_equal(log_level_from_name("error"), LOG_LEVEL_ERROR);
	assert_int_equal(log_level_from_name("warn"), LOG_LEVEL_WARN);
	assert_int_equal(log_level_from_name("info"), LOG_LEVEL_INFO);
	assert_int_equal(log_level_from_name("debug"), LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_from_name("INFO"), -1);
	assert_int_equal(log_level_from_name(""), -1);
}

static void a_limit_lets_a_burst_through_each_second(void **state)
{
	struct log_limit l = {0, 0};

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(log_allow(&l, 3), i < 3);
	l.window_ms -= 1000; /* a second later */
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(log_allow(&l, 3), i < 3);
}

#define LOG_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(a_line_has_time_level_and_text),
		LOG_TEST(lines_above_the_level_are_not_written),
		LOG_TEST(the_journal_gets_priorities_and_no_time),
		LOG_TEST(a_full_pipe_blocks_nobody),
		LOG_TEST(a_full_pipe_that_cannot_be_reopened_blocks_nobody),
		LOG_TEST(a_full_socket_blocks_nobody),
		LOG_TEST(a_stopped_terminal_blocks_nobody),
		LOG_TEST(a_reader_that_has_gone_hurts_nobody),
		LOG_TEST(a_file_gets_every_line),
		LOG_TEST(one_event_is_one_line_of_limited_length),
		LOG_TEST(lines_of_several_threads_stay_whole),
		LOG_TEST(errno_is_left_alone),
		cmocka_unit_test(level_names_are_known),
		cmocka_unit_test(a_limit_lets_a_burst_through_each_second),
	};

	signal(SIGPIPE, SIG_IGN);
	real_stderr = dup(STDERR_FILENO);
	return real_stderr < 0 || getrlimit(RLIMIT_NOFILE, &files) < 0 ||
	       cmocka_run_group_tests(tests, NULL, NULL);
}
