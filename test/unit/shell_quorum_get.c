/* Get and rm: what is seen, proven, finished. */
#include "quorum_kit.h"

static void a_get_waits_for_no_dead_server(void **state)
{
	struct bench b;
	unsigned round;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < COUNT; i++)
		holds(&b, i, 3, RECORD_COMMITTED);
	start(&b, QUORUM_GET);
	round = b.q.query_round;
	answers_query(&b, 0, round);
	assert_null(ordered(&b, WHAT_FETCH));
	answers_query(&b, 2, round); /* r, and every chunk is there */
	assert_non_null(ordered(&b, WHAT_FETCH));
	assert_int_equal(the(&b, WHAT_FETCH)->version.tag.ctr, 3);
	answers_query(&b, 1, round);
	told(&b, &(struct quorum_event){.kind = EVENT_FETCHED,
					.what = WHAT_FETCH,
					.round = b.q.round});
	assert_false(b.q.weak);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_get_finishes_what_it_has_seen(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	holds(&b, 0, 3, RECORD_COMMITTED);
	holds(&b, 2, 3, RECORD_STAGED);
	start(&b, QUORUM_GET);
	query_answered(&b, ALL);
	told(&b, &(struct quorum_event){.kind = EVENT_FETCHED,
					.what = WHAT_FETCH,
					.round = b.q.round});
	assert_int_equal(asked(&b, WHAT_COMMIT), 14);
	all_answer(&b, WHAT_COMMIT, 6);
	assert_false(quorum_is_done(&b.q));
	loses(&b, WHAT_COMMIT, 3, b.q.round);
	assert_false(b.q.weak);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_get_without_w_marks_is_weak(void **state)
{
	struct quorum_settings s = {.kind = QUORUM_GET, .read_only = true};
	struct bench b;

	(void)state;
	members(&b);
	holds(&b, 0, 3, RECORD_COMMITTED);
	holds(&b, 2, 3, RECORD_STAGED);
	start_with(&b, &s);
	query_answered(&b, ALL);
	told(&b, &(struct quorum_event){.kind = EVENT_FETCHED,
					.what = WHAT_FETCH,
					.round = b.q.round});
	assert_null(ordered(&b, WHAT_COMMIT));
	assert_true(b.q.weak);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_get_never_falls_back_to_an_older_version(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < COUNT; i++)
		holds(&b, i, 3, RECORD_COMMITTED);
	holds(&b, 1, 4, RECORD_WITNESS);
	start(&b, QUORUM_GET);
	query_answered(&b, ALL);
	waits(&b);
	query_answered(&b, ALL);
	ends(&b, OUTCOME_INCOMPLETE, REASON_CHUNKS);
}

static void answers_of_two_moments_are_no_missing_chunk(void **state)
{
	struct bench b;
	unsigned round;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < COUNT; i++)
		holds(&b, i, 3, RECORD_COMMITTED);
	start(&b, QUORUM_GET);
	round = b.q.query_round;
	holds(&b, 0, 4, RECORD_COMMITTED);
	for (unsigned i = 0; i < COUNT; i++)
		answers_query(&b, i, round);
	assert_null(ordered(&b, WHAT_FETCH));
	assert_false(quorum_is_done(&b.q));
	for (unsigned i = 1; i < COUNT; i++)
		holds(&b, i, 4, RECORD_STAGED);
	waits(&b);
	query_answered(&b, ALL);
	assert_int_equal(b.q.phase, PHASE_FETCH);
	assert_int_equal(b.q.version.tag.ctr, 4);
	quorum_release(&b.q);
}

static void a_get_takes_no_stage_for_a_version(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < COUNT; i++)
		holds(&b, i, 3, RECORD_STAGED);
	start(&b, QUORUM_GET);
	query_answered(&b, ALL);
	ends(&b, OUTCOME_ABSENT, REASON_NONE);
}

static void absence_takes_r_members_to_prove(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	b.stores[3].state = STORE_JOINING;
	start(&b, QUORUM_GET);
	query_answered(&b, 9);
	ends(&b, OUTCOME_INCOMPLETE, REASON_TOO_FEW);
	members(&b);
	start(&b, QUORUM_GET);
	query_answered(&b, 3);
	ends(&b, OUTCOME_ABSENT, REASON_NONE);
}

static void a_blank_majority_beside_a_member_proves_nothing(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < 3; i++)
		blank(&b, i);
	start(&b, QUORUM_GET);
	query_answered(&b, ALL);
	ends(&b, OUTCOME_INCOMPLETE, REASON_TOO_FEW);
	members(&b);
	for (unsigned i = 0; i < COUNT; i++)
		blank(&b, i);
	start(&b, QUORUM_GET);
	query_answered(&b, 7);
	ends(&b, OUTCOME_ABSENT, REASON_NONE);
}

static void a_tombstone_is_finished_and_then_absent(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	holds(&b, 1, 3, RECORD_TOMBSTONE);
	start(&b, QUORUM_GET);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_COMMIT), 13);
	assert_int_equal(the(&b, WHAT_COMMIT)->version.y, 0);
	all_answer(&b, WHAT_COMMIT, 13);
	assert_false(b.q.weak);
	ends(&b, OUTCOME_ABSENT, REASON_NONE);
}

static void a_version_that_is_gone_is_looked_for_anew(void **state)
{
	struct bench b;
	unsigned n = 0;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < COUNT; i++)
		holds(&b, i, 3, RECORD_COMMITTED);
	start(&b, QUORUM_GET);
	while (!quorum_is_done(&b.q)) {
		query_answered(&b, ALL);
		assert_int_equal(b.q.phase, PHASE_FETCH);
		told(&b, &(struct quorum_event){.kind = EVENT_FETCH_GONE,
						.what = WHAT_FETCH,
						.round = b.q.round});
		if (b.q.phase == PHASE_PAUSE)
			waits(&b);
		b.now += 1000;
		assert_in_range(++n, 1, 60);
	}
	assert_in_range(b.now - b.q.start_ms, QUORUM_AGAIN_MS,
			QUORUM_AGAIN_MS + 5000);
	ends(&b, OUTCOME_INCOMPLETE, REASON_MOVING);
}

static void a_chunk_that_nobody_has_ends_a_get(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < COUNT; i++)
		holds(&b, i, 3, RECORD_COMMITTED);
	start(&b, QUORUM_GET);
	for (unsigned i = 0; i <= QUORUM_RETRIES; i++) {
		query_answered(&b, ALL);
		assert_int_equal(b.q.phase, PHASE_FETCH);
		told(&b, &(struct quorum_event){.kind = EVENT_FETCH_SHORT,
						.what = WHAT_FETCH,
						.round = b.q.round});
	}
	ends(&b, OUTCOME_INCOMPLETE, REASON_CHUNKS);
}

/* Rm */

static void an_rm_commits_a_tombstone_above_all(void **state)
{
	struct bench b;
	const struct quorum_order *o;

	(void)state;
	members(&b);
	holds(&b, 1, 6, RECORD_COMMITTED);
	holds(&b, 2, 8, RECORD_STAGED);
	b.stores[0].flags |= STORE_FULL;
	start(&b, QUORUM_RM);
	query_answered(&b, 7);
	o = the(&b, WHAT_COMMIT);
	assert_int_equal(o->to, 7);
	assert_int_equal(o->version.y, 0);
	assert_int_equal(o->version.tag.ctr, 9);
	all_answer(&b, WHAT_COMMIT, 7);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void an_rm_removes_what_is_expected_and_nothing_else(void **state)
{
	struct quorum_settings s = {.kind = QUORUM_RM,
				    .expect = {.ctr = 6, .put = 1}};
	struct bench b;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < 3; i++)
		holds(&b, i, 6, RECORD_COMMITTED);
	holds(&b, 3, 7, RECORD_STAGED);
	/* Spread anew by a heal, it is the same. */
	b.records[1][0].v.tag.gen = 1;
	start_with(&b, &s);
	query_answered(&b, ALL);
	assert_int_equal(the(&b, WHAT_COMMIT)->version.tag.ctr, 8);
	all_answer(&b, WHAT_COMMIT, ALL);
	ends(&b, OUTCOME_OK, REASON_NONE);
	/* Another put of the same counter is another one. */
	s.expect.put = 2;
	start_with(&b, &s);
	query_answered(&b, ALL);
	assert_null(ordered(&b, WHAT_COMMIT));
	ends(&b, OUTCOME_FAILED, REASON_CHANGED);
	/* One that is gone already is not there. */
	members(&b);
	for (unsigned i = 0; i < 3; i++)
		holds(&b, i, 7, RECORD_TOMBSTONE);
	start_with(&b, &s);
	query_answered(&b, ALL);
	ends(&b, OUTCOME_ABSENT, REASON_NONE);
}

static void a_patient_get_hears_all_answers_first(void **state)
{
	const struct quorum_settings s = {.kind = QUORUM_GET, .patient = true};
	struct bench b;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < 4; i++)
		holds(&b, i, 6, RECORD_COMMITTED);
	start_with(&b, &s);
	for (unsigned i = 0; i < 3; i++)
		answers_query(&b, i, b.q.query_round);
	assert_null(ordered(&b, WHAT_FETCH));
	answers_query(&b, 3, b.q.query_round);
	assert_non_null(ordered(&b, WHAT_FETCH));
	assert_int_equal(b.q.servers[3].count, 1);
	quorum_release(&b.q);
	/* One that is silent costs a second. */
	start_with(&b, &s);
	for (unsigned i = 0; i < 3; i++)
		answers_query(&b, i, b.q.query_round);
	waits(&b);
	assert_non_null(ordered(&b, WHAT_FETCH));
	quorum_release(&b.q);
}

static void an_rm_of_nothing_is_absent(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	holds(&b, 1, 6, RECORD_STAGED);
	start(&b, QUORUM_RM);
	query_answered(&b, 7);
	ends(&b, OUTCOME_ABSENT, REASON_NONE);
	members(&b);
	for (unsigned i = 0; i < 3; i++)
		holds(&b, i, 6, RECORD_TOMBSTONE);
	start(&b, QUORUM_RM);
	query_answered(&b, ALL);
	ends(&b, OUTCOME_ABSENT, REASON_NONE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_get_waits_for_no_dead_server),
		T(a_get_finishes_what_it_has_seen),
		T(a_get_without_w_marks_is_weak),
		T(a_get_never_falls_back_to_an_older_version),
		T(answers_of_two_moments_are_no_missing_chunk),
		T(a_get_takes_no_stage_for_a_version),
		T(absence_takes_r_members_to_prove),
		T(a_blank_majority_beside_a_member_proves_nothing),
		T(a_tombstone_is_finished_and_then_absent),
		T(a_version_that_is_gone_is_looked_for_anew),
		T(a_chunk_that_nobody_has_ends_a_get),
		T(an_rm_commits_a_tombstone_above_all),
		T(an_rm_removes_what_is_expected_and_nothing_else),
		T(a_patient_get_hears_all_answers_first),
		T(an_rm_of_nothing_is_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
