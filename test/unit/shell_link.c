/* One connection: greeting, answers in pieces, files, silence, nonsense. */
#include "shell_kit.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "link.h"

#define TEST_MS 10000

struct seen {
	unsigned heads, ends, losts;
	size_t body;
	uint16_t status;
	bool slow;
};

static struct loop loop;
static struct link link_;
static uint8_t buffer[LINK_BUFFER_SIZE];
static uint8_t greeting[GREETING_SIZE];
static struct seen seen;

static void on_event(const struct call *c, const struct call_event *e)
{
	struct seen *s = c->arg;

	s->heads += e->what == CALL_HEAD;
	s->ends += e->what == CALL_END;
	s->losts += e->what == CALL_LOST;
	if (e->what == CALL_BODY)
		s->body += e->len;
	if (e->what == CALL_HEAD)
		s->status = e->frame->status;
}

static void on_slow(void *arg, struct link *k)
{
	(void)k;
	((struct seen *)arg)->slow = true;
}

static void begin(const struct addr *a)
{
	seen = (struct seen){0};
	assert_int_equal(loop_init(&loop), ERR_OK);
	link_init(&link_, &loop, a, NULL, buffer);
	link_.on_slow = on_slow;
	link_.owner = &seen;
	link_open(&link_);
}

static void end(struct fake *f)
{
	link_release(&link_);
	loop_release(&loop);
	fake_stop(f);
	fake_release(f);
}

static uint32_t ask(void)
{
	struct call call = {.event = on_event, .arg = &seen};
	uint8_t bytes[8] = {0};
	struct wbuf head;
	uint32_t id = link_ask(&link_, &call);

	wbuf_init(&head, bytes, sizeof(bytes));
	head.len = sizeof(bytes);
	assert_int_not_equal(id, 0);
	assert_int_equal(link_send(&link_, id, OP_QUERY, &head, NULL), ERR_OK);
	return id;
}

#define REQUEST_SIZE (FRAME_HEADER_SIZE + 8)

static void nothing(void *arg)
{
	(void)arg;
}

/* Turns the loop until the condition holds, for so long at most. */
#define AWAIT(condition) \
	do { \
		struct loop_timer tick = {.fire = nothing}; \
		uint64_t until = clock_ms() + TEST_MS; \
		while (!(condition) && clock_ms() < until) { \
			link_flush(&link_); \
			loop_arm(&loop, &tick, loop.now_ms + 10); \
			loop_turn(&loop); \
		} \
		loop_disarm(&tick); \
		assert_true(condition); \
	} while (0)

static void a_request_made_before_the_greeting_is_answered(void **state)
{
	uint8_t answer[256];
	size_t len = fake_frame(answer, sizeof(answer), 0, NULL, "body", 4);
	const struct fake_step script[] = {{FAKE_DRIP, greeting, GREETING_SIZE},
					   {FAKE_TAKE, NULL, REQUEST_SIZE},
					   {FAKE_REPLY, answer, len},
					   {FAKE_HOLD, NULL, 0}};
	const struct fake_step *scripts[] = {script};
	struct fake f;

	(void)state;
	fake_start(&f, scripts, 1);
	begin(&f.addr);
	ask();
	AWAIT(seen.ends == 1);
	assert_int_equal(seen.heads, 1);
	assert_int_equal(seen.body, 4);
	assert_int_equal(seen.losts, 0);
	assert_int_equal(link_.state, LINK_UP);
	assert_int_equal(link_.greeting.state, STORE_MEMBER);
	end(&f);
}

static void an_answer_may_come_byte_by_byte_in_several_frames(void **state)
{
	uint8_t bytes[REQUEST_SIZE] = {0};
	uint8_t answer[512];
	struct wbuf head = {.data = bytes, .len = 8, .cap = 8};
	size_t len =
		fake_frame(answer, sizeof(answer), FRAME_MORE, &head, "one", 3);
	struct fake_step script[] = {{FAKE_SEND, greeting, GREETING_SIZE},
				     {FAKE_TAKE, NULL, REQUEST_SIZE},
				     {FAKE_DRIP, answer, 0},
				     {FAKE_HOLD, NULL, 0}};
	const struct fake_step *scripts[] = {script};
	struct fake f;
	uint32_t id;

	(void)state;
	len += fake_frame(answer + len, sizeof(answer) - len, FRAME_MORE, &head,
			  NULL, 0);
	len += fake_frame(answer + len, sizeof(answer) - len, 0, NULL, "three",
			  5);
	script[2].len = len;
	/* The first id of a link: each frame carries it. */
	fake_start(&f, scripts, 1);
	begin(&f.addr);
	id = ask();
	assert_int_equal(id, 1);
	AWAIT(seen.ends == 1);
	assert_int_equal(seen.heads, 3);
	assert_int_equal(seen.body, 8);
	end(&f);
}

static void a_closed_port_loses_what_was_asked(void **state)
{
	struct fake f;
	uint64_t begun = clock_ms();

	(void)state;
	fake_start(&f, NULL, 0);
	close(f.listener);
	f.listener = -1;
	begin(&f.addr);
	ask();
	AWAIT(seen.losts == 1);
	assert_int_equal(link_.state, LINK_DOWN);
	assert_string_equal(link_.why, "Connection refused");
	assert_true(clock_ms() - begun < HAIL_MS);
	assert_int_equal(link_ask(&link_, &(struct call){0}), 0);
	assert_int_not_equal(link_.since, 0);
	link_.since = 1;
	link_open(&link_);
	AWAIT(link_.state == LINK_DOWN);
	assert_int_equal(link_.since, 1);
	end(&f);
}

/* What a server does instead of greeting, and what is said of it. */
static void assert_down(const struct fake_step *script, const char *why)
{
	const struct fake_step *scripts[] = {script};
	struct fake f;
	uint64_t begun = clock_ms();

	fake_start(&f, scripts, script ? 1 : 0);
	begin(&f.addr);
	ask();
	AWAIT(seen.losts == 1);
	assert_string_equal(link_.why, why);
	assert_true(clock_ms() - begun < HAIL_MS + 500);
	end(&f);
}

static void who_does_not_greet_right_is_down_within_a_second(void **state)
{
	static const char garbage[] =
		"HTTP/1.1 200 OK\r\nServer: other\r\n\r\n";
	const struct fake_step closes[] = {{FAKE_END, NULL, 0}};
	const struct fake_step half[] = {{FAKE_SEND, greeting, 9},
					 {FAKE_END, NULL, 0}};
	const struct fake_step hangs[] = {{FAKE_SEND, greeting, 9},
					  {FAKE_HOLD, NULL, 0}};
	const struct fake_step talks[] = {{FAKE_SEND, garbage, GREETING_SIZE},
					  {FAKE_HOLD, NULL, 0}};

	(void)state;
	assert_down(closes, "closed the connection without greeting");
	assert_down(half, "closed the connection while greeting");
	assert_down(hangs, "is connected, but does not greet");
	assert_down(talks, "what answers there is no dfs server");
	assert_down(NULL, "is connected, but does not greet");
}

static void an_unasked_answer_and_garbage_end_the_link(void **state)
{
	uint8_t answer[64];
	uint8_t garbage[64];
	size_t len = fake_frame(answer, sizeof(answer), 0, NULL, NULL, 0);
	const struct fake_step unasked[] = {
		{FAKE_SEND, greeting, GREETING_SIZE},
		{FAKE_TAKE, NULL, REQUEST_SIZE},
		{FAKE_SEND, answer, len},
		{FAKE_HOLD, NULL, 0}};
	const struct fake_step noise[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					  {FAKE_SEND, garbage, sizeof(garbage)},
					  {FAKE_HOLD, NULL, 0}};

	(void)state;
	memset(garbage, 0xa5, sizeof(garbage));
	answer[10] = 0x55; /* another id */
	assert_down(unasked, "sent an unasked answer");
	assert_down(noise, "sent what is no frame");
}

/* Frames of no length that announce more would keep a client for ever. */
static void an_answer_without_an_end_ends_the_link(void **state)
{
	uint8_t answer[64];
	size_t len =
		fake_frame(answer, sizeof(answer), FRAME_MORE, NULL, NULL, 0);
	const struct fake_step script[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_TAKE, NULL, REQUEST_SIZE},
					   {FAKE_REPLY, answer, len},
					   {FAKE_HOLD, NULL, 0}};

	(void)state;
	assert_down(script, "sent an answer without an end");
}

static void silence_without_a_second_greeting_is_death(void **state)
{
	const struct fake_step script[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_HOLD, NULL, 0}};
	const struct fake_step *scripts[] = {script};
	struct fake f;
	uint64_t begun = clock_ms();

	(void)state;
	fake_start(&f, scripts, 1);
	begin(&f.addr);
	ask();
	AWAIT(seen.losts == 1);
	assert_false(seen.slow);
	assert_in_range(clock_ms() - begun, LINK_SILENT_MS + HAIL_MS - 100,
			LINK_SILENT_MS + HAIL_MS + 1000);
	end(&f);
}

static void silence_with_a_second_greeting_is_slowness(void **state)
{
	uint8_t answer[64];
	size_t len = fake_frame(answer, sizeof(answer), 0, NULL, NULL, 0);
	const struct fake_step first[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					  {FAKE_TAKE, NULL, 2 * REQUEST_SIZE},
					  {FAKE_REPLY, answer, len},
					  {FAKE_HOLD, NULL, 0}};
	const struct fake_step second[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_HOLD, NULL, 0}};
	const struct fake_step *scripts[] = {first, second};
	struct fake f;

	(void)state;
	fake_start(&f, scripts, 2);
	begin(&f.addr);
	ask();
	AWAIT(seen.slow);
	assert_int_equal(seen.losts, 0);
	assert_true(link_.slow);
	ask();
	AWAIT(seen.ends == 1);
	assert_false(link_.slow);
	end(&f);
}

static void forgotten_calls_are_not_told_and_not_waited_for(void **state)
{
	uint8_t answer[64];
	size_t len = fake_frame(answer, sizeof(answer), 0, NULL, "x", 1);
	const struct fake_step script[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_TAKE, NULL, REQUEST_SIZE},
					   {FAKE_REPLY, answer, len},
					   {FAKE_END, NULL, 0}};
	const struct fake_step *scripts[] = {script};
	struct fake f;

	(void)state;
	fake_start(&f, scripts, 1);
	begin(&f.addr);
	link_forget(&link_, ask());
	assert_int_equal(link_.calls.live, 0);
	AWAIT(link_.state == LINK_DOWN);
	assert_string_equal(link_.why, "closed the connection");
	assert_int_equal(seen.heads + seen.ends + seen.losts, 0);
	end(&f);
}

/* Files */

struct feed {
	int fd;
	uint32_t id;
	unsigned frames; /* to come */
	size_t size;
};

static bool feed_frame(void *arg)
{
	struct feed *s = arg;
	struct wbuf head = {.data = greeting};

	assert_int_equal(link_send_file(&link_, s->id, OP_STAGE_DATA, &head,
					s->fd, 0, s->size),
			 ERR_OK);
	return --s->frames > 0;
}

/* A file of `real` bytes is sent as one of `claimed`, several times. */
static void send_file(size_t real, size_t claimed, bool detach)
{
	enum { FRAMES = 8 };
	size_t frame = FRAME_HEADER_SIZE + claimed;
	const struct fake_step script[] = {
		{FAKE_SEND, greeting, GREETING_SIZE},
		{FAKE_TAKE, NULL, REQUEST_SIZE + FRAMES * frame},
		{FAKE_END, NULL, 0}};
	const struct fake_step *scripts[] = {script};
	uint8_t *bytes = calloc(1, claimed);
	struct feed s = {.frames = FRAMES, .size = claimed};
	struct link_feeder feeder = {.feed = feed_frame, .arg = &s};
	struct fake f;

	assert_non_null(bytes);
	for (size_t i = 0; i < real; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	s.fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	assert_true(s.fd >= 0);
	assert_int_equal(write(s.fd, bytes, real), (ssize_t)real);
	fake_start(&f, scripts, 1);
	begin(&f.addr);
	s.id = ask();
	link_feed(&link_, &feeder);
	if (detach) {
		AWAIT(s.frames < FRAMES && s.frames > 0);
		link_detach_file(&link_, s.fd);
	}
	AWAIT(link_.state == LINK_DOWN);
	assert_int_equal(s.frames, 0);
	link_release(&link_);
	loop_release(&loop);
	fake_stop(&f);
	assert_int_equal(f.connections[0].taken_len,
			 REQUEST_SIZE + FRAMES * frame);
	for (unsigned i = 0; !detach && i < FRAMES; i++)
		assert_memory_equal(f.connections[0].taken + REQUEST_SIZE +
					    i * frame + FRAME_HEADER_SIZE,
				    bytes, claimed);
	fake_release(&f);
	close(s.fd);
	free(bytes);
}

static void files_go_out_whole_between_other_frames(void **state)
{
	(void)state;
	send_file(FRAME_DATA_MAX, FRAME_DATA_MAX, false);
	send_file(1, 1, false);
}

static void a_file_that_shrank_is_filled_up_with_zeros(void **state)
{
	(void)state;
	send_file(100000, 300000, false);
	send_file(0, 70000, false);
}

static void a_detached_file_leaves_whole_frames(void **state)
{
	(void)state;
	send_file(FRAME_DATA_MAX, FRAME_DATA_MAX, true);
}

static void settle(void *arg)
{
	(void)arg;
	link_flush(&link_);
}

/* It is found out before the wait, and nothing is left to wait for. */
static void a_request_that_cannot_be_sent_ends_the_turn(void **state)
{
	const struct fake_step script[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_END, NULL, 0}};
	const struct fake_step *scripts[] = {script};
	struct pollfd reset = {.events = 0};
	struct fake f;

	(void)state;
	fake_start(&f, scripts, 1);
	begin(&f.addr);
	AWAIT(link_.state == LINK_UP);
	ask();
	link_flush(&link_);
	reset.fd = link_.watch.fd;
	assert_int_equal(poll(&reset, 1, TEST_MS), 1);
	ask();
	loop.settle = settle;
	alarm(TEST_MS / 1000);
	loop_turn(&loop);
	alarm(0);
	assert_int_equal(seen.losts, 2);
	assert_int_equal(link_.state, LINK_DOWN);
	end(&f);
}

/* Of a call that is lost: opens the link again, and asks once more. */
static void on_again(const struct call *c, const struct call_event *e)
{
	if (e->what == CALL_LOST) {
		link_open(&link_);
		/* It takes the place of the one that is told of now. */
		link_forget(&link_, ask());
		ask();
	}
	on_event(c, e);
}

static void who_is_told_of_a_loss_may_ask_again(void **state)
{
	uint8_t answer[256];
	size_t len = fake_frame(answer, sizeof(answer), 0, NULL, "body", 4);
	const struct fake_step first[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					  {FAKE_TAKE, NULL, REQUEST_SIZE},
					  {FAKE_END, NULL, 0}};
	const struct fake_step second[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_TAKE, NULL, REQUEST_SIZE},
					   {FAKE_TAKE, NULL, REQUEST_SIZE},
					   {FAKE_LATER, answer, len},
					   {FAKE_HOLD, NULL, 0}};
	const struct fake_step *scripts[] = {first, second};
	struct call call = {.event = on_again, .arg = &seen};
	struct fake f;

	(void)state;
	fake_start(&f, scripts, 2);
	begin(&f.addr);
	assert_int_not_equal(link_ask(&link_, &call), 0);
	ask();
	AWAIT(seen.ends == 1);
	assert_int_equal(seen.losts, 2);
	assert_int_equal(link_.state, LINK_UP);
	end(&f);
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
			a_request_made_before_the_greeting_is_answered),
		cmocka_unit_test(
			an_answer_may_come_byte_by_byte_in_several_frames),
		cmocka_unit_test(a_closed_port_loses_what_was_asked),
		cmocka_unit_test(
			who_does_not_greet_right_is_down_within_a_second),
		cmocka_unit_test(an_unasked_answer_and_garbage_end_the_link),
		cmocka_unit_test(an_answer_without_an_end_ends_the_link),
		cmocka_unit_test(silence_without_a_second_greeting_is_death),
		cmocka_unit_test(silence_with_a_second_greeting_is_slowness),
		cmocka_unit_test(
			forgotten_calls_are_not_told_and_not_waited_for),
		cmocka_unit_test(files_go_out_whole_between_other_frames),
		cmocka_unit_test(a_file_that_shrank_is_filled_up_with_zeros),
		cmocka_unit_test(a_detached_file_leaves_whole_frames),
		cmocka_unit_test(a_request_that_cannot_be_sent_ends_the_turn),
		cmocka_unit_test(who_is_told_of_a_loss_may_ask_again),
	};

	return cmocka_run_group_tests(tests, make_greeting, NULL);
}
