/*
 * What a confined process can do and cannot.  Each attempt is made by a child
 * that has entered; the kernel says how much of it there is: with less, the
 * report must say so and the attempt succeed.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "confines.h"

#define SYS_CREATE_RULESET 444
#define FAILED 255

static char base[] = "/tmp/dfs-confines-XXXXXX";
static char path[16][64];
static unsigned paths;
static struct sockaddr_in listening;
static int listener;
static int abi; /* of the kernel's Landlock; negative: it has none */
static int why; /* errno then */

/* base/name, good until 15 more were made. */
static const char *at(const char *name)
{
	char *p = path[paths++ % 16];

	(void)snprintf(p, sizeof(path[0]), "%s/%s", base, name);
	return p;
}

/* The errno of a call that failed, or 0. */
static int end(int result)
{
	return result < 0 ? errno : 0;
}

static int end_open(int fd)
{
	int e = end(fd);

	if (fd >= 0)
		close(fd);
	return e;
}

/* ---- what the store does in DIR */

static int opens_its_file(void)
{
	return end_open(open(at("dir/file"), O_RDWR | O_TRUNC));
}

static int makes_a_file(void)
{
	return end_open(open(at("dir/new"), O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static int makes_and_removes_a_directory(void)
{
	int e = end(mkdir(at("dir/a/sub"), 0700));

	return e ? e : end(rmdir(at("dir/a/sub")));
}

static int replaces_a_link(void)
{
	int e = end(symlink("target", at("dir/@new")));

	return e ? e : end(rename(at("dir/@new"), at("dir/@state")));
}

static int renames_between_directories(void)
{
	return end(rename(at("dir/a/file"), at("dir/b/file")));
}

static int links_between_directories(void)
{
	return end(link(at("dir/file"), at("dir/a/link")));
}

static int names_a_nameless_file(void)
{
	int fd = open(at("dir"), O_TMPFILE | O_WRONLY, 0600), e;
	char proc[32];

	if (fd < 0) /* not every file system has them */
		return errno == EOPNOTSUPP ? 0 : errno;
	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	e = end(linkat(AT_FDCWD, proc, AT_FDCWD, at("dir/a/named"),
		       AT_SYMLINK_FOLLOW));
	close(fd);
	return e;
}

/* ---- what it needs elsewhere */

static int reads_its_configuration(void)
{
	return end_open(open(at("etc/conf"), O_RDONLY));
}

static int reads_a_new_one(void)
{
	return end_open(open(at("etc/beside"), O_RDONLY));
}

static int reads_what_it_links_to(void)
{
	return end_open(open(at("etc/key"), O_RDONLY));
}

static int opens_null(void)
{
	return end_open(open("/dev/null", O_RDWR));
}

static int reads_the_boot_id(void)
{
	return end_open(open("/proc/sys/kernel/random/boot_id", O_RDONLY));
}

/* ---- what it does not need */

static int writes_its_configuration(void)
{
	return end_open(open(at("etc/conf"), O_WRONLY));
}

static int lists_its_configuration(void)
{
	return end_open(open(at("etc"), O_RDONLY | O_DIRECTORY));
}

static int reads_elsewhere(void)
{
	return end_open(open(at("other/file"), O_RDONLY));
}

static int reads_by_a_link(void)
{
	return end_open(open(at("dir/out"), O_RDONLY));
}

static int makes_elsewhere(void)
{
	return end_open(open(at("other/new"), O_WRONLY | O_CREAT, 0600));
}

static int removes_elsewhere(void)
{
	return end(unlink(at("other/gone")));
}

static int makes_a_directory_elsewhere(void)
{
	return end(mkdir(at("other/sub"), 0700));
}

static int renames_out(void)
{
	return end(rename(at("dir/b/out"), at("other/out")));
}

static int links_in(void)
{
	return end(link(at("other/file"), at("dir/in")));
}

static int runs_a_program(void)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

static int makes_a_fifo(void)
{
	return end(mkfifo(at("dir/fifo"), 0600));
}

static int makes_a_socket(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), e;

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s/dir/socket", base);
	e = end(bind(fd, (struct sockaddr *)&to, sizeof(to)));
	close(fd);
	return e;
}

static int binds(void)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int e = end(bind(fd, (struct sockaddr *)&any, sizeof(any)));

	close(fd);
	return e;
}

static int connects(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int e = end(
		connect(fd, (struct sockaddr *)&listening, sizeof(listening)));

	close(fd);
	return e;
}

static int accepts(void)
{
	int fd = accept(listener, NULL, NULL);

	return fd < 0 && errno == EAGAIN ? 0 : end_open(fd);
}

static int signals_another(void)
{
	return end(kill(getppid(), 0));
}

/* what: its name; least: the first ABI where it fails, 0: it never does, by
 * one of two errnos. */
static const struct attempt {
	const char *what;
	int (*make)(void);
	int least;
	int errors[2];
} attempts[] = {
#define GOES(f) \
	{ \
#f, f, 0, \
		{ \
			0, 0 \
		} \
	}
#define IS_REFUSED(f, least, ...) \
	{ \
#f, f, least, \
		{ \
			__VA_ARGS__ \
		} \
	}
	GOES(opens_its_file),
	GOES(makes_a_file),
	GOES(makes_and_removes_a_directory),
	GOES(replaces_a_link),
	GOES(renames_between_directories),
	GOES(links_between_directories),
	GOES(names_a_nameless_file),
	GOES(reads_its_configuration),
	GOES(reads_a_new_one),
	GOES(reads_what_it_links_to),
	GOES(opens_null),
	GOES(reads_the_boot_id),
	GOES(accepts),
	IS_REFUSED(writes_its_configuration, 2, EACCES),
	IS_REFUSED(lists_its_configuration, 2, EACCES),
	IS_REFUSED(reads_elsewhere, 2, EACCES),
	IS_REFUSED(reads_by_a_link, 2, EACCES),
	IS_REFUSED(makes_elsewhere, 2, EACCES),
	IS_REFUSED(removes_elsewhere, 2, EACCES),
	IS_REFUSED(makes_a_directory_elsewhere, 2, EACCES),
	IS_REFUSED(renames_out, 2, EACCES, EXDEV),
	IS_REFUSED(links_in, 2, EACCES, EXDEV),
	IS_REFUSED(makes_a_fifo, 2, EACCES),
	IS_REFUSED(makes_a_socket, 2, EACCES),
	IS_REFUSED(binds, 4, EACCES),
	IS_REFUSED(connects, 4, EACCES),
	IS_REFUSED(signals_another, 6, EPERM),
	IS_REFUSED(runs_a_program, 2, EACCES), /* the last: it may not return */
};

#define ATTEMPTS (sizeof(attempts) / sizeof(attempts[0]))

static bool is_as_told(const struct attempt *a, bool landlock)
{
	int e = a->make();

	if (!landlock || a->least == 0 || abi < a->least)
		return e == 0;
	return e != 0 && (e == a->errors[0] || e == a->errors[1]);
}

/* What is there before a child enters. */
static void furnish(void)
{
	static const char *const dirs[] = {"dir",   "dir/a", "dir/b",
					   "other", "etc",   "vault"};
	static const char *const files[] = {
		"dir/file",   "dir/a/file", "dir/b/out",  "other/file",
		"other/gone", "etc/conf",   "etc/beside", "vault/key"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		assert_int_equal(mkdir(at(dirs[i]), 0700), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_int_equal(
			end_open(open(at(files[i]), O_WRONLY | O_CREAT, 0600)),
			0);
	assert_int_equal(symlink("../other/file", at("dir/out")), 0);
	assert_int_equal(symlink("../vault/key", at("etc/key")), 0);
}

static int setup(void **state)
{
	socklen_t len = sizeof(listening);

	(void)state;
	abi = (int)syscall(SYS_CREATE_RULESET, NULL, 0, 1);
	why = errno;
	listening.sin_family = AF_INET;
	listening.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	return listener < 0 || !mkdtemp(base) ||
	       bind(listener, (struct sockaddr *)&listening, len) ||
	       listen(listener, 4) ||
	       getsockname(listener, (struct sockaddr *)&listening, &len);
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", base);
	return system(command);
}

/* In a child that has entered: the number of the first attempt that did not
 * end as told, ATTEMPTS when all did. */
static size_t attempt_all(bool landlock, char report[CONFINES_REPORT_MAX])
{
	const struct confines c = {
		.landlock = landlock,
		.dir = at("dir"),
		.file = {at("etc/conf"), at("etc/key")},
	};
	size_t i;

	if (confines_enter(&c, report) != ERR_OK ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return FAILED;
	for (i = 0; i < ATTEMPTS - 1; i++)
		if (!is_as_told(&attempts[i], landlock))
			return i;
	/* A program that runs ends with 0. */
	if (landlock && abi >= 2)
		return is_as_told(&attempts[i], true) ? ATTEMPTS : i;
	return ATTEMPTS;
}

static void enter(bool landlock, const char *told)
{
	char report[CONFINES_REPORT_MAX] = "", got[CONFINES_REPORT_MAX] = "";
	int status = 0, ends[2];
	pid_t pid;
	size_t n;

	furnish();
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		n = attempt_all(landlock, report);
		if (write(ends[1], report, strlen(report)) < 0)
			n = FAILED;
		_exit((int)n);
	}
	close(ends[1]);
	assert_true(read(ends[0], got, sizeof(got) - 1) > 0);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	n = (size_t)WEXITSTATUS(status);
	assert_string_equal(n < ATTEMPTS    ? attempts[n].what
			    : n == ATTEMPTS ? "as told"
					    : "not entered",
			    "as told");
	assert_string_equal(got, told);
}

static void clear(void)
{
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf %s/*", base);
	assert_int_equal(system(command), 0);
}

static void it_opens_its_own_and_nothing_else(void **state)
{
	char told[CONFINES_REPORT_MAX];

	(void)state;
	if (abi >= 2)
		(void)snprintf(told, sizeof(told),
			       "confined landlock=abi%d no_new_privs=yes", abi);
	else
		(void)snprintf(told, sizeof(told),
			       "confined landlock=no no_new_privs=yes "
			       "reason=\"%s\"",
			       abi == 1		   ? "kernel older than 5.19"
			       : why == EOPNOTSUPP ? "not enabled"
			       : why == ENOSYS	   ? "not in this kernel"
						   : strerror(why));
	enter(true, told);
	clear();
}

static void it_is_not_confined_where_that_is_not_wanted(void **state)
{
	(void)state;
	enter(false,
	      "confined landlock=no no_new_privs=yes reason=\"confine = no\"");
	clear();
}

/* Nothing can be shown of a directory that is not there: nothing holds. */
static void without_a_dir_it_says_that_it_is_not_confined(void **state)
{
	const struct confines c = {.landlock = true, .dir = at("none")};
	char report[CONFINES_REPORT_MAX];
	int fd;

	(void)state;
	if (abi >= 2) {
		assert_int_equal(confines_enter(&c, report), ERR_SYS);
		assert_string_equal(report,
				    "confined landlock=no no_new_privs=yes "
				    "reason=\"No such file or directory\"");
	} else {
		assert_int_equal(confines_enter(&c, report), ERR_OK);
	}
	fd = open("/etc", O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_its_own_and_nothing_else),
		cmocka_unit_test(it_is_not_confined_where_that_is_not_wanted),
		cmocka_unit_test(without_a_dir_it_says_that_it_is_not_confined),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
