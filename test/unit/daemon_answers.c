/* Answers that are long or take long: FETCH, LIST and VERIFY. */
#include "session_kit.h"

static void take_body(struct rig *r, uint32_t id, const uint8_t *want,
		      size_t len)
{
	size_t at = 0;
	struct answer a;

	do {
		rig_answer(r, &a);
		assert_int_equal(a.f.id, id);
		assert_int_equal(a.f.status, ST_OK);
		assert_int_equal(a.f.head_len, 0);
		assert_in_range(a.f.body_len, 0, len - at);
		assert_memory_equal(a.body, want + at, a.f.body_len);
		at += a.f.body_len;
		assert_int_equal(!(a.f.flags & FRAME_MORE), at == len);
	} while (at < len);
}

static void a_chunk_comes_in_any_piece(void **state)
{
	static const struct {
		uint64_t offset, len;
	} pieces[] = {
		{0, 1250000}, {0, 0},	    {1250000, 0},
		{1249999, 1}, {0, 65536},   {3, 65537},
		{1, 1048576}, {1, 1048577}, {100000, 1100000},
	};
	struct rig *r = *state;
	struct version v = kit_version(1, 5000000, DIGEST_XXH3);
	unsigned first = kit_first("big");
	struct msg_fetch m;
	uint8_t *data;
	size_t len;

	kit_put(&r->k, "big", 1, 5000000);
	data = kit_chunk(&v, first, &len);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		m = kit_fetch_message(&r->k, "big", &v, first);
		m.offset = pieces[i].offset;
		m.len = pieces[i].len;
		wire_fetch(&r->out, 7, &m);
		rig_send_all(r);
		take_body(r, 7, data + m.offset, (size_t)m.len);
	}
	free(data);
}

/* Answers to what was asked after a long one come between its frames. */
static void a_long_answer_holds_up_no_other(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 80000000, DIGEST_XXH3);
	unsigned first = kit_first("big");
	struct msg_fetch m;
	struct answer a;
	unsigned frames[3] = {0};
	uint8_t *data[2];
	size_t at[2] = {0};
	size_t len;

	kit_put(&r->k, "big", 1, 80000000);
	for (uint32_t i = 0; i < 2; i++) {
		unsigned c = i ? layout_next(first, 4) : first;

		data[i] = kit_chunk(&v, c, &len);
		m = kit_fetch_message(&r->k, "big", &v, c);
		wire_fetch(&r->out, i, &m);
	}
	wire_query(&r->out, 2, "big");
	rig_send_all(r);
	while (at[0] < len || at[1] < len) {
		rig_answer(r, &a);
		frames[a.f.id]++;
		if (a.f.id == 2) {
			assert_in_range(frames[0] + frames[1], 0, 8);
			continue;
		}
		assert_memory_equal(a.body, data[a.f.id] + at[a.f.id],
				    a.f.body_len);
		at[a.f.id] += a.f.body_len;
		if (at[0] < len && at[1] < len)
			assert_in_range(frames[0] - frames[1] + 1, 0, 2);
	}
	assert_int_equal(frames[2], 1);
	free(data[0]);
	free(data[1]);
}

static void many_names(struct rig *r, unsigned count)
{
	char name[16];

	for (unsigned i = 0; i < count; i++) {
		struct version v = kit_tombstone(1);

		(void)snprintf(name, sizeof(name), "n%06u", i);
		wire_commit(&r->out, i + 1, &r->k, name, &v);
	}
	rig_send_all(r);
	for (unsigned i = 0; i < count; i++) {
		struct answer a;

		rig_answer(r, &a);
		assert_int_equal(a.f.status, ST_OK);
	}
}

/* Entries of one frame; counts names n000000, n000001, ... */
static void check_entries(const struct answer *a, unsigned *next)
{
	struct msg_list_entry e;
	struct rbuf b;
	char name[16];

	rbuf_init(&b, a->body, a->f.body_len);
	while (rbuf_left(&b) > 0) {
		assert_int_equal(msg_list_entry_get(&b, &e), ERR_OK);
		(void)snprintf(name, sizeof(name), "n%06u", (*next)++);
		assert_int_equal(e.name.len, strlen(name));
		assert_memory_equal(e.name.text, name, e.name.len);
	}
}

static void a_slow_reader_gets_the_whole_list(void **state)
{
	struct rig *r = *state;
	unsigned next = 0, first = 1, other = 0;
	struct answer a = {0};

	many_names(r, 2500);
	wire_list(&r->out, 1, "n");
	wire_query(&r->out, 2, "n000001");
	rig_send_all(r);
	for (;;) {
		while (!inbox_take(&r->in, &a)) {
			assert_false(r->in.ended);
			inbox_read(&r->in, r->fd, 999);
			rig_turn(r, 0);
		}
		if (a.f.id == 2) {
			other++;
			continue;
		}
		assert_int_equal(a.f.head_len > 0, first);
		first = 0;
		check_entries(&a, &next);
		if (!(a.f.flags & FRAME_MORE))
			break;
	}
	assert_int_equal(next, 2500);
	assert_int_equal(other, 1);
}

/* In the light queue nobody waits for more than a frame of a long answer. */
static void a_long_answer_goes_on_in_the_heavy_queue(void **state)
{
	struct rig *r = *state;
	struct pool_job *job = (struct pool_job *)(void *)r->s;
	struct worker w;
	struct answer a;

	many_names(r, 2500);
	/* From here on this thread is the worker. */
	pool_stop(r->v.pool);
	assert_int_equal(worker_init(&w, false), ERR_OK);
	wire_list(&r->out, 1, "n");
	rig_send_all(r);
	rig_turn(r, WIRE_WAIT_MS);
	assert_int_equal(session_serve(job, &w), POOL_HEAVY);
	rig_answer(r, &a);
	assert_true(a.f.flags & FRAME_MORE);
	inbox_read(&r->in, r->fd, 1 << 20);
	assert_false(inbox_take(&r->in, &a));
	assert_int_equal(session_serve(job, &w), POOL_DONE);
	rig_answer(r, &a);
	assert_false(a.f.flags & FRAME_MORE);
	worker_release(&w);
	pool_free(r->v.pool);
	assert_int_equal(pool_start(&r->v.pool, 2, session_serve), ERR_OK);
}

/* Who does not read has requests waiting, not answers without end. */
static void answers_that_nobody_reads_are_bounded(void **state)
{
	struct rig *r = *state;
	struct msg_status_answer st;
	unsigned sent = 0;
	ssize_t n = 1;
	struct answer a;

	for (unsigned i = 0; i < 1000; i++)
		wire_query(&r->out, i, "a");
	while (n > 0) {
		n = send(r->fd, r->out.data, r->out.len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0) {
			sent += (unsigned)n;
			/* Go on where it was cut. */
			if ((size_t)n < r->out.len) {
				memmove(r->out.data, r->out.data + n,
					r->out.len - (size_t)n);
				r->out.len -= (size_t)n;
			} else {
				r->out.len = 0;
				for (unsigned i = 0; i < 1000; i++)
					wire_query(&r->out, i, "a");
			}
		}
		for (int i = 0; i < 20; i++)
			rig_turn(r, 1);
		assert_in_range(sent, 0, 64 << 20);
	}
	store_status(r->k.store, &st);
	/* Read now, everything comes, up to where the sending was cut. */
	rig_send_all(r);
	wire_status(&r->out, 5000);
	rig_send_all(r);
	do {
		rig_answer(r, &a);
		assert_int_equal(a.f.status, ST_OK);
	} while (a.f.id != 5000);
}

/* ---- reading for a digest */

/* Overwrites one byte of a chunk. */
static void flip(const struct kit *k, const char *name, int which, off_t at)
{
	struct msg_query_answer a = kit_query((struct kit *)(uintptr_t)k, name);
	int fd = open(kit_version_path(k, name, &a.records[0], which), O_RDWR);
	uint8_t byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

/* A VERIFY's last frame; counts the empty ones before it. */
static unsigned take_verdict(struct rig *r, uint32_t id, enum status want)
{
	unsigned before = 0;
	struct answer a;

	for (;;) {
		rig_answer(r, &a);
		assert_int_equal(a.f.op, OP_VERIFY);
		assert_int_equal(a.f.id, id);
		assert_int_equal(a.f.body_len, 0);
		if (!(a.f.flags & FRAME_MORE))
			break;
		assert_int_equal(a.f.status, ST_OK);
		before++;
	}
	assert_int_equal(a.f.status, want);
	if (want != ST_OK)
		assert_int_equal(refusal_of(&a), want);
	return before;
}

static void a_chunk_is_verified(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 10000000, DIGEST_XXH3);
	unsigned first = kit_first("big");
	struct msg_fetch m[2];

	kit_put(&r->k, "big", 1, 10000000);
	m[0] = kit_fetch_message(&r->k, "big", &v, first);
	m[1] = kit_fetch_message(&r->k, "big", &v, layout_next(first, 4));
	for (uint32_t i = 0; i < 2; i++) {
		wire_verify(&r->out, i, &m[i]);
		rig_send_all(r);
		(void)take_verdict(r, i, ST_OK);
	}
	flip(&r->k, "big", 1, 2499999);
	for (uint32_t i = 0; i < 2; i++) {
		wire_verify(&r->out, i, &m[i]);
		rig_send_all(r);
		(void)take_verdict(r, i, i ? ST_CORRUPT : ST_OK);
	}
	rig_expect_quiet(r);
}

static void what_is_not_there_cannot_be_verified(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 400, DIGEST_XXH3);
	unsigned first = kit_first("a");
	struct msg_fetch m = kit_fetch_message(&r->k, "a", &v, first);

	kit_put(&r->k, "a", 1, 400);
	m.chunk = (uint8_t)((first + 2) % 4);
	wire_verify(&r->out, 1, &m);
	rig_send_all(r);
	(void)take_verdict(r, 1, ST_ABSENT);
	kit_put(&r->k, "a", 2, 400);
	m.chunk = (uint8_t)first;
	wire_verify(&r->out, 2, &m);
	rig_send_all(r);
	(void)take_verdict(r, 2, ST_GONE);
	m.cluster.id[0]++;
	wire_verify(&r->out, 3, &m);
	rig_send_all(r);
	(void)take_verdict(r, 3, ST_OTHER_CLUSTER);
}

/* Far more than a connection may have answers under way. */
static void thousands_of_verifies_go_at_once(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 16384, DIGEST_XXH3);
	unsigned files = open_files();
	uint64_t seen[10000 / 64 + 1] = {0};
	struct answer a;
	char name[16];

	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "f%u", i);
		kit_put(&r->k, name, 1, 16384);
	}
	flip(&r->k, "f50", 0, 0);
	for (uint32_t i = 0; i < 10000; i++) {
		struct msg_fetch m;

		(void)snprintf(name, sizeof(name), "f%u", i % 100);
		m = kit_fetch_message(&r->k, name, &v, kit_first(name));
		wire_verify(&r->out, i, &m);
	}
	rig_send_all(r);
	for (unsigned left = 10000; left > 0; left--) {
		rig_answer(r, &a);
		assert_in_range(a.f.id, 0, 9999);
		assert_int_equal(seen[a.f.id / 64] >> a.f.id % 64 & 1, 0);
		seen[a.f.id / 64] |= UINT64_C(1) << a.f.id % 64;
		assert_int_equal(a.f.status,
				 a.f.id % 100 == 50 ? ST_CORRUPT : ST_OK);
	}
	rig_expect_quiet(r);
	assert_int_equal(open_files(), files);
}

/* Of a session's VERIFYs one is at work, and other answers come meanwhile. */
static void verifies_hold_up_no_other(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 80000000, DIGEST_XXH3);
	unsigned files = open_files(), verdicts = 0, queries = 0;
	struct msg_fetch m;
	struct answer a;

	kit_put(&r->k, "big", 1, 80000000);
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	for (uint32_t i = 0; i < 12; i++)
		wire_verify(&r->out, i, &m);
	wire_query(&r->out, 100, "big");
	wire_fetch(&r->out, 101, &m);
	rig_send_all(r);
	while (verdicts < 12) {
		rig_answer(r, &a);
		assert_int_equal(a.f.status, ST_OK);
		assert_in_range(open_files(), files, files + 4);
		if (a.f.op == OP_QUERY)
			assert_in_range(verdicts, 0, 1);
		queries += a.f.op == OP_QUERY;
		verdicts += a.f.op == OP_VERIFY && !(a.f.flags & FRAME_MORE);
	}
	assert_int_equal(queries, 1);
	rig_expect_quiet(r);
}

/* The worker that serves it goes on to others after a few MiB, and a client
 * that waits hears of it, but not of every step. */
static void a_long_verify_is_done_in_turns(void **state)
{
	struct rig *r = *state;
	struct pool_job *job = (struct pool_job *)(void *)r->s;
	struct version v = kit_version(1, 80000000, DIGEST_XXH3);
	enum pool_after after = POOL_HEAVY;
	unsigned turns = 0, told;
	uint64_t start, took;
	struct msg_fetch m;
	struct worker w;

	kit_put(&r->k, "big", 1, 80000000);
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	pool_stop(r->v.pool);
	assert_int_equal(worker_init(&w, false), ERR_OK);
	wire_verify(&r->out, 1, &m);
	rig_send_all(r);
	rig_turn(r, WIRE_WAIT_MS);
	start = clock_ms();
	for (; after == POOL_HEAVY; turns++) {
		after = session_serve(job, &w);
		assert_in_range(clock_ms() - start, 0, WIRE_WAIT_MS);
	}
	took = clock_ms() - start;
	assert_int_equal(after, POOL_DONE);
	assert_in_range(turns, 5, 40);
	told = take_verdict(r, 1, ST_OK);
	assert_in_range(told, 0, took / STREAM_TELL_MS);
	worker_release(&w);
	pool_free(r->v.pool);
	assert_int_equal(pool_start(&r->v.pool, 2, session_serve), ERR_OK);
}

/* While it cannot touch the disk a worker leaves a VERIFY alone. */
static void the_reserved_worker_verifies_nothing(void **state)
{
	struct rig *r = *state;
	struct pool_job *job = (struct pool_job *)(void *)r->s;
	struct version v = kit_version(1, 400, DIGEST_XXH3);
	struct msg_fetch m;
	struct worker w;

	kit_put(&r->k, "a", 1, 400);
	m = kit_fetch_message(&r->k, "a", &v, kit_first("a"));
	pool_stop(r->v.pool);
	assert_int_equal(worker_init(&w, true), ERR_OK);
	wire_verify(&r->out, 1, &m);
	rig_send_all(r);
	rig_turn(r, WIRE_WAIT_MS);
	assert_int_equal(session_serve(job, &w), POOL_HEAVY);
	worker_release(&w);
	assert_int_equal(worker_init(&w, false), ERR_OK);
	assert_int_equal(session_serve(job, &w), POOL_DONE);
	assert_int_equal(take_verdict(r, 1, ST_OK), 0);
	worker_release(&w);
	pool_free(r->v.pool);
	assert_int_equal(pool_start(&r->v.pool, 2, session_serve), ERR_OK);
}

/* The connection ends wherever a VERIFY may be. */
static void a_cut_verify_leaves_nothing(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 20000000, DIGEST_XXH3);
	unsigned files = open_files();
	struct msg_fetch m;

	kit_put(&r->k, "big", 1, 20000000);
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	for (int i = 0; i < 30; i++) {
		for (uint32_t id = 0; id < 5; id++)
			wire_verify(&r->out, id, &m);
		assert_int_equal(send(r->fd, r->out.data, r->out.len, 0),
				 r->out.len);
		for (int j = 0; j < i; j++)
			rig_turn(r, 0);
		rig_disconnect(r);
		rig_connect(r);
	}
	assert_int_equal(open_files(), files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(a_chunk_comes_in_any_piece),
		SESSION_TEST(a_long_answer_holds_up_no_other),
		SESSION_TEST(a_slow_reader_gets_the_whole_list),
		SESSION_TEST(a_long_answer_goes_on_in_the_heavy_queue),
		SESSION_TEST(answers_that_nobody_reads_are_bounded),
		SESSION_TEST(a_chunk_is_verified),
		SESSION_TEST(what_is_not_there_cannot_be_verified),
		SESSION_TEST(thousands_of_verifies_go_at_once),
		SESSION_TEST(verifies_hold_up_no_other),
		SESSION_TEST(a_long_verify_is_done_in_turns),
		SESSION_TEST(the_reserved_worker_verifies_nothing),
		SESSION_TEST(a_cut_verify_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
