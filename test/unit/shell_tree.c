/* The walk over a local tree, also one that cannot be read to its end. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
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

#include "tree.h"

static char top[] = "/tmp/dfc-tree-XXXXXX";
static unsigned long fails_at; /* the entry that cannot be read; 0: none */

/* In front of the library's. */
struct dirent *readdir(DIR *d)
{
	static struct dirent *(*real)(DIR *);
	void *found = real ? NULL : dlsym(RTLD_NEXT, "readdir");

	if (found)
		memcpy(&real, &found, sizeof(real));
	if (fails_at > 0 && --fails_at == 0) {
		errno = EIO;
		return NULL;
	}
	return real(d);
}

static const char *const files[] = {"t/a", "t/a.b", "t/a-d/x", "t/sub/y"};

static int make_tree(void **state)
{
	FILE *f;

	(void)state;
	if (!mkdtemp(top) || chdir(top) || mkdir("t", 0777) ||
	    mkdir("t/a-d", 0777) || mkdir("t/sub", 0777) ||
	    mkdir("t/void", 0777) || symlink("sub", "t/link") ||
	    symlink("t", "way"))
		return -1;
	for (size_t i = 0; i < 4; i++) {
		f = fopen(files[i], "w");
		if (!f || fclose(f))
			return -1;
	}
	return 0;
}

static int drop_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		unlink(files[i]);
	unlink("t/link");
	unlink("way");
	rmdir("t/a-d");
	rmdir("t/sub");
	rmdir("t/void");
	rmdir("t");
	return chdir("/") || rmdir(top);
}

/* All that is found, as one text: a letter and the path of each. */
static const char *walk(const char *path, bool *all)
{
	static char text[1000];
	const char *what, *below, *why;
	enum tree_found found;
	struct tree *t;

	text[0] = '\0';
	*all = true;
	assert_int_equal(tree_open(&t, path), ERR_OK);
	while ((found = tree_next(t, &what, &below, &why)) != TREE_END) {
		size_t len = strlen(text);

		*all &= found != TREE_UNREADABLE;
		assert_string_equal(what + strlen(what) - strlen(below), below);
		snprintf(text + len, sizeof(text) - len, "%s%c %s",
			 len ? "," : "", "fs?"[found], below);
	}
	assert_int_equal(tree_next(t, &what, &below, &why), TREE_END);
	tree_close(t);
	return text;
}

#define ALL "f a,f a-d/x,f a.b,s link,f sub/y"

static void files_come_in_order_and_links_are_skipped(void **state)
{
	bool all;

	(void)state;
	assert_string_equal(walk("t", &all), ALL);
	assert_true(all);
	assert_string_equal(walk("t//", &all), ALL);
	assert_string_equal(walk("way", &all), ALL);
	assert_string_equal(walk("t/void", &all), "");
	assert_true(all);
}

static void what_cannot_be_read_is_no_empty_directory(void **state)
{
	unsigned long n = 1;
	bool all = false;

	(void)state;
	for (; n < 100 && !all; n++) {
		const char *text;

		fails_at = n;
		text = walk("t", &all);
		if (fails_at == 0)
			assert_false(all);
		else
			assert_string_equal(text, ALL);
		fails_at = 0;
	}
	/* Of four directories with two dots each, and eight more: 16 entries,
	 * and the ends. */
	assert_int_equal(n, 16 + 4 + 2);
	assert_string_equal(walk("none", &all), "? ");
	assert_false(all);
	assert_string_equal(walk("t/a", &all), "? ");
}

static void a_path_that_is_too_long_is_told(void **state)
{
	char path[PATH_MAX + 10];
	bool all;

	(void)state;
	memset(path, '/', sizeof(path));
	memcpy(path, top, sizeof(top) - 1);
	memcpy(path + sizeof(path) - 3, "t/", 3);
	(void)walk(path, &all);
	assert_false(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_come_in_order_and_links_are_skipped),
		cmocka_unit_test(what_cannot_be_read_is_no_empty_directory),
		cmocka_unit_test(a_path_that_is_too_long_is_told),
	};

	return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
