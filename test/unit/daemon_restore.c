/* RESTORE: good chunks for a version that is committed. */
#include "store_kit.h"

enum { TINY = 2, SMALL = 1000, LARGE = 1000000 };

static const uint64_t sizes[] = {0, TINY, SMALL, LARGE};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Bytes that are wrong, under the right name; an empty chunk gets one. */
static void rot(struct kit *k, const char *name, int which)
{
	struct msg_query_answer a = kit_query(k, name);
	FILE *f = fopen(kit_version_path(k, name, &a.records[0], which), "r+");

	assert_non_null(f);
	assert_int_equal(fputc('?', f), '?');
	assert_int_equal(fclose(f), 0);
}

static unsigned have(struct kit *k, const char *name)
{
	return kit_query(k, name).records[0].have;
}

/* Both chunks, by the digests in their names. */
static void whole(struct kit *k, const char *name, uint64_t ctr)
{
	unsigned first = kit_first(name);
	struct outcome no;

	assert_int_equal(kit_verify(k, name, ctr, first, &no), VERIFY_GOOD);
	assert_int_equal(kit_verify(k, name, ctr, layout_next(first, 4), &no),
			 VERIFY_GOOD);
}

/* ---- what it does */

static void a_witness_is_filled(void **state)
{
	struct kit *k = *state;

	for (unsigned i = 0; i < SIZES; i++) {
		uint64_t ctr = i + 1;

		assert_int_equal(kit_commit(k, "f", ctr, sizes[i]), ST_OK);
		assert_string_equal(kit_states(k, "f"), "w");
		assert_int_equal(kit_restore(k, "f", ctr, sizes[i]), ST_OK);
		assert_string_equal(kit_states(k, "f"), "c");
		assert_int_equal(have(k, "f"), 3);
		kit_get(k, "f", ctr, sizes[i]);
		whole(k, "f", ctr);
		assert_int_equal(kit_files(k, NULL), 2);
		kit_again(k);
		kit_get(k, "f", ctr, sizes[i]);
		assert_int_equal(kit_files(k, NULL), 2);
	}
	assert_int_equal(k->store->buffered, 0);
}

static void chunks_are_replaced_good_or_bad(void **state)
{
	struct kit *k = *state;

	for (unsigned i = 1; i < SIZES; i++) {
		uint64_t ctr = i + 1;
		struct outcome no;
		unsigned dirs;

		kit_put(k, "f", ctr, sizes[i]);
		assert_int_equal(kit_restore(k, "f", ctr, sizes[i]), ST_OK);
		whole(k, "f", ctr);
		rot(k, "f", 0);
		assert_int_equal(kit_verify(k, "f", ctr, kit_first("f"), &no),
				 VERIFY_BAD);
		assert_int_equal(have(k, "f"), 2);
		assert_int_equal(kit_restore(k, "f", ctr, sizes[i]), ST_OK);
		assert_int_equal(have(k, "f"), 3);
		kit_get(k, "f", ctr, sizes[i]);
		whole(k, "f", ctr);
		assert_int_equal(kit_files(k, NULL), 2);
		kit_again(k);
		whole(k, "f", ctr);
		assert_int_equal(kit_files(k, &dirs), 2);
		assert_int_equal(dirs, 2);
	}
}

static void sha256_and_missing_chunks_are_restored_too(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, SMALL, DIGEST_SHA256);
	struct msg_query_answer a;

	assert_int_equal(kit_stage_version(k, "f", &v).status, ST_OK);
	assert_int_equal(kit_commit_version(k, "f", &v).status, ST_OK);
	a = kit_query(k, "f");
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			unlink(kit_version_path(k, "f", &a.records[0], i)), 0);
	kit_again(k);
	assert_int_equal(have(k, "f"), 0);
	assert_int_equal(kit_restore_version(k, "f", &v).status, ST_OK);
	assert_int_equal(have(k, "f"), 3);
	whole(k, "f", 1);
	kit_again(k);
	whole(k, "f", 1);
}

/* A chunk whose name was damaged, alone or beside a good one. */
static void a_misnamed_chunk_goes(void **state)
{
	struct kit *k = *state;

	for (unsigned beside = 0; beside < 2; beside++) {
		uint64_t ctr = beside + 1;
		char old[KIT_PATH_MAX], new[KIT_PATH_MAX];
		struct msg_query_answer a;

		kit_put(k, "f", ctr, SMALL);
		a = kit_query(k, "f");
		(void)snprintf(old, sizeof(old), "%s",
			       kit_version_path(k, "f", &a.records[0], 1));
		memset(&a.records[0].chunk[1], 0x11, 16);
		(void)snprintf(new, sizeof(new), "%s",
			       kit_version_path(k, "f", &a.records[0], 1));
		assert_int_equal(rename(old, new), 0);
		kit_again(k);
		if (beside)
			kit_make_file(old, "too short");
		assert_int_equal(kit_restore(k, "f", ctr, SMALL), ST_OK);
		whole(k, "f", ctr);
		assert_int_equal(access(new, F_OK), -1);
		assert_int_equal(kit_files(k, NULL), 2);
		kit_again(k);
		whole(k, "f", ctr);
	}
}

static void what_is_in_the_place_of_a_chunk_goes_but_no_directory(void **state)
{
	struct kit *k = *state;
	char path[KIT_PATH_MAX];
	struct msg_query_answer a;

	kit_put(k, "f", 1, SMALL);
	a = kit_query(k, "f");
	(void)snprintf(path, sizeof(path), "%s",
		       kit_version_path(k, "f", &a.records[0], 0));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_OK);
	whole(k, "f", 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_LIMIT);
	assert_int_equal(kit_files(k, NULL), 1);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_OK);
	whole(k, "f", 1);
}

/* ---- what it refuses */

static void what_is_not_committed_here_is_refused(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(3, SMALL, DIGEST_XXH3);
	struct outcome o;

	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_REFUSED); /* blank */
	kit_put(k, "other", 1, SMALL);
	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_REFUSED);
	assert_int_equal(kit_stage(k, "f", 1, SMALL), ST_OK);
	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_REFUSED);
	assert_int_equal(kit_rm(k, "f", 4), ST_OK);
	o = kit_restore_version(k, "f", &v);
	assert_int_equal(o.status, ST_SUPERSEDED);
	assert_true(o.has_version);
	assert_int_equal(o.version.tag.ctr, 4);
	v.tag.ctr = 4;
	assert_int_equal(kit_restore_version(k, "f", &v).status,
			 ST_BAD_REQUEST);
	assert_int_equal(kit_files(k, NULL), 2);
}

static struct outcome restore_as(struct kit *k, const struct version *v,
				 uint8_t place, uint8_t first)
{
	struct msg_stage_begin m = kit_begin(k, "f", v);
	struct outcome no;
	struct stage *g;

	m.record.place = place;
	m.record.first = first;
	g = store_restore_begin(k->store, &m, &no);
	return g ? kit_send(k, &m, g) : no;
}

static void another_place_or_version_is_refused(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, SMALL, DIGEST_XXH3);
	uint8_t first = (uint8_t)kit_first("f");

	kit_put(k, "f", 1, SMALL);
	assert_int_equal(restore_as(k, &v, 1, first).status, ST_OK);
	assert_int_equal(restore_as(k, &v, 2, first).status, ST_REFUSED);
	assert_int_equal(restore_as(k, &v, 1, first ^ 1).status, ST_REFUSED);
	assert_int_equal(restore_as(k, &v, 4, first).status, ST_BAD_REQUEST);
	v.mode = 0600;
	assert_int_equal(restore_as(k, &v, 1, first).status, ST_BAD_REQUEST);
	whole(k, "f", 1);
	assert_int_equal(kit_files(k, NULL), 2);
}

enum flaw { FLAW_ROOT, FLAW_DIGEST, FLAW_SHORT, FLAW_DROPPED, FLAW_COUNT };

static void refuse_with(struct kit *k, uint64_t ctr, uint64_t size,
			enum flaw flaw)
{
	struct version v = kit_version(ctr, size, DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(k, "f", &v);
	struct msg_stage_end end = kit_end(&v);
	unsigned first = m.record.first;
	struct outcome no;
	struct stage *g = store_restore_begin(k->store, &m, &no);

	assert_non_null(g);
	assert_true(store_stage_is(g, &m.name, &v.tag));
	kit_write(g, &v, first, 0);
	if (flaw == FLAW_DROPPED) {
		store_stage_drop(g);
		return;
	}
	if (flaw != FLAW_SHORT)
		kit_write(g, &v, first, 1);
	if (flaw == FLAW_ROOT) /* of a chunk that is not sent */
		end.chunks[(first + 2) % 4].bytes[0] ^= 1;
	if (flaw == FLAW_DIGEST)
		end.chunks[first].bytes[0] ^= 1;
	assert_int_equal(kit_end_stage(k, g, &end).status,
			 flaw == FLAW_SHORT ? ST_BAD_REQUEST : ST_DIGEST);
}

static void wrong_data_leave_all_as_it_was(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	for (unsigned i = 2; i < SIZES; i++) {
		uint64_t ctr = 2 * i;

		assert_int_equal(kit_commit(k, "f", ctr, sizes[i]), ST_OK);
		for (unsigned flaw = 0; flaw < FLAW_COUNT; flaw++)
			refuse_with(k, ctr, sizes[i], (enum flaw)flaw);
		assert_string_equal(kit_states(k, "f"), "w");
		assert_int_equal(kit_files(k, NULL), 0);
		kit_put(k, "f", ctr + 1, sizes[i]);
		for (unsigned flaw = 0; flaw < FLAW_COUNT; flaw++)
			refuse_with(k, ctr + 1, sizes[i], (enum flaw)flaw);
		whole(k, "f", ctr + 1);
		assert_int_equal(kit_files(k, NULL), 2);
	}
	assert_int_equal(k->store->buffered, 0);
	kit_again(k);
	assert_int_equal(kit_files(k, &dirs), 2);
	assert_int_equal(dirs, 2);
}

static void a_full_or_stale_store_takes_no_data(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, SMALL, DIGEST_XXH3);
	struct msg_stage_begin m;
	struct outcome no;

	kit_put(k, "f", 1, SMALL);
	m = kit_begin(k, "f", &v);
	m.context.stamp.boot[0] ^= 1;
	assert_null(store_restore_begin(k->store, &m, &no));
	assert_int_equal(no.status, ST_STALE);
	m = kit_begin(k, "f", &v);
	m.context.cluster.epoch++;
	assert_null(store_restore_begin(k->store, &m, &no));
	assert_int_equal(no.status, ST_OTHER_CLUSTER);
	kit_close(k);
	k->set.reserve_bytes = UINT64_C(1) << 60;
	kit_open(k);
	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_NO_SPACE);
	whole(k, "f", 1);
}

/* ---- two syncs */

static struct store *synced;
static atomic_uint syncs;
static atomic_uint failing; /* the number of the sync that fails */
static char seen[8];	    /* the name's states at each sync */

static int counted_sync(int fd)
{
	unsigned n = atomic_fetch_add(&syncs, 1) + 1;
	struct msg_query q = {{"f", 1}};
	struct msg_query_answer a;

	store_query(synced, &q, &a);
	if (n < sizeof(seen))
		seen[n - 1] = a.count ? (char)a.records[0].state : '-';
	if (n == failing) {
		errno = EIO;
		return -1;
	}
	return syncfs(fd);
}

static void count_syncs(struct kit *k, unsigned fail_at)
{
	synced = k->store;
	atomic_store(&syncs, 0);
	atomic_store(&failing, fail_at);
	memset(seen, 0, sizeof(seen));
	sync_replace(k->store->sync, counted_sync);
}

static void data_are_durable_before_they_are_named_and_shown(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_commit(k, "f", 1, SMALL), ST_OK);
	count_syncs(k, 0);
	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_OK);
	assert_int_equal(syncs, 2);
	assert_string_equal(seen, "ww");
	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_OK);
	assert_int_equal(syncs, 4);
}

static void a_failed_sync_costs_no_good_byte(void **state)
{
	struct kit *k = *state;

	for (unsigned n = 1; n <= 2; n++) {
		kit_put(k, "f", n, SMALL);
		count_syncs(k, n);
		assert_int_equal(kit_restore(k, "f", n, SMALL), ST_IO);
		assert_int_equal(kit_restore(k, "f", n, SMALL), ST_READ_ONLY);
		kit_get(k, "f", n, SMALL);
		assert_int_equal(kit_files(k, NULL), 2);
		kit_again(k);
		whole(k, "f", n);
	}
	for (unsigned n = 1; n <= 2; n++) {
		assert_int_equal(kit_commit(k, "f", 2 + n, LARGE), ST_OK);
		count_syncs(k, n);
		assert_int_equal(kit_restore(k, "f", 2 + n, LARGE), ST_IO);
		assert_string_equal(kit_states(k, "f"), "w");
		kit_again(k);
		/* The rename may well have arrived. */
		assert_string_equal(kit_states(k, "f"), n == 1 ? "w" : "c");
		if (n == 2)
			whole(k, "f", 4);
	}
}

enum { MANY = 20 };

/* Sends all, and waits for none. */
static void begin_many(struct kit *k, struct wait w[MANY])
{
	char name[8];

	for (unsigned i = 0; i < MANY; i++) {
		struct version v = kit_version(1, SMALL, DIGEST_XXH3);
		struct msg_stage_end end = kit_end(&v);
		struct msg_stage_begin m;
		struct outcome no;
		struct stage *g;

		(void)snprintf(name, sizeof(name), "n%u", i);
		m = kit_begin(k, name, &v);
		g = store_restore_begin(k->store, &m, &no);
		assert_non_null(g);
		kit_write(g, &v, m.record.first, 0);
		kit_write(g, &v, m.record.first, 1);
		wait_init(&w[i]);
		store_stage_end(g, &end, wait_done, &w[i]);
	}
}

static void make_many(struct kit *k)
{
	char name[8];

	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		if (i % 2)
			kit_put(k, name, 1, SMALL);
		else
			assert_int_equal(kit_commit(k, name, 1, SMALL), ST_OK);
	}
}

static void many_at_once_cost_two_syncs(void **state)
{
	struct kit *k = *state;
	struct wait w[MANY];

	make_many(k);
	count_syncs(k, 0);
	begin_many(k, w);
	store_flush(k->store);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(wait_for(&w[i]).status, ST_OK);
	assert_int_equal(syncs, 2);
}

static void a_store_that_stops_finishes_both_steps(void **state)
{
	struct kit *k = *state;
	struct wait w[MANY];
	char name[8];

	make_many(k);
	begin_many(k, w);
	kit_again(k);
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(wait_for(&w[i]).status, ST_OK);
		(void)snprintf(name, sizeof(name), "n%u", i);
		whole(k, name, 1);
	}
	assert_int_equal(kit_files(k, NULL), 2 * MANY);
}

/* ---- other changes of the name, not flushed by anybody */

static void a_newer_commit_on_its_way_wins(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, SMALL, DIGEST_XXH3);
	struct msg_stage_end end = kit_end(&v);
	struct msg_commit m = {.name = kit_name("f"),
			       .version = kit_tombstone(2)};
	struct msg_stage_begin b;
	struct wait commit, restore;
	struct outcome no;
	struct stage *g;

	kit_put(k, "f", 1, SMALL);
	b = kit_begin(k, "f", &v);
	g = store_restore_begin(k->store, &b, &no);
	assert_non_null(g);
	kit_write(g, &v, b.record.first, 0);
	kit_write(g, &v, b.record.first, 1);
	m.context = kit_context(k);
	wait_init(&commit);
	wait_init(&restore);
	store_commit(k->store, &m, wait_done, &commit);
	store_stage_end(g, &end, wait_done, &restore);
	assert_int_equal(wait_for(&commit).status, ST_OK);
	assert_int_equal(wait_for(&restore).status, ST_SUPERSEDED);
	assert_string_equal(kit_states(k, "f"), "d");
	assert_int_equal(kit_files(k, NULL), 0);
}

static void a_commit_waits_for_both_steps_of_a_restore(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, LARGE, DIGEST_XXH3);
	struct msg_stage_end end = kit_end(&v);
	struct msg_commit m = {.name = kit_name("f"),
			       .version = kit_tombstone(2)};
	struct msg_stage_begin b;
	struct wait commit, restore;
	struct outcome no;
	struct stage *g;

	assert_int_equal(kit_commit(k, "f", 1, LARGE), ST_OK);
	b = kit_begin(k, "f", &v);
	g = store_restore_begin(k->store, &b, &no);
	assert_non_null(g);
	kit_write(g, &v, b.record.first, 0);
	kit_write(g, &v, b.record.first, 1);
	m.context = kit_context(k);
	wait_init(&commit);
	wait_init(&restore);
	store_stage_end(g, &end, wait_done, &restore);
	store_commit(k->store, &m, wait_done, &commit);
	assert_int_equal(wait_for(&restore).status, ST_OK);
	store_flush(k->store);
	assert_int_equal(wait_for(&commit).status, ST_OK);
	assert_string_equal(kit_states(k, "f"), "d");
	assert_int_equal(kit_files(k, NULL), 0);
}

static void a_higher_stage_survives_a_restore(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_commit(k, "f", 1, SMALL), ST_OK);
	assert_int_equal(kit_stage(k, "f", 2, SMALL), ST_OK);
	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_OK);
	assert_string_equal(kit_states(k, "f"), "sc");
	kit_get(k, "f", 1, SMALL);
	kit_get(k, "f", 2, SMALL);
	assert_int_equal(kit_commit(k, "f", 2, SMALL), ST_OK);
	assert_string_equal(kit_states(k, "f"), "c");
	assert_int_equal(kit_files(k, NULL), 2);
}

/* The epoch is another one when the data are here. */
static void an_end_that_comes_too_late_says_why(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, SMALL, DIGEST_XXH3);
	struct msg_stage_begin m;
	struct outcome no;
	struct stage *g;

	kit_put(k, "f", 1, SMALL);
	m = kit_begin(k, "f", &v);
	g = store_restore_begin(k->store, &m, &no);
	assert_non_null(g);
	k->cluster.epoch++;
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	assert_int_equal(kit_send(k, &m, g).status, ST_OTHER_CLUSTER);
	k->cluster.epoch--;
}

/* By hand, while the daemon runs. */
static void a_directory_that_was_removed_is_made_anew(void **state)
{
	struct kit *k = *state;
	char path[KIT_PATH_MAX];

	for (unsigned i = 0; i < 4; i++) {
		uint64_t ctr = i + 1;
		struct outcome no;

		if (i < 2)
			kit_put(k, "d/f", ctr, SMALL);
		else
			assert_int_equal(kit_commit(k, "d/f", ctr, SMALL),
					 ST_OK);
		(void)snprintf(path, sizeof(path), "%s",
			       i % 2 ? kit_path(k, "d") : kit_path(k, "d/f"));
		assert_int_equal(
			nftw(path, kit_unlink, 16, FTW_DEPTH | FTW_PHYS), 0);
		if (i < 2)
			assert_int_equal(kit_verify(k, "d/f", ctr,
						    kit_first("d/f"), &no),
					 VERIFY_BAD);
		assert_int_equal(kit_restore(k, "d/f", ctr, SMALL), ST_OK);
		whole(k, "d/f", ctr);
		kit_again(k);
		whole(k, "d/f", ctr);
		assert_int_equal(kit_files(k, NULL), 2);
	}
}

/* A reader that has the old file open goes on with it. */
static void a_read_under_way_is_not_disturbed(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, SMALL, DIGEST_XXH3);
	struct msg_fetch m = kit_fetch_message(k, "f", &v, kit_first("f"));
	struct outcome no;
	char byte = 0;
	size_t len;
	uint8_t *want = kit_chunk(&v, kit_first("f"), &len);
	int fd = -1;

	kit_put(k, "f", 1, SMALL);
	assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_OK);
	assert_int_equal(kit_restore(k, "f", 1, SMALL), ST_OK);
	assert_int_equal(pread(fd, &byte, 1, (off_t)len - 1), 1);
	assert_int_equal((uint8_t)byte, want[len - 1]);
	close(fd);
	free(want);
}

#define RESTORE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RESTORE_TEST(a_witness_is_filled),
		RESTORE_TEST(chunks_are_replaced_good_or_bad),
		RESTORE_TEST(sha256_and_missing_chunks_are_restored_too),
		RESTORE_TEST(a_misnamed_chunk_goes),
		RESTORE_TEST(
			what_is_in_the_place_of_a_chunk_goes_but_no_directory),
		RESTORE_TEST(what_is_not_committed_here_is_refused),
		RESTORE_TEST(another_place_or_version_is_refused),
		RESTORE_TEST(wrong_data_leave_all_as_it_was),
		RESTORE_TEST(a_full_or_stale_store_takes_no_data),
		RESTORE_TEST(data_are_durable_before_they_are_named_and_shown),
		RESTORE_TEST(a_failed_sync_costs_no_good_byte),
		RESTORE_TEST(many_at_once_cost_two_syncs),
		RESTORE_TEST(a_store_that_stops_finishes_both_steps),
		RESTORE_TEST(a_newer_commit_on_its_way_wins),
		RESTORE_TEST(a_commit_waits_for_both_steps_of_a_restore),
		RESTORE_TEST(a_higher_stage_survives_a_restore),
		RESTORE_TEST(a_read_under_way_is_not_disturbed),
		RESTORE_TEST(an_end_that_comes_too_late_says_why),
		RESTORE_TEST(a_directory_that_was_removed_is_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
