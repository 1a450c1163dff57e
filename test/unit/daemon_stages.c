/* Stages and restores over a connection: several frames, one answer; and what
 * else changes the store. */
#include "session_kit.h"

static void many_small_stages_go_at_once(void **state)
{
	struct rig *r = *state;
	struct answer a;
	char name[16];

	for (uint32_t i = 0; i < 700; i++) {
		struct version v = kit_version(1, i, DIGEST_XXH3);

		(void)snprintf(name, sizeof(name), "f%u", i);
		wire_stage(&r->out, i + 1, &r->k, name, &v);
	}
	rig_send_all(r);
	for (int i = 0; i < 700; i++) {
		rig_answer(r, &a);
		assert_int_equal(a.f.status, ST_OK);
	}
	for (uint32_t i = 0; i < 700; i++) {
		struct version v = kit_version(1, i, DIGEST_XXH3);

		(void)kit_end(&v);
		(void)snprintf(name, sizeof(name), "f%u", i);
		wire_commit(&r->out, i + 1, &r->k, name, &v);
	}
	rig_send_all(r);
	for (int i = 0; i < 700; i++) {
		struct msg_commit_answer c;
		struct rbuf b;

		rig_answer(r, &a);
		assert_int_equal(a.f.op, OP_COMMIT);
		assert_int_equal(a.f.status, ST_OK);
		rbuf_init(&b, a.head, a.f.head_len);
		assert_int_equal(msg_commit_answer_get(&b, &c), ERR_OK);
		assert_int_equal(c.state, RECORD_COMMITTED);
		assert_int_equal(c.store.state, STORE_JOINING);
	}
	assert_int_equal(kit_files(&r->k, NULL), 1400);
}

static void stages_may_be_interleaved(void **state)
{
	struct rig *r = *state;
	const enum status want[] = {ST_OK, ST_OK};
	struct msg_stage_begin m[2];
	struct msg_stage_end end[2];
	struct version v[2];

	for (unsigned i = 0; i < 2; i++) {
		v[i] = kit_version(i + 1, 3000000, DIGEST_XXH3);
		m[i] = kit_begin(&r->k, i ? "b" : "a", &v[i]);
		end[i] = kit_end(&v[i]);
		WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, i + 1,
			     msg_stage_begin_put, &m[i]);
	}
	for (uint8_t slot = 0; slot < 2; slot++) {
		for (unsigned i = 0; i < 2; i++) {
			unsigned c = m[i].record.first;

			wire_chunk(&r->out, i + 1, &v[i], slot,
				   slot ? layout_next(c, 4) : c, 70001);
		}
	}
	for (unsigned i = 0; i < 2; i++)
		WIRE_REQUEST(&r->out, OP_STAGE_END, i + 1, msg_stage_end_put,
			     &end[i]);
	rig_send_all(r);
	rig_expect(r, want, 2);
	kit_get(&r->k, "a", 1, 3000000);
	kit_get(&r->k, "b", 2, 3000000);
}

/* Too many bytes, wrong digests, a slot that is none, too many stages. */
static void a_bad_stage_is_refused_once(void **state)
{
	static const uint8_t extra[100];
	struct rig *r = *state;
	struct version v = kit_version(1, 400, DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(&r->k, "a", &v);
	struct msg_stage_end end = kit_end(&v);
	struct answer a;
	struct wbuf head;
	uint8_t slot = 2;

	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	wire_chunk(&r->out, 1, &v, 0, m.record.first, 60);
	wire_data(&r->out, 1, 0, extra, sizeof(extra));
	wire_data(&r->out, 1, 1, extra, sizeof(extra));
	WIRE_REQUEST(&r->out, OP_STAGE_END, 1, msg_stage_end_put, &end);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(refusal_of(&a), ST_BAD_REQUEST);
	rig_expect_quiet(r);

	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	wire_data(&r->out, 1, 0, extra, sizeof(extra));
	wire_data(&r->out, 1, 1, extra, sizeof(extra));
	WIRE_REQUEST(&r->out, OP_STAGE_END, 1, msg_stage_end_put, &end);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(refusal_of(&a), ST_DIGEST);
	rig_expect_quiet(r);

	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	wbuf_init(&head, &slot, 1);
	head.len = 1;
	wire_frame(&r->out, OP_STAGE_DATA, 1, &head, extra, 50);
	wire_data(&r->out, 1, 1, extra, sizeof(extra));
	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	WIRE_REQUEST(&r->out, OP_STAGE_END, 1, msg_stage_end_put, &end);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(refusal_of(&a), ST_BAD_REQUEST);
	rig_expect_quiet(r);
	assert_int_equal(kit_files(&r->k, NULL), 0);
}

static void stages_under_way_are_limited(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 4, DIGEST_XXH3);
	struct answer a;
	char name[16];

	for (uint32_t i = 0; i < ARRIVALS_OPEN_MAX + 600; i++) {
		struct msg_stage_begin m;

		(void)snprintf(name, sizeof(name), "f%u", i);
		m = kit_begin(&r->k, name, &v);
		WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, i + 1,
			     msg_stage_begin_put, &m);
	}
	rig_send_all(r);
	for (uint32_t i = 0; i < 600; i++) {
		rig_answer(r, &a);
		assert_int_equal(a.f.id, ARRIVALS_OPEN_MAX + i + 1);
		assert_int_equal(refusal_of(&a), ST_LIMIT);
	}
	rig_expect_quiet(r);
}

static void abort_drops_an_arriving_stage(void **state)
{
	struct rig *r = *state;
	const enum status want[] = {ST_REFUSED, ST_OK};
	struct version v = kit_version(1, 400, DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(&r->k, "a", &v);

	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	wire_chunk(&r->out, 1, &v, 0, m.record.first, 60);
	wire_abort(&r->out, 2, &r->k, "a", &v.tag);
	rig_send_all(r);
	rig_expect(r, want, 2);
	/* What was on its way is dropped, and the id can be used again. */
	wire_chunk(&r->out, 1, &v, 1, layout_next(m.record.first, 4), 60);
	rig_expect_quiet(r);
	wire_stage(&r->out, 1, &r->k, "a", &v);
	rig_send_all(r);
	rig_expect(r, &want[1], 1);
}

/* ---- restores */

/* The next answer is that of a restore, and whole. */
static void expect_restore(struct rig *r, uint32_t id, enum status want)
{
	struct answer a;

	rig_answer(r, &a);
	assert_int_equal(a.f.op, OP_RESTORE);
	assert_int_equal(a.f.id, id);
	assert_int_equal(a.f.status, want);
	if (want == ST_OK)
		assert_int_equal(a.f.head_len + a.f.body_len, 0);
	else
		assert_int_equal(refusal_of(&a), want);
}

static void a_restore_brings_a_chunk_back(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 300000, DIGEST_XXH3);
	struct msg_query_answer q;

	kit_put(&r->k, "a", 1, 300000);
	q = kit_query(&r->k, "a");
	kit_make_file(kit_version_path(&r->k, "a", &q.records[0], 1), "junk");
	assert_int_equal(kit_fetch(&r->k, "a", 1, 300000,
				   layout_next(kit_first("a"), 4)),
			 ST_CORRUPT);
	wire_restore(&r->out, 9, &r->k, "a", &v);
	rig_send_all(r);
	expect_restore(r, 9, ST_OK);
	kit_get(&r->k, "a", 1, 300000);
	assert_int_equal(kit_files(&r->k, NULL), 2);
}

static void a_witness_gets_its_data(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(3, 5000, DIGEST_XXH3);

	kit_put(&r->k, "other", 1, 10);
	(void)kit_end(&v);
	assert_int_equal(kit_commit_version(&r->k, "a", &v).status, ST_OK);
	assert_string_equal(kit_states(&r->k, "a"), "w");
	wire_restore(&r->out, 1, &r->k, "a", &v);
	rig_send_all(r);
	expect_restore(r, 1, ST_OK);
	assert_string_equal(kit_states(&r->k, "a"), "c");
	kit_get(&r->k, "a", 3, 5000);
}

/* Stages and restores arrive at once, in any order of their frames. */
static void restores_come_among_stages(void **state)
{
	struct rig *r = *state;
	const enum status want[] = {ST_OK, ST_OK, ST_OK, ST_OK};
	struct msg_stage_begin m[4];
	struct version v[4];
	char name[2] = "a";

	for (unsigned i = 0; i < 4; i++) {
		name[0] = (char)('a' + i);
		v[i] = kit_version(i + 1, 400000, DIGEST_XXH3);
		if (i % 2)
			kit_put(&r->k, name, i + 1, 400000);
		m[i] = kit_begin(&r->k, name, &v[i]);
		WIRE_REQUEST(&r->out, i % 2 ? OP_RESTORE : OP_STAGE_BEGIN,
			     i + 1, msg_stage_begin_put, &m[i]);
	}
	for (uint8_t slot = 0; slot < 2; slot++) {
		for (unsigned i = 0; i < 4; i++) {
			unsigned c = m[i].record.first;

			wire_chunk(&r->out, i + 1, &v[i], slot,
				   slot ? layout_next(c, 4) : c, 30001);
		}
	}
	for (unsigned i = 0; i < 4; i++) {
		struct msg_stage_end end = kit_end(&v[i]);

		WIRE_REQUEST(&r->out, OP_STAGE_END, i + 1, msg_stage_end_put,
			     &end);
	}
	rig_send_all(r);
	rig_expect(r, want, 4);
	kit_get(&r->k, "a", 1, 400000);
	kit_get(&r->k, "b", 2, 400000);
	kit_get(&r->k, "c", 3, 400000);
	kit_get(&r->k, "d", 4, 400000);
}

static void a_bad_restore_leaves_what_is_there(void **state)
{
	static const uint8_t extra[100];
	struct rig *r = *state;
	struct version v = kit_version(1, 400, DIGEST_XXH3);
	struct msg_stage_begin m;
	struct msg_stage_end end = kit_end(&v);

	kit_put(&r->k, "a", 1, 400);
	m = kit_begin(&r->k, "a", &v);
	WIRE_REQUEST(&r->out, OP_RESTORE, 1, msg_stage_begin_put, &m);
	wire_data(&r->out, 1, 0, extra, sizeof(extra));
	wire_data(&r->out, 1, 1, extra, sizeof(extra));
	WIRE_REQUEST(&r->out, OP_STAGE_END, 1, msg_stage_end_put, &end);
	rig_send_all(r);
	expect_restore(r, 1, ST_DIGEST);
	WIRE_REQUEST(&r->out, OP_RESTORE, 2, msg_stage_begin_put, &m);
	wire_data(&r->out, 2, 0, extra, sizeof(extra));
	wire_data(&r->out, 2, 0, extra, sizeof(extra));
	WIRE_REQUEST(&r->out, OP_STAGE_END, 2, msg_stage_end_put, &end);
	rig_send_all(r);
	expect_restore(r, 2, ST_BAD_REQUEST);
	rig_expect_quiet(r);
	kit_get(&r->k, "a", 1, 400);
	assert_int_equal(kit_files(&r->k, NULL), 2);
}

static void abort_drops_an_arriving_restore(void **state)
{
	struct rig *r = *state;
	const enum status want[] = {ST_REFUSED, ST_OK};
	struct version v = kit_version(1, 400, DIGEST_XXH3);
	struct msg_stage_begin m;

	kit_put(&r->k, "a", 1, 400);
	m = kit_begin(&r->k, "a", &v);
	WIRE_REQUEST(&r->out, OP_RESTORE, 1, msg_stage_begin_put, &m);
	wire_chunk(&r->out, 1, &v, 0, m.record.first, 60);
	wire_abort(&r->out, 2, &r->k, "a", &v.tag);
	rig_send_all(r);
	rig_expect(r, want, 2);
	rig_expect_quiet(r);
	kit_get(&r->k, "a", 1, 400);
}

/* What is too young is not given up, and stays. */
static void garbage_has_to_be_old(void **state)
{
	struct rig *r = *state;
	const enum status want[] = {ST_REFUSED, ST_REFUSED};
	struct tag two = kit_tag(2), four = kit_tag(4);
	struct msg_drop gone, staged;

	kit_put(&r->k, "a", 1, 400);
	assert_int_equal(kit_rm(&r->k, "a", 2), ST_OK);
	assert_int_equal(kit_stage(&r->k, "b", 4, 10), ST_OK);
	gone = kit_drop_message(&r->k, "a", &two);
	staged = kit_drop_message(&r->k, "b", &four);
	wire_drop(&r->out, OP_FORGET, 1, &gone);
	wire_drop(&r->out, OP_DISCARD, 2, &staged);
	rig_send_all(r);
	rig_expect(r, want, 2);
	assert_string_equal(kit_states(&r->k, "a"), "d");
	assert_string_equal(kit_states(&r->k, "b"), "s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(many_small_stages_go_at_once),
		SESSION_TEST(stages_may_be_interleaved),
		SESSION_TEST(a_bad_stage_is_refused_once),
		SESSION_TEST(stages_under_way_are_limited),
		SESSION_TEST(abort_drops_an_arriving_stage),
		SESSION_TEST(a_restore_brings_a_chunk_back),
		SESSION_TEST(a_witness_gets_its_data),
		SESSION_TEST(restores_come_among_stages),
		SESSION_TEST(a_bad_restore_leaves_what_is_there),
		SESSION_TEST(abort_drops_an_arriving_restore),
		SESSION_TEST(garbage_has_to_be_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
