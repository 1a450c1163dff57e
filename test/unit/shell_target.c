/* Local files: what is stored, and how a fetched file takes its place. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "source.h"
#include "target.h"
#include "tree.h"

#define LARGE (TARGET_SMALL_MAX + 1000)

static char dir[] = "/tmp/dfc-target-XXXXXX";
static bool is_killed; /* when space was taken */

/* In front of the library's. */
int fallocate(int fd, int mode, off_t from, off_t len)
{
	int n = (int)syscall(SYS_fallocate, fd, mode, from, len);

	if (is_killed)
		_exit(0);
	return n;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void assert_file(const char *path, const char *text)
{
	char bytes[256] = "";
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_true(read(fd, bytes, sizeof(bytes) - 1) >= 0);
	close(fd);
	assert_string_equal(bytes, text);
}

/* Everything in the test's directory, as find prints it. */
static void assert_no_litter(unsigned files)
{
	struct tree *t;
	const char *path, *below, *why;
	unsigned found = 0;

	assert_int_equal(tree_open(&t, dir), ERR_OK);
	while (tree_next(t, &path, &below, &why) != TREE_END)
		found++;
	tree_close(t);
	assert_int_equal(found, files);
}

static void fill(struct target *t, size_t size)
{
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	memset(bytes, 'n', size);
	assert_int_equal(target_begin(t, size), ERR_OK);
	/* In pieces, the last one first. */
	assert_int_equal(target_write(t, size - 3, bytes, 3), ERR_OK);
	assert_int_equal(target_write(t, 0, bytes, size - 3), ERR_OK);
	free(bytes);
}

static void a_file_is_replaced_whole_or_not_at_all(void **state)
{
	static const size_t sizes[] = {4, LARGE};
	const char *why;
	struct target t;
	struct stat st;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		write_file("file", "old");
		assert_int_equal(target_at(&t, "file", &why), ERR_OK);
		fill(&t, sizes[i]);
		assert_file("file", "old");
		target_close(&t);
		assert_file("file", "old");
		assert_no_litter(1);

		assert_int_equal(target_at(&t, "./file", &why), ERR_OK);
		fill(&t, sizes[i]);
		fill(&t, sizes[i]); /* begun again */
		assert_int_equal(target_finish(&t, -1500000000, 04751), ERR_OK);
		target_close(&t);
		assert_int_equal(stat("file", &st), 0);
		assert_int_equal(st.st_size, sizes[i]);
		assert_int_equal(st.st_mode & 07777, 0751);
		assert_int_equal(st.st_mtim.tv_sec, -2);
		assert_int_equal(st.st_mtim.tv_nsec, 500000000);
		assert_no_litter(1);
	}
	unlink("file");
}

static void times_far_away_keep_their_side_of_1970(void **state)
{
	const struct timespec far[2] = {{.tv_sec = 10000000000},
					{.tv_sec = 10000000000}};
	const char *why;
	struct target t;
	struct source s;
	struct stat st;

	(void)state;
	assert_int_equal(target_at(&t, "file", &why), ERR_OK);
	fill(&t, 4);
	assert_int_equal(target_finish(&t, INT64_MIN, 0644), ERR_OK);
	target_close(&t);
	assert_int_equal(stat("file", &st), 0);
	assert_true(st.st_mtim.tv_sec < 0);
	assert_int_equal(utimensat(AT_FDCWD, "file", far, 0), 0);
	assert_int_equal(source_open(&s, "file", &why), ERR_OK);
	assert_true(s.mtime_ns > 0);
	source_close(&s);
	unlink("file");
}

static void directories_and_sockets_are_not_replaced(void **state)
{
	const char *why;
	struct target t;

	(void)state;
	assert_int_equal(mkdir("sub", 0700), 0);
	assert_int_equal(target_at(&t, "sub", &why), ERR_FORMAT);
	assert_string_equal(why, "is a directory");
	assert_int_equal(target_at(&t, "sub/", &why), ERR_FORMAT);
	assert_int_equal(target_at(&t, "", &why), ERR_FORMAT);
	assert_int_equal(target_at(&t, "nowhere/file", &why), ERR_SYS);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(rmdir("sub"), 0);
}

static void a_device_is_written_to_and_stays(void **state)
{
	const char *why;
	struct target t;
	struct stat st;

	(void)state;
	assert_int_equal(target_at(&t, "/dev/null", &why), ERR_OK);
	fill(&t, LARGE);
	assert_int_equal(target_finish(&t, 0, 0644), ERR_OK);
	target_close(&t);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void names_become_paths_below_the_directory_only(void **state)
{
	const char *why;
	struct target t;

	(void)state;
	assert_int_equal(target_below(&t, "top", "a/b/c", &why), ERR_OK);
	fill(&t, 3);
	assert_int_equal(target_finish(&t, 0, 0644), ERR_OK);
	target_close(&t);
	assert_file("top/a/b/c", "nnn");

	/* A link on the way is not followed, one at the end is replaced. */
	assert_int_equal(mkdir("outside", 0700), 0);
	write_file("outside/c", "mine");
	assert_int_equal(symlink("../outside", "top/link"), 0);
	assert_int_equal(target_below(&t, "top", "link/c", &why), ERR_SYS);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(symlink("../../../outside/c", "top/a/b/l"), 0);
	assert_int_equal(target_below(&t, "top", "a/b/l", &why), ERR_OK);
	fill(&t, 4);
	assert_int_equal(target_finish(&t, 0, 0644), ERR_OK);
	target_close(&t);
	assert_file("top/a/b/l", "nnnn");
	assert_file("outside/c", "mine");
	assert_int_equal(mkfifo("top/fifo", 0600), 0);
	assert_int_equal(target_below(&t, "top", "fifo", &why), ERR_FORMAT);
	assert_int_equal(system("rm -r top outside"), 0);
}

static void a_stream_gets_all_at_the_end(void **state)
{
	static const size_t sizes[] = {4, LARGE};
	struct target t;
	char bytes[64];
	int fds[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
		assert_true(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20) > 0);
		target_stream(&t, fds[1]);
		fill(&t, sizes[i]);
		assert_int_equal(read(fds[0], bytes, 1), -1);
		assert_int_equal(target_finish(&t, 0, 0644), ERR_OK);
		assert_int_equal(read(fds[0], bytes, 1), 1);
		close(fds[0]);
		assert_int_equal(target_finish(&t, 0, 0644), ERR_CLOSED);
		target_close(&t);
		close(fds[1]);
	}
}

/* A version whose content is `size` bytes. */
static struct version version_of(uint64_t ctr, uint64_t size)
{
	return (struct version){.tag = {.ctr = ctr, .put = 7},
				.size = size,
				.mode = 0644,
				.y = 4,
				.alg = DIGEST_XXH3};
}

/* Begins, with resume, a content of that version. */
static bool resume(struct target *t, const char *path, uint64_t ctr)
{
	const struct version v = version_of(ctr, LARGE);
	const char *why;
	bool there;

	assert_int_equal(target_at(t, path, &why), ERR_OK);
	assert_int_equal(target_resume(t, &v, &there), ERR_OK);
	return there;
}

static void what_is_kept_is_there_for_the_same_version(void **state)
{
	const struct version v = version_of(1, LARGE);
	uint8_t *bytes = calloc(1, LARGE);
	struct target t;
	struct stat st;
	bool there;

	(void)state;
	assert_non_null(bytes);
	assert_false(resume(&t, "file", 1));
	assert_true(t.partial);
	assert_int_equal(stat(".file.dfc-part", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(target_write(&t, 5, "kept", 4), ERR_OK);
	/* Begun again, in the same get. */
	assert_int_equal(target_resume(&t, &v, &there), ERR_OK);
	assert_true(there);
	target_keep(&t);
	target_close(&t);
	assert_no_litter(1);
	assert_true(resume(&t, "file", 1));
	assert_int_equal(pread(t.fd, bytes, 9, 0), 9);
	assert_memory_equal(bytes, "\0\0\0\0\0kept", 9);
	assert_int_equal(target_finish(&t, 0, 0640), ERR_OK);
	target_keep(&t); /* too late */
	target_close(&t);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_size, LARGE);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_no_litter(1);
	unlink("file");
	free(bytes);
}

static void what_is_not_kept_is_gone(void **state)
{
	struct target t;

	(void)state;
	assert_false(resume(&t, "file", 1));
	target_close(&t);
	assert_no_litter(0);
}

static void another_version_takes_the_place_of_what_was_kept(void **state)
{
	const struct version small = version_of(3, 10);
	const char *why;
	struct target t;
	bool there;

	(void)state;
	assert_false(resume(&t, "file", 1));
	target_keep(&t);
	target_close(&t);
	assert_false(resume(&t, "file", 2));
	assert_true(t.partial);
	target_keep(&t);
	target_close(&t);
	assert_no_litter(1);
	assert_int_equal(target_at(&t, "file", &why), ERR_OK);
	assert_int_equal(target_resume(&t, &small, &there), ERR_OK);
	target_close(&t);
	assert_no_litter(0);
}

static void two_gets_do_not_share_a_partial_file(void **state)
{
	struct target first, second;

	(void)state;
	assert_false(resume(&first, "file", 1));
	assert_false(resume(&second, "file", 1));
	assert_false(second.partial);
	assert_int_equal(second.unkept, ERR_BUSY);
	target_keep(&second);
	target_close(&second);
	assert_false(resume(&second, "file", 2)); /* nor remove it */
	target_close(&second);
	target_keep(&first);
	target_close(&first);
	assert_true(resume(&first, "file", 1));
	target_close(&first);
	assert_no_litter(0);
}

static void only_a_partial_file_is_taken_for_one(void **state)
{
	static const char *const plants[] = {
		"echo mine >other; ln -s other .file.dfc-part",
		"echo mine >other; ln other .file.dfc-part",
		"echo mine >other; cp other .file.dfc-part",
	};
	struct target t;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(system(plants[i]), 0);
		assert_false(resume(&t, "file", 1));
		assert_false(t.partial);
		assert_int_equal(t.unkept, ERR_EXISTS);
		assert_int_equal(target_finish(&t, 0, 0644), ERR_OK);
		target_close(&t);
		assert_file(".file.dfc-part", "mine\n");
		assert_file("other", "mine\n");
		assert_int_equal(system("rm other file .file.dfc-part"), 0);
	}
	/* One that others could have written to is made anew. */
	assert_false(resume(&t, "file", 1));
	target_keep(&t);
	target_close(&t);
	assert_int_equal(chmod(".file.dfc-part", 0666), 0);
	assert_false(resume(&t, "file", 1));
	assert_true(t.partial);
	target_close(&t);
	/* A kill may come before it has its size. */
	write_file(".file.dfc-part", "");
	assert_false(resume(&t, "file", 1));
	assert_true(t.partial);
	target_close(&t);
	assert_no_litter(0);
}

static void a_kill_when_space_was_taken_leaves_a_partial_file(void **state)
{
	struct target t;
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		is_killed = true;
		(void)resume(&t, "file", 1);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_no_litter(1);
	(void)resume(&t, "file", 1);
	assert_true(t.partial);
	target_close(&t);
	assert_no_litter(0);
}

static void a_name_of_any_length_has_its_own_partial_file(void **state)
{
	char one[256], other[256];
	struct target t;

	(void)state;
	memset(one, 'n', 255);
	one[255] = '\0';
	memcpy(other, one, sizeof(one));
	other[254] = 'm';
	assert_false(resume(&t, one, 1));
	assert_true(t.partial);
	target_keep(&t);
	target_close(&t);
	assert_false(resume(&t, other, 1));
	assert_true(t.partial);
	target_close(&t);
	assert_true(resume(&t, one, 1));
	target_close(&t);
	assert_no_litter(0);
}

static void only_regular_files_are_sources(void **state)
{
	struct source s;
	const char *why;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(source_open(&s, "fifo", &why), ERR_FORMAT);
	assert_string_equal(why, "not a regular file");
	assert_int_equal(source_open(&s, "/dev/null", &why), ERR_FORMAT);
	assert_int_equal(source_open(&s, ".", &why), ERR_FORMAT);
	assert_non_null(strstr(why, "is a directory"));
	assert_int_equal(source_open(&s, "nothing", &why), ERR_SYS);
	assert_null(why);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(unlink("fifo"), 0);
}

static void small_sources_are_in_memory_and_large_ones_are_not(void **state)
{
	struct source s;
	const char *why;

	(void)state;
	write_file("file", "small");
	assert_int_equal(source_open(&s, "file", &why), ERR_OK);
	assert_int_equal(s.size, 5);
	assert_memory_equal(s.bytes, "small", 5);
	assert_int_equal(s.fd, -1);
	source_close(&s);
	assert_int_equal(truncate("file", SOURCE_SMALL_MAX + 1), 0);
	assert_int_equal(source_open(&s, "file", &why), ERR_OK);
	assert_null(s.bytes);
	assert_false(source_has_changed(&s));
	assert_int_equal(truncate("file", SOURCE_SMALL_MAX + 2), 0);
	assert_true(source_has_changed(&s));
	source_close(&s);
	unlink("file");
}

static void a_file_that_hides_its_size_is_read_to_its_end(void **state)
{
	struct source s;
	const char *why;

	(void)state;
	assert_int_equal(source_open(&s, "/proc/self/status", &why), ERR_OK);
	assert_true(s.size > 100);
	assert_memory_equal(s.bytes, "Name:", 5);
	source_close(&s);
}

static bool never(void *arg, uint64_t bytes)
{
	(void)arg;
	assert_true(bytes <= 5);
	return false;
}

static void standard_input_is_spooled(void **state)
{
	struct source s;
	const char *why;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "piped", 5), 5);
	close(fds[1]);
	assert_int_equal(source_spool(&s, fds[0], never, NULL, &why), ERR_OK);
	assert_int_equal(s.size, 5);
	assert_memory_equal(s.bytes, "piped", 5);
	source_close(&s);
	close(fds[0]);
}

static void a_tree_is_walked_in_order_and_links_are_not_followed(void **state)
{
	struct tree *t;
	const char *path, *below, *why;

	(void)state;
	assert_int_equal(mkdir("t", 0700), 0);
	assert_int_equal(mkdir("t/d", 0700), 0);
	write_file("t/b", "");
	write_file("t/d/x", "");
	assert_int_equal(symlink("b", "t/a"), 0);
	assert_int_equal(tree_open(&t, "t//"), ERR_OK);
	assert_int_equal(tree_next(t, &path, &below, &why), TREE_SKIPPED);
	assert_string_equal(path, "t/a");
	assert_int_equal(tree_next(t, &path, &below, &why), TREE_FILE);
	assert_string_equal(below, "b");
	assert_int_equal(tree_next(t, &path, &below, &why), TREE_FILE);
	assert_string_equal(path, "t/d/x");
	assert_string_equal(below, "d/x");
	assert_int_equal(tree_next(t, &path, &below, &why), TREE_END);
	tree_close(t);
	assert_int_equal(system("rm -r t"), 0);
}

static int make_dir(void **state)
{
	(void)state;
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return chdir("/") == 0 ? rmdir(dir) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_replaced_whole_or_not_at_all),
		cmocka_unit_test(times_far_away_keep_their_side_of_1970),
		cmocka_unit_test(directories_and_sockets_are_not_replaced),
		cmocka_unit_test(a_device_is_written_to_and_stays),
		cmocka_unit_test(names_become_paths_below_the_directory_only),
		cmocka_unit_test(a_stream_gets_all_at_the_end),
		cmocka_unit_test(what_is_kept_is_there_for_the_same_version),
		cmocka_unit_test(what_is_not_kept_is_gone),
		cmocka_unit_test(
			another_version_takes_the_place_of_what_was_kept),
		cmocka_unit_test(two_gets_do_not_share_a_partial_file),
		cmocka_unit_test(only_a_partial_file_is_taken_for_one),
		cmocka_unit_test(
			a_kill_when_space_was_taken_leaves_a_partial_file),
		cmocka_unit_test(a_name_of_any_length_has_its_own_partial_file),
		cmocka_unit_test(only_regular_files_are_sources),
		cmocka_unit_test(
			small_sources_are_in_memory_and_large_ones_are_not),
		cmocka_unit_test(a_file_that_hides_its_size_is_read_to_its_end),
		cmocka_unit_test(standard_input_is_spooled),
		cmocka_unit_test(
			a_tree_is_walked_in_order_and_links_are_not_followed),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
