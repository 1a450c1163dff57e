/* FORGET and DISCARD: what goes, and when. */
#include "store_kit.h"

static uint64_t floor_of(struct kit *k)
{
	struct msg_store d;

	store_describe(k->store, &d);
	return d.floor;
}

static unsigned directories(struct kit *k)
{
	unsigned dirs;

	assert_int_equal(kit_files(k, NULL), 0);
	(void)kit_files(k, &dirs);
	return dirs;
}

static void remove_by_hand(const struct kit *k, const char *path)
{
	assert_int_equal(
		nftw(kit_path(k, path), kit_unlink, 16, FTW_DEPTH | FTW_PHYS),
		0);
}

/* ---- FORGET */

static void a_forgotten_tombstone_leaves_the_floor(void **state)
{
	struct kit *k = *state;

	k->store->gc_age_ms = 0;
	assert_int_equal(kit_rm(k, "d/f", 7), ST_OK);
	assert_int_equal(kit_forget(k, "d/f", 7), ST_REFUSED); /* no member */
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	assert_int_equal(kit_forget(k, "d/f", 6), ST_OK); /* there is none */
	assert_string_equal(kit_states(k, "d/f"), "d");
	assert_int_equal(floor_of(k), 0);
	assert_int_equal(kit_forget(k, "d/f", 7), ST_OK);
	assert_string_equal(kit_states(k, "d/f"), "");
	assert_int_equal(floor_of(k), 7);
	assert_int_equal(directories(k), 0);
	assert_int_equal(kit_forget(k, "d/f", 7), ST_OK);
	kit_again(k);
	assert_int_equal(floor_of(k), 7);
	assert_string_equal(kit_states(k, "d/f"), "");
}

static void only_a_tombstone_alone_is_forgotten(void **state)
{
	struct kit *k = *state;

	k->store->gc_age_ms = 0;
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	kit_put(k, "f", 1, 100);
	assert_int_equal(kit_forget(k, "f", 1), ST_REFUSED);
	assert_int_equal(kit_commit(k, "g", 1, 100), ST_OK);
	assert_int_equal(kit_forget(k, "g", 1), ST_REFUSED);
	assert_int_equal(kit_rm(k, "h", 1), ST_OK);
	assert_int_equal(kit_stage(k, "h", 2, 100), ST_OK);
	assert_int_equal(kit_forget(k, "h", 1), ST_REFUSED);
	assert_int_equal(floor_of(k), 0);
	assert_int_equal(kit_abort(k, "h", 2), ST_OK);
	assert_int_equal(kit_forget(k, "h", 1), ST_OK);
	assert_in_range(floor_of(k), 1, 2);
	assert_string_equal(kit_states(k, "f"), "c");
	assert_string_equal(kit_states(k, "g"), "w");
}

/* The clock cannot be turned: the age asked for is. */
static void a_young_tombstone_stays(void **state)
{
	struct kit *k = *state;
	struct msg_name name = kit_name("f");

	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	k->store->gc_age_ms = 1000000;
	assert_int_equal(kit_rm(k, "f", 1), ST_OK);
	assert_int_equal(kit_forget(k, "f", 1), ST_REFUSED);
	assert_string_equal(kit_states(k, "f"), "d");
	for (unsigned i = 0;
	     i < 1000 && catalogue_age_ms(k->store->catalogue, &name) < 1000;
	     i++)
		(void)usleep(10000);
	assert_int_equal(kit_forget(k, "f", 1), ST_REFUSED);
	k->store->gc_age_ms = 1000;
	kit_again(k); /* all ages begin anew */
	k->store->gc_age_ms = 1000;
	assert_int_equal(kit_forget(k, "f", 1), ST_REFUSED);
	for (unsigned i = 0;
	     i < 1000 && catalogue_age_ms(k->store->catalogue, &name) < 1000;
	     i++)
		(void)usleep(10000);
	assert_int_equal(kit_forget(k, "f", 1), ST_OK);
}

static unsigned states_written(struct kit *k)
{
	struct stat st;

	assert_int_equal(lstat(kit_path(k, STATE_LINK), &st), 0);
	return (unsigned)st.st_ino;
}

static void many_forgets_write_the_state_once(void **state)
{
	struct kit *k = *state;
	unsigned before, after;
	char name[8];

	k->store->gc_age_ms = 0;
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	for (unsigned i = 0; i < 30; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		assert_int_equal(kit_rm(k, name, i + 1), ST_OK);
	}
	before = states_written(k);
	assert_int_equal(kit_forget(k, "n0", 1), ST_OK);
	after = states_written(k);
	assert_int_not_equal(before, after);
	assert_int_equal(floor_of(k), 30);
	for (unsigned i = 1; i < 30; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		assert_int_equal(kit_forget(k, name, i + 1), ST_OK);
		assert_int_equal(states_written(k), after);
	}
	assert_int_equal(directories(k), 0);
}

static int failing_sync(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

static void a_failed_sync_forgets_nothing(void **state)
{
	struct kit *k = *state;

	k->set.gc_age_ms = 0;
	kit_again(k);
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	assert_int_equal(kit_rm(k, "f", 3), ST_OK);
	assert_int_equal(kit_rm(k, "g", 4), ST_OK);
	sync_replace(k->store->sync, failing_sync);
	assert_int_equal(kit_forget(k, "f", 3), ST_IO);
	assert_string_equal(kit_states(k, "f"), "d");
	assert_int_equal(kit_forget(k, "g", 4), ST_READ_ONLY);
	kit_again(k);
	assert_true(floor_of(k) >= 3);
	assert_int_equal(kit_forget(k, "f", 3), ST_OK);
	assert_int_equal(kit_forget(k, "g", 4), ST_OK);
	assert_int_equal(directories(k), 0);
}

/* Not flushed by anybody: each waits for the one before. */
static void a_put_after_a_forget_lives(void **state)
{
	struct kit *k = *state;
	struct msg_drop m = {.name = kit_name("f"), .tag = kit_tag(1)};
	struct wait forget;

	k->store->gc_age_ms = 0;
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	assert_int_equal(kit_rm(k, "f", 1), ST_OK);
	m.context = kit_context(k);
	wait_init(&forget);
	store_forget(k->store, &m, wait_done, &forget);
	kit_put(k, "f", 2, 1000);
	assert_int_equal(wait_for(&forget).status, ST_OK);
	assert_string_equal(kit_states(k, "f"), "c");
	kit_again(k);
	kit_get(k, "f", 2, 1000);
}

static void something_foreign_keeps_the_tombstone(void **state)
{
	struct kit *k = *state;
	char path[KIT_PATH_MAX + 8];
	struct msg_query_answer a;

	k->store->gc_age_ms = 0;
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	assert_int_equal(kit_rm(k, "f", 1), ST_OK);
	a = kit_query(k, "f");
	(void)snprintf(path, sizeof(path), "%s/notes",
		       kit_version_path(k, "f", &a.records[0], -1));
	kit_make_file(path, "mine");
	assert_int_equal(kit_forget(k, "f", 1), ST_LIMIT);
	assert_string_equal(kit_states(k, "f"), "d");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(kit_forget(k, "f", 1), ST_OK);
}

/* ---- DISCARD */

static void an_old_stage_above_all_is_discarded(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	kit_put(k, "d/f", 1, 1000);
	assert_int_equal(kit_stage(k, "d/f", 2, 1000), ST_OK);
	assert_int_equal(kit_stage(k, "d/f", 3, 1000), ST_OK);
	assert_int_equal(kit_discard(k, "d/f", 3), ST_REFUSED); /* young */
	k->store->gc_age_ms = 0;
	assert_int_equal(kit_discard(k, "d/f", 1), ST_REFUSED);
	assert_int_equal(kit_discard(k, "d/f", 4), ST_OK);
	assert_string_equal(kit_states(k, "d/f"), "ssc");
	assert_int_equal(kit_discard(k, "d/f", 3), ST_OK);
	assert_string_equal(kit_states(k, "d/f"), "sc");
	assert_int_equal(kit_files(k, NULL), 4);
	assert_int_equal(kit_discard(k, "d/f", 2), ST_OK);
	kit_get(k, "d/f", 1, 1000);
	assert_int_equal(kit_files(k, NULL), 2);
	assert_int_equal(kit_stage(k, "e/g", 1, 1000), ST_OK);
	assert_int_equal(kit_discard(k, "e/g", 1), ST_OK);
	assert_string_equal(kit_states(k, "e/g"), "");
	assert_int_equal(kit_files(k, NULL), 2);
	assert_int_equal(access(kit_path(k, "e"), F_OK), -1);
}

static unsigned syncs;

static int seen_sync(int fd)
{
	syncs++;
	return syncfs(fd);
}

/* Its stages are not touched by that, and nothing rises again. */
static void a_joining_store_discards_what_members_forgot(void **state)
{
	struct kit *k = *state;

	kit_put(k, "f", 1, 1000);
	assert_int_equal(kit_stage(k, "f", 2, 1000), ST_OK);
	kit_put(k, "g", 1, 1000);
	syncs = 0;
	sync_replace(k->store->sync, seen_sync);
	assert_int_equal(kit_discard(k, "f", 1), ST_OK);
	assert_int_equal(syncs, 1);
	assert_string_equal(kit_states(k, "f"), "s");
	kit_get(k, "f", 2, 1000);
	assert_int_equal(kit_discard(k, "g", 1), ST_OK);
	assert_string_equal(kit_states(k, "g"), "");
	assert_int_equal(kit_files(k, NULL), 2);
	kit_again(k);
	assert_string_equal(kit_states(k, "f"), "s");
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	kit_put(k, "g", 2, 1000);
	assert_int_equal(kit_discard(k, "g", 2), ST_REFUSED);
}

static void what_could_not_be_discarded_is_still_told(void **state)
{
	struct kit *k = *state;
	char path[KIT_PATH_MAX + 8];
	struct msg_query_answer a;

	kit_put(k, "f", 1, 1000);
	a = kit_query(k, "f");
	(void)snprintf(path, sizeof(path), "%s/notes",
		       kit_version_path(k, "f", &a.records[0], -1));
	kit_make_file(path, "mine");
	assert_int_equal(kit_discard(k, "f", 1), ST_LIMIT);
	assert_string_equal(kit_states(k, "f"), "c");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(kit_discard(k, "f", 1), ST_OK);
	assert_string_equal(kit_states(k, "f"), "");
}

/* By hand, while the daemon runs: what is gone is gone, and what comes
 * instead is made anew. */
static void a_removed_directory_is_in_nobodys_way(void **state)
{
	struct kit *k = *state;

	k->store->gc_age_ms = 0;
	kit_put(k, "d/f", 1, 1000);
	remove_by_hand(k, "d/f");
	assert_int_equal(kit_discard(k, "d/f", 1), ST_OK);
	kit_put(k, "d/f", 2, 1000);
	remove_by_hand(k, "d");
	assert_int_equal(kit_commit(k, "d/f", 3, 1000), ST_OK);
	assert_string_equal(kit_states(k, "d/f"), "w");
	remove_by_hand(k, "d/f");
	assert_int_equal(kit_rm(k, "d/f", 4), ST_OK);
	kit_again(k);
	assert_string_equal(kit_states(k, "d/f"), "d");
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	k->store->gc_age_ms = 0;
	assert_int_equal(kit_stage(k, "d/f", 5, 1000), ST_OK);
	remove_by_hand(k, "d");
	assert_int_equal(kit_discard(k, "d/f", 5), ST_OK);
	assert_int_equal(kit_forget(k, "d/f", 4), ST_OK);
	assert_string_equal(kit_states(k, "d/f"), "");
	assert_int_equal(directories(k), 0);
}

/* The stage itself, before its COMMIT: the mark is made all the same, in the
 * directory of an older version where there is one. */
static void a_removed_stage_is_committed_as_a_witness(void **state)
{
	static const char *const gone[] = {"d", "d/f", "d/f/stage"};
	struct kit *k = *state;
	uint64_t ctr = 1;

	for (unsigned older = 0; older < 2; older++)
		for (unsigned i = 0; i < 3; i++) {
			struct msg_query_answer a;
			char stage[KIT_PATH_MAX];

			if (older)
				kit_put(k, "d/f", ctr++, 1000);
			assert_int_equal(kit_stage(k, "d/f", ctr, 1000), ST_OK);
			a = kit_query(k, "d/f");
			(void)snprintf(
				stage, sizeof(stage), "%s",
				kit_version_path(k, "d/f", &a.records[0], -1));
			if (i == 2)
				assert_int_equal(
					rename(stage, kit_path(k, gone[i])), 0);
			remove_by_hand(k, gone[i]);
			assert_int_equal(kit_commit(k, "d/f", ctr, 1000),
					 ST_OK);
			for (unsigned again = 0; again < 2; again++) {
				assert_string_equal(kit_states(k, "d/f"), "w");
				assert_int_equal(kit_files(k, NULL), 0);
				kit_again(k);
			}
			assert_int_equal(kit_restore(k, "d/f", ctr++, 1000),
					 ST_OK);
			assert_int_equal(kit_rm(k, "d/f", ctr++), ST_OK);
		}
}

static void a_stale_operation_removes_nothing(void **state)
{
	struct kit *k = *state;
	struct msg_drop m = {.name = kit_name("f"), .tag = kit_tag(1)};
	struct wait w;

	k->store->gc_age_ms = 0;
	assert_int_equal(kit_stage(k, "f", 1, 100), ST_OK);
	m.context = kit_context(k);
	m.context.stamp.boot[0] ^= 1;
	wait_init(&w);
	store_discard(k->store, &m, wait_done, &w);
	assert_int_equal(wait_for(&w).status, ST_STALE);
	wait_init(&w);
	store_forget(k->store, &m, wait_done, &w);
	assert_int_equal(wait_for(&w).status, ST_STALE);
	assert_string_equal(kit_states(k, "f"), "s");
}

#define GARBAGE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		GARBAGE_TEST(a_forgotten_tombstone_leaves_the_floor),
		GARBAGE_TEST(only_a_tombstone_alone_is_forgotten),
		GARBAGE_TEST(a_young_tombstone_stays),
		GARBAGE_TEST(many_forgets_write_the_state_once),
		GARBAGE_TEST(a_failed_sync_forgets_nothing),
		GARBAGE_TEST(a_put_after_a_forget_lives),
		GARBAGE_TEST(something_foreign_keeps_the_tombstone),
		GARBAGE_TEST(an_old_stage_above_all_is_discarded),
		GARBAGE_TEST(a_joining_store_discards_what_members_forgot),
		GARBAGE_TEST(what_could_not_be_discarded_is_still_told),
		GARBAGE_TEST(a_removed_directory_is_in_nobodys_way),
		GARBAGE_TEST(a_removed_stage_is_committed_as_a_witness),
		GARBAGE_TEST(a_stale_operation_removes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
