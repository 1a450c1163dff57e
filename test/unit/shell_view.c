/* What answers mean: cluster, members, the newest version, a listing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "view.h"

#define COUNT 5

struct answers {
	struct msg_store stores[COUNT];
	const struct msg_store *given[COUNT];
	struct record records[COUNT][4];
	struct held held[COUNT];
	unsigned count;
	struct view v;
	struct found f;
};

/* `count` members of cluster 5, with nothing. */
static void members(struct answers *a, unsigned count)
{
	memset(a, 0, sizeof(*a));
	a->count = count;
	for (unsigned i = 0; i < count; i++) {
		struct msg_store *s = &a->stores[i];

		s->state = STORE_MEMBER;
		s->stamp.store[0] = (uint8_t)(i + 1);
		memset(s->cluster.id, 5, STORE_ID_SIZE);
		s->cluster.epoch = 1;
		s->cluster.n = (uint8_t)count;
		a->given[i] = s;
		a->held[i].list = a->records[i];
	}
}

static void blank(struct answers *a, unsigned i)
{
	a->stores[i].state = STORE_BLANK;
	memset(&a->stores[i].cluster, 0, sizeof(a->stores[i].cluster));
}

static void judge(struct answers *a)
{
	view_make(&a->v, a->given, a->count);
	found_make(&a->f, &a->v, a->given, a->held, a->count);
}

/* Server i holds that version too; call with the highest first.  place: of
 * a stripe of y servers, turn 0. */
static void holds(struct answers *a, unsigned i, uint64_t ctr,
		  enum record_state state, uint8_t y)
{
	struct record *r = &a->records[i][a->held[i].count++];

	*r = (struct record){
		.v = {.tag = {.ctr = ctr}, .y = y},
		.state = state,
		.place = RECORD_NO_PLACE,
	};
	if (state == RECORD_STAGED || state == RECORD_COMMITTED) {
		r->place = (uint8_t)i;
		r->first = (uint8_t)i;
		r->have = 3;
	}
	if (record_is_committed(r))
		a->stores[i].flags |= STORE_VERSIONS;
}

static void w_and_r_meet_for_every_number_of_servers(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= COUNT; n++) {
		struct answers a;

		members(&a, n);
		judge(&a);
		assert_int_equal(a.v.n, n);
		assert_int_equal(a.v.w, n / 2 + 1);
		assert_int_equal(a.v.w + a.v.r, n + 1);
		assert_true(a.v.established);
		assert_int_equal(mask_count(a.v.members), n);
	}
}

static void without_a_record_the_list_counts(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	for (unsigned i = 0; i < 4; i++)
		blank(&a, i);
	judge(&a);
	assert_int_equal(a.v.n, 4);
	assert_false(a.v.established);
	assert_int_equal(a.v.blank, 15);
	assert_int_equal(a.v.writable, 15);
}

static void a_joining_store_does_not_tell_n(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 5);
	a.stores[0].state = STORE_JOINING;
	a.stores[0].cluster.n = 0;
	judge(&a);
	assert_int_equal(a.v.n, 5);
	for (unsigned i = 1; i < 5; i++)
		a.given[i] = NULL;
	judge(&a);
	assert_int_equal(a.v.n, 5);
	assert_int_equal(a.v.w, 3);
	assert_false(a.v.established);
}

static void the_newest_record_that_a_majority_carries_holds(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	a.stores[1].cluster.epoch = 2;
	a.stores[1].cluster.n = 5;
	judge(&a);
	assert_int_equal(a.v.cluster.epoch, 1);
	assert_int_equal(a.v.n, 4);
	assert_int_equal(a.v.members, 13);
	assert_int_equal(a.v.behind, 0);
	for (unsigned i = 2; i < 4; i++)
		a.stores[i].cluster = a.stores[1].cluster;
	judge(&a);
	assert_int_equal(a.v.cluster.epoch, 2);
	assert_int_equal(a.v.n, 5);
	assert_int_equal(a.v.members, 14);
	assert_int_equal(a.v.behind, 1);
	assert_int_equal(a.v.valid, 15);
}

static void a_server_that_left_under_an_older_record_is_gone(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	a.stores[3].state = STORE_LEAVING;
	judge(&a);
	assert_int_equal(a.v.leaving, 8);
	assert_int_equal(a.v.removed, 0);
	for (unsigned i = 0; i < 3; i++) {
		a.stores[i].cluster.epoch = 2;
		a.stores[i].cluster.n = 3;
	}
	judge(&a);
	assert_int_equal(a.v.leaving, 0);
	assert_int_equal(a.v.removed, 8);
	assert_int_equal(a.v.members, 7);
}

static void between_two_records_the_newer_counts(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	for (unsigned i = 2; i < 4; i++)
		a.stores[i].cluster.epoch = 2;
	judge(&a);
	assert_int_equal(a.v.cluster.epoch, 2);
	assert_int_equal(a.v.members, 12);
	assert_int_equal(a.v.behind, 3);
	assert_false(a.v.established);
}

static void what_members_may_have_forgotten_does_not_count(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	a.stores[3].state = STORE_JOINING;
	for (unsigned i = 0; i < 3; i++)
		a.stores[i].floor = 9;
	holds(&a, 3, 9, RECORD_COMMITTED, 4);
	judge(&a);
	assert_false(a.f.committed);
	assert_int_equal(a.f.ctr_max, 9);
	/* Who else, when the members prove nothing? */
	a.given[0] = a.given[1] = NULL;
	a.stores[2].state = STORE_JOINING;
	judge(&a);
	assert_true(a.f.committed);
}

static void what_members_cannot_have_forgotten_counts(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	a.stores[3].state = STORE_JOINING;
	for (unsigned i = 0; i < 3; i++)
		a.stores[i].floor = 9;
	holds(&a, 3, 9, RECORD_COMMITTED, 4);
	a.stores[1].floor = 8;
	judge(&a);
	assert_true(a.f.committed);
	a.stores[1].floor = 9;
	holds(&a, 2, 9, RECORD_STAGED, 4);
	judge(&a);
	assert_true(a.f.committed);
}

static void a_surplus_server_takes_nothing(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	a.stores[3].state = STORE_BLANK;
	for (unsigned i = 0; i < 3; i++)
		a.stores[i].cluster.n = 3;
	judge(&a);
	assert_int_equal(a.v.writable, 7);
	assert_int_equal(a.v.roomy, 7);
}

static void another_cluster_is_no_answer(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	memset(a.stores[2].cluster.id, 1, STORE_ID_SIZE);
	holds(&a, 2, 9, RECORD_TOMBSTONE, 0);
	judge(&a);
	assert_int_equal(a.v.strangers, 4);
	assert_int_equal(a.v.valid, 11);
	assert_false(a.f.committed);
	assert_int_equal(a.f.ctr_max, 0);
}

static void the_established_cluster_is_the_cluster(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 5);
	memset(a.stores[0].cluster.id, 1, STORE_ID_SIZE);
	memset(a.stores[1].cluster.id, 1, STORE_ID_SIZE);
	a.stores[0].flags = STORE_VERSIONS;
	judge(&a);
	assert_int_equal(a.v.cluster.id[0], 5);
	assert_true(a.v.established);
	/* No id is: then the one with a version. */
	a.given[4] = NULL;
	judge(&a);
	assert_int_equal(a.v.cluster.id[0], 1);
	assert_false(a.v.established);
}

static void one_store_under_two_addresses_is_seen(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	a.stores[3].stamp = a.stores[1].stamp;
	judge(&a);
	assert_int_equal(a.v.doubled, 10);
}

static void who_can_take_data_is_told(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	a.stores[0].flags = STORE_READ_ONLY;
	a.stores[1].flags = STORE_FULL;
	a.stores[2].state = STORE_LEAVING;
	judge(&a);
	assert_int_equal(a.v.writable, 10);
	assert_int_equal(a.v.roomy, 8);
	assert_int_equal(a.v.members, 11);
}

static void only_blank_answers_make_a_new_cluster(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 3);
	blank(&a, 0);
	blank(&a, 1);
	judge(&a);
	/* The member may have been away, and a blank one lost its disk. */
	assert_false(view_is_new(&a.v));
	blank(&a, 2);
	judge(&a);
	assert_true(view_is_new(&a.v));
	a.given[1] = NULL;
	judge(&a);
	assert_false(view_is_new(&a.v));
}

static void a_beginning_meets_a_version_despite_a_lost_disk(void **state)
{
	(void)state;
	for (unsigned n = 2; n <= LAYOUT_MAX; n++) {
		unsigned w = n / 2 + 1;

		assert_true(view_beginners(n) + (w - 1) > n);
		assert_true(view_beginners(n) >= w);
		assert_true(view_beginners(n) <= w + 1);
	}
}

static void a_stage_is_no_version_but_raises_the_counter(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	holds(&a, 0, 7, RECORD_STAGED, 4);
	holds(&a, 0, 3, RECORD_COMMITTED, 4);
	a.stores[1].floor = 5;
	judge(&a);
	assert_true(a.f.committed);
	assert_int_equal(a.f.version.tag.ctr, 3);
	assert_int_equal(a.f.ctr_max, 7);
	a.stores[1].floor = 9;
	judge(&a);
	assert_int_equal(a.f.ctr_max, 9);
}

static void marks_are_of_the_version_or_above(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	holds(&a, 0, 4, RECORD_COMMITTED, 4);
	holds(&a, 1, 4, RECORD_WITNESS, 4);
	holds(&a, 2, 4, RECORD_STAGED, 4);
	holds(&a, 2, 2, RECORD_COMMITTED, 4);
	holds(&a, 3, 3, RECORD_COMMITTED, 4);
	judge(&a);
	assert_int_equal(a.f.version.tag.ctr, 4);
	assert_int_equal(a.f.marks, 3);
}

static void staged_copies_serve_to_rebuild(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 4);
	holds(&a, 0, 4, RECORD_COMMITTED, 4); /* chunks 0, 1 */
	holds(&a, 1, 4, RECORD_WITNESS, 4);
	judge(&a);
	assert_false(a.f.rebuildable);
	holds(&a, 2, 4, RECORD_STAGED, 4); /* chunks 2, 3 */
	judge(&a);
	assert_true(a.f.rebuildable);
	assert_int_equal(a.f.holders[0], 1);
	assert_int_equal(a.f.holders[1], 1);
	assert_int_equal(a.f.holders[2], 4);
	assert_int_equal(a.f.holders[3], 4);
	a.records[2][0].have = 1; /* chunk 3's file is gone */
	judge(&a);
	assert_false(a.f.rebuildable);
	assert_ptr_equal(found_digest(&a.f, &a.held[2], 2),
			 &a.records[2][0].chunk[0]);
	assert_null(found_digest(&a.f, &a.held[2], 3));
	assert_null(found_digest(&a.f, &a.held[3], 0));
}

static void a_listing_tells_whole_from_incomplete(void **state)
{
	struct answers a;

	(void)state;
	members(&a, 3);
	judge(&a);
	assert_int_equal(view_list(&a.v, &a.f), LISTED_NOT);
	holds(&a, 0, 4, RECORD_COMMITTED, 3);
	holds(&a, 1, 4, RECORD_COMMITTED, 3);
	judge(&a);
	assert_true(view_proves(&a.v));
	assert_int_equal(view_list(&a.v, &a.f), LISTED_WHOLE);
	a.given[1] = NULL;
	judge(&a);
	assert_int_equal(view_list(&a.v, &a.f), LISTED_INCOMPLETE);
	a.given[2] = NULL;
	judge(&a);
	assert_false(view_proves(&a.v));
	assert_int_equal(view_list(&a.v, &a.f), LISTED_INCOMPLETE);
	members(&a, 3);
	holds(&a, 0, 5, RECORD_TOMBSTONE, 0);
	holds(&a, 1, 4, RECORD_COMMITTED, 3);
	judge(&a);
	assert_int_equal(view_list(&a.v, &a.f), LISTED_NOT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(w_and_r_meet_for_every_number_of_servers),
		cmocka_unit_test(without_a_record_the_list_counts),
		cmocka_unit_test(a_joining_store_does_not_tell_n),
		cmocka_unit_test(
			the_newest_record_that_a_majority_carries_holds),
		cmocka_unit_test(
			a_server_that_left_under_an_older_record_is_gone),
		cmocka_unit_test(between_two_records_the_newer_counts),
		cmocka_unit_test(
			what_members_may_have_forgotten_does_not_count),
		cmocka_unit_test(what_members_cannot_have_forgotten_counts),
		cmocka_unit_test(a_surplus_server_takes_nothing),
		cmocka_unit_test(another_cluster_is_no_answer),
		cmocka_unit_test(the_established_cluster_is_the_cluster),
		cmocka_unit_test(one_store_under_two_addresses_is_seen),
		cmocka_unit_test(who_can_take_data_is_told),
		cmocka_unit_test(only_blank_answers_make_a_new_cluster),
		cmocka_unit_test(
			a_beginning_meets_a_version_despite_a_lost_disk),
		cmocka_unit_test(a_stage_is_no_version_but_raises_the_counter),
		cmocka_unit_test(marks_are_of_the_version_or_above),
		cmocka_unit_test(staged_copies_serve_to_rebuild),
		cmocka_unit_test(a_listing_tells_whole_from_incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
