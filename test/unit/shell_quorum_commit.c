/* Marks: how many, asked for again, and what is said without them. */
#include "quorum_kit.h"

static void committing(struct bench *b)
{
	members(b);
	start(b, QUORUM_PUT);
	query_answered(b, ALL);
	all_answer(b, WHAT_STAGE, ALL);
	assert_int_equal(asked(b, WHAT_COMMIT), ALL);
}

static void too_few_marks_leave_the_outcome_unknown(void **state)
{
	struct bench b;

	(void)state;
	committing(&b);
	all_answer(&b, WHAT_COMMIT, 3);
	b.now += QUORUM_COMMIT_MS;
	quorum_tick(&b.q, b.now);
	assert_int_equal(b.q.missing, 12);
	ends(&b, OUTCOME_UNKNOWN, REASON_TOO_FEW);
}

static void marks_are_asked_for_again(void **state)
{
	struct bench b;
	unsigned round;

	(void)state;
	committing(&b);
	round = the(&b, WHAT_COMMIT)->round;
	answers(&b, WHAT_COMMIT, 0, round);
	answers(&b, WHAT_COMMIT, 1, round);
	loses(&b, WHAT_COMMIT, 2, round);
	loses(&b, WHAT_COMMIT, 3, round);
	assert_int_equal(b.q.phase, PHASE_RETRY);
	waits(&b);
	assert_int_equal(asked(&b, WHAT_COMMIT), 12);
	round = the(&b, WHAT_COMMIT)->round;
	answers(&b, WHAT_COMMIT, 3, round);
	loses(&b, WHAT_COMMIT, 2, round);
	assert_int_equal(b.q.missing, 4);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_server_reached_late_is_queried_for_its_stamp(void **state)
{
	struct bench b;
	unsigned round;

	(void)state;
	members(&b);
	start(&b, QUORUM_PUT);
	query_answered(&b, 7);
	all_answer(&b, WHAT_STAGE, 7);
	round = the(&b, WHAT_COMMIT)->round;
	answers(&b, WHAT_COMMIT, 0, round);
	answers(&b, WHAT_COMMIT, 1, round);
	loses(&b, WHAT_COMMIT, 2, round);
	waits(&b);
	assert_int_equal(asked(&b, WHAT_COMMIT), 4);
	assert_int_equal(asked(&b, WHAT_QUERY), 8);
	round = the(&b, WHAT_QUERY)->round;
	loses(&b, WHAT_COMMIT, 2, round);
	answers_query(&b, 3, round);
	assert_int_equal(asked(&b, WHAT_COMMIT), 8);
	answers(&b, WHAT_COMMIT, 3, round);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void after_the_fence_nobody_new_is_queried(void **state)
{
	struct bench b;
	unsigned round;

	(void)state;
	members(&b);
	b.stores[1].fence_s = 1;
	start(&b, QUORUM_PUT);
	query_answered(&b, 7);
	b.now += 1001; /* stopped for so long */
	all_answer(&b, WHAT_STAGE, 7);
	round = the(&b, WHAT_COMMIT)->round;
	answers(&b, WHAT_COMMIT, 0, round);
	refuses(&b, WHAT_COMMIT, 1, ST_STALE, NULL);
	loses(&b, WHAT_COMMIT, 2, round);
	waits(&b);
	assert_int_equal(asked(&b, WHAT_COMMIT), 4);
	assert_null(ordered(&b, WHAT_QUERY));
	quorum_release(&b.q);
}

static void a_commit_that_all_refuse_has_failed(void **state)
{
	struct bench b;

	(void)state;
	committing(&b);
	for (unsigned i = 0; i < COUNT; i++)
		refuses(&b, WHAT_COMMIT, i, ST_STALE, NULL);
	assert_int_equal(b.q.phase, PHASE_ABORT);
	waits(&b);
	ends(&b, OUTCOME_FAILED, REASON_TOO_FEW);
}

static void a_commit_that_the_key_may_not_do_is_called_so(void **state)
{
	struct bench b;

	(void)state;
	committing(&b);
	for (unsigned i = 0; i < COUNT; i++)
		refuses(&b, WHAT_COMMIT, i, ST_NOT_PERMITTED, NULL);
	assert_int_equal(b.q.phase, PHASE_ABORT);
	waits(&b);
	ends(&b, OUTCOME_FAILED, REASON_DENIED);
}

static void a_commit_whose_answer_is_lost_is_no_failure(void **state)
{
	struct bench b;
	unsigned round;

	(void)state;
	committing(&b);
	round = the(&b, WHAT_COMMIT)->round;
	for (unsigned i = 0; i < 3; i++)
		refuses(&b, WHAT_COMMIT, i, ST_STALE, NULL);
	loses(&b, WHAT_COMMIT, 3, round);
	waits(&b);
	refuses(&b, WHAT_COMMIT, 3, ST_STALE, NULL);
	ends(&b, OUTCOME_UNKNOWN, REASON_TOO_FEW);
}

static void a_joining_store_gives_no_mark_that_counts(void **state)
{
	struct bench b;

	(void)state;
	committing(&b);
	b.stores[2].state = STORE_JOINING;
	b.stores[3].state = STORE_JOINING;
	all_answer(&b, WHAT_COMMIT, ALL);
	ends(&b, OUTCOME_UNKNOWN, REASON_TOO_FEW);
}

static void a_witness_in_the_stripe_is_a_copy_less(void **state)
{
	struct bench b;
	struct msg_commit_answer c = {.state = RECORD_WITNESS};
	struct quorum_event e;

	(void)state;
	committing(&b);
	e = event(&b, EVENT_ANSWER, WHAT_COMMIT, 0);
	c.store = b.stores[0];
	c.highest = b.q.version.tag;
	e.commit = &c;
	for (unsigned i = 1; i < COUNT; i++)
		answers(&b, WHAT_COMMIT, i, e.round);
	told(&b, &e);
	assert_true(b.q.degraded);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void there_is_no_way_back_from_a_commit(void **state)
{
	struct bench b;

	(void)state;
	committing(&b);
	quorum_cancel(&b.q, REASON_NONE, b.now);
	assert_false(quorum_is_done(&b.q));
	assert_false(quorum_next(&b.q, &b.orders[0]));
	all_answer(&b, WHAT_COMMIT, ALL);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(too_few_marks_leave_the_outcome_unknown),
		T(marks_are_asked_for_again),
		T(a_server_reached_late_is_queried_for_its_stamp),
		T(after_the_fence_nobody_new_is_queried),
		T(a_commit_that_all_refuse_has_failed),
		T(a_commit_that_the_key_may_not_do_is_called_so),
		T(a_commit_whose_answer_is_lost_is_no_failure),
		T(a_joining_store_gives_no_mark_that_counts),
		T(a_witness_in_the_stripe_is_a_copy_less),
		T(there_is_no_way_back_from_a_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
