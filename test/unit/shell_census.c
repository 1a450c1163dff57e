/* What local operands come to, counted a little at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "census.h"

static const char *const files[] = {"a", "tree/b", "tree/deep/c"};

static char top[] = "/tmp/dfc-census-XXXXXX";

static void write_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(fputc('x', f), 'x');
	assert_int_equal(fclose(f), 0);
}

/* a: 1 byte, b: 10, c: 100; an empty directory, and a link. */
static int make_tree(void **state)
{
	size_t size = 1;

	(void)state;
	if (!mkdtemp(top) || chdir(top) || mkdir("tree", 0777) ||
	    mkdir("tree/deep", 0777) || mkdir("tree/empty", 0777) ||
	    symlink("../a", "tree/link"))
		return -1;
	for (size_t i = 0; i < 3; i++, size *= 10)
		write_file(files[i], size);
	return 0;
}

static int drop_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		unlink(files[i]);
	unlink("tree/link");
	rmdir("tree/deep");
	rmdir("tree/empty");
	rmdir("tree");
	return chdir("/") || rmdir(top);
}

/* Returns how many times it took. */
static unsigned count(struct census *c, uint64_t ms)
{
	unsigned times = 0;

	for (; !c->done; times++) {
		assert_true(times < 1000);
		census_some(c, ms);
	}
	census_release(c);
	return times;
}

static void files_and_trees_are_counted(void **state)
{
	static const char *const paths[] = {"a", "nothing", "tree", "tree/b"};
	struct census c = {.paths = paths, .count = 4, .trees = true};

	(void)state;
	assert_int_equal(count(&c, 10000), 1);
	assert_int_equal(c.files, 4);
	assert_int_equal(c.bytes, 1 + 10 + 100 + 10);
}

static void without_trees_a_directory_is_nothing(void **state)
{
	static const char *const paths[] = {"a", "tree"};
	struct census c = {.paths = paths, .count = 2};

	(void)state;
	count(&c, 10000);
	assert_int_equal(c.files, 1);
	assert_int_equal(c.bytes, 1);
}

static void it_goes_on_where_it_was(void **state)
{
	static const char *const paths[] = {"tree", "a"};
	struct census c = {.paths = paths, .count = 2, .trees = true};

	(void)state;
	/* One step each: two operands, two files, the link, two ends. */
	assert_int_equal(count(&c, 0), 7);
	assert_int_equal(c.files, 3);
	assert_int_equal(c.bytes, 111);
}

static void it_may_be_given_up_on_the_way(void **state)
{
	static const char *const paths[] = {"tree"};
	struct census c = {.paths = paths, .count = 1, .trees = true};

	(void)state;
	census_some(&c, 0);
	census_some(&c, 0);
	assert_false(c.done);
	census_release(&c);
	census_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_and_trees_are_counted),
		cmocka_unit_test(without_trees_a_directory_is_nothing),
		cmocka_unit_test(it_goes_on_where_it_was),
		cmocka_unit_test(it_may_be_given_up_on_the_way),
	};

	return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
