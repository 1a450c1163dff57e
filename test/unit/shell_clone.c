/* COPY: who holds what, whether the servers of a stripe can make a stage among
 * themselves, what each is sent, and what its answer means. */
#include "task_kit.h"

#include "clone.h"

#define COUNT 4
#define ALL 15u

static uint8_t greeting[GREETING_SIZE];

/* A version of 4 chunks, and four servers that hold it, i its place i. */
struct hall {
	struct task task;
	struct clone clone;
	struct record records[COUNT];
};

static struct digest digest_of_chunk(unsigned chunk)
{
	struct digest d = {{0}};
	uint8_t byte = (uint8_t)chunk;

	digest_of(DIGEST_XXH3, &byte, 1, &d);
	return d;
}

static struct version some_version(void)
{
	struct version v = {.tag = {.ctr = 3, .put = 7},
			    .size = 400,
			    .mode = 0640,
			    .mtime_ns = 12,
			    .y = 4,
			    .alg = DIGEST_XXH3};
	struct digest all[COUNT];

	for (unsigned i = 0; i < COUNT; i++)
		all[i] = digest_of_chunk(i);
	digest_root(v.alg, all, COUNT, &v.root);
	return v;
}

static struct record some_record(unsigned first)
{
	return (struct record){.v = some_version(),
			       .state = RECORD_COMMITTED,
			       .place = (uint8_t)first,
			       .first = (uint8_t)first,
			       .have = 3,
			       .chunk = {digest_of_chunk(first),
					 digest_of_chunk((first + 1) % 4)}};
}

static void enter(struct hall *h)
{
	struct quorum *q = &h->task.q;
	const struct msg_name source = {"bar", 3};

	memset(h, 0, sizeof(*h));
	q->settings.count = COUNT;
	q->view.valid = ALL;
	q->found.version = some_version();
	for (unsigned i = 0; i < COUNT; i++) {
		h->records[i] = some_record(i);
		q->servers[i].records = &h->records[i];
		q->servers[i].count = 1;
	}
	clone_init(&h->clone, &h->task, &source);
}

static void all_places_on_all_servers_fit(void **state)
{
	struct hall h;

	(void)state;
	enter(&h);
	clone_learn(&h.clone);
	assert_int_equal(h.clone.holders, ALL);
	assert_true(clone_fits(&h.clone, ALL));
	assert_false(clone_fits(&h.clone, 7));
	assert_false(clone_fits(&h.clone, 31));
	assert_false(clone_fits(&h.clone, 23));
	assert_false(clone_fits(&h.clone, 0));
}

static void places_may_be_in_any_order_but_each_once(void **state)
{
	static const unsigned firsts[COUNT] = {2, 0, 3, 1};
	struct hall h;

	(void)state;
	enter(&h);
	for (unsigned i = 0; i < COUNT; i++)
		h.records[i] = some_record(firsts[i]);
	clone_learn(&h.clone);
	assert_true(clone_fits(&h.clone, ALL));
	h.records[3] = some_record(2);
	clone_learn(&h.clone);
	assert_false(clone_fits(&h.clone, ALL));
}

/* Of which any one is enough to keep the servers from it. */
static void a_server_without_both_chunks_holds_nothing(void **state)
{
	struct hall h;

	(void)state;
	for (unsigned how = 0; how < 6; how++) {
		enter(&h);
		switch (how) {
		case 0:
			h.records[1].have = 2;
			break;
		case 1:
			h.task.q.view.valid = 13;
			break;
		case 2:
			h.task.q.servers[1].count = 0;
			break;
		case 3:
			h.records[1].v.tag.rep = 1;
			break;
		case 4:
			h.records[1] =
				(struct record){.v = some_version(),
						.state = RECORD_WITNESS,
						.place = RECORD_NO_PLACE};
			break;
		default:
			h.records[1].v.alg = DIGEST_SHA256;
		}
		clone_learn(&h.clone);
		assert_int_equal(h.clone.holders, 13);
		assert_false(clone_fits(&h.clone, ALL));
	}
	enter(&h);
	h.records[1].state = RECORD_STAGED;
	clone_learn(&h.clone);
	assert_true(clone_fits(&h.clone, ALL));
}

static void digests_must_agree_and_make_the_root(void **state)
{
	struct hall h;

	(void)state;
	enter(&h);
	h.records[2].chunk[0] = digest_of_chunk(9);
	clone_learn(&h.clone);
	assert_int_equal(h.clone.holders, 11);
	enter(&h);
	h.records[1].chunk[1] = digest_of_chunk(9);
	h.records[2].chunk[0] = digest_of_chunk(9);
	clone_learn(&h.clone);
	assert_int_equal(h.clone.holders, 0);
	/* A chunk that nobody tells of is not proven either. */
	enter(&h);
	h.task.q.servers[1].count = 0;
	h.task.q.servers[2].count = 0;
	clone_learn(&h.clone);
	assert_int_equal(h.clone.holders, 0);
}

/* ---- over a connection */

struct talk {
	struct rig rig;
	struct fake fakes[1];
	struct fake_step script[4];
	struct clone clone;
	struct record record;
	uint8_t answer[512];
	size_t answer_len;
};

#define HEAD_SIZE (60 + 5 + 64 + 2 + 32 + 5 + 28)

static void say(struct talk *t, enum status status)
{
	struct msg_refusal no = {.text = {"no", 2}};
	uint8_t head[256];
	struct frame f = {.op = OP_COPY,
			  .flags = FRAME_ANSWER,
			  .status = (uint16_t)status,
			  .id = 1};
	struct wbuf h, b;

	wbuf_init(&h, head, sizeof(head));
	if (status != ST_OK)
		assert_int_equal(msg_refusal_put(&h, &no), ERR_OK);
	f.head_len = (uint32_t)h.len;
	wbuf_init(&b, t->answer, sizeof(t->answer));
	assert_int_equal(frame_put(&b, &f), ERR_OK);
	assert_int_equal(wbuf_bytes(&b, head, h.len), ERR_OK);
	t->answer_len = b.len;
}

/* Server 0, which has place 2, is asked, and answers so. */
static void play(struct talk *t, enum status status)
{
	const struct fake_step *scripts[] = {t->script};
	const struct msg_name source = {"bar", 3};
	struct quorum_order o = {.what = WHAT_STAGE, .round = 5, .to = 1};
	struct quorum *q = &t->rig.task.q;

	memset(t, 0, sizeof(*t));
	say(t, status);
	t->script[0] = (struct fake_step){FAKE_SEND, greeting, GREETING_SIZE};
	t->script[1] = (struct fake_step){FAKE_TAKE, NULL,
					  FRAME_HEADER_SIZE + HEAD_SIZE};
	t->script[2] = (struct fake_step){FAKE_REPLY, t->answer, t->answer_len};
	t->script[3] = (struct fake_step){FAKE_HOLD, NULL, 0};
	fake_start(&t->fakes[0], scripts, 1);
	rig_begin(&t->rig, t->fakes, 1);
	q->settings.kind = QUORUM_PUT;
	clone_init(&t->clone, &t->rig.task, &source);
	t->clone.version = some_version();
	t->clone.holders = 1;
	t->clone.first[0] = 2;
	for (unsigned i = 0; i < COUNT; i++)
		t->clone.digests[i] = digest_of_chunk(i);
	rig_enter(&t->rig, PHASE_STAGE, 1);
	o.version = some_version();
	o.version.tag = (struct tag){.ctr = 8, .put = 9};
	memset(&o.version.root, 0, sizeof(o.version.root));
	q->version = o.version;
	q->stripe = 1;
	assert_int_equal(clone_begin(&t->clone, &o), 0);
	RIG_AWAIT(&t->rig, !rig_waits(&t->rig, 0) || q->phase != PHASE_STAGE);
}

static void end(struct talk *t)
{
	clone_stop(&t->clone);
	rig_end(&t->rig);
	fake_stop(&t->fakes[0]);
	fake_release(&t->fakes[0]);
}

static void a_server_is_told_place_chunks_and_source(void **state)
{
	struct version v = some_version();
	struct talk t;
	struct msg_copy m;
	struct frame f;
	struct rbuf b;

	(void)state;
	play(&t, ST_OK);
	assert_int_equal(t.clone.refused, ST_OK);
	assert_true(digest_equal(&t.rig.task.q.version.root, &v.root));
	clone_stop(&t.clone);
	rig_end(&t.rig);
	fake_stop(&t.fakes[0]);
	rbuf_init(&b, t.fakes[0].connections[0].taken,
		  t.fakes[0].connections[0].taken_len);
	assert_int_equal(frame_get(&b, &f), ERR_OK);
	assert_int_equal(f.op, OP_COPY);
	assert_int_equal(f.head_len, HEAD_SIZE);
	assert_int_equal(msg_copy_get(&b, &m), ERR_OK);
	assert_memory_equal(m.name.text, "foo", 3);
	assert_memory_equal(m.source.text, "bar", 3);
	assert_int_equal(m.source_tag.ctr, 3);
	assert_int_equal(m.record.v.tag.ctr, 8);
	assert_int_equal(m.record.v.mode, 0640);
	assert_true(digest_equal(&m.record.v.root, &v.root));
	/* foo has turn 0: its place is that of the first chunk. */
	assert_int_equal(m.record.place, 2);
	assert_int_equal(m.record.first, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct digest d = digest_of_chunk(2 + i);

		assert_true(digest_equal(&m.record.chunk[i], &d));
	}
	fake_release(&t.fakes[0]);
}

static void what_is_wrong_with_the_source_ends_the_put(void **state)
{
	static const enum status own[] = {ST_GONE,    ST_ABSENT,
					  ST_CORRUPT, ST_UNKNOWN_OP,
					  ST_LIMIT,   ST_BAD_REQUEST};
	struct talk t;

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		play(&t, own[i]);
		assert_int_equal(t.clone.refused, own[i]);
		assert_int_equal(t.rig.task.q.phase, PHASE_ABORT);
		assert_int_equal(t.rig.task.q.reason, REASON_LOCAL);
		assert_int_equal(t.rig.task.q.failed, 0);
		end(&t);
	}
}

static void what_is_wrong_with_the_stage_is_the_machines(void **state)
{
	static const enum status others[] = {ST_NO_SPACE, ST_STALE,
					     ST_READ_ONLY, ST_IO};
	struct talk t;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		play(&t, others[i]);
		assert_int_equal(t.clone.refused, ST_OK);
		assert_int_equal(t.rig.task.q.failed, 1);
		assert_int_equal(t.rig.task.q.phase, PHASE_QUERY);
		end(&t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_places_on_all_servers_fit),
		cmocka_unit_test(places_may_be_in_any_order_but_each_once),
		cmocka_unit_test(a_server_without_both_chunks_holds_nothing),
		cmocka_unit_test(digests_must_agree_and_make_the_root),
		cmocka_unit_test(a_server_is_told_place_chunks_and_source),
		cmocka_unit_test(what_is_wrong_with_the_source_ends_the_put),
		cmocka_unit_test(what_is_wrong_with_the_stage_is_the_machines),
	};

	fake_greeting(greeting);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
