/* The beginning of a cluster, also when several begin it. */
#include "quorum_kit.h"

static void all_blank(struct bench *b)
{
	members(b);
	for (unsigned i = 0; i < COUNT; i++)
		blank(b, i);
}

static void a_cluster_begins_on_two_rounds_of_the_same_stores(void **state)
{
	struct bench b;
	struct msg_join j;

	(void)state;
	all_blank(&b);
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_QUERY), ALL);
	/* Two have other stores now: once more. */
	b.stores[0].stamp.store[5] ^= 1;
	b.stores[1].stamp.store[5] ^= 1;
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_QUERY), ALL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_JOIN), ALL);
	quorum_join(&b.q, 1, &j);
	assert_memory_equal(j.store, b.stores[1].stamp.store, STORE_ID_SIZE);
	assert_memory_equal(j.cluster.id, b.q.own_id, STORE_ID_SIZE);
	assert_int_equal(j.cluster.epoch, 1);
	assert_int_equal(j.cluster.n, COUNT);
	assert_int_equal(j.state, STORE_MEMBER);
	assert_false(j.heal);
	assert_false(j.carried_r);
	quorum_release(&b.q);
}

static void after_the_joins_the_put_goes_on(void **state)
{
	struct bench b;

	(void)state;
	all_blank(&b);
	start(&b, QUORUM_PUT);
	query_answered(&b, 7);
	query_answered(&b, 7);
	assert_int_equal(asked(&b, WHAT_JOIN), 7);
	become_members(&b); /* they obey, and so does the late one */
	b.now += 5;
	for (unsigned i = 0; i < 3; i++)
		answers(&b, WHAT_JOIN, i, b.q.round);
	assert_int_equal(b.q.phase, PHASE_PAUSE);
	waits(&b);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_STAGE), ALL);
	quorum_release(&b.q);
}

static void too_few_or_a_version_begin_no_cluster(void **state)
{
	struct bench b;

	(void)state;
	all_blank(&b);
	start(&b, QUORUM_PUT);
	query_answered(&b, 3);
	ends(&b, OUTCOME_FAILED, REASON_TOO_FEW);
	members(&b);
	blank(&b, 0);
	blank(&b, 1);
	holds(&b, 2, 3, RECORD_COMMITTED);
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	assert_true(quorum_is_done(&b.q));
	assert_int_equal(b.q.outcome, OUTCOME_FAILED);
	quorum_release(&b.q);
}

/* Ids by server; 0 leaves it blank. */
static void carrying(struct bench *b, const uint8_t ids[COUNT])
{
	members(b);
	for (unsigned i = 0; i < COUNT; i++) {
		memset(b->stores[i].cluster.id, ids[i], STORE_ID_SIZE);
		if (ids[i] == 0)
			blank(b, i);
	}
}

static void the_lowest_id_is_taken(void **state)
{
	static const uint8_t ids[COUNT] = {7, 3, 0, 9};
	struct bench b;
	struct msg_join j;

	(void)state;
	carrying(&b, ids);
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_JOIN), ALL);
	quorum_join(&b.q, 2, &j);
	assert_int_equal(j.cluster.id[0], 3);
	assert_false(j.carried_r);
	quorum_release(&b.q);
}

static void stages_make_it_take_an_id_that_others_can_obey(void **state)
{
	static const uint8_t ids[COUNT] = {7, 3, 7, 9};
	struct bench b;
	struct msg_join j;

	(void)state;
	carrying(&b, ids);
	holds(&b, 0, 1, RECORD_STAGED);
	holds(&b, 2, 1, RECORD_STAGED);
	holds(&b, 3, 1, RECORD_STAGED);
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	query_answered(&b, ALL);
	quorum_join(&b.q, 3, &j);
	assert_int_equal(j.cluster.id[0], 7);
	assert_true(j.carried_r);
	quorum_release(&b.q);
}

static void beside_stages_a_blank_store_is_to_wait(void **state)
{
	static const uint8_t ids[COUNT] = {3, 0, 3, 5};
	struct bench b;
	struct msg_join j;

	(void)state;
	carrying(&b, ids);
	holds(&b, 0, 1, RECORD_STAGED);
	b.stores[2].state = STORE_JOINING;
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	query_answered(&b, ALL);
	quorum_join(&b.q, 0, &j);
	assert_false(j.heal);
	quorum_join(&b.q, 1, &j);
	assert_true(j.heal);
	quorum_join(&b.q, 2, &j);
	assert_true(j.heal);
	quorum_join(&b.q, 3, &j);
	assert_false(j.heal);
	quorum_release(&b.q);
}

static void clients_that_never_agree_give_up(void **state)
{
	static const uint8_t ids[COUNT] = {7, 3, 0, 9};
	struct bench b;
	unsigned n = 0;

	(void)state;
	carrying(&b, ids);
	start(&b, QUORUM_PUT);
	while (!quorum_is_done(&b.q)) {
		if (b.q.phase == PHASE_QUERY)
			query_answered(&b, ALL);
		else
			waits(&b);
		b.now += 100;
		assert_in_range(++n, 1, 1000);
	}
	assert_in_range(b.now - b.q.start_ms, QUORUM_BEGIN_MS,
			QUORUM_BEGIN_MS + 4000);
	ends(&b, OUTCOME_FAILED, REASON_BEGIN);
}

static void another_cluster_meanwhile_sends_a_put_back(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	refuses(&b, WHAT_STAGE, 2, ST_OTHER_CLUSTER, NULL);
	assert_int_equal(asked(&b, WHAT_ABORT), ALL);
	assert_int_equal(b.q.phase, PHASE_PAUSE);
	assert_int_equal(b.q.retries, 0);
	waits(&b);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_STAGE), ALL);
	quorum_release(&b.q);
}

static void a_put_wins_over_who_began_another_cluster(void **state)
{
	static const uint8_t ids[COUNT] = {5, 5, 5, 9};
	struct bench b;
	struct msg_join j;

	(void)state;
	carrying(&b, ids);
	start(&b, QUORUM_PUT);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_JOIN), 8);
	quorum_join(&b.q, 3, &j);
	assert_int_equal(j.cluster.id[0], 5);
	assert_true(j.carried_r);
	assert_false(j.carried_w_version);
	/* It will not: then without it. */
	answers(&b, WHAT_JOIN, 3, b.q.round);
	waits(&b);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_STAGE), 7);
	quorum_release(&b.q);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_cluster_begins_on_two_rounds_of_the_same_stores),
		T(after_the_joins_the_put_goes_on),
		T(too_few_or_a_version_begin_no_cluster),
		T(the_lowest_id_is_taken),
		T(stages_make_it_take_an_id_that_others_can_obey),
		T(beside_stages_a_blank_store_is_to_wait),
		T(clients_that_never_agree_give_up),
		T(another_cluster_meanwhile_sends_a_put_back),
		T(a_put_wins_over_who_began_another_cluster),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
