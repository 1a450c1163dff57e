/* What a server is sent of a version: STAGE and RESTORE, whole, refused or
 * given up on the way. */
#include "task_kit.h"

#include <fcntl.h>

#include "hasher.h"
#include "stage.h"

#define SIZE (4u * 3000000u + 3u) /* of three chunks one is a byte longer */
#define Y 4
#define HERE 2 /* the fake's place in the stripe: chunks 2 and 3 */
#define TAG_CTR 9

static uint8_t greeting[GREETING_SIZE];
static uint8_t content[SIZE];
static struct digest digests[Y];

struct sent {
	unsigned begins, ends, aborts;
	uint8_t op; /* of the first frame */
	uint64_t bytes[2];
	struct digest_state *states[2];
	struct record record;
	struct msg_stage_end end;
	struct tag aborted;
};

struct talk {
	struct rig rig;
	struct fake fake;
	struct source source;
	struct stage stage;
	struct sent sent;
};

static void take_frame(struct sent *s, const struct frame *f, const uint8_t *at)
{
	struct msg_stage_begin begin;
	struct msg_stage_data data;
	struct msg_drop drop;
	struct rbuf b;

	rbuf_init(&b, at, f->head_len);
	switch (f->op) {
	case OP_STAGE_BEGIN:
	case OP_RESTORE:
		assert_int_equal(msg_stage_begin_get(&b, &begin), ERR_OK);
		s->begins++;
		s->op = f->op;
		s->record = begin.record;
		break;
	case OP_STAGE_DATA:
		assert_int_equal(msg_stage_data_get(&b, &data), ERR_OK);
		s->bytes[data.slot] += f->body_len;
		digest_update(s->states[data.slot], at + f->head_len,
			      f->body_len);
		break;
	case OP_STAGE_END:
		assert_int_equal(msg_stage_end_get(&b, &s->end), ERR_OK);
		s->ends++;
		break;
	default:
		assert_int_equal(f->op, OP_ABORT);
		assert_int_equal(msg_drop_get(&b, &drop), ERR_OK);
		s->aborted = drop.tag;
		s->aborts++;
	}
}

/* All frames that are whole among what the fake has taken. */
static void read_frames(struct talk *t)
{
	const struct fake_connection *c = &t->fake.connections[0];
	size_t at = 0;

	for (unsigned i = 0; i < 2; i++)
		t->sent.states[i] = digest_new(DIGEST_XXH3);
	for (;;) {
		struct frame f;
		struct rbuf b;

		rbuf_init(&b, c->taken + at, c->taken_len - at);
		if (frame_get(&b, &f) != ERR_OK ||
		    rbuf_left(&b) < f.head_len + f.body_len)
			break;
		take_frame(&t->sent, &f, c->taken + at + FRAME_HEADER_SIZE);
		at += FRAME_HEADER_SIZE + f.head_len + (size_t)f.body_len;
	}
}

static void begin(struct talk *t, const struct fake_step *script, size_t size)
{
	const struct fake_step *scripts[] = {script};

	*t = (struct talk){.source.fd = -1};
	assert_int_equal(source_blank(&t->source, size), ERR_OK);
	assert_int_equal(source_write(&t->source, 0, content, size), ERR_OK);
	fake_start(&t->fake, scripts, 1);
	rig_begin(&t->rig, &t->fake, 1);
	stage_init(&t->stage, &t->rig.task, &t->source);
}

static void order(struct talk *t, enum quorum_what what, size_t size)
{
	struct quorum_order o = {.what = what, .round = 5, .to = 1};

	o.version = (struct version){.tag = {.ctr = TAG_CTR},
				     .size = size,
				     .y = Y,
				     .alg = DIGEST_XXH3};
	o.version.root.bytes[0] = 1;
	t->rig.task.q.places[0] = HERE;
	t->rig.task.q.version = o.version;
	rig_enter(&t->rig, what == WHAT_RESTORE ? PHASE_RESTORE : PHASE_STAGE,
		  1);
	assert_int_equal(stage_begin(&t->stage, &o,
				     what == WHAT_RESTORE ? digests : NULL),
			 0);
}

static void end(struct talk *t)
{
	for (unsigned i = 0; i < 2; i++)
		digest_free(t->sent.states[i]);
	fake_release(&t->fake);
}

/* Nothing more is said; what was said is read. */
static void stop(struct talk *t)
{
	stage_release(&t->stage);
	source_close(&t->source);
	rig_end(&t->rig);
	fake_stop(&t->fake);
	read_frames(t);
}

/* Bytes of a whole request: three heads, and data of both chunks. */
static size_t request_size(size_t size, unsigned place)
{
	size_t chunks[2] = {layout_length(size, Y, place),
			    layout_length(size, Y, (place + 1) % Y)};
	size_t all = FRAME_HEADER_SIZE * 2 + (60 + 5 + 64 + 2) + (2 + Y * 16);

	for (unsigned i = 0; i < 2; i++) {
		size_t frames =
			(chunks[i] + FRAME_DATA_MAX - 1) / FRAME_DATA_MAX;

		all += chunks[i] + frames * (FRAME_HEADER_SIZE + 1);
	}
	return all;
}

static void cut(size_t size)
{
	for (unsigned i = 0; i < Y; i++)
		digest_of(DIGEST_XXH3, content + layout_offset(size, Y, i),
			  layout_length(size, Y, i), &digests[i]);
}

static void assert_chunk(struct talk *t, unsigned slot, size_t size,
			 unsigned chunk)
{
	struct digest d;

	assert_int_equal(t->sent.bytes[slot], layout_length(size, Y, chunk));
	digest_final(t->sent.states[slot], &d);
	assert_true(digest_equal(&d, &digests[chunk]));
}

static void send_whole(enum quorum_what what, size_t size)
{
	bool restores = what == WHAT_RESTORE;
	unsigned place = restores ? HERE : 0;
	uint8_t answer[64];
	size_t len = fake_frame(answer, sizeof(answer), 0, NULL, NULL, 0);
	const struct fake_step script[] = {
		{FAKE_SEND, greeting, GREETING_SIZE},
		{FAKE_TAKE, NULL, request_size(size, place)},
		{FAKE_REPLY, answer, len},
		{FAKE_HOLD, NULL, 0}};
	struct digest root;
	struct talk t;

	cut(size);
	digest_root(DIGEST_XXH3, digests, Y, &root);
	begin(&t, script, size);
	order(&t, what, size);
	RIG_AWAIT(&t.rig, !rig_waits(&t.rig, 0));
	assert_int_equal(t.rig.task.q.healed.unrestored, 0);
	/* This server's two chunks are one of two copies. */
	assert_int_equal(stage_moved(&t.stage),
			 size <= SOURCE_SMALL_MAX
				 ? 0
				 : (layout_length(size, Y, place) +
				    layout_length(size, Y, (place + 1) % Y)) /
					   2);
	/* Of a RESTORE the root is known, and none of this one's. */
	assert_int_equal(digest_equal(&t.rig.task.q.version.root, &root),
			 !restores);
	stop(&t);
	assert_int_equal(stage_moved(&t.stage), 0);
	assert_int_equal(t.sent.op, restores ? OP_RESTORE : OP_STAGE_BEGIN);
	assert_int_equal(t.sent.record.place, place);
	assert_int_equal(t.sent.record.first, place);
	assert_int_equal(t.sent.ends, 1);
	assert_int_equal(t.sent.aborts, 0);
	assert_memory_equal(t.sent.end.chunks, digests, sizeof(digests));
	assert_chunk(&t, 0, size, place);
	assert_chunk(&t, 1, size, (place + 1) % Y);
	end(&t);
}

static void a_restore_brings_the_chunks_of_its_place(void **state)
{
	(void)state;
	send_whole(WHAT_RESTORE, SIZE);
	send_whole(WHAT_RESTORE, 1001);
	send_whole(WHAT_RESTORE, 1);
	send_whole(WHAT_RESTORE, 0);
}

static void a_stage_makes_its_digests_on_the_way(void **state)
{
	(void)state;
	send_whole(WHAT_STAGE, SIZE);
	send_whole(WHAT_STAGE, 1001);
	send_whole(WHAT_STAGE, 0);
}

/* The server has no room, and says so before all is there. */
static void a_refused_restore_is_taken_back(void **state)
{
	enum { FIRST = 200 }; /* of the first frames */
	struct msg_refusal no = {.text = {"full", 4}};
	uint8_t head[512], answer[512];
	struct frame f = {
		.op = OP_RESTORE, .flags = FRAME_ANSWER, .status = ST_NO_SPACE};
	struct fake_step script[] = {{FAKE_SEND, greeting, GREETING_SIZE},
				     {FAKE_TAKE, NULL, FIRST},
				     {FAKE_REPLY, answer, 0},
				     {FAKE_TAKE, NULL, SIZE},
				     {FAKE_HOLD, NULL, 0}};
	struct wbuf h, b;
	struct talk t;

	(void)state;
	wbuf_init(&h, head, sizeof(head));
	assert_int_equal(msg_refusal_put(&h, &no), ERR_OK);
	f.head_len = (uint32_t)h.len;
	wbuf_init(&b, answer, sizeof(answer));
	assert_int_equal(frame_put(&b, &f), ERR_OK);
	assert_int_equal(wbuf_bytes(&b, head, h.len), ERR_OK);
	script[2].len = b.len;
	cut(SIZE);
	begin(&t, script, SIZE);
	order(&t, WHAT_RESTORE, SIZE);
	RIG_AWAIT(&t.rig, !rig_waits(&t.rig, 0));
	assert_int_equal(t.rig.task.q.healed.unrestored, 1);
	assert_int_equal(t.rig.task.q.healed.refusal, ST_NO_SPACE);
	RIG_AWAIT(&t.rig, outq_is_empty(&t.rig.cluster.links[0].out));
	stop(&t);
	assert_int_equal(t.sent.begins, 1);
	assert_int_equal(t.sent.ends, 0);
	assert_int_equal(t.sent.aborts, 1);
	assert_int_equal(t.sent.aborted.ctr, TAG_CTR);
	assert_true(t.sent.bytes[0] + t.sent.bytes[1] < SIZE / 2);
	end(&t);
}

static void a_restore_that_is_given_up_is_taken_back(void **state)
{
	const struct fake_step script[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_TAKE, NULL, SIZE},
					   {FAKE_HOLD, NULL, 0}};
	struct talk t;

	(void)state;
	cut(SIZE);
	begin(&t, script, SIZE);
	order(&t, WHAT_RESTORE, SIZE);
	RIG_AWAIT(&t.rig, t.rig.cluster.links[0].state == LINK_UP);
	link_flush(&t.rig.cluster.links[0]);
	stage_stop(&t.stage);
	RIG_AWAIT(&t.rig, outq_is_empty(&t.rig.cluster.links[0].out));
	assert_true(rig_waits(&t.rig, 0)); /* nobody was told */
	stop(&t);
	assert_int_equal(t.sent.begins, 1);
	assert_int_equal(t.sent.ends, 0);
	assert_int_equal(t.sent.aborts, 1);
	assert_true(t.sent.bytes[0] > 0);
	end(&t);
}

static void a_source_that_cannot_be_read_is_a_fault_of_this_side(void **state)
{
	const struct fake_step script[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_TAKE, NULL, SIZE},
					   {FAKE_HOLD, NULL, 0}};
	struct talk t;

	(void)state;
	begin(&t, script, SIZE);
	assert_int_equal(ftruncate(t.source.fd, SIZE / 2), 0);
	order(&t, WHAT_STAGE, SIZE);
	RIG_AWAIT(&t.rig, t.rig.task.q.reason == REASON_LOCAL);
	assert_string_equal(t.stage.fault, "changed while reading");
	stop(&t);
	assert_int_equal(t.sent.ends, 0);
	end(&t);
}

static int prepare(void **state)
{
	(void)state;
	fake_greeting(greeting);
	for (size_t i = 0; i < SIZE; i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_restore_brings_the_chunks_of_its_place),
		cmocka_unit_test(a_stage_makes_its_digests_on_the_way),
		cmocka_unit_test(a_refused_restore_is_taken_back),
		cmocka_unit_test(a_restore_that_is_given_up_is_taken_back),
		cmocka_unit_test(
			a_source_that_cannot_be_read_is_a_fault_of_this_side),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
