/* What a process with a secret in it shows to others, and can still do. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"
#include "tree.h"

#define NOBODY 65534
#define SOME_PIECE 7

/* In a child, as nobody where we are root; it says what failed by number. */
static int in_child(int (*part)(const char *dir), const char *dir)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
			_exit(100);
		if (process_secret() != ERR_OK)
			_exit(101);
		_exit(part(dir));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int leaves_no_core(const char *dir)
{
	struct rlimit r = {1, 1};

	(void)dir;
	if (getrlimit(RLIMIT_CORE, &r) != 0 || r.rlim_cur != 0 ||
	    r.rlim_max != 0)
		return 1;
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 2;
}

static void it_leaves_no_core_and_is_closed_to_others(void **state)
{
	(void)state;
	assert_int_equal(in_child(leaves_no_core, NULL), 0);
}

/* Its links below /proc belong to root then. */
static int links_a_piece(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), piece;
	struct tree t;

	if (fd < 0)
		return 1;
	tree_init(&t, fd);
	/* Without O_TMPFILE there is nothing to show. */
	piece = openat(fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (piece < 0)
		return 0;
	if (!t.nameless)
		return 2;
	if (tree_piece_link(&t, piece, SOME_PIECE, fd, "piece") != 0)
		return 3;
	return unlinkat(fd, "piece", 0) == 0 ? 0 : 4;
}

static void it_can_still_give_a_nameless_file_a_name(void **state)
{
	char dir[] = "/tmp/dfs-process-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(in_child(links_a_piece, dir), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_leaves_no_core_and_is_closed_to_others),
		cmocka_unit_test(it_can_still_give_a_nameless_file_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
