/* A put up to its COMMIT: who takes part, the tag, the stages. */
#include "quorum_kit.h"

static void a_put_queries_stages_and_commits(void **state)
{
	struct bench b;
	const struct quorum_order *o;
	struct msg_context c;

	(void)state;
	members(&b);
	holds(&b, 1, 6, RECORD_COMMITTED);
	holds(&b, 2, 8, RECORD_STAGED);
	b.stores[3].floor = 4;
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	o = the(&b, WHAT_STAGE);
	assert_int_equal(o->to, ALL);
	assert_int_equal(o->stripe, ALL);
	assert_int_equal(o->version.y, 4);
	assert_int_equal(o->version.size, 9);
	assert_int_equal(o->version.tag.ctr, 9);
	assert_int_equal(o->version.tag.gen, 0);
	quorum_context(&b.q, 2, &c);
	assert_memory_equal(&c.stamp, &b.stores[2].stamp, sizeof(c.stamp));
	assert_int_equal(c.cluster.id[0], 5);
	all_answer(&b, WHAT_STAGE, ALL);
	assert_int_equal(asked(&b, WHAT_COMMIT), ALL);
	all_answer(&b, WHAT_COMMIT, ALL);
	assert_int_equal(b.q.missing, 0);
	assert_false(b.q.degraded);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_put_commits_only_when_every_stage_is_there(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_STAGE, 7);
	assert_null(ordered(&b, WHAT_COMMIT));
	assert_true(quorum_deadline(&b.q) == UINT64_MAX);
	quorum_cancel(&b.q, REASON_NONE, b.now);
	take_orders(&b);
	assert_int_equal(asked(&b, WHAT_ABORT), ALL);
	waits(&b);
	ends(&b, OUTCOME_CANCELLED, REASON_NONE);
}

static void a_put_waits_for_a_change_of_members(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	/* The fifth is being added: two by the new record, two by the old. */
	for (unsigned i = 0; i < 2; i++) {
		b.stores[i].cluster.epoch = 2;
		b.stores[i].cluster.n = 5;
	}
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	assert_null(ordered(&b, WHAT_STAGE));
	assert_int_equal(b.q.phase, PHASE_PAUSE);
	for (unsigned i = 2; i < 4; i++)
		b.stores[i].cluster = b.stores[0].cluster;
	waits(&b);
	query_answered(&b, ALL);
	assert_int_equal(the(&b, WHAT_STAGE)->to, ALL);
	quorum_release(&b.q);
}

static void a_put_does_not_wait_for_a_change_for_ever(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < 2; i++) {
		b.stores[i].cluster.epoch = 2;
		b.stores[i].cluster.n = 5;
	}
	start(&b, QUORUM_PUT);
	for (unsigned tries = 0; tries < 100; tries++) {
		query_answered(&b, ALL);
		if (quorum_is_done(&b.q))
			break;
		waits(&b);
	}
	ends(&b, OUTCOME_FAILED, REASON_TOO_FEW);
}

static void a_put_does_without_one_server_that_is_away(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	start(&b, QUORUM_PUT);
	query_answered(&b, 11);
	assert_int_equal(asked(&b, WHAT_STAGE), 11);
	assert_int_equal(the(&b, WHAT_STAGE)->version.y, 3);
	all_answer(&b, WHAT_STAGE, 11);
	all_answer(&b, WHAT_COMMIT, 11);
	assert_int_equal(b.q.missing, 4);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_put_needs_w_members(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	b.stores[2].state = STORE_JOINING;
	b.stores[2].flags = STORE_VERSIONS;
	start(&b, QUORUM_PUT);
	query_answered(&b, 7);
	ends(&b, OUTCOME_FAILED, REASON_TOO_FEW);
	members(&b);
	b.stores[0].flags = STORE_FULL;
	b.stores[1].flags = STORE_FULL;
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	ends(&b, OUTCOME_FAILED, REASON_NO_SPACE);
	members(&b);
	b.stores[0].flags = STORE_READ_ONLY;
	b.stores[1].flags = STORE_READ_ONLY;
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	ends(&b, OUTCOME_FAILED, REASON_READ_ONLY);
}

static void a_put_that_requires_all_takes_no_less(void **state)
{
	struct quorum_settings s = {.kind = QUORUM_PUT, .require_all = true};
	struct bench b;

	(void)state;
	members(&b);
	start_with(&b, &s);
	query_answered(&b, 14);
	ends(&b, OUTCOME_FAILED, REASON_NOT_ALL);
}

static void one_store_under_two_addresses_is_refused(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	b.stores[1].stamp = b.stores[0].stamp;
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	ends(&b, OUTCOME_FAILED, REASON_DOUBLED);
}

static void a_failed_stage_begins_again_without_that_server(void **state)
{
	struct bench b;
	struct msg_context c;
	struct tag first;

	(void)state;
	members(&b);
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	first = the(&b, WHAT_STAGE)->version.tag;
	refuses(&b, WHAT_STAGE, 3, ST_DIGEST, NULL);
	/* The ABORTs carry the stamps of the round that they end. */
	assert_int_equal(asked(&b, WHAT_ABORT), ALL);
	assert_int_equal(tag_compare(&the(&b, WHAT_ABORT)->version.tag, &first),
			 0);
	quorum_context(&b.q, 0, &c);
	assert_memory_equal(&c.stamp, &b.stores[0].stamp, sizeof(c.stamp));
	assert_int_equal(asked(&b, WHAT_QUERY), ALL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_STAGE), 7);
	assert_true(tag_compare(&the(&b, WHAT_STAGE)->version.tag, &first) !=
		    0);
	/* One more, and there are not enough. */
	loses(&b, WHAT_STAGE, 2, the(&b, WHAT_STAGE)->round);
	query_answered(&b, ALL);
	ends(&b, OUTCOME_FAILED, REASON_STAGE);
}

static void a_put_gives_up_after_three_repetitions(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	start(&b, QUORUM_PUT);
	for (unsigned i = 0; i <= QUORUM_RETRIES; i++) {
		/* The same server each time: as if it had come back. */
		b.q.failed = 0;
		query_answered(&b, ALL);
		loses(&b, WHAT_STAGE, 0, the(&b, WHAT_STAGE)->round);
	}
	assert_int_equal(b.q.phase, PHASE_ABORT);
	waits(&b);
	ends(&b, OUTCOME_FAILED, REASON_STAGE);
}

static void a_superseded_put_finishes_the_higher_one(void **state)
{
	struct version higher = {.tag = {.ctr = 30, .put = 3}, .y = 4};
	struct bench b;

	(void)state;
	members(&b);
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	refuses(&b, WHAT_STAGE, 1, ST_SUPERSEDED, &higher);
	assert_int_equal(asked(&b, WHAT_ABORT), ALL);
	assert_int_equal(asked(&b, WHAT_COMMIT), ALL);
	assert_int_equal(the(&b, WHAT_COMMIT)->version.tag.ctr, 30);
	all_answer(&b, WHAT_COMMIT, ALL);
	assert_true(b.q.superseded);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_superseded_put_that_finishes_nothing_has_failed(void **state)
{
	struct version higher = {.tag = {.ctr = 30, .put = 3}, .y = 4};
	struct bench b;
	unsigned round;

	(void)state;
	members(&b);
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	refuses(&b, WHAT_STAGE, 1, ST_SUPERSEDED, &higher);
	round = the(&b, WHAT_COMMIT)->round;
	answers(&b, WHAT_COMMIT, 1, round);
	b.now += QUORUM_COMMIT_MS;
	quorum_tick(&b.q, b.now);
	ends(&b, OUTCOME_FAILED, REASON_TOO_FEW);
}

static void a_put_that_wants_no_file_there_replaces_none(void **state)
{
	const struct quorum_settings s = {.kind = QUORUM_PUT,
					  .must_be_absent = true};
	struct version higher = {.tag = {.ctr = 9, .put = 9}, .y = 4};
	struct bench b;

	(void)state;
	members(&b);
	holds(&b, 2, 6, RECORD_COMMITTED);
	start_with(&b, &s);
	query_answered(&b, ALL);
	assert_null(ordered(&b, WHAT_STAGE));
	ends(&b, OUTCOME_FAILED, REASON_EXISTS);
	/* A stage is no file, and a deletion is none any more. */
	members(&b);
	holds(&b, 1, 6, RECORD_TOMBSTONE);
	holds(&b, 2, 7, RECORD_STAGED);
	start_with(&b, &s);
	query_answered(&b, ALL);
	assert_int_equal(the(&b, WHAT_STAGE)->to, ALL);
	/* One has come meanwhile. */
	refuses(&b, WHAT_STAGE, 3, ST_SUPERSEDED, &higher);
	assert_null(ordered(&b, WHAT_COMMIT));
	all_answer(&b, WHAT_ABORT, ALL);
	ends(&b, OUTCOME_FAILED, REASON_EXISTS);
	/* A deletion is no file. */
	members(&b);
	start_with(&b, &s);
	query_answered(&b, ALL);
	higher.y = 0;
	refuses(&b, WHAT_STAGE, 3, ST_SUPERSEDED, &higher);
	all_answer(&b, WHAT_COMMIT, ALL);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void old_and_foreign_events_change_nothing(void **state)
{
	struct bench b;
	unsigned first;

	(void)state;
	members(&b);
	start(&b, QUORUM_PUT);
	first = b.q.query_round;
	query_answered(&b, ALL);
	loses(&b, WHAT_STAGE, 1, b.q.round);
	assert_int_equal(b.q.phase, PHASE_QUERY);
	answers(&b, WHAT_STAGE, 0, first + 1);
	loses(&b, WHAT_QUERY, 2, first);
	assert_int_equal(b.q.waiting, ALL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_STAGE), 13);
	quorum_release(&b.q);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_put_queries_stages_and_commits),
		T(a_put_commits_only_when_every_stage_is_there),
		T(a_put_waits_for_a_change_of_members),
		T(a_put_does_not_wait_for_a_change_for_ever),
		T(a_put_does_without_one_server_that_is_away),
		T(a_put_needs_w_members),
		T(a_put_that_requires_all_takes_no_less),
		T(one_store_under_two_addresses_is_refused),
		T(a_failed_stage_begins_again_without_that_server),
		T(a_put_gives_up_after_three_repetitions),
		T(a_superseded_put_finishes_the_higher_one),
		T(a_superseded_put_that_finishes_nothing_has_failed),
		T(a_put_that_wants_no_file_there_replaces_none),
		T(old_and_foreign_events_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
