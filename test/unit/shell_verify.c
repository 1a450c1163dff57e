/* VERIFY: two answers of a server are one event, and may take their time. */
#include "task_kit.h"

#include "verify.h"

#define REQUEST_SIZE (FRAME_HEADER_SIZE + 20 + 5 + 28 + 1 + 8 + 8)
#define STEPS_MAX 10
#define MORE_MS 700 /* two of them are longer than LINK_SILENT_MS */

static uint8_t greeting[GREETING_SIZE];

/* The servers' records, and what the fakes say. */
struct talk {
	struct rig rig;
	struct fake fakes[1];
	struct fake_step script[STEPS_MAX];
	struct verify verify;
	uint8_t bytes[1024];
	size_t len;
};

/* A frame of the answer to request `id`; the first of a link is 1. */
static void say(struct talk *t, unsigned id, uint8_t flags, enum status status)
{
	struct msg_refusal no = {.text = {"no", 2}};
	uint8_t head[512];
	struct wbuf h, b;

	wbuf_init(&h, head, sizeof(head));
	if (status != ST_OK)
		assert_int_equal(msg_refusal_put(&h, &no), ERR_OK);
	wbuf_init(&b, t->bytes + t->len, sizeof(t->bytes) - t->len);
	assert_int_equal(
		frame_put(&b,
			  &(struct frame){
				  .op = OP_VERIFY,
				  .flags = (uint8_t)(FRAME_ANSWER | flags),
				  .status = (uint16_t)status,
				  .id = (uint32_t)(id - 1) << 16 | id,
				  .head_len = (uint32_t)h.len}),
		ERR_OK);
	assert_int_equal(wbuf_bytes(&b, head, h.len), ERR_OK);
	t->len += b.len;
}

/* Server 0 says what was prepared; it is asked for a record with `have`. */
static void play(struct talk *t, const struct fake_step *script, uint8_t have)
{
	const struct fake_step *scripts[] = {t->script};
	struct quorum_order o = {.what = WHAT_VERIFY, .round = 5, .to = 1};
	struct quorum_server *s;

	/* The server may read on when the caller's script is gone. */
	for (unsigned i = 0; i < STEPS_MAX; i++) {
		t->script[i] = script[i];
		if (script[i].what == FAKE_HOLD || script[i].what == FAKE_END)
			break;
	}
	fake_start(&t->fakes[0], scripts, 1);
	rig_begin(&t->rig, t->fakes, 1);
	rig_enter(&t->rig, PHASE_VERIFY, 1);
	o.version = (struct version){.tag = {.ctr = 3}, .y = 4, .alg = 1};
	t->rig.task.q.version = o.version;
	s = &t->rig.task.q.servers[0];
	s->records = malloc(sizeof(struct record));
	assert_non_null(s->records);
	s->records[0] = (struct record){.v = o.version,
					.state = RECORD_COMMITTED,
					.place = 3,
					.first = 3,
					.have = have};
	s->count = 1;
	verify_init(&t->verify, &t->rig.task);
	assert_int_equal(verify_begin(&t->verify, &o), 0);
	RIG_AWAIT(&t->rig, !rig_waits(&t->rig, 0));
}

static const struct quorum_healed *healed(const struct talk *t)
{
	return &t->rig.task.q.healed;
}

static unsigned have(const struct talk *t)
{
	return t->rig.task.q.servers[0].records[0].have;
}

static void stop(struct talk *t)
{
	verify_stop(&t->verify);
	rig_end(&t->rig);
	fake_stop(&t->fakes[0]);
}

static void end(struct talk *t)
{
	stop(t);
	fake_release(&t->fakes[0]);
}

static void answers(struct talk *t, uint8_t was)
{
	const struct fake_step script[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_TAKE, NULL, REQUEST_SIZE * 2},
					   {FAKE_SEND, t->bytes, t->len},
					   {FAKE_HOLD, NULL, 0}};

	play(t, script, was);
}

static void both_chunks_are_asked_for_and_both_answers_are_one(void **state)
{
	struct talk t = {.len = 0};
	struct msg_fetch m;
	struct rbuf b;

	(void)state;
	say(&t, 2, 0, ST_OK); /* in any order */
	say(&t, 1, 0, ST_OK);
	answers(&t, 3);
	assert_int_equal(have(&t), 3);
	assert_int_equal(healed(&t)->corrupt | healed(&t)->silent, 0);
	stop(&t);
	assert_int_equal(t.fakes[0].connections[0].taken_len, REQUEST_SIZE * 2);
	for (size_t i = 0; i < 2; i++) {
		const uint8_t *at =
			t.fakes[0].connections[0].taken + REQUEST_SIZE * i;

		assert_int_equal(at[4], OP_VERIFY);
		rbuf_init(&b, at + FRAME_HEADER_SIZE,
			  REQUEST_SIZE - FRAME_HEADER_SIZE);
		assert_int_equal(msg_fetch_get(&b, &m), ERR_OK);
		assert_int_equal(m.chunk, i ? 0 : 3); /* the last, the first */
		assert_int_equal(m.offset + m.len, 0);
		assert_int_equal(m.tag.ctr, 3);
	}
	fake_release(&t.fakes[0]);
}

static void a_bad_chunk_is_told_apart_from_a_good_one(void **state)
{
	struct talk first = {.len = 0}, second = {.len = 0};

	(void)state;
	say(&first, 1, 0, ST_CORRUPT);
	say(&first, 2, 0, ST_OK);
	answers(&first, 3);
	assert_int_equal(have(&first), 2);
	assert_int_equal(healed(&first)->corrupt, 1);
	end(&first);
	/* One that was said to be missing is just that. */
	say(&second, 1, 0, ST_OK);
	say(&second, 2, 0, ST_ABSENT);
	answers(&second, 1);
	assert_int_equal(have(&second), 1);
	assert_false(second.rig.task.q.moved);
	end(&second);
}

static void another_version_is_a_refusal_at_once(void **state)
{
	static const enum status statuses[] = {ST_GONE, ST_ABSENT, ST_IO};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct talk t = {.len = 0};

		say(&t, 1, 0, statuses[i]); /* the other one is not awaited */
		answers(&t, 3);
		assert_int_equal(t.rig.task.q.moved, statuses[i] != ST_IO);
		assert_int_equal(healed(&t)->silent, statuses[i] == ST_IO);
		assert_int_equal(healed(&t)->corrupt, 0);
		end(&t);
	}
}

static void empty_frames_say_that_the_server_is_at_work(void **state)
{
	struct talk t = {.len = 0};
	size_t more;

	(void)state;
	say(&t, 1, FRAME_MORE, ST_OK);
	more = t.len;
	say(&t, 1, 0, ST_OK);
	say(&t, 2, 0, ST_OK);
	{
		const struct fake_step script[] = {
			{FAKE_SEND, greeting, GREETING_SIZE},
			{FAKE_TAKE, NULL, REQUEST_SIZE * 2},
			{FAKE_PAUSE, NULL, MORE_MS},
			{FAKE_SEND, t.bytes, more},
			{FAKE_PAUSE, NULL, MORE_MS},
			{FAKE_SEND, t.bytes, more},
			{FAKE_PAUSE, NULL, MORE_MS},
			{FAKE_SEND, t.bytes + more, t.len - more},
			{FAKE_HOLD, NULL, 0}};

		play(&t, script, 3);
	}
	assert_int_equal(have(&t), 3);
	assert_int_equal(healed(&t)->silent, 0);
	end(&t);
}

static void a_cut_connection_is_one_loss(void **state)
{
	struct talk t = {.len = 0};

	(void)state;
	say(&t, 1, 0, ST_OK);
	{
		const struct fake_step script[] = {
			{FAKE_SEND, greeting, GREETING_SIZE},
			{FAKE_TAKE, NULL, REQUEST_SIZE * 2},
			{FAKE_SEND, t.bytes, t.len},
			{FAKE_END, NULL, 0}};

		play(&t, script, 3);
	}
	assert_int_equal(healed(&t)->silent, 1);
	assert_int_equal(healed(&t)->corrupt, 0);
	end(&t);
}

static void a_refusal_with_more_behind_it_is_no_answer(void **state)
{
	struct talk t = {.len = 0};

	(void)state;
	say(&t, 1, FRAME_MORE, ST_CORRUPT);
	answers(&t, 3);
	assert_int_equal(healed(&t)->silent, 1);
	assert_string_equal(t.rig.cluster.links[0].why,
			    "sent what is no answer");
	end(&t);
}

static int make_greeting(void **state)
{
	(void)state;
	fake_greeting(greeting);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			both_chunks_are_asked_for_and_both_answers_are_one),
		cmocka_unit_test(a_bad_chunk_is_told_apart_from_a_good_one),
		cmocka_unit_test(another_version_is_a_refusal_at_once),
		cmocka_unit_test(empty_frames_say_that_the_server_is_at_work),
		cmocka_unit_test(a_cut_connection_is_one_loss),
		cmocka_unit_test(a_refusal_with_more_behind_it_is_no_answer),
	};

	return cmocka_run_group_tests(tests, make_greeting, NULL);
}
