/* A session's requests in whatever pieces they come, what is no request, and
 * the ways in which a connection ends. */
#include "session_kit.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

/* ---- a run of every kind of request */

static const enum status script_wants[] = {
	ST_OK,		  /* 1 QUERY */
	ST_OK,		  /* 2 a stage */
	ST_OK,		  /* 3 STATUS */
	ST_UNKNOWN_OP,	  /* 4 operation 99 */
	ST_BAD_REQUEST,	  /* 5 a malformed QUERY */
	ST_BAD_REQUEST,	  /* 6 a QUERY with a body */
	ST_OTHER_CLUSTER, /* 7 a stage for another cluster */
	ST_OK,		  /* 8 LIST */
	ST_OK,		  /* 9 ABORT of nothing */
	ST_BAD_REQUEST,	  /* 10 a STAGE_END of nothing */
	ST_BAD_REQUEST,	  /* 11 a head longer than any */
	ST_BAD_REQUEST,	  /* 12 a malformed RESTORE, and its data */
	ST_OK,		  /* 13 QUERY */
	ST_ABSENT,	  /* 14 VERIFY of nothing */
	ST_BAD_REQUEST,	  /* 15 VERIFY of a part */
	ST_OK,		  /* 16 FORGET of nothing */
	ST_OK,		  /* 17 DISCARD of nothing */
	ST_REFUSED,	  /* 18 a restore of what is not committed */
	ST_ABSENT,	  /* 19 a COPY of nothing */
};

#define SCRIPT_COUNT (sizeof(script_wants) / sizeof(script_wants[0]))

static void wire_repair(struct wire *w, const struct kit *k, const char *name)
{
	struct version v = kit_version(7, 56, DIGEST_XXH3);
	struct msg_drop drop = kit_drop_message(k, name, &v.tag);
	struct msg_fetch m = kit_fetch_message(k, name, &v, 0);
	struct msg_copy copy = kit_copy_message(k, "none", &v, name, 7);

	wire_verify(w, 14, &m);
	WIRE_REQUEST(w, OP_VERIFY, 15, msg_fetch_put, &m);
	wire_drop(w, OP_FORGET, 16, &drop);
	wire_drop(w, OP_DISCARD, 17, &drop);
	wire_restore(w, 18, k, name, &v);
	WIRE_REQUEST(w, OP_COPY, 19, msg_copy_put, &copy);
}

/* *dull and the next 3000 bytes are those of a head that nobody reads. */
static void wire_script(struct wire *w, const struct kit *k, const char *name,
			size_t *dull)
{
	static const uint8_t zeros[3000];
	struct version v = kit_version(1, 56, DIGEST_XXH3);
	struct tag none = kit_tag(99);
	struct kit other = *k;
	struct wbuf junk;

	memset(other.cluster.id, 0x77, sizeof(other.cluster.id));
	wbuf_init(&junk, (void *)(uintptr_t)zeros, sizeof(zeros));
	junk.len = 5;
	wire_query(w, 1, name);
	wire_stage(w, 2, k, name, &v);
	wire_status(w, 3);
	wire_frame(w, 99, 4, &junk, zeros, 17);
	wire_frame(w, OP_QUERY, 5, &junk, NULL, 0);
	wire_frame(w, OP_STATUS, 6, NULL, zeros, 9);
	wire_stage(w, 7, &other, name, &v);
	wire_list(w, 8, name);
	wire_abort(w, 9, k, name, &none);
	wire_frame(w, OP_STAGE_END, 10, NULL, NULL, 0);
	junk.len = sizeof(zeros);
	*dull = w->len + FRAME_HEADER_SIZE;
	wire_frame(w, OP_QUERY, 11, &junk, zeros, 4);
	junk.len = 5;
	wire_frame(w, OP_RESTORE, 12, &junk, NULL, 0);
	wire_data(w, 12, 0, zeros, 20);
	wire_frame(w, OP_STAGE_END, 12, NULL, NULL, 0);
	wire_query(w, 13, name);
	wire_repair(w, k, name);
}

static void every_request_is_answered_once(void **state)
{
	struct rig *r = *state;
	size_t dull;

	kit_put(&r->k, "first", 1, 10);
	wire_script(&r->out, &r->k, "name", &dull);
	rig_send_all(r);
	rig_expect(r, script_wants, SCRIPT_COUNT);
	rig_expect_quiet(r);
	assert_string_equal(kit_states(&r->k, "name"), "s");
}

static void a_cut_at_any_byte_changes_nothing(void **state)
{
	struct rig *r = *state;
	char name[32];
	size_t len, dull;

	kit_put(&r->k, "first", 1, 10);
	wire_script(&r->out, &r->k, "n0000", &dull);
	len = r->out.len;
	for (size_t cut = 1; cut < len; cut++) {
		/* The long head needs no care at each of its bytes. */
		if (cut > dull && cut < dull + 3000 && cut % 97)
			continue;
		(void)snprintf(name, sizeof(name), "n%04zu", cut);
		r->out.len = 0;
		wire_script(&r->out, &r->k, name, &dull);
		assert_int_equal(r->out.len, len);
		rig_send(r, r->out.data, cut);
		for (int i = 0; i < 3; i++)
			rig_turn(r, 0);
		rig_send(r, r->out.data + cut, len - cut);
		rig_expect(r, script_wants, SCRIPT_COUNT);
	}
	r->out.len = 0;
	rig_expect_quiet(r);
}

static void bytes_may_come_one_by_one(void **state)
{
	struct rig *r = *state;
	size_t dull;

	kit_put(&r->k, "first", 1, 10);
	wire_script(&r->out, &r->k, "name", &dull);
	for (size_t i = 0; i < r->out.len; i++) {
		rig_send(r, r->out.data + i, 1);
		rig_turn(r, 0);
	}
	r->out.len = 0;
	rig_expect(r, script_wants, SCRIPT_COUNT);
	rig_expect_quiet(r);
	assert_string_equal(kit_states(&r->k, "name"), "s");
}

/* Wherever the connection is cut: nothing half is left, and nothing hangs. */
static void a_connection_may_end_at_any_byte(void **state)
{
	struct rig *r = *state;
	unsigned files = open_files();
	size_t dull;

	for (size_t cut = 1;; cut += 7) {
		wire_script(&r->out, &r->k, "name", &dull);
		if (cut >= r->out.len)
			break;
		rig_send(r, r->out.data, cut);
		rig_disconnect(r);
		assert_int_equal(kit_abort(&r->k, "name", 1), ST_OK);
		rig_connect(r);
	}
	r->out.len = 0;
	assert_int_equal(kit_files(&r->k, NULL), 0);
	assert_int_equal(open_files(), files);
}

/* ---- ends */

static void what_is_no_frame_ends_the_connection(void **state)
{
	static const char *const first[] = {
		"GET / HTTP/1.0\r\n\r\n",
		"\n",
		"dfs0",
		"d\0\0\0",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		size_t len = i == 3 ? 4 : strlen(first[i]);

		rig_send(r, (const uint8_t *)first[i], i == 4 ? 11 : len);
		rig_await_end(r);
		rig_disconnect(r);
		rig_connect(r);
	}
}

static void lengths_above_the_limits_end_it(void **state)
{
	static const struct {
		uint32_t head;
		uint64_t body;
	} claims[] = {
		{FRAME_HEAD_MAX + 1, 0}, {UINT32_MAX, 0},
		{0, FRAME_DATA_MAX + 1}, {0, UINT64_C(1) << 40},
		{0, UINT64_MAX},
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		struct frame f = {.op = OP_QUERY,
				  .head_len = claims[i].head,
				  .body_len = claims[i].body};
		uint8_t bytes[FRAME_HEADER_SIZE];
		struct wbuf b;

		wbuf_init(&b, bytes, sizeof(bytes));
		assert_int_equal(frame_put(&b, &f), ERR_OK);
		rig_send(r, bytes, sizeof(bytes));
		rig_await_end(r);
		rig_disconnect(r);
		rig_connect(r);
	}
}

/* Nothing but headers, of every operation: no turn goes round in them. */
static void frames_of_no_length_hold_nothing_up(void **state)
{
	enum { ROUNDS = 300, OPS = 32, LAST = 1 << 20 };
	struct rig *r = *state;
	struct answer a;

	for (uint32_t i = 0; i < ROUNDS * OPS; i++)
		wire_frame(&r->out, (uint8_t)(i % OPS), i, NULL, NULL, 0);
	for (uint32_t i = 0; i < ROUNDS; i++)
		wire_data(&r->out, ROUNDS * OPS, 0, NULL, 0);
	wire_query(&r->out, LAST, "a");
	rig_send_all(r);
	do {
		rig_answer(r, &a);
		assert_true(a.f.id == LAST || a.f.status != ST_OK ||
			    a.f.op == OP_STATUS);
	} while (a.f.id != LAST);
	assert_int_equal(a.f.status, ST_OK);
	assert_int_equal(kit_files(&r->k, NULL), 0);
}

/* All but what the test itself keeps. */
static size_t memory(const struct rig *r)
{
	return kit_memory() - r->in.cap - r->out.cap;
}

/* Files are announced of which little comes, and a body that hardly begins. */
static void memory_follows_what_came_not_what_was_said(void **state)
{
	enum { STAGES = 16, SAID = 8 << 20, CAME = 1000, MOST = 2 << 20 };
	static const uint8_t zeros[CAME];
	const struct frame f = {.op = OP_STAGE_DATA,
				.id = 1,
				.head_len = 1,
				.body_len = FRAME_DATA_MAX};
	struct rig *r = *state;
	uint64_t end = clock_ms() + WIRE_WAIT_MS;
	uint8_t header[FRAME_HEADER_SIZE];
	int waiting = 1;
	struct wbuf b;
	size_t before;

	rig_expect_quiet(r);
	before = memory(r);
	for (uint32_t i = 1; i <= STAGES; i++) {
		struct version v = kit_version(i, SAID, DIGEST_XXH3);
		struct msg_stage_begin m = kit_begin(&r->k, "a", &v);

		WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, i, msg_stage_begin_put,
			     &m);
		wire_data(&r->out, i, 0, zeros, CAME);
	}
	rig_expect_quiet(r);
	wbuf_init(&b, header, sizeof(header));
	assert_int_equal(frame_put(&b, &f), ERR_OK);
	wire_add(&r->out, header, sizeof(header));
	wire_add(&r->out, zeros, CAME);
	rig_send_all(r);
	while (waiting > 0) {
		assert_true(clock_ms() < end);
		rig_turn(r, 1);
		assert_int_equal(ioctl(r->fd, SIOCOUTQ, &waiting), 0);
	}
	assert_in_range(memory(r), 0, before + MOST);
	assert_non_null(r->s);
}

static void a_peer_that_shuts_its_side_gets_its_answers(void **state)
{
	struct rig *r = *state;
	const enum status want[] = {ST_OK, ST_OK, ST_OK};
	struct version v = kit_version(1, 2000000, DIGEST_XXH3);

	wire_query(&r->out, 1, "a");
	wire_stage(&r->out, 2, &r->k, "a", &v);
	wire_list(&r->out, 3, "");
	rig_send_all(r);
	assert_int_equal(shutdown(r->fd, SHUT_WR), 0);
	rig_expect(r, want, 3);
	rig_await_end(r);
}

static void silence_in_mid_request_is_not_borne(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 400, DIGEST_XXH3);
	struct msg_stage_begin m;
	size_t cuts[3];

	atomic_store(&r->v.stall_ms, 30);
	m = kit_begin(&r->k, "a", &v);
	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	cuts[0] = 3;	      /* a header */
	cuts[1] = 40;	      /* a head */
	cuts[2] = r->out.len; /* a stage */
	for (int i = 0; i < 3; i++) {
		rig_send(r, r->out.data, cuts[i]);
		rig_await_end(r);
		rig_disconnect(r);
		rig_connect(r);
		WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put,
			     &m);
	}
	r->out.len = 0;
	assert_int_equal(kit_files(&r->k, NULL), 0);
}

/* A byte now and then is no progress. */
static void a_trickle_is_not_borne(void **state)
{
	struct rig *r = *state;
	static const char name[] =
		"a-name-that-is-long-enough-for-all-the-bytes";
	uint64_t start = clock_ms();
	size_t at = 0;

	atomic_store(&r->v.stall_ms, 200);
	wire_query(&r->out, 1, name);
	/* Never a whole frame: the last byte of the first does not come. */
	while (!r->in.ended && clock_ms() - start < WIRE_WAIT_MS) {
		if (at < FRAME_HEADER_SIZE + sizeof(name))
			(void)send(r->fd, r->out.data + at++, 1, MSG_NOSIGNAL);
		for (int i = 0; i < 20; i++)
			rig_turn(r, 1);
		inbox_read(&r->in, r->fd, 65536);
	}
	assert_true(r->in.ended);
	assert_in_range(at, 2, FRAME_HEADER_SIZE + sizeof(name) - 1);
	r->out.len = 0;
}

static void answers_left_unread_end_it(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 80000000, DIGEST_XXH3);
	struct msg_fetch m;
	uint64_t end;

	kit_put(&r->k, "big", 1, 80000000);
	end = clock_ms() + WIRE_WAIT_MS;
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	atomic_store(&r->v.stall_ms, 30);
	wire_fetch(&r->out, 1, &m);
	assert_int_equal(send(r->fd, r->out.data, r->out.len, 0), r->out.len);
	while (r->s && clock_ms() < end)
		rig_turn(r, 1);
	assert_null(r->s);
}

static void silence_between_requests_is(void **state)
{
	struct rig *r = *state;
	uint64_t until;

	atomic_store(&r->v.stall_ms, 30);
	rig_expect_quiet(r);
	until = clock_ms() + 150;
	while (clock_ms() < until)
		rig_turn(r, 10);
	assert_non_null(r->s);
	inbox_release(&r->in);
	rig_expect_quiet(r);
}

static void sessions_leak_no_descriptor(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 4000000, DIGEST_XXH3);
	unsigned files = open_files();
	struct msg_fetch m;

	kit_put(&r->k, "big", 1, 4000000);
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	for (unsigned i = 0; i < 300; i++) {
		struct version w = kit_version(2 + i, 100, DIGEST_XXH3);
		struct msg_stage_begin b = kit_begin(&r->k, "a", &w);

		wire_fetch(&r->out, 1, &m);
		wire_fetch(&r->out, 2, &m);
		WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 3, msg_stage_begin_put,
			     &b);
		assert_int_equal(send(r->fd, r->out.data, r->out.len, 0),
				 r->out.len);
		for (unsigned j = 0; j < i % 3; j++)
			rig_turn(r, 0);
		rig_disconnect(r);
		rig_connect(r);
	}
	assert_int_equal(open_files(), files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(every_request_is_answered_once),
		SESSION_TEST(a_cut_at_any_byte_changes_nothing),
		SESSION_TEST(bytes_may_come_one_by_one),
		SESSION_TEST(a_connection_may_end_at_any_byte),
		SESSION_TEST(what_is_no_frame_ends_the_connection),
		SESSION_TEST(lengths_above_the_limits_end_it),
		SESSION_TEST(frames_of_no_length_hold_nothing_up),
		SESSION_TEST(memory_follows_what_came_not_what_was_said),
		SESSION_TEST(a_peer_that_shuts_its_side_gets_its_answers),
		SESSION_TEST(silence_in_mid_request_is_not_borne),
		SESSION_TEST(a_trickle_is_not_borne),
		SESSION_TEST(answers_left_unread_end_it),
		SESSION_TEST(silence_between_requests_is),
		SESSION_TEST(sessions_leak_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
