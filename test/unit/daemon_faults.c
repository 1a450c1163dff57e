/* The store and a disk that is full, broken, slow, or does less. */
#include "store_kit.h"

#include <sys/resource.h>

/* ---- space */

static void below_the_reserve_no_data_are_taken_but_removals(void **state)
{
	struct kit *k = *state;
	struct msg_status_answer a;
	unsigned dirs;

	kit_put(k, "f", 1, 100);
	kit_close(k);
	k->set.reserve_bytes = UINT64_C(1) << 60;
	kit_open(k);
	store_status(k->store, &a);
	assert_true(a.store.flags & STORE_FULL);
	assert_int_equal(a.free_bytes, 0);
	assert_int_equal(kit_stage(k, "f", 2, 100), ST_NO_SPACE);
	assert_int_equal(kit_stage(k, "g", 2, 1000000), ST_NO_SPACE);
	kit_get(k, "f", 1, 100);
	assert_int_equal(kit_rm(k, "f", 2), ST_OK);
	assert_string_equal(kit_states(k, "f"), "d");
	assert_int_equal(kit_rm(k, "g", 2), ST_OK);
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 4);
}

static void a_stage_larger_than_the_disk_is_refused_at_once(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, INT64_MAX, DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(k, "f", &v);
	struct outcome no;
	unsigned dirs;

	assert_null(store_stage_begin(k->store, &m, &no));
	assert_int_equal(no.status, ST_NO_SPACE);
	assert_non_null(no.text);
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 0);
	kit_put(k, "f", 1, 100);
}

static void the_default_reserve_is_a_share_of_the_disk(void **state)
{
	struct kit *k = *state;
	struct msg_status_answer small, large;

	store_status(k->store, &small);
	kit_close(k);
	k->set.reserve_bytes = UINT64_MAX;
	kit_open(k);
	store_status(k->store, &large);
	assert_int_equal(small.total_bytes, large.total_bytes);
	if (small.free_bytes > small.total_bytes / 20)
		assert_in_range(small.free_bytes - large.free_bytes,
				small.total_bytes / 200,
				small.total_bytes / 10);
	else
		assert_true(large.free_bytes < small.free_bytes);
}

/* ---- chunks that are not as they were */

enum damage {
	DAMAGE_GONE,
	DAMAGE_SHORT,
	DAMAGE_LONG,
	DAMAGE_LINK,
	DAMAGE_DIRECTORY,
	DAMAGE_FIFO,
	DAMAGE_COUNT
};

static void damage(const char *path, enum damage how)
{
	if (how == DAMAGE_SHORT) {
		assert_int_equal(truncate(path, 249), 0);
		return;
	}
	if (how == DAMAGE_LONG) {
		assert_int_equal(truncate(path, 251), 0);
		return;
	}
	assert_int_equal(unlink(path), 0);
	if (how == DAMAGE_LINK)
		assert_int_equal(symlink("/etc/passwd", path), 0);
	if (how == DAMAGE_DIRECTORY)
		assert_int_equal(mkdir(path, 0700), 0);
	if (how == DAMAGE_FIFO)
		assert_int_equal(mkfifo(path, 0600), 0);
}

static void a_damaged_chunk_is_not_served_and_its_sister_is(void **state)
{
	struct kit *k = *state;
	unsigned first = kit_first("f"), second = layout_next(first, 4);
	struct msg_status_answer a;

	for (unsigned how = 0; how < DAMAGE_COUNT; how++) {
		struct msg_query_answer q;

		kit_put(k, "f", how + 1, 1000);
		q = kit_query(k, "f");
		assert_int_equal(q.records[0].have, 3);
		damage(kit_version_path(k, "f", &q.records[0], 1),
		       (enum damage)how);
		for (int i = 0; i < 2; i++)
			assert_int_equal(
				kit_fetch(k, "f", how + 1, 1000, second),
				ST_CORRUPT);
		assert_int_equal(kit_fetch(k, "f", how + 1, 1000, first),
				 ST_OK);
		q = kit_query(k, "f");
		assert_string_equal(kit_states(k, "f"), "c");
		assert_int_equal(q.records[0].have, 1);
		store_status(k->store, &a);
		assert_int_equal(a.corrupt, how + 1);
		assert_int_equal(a.bytes, 250);
		assert_int_equal(a.error.len, 0);
	}
}

static void a_damage_done_while_down_is_found_at_start(void **state)
{
	struct kit *k = *state;

	for (unsigned how = 0; how < DAMAGE_COUNT; how++) {
		struct msg_query_answer q;
		struct msg_status_answer a;

		kit_put(k, "f", how + 1, 1000);
		q = kit_query(k, "f");
		damage(kit_version_path(k, "f", &q.records[0], 0),
		       (enum damage)how);
		kit_again(k);
		q = kit_query(k, "f");
		assert_string_equal(kit_states(k, "f"), "c");
		assert_int_equal(q.records[0].have, 2);
		assert_int_equal(q.records[0].first, kit_first("f"));
		store_status(k->store, &a);
		assert_int_equal(a.corrupt, 1);
		assert_int_equal(
			kit_fetch(k, "f", how + 1, 1000, kit_first("f")),
			ST_CORRUPT);
		assert_int_equal(kit_fetch(k, "f", how + 1, 1000,
					   layout_next(kit_first("f"), 4)),
				 ST_OK);
	}
}

static void a_failed_read_takes_the_chunk_off(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, 1000, DIGEST_XXH3);
	struct msg_fetch m = kit_fetch_message(k, "f", &v, kit_first("f"));
	struct msg_status_answer a;
	struct outcome no;
	int fd = -1;

	kit_put(k, "f", 1, 1000);
	assert_int_equal(store_fetch(k->store, &m, &fd, &no), ST_OK);
	store_chunk_failed(k->store, &m, fd, "Input/output error");
	store_chunk_failed(k->store, &m, fd, "Input/output error");
	assert_int_equal(kit_fetch(k, "f", 1, 1000, kit_first("f")),
			 ST_CORRUPT);
	store_status(k->store, &a);
	assert_int_equal(a.corrupt, 1);
	/* It says nothing of the file that has replaced it, ... */
	assert_int_equal(kit_restore(k, "f", 1, 1000), ST_OK);
	store_chunk_failed(k->store, &m, fd, "Input/output error");
	kit_get(k, "f", 1, 1000);
	/* nor of another version. */
	kit_put(k, "f", 2, 1000);
	store_chunk_failed(k->store, &m, fd, "Input/output error");
	kit_get(k, "f", 2, 1000);
	store_status(k->store, &a);
	assert_int_equal(a.corrupt, 1);
	close(fd);
}

/* ---- syncs */

static struct {
	struct mutex lock;
	struct cond cond;
	bool open;
	unsigned waiting;
} gate;

static int gated_sync(int fd)
{
	(void)fd;
	mutex_lock(&gate.lock);
	gate.waiting++;
	cond_broadcast(&gate.cond);
	while (!gate.open)
		cond_wait(&gate.cond, &gate.lock);
	mutex_unlock(&gate.lock);
	return 0;
}

static void gate_close(struct kit *k)
{
	memset(&gate, 0, sizeof(gate));
	mutex_init(&gate.lock, LOCK_STATS);
	cond_init(&gate.cond);
	sync_replace(k->store->sync, gated_sync);
}

/* Until the sync thread is in its sync. */
static void gate_wait(void)
{
	mutex_lock(&gate.lock);
	while (gate.waiting == 0)
		cond_wait(&gate.cond, &gate.lock);
	mutex_unlock(&gate.lock);
}

static void gate_open(void)
{
	mutex_lock(&gate.lock);
	gate.open = true;
	cond_broadcast(&gate.cond);
	mutex_unlock(&gate.lock);
}

static void nothing_is_shown_before_its_sync(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(2, 1000, DIGEST_XXH3);
	struct msg_commit m = {.name = kit_name("f")};
	struct wait w;

	kit_put(k, "f", 1, 1000);
	assert_int_equal(kit_stage_version(k, "f", &v).status, ST_OK);
	m.context = kit_context(k);
	m.version = v;
	gate_close(k);
	wait_init(&w);
	store_commit(k->store, &m, wait_done, &w);
	store_flush(k->store);
	gate_wait();
	assert_string_equal(kit_states(k, "f"), "sc");
	kit_get(k, "f", 1, 1000);
	assert_int_equal(kit_files(k, NULL), 4);
	mutex_lock(&w.lock);
	assert_false(w.over);
	mutex_unlock(&w.lock);
	gate_open();
	assert_int_equal(wait_for(&w).status, ST_OK);
	assert_string_equal(kit_states(k, "f"), "c");
	kit_get(k, "f", 2, 1000);
}

struct reader {
	struct kit *k;
	uint64_t ctr;
	enum status status;
};

static void *read_one(void *arg)
{
	struct reader *r = arg;

	r->status = kit_fetch(r->k, "f", r->ctr, 1000, kit_first("f"));
	return NULL;
}

static void a_read_waits_for_the_commit_that_is_under_way(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(2, 1000, DIGEST_XXH3);
	struct msg_commit m = {.name = kit_name("f"), .version = v};
	struct reader old = {k, 1, ST_OK}, new = {k, 2, ST_OK};
	pthread_t t[2];
	struct wait w;

	kit_put(k, "f", 1, 1000);
	assert_int_equal(kit_stage_version(k, "f", &v).status, ST_OK);
	m.context = kit_context(k);
	m.version = kit_tombstone(3);
	gate_close(k);
	wait_init(&w);
	store_commit(k->store, &m, wait_done, &w);
	store_flush(k->store);
	gate_wait();
	assert_int_equal(thread_start(&t[0], "old", read_one, &old), ERR_OK);
	assert_int_equal(thread_start(&t[1], "new", read_one, &new), ERR_OK);
	gate_open();
	thread_join(t[0]);
	thread_join(t[1]);
	assert_int_equal(old.status, ST_GONE);
	assert_true(new.status == ST_GONE || new.status == ST_OK);
	assert_int_equal(wait_for(&w).status, ST_OK);
}

static atomic_uint batches;

static void count_batch(void *arg)
{
	(void)arg;
	batches++;
}

static void what_is_queued_together_is_synced_once(void **state)
{
	struct kit *k = *state;
	struct wait w[20];
	char name[8];

	kit_close(k);
	k->set.batch_end = count_batch;
	kit_open(k);
	batches = 0;
	gate_close(k);
	gate_open();
	for (unsigned i = 0; i < 20; i++) {
		struct msg_commit m = {.context = kit_context(k),
				       .version = kit_tombstone(1)};

		(void)snprintf(name, sizeof(name), "n%u", i);
		m.name = kit_name(name);
		wait_init(&w[i]);
		store_commit(k->store, &m, wait_done, &w[i]);
	}
	store_flush(k->store);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(wait_for(&w[i]).status, ST_OK);
	kit_close(k);
	assert_int_equal(gate.waiting, 1);
	assert_int_equal(batches, 1);
	k->set.batch_end = NULL;
	kit_open(k);
}

/* One thread, nothing flushed, the same name twice: no standstill. */
static void a_change_that_waits_for_its_own_thread_goes_on(void **state)
{
	struct kit *k = *state;
	struct msg_commit m = {.name = kit_name("f"),
			       .version = kit_tombstone(1)};
	struct wait w[3];

	m.context = kit_context(k);
	for (unsigned i = 0; i < 3; i++) {
		wait_init(&w[i]);
		m.version.tag.ctr = i + 1;
		store_commit(k->store, &m, wait_done, &w[i]);
	}
	store_flush(k->store);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(wait_for(&w[i]).status, ST_OK);
	assert_int_equal(kit_query(k, "f").records[0].v.tag.ctr, 3);
}

static int failing_sync(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

static void a_failed_sync_is_final(void **state)
{
	struct kit *k = *state;
	struct msg_status_answer a;
	struct msg_join j = {.state = STORE_MEMBER, .cluster = k->cluster};
	struct outcome o;

	kit_put(k, "f", 1, 1000);
	assert_int_equal(kit_stage(k, "g", 1, 1000), ST_OK);
	sync_replace(k->store->sync, failing_sync);
	assert_int_equal(kit_commit(k, "g", 1, 1000), ST_IO);
	assert_string_equal(kit_states(k, "g"), "s");
	kit_get(k, "g", 1, 1000);
	assert_int_equal(kit_stage(k, "h", 1, 10), ST_READ_ONLY);
	assert_int_equal(kit_rm(k, "f", 2), ST_READ_ONLY);
	assert_int_equal(kit_abort(k, "g", 1), ST_READ_ONLY);
	kit_get(k, "f", 1, 1000);
	store_status(k->store, &a);
	assert_true(a.store.flags & STORE_READ_ONLY);
	assert_int_equal(a.error.len, strlen("syncfs: Input/output error"));
	memcpy(j.store, a.store.stamp.store, sizeof(j.store));
	j.cluster.n = 4;
	store_join(k->store, &j, &o);
	assert_int_equal(o.status, ST_READ_ONLY);
	kit_again(k);
	assert_string_equal(kit_states(k, "g"), "c");
	kit_put(k, "h", 1, 10);
}

/* ---- less than usual */

static void pieces_can_have_names_where_they_must(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(9, 1000000, DIGEST_XXH3);
	struct msg_stage_begin m;
	struct outcome no;
	struct stage *g;
	unsigned dirs;

	k->store->tree.nameless = false;
	kit_put(k, "f", 1, 1000000);
	kit_put(k, "d/g", 1, 100);
	assert_int_equal(kit_stage(k, "h", 1, 3000000), ST_OK);
	assert_int_equal(kit_files(k, NULL), 6);
	m = kit_begin(k, "f", &v);
	g = store_stage_begin(k->store, &m, &no);
	assert_non_null(g);
	kit_write(g, &v, m.record.first, 0);
	assert_int_equal(kit_files(k, NULL), 8);
	store_stage_drop(g);
	assert_int_equal(kit_files(k, NULL), 6);
	kit_again(k);
	assert_int_equal(kit_files(k, &dirs), 6);
	assert_int_equal(dirs, 7);
	kit_get(k, "f", 1, 1000000);
	kit_get(k, "h", 1, 3000000);
}

static void small_stages_go_to_disk_when_memory_is_taken(void **state)
{
	struct kit *k = *state;
	enum { MANY = 530 };
	struct version v = kit_version(1, 4 * 32768, DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(k, "f", &v);
	struct stage *g[MANY];
	struct outcome no;
	size_t buffered;

	for (unsigned i = 0; i < MANY; i++) {
		m.record.v.tag.ctr = i + 1;
		g[i] = store_stage_begin(k->store, &m, &no);
		assert_non_null(g[i]);
	}
	buffered = k->store->buffered;
	assert_in_range(buffered, 1, 32u << 20);
	for (unsigned i = 0; i < MANY; i++)
		store_stage_drop(g[i]);
	assert_int_equal(k->store->buffered, 0);
	assert_int_equal(kit_files(k, NULL), 0);
}

static void without_descriptors_a_change_is_refused_and_no_more(void **state)
{
	struct kit *k = *state;
	struct rlimit old, few;
	struct msg_store d;
	int used = dup(0);

	assert_true(used >= 0);
	close(used);
	kit_put(k, "f", 1, 1000);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = (rlim_t)used;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(kit_stage(k, "g", 1, 1000), ST_LIMIT);
	assert_int_equal(kit_stage(k, "g", 1, 1000000), ST_LIMIT);
	assert_int_equal(kit_commit(k, "g", 1, 1000), ST_LIMIT);
	assert_int_equal(kit_fetch(k, "f", 1, 1000, kit_first("f")), ST_LIMIT);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	store_describe(k->store, &d);
	assert_false(d.flags & STORE_READ_ONLY);
	kit_get(k, "f", 1, 1000);
	kit_put(k, "g", 1, 1000);
	assert_int_equal(kit_files(k, NULL), 4);
}

#define FAULT_TEST(f) \
	cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FAULT_TEST(below_the_reserve_no_data_are_taken_but_removals),
		FAULT_TEST(a_stage_larger_than_the_disk_is_refused_at_once),
		FAULT_TEST(the_default_reserve_is_a_share_of_the_disk),
		FAULT_TEST(a_damaged_chunk_is_not_served_and_its_sister_is),
		FAULT_TEST(a_damage_done_while_down_is_found_at_start),
		FAULT_TEST(a_failed_read_takes_the_chunk_off),
		FAULT_TEST(nothing_is_shown_before_its_sync),
		FAULT_TEST(a_read_waits_for_the_commit_that_is_under_way),
		FAULT_TEST(what_is_queued_together_is_synced_once),
		FAULT_TEST(a_change_that_waits_for_its_own_thread_goes_on),
		FAULT_TEST(a_failed_sync_is_final),
		FAULT_TEST(pieces_can_have_names_where_they_must),
		FAULT_TEST(small_stages_go_to_disk_when_memory_is_taken),
		FAULT_TEST(without_descriptors_a_change_is_refused_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
