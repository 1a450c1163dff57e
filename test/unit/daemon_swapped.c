/*
 * A directory of the store that became a link to another place: by the next
 * call already, or while the daemon was away.  mkdirat() stands in front of
 * the C library's, for this program, and can swap what it made.
 */
#include "store_kit.h"

#include <sys/syscall.h>

static char outside[KIT_DIR_MAX + 16];
static bool swaps;

int mkdirat(int fd, const char *path, mode_t mode)
{
	int n = (int)syscall(SYS_mkdirat, fd, path, mode);

	if (n == 0 && swaps && strncmp(path, "@s", 2) == 0)
		n = renameat(fd, path, fd, "moved") ||
				    symlinkat(outside, fd, path)
			    ? -1
			    : 0;
	return n;
}

static int setup(void **state)
{
	struct kit *k;

	kit_setup(state);
	k = *state;
	(void)snprintf(outside, sizeof(outside), "%s.outside", k->dir);
	swaps = false;
	return mkdir(outside, 0700);
}

static int teardown(void **state)
{
	kit_teardown(state);
	return nftw(outside, kit_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

static unsigned count_outside(void)
{
	DIR *d = opendir(outside);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

/* f's version directory goes outside, and a link comes in its place. */
static void move_version_out(struct kit *k)
{
	struct msg_query_answer a = kit_query(k, "f");
	char link[KIT_PATH_MAX];

	assert_int_equal(a.count, 1);
	(void)snprintf(link, sizeof(link), "%s",
		       kit_version_path(k, "f", &a.records[0], 0));
	*strrchr(link, '/') = '\0';
	(void)snprintf(outside, sizeof(outside), "%s.outside/version", k->dir);
	assert_int_equal(rename(link, outside), 0);
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(count_outside(), 2);
}

static void put_outside_back(const struct kit *k)
{
	(void)snprintf(outside, sizeof(outside), "%s.outside", k->dir);
}

static void a_new_version_is_not_written_through_a_link(void **state)
{
	struct kit *k = *state;
	char name[] = "a";

	swaps = true;
	for (unsigned nameless = 0; nameless < 2; nameless++) {
		if (!nameless)
			k->store->tree.nameless = false;
		assert_int_equal(kit_stage(k, name, 1, 10), ST_LIMIT);
		name[0]++;
		assert_int_equal(kit_stage(k, name, 1, 4000000), ST_LIMIT);
		name[0]++;
		kit_again(k);
	}
	assert_int_equal(count_outside(), 0);
	swaps = false;
	kit_put(k, "e", 1, 4000000);
	kit_get(k, "e", 1, 4000000);
}

static void an_old_version_is_not_removed_through_a_link(void **state)
{
	struct kit *k = *state;

	kit_put(k, "f", 1, 100);
	move_version_out(k);
	kit_put(k, "f", 2, 100);
	kit_get(k, "f", 2, 100);
	assert_int_equal(count_outside(), 2);
	kit_again(k);
	kit_get(k, "f", 2, 100);
	assert_int_equal(count_outside(), 2);
	put_outside_back(k);
}

static void chunks_are_not_replaced_through_a_link(void **state)
{
	struct kit *k = *state;
	struct stat before, after;

	kit_put(k, "f", 1, 100);
	move_version_out(k);
	assert_int_equal(stat(outside, &before), 0);
	assert_int_equal(kit_restore(k, "f", 1, 100), ST_LIMIT);
	assert_int_equal(stat(outside, &after), 0);
	assert_int_equal(count_outside(), 2);
	assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	put_outside_back(k);
}

/* Of COPY, RESTORE, and of all where files without a name are unknown. */
static void pieces_are_not_kept_through_a_link(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, 4000000, DIGEST_XXH3);

	kit_put(k, "f", 1, 4000000);
	(void)kit_end(&v);
	assert_int_equal(symlink(outside, kit_path(k, "@tmp")), 0);
	assert_int_equal(kit_restore(k, "f", 1, 4000000), ST_LIMIT);
	assert_int_equal(kit_copy(k, "f", &v, "copy", 1).status, ST_OK);
	k->store->tree.nameless = false;
	assert_int_equal(kit_stage(k, "g", 1, 4000000), ST_LIMIT);
	assert_int_equal(count_outside(), 0);
	kit_again(k);
	assert_int_equal(count_outside(), 0);
	assert_int_equal(unlink(kit_path(k, "@tmp")), 0);
	assert_int_equal(kit_restore(k, "f", 1, 4000000), ST_OK);
	kit_get(k, "f", 1, 4000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_new_version_is_not_written_through_a_link, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			an_old_version_is_not_removed_through_a_link, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			chunks_are_not_replaced_through_a_link, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			pieces_are_not_kept_through_a_link, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
