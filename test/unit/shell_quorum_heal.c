/* The decisions of a heal of one name. */
#include "quorum_kit.h"

/* Server i's record says another stripe width and place. */
static void spans(struct bench *b, unsigned i, unsigned y, unsigned place)
{
	struct record *r = &b->records[i][0];

	r->v.y = (uint8_t)y;
	r->place = (uint8_t)place;
	r->first = (uint8_t)place;
}

static void whole(struct bench *b, uint64_t on)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (on >> i & 1)
			holds(b, i, 3, RECORD_COMMITTED);
}

static void verifies(struct bench *b, unsigned server, uint8_t good)
{
	struct quorum_event e = {.kind = EVENT_ANSWER,
				 .what = WHAT_VERIFY,
				 .server = server,
				 .round = b->q.round,
				 .good = good};

	told(b, &e);
}

static void fetches(struct bench *b, enum quorum_event_kind kind)
{
	struct quorum_event e = {
		.kind = kind, .what = WHAT_FETCH, .round = b->q.round};

	told(b, &e);
}

static void joins(struct bench *b, unsigned i)
{
	b->stores[i].state = STORE_JOINING;
}

static void nothing_to_do_is_only_verified(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, ALL);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_VERIFY), ALL);
	all_answer(&b, WHAT_VERIFY, ALL);
	assert_int_equal(b.order_count, 0);
	assert_int_equal(b.q.healed.marked, 0);
	assert_int_equal(b.q.healed.copies, 2);
	assert_true(b.q.healed.full);
	assert_true(quorum_is_whole(&b.q));
	assert_int_equal(b.q.healed.marks, ALL);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_blank_server_gets_the_mark_and_its_place(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, 7);
	blank(&b, 3);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_VERIFY), 7);
	all_answer(&b, WHAT_VERIFY, 7);
	assert_int_equal(asked(&b, WHAT_COMMIT), 8);
	joins(&b, 3);
	all_answer(&b, WHAT_COMMIT, 8);
	assert_non_null(ordered(&b, WHAT_FETCH));
	assert_int_equal(b.q.need, 9); /* chunks 3 and 0 */
	fetches(&b, EVENT_FETCHED);
	assert_int_equal(asked(&b, WHAT_RESTORE), 8);
	assert_int_equal(b.q.places[3], 3);
	all_answer(&b, WHAT_RESTORE, 8);
	assert_int_equal(b.q.healed.restored, 8);
	assert_int_equal(b.q.healed.copies, 2);
	assert_int_equal(b.q.healed.marks, ALL);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_bad_chunk_is_replaced_where_it_is(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, ALL);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	for (unsigned i = 0; i < COUNT; i++)
		verifies(&b, i, i == 1 ? 2 : 3);
	assert_int_equal(b.q.healed.corrupt, 2);
	assert_null(ordered(&b, WHAT_COMMIT));
	assert_non_null(ordered(&b, WHAT_FETCH));
	assert_int_equal(b.q.need, 6); /* chunks 1 and 2 */
	assert_int_equal(b.q.found.holders[1], 1);
	fetches(&b, EVENT_FETCHED);
	assert_int_equal(asked(&b, WHAT_RESTORE), 2);
	assert_int_equal(b.q.places[1], 1);
	all_answer(&b, WHAT_RESTORE, 2);
	assert_int_equal(b.q.healed.copies, 2);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

/* After the VERIFY was sent: nothing of it was verified, and it may tell of a
 * version that the others had not when they answered. */
static void an_answer_that_comes_late_is_none(void **state)
{
	struct bench b;

	(void)state;
	for (uint64_t ctr = 3; ctr < 5; ctr++) {
		unsigned round;

		members(&b);
		whole(&b, 7);
		holds(&b, 3, ctr, RECORD_COMMITTED);
		start(&b, QUORUM_HEAL);
		round = b.q.query_round;
		for (unsigned i = 0; i < 3; i++)
			answers_query(&b, i, round);
		waits(&b);
		assert_int_equal(asked(&b, WHAT_VERIFY), 7);
		answers_query(&b, 3, round);
		for (unsigned i = 0; i < 3; i++)
			verifies(&b, i, i == 1 ? 2 : 3);
		assert_non_null(ordered(&b, WHAT_FETCH));
		assert_int_equal(b.q.found.version.tag.ctr, 3);
		answers_query(&b, 3, round);
		fetches(&b, EVENT_FETCHED);
		all_answer(&b, WHAT_RESTORE, 2);
		assert_false(b.q.healed.full);
		assert_int_equal(b.q.healed.copies, 1);
		assert_int_equal(b.q.healed.marks, 7);
		ends(&b, OUTCOME_OK, REASON_NONE);
	}
}

static void presence_is_no_proof(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, ALL);
	blank(&b, 3);
	b.counts[3] = 0;
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	verifies(&b, 0, 2); /* chunk 0 was here alone */
	verifies(&b, 1, 3);
	verifies(&b, 2, 3);
	assert_null(ordered(&b, WHAT_COMMIT));
	assert_int_equal(b.q.healed.copies, 0);
	ends(&b, OUTCOME_INCOMPLETE, REASON_CHUNKS);
}

static void a_loss_that_is_accepted_is_marked(void **state)
{
	struct quorum_settings s = {.kind = QUORUM_HEAL, .accept_loss = true};
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, 1);
	blank(&b, 3);
	start_with(&b, &s);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, 1);
	assert_int_equal(asked(&b, WHAT_COMMIT), 14);
	joins(&b, 3);
	all_answer(&b, WHAT_COMMIT, 14);
	assert_null(ordered(&b, WHAT_FETCH));
	assert_int_equal(b.q.healed.marks, ALL);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void what_cannot_be_fetched_is_not_called_overwritten(void **state)
{
	struct bench b;
	unsigned fetched = 0;

	(void)state;
	members(&b);
	whole(&b, ALL);
	start(&b, QUORUM_HEAL);
	for (; b.q.outcome == OUTCOME_NONE && fetched < 20; fetched++) {
		if (fetched > 0)
			waits(&b);
		query_answered(&b, ALL);
		for (unsigned i = 0; i < 4; i++)
			verifies(&b, i, i == 1 ? 2 : 3);
		fetches(&b, EVENT_FETCH_SHORT);
	}
	assert_int_equal(fetched, 9);
	ends(&b, OUTCOME_INCOMPLETE, REASON_FETCH);
}

static void what_cannot_be_rebuilt_is_left_alone(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, 1);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_null(ordered(&b, WHAT_COMMIT));
	waits(&b);
	query_answered(&b, ALL);
	assert_null(ordered(&b, WHAT_COMMIT));
	all_answer(&b, WHAT_VERIFY, 1);
	assert_null(ordered(&b, WHAT_COMMIT));
	ends(&b, OUTCOME_INCOMPLETE, REASON_CHUNKS);
}

static void what_was_put_back_by_hand_is_seen(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, ALL);
	b.records[0][0].have = 2; /* chunk 0, twice */
	b.records[3][0].have = 1;
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	waits(&b);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_VERIFY), ALL);
	for (unsigned i = 0; i < COUNT; i++)
		verifies(&b, i, i == 3 ? 1 : 3);
	assert_non_null(ordered(&b, WHAT_FETCH));
	quorum_release(&b.q);
}

static void what_who_is_away_may_have_is_not_lost(void **state)
{
	struct quorum_settings s = {.kind = QUORUM_HEAL};

	(void)state;
	for (s.gone = 0; s.gone < 2; s.gone++) {
		struct bench b;

		members(&b);
		whole(&b, ALL);
		start_with(&b, &s);
		query_answered(&b, 11);
		for (unsigned i = 0; i < COUNT; i++)
			if (i != 2)
				verifies(&b, i, i == 1 ? 0 : 3);
		ends(&b, OUTCOME_INCOMPLETE,
		     s.gone ? REASON_CHUNKS : REASON_TOO_FEW);
	}
}

static void narrow(struct bench *b)
{
	members(b);
	whole(b, 7);
	for (unsigned i = 0; i < 3; i++)
		spans(b, i, 3, i);
}

static void a_narrow_stripe_is_spread_when_all_are_members(void **state)
{
	struct bench b;
	const struct quorum_order *o;

	(void)state;
	narrow(&b);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, 7);
	assert_int_equal(asked(&b, WHAT_COMMIT), 8);
	all_answer(&b, WHAT_COMMIT, 8);
	assert_int_equal(b.q.need, 7);
	fetches(&b, EVENT_FETCHED);
	o = the(&b, WHAT_STAGE);
	assert_int_equal(o->to, ALL);
	assert_int_equal(o->version.y, 4);
	assert_int_equal(o->version.tag.ctr, 3);
	assert_int_equal(o->version.tag.put, 1);
	assert_int_equal(o->version.tag.gen, 1);
	all_answer(&b, WHAT_STAGE, ALL);
	assert_int_equal(asked(&b, WHAT_COMMIT), ALL);
	all_answer(&b, WHAT_COMMIT, ALL);
	assert_true(b.q.healed.restriped);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void marks_of_the_old_stripe_are_none_of_the_new(void **state)
{
	struct bench b;

	(void)state;
	narrow(&b);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, 7);
	all_answer(&b, WHAT_COMMIT, 8);
	fetches(&b, EVENT_FETCHED);
	all_answer(&b, WHAT_STAGE, ALL);
	all_answer(&b, WHAT_COMMIT, 3);
	assert_int_equal(quorum_marks(&b.q), 3);
	quorum_release(&b.q);
}

static void a_narrow_stripe_waits_for_who_is_away(void **state)
{
	struct bench b;

	(void)state;
	narrow(&b);
	start(&b, QUORUM_HEAL);
	query_answered(&b, 7);
	all_answer(&b, WHAT_VERIFY, 7);
	assert_int_equal(b.order_count, 0);
	assert_false(b.q.healed.full);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void the_gen_is_above_all_that_were_seen(void **state)
{
	struct bench b;

	(void)state;
	narrow(&b);
	holds(&b, 1, 3, RECORD_STAGED);
	b.records[1][0].v.tag.gen = 6; /* a heal that was killed */
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, 7);
	all_answer(&b, WHAT_COMMIT, 8);
	fetches(&b, EVENT_FETCHED);
	assert_int_equal(the(&b, WHAT_STAGE)->version.tag.gen, 7);
	quorum_release(&b.q);
}

static void a_stripe_that_fails_leaves_the_old_one(void **state)
{
	struct bench b;

	(void)state;
	narrow(&b);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, 7);
	all_answer(&b, WHAT_COMMIT, 8);
	fetches(&b, EVENT_FETCHED);
	refuses(&b, WHAT_STAGE, 2, ST_NO_SPACE, NULL);
	assert_int_equal(asked(&b, WHAT_ABORT), ALL);
	all_answer(&b, WHAT_ABORT, ALL);
	assert_true(b.q.healed.narrow);
	assert_int_equal(b.q.healed.refusal, ST_NO_SPACE);
	assert_int_equal(b.q.healed.marks, ALL);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_put_that_comes_between_starts_it_over(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, ALL);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	for (unsigned i = 0; i < COUNT; i++)
		verifies(&b, i, i == 1 ? 0 : 3);
	fetches(&b, EVENT_FETCHED);
	refuses(&b, WHAT_RESTORE, 1, ST_SUPERSEDED, NULL);
	waits(&b);
	assert_int_equal(asked(&b, WHAT_QUERY), ALL);
	quorum_release(&b.q);
}

static void deleted(struct bench *b, uint64_t on)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (on >> i & 1)
			holds(b, i, 8, RECORD_TOMBSTONE);
}

static void a_deletion_all_agree_on_is_forgotten(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	deleted(&b, ALL);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_null(ordered(&b, WHAT_COMMIT));
	assert_int_equal(asked(&b, WHAT_FORGET), ALL);
	all_answer(&b, WHAT_FORGET, ALL);
	assert_true(b.q.healed.forgotten);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_deletion_is_forgotten_with_the_stage_above_it(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	deleted(&b, ALL);
	holds(&b, 1, 9, RECORD_STAGED);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_DISCARD), 2);
	all_answer(&b, WHAT_DISCARD, 2);
	assert_int_equal(asked(&b, WHAT_FORGET), ALL);
	assert_int_equal(b.q.found.version.y, 0);
	assert_int_equal(tag_compare(&the(&b, WHAT_FORGET)->version.tag,
				     &b.q.found.version.tag),
			 0);
	all_answer(&b, WHAT_FORGET, ALL);
	assert_true(b.q.healed.forgotten);
	assert_false(b.q.healed.pending);
	assert_int_equal(b.q.healed.discarded, 1);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void who_has_forgotten_is_not_told_again(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	deleted(&b, 14);
	b.stores[0].floor = 8;
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_null(ordered(&b, WHAT_COMMIT));
	assert_int_equal(asked(&b, WHAT_FORGET), 14);
	refuses(&b, WHAT_FORGET, 1, ST_REFUSED, NULL);
	answers(&b, WHAT_FORGET, 2, b.q.round);
	answers(&b, WHAT_FORGET, 3, b.q.round);
	assert_false(b.q.healed.forgotten);
	assert_true(b.q.healed.pending);
	assert_int_equal(b.q.healed.marks, ALL);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_deletion_waits_for_who_lacks_it(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	deleted(&b, 14);
	holds(&b, 0, 7, RECORD_COMMITTED);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_COMMIT), 1);
	all_answer(&b, WHAT_COMMIT, 1);
	assert_null(ordered(&b, WHAT_FORGET));
	assert_true(b.q.healed.pending);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_deletion_waits_for_who_is_away(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	deleted(&b, 14);
	start(&b, QUORUM_HEAL);
	query_answered(&b, 14);
	assert_null(ordered(&b, WHAT_FORGET));
	assert_true(b.q.healed.pending);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void stages_of_the_dead_are_discarded(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, ALL);
	holds(&b, 0, 5, RECORD_STAGED);
	holds(&b, 2, 6, RECORD_STAGED);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, ALL);
	assert_int_equal(asked(&b, WHAT_DISCARD), 4);
	assert_int_equal(the(&b, WHAT_DISCARD)->version.tag.ctr, 6);
	all_answer(&b, WHAT_DISCARD, 4);
	assert_int_equal(asked(&b, WHAT_DISCARD), 1);
	assert_int_equal(the(&b, WHAT_DISCARD)->version.tag.ctr, 5);
	all_answer(&b, WHAT_DISCARD, 1);
	assert_int_equal(b.q.healed.discarded, 2);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void what_members_forgot_does_not_rise_from_an_old_disk(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	holds(&b, 3, 4, RECORD_COMMITTED);
	joins(&b, 3);
	for (unsigned i = 0; i < 3; i++)
		b.stores[i].floor = 9;
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_null(ordered(&b, WHAT_VERIFY));
	assert_null(ordered(&b, WHAT_COMMIT));
	assert_int_equal(asked(&b, WHAT_DISCARD), 8);
	all_answer(&b, WHAT_DISCARD, 8);
	ends(&b, OUTCOME_ABSENT, REASON_NONE);
}

static void an_old_disk_that_keeps_it_does_not_join(void **state)
{
	struct bench b;

	(void)state;
	for (unsigned how = 0; how < 3; how++) {
		members(&b);
		holds(&b, 3, 4, RECORD_COMMITTED);
		joins(&b, 3);
		for (unsigned i = 0; i < 3; i++)
			b.stores[i].floor = 9;
		start(&b, QUORUM_HEAL);
		query_answered(&b, ALL);
		if (how == 0)
			loses(&b, WHAT_DISCARD, 3, b.q.round);
		else if (how == 1)
			refuses(&b, WHAT_DISCARD, 3, ST_IO, NULL);
		else
			waits(&b);
		assert_int_equal(b.q.healed.discarded, 0);
		assert_int_equal(b.q.healed.marks, 7);
		ends(&b, OUTCOME_ABSENT, REASON_NONE);
	}
}

/* It is sent the newer record, and does not take it in time. */
static void an_old_disk_with_an_older_record_does_not_join(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	holds(&b, 3, 4, RECORD_COMMITTED);
	joins(&b, 3);
	for (unsigned i = 0; i < 3; i++) {
		b.stores[i].floor = 9;
		b.stores[i].cluster.epoch = 2;
	}
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_JOIN), 8);
	loses(&b, WHAT_JOIN, 3, b.q.round);
	waits(&b);
	query_answered(&b, ALL);
	assert_int_equal(b.q.healed.marks, 7);
	ends(&b, OUTCOME_ABSENT, REASON_NONE);
}

/* What it holds was never seen by the members, or forgotten; the version that
 * they have is older. */
static void an_old_disk_does_not_hide_the_newest_version(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, 7);
	holds(&b, 3, 5, RECORD_COMMITTED);
	joins(&b, 3);
	for (unsigned i = 0; i < 3; i++)
		b.stores[i].floor = 9;
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_int_equal(b.q.found.version.tag.ctr, 3);
	all_answer(&b, WHAT_VERIFY, 7);
	assert_int_equal(asked(&b, WHAT_DISCARD), 8);
	assert_int_equal(the(&b, WHAT_DISCARD)->version.tag.ctr, 5);
	all_answer(&b, WHAT_DISCARD, 8);
	b.counts[3] = 0;
	waits(&b);
	assert_int_equal(asked(&b, WHAT_QUERY), ALL);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, 7);
	assert_int_equal(asked(&b, WHAT_COMMIT), 8);
	quorum_release(&b.q);
}

static void a_member_without_the_mark_is_left_undone(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	for (unsigned i = 0; i < COUNT; i++)
		holds(&b, i, 3, i < 2 ? RECORD_COMMITTED : RECORD_STAGED);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, ALL);
	assert_int_equal(asked(&b, WHAT_COMMIT), 12);
	answers(&b, WHAT_COMMIT, 2, b.q.round);
	assert_false(quorum_is_done(&b.q));
	loses(&b, WHAT_COMMIT, 3, b.q.round);
	assert_int_equal(b.q.healed.copies, 2);
	assert_int_equal(b.q.healed.unmarked, 8);
	assert_false(quorum_is_whole(&b.q));
	ends(&b, OUTCOME_OK, REASON_NONE);

	members(&b);
	deleted(&b, 7);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	loses(&b, WHAT_COMMIT, 3, b.q.round);
	assert_int_equal(b.q.healed.unmarked, 8);
	assert_false(quorum_is_whole(&b.q));
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_new_stripe_that_a_member_lacks_is_left_undone(void **state)
{
	struct bench b;

	(void)state;
	narrow(&b);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, 7);
	all_answer(&b, WHAT_COMMIT, 8);
	fetches(&b, EVENT_FETCHED);
	all_answer(&b, WHAT_STAGE, ALL);
	all_answer(&b, WHAT_COMMIT, 7);
	loses(&b, WHAT_COMMIT, 3, b.q.round);
	assert_true(b.q.healed.restriped);
	assert_int_equal(b.q.healed.unmarked, 8);
	assert_false(quorum_is_whole(&b.q));
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_dry_heal_restores_nothing_that_is_given_up(void **state)
{
	struct quorum_settings s = {
		.kind = QUORUM_HEAL, .dry = true, .accept_loss = true};
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, 1);
	start_with(&b, &s);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, 1);
	assert_int_equal(b.q.healed.marked, 14);
	assert_int_equal(b.q.healed.restored, 0);
	assert_int_equal(b.q.healed.copies, 0);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void a_dry_heal_changes_nothing(void **state)
{
	struct quorum_settings s = {.kind = QUORUM_HEAL, .dry = true};
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, 7);
	blank(&b, 3);
	start_with(&b, &s);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, 7);
	assert_int_equal(b.order_count, 0);
	assert_int_equal(b.q.healed.marked, 8);
	assert_int_equal(b.q.healed.restored, 8);
	assert_int_equal(b.q.healed.copies, 1);
	ends(&b, OUTCOME_OK, REASON_NONE);
}

static void members_with_an_older_record_get_the_newer(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, ALL);
	for (unsigned i = 0; i < 3; i++)
		b.stores[i].cluster.epoch = 2;
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_JOIN), 8);
	assert_int_equal(b.q.join.cluster.epoch, 2);
	b.stores[3].cluster.epoch = 2;
	all_answer(&b, WHAT_JOIN, 8);
	waits(&b);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_VERIFY), ALL);
	quorum_release(&b.q);
}

static void a_newer_record_makes_nobody_a_member(void **state)
{
	struct msg_join m;
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, ALL);
	holds(&b, 0, 5, RECORD_STAGED);
	for (unsigned i = 0; i < 3; i++)
		b.stores[i].cluster.epoch = 2;
	joins(&b, 3);
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_int_equal(asked(&b, WHAT_JOIN), 8);
	quorum_join(&b.q, 3, &m);
	assert_false(m.heal);
	quorum_release(&b.q);
}

static void a_record_that_few_carry_is_not_sent_on(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, ALL);
	b.stores[0].cluster.epoch = 2;
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	assert_null(ordered(&b, WHAT_JOIN));
	assert_int_equal(b.q.view.cluster.epoch, 1);
	assert_int_equal(b.q.view.members, 14);
	quorum_release(&b.q);
}

static void a_removal_spreads_what_the_leaving_server_had(void **state)
{
	struct bench b;

	(void)state;
	members(&b);
	whole(&b, ALL);
	b.stores[3].state = STORE_LEAVING;
	start(&b, QUORUM_HEAL);
	query_answered(&b, ALL);
	all_answer(&b, WHAT_VERIFY, ALL);
	fetches(&b, EVENT_FETCHED);
	assert_int_equal(asked(&b, WHAT_STAGE), 7);
	assert_int_equal(the(&b, WHAT_STAGE)->version.y, 3);
	quorum_release(&b.q);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(nothing_to_do_is_only_verified),
		T(a_blank_server_gets_the_mark_and_its_place),
		T(a_bad_chunk_is_replaced_where_it_is),
		T(an_answer_that_comes_late_is_none),
		T(presence_is_no_proof),
		T(a_loss_that_is_accepted_is_marked),
		T(what_cannot_be_fetched_is_not_called_overwritten),
		T(what_cannot_be_rebuilt_is_left_alone),
		T(what_was_put_back_by_hand_is_seen),
		T(what_who_is_away_may_have_is_not_lost),
		T(a_narrow_stripe_is_spread_when_all_are_members),
		T(marks_of_the_old_stripe_are_none_of_the_new),
		T(a_narrow_stripe_waits_for_who_is_away),
		T(the_gen_is_above_all_that_were_seen),
		T(a_stripe_that_fails_leaves_the_old_one),
		T(a_put_that_comes_between_starts_it_over),
		T(a_deletion_all_agree_on_is_forgotten),
		T(a_deletion_is_forgotten_with_the_stage_above_it),
		T(who_has_forgotten_is_not_told_again),
		T(a_deletion_waits_for_who_lacks_it),
		T(a_deletion_waits_for_who_is_away),
		T(stages_of_the_dead_are_discarded),
		T(what_members_forgot_does_not_rise_from_an_old_disk),
		T(an_old_disk_that_keeps_it_does_not_join),
		T(an_old_disk_with_an_older_record_does_not_join),
		T(an_old_disk_does_not_hide_the_newest_version),
		T(a_member_without_the_mark_is_left_undone),
		T(a_new_stripe_that_a_member_lacks_is_left_undone),
		T(a_dry_heal_restores_nothing_that_is_given_up),
		T(a_dry_heal_changes_nothing),
		T(members_with_an_older_record_get_the_newer),
		T(a_newer_record_makes_nobody_a_member),
		T(a_record_that_few_carry_is_not_sent_on),
		T(a_removal_spreads_what_the_leaving_server_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
