/* Servers of a session: dead, black holes, and back again. */
#include "task_kit.h"

#include "liveness.h"

#define SERVERS 3
#define AT_ONCE_MS 300 /* less than a server that says nothing would cost */
#define TRIES 5
#define DEAD 1 /* its port is closed */
#define MUTE 2 /* connects, and does not greet */

static uint8_t greeting[GREETING_SIZE];
static struct fake fakes[SERVERS];
static struct settings settings;
static struct loop loop;
static struct cluster cluster;
static struct liveness live;

static const struct fake_step greets[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					  {FAKE_HOLD, NULL, 0}};
static const struct fake_step *const greets_always[] = {greets, greets, greets};

static void close_port(unsigned server)
{
	fake_stop(&fakes[server]);
	fake_release(&fakes[server]);
}

static void bring_back(unsigned server)
{
	fake_start_at(&fakes[server], fakes[server].addr.port, greets_always,
		      3);
}

static void begin_session(void)
{
	for (unsigned i = 0; i < SERVERS; i++)
		settings.servers[i].addr = fakes[i].addr;
	settings.count = SERVERS;
	assert_int_equal(loop_init(&loop), ERR_OK);
	assert_int_equal(cluster_init(&cluster, &loop, &settings, NULL),
			 ERR_OK);
	liveness_start(&live, &cluster);
	cluster_open(&cluster);
}

/* One server answers, one is dead, one mute: known by the end of this. */
static void begin(void)
{
	uint64_t lost, back;

	fake_start(&fakes[0], greets_always, 3);
	fake_start(&fakes[DEAD], NULL, 0);
	close_port(DEAD);
	fake_start(&fakes[MUTE], NULL, 0);
	begin_session();
	liveness_settle(&live);
	assert_true(liveness_news(&live, &lost, &back));
	assert_int_equal(lost, 1 << DEAD | 1 << MUTE);
	assert_int_equal(back, 0);
	assert_false(liveness_news(&live, &lost, &back));
}

static void end(void)
{
	liveness_stop(&live);
	cluster_release(&cluster);
	loop_release(&loop);
}

static enum link_state state_of(unsigned server)
{
	return cluster.links[server].state;
}

static void nothing(void *arg)
{
	(void)arg;
}

/* At a prompt: the loop is turned, for so long. */
static void turn_for(uint64_t ms)
{
	struct loop_timer t = {.fire = nothing};

	loop_refresh(&loop);
	loop_arm(&loop, &t, loop.now_ms + ms);
	while (t.armed)
		loop_turn(&loop);
}

static void a_session_waits_once_for_a_server_that_says_nothing(void **state)
{
	uint64_t begun = clock_ms();

	(void)state;
	begin();
	assert_in_range(clock_ms() - begun, HAIL_MS - 100, HAIL_MS + 1500);
	assert_int_equal(state_of(0), LINK_UP);
	assert_int_equal(state_of(DEAD), LINK_DOWN);
	assert_int_equal(state_of(MUTE), LINK_DOWN);
	assert_true(cluster.links[MUTE].mute);
	assert_false(cluster.links[DEAD].mute);
	for (int i = 0; i < 3; i++) {
		begun = clock_ms();
		liveness_begin(&live);
		assert_true(clock_ms() - begun < AT_ONCE_MS);
		assert_int_equal(cluster.passed, 1 << DEAD | 1 << MUTE);
	}
	end();
	close_port(0);
	close_port(MUTE);
}

/* On a busy machine it may take longer to greet than a command waits: then it
 * is tried again, as another command would. */
static void a_server_that_is_back_is_used_by_the_next_command(void **state)
{
	uint64_t lost, back;
	bool used = false;

	(void)state;
	begin();
	for (int tries = 0; tries < TRIES && !used; tries++) {
		bring_back(DEAD);
		liveness_begin(&live);
		used = state_of(DEAD) == LINK_UP;
		if (used)
			break;
		close_port(DEAD);
		turn_for(AT_ONCE_MS);
	}
	assert_true(used);
	assert_int_equal(cluster.passed, 1 << MUTE);
	assert_true(liveness_news(&live, &lost, &back));
	assert_int_equal(back, 1 << DEAD);
	assert_int_equal(lost, 0);
	end();
	for (unsigned i = 0; i < SERVERS; i++)
		close_port(i);
}

/* Nobody types anything: it is tried in the background. */
static void a_server_that_is_back_is_noticed_at_the_prompt(void **state)
{
	uint64_t until;

	(void)state;
	begin();
	bring_back(DEAD);
	until = clock_ms() + 3 * LIVENESS_PROBE_MS;
	while (state_of(DEAD) != LINK_UP && clock_ms() < until)
		turn_for(50);
	assert_int_equal(state_of(DEAD), LINK_UP);
	end();
	for (unsigned i = 0; i < SERVERS; i++)
		close_port(i);
}

static void a_connection_that_was_closed_is_made_anew_unsaid(void **state)
{
	uint8_t second[GREETING_SIZE]; /* is told from the first by its id */
	const struct fake_step leaves[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_PAUSE, NULL, 100},
					   {FAKE_END, NULL, 0}};
	const struct fake_step stays[] = {{FAKE_SEND, second, GREETING_SIZE},
					  {FAKE_HOLD, NULL, 0}};
	const struct fake_step *const scripts[] = {leaves, stays};
	const struct link *k = &cluster.links[0];
	uint64_t until, lost, back;

	(void)state;
	fake_greeting_of(second, 8);
	fake_start(&fakes[0], scripts, 2);
	fake_start(&fakes[1], greets_always, 3);
	fake_start(&fakes[2], greets_always, 3);
	begin_session();
	liveness_settle(&live);
	assert_int_equal(cluster_up(&cluster), SERVERS);
	until = clock_ms() + LIVENESS_PROBE_MS / 2;
	while (k->greeting.store[0] != 8 && clock_ms() < until) {
		turn_for(10);
		assert_false(liveness_news(&live, &lost, &back));
	}
	assert_int_equal(k->greeting.store[0], 8);
	assert_int_equal(cluster_up(&cluster), SERVERS);
	end();
	for (unsigned i = 0; i < SERVERS; i++)
		close_port(i);
}

/* Nobody turned the loop meanwhile: `!make` ran for long, say. */
static void one_that_was_closed_unseen_is_made_anew_too(void **state)
{
	const struct fake_step leaves[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					   {FAKE_END, NULL, 0}};
	const struct fake_step *const scripts[] = {leaves, greets};
	uint64_t lost, back;

	(void)state;
	fake_start(&fakes[0], scripts, 2);
	fake_start(&fakes[1], greets_always, 3);
	fake_start(&fakes[2], greets_always, 3);
	begin_session();
	liveness_settle(&live);
	usleep(50000);
	liveness_begin(&live);
	/* On its way, if it is not there yet. */
	assert_true(cluster.links[0].retrying || state_of(0) == LINK_UP);
	turn_for(AT_ONCE_MS);
	assert_false(liveness_news(&live, &lost, &back));
	end();
	for (unsigned i = 0; i < SERVERS; i++)
		close_port(i);
}

static void a_server_lost_for_good_is_told_of_once(void **state)
{
	uint64_t lost, back;

	(void)state;
	for (unsigned i = 0; i < SERVERS; i++)
		fake_start(&fakes[i], greets_always, 3);
	begin_session();
	liveness_settle(&live);
	assert_false(liveness_news(&live, &lost, &back));
	close_port(1);
	for (int i = 0;
	     i < 100 && (state_of(1) != LINK_DOWN || cluster.links[1].was_up);
	     i++)
		turn_for(20);
	liveness_begin(&live);
	assert_int_equal(state_of(1), LINK_DOWN);
	assert_int_equal(cluster.passed, 1 << 1);
	assert_true(liveness_news(&live, &lost, &back));
	assert_int_equal(lost, 1 << 1);
	turn_for(100);
	assert_false(liveness_news(&live, &lost, &back));
	end();
	close_port(0);
	close_port(2);
}

/* Trying again */

static void what_was_passed_over_is_tried_again_once(void **state)
{
	(void)state;
	begin();
	assert_false(cluster_reopen(&cluster)); /* no command has begun */
	liveness_begin(&live);
	assert_true(cluster_reopen(&cluster));
	assert_int_equal(state_of(MUTE), LINK_HAILING);
	/* For another operation of the command: they are on their way. */
	assert_true(cluster_reopen(&cluster));
	turn_for(HAIL_MS + 300);
	assert_int_equal(state_of(MUTE), LINK_DOWN);
	assert_false(cluster_reopen(&cluster));
	assert_int_equal(state_of(MUTE), LINK_DOWN);
	end();
	close_port(0);
	close_port(MUTE);
}

static void one_that_is_back_meanwhile_is_worth_another_try(void **state)
{
	(void)state;
	begin();
	liveness_begin(&live);
	bring_back(DEAD);
	link_retry(&cluster.links[DEAD]);
	turn_for(200);
	assert_int_equal(state_of(DEAD), LINK_UP);
	cluster.passed &= ~(UINT64_C(1) << MUTE);
	assert_true(cluster_reopen(&cluster));
	end();
	for (unsigned i = 0; i < SERVERS; i++)
		close_port(i);
}

static void on_lost(const struct call *c, const struct call_event *e)
{
	*(bool *)c->arg |= e->what == CALL_LOST;
}

static void a_link_opened_while_it_is_retried_has_all_of_its_time(void **state)
{
	struct link *k = &cluster.links[MUTE];
	bool lost = false;
	struct call call = {.event = on_lost, .arg = &lost};
	uint64_t begun;

	(void)state;
	begin();
	loop_disarm(&live.probe);
	turn_for(HAIL_MS + 100); /* no try is under way */
	loop_disarm(&live.probe);
	link_retry(k);
	assert_int_equal(k->state, LINK_DOWN);
	assert_int_equal(link_ask(k, &call), 0);
	turn_for(HAIL_MS * 7 / 10);
	assert_true(k->retrying);
	link_open(k);
	begun = clock_ms();
	assert_int_equal(k->state, LINK_HAILING);
	assert_int_not_equal(link_ask(k, &call), 0);
	link_retry(k); /* nothing: it is not down */
	turn_for(HAIL_MS / 2);
	assert_int_equal(k->state, LINK_HAILING);
	while (k->state == LINK_HAILING)
		turn_for(20);
	assert_in_range(clock_ms() - begun, HAIL_MS - 50, HAIL_MS + 1500);
	assert_true(lost);
	end();
	close_port(0);
	close_port(MUTE);
}

/* Operations */

static const struct task_kind plain_kind = {0};
static bool over;

static void on_over(void *arg, struct task *task)
{
	(void)arg;
	(void)task;
	over = true;
}

static void start_task(struct task *t)
{
	const struct quorum_settings s = {.kind = QUORUM_RM};

	*t = (struct task){.over = on_over};
	over = false;
	task_init(t, &cluster, &plain_kind, &s);
	task_set_name(t, "foo", 3);
	task_start(t);
}

static void await_task(void)
{
	uint64_t until = clock_ms() + TEST_MS;

	while (!over && clock_ms() < until)
		turn_for(20);
	assert_true(over);
}

/* All servers are closed ports. */
static void begin_without_servers(void)
{
	for (unsigned i = 0; i < SERVERS; i++) {
		fake_start(&fakes[i], NULL, 0);
		close_port(i);
	}
	begin_session();
	liveness_settle(&live);
	assert_int_equal(cluster_up(&cluster), 0);
}

static void before_an_operation_fails_all_servers_are_tried(void **state)
{
	const struct fake_step asked[] = {{FAKE_SEND, greeting, GREETING_SIZE},
					  {FAKE_TAKE, NULL, FRAME_HEADER_SIZE},
					  {FAKE_END, NULL, 0}};
	const struct fake_step *const scripts[] = {asked};
	struct task t;

	(void)state;
	begin_without_servers();
	liveness_begin(&live);
	for (unsigned i = 0; i < SERVERS; i++)
		fake_start_at(&fakes[i], fakes[i].addr.port, scripts, 1);
	start_task(&t);
	assert_true(t.again);
	await_task();
	/* They have been asked, and hung up. */
	assert_int_equal(t.q.outcome, OUTCOME_FAILED);
	task_release(&t);
	end();
	for (unsigned i = 0; i < SERVERS; i++) {
		fake_stop(&fakes[i]);
		assert_int_equal(fakes[i].connections[0].taken_len,
				 FRAME_HEADER_SIZE);
		fake_release(&fakes[i]);
	}
}

static void it_fails_at_once_when_they_are_still_dead(void **state)
{
	uint64_t begun = clock_ms();
	struct task t;

	(void)state;
	begin_without_servers();
	liveness_begin(&live);
	start_task(&t);
	await_task();
	assert_int_equal(t.q.outcome, OUTCOME_FAILED);
	assert_int_equal(t.q.reason, REASON_TOO_FEW);
	assert_true(clock_ms() - begun < HAIL_MS);
	task_release(&t);
	end();
}

static void what_fails_for_another_reason_is_not_begun_anew(void **state)
{
	struct task t;

	(void)state;
	begin();
	liveness_begin(&live);
	start_task(&t);
	assert_false(over);
	task_cancel(&t, REASON_LOCAL);
	assert_true(over);
	assert_false(t.again);
	assert_false(cluster.reopened);
	task_release(&t);
	end();
	close_port(0);
	close_port(MUTE);
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
			a_session_waits_once_for_a_server_that_says_nothing),
		cmocka_unit_test(
			a_server_that_is_back_is_used_by_the_next_command),
		cmocka_unit_test(
			a_server_that_is_back_is_noticed_at_the_prompt),
		cmocka_unit_test(
			a_connection_that_was_closed_is_made_anew_unsaid),
		cmocka_unit_test(one_that_was_closed_unseen_is_made_anew_too),
		cmocka_unit_test(a_server_lost_for_good_is_told_of_once),
		cmocka_unit_test(what_was_passed_over_is_tried_again_once),
		cmocka_unit_test(
			one_that_is_back_meanwhile_is_worth_another_try),
		cmocka_unit_test(
			a_link_opened_while_it_is_retried_has_all_of_its_time),
		cmocka_unit_test(
			before_an_operation_fails_all_servers_are_tried),
		cmocka_unit_test(it_fails_at_once_when_they_are_still_dead),
		cmocka_unit_test(
			what_fails_for_another_reason_is_not_begun_anew),
	};

	return cmocka_run_group_tests(tests, make_greeting, NULL);
}
