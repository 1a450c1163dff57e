/* The store under many threads at once, and what is left afterwards. */
#include "store_kit.h"

#define WORKERS 6
#define ROUNDS 150

static const char *const names[] = {"a", "a/b", "a/b/c", "d/e", "d", "hot"};
#define NAMES (sizeof(names) / sizeof(names[0]))

struct worker {
	struct kit *k;
	pthread_t thread;
	uint64_t seed;
	unsigned wrong;
	unsigned done;
};

static uint32_t next_random(struct worker *w)
{
	w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(w->seed >> 33);
}

/* cmocka's asserts are the main thread's: these count what is wrong. */
static void expect(struct worker *w, bool right)
{
	w->wrong += !right;
}

static enum status send(struct worker *w, const char *name, struct version *v,
			bool restore)
{
	struct msg_stage_begin m = kit_begin(w->k, name, v);
	struct msg_stage_end end = kit_end(v);
	struct outcome no;
	struct stage *g = restore ? store_restore_begin(w->k->store, &m, &no)
				  : store_stage_begin(w->k->store, &m, &no);
	struct wait wait;

	if (!g)
		return no.status;
	for (unsigned slot = 0; slot < 2; slot++) {
		size_t len;
		unsigned chunk = slot == 0 ? m.record.first
					   : layout_next(m.record.first, 4);
		uint8_t *data = kit_chunk(v, chunk, &len);

		expect(w, store_stage_write(g, slot, data, len, &no) == ST_OK);
		free(data);
	}
	wait_init(&wait);
	store_stage_end(g, &end, wait_done, &wait);
	store_flush(w->k->store);
	return wait_for(&wait).status;
}

static enum status stage(struct worker *w, const char *name, struct version *v)
{
	return send(w, name, v, false);
}

/* A chunk that is offered is read right, or is gone by now. */
static void read_record(struct worker *w, const char *name,
			const struct record *r)
{
	struct msg_fetch m = kit_fetch_message(w->k, name, &r->v, r->first);
	struct outcome no;
	uint8_t *want, got[70000];
	enum status status;
	size_t len;
	int fd = -1;

	expect(w, r->have == 3);
	status = store_fetch(w->k->store, &m, &fd, &no);
	if (status != ST_OK) {
		expect(w, status == ST_GONE || status == ST_ABSENT);
		return;
	}
	want = kit_chunk(&r->v, r->first, &len);
	expect(w, read(fd, got, sizeof(got)) == (ssize_t)len);
	expect(w, memcmp(want, got, len) == 0);
	free(want);
	close(fd);
}

static void read_back(struct worker *w, const char *name)
{
	struct msg_query_answer a = kit_query(w->k, name);

	for (unsigned i = 0; i < a.count; i++)
		if (a.records[i].place != RECORD_NO_PLACE)
			read_record(w, name, &a.records[i]);
}

static void one_round(struct worker *w)
{
	const char *name = names[next_random(w) % NAMES];
	struct msg_query_answer a = kit_query(w->k, name);
	uint64_t size = next_random(w) % 4 ? 1000 : 200000;
	struct version v = kit_version(1, size, DIGEST_XXH3);
	enum status status;

	if (a.count > 0)
		v.tag.ctr = a.records[0].v.tag.ctr + 1;
	v.tag.put = next_random(w);
	switch (next_random(w) % 8) {
	case 0:
		v = (struct version){.tag = v.tag, .alg = DIGEST_XXH3};
		status = kit_commit_version(w->k, name, &v).status;
		expect(w, status == ST_OK);
		break;
	case 1:
		status = stage(w, name, &v);
		expect(w, status == ST_OK || status == ST_SUPERSEDED);
		if (status == ST_OK) {
			struct msg_drop m = {.context = kit_context(w->k),
					     .name = kit_name(name),
					     .tag = v.tag};
			struct wait wait;

			wait_init(&wait);
			store_abort(w->k->store, &m, wait_done, &wait);
			expect(w, wait_for(&wait).status == ST_OK);
		}
		break;
	case 2:
		read_back(w, name);
		break;
	default:
		status = stage(w, name, &v);
		expect(w, status == ST_OK || status == ST_SUPERSEDED);
		status = kit_commit_version(w->k, name, &v).status;
		expect(w, status == ST_OK);
		read_back(w, name);
	}
	w->done++;
}

/* ---- repair, among changes */

static void mend(struct worker *w, const char *name, struct version v)
{
	enum status status = send(w, name, &v, true);

	expect(w, status == ST_OK || status == ST_SUPERSEDED ||
			  status == ST_REFUSED);
}

static void verify(struct worker *w, const char *name, const struct record *r)
{
	struct outcome no;
	enum verify_state s =
		kit_verify_tag(w->k, name, &r->v.tag, r->first, &no);

	expect(w, s == VERIFY_GOOD || s == VERIFY_GONE);
}

static void forget(struct worker *w, const char *name, const struct tag *tag)
{
	struct msg_drop m = {.context = kit_context(w->k),
			     .name = kit_name(name),
			     .tag = *tag};
	struct wait wait;
	enum status status;

	wait_init(&wait);
	store_forget(w->k->store, &m, wait_done, &wait);
	store_flush(w->k->store);
	status = wait_for(&wait).status;
	expect(w, status == ST_OK || status == ST_REFUSED);
}

static void repair_round(struct worker *w)
{
	const char *name = names[next_random(w) % NAMES];
	struct msg_query_answer a = kit_query(w->k, name);
	const struct record *high =
		rules_committed((struct rules_records){a.records, a.count});
	struct version v = kit_version(1, 1000, DIGEST_XXH3);

	if (high && high->state == RECORD_TOMBSTONE) {
		forget(w, name, &high->v.tag);
	} else if (high && next_random(w) % 4 > 0) {
		mend(w, name, high->v);
		if (high->state == RECORD_COMMITTED)
			verify(w, name, high);
	} else {
		v.tag.ctr = high ? high->v.tag.ctr + 1 : 1;
		v.tag.put = next_random(w);
		(void)kit_end(&v);
		expect(w, kit_commit_version(w->k, name, &v).status == ST_OK);
	}
	w->done++;
}

static void *repair(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 0; i < ROUNDS; i++)
		repair_round(w);
	return NULL;
}

/* ---- copies to and fro */

static void copy(struct worker *w, const char *from, const struct record *r,
		 const char *to)
{
	struct msg_query_answer a = kit_query(w->k, to);
	struct msg_copy m = {.context = kit_context(w->k),
			     .name = kit_name(to),
			     .record = *r,
			     .source = kit_name(from),
			     .source_tag = r->v.tag};
	struct wait wait;
	enum status status;

	m.record.v.tag.ctr = a.count ? a.records[0].v.tag.ctr + 1 : 1;
	m.record.v.tag.put = next_random(w);
	m.record.place =
		(uint8_t)((r->first + layout_turn(to, strlen(to), 4)) % 4);
	wait_init(&wait);
	store_copy(w->k->store, &m, wait_done, &wait);
	store_flush(w->k->store);
	status = wait_for(&wait).status;
	expect(w, status == ST_OK || status == ST_SUPERSEDED ||
			  status == ST_GONE || status == ST_ABSENT);
	if (status == ST_OK)
		expect(w, kit_commit_version(w->k, to, &m.record.v).status ==
				  ST_OK);
}

static void copy_round(struct worker *w)
{
	const char *from = names[next_random(w) % NAMES];
	const char *to = names[next_random(w) % NAMES];
	struct msg_query_answer a = kit_query(w->k, from);
	const struct record *r = a.count > 0 ? &a.records[0] : NULL;
	struct version v = kit_version(1, 200000, DIGEST_XXH3);
	unsigned dice = next_random(w) % 8;

	v.tag.put = next_random(w);
	v.tag.ctr = r ? r->v.tag.ctr + 1 : 1;
	if (r && r->place != RECORD_NO_PLACE && dice > 1) {
		verify(w, from, r);
		copy(w, from, r, to);
	} else if (dice > 0) {
		(void)stage(w, from, &v);
		expect(w, kit_commit_version(w->k, from, &v).status == ST_OK);
	} else {
		v = (struct version){.tag = v.tag, .alg = DIGEST_XXH3};
		expect(w, kit_commit_version(w->k, from, &v).status == ST_OK);
	}
	w->done++;
}

static void *copy_all(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 0; i < ROUNDS; i++)
		copy_round(w);
	return NULL;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (unsigned i = 0; i < ROUNDS; i++)
		one_round(w);
	return NULL;
}

/* As the catalogue says: two files a version, one record committed. */
static void check_disk(struct kit *k)
{
	unsigned files = 0;

	for (size_t i = 0; i < NAMES; i++) {
		struct msg_query_answer a = kit_query(k, names[i]);

		for (unsigned j = 0; j < a.count; j++)
			files += a.records[j].place == RECORD_NO_PLACE ? 0 : 2;
	}
	assert_int_equal(kit_files(k, NULL), files);
}

static void many_threads(struct kit *k, void *(*even)(void *),
			 void *(*odd)(void *))
{
	struct worker w[WORKERS];
	struct msg_status_answer before, after;

	for (unsigned i = 0; i < WORKERS; i++) {
		w[i] = (struct worker){.k = k, .seed = i + 1};
		assert_int_equal(thread_start(&w[i].thread, "worker",
					      i % 2 ? odd : even, &w[i]),
				 ERR_OK);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		thread_join(w[i].thread);
		assert_int_equal(w[i].done, ROUNDS);
		assert_int_equal(w[i].wrong, 0);
	}
	check_disk(k);
	store_status(k->store, &before);
	assert_int_equal(before.corrupt, 0);
	kit_again(k);
	check_disk(k);
	store_status(k->store, &after);
	assert_int_equal(before.names, after.names);
	assert_int_equal(before.bytes, after.bytes);
	assert_int_equal(before.stages, after.stages);
	assert_int_equal(before.tombstones, after.tombstones);
	assert_int_equal(after.corrupt, 0);
}

static void many_threads_on_few_names_leave_a_whole_store(void **state)
{
	many_threads(*state, work, work);
}

static void repair_among_changes_leaves_a_whole_store(void **state)
{
	struct kit *k = *state;

	k->store->gc_age_ms = 0;
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	many_threads(k, work, repair);
}

/* Two that copy each other's sources wait for each other never. */
static void copies_to_and_fro_leave_a_whole_store(void **state)
{
	many_threads(*state, copy_all, copy_all);
}

static void *begin_a_cluster(void *arg)
{
	struct worker *w = arg;
	struct kit k = *w->k;
	char name[16];

	(void)snprintf(name, sizeof(name), "n%u", (unsigned)w->seed);
	k.cluster.id[0] = (uint8_t)w->seed;
	w->done = kit_stage(&k, name, 1, 100) == ST_OK;
	return NULL;
}

static void of_many_clusters_a_blank_store_takes_one(void **state)
{
	struct kit *k = *state;
	struct worker w[WORKERS];
	struct msg_store d;
	unsigned winner = 0, won = 0;

	for (unsigned i = 0; i < WORKERS; i++) {
		w[i] = (struct worker){.k = k, .seed = i + 1};
		assert_int_equal(thread_start(&w[i].thread, "worker",
					      begin_a_cluster, &w[i]),
				 ERR_OK);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		thread_join(w[i].thread);
		won += w[i].done;
		winner = w[i].done ? i + 1 : winner;
	}
	assert_int_equal(won, 1);
	store_describe(k->store, &d);
	assert_int_equal(d.state, STORE_JOINING);
	assert_int_equal(d.cluster.id[0], winner);
	assert_int_equal(kit_files(k, NULL), 2);
}

/* JOINs want the store for themselves, in the middle of changes. */
static void joins_and_changes_do_not_stand_in_each_others_way(void **state)
{
	struct kit *k = *state;
	struct worker w[2];
	struct msg_join m = {.state = STORE_MEMBER, .cluster = k->cluster};
	struct msg_store d;
	struct outcome o;

	store_describe(k->store, &d);
	memcpy(m.store, d.stamp.store, sizeof(m.store));
	m.cluster.n = 4;
	for (unsigned i = 0; i < 2; i++) {
		w[i] = (struct worker){.k = k, .seed = i + 1};
		assert_int_equal(
			thread_start(&w[i].thread, "worker", work, &w[i]),
			ERR_OK);
	}
	for (unsigned i = 0; i < 50; i++) {
		m.floor = i;
		store_join(k->store, &m, &o);
		if (o.status != ST_OK)
			assert_int_equal(o.status, ST_REFUSED);
	}
	for (unsigned i = 0; i < 2; i++) {
		thread_join(w[i].thread);
		assert_int_equal(w[i].wrong, 0);
	}
	check_disk(k);
}

#define RACE_TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RACE_TEST(many_threads_on_few_names_leave_a_whole_store),
		RACE_TEST(repair_among_changes_leaves_a_whole_store),
		RACE_TEST(copies_to_and_fro_leave_a_whole_store),
		RACE_TEST(of_many_clusters_a_blank_store_takes_one),
		RACE_TEST(joins_and_changes_do_not_stand_in_each_others_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
