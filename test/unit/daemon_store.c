/* The store: stages, commits, removals, fetches, lists. */
#include "store_kit.h"

static void a_put_file_is_two_files_and_comes_back(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	assert_int_equal(kit_stage(k, "a.txt", 1, 1003), ST_OK);
	assert_string_equal(kit_states(k, "a.txt"), "s");
	kit_get(k, "a.txt", 1, 1003);
	assert_int_equal(kit_commit(k, "a.txt", 1, 1003), ST_OK);
	assert_string_equal(kit_states(k, "a.txt"), "c");
	assert_int_equal(kit_files(k, &dirs), 2);
	assert_int_equal(dirs, 2);
	kit_get(k, "a.txt", 1, 1003);
}

static void every_size_comes_back(void **state)
{
	static const uint64_t sizes[] = {0,	 1,	 2,	 3,	 4,
					 5,	 4095,	 65536,	 131068, 131072,
					 131076, 140000, 9000001};
	struct kit *k = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		kit_put(k, "sized", i + 1, sizes[i]);
		assert_string_equal(kit_states(k, "sized"), "c");
		assert_int_equal(kit_files(k, NULL), 2);
		kit_get(k, "sized", i + 1, sizes[i]);
		kit_again(k);
		kit_get(k, "sized", i + 1, sizes[i]);
	}
}

static void sha256_is_as_good(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, 300000, DIGEST_SHA256);
	struct msg_query_answer a;

	assert_int_equal(kit_stage_version(k, "s", &v).status, ST_OK);
	assert_int_equal(kit_commit_version(k, "s", &v).status, ST_OK);
	kit_again(k);
	a = kit_query(k, "s");
	assert_int_equal(a.count, 1);
	assert_int_equal(a.records[0].have, 3);
	assert_memory_equal(&a.records[0].v.root, &v.root, sizeof(v.root));
}

static void any_name_that_is_allowed_is_stored(void **state)
{
	static const char *const names[] = {
		"@state",     "@state.new", "@tmp",    "@",
		"@@",	      "@s-x/@c",    "a/b/c/d", "a/b",
		"a",	      "-",	    ".hidden", "sp ace",
		"new\nline",  "\xc3\xa4",   "...",     "lost+found/x",
		"lost+found", "*?[",	    "\\",      "\xff\x01",
	};
	struct kit *k = *state;
	const size_t count = sizeof(names) / sizeof(names[0]);

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < count; i++) {
			if (round == 0)
				kit_put(k, names[i], 1, 100 + i);
			else
				kit_get(k, names[i], 1, 100 + i);
		}
		assert_int_equal(kit_files(k, NULL), 2 * count);
		kit_again(k);
	}
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(kit_states(k, names[i]), "c");
		assert_int_equal(kit_rm(k, names[i], 2), ST_OK);
	}
	assert_int_equal(kit_files(k, NULL), 0);
}

static void the_longest_and_the_deepest_name_go(void **state)
{
	struct kit *k = *state;
	char longest[NAME_MAX_BYTES + 1], deepest[NAME_MAX_BYTES + 1];

	memset(longest, 'x', sizeof(longest));
	longest[255] = longest[511] = longest[767] = '/';
	longest[NAME_MAX_BYTES - 1] = '\0';
	for (size_t i = 0; i < NAME_MAX_BYTES; i++)
		deepest[i] = i % 2 ? '/' : '@';
	deepest[NAME_MAX_BYTES - 1] = '\0';
	kit_put(k, longest, 1, 10);
	kit_put(k, deepest, 1, 20);
	kit_again(k);
	kit_get(k, longest, 1, 10);
	kit_get(k, deepest, 1, 20);
	assert_int_equal(kit_stage(k, "gone/again/and/again", 1, 5), ST_OK);
	assert_int_equal(kit_abort(k, "gone/again/and/again", 1), ST_OK);
	assert_int_equal(access(kit_path(k, "gone"), F_OK), -1);
}

static void an_overwrite_retires_the_older_version(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, 100, DIGEST_XXH3);
	struct msg_fetch m = kit_fetch_message(k, "f", &v, kit_first("f"));
	struct outcome no;
	unsigned dirs;
	int fd;

	kit_put(k, "f", 1, 100);
	assert_int_equal(kit_stage(k, "f", 2, 200), ST_OK);
	assert_int_equal(kit_stage(k, "f", 3, 300), ST_OK);
	assert_string_equal(kit_states(k, "f"), "ssc");
	assert_int_equal(kit_commit(k, "f", 2, 200), ST_OK);
	assert_string_equal(kit_states(k, "f"), "sc");
	assert_int_equal(kit_files(k, &dirs), 4);
	assert_int_equal(dirs, 3);
	assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_GONE);
	assert_true(no.has_version);
	assert_int_equal(no.version.tag.ctr, 2);
	assert_int_equal(kit_commit(k, "f", 3, 300), ST_OK);
	assert_string_equal(kit_states(k, "f"), "c");
	assert_int_equal(kit_files(k, NULL), 2);
	kit_get(k, "f", 3, 300);
}

static void a_commit_tells_how_it_stands(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(5, 100, DIGEST_XXH3);
	struct version low = kit_version(3, 100, DIGEST_XXH3);
	struct outcome o;

	assert_int_equal(kit_stage_version(k, "f", &v).status, ST_OK);
	o = kit_commit_version(k, "f", &v);
	assert_int_equal(o.status, ST_OK);
	assert_int_equal(o.state, RECORD_COMMITTED);
	assert_int_equal(o.highest.ctr, 5);
	o = kit_commit_version(k, "f", &low);
	assert_int_equal(o.status, ST_OK);
	assert_int_equal(o.state, RECORD_COMMITTED);
	assert_int_equal(o.highest.ctr, 5);
	o = kit_commit_version(k, "other", &v);
	assert_int_equal(o.status, ST_OK);
	assert_int_equal(o.state, RECORD_WITNESS);
	assert_string_equal(kit_states(k, "other"), "w");
}

static void a_witness_takes_the_place_of_an_older_version(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	kit_put(k, "f", 1, 100);
	assert_int_equal(kit_stage(k, "f", 2, 100), ST_OK);
	assert_int_equal(kit_commit(k, "f", 3, 100), ST_OK);
	assert_string_equal(kit_states(k, "f"), "w");
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 2);
	assert_int_equal(kit_fetch(k, "f", 1, 100, kit_first("f")), ST_GONE);
	assert_int_equal(kit_fetch(k, "f", 3, 100, kit_first("f")), ST_ABSENT);
	kit_again(k);
	assert_string_equal(kit_states(k, "f"), "w");
}

static void a_removed_name_is_a_tombstone(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	kit_put(k, "d/f", 1, 100);
	assert_int_equal(kit_stage(k, "d/f", 9, 100), ST_OK);
	assert_int_equal(kit_rm(k, "d/f", 2), ST_OK);
	assert_string_equal(kit_states(k, "d/f"), "sd");
	assert_int_equal(kit_files(k, &dirs), 2);
	assert_int_equal(dirs, 4);
	assert_int_equal(kit_rm(k, "never", 2), ST_OK);
	kit_again(k);
	assert_string_equal(kit_states(k, "d/f"), "sd");
	assert_string_equal(kit_states(k, "never"), "d");
	assert_int_equal(kit_stage(k, "never", 2, 10), ST_SUPERSEDED);
	kit_put(k, "never", 3, 10);
	kit_get(k, "never", 3, 10);
}

static void an_aborted_stage_leaves_nothing(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	assert_int_equal(kit_stage(k, "x/y/z", 1, 100), ST_OK);
	assert_int_equal(kit_stage(k, "x/y", 1, 500000), ST_OK);
	assert_int_equal(kit_abort(k, "x/y/z", 2), ST_OK);
	assert_string_equal(kit_states(k, "x/y/z"), "s");
	assert_int_equal(kit_abort(k, "x/y/z", 1), ST_OK);
	assert_string_equal(kit_states(k, "x/y/z"), "");
	assert_int_equal(kit_abort(k, "x/y/z", 1), ST_OK);
	kit_get(k, "x/y", 1, 500000);
	assert_int_equal(kit_abort(k, "x/y", 1), ST_OK);
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 0);
	kit_put(k, "x/y", 1, 100);
	assert_int_equal(kit_abort(k, "x/y", 1), ST_OK);
	assert_string_equal(kit_states(k, "x/y"), "c");
}

static void a_stage_below_a_committed_tag_is_superseded(void **state)
{
	struct kit *k = *state;
	struct version low = kit_version(4, 10, DIGEST_XXH3);
	struct outcome o;

	kit_put(k, "f", 5, 100);
	o = kit_stage_version(k, "f", &low);
	assert_int_equal(o.status, ST_SUPERSEDED);
	assert_true(o.has_version);
	assert_int_equal(o.version.tag.ctr, 5);
	assert_non_null(o.text);
}

static void a_stage_that_is_overtaken_on_its_way_is_superseded(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(4, 200000, DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(k, "f", &v);
	struct msg_stage_end end = kit_end(&v);
	struct outcome no;
	struct stage *g = store_stage_begin(k->store, &m, &no);
	struct wait w;

	assert_non_null(g);
	kit_write(g, &v, m.record.first, 0);
	kit_write(g, &v, m.record.first, 1);
	kit_put(k, "f", 5, 100);
	wait_init(&w);
	store_stage_end(g, &end, wait_done, &w);
	store_flush(k->store);
	assert_int_equal(wait_for(&w).status, ST_SUPERSEDED);
	assert_string_equal(kit_states(k, "f"), "c");
	assert_int_equal(kit_files(k, NULL), 2);
}

static void a_repeated_stage_is_answered_and_kept_once(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_stage(k, "f", 1, 100), ST_OK);
	assert_int_equal(kit_stage(k, "f", 1, 100), ST_OK);
	assert_int_equal(kit_stage(k, "g", 1, 400000), ST_OK);
	assert_int_equal(kit_stage(k, "g", 1, 400000), ST_OK);
	assert_int_equal(kit_files(k, NULL), 4);
	assert_string_equal(kit_states(k, "f"), "s");
}

static void one_tag_is_one_version(void **state)
{
	struct kit *k = *state;
	struct version none = kit_tombstone(0);

	assert_int_equal(kit_stage(k, "f", 1, 100), ST_OK);
	assert_int_equal(kit_stage(k, "f", 1, 101), ST_BAD_REQUEST);
	assert_int_equal(kit_commit(k, "f", 1, 101), ST_BAD_REQUEST);
	assert_int_equal(kit_rm(k, "f", 1), ST_BAD_REQUEST);
	assert_string_equal(kit_states(k, "f"), "s");
	assert_int_equal(kit_commit(k, "f", 1, 100), ST_OK);
	kit_get(k, "f", 1, 100);
	assert_int_equal(kit_commit_version(k, "g", &none).status,
			 ST_BAD_REQUEST);
	assert_string_equal(kit_states(k, "g"), "");
}

/* Sends a stage whose end or data are wrong in one way. */
static enum status send_bad(struct kit *k, uint64_t size, unsigned how)
{
	struct version v = kit_version(1, size, DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(k, "bad", &v);
	struct msg_stage_end end = kit_end(&v);
	struct outcome no;
	struct stage *g = store_stage_begin(k->store, &m, &no);
	unsigned first = m.record.first;
	struct wait w;

	assert_non_null(g);
	kit_write(g, &v, first, 0);
	if (how != 0)
		kit_write(g, &v, first, 1);
	if (how == 1)
		end.chunks[first].bytes[3] ^= 1;
	if (how == 2)
		end.chunks[layout_next(first, 4)].bytes[15] ^= 0x80;
	if (how == 3)
		end.alg = DIGEST_SHA256;
	if (how == 4)
		end.y = 3;
	wait_init(&w);
	store_stage_end(g, &end, wait_done, &w);
	return wait_for(&w).status;
}

static void a_stage_that_is_not_as_it_says_is_refused(void **state)
{
	static const enum status want[] = {ST_BAD_REQUEST, ST_DIGEST, ST_DIGEST,
					   ST_BAD_REQUEST, ST_BAD_REQUEST};
	struct kit *k = *state;
	unsigned dirs;

	for (unsigned how = 0; how < 5; how++) {
		assert_int_equal(send_bad(k, 1000, how), want[how]);
		assert_int_equal(send_bad(k, 1000000, how), want[how]);
	}
	assert_string_equal(kit_states(k, "bad"), "");
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 0);
}

static void a_head_against_the_rules_is_refused(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, 100, DIGEST_XXH3);
	struct msg_stage_begin good = kit_begin(k, "f", &v), m;
	struct outcome no;

	m = good;
	m.record.v.y = 1;
	m.record.place = 0;
	assert_null(store_stage_begin(k->store, &m, &no));
	assert_int_equal(no.status, ST_BAD_REQUEST);
	m = good;
	m.record.place = 4;
	assert_null(store_stage_begin(k->store, &m, &no));
	m = good;
	m.record.first = 4;
	assert_null(store_stage_begin(k->store, &m, &no));
	m = good;
	m.record.v.alg = 9;
	assert_null(store_stage_begin(k->store, &m, &no));
	m = good;
	m.record.v.size = (uint64_t)INT64_MAX + 1;
	assert_null(store_stage_begin(k->store, &m, &no));
	assert_int_equal(no.status, ST_BAD_REQUEST);
	m = good;
	m.context.stamp.time_ms += 1000000;
	assert_null(store_stage_begin(k->store, &m, &no));
	assert_int_equal(no.status, ST_STALE);
	m = good;
	m.context.stamp.boot[0] ^= 1;
	assert_null(store_stage_begin(k->store, &m, &no));
	assert_int_equal(no.status, ST_STALE);
}

static void more_data_than_announced_is_refused(void **state)
{
	struct kit *k = *state;
	static const uint64_t sizes[] = {1000, 1000000};

	for (size_t i = 0; i < 2; i++) {
		struct version v = kit_version(1, sizes[i], DIGEST_XXH3);
		struct msg_stage_begin m = kit_begin(k, "f", &v);
		struct outcome no;
		struct stage *g = store_stage_begin(k->store, &m, &no);

		assert_non_null(g);
		kit_write(g, &v, m.record.first, 0);
		assert_int_equal(store_stage_write(g, 0, "x", 1, &no),
				 ST_BAD_REQUEST);
		assert_int_equal(store_stage_write(g, 2, "x", 1, &no),
				 ST_BAD_REQUEST);
		assert_int_equal(store_stage_write(g, 0, "", 0, &no), ST_OK);
		assert_true(store_stage_is(g, &m.name, &v.tag));
		store_stage_drop(g);
	}
	store_stage_drop(NULL);
	assert_int_equal(kit_files(k, NULL), 0);
}

static void a_fetch_keeps_to_the_chunk(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, 1000, DIGEST_XXH3);
	unsigned first = kit_first("f");
	struct msg_fetch m = kit_fetch_message(k, "f", &v, first);
	struct outcome no;
	int fd = -1;

	kit_put(k, "f", 1, 1000);
	m.offset = m.len;
	m.len = 0;
	assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_OK);
	close(fd);
	m.len = 1;
	assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_BAD_REQUEST);
	m.offset = UINT64_MAX;
	assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_BAD_REQUEST);
	m = kit_fetch_message(k, "f", &v, (first + 2) % 4);
	assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_ABSENT);
	m = kit_fetch_message(k, "f", &v, first);
	m.cluster.epoch++;
	assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_OK);
	close(fd);
	m.cluster.id[0]++;
	assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_OTHER_CLUSTER);
	m = kit_fetch_message(k, "g", &v, first);
	assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_ABSENT);
}

/* Lists everything below prefix through buffers of cap bytes. */
static unsigned list_all(struct kit *k, const char *prefix, size_t cap,
			 char *names, size_t names_cap)
{
	struct msg_name p = kit_name(prefix);
	char last[NAME_MAX_BYTES];
	size_t last_len = 0;
	uint8_t *data = malloc(cap);
	unsigned count = 0;
	bool more = true;

	assert_non_null(data);
	names[0] = '\0';
	while (more) {
		struct msg_list_entry entry;
		struct wbuf b;
		struct rbuf r;

		wbuf_init(&b, data, cap);
		more = store_list(k->store, &p, last, &last_len, &b);
		assert_true(!more || b.len > 0);
		rbuf_init(&r, data, b.len);
		while (rbuf_left(&r) > 0) {
			size_t len = strlen(names);

			assert_int_equal(msg_list_entry_get(&r, &entry),
					 ERR_OK);
			(void)snprintf(names + len, names_cap - len, "%.*s ",
				       (int)entry.name.len, entry.name.text);
			count++;
		}
	}
	free(data);
	return count;
}

static void a_list_is_sorted_by_bytes_and_kept_to_its_prefix(void **state)
{
	struct kit *k = *state;
	char names[4096];

	kit_put(k, "foo10", 1, 1);
	kit_put(k, "foo.1", 1, 1);
	kit_put(k, "foo", 1, 1);
	kit_put(k, "b/c", 1, 1);
	kit_put(k, "b", 1, 1);
	kit_put(k, "foo1", 1, 1);
	assert_int_equal(kit_rm(k, "zz", 1), ST_OK);
	for (size_t cap = 150; cap < 2000; cap += 150) {
		list_all(k, "", cap, names, sizeof(names));
		assert_string_equal(names, "b b/c foo foo.1 foo1 foo10 zz ");
		list_all(k, "foo1", cap, names, sizeof(names));
		assert_string_equal(names, "foo1 foo10 ");
		assert_int_equal(
			list_all(k, "nothing", cap, names, sizeof(names)), 0);
	}
}

static void the_counts_follow(void **state)
{
	struct kit *k = *state;
	struct msg_status_answer a;

	kit_put(k, "f", 1, 1000);
	assert_int_equal(kit_stage(k, "g", 1, 4), ST_OK);
	assert_int_equal(kit_rm(k, "h", 1), ST_OK);
	store_status(k->store, &a);
	assert_int_equal(a.names, 3);
	assert_int_equal(a.bytes, 500 + 2);
	assert_int_equal(a.stages, 1);
	assert_int_equal(a.tombstones, 1);
	assert_int_equal(a.corrupt, 0);
	assert_int_equal(a.error.len, 0);
	assert_true(a.total_bytes > a.free_bytes && a.free_bytes > 0);
	assert_true(a.store.flags & STORE_VERSIONS);
	assert_true(a.store.flags & STORE_STAGES);
	kit_again(k);
	store_status(k->store, &a);
	assert_int_equal(a.names, 3);
	assert_int_equal(a.bytes, 500 + 2);
}

static void a_member_refuses_a_counter_far_up(void **state)
{
	struct kit *k = *state;
	struct msg_join m = {.state = STORE_MEMBER, .cluster = k->cluster};
	struct msg_store d;
	struct outcome o;

	store_describe(k->store, &d);
	memcpy(m.store, d.stamp.store, sizeof(m.store));
	m.cluster.n = 4;
	store_join(k->store, &m, &o);
	assert_int_equal(o.status, ST_OK);
	kit_put(k, "f", 7, 10);
	assert_int_equal(kit_stage(k, "f", 7 + RULES_CTR_STEP + 1, 10),
			 ST_RANGE);
	assert_int_equal(kit_commit(k, "f", 7 + RULES_CTR_STEP + 1, 10),
			 ST_RANGE);
	assert_int_equal(kit_stage(k, "f", 7 + RULES_CTR_STEP, 10), ST_OK);
}

static void a_name_holds_so_many_records_and_no_more(void **state)
{
	struct kit *k = *state;

	for (unsigned i = 0; i < MSG_RECORDS_MAX; i++)
		assert_int_equal(kit_stage(k, "f", i + 1, 8), ST_OK);
	assert_int_equal(kit_stage(k, "f", 100, 8), ST_LIMIT);
	kit_again(k);
	assert_int_equal(kit_query(k, "f").count, MSG_RECORDS_MAX);
	assert_int_equal(kit_commit(k, "f", 64, 8), ST_OK);
	assert_string_equal(kit_states(k, "f"), "c");
	assert_int_equal(kit_files(k, NULL), 2);
}

#define STORE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STORE_TEST(a_put_file_is_two_files_and_comes_back),
		STORE_TEST(every_size_comes_back),
		STORE_TEST(sha256_is_as_good),
		STORE_TEST(any_name_that_is_allowed_is_stored),
		STORE_TEST(the_longest_and_the_deepest_name_go),
		STORE_TEST(an_overwrite_retires_the_older_version),
		STORE_TEST(a_commit_tells_how_it_stands),
		STORE_TEST(a_witness_takes_the_place_of_an_older_version),
		STORE_TEST(a_removed_name_is_a_tombstone),
		STORE_TEST(an_aborted_stage_leaves_nothing),
		STORE_TEST(a_stage_below_a_committed_tag_is_superseded),
		STORE_TEST(a_stage_that_is_overtaken_on_its_way_is_superseded),
		STORE_TEST(a_repeated_stage_is_answered_and_kept_once),
		STORE_TEST(one_tag_is_one_version),
		STORE_TEST(a_stage_that_is_not_as_it_says_is_refused),
		STORE_TEST(a_head_against_the_rules_is_refused),
		STORE_TEST(more_data_than_announced_is_refused),
		STORE_TEST(a_fetch_keeps_to_the_chunk),
		STORE_TEST(a_list_is_sorted_by_bytes_and_kept_to_its_prefix),
		STORE_TEST(the_counts_follow),
		STORE_TEST(a_member_refuses_a_counter_far_up),
		STORE_TEST(a_name_holds_so_many_records_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
