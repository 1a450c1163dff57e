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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(many_small_stages_go_at_once),
		SESSION_TEST(stages_may_be_interleaved),
		SESSION_TEST(a_bad_stage_is_refused_once),
		SESSION_TEST(stages_under_way_are_limited),
		SESSION_TEST(abort_drops_an_arriving_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
