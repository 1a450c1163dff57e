/* Who becomes a member, and how members change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "roster.h"

#define COUNT 5
#define T(f) cmocka_unit_test(f)

struct cast {
	struct msg_store stores[COUNT];
	const struct msg_store *given[COUNT];
	struct roster r;
	struct change c;
};

/* The first n of `count` are members of cluster 5; the others blank. */
static void members(struct cast *a, unsigned n, unsigned count)
{
	memset(a, 0, sizeof(*a));
	for (unsigned i = 0; i < count; i++) {
		struct msg_store *s = &a->stores[i];

		s->stamp.store[0] = (uint8_t)(i + 1);
		a->given[i] = s;
		if (i >= n)
			continue;
		s->state = STORE_MEMBER;
		s->flags = STORE_VERSIONS;
		memset(s->cluster.id, 5, STORE_ID_SIZE);
		s->cluster.epoch = 1;
		s->cluster.n = (uint8_t)n;
	}
}

static void replaced(struct cast *a, unsigned i)
{
	a->stores[i].state = STORE_BLANK;
	a->stores[i].flags = 0;
	memset(&a->stores[i].cluster, 0, sizeof(a->stores[i].cluster));
}

/* The heal of a name ends with these marks. */
static void healed(struct cast *a, enum quorum_outcome outcome, uint64_t marks,
		   unsigned y)
{
	static struct quorum q;

	memset(&q, 0, sizeof(q));
	q.outcome = outcome;
	q.healed.marks = marks;
	q.version.y = (uint8_t)y;
	q.found.ctr_max = 40;
	for (unsigned i = 0; i < COUNT; i++) {
		q.servers[i].answered = a->given[i] != NULL;
		q.servers[i].store = a->stores[i];
	}
	roster_name(&a->r, &q);
}

static enum roster_verdict begins(struct cast *a, unsigned count)
{
	return roster_begin(&a->r, a->given, count, false);
}

static void a_new_disk_joins_with_all_marks(void **state)
{
	struct msg_join m;
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	replaced(&a, 2);
	a.stores[1].floor = 7;
	assert_int_equal(begins(&a, 4), ROSTER_OK);
	assert_int_equal(roster_newcomers(&a.r), 4);
	healed(&a, OUTCOME_OK, 15, 4);
	healed(&a, OUTCOME_ABSENT, 15, 0);
	assert_int_equal(roster_joiners(&a.r), 4);
	roster_join(&a.r, 2, &m);
	assert_int_equal(m.store[0], 3);
	assert_int_equal(m.floor, 40);
	assert_int_equal(m.cluster.n, 4);
	assert_true(m.heal);
}

static void one_mark_that_is_missing_keeps_it_out(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	replaced(&a, 2);
	begins(&a, 4);
	healed(&a, OUTCOME_OK, 11, 4);
	healed(&a, OUTCOME_OK, 15, 4);
	assert_int_equal(roster_joiners(&a.r), 0);
}

static void a_name_that_is_lost_keeps_it_out(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	replaced(&a, 2);
	begins(&a, 4);
	healed(&a, OUTCOME_INCOMPLETE, 15, 4);
	assert_int_equal(roster_joiners(&a.r), 0);
}

static void a_store_that_was_swapped_meanwhile_does_not_join(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	replaced(&a, 2);
	begins(&a, 4);
	a.stores[2].stamp.store[0] = 99;
	healed(&a, OUTCOME_OK, 15, 4);
	assert_int_equal(roster_joiners(&a.r), 0);
}

static void one_more_than_the_record_says_does_not_join(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 5);
	begins(&a, 5);
	assert_int_equal(roster_surplus(&a.r), 16);
	assert_int_equal(roster_joiners(&a.r), 0);
}

static void narrow_files_are_counted(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	begins(&a, 4);
	healed(&a, OUTCOME_OK, 15, 3);
	healed(&a, OUTCOME_OK, 15, 4);
	assert_int_equal(a.r.narrow, 1);
}

static void too_few_begin_nothing(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	a.given[1] = a.given[2] = a.given[3] = NULL;
	assert_int_equal(begins(&a, 4), ROSTER_TOO_FEW);
	members(&a, 0, 4);
	assert_int_equal(begins(&a, 4), ROSTER_NEW);
}

static void a_moved_cluster_wants_all_its_stores(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	for (unsigned i = 0; i < 4; i++)
		a.stores[i].state = STORE_JOINING;
	assert_int_equal(begins(&a, 4), ROSTER_TOO_FEW);
	assert_int_equal(roster_begin(&a.r, a.given, 4, true), ROSTER_OK);
	healed(&a, OUTCOME_OK, 15, 4);
	assert_int_equal(roster_joiners(&a.r), 15);
	a.given[3] = NULL;
	assert_int_equal(roster_begin(&a.r, a.given, 4, true), ROSTER_TOO_FEW);
}

/* Members change */

static void carry(struct cast *a, unsigned i, uint32_t epoch, unsigned n)
{
	a->stores[i].cluster.epoch = epoch;
	a->stores[i].cluster.n = (uint8_t)n;
}

static void adding_sends_all_the_next_record(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 5);
	assert_int_equal(roster_add(&a.c, a.given, 5, 4), ROSTER_OK);
	assert_false(a.c.begun);
	assert_int_equal(a.c.to, 15);
	assert_int_equal(a.c.enough, 3);
	assert_int_equal(a.c.join.cluster.epoch, 2);
	assert_int_equal(a.c.join.cluster.n, 5);
	assert_false(a.c.join.heal);
}

static void adding_goes_on_where_it_was_killed(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 5);
	carry(&a, 0, 2, 5);
	assert_int_equal(roster_add(&a.c, a.given, 5, 4), ROSTER_OK);
	assert_true(a.c.begun);
	assert_int_equal(a.c.carried, 1);
	assert_int_equal(a.c.to, 14);
	assert_int_equal(a.c.join.cluster.epoch, 2);
	carry(&a, 1, 2, 5);
	carry(&a, 2, 2, 5);
	carry(&a, 3, 2, 5);
	assert_int_equal(roster_add(&a.c, a.given, 5, 4), ROSTER_OK);
	assert_int_equal(a.c.to, 0);
	assert_int_equal(a.c.carried, 15);
}

static void adding_wants_the_list_and_a_blank_server(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	assert_int_equal(roster_add(&a.c, a.given, 4, 3), ROSTER_OK);
	assert_int_equal(a.c.to, 0); /* it is a member: nothing to do */
	members(&a, 3, 5);
	assert_int_equal(roster_add(&a.c, a.given, 5, 4), ROSTER_LIST);
	members(&a, 4, 5);
	a.given[4] = NULL;
	assert_int_equal(roster_add(&a.c, a.given, 5, 4), ROSTER_ABSENT);
	members(&a, 4, 5);
	memset(a.stores[4].cluster.id, 9, STORE_ID_SIZE);
	a.stores[4].state = STORE_MEMBER;
	assert_int_equal(roster_add(&a.c, a.given, 5, 4), ROSTER_STATE);
	members(&a, 4, 5);
	a.given[0] = a.given[1] = NULL;
	assert_int_equal(roster_add(&a.c, a.given, 5, 4), ROSTER_TOO_FEW);
}

static void a_stranger_at_its_address_is_not_the_server(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	memset(a.stores[3].cluster.id, 9, STORE_ID_SIZE);
	assert_int_equal(roster_leave(&a.c, a.given, 4, 3, false),
			 ROSTER_ABSENT);
	assert_int_equal(roster_leave(&a.c, a.given, 4, 3, true), ROSTER_OK);
	assert_int_equal(a.c.to, 7);
}

static void a_live_server_is_told_that_it_leaves(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	assert_int_equal(roster_remove(&a.c, a.given, 4, 1, false),
			 ROSTER_STATE);
	assert_int_equal(roster_leave(&a.c, a.given, 4, 1, false), ROSTER_OK);
	assert_int_equal(a.c.to, 2);
	assert_int_equal(a.c.join.state, STORE_LEAVING);
	assert_int_equal(a.c.join.cluster.epoch, 1);
	a.stores[1].state = STORE_LEAVING;
	assert_int_equal(roster_leave(&a.c, a.given, 4, 1, false), ROSTER_OK);
	assert_int_equal(a.c.to, 0);
	a.c.join.cluster.epoch = 3;
	assert_int_equal(roster_remove(&a.c, a.given, 4, 1, false),
			 ROSTER_BUSY);
	assert_int_equal(roster_leave(&a.c, a.given, 4, 1, false), ROSTER_OK);
	assert_int_equal(roster_remove(&a.c, a.given, 4, 1, false), ROSTER_OK);
	assert_int_equal(a.c.to, 13);
	assert_int_equal(a.c.enough, 3);
	assert_int_equal(a.c.join.cluster.epoch, 2);
	assert_int_equal(a.c.join.cluster.n, 3);
}

static void removing_goes_on_where_it_was_killed(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	a.stores[1].state = STORE_LEAVING;
	carry(&a, 0, 2, 3);
	assert_int_equal(roster_leave(&a.c, a.given, 4, 1, false), ROSTER_OK);
	assert_int_equal(a.c.to, 0);
	assert_int_equal(roster_remove(&a.c, a.given, 4, 1, false), ROSTER_OK);
	assert_true(a.c.begun);
	assert_int_equal(a.c.carried, 1);
	assert_int_equal(a.c.to, 12);
}

static void a_dead_server_is_left_in_its_era(void **state)
{
	const uint32_t era = 1 << 16;
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	a.given[3] = NULL;
	assert_int_equal(roster_leave(&a.c, a.given, 4, 3, false),
			 ROSTER_ABSENT);
	assert_int_equal(roster_leave(&a.c, a.given, 4, 3, true), ROSTER_OK);
	assert_int_equal(a.c.to, 7);
	assert_int_equal(a.c.enough, 3);
	assert_int_equal(a.c.join.cluster.epoch, era);
	assert_int_equal(a.c.join.cluster.n, 4);
	for (unsigned i = 0; i < 3; i++)
		carry(&a, i, era, 4);
	/* It is back: as dead as before. */
	a.given[3] = &a.stores[3];
	assert_int_equal(roster_remove(&a.c, a.given, 4, 3, true), ROSTER_OK);
	assert_int_equal(a.c.view.members, 7);
	assert_int_equal(a.c.view.behind, 0);
	assert_int_equal(a.c.view.expelled, 8);
	assert_int_equal(a.c.to, 7);
	assert_int_equal(a.c.join.cluster.epoch, era + 1);
	assert_int_equal(a.c.join.cluster.n, 3);
}

static void an_era_begins_with_all_that_remain(void **state)
{
	const uint32_t era = 1 << 16;
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	a.given[3] = NULL;
	carry(&a, 0, era, 4);
	carry(&a, 1, era, 4);
	assert_int_equal(roster_leave(&a.c, a.given, 4, 3, true), ROSTER_OK);
	assert_true(a.c.to & 4);
	assert_true(a.c.enough == 3);
}

static void a_server_that_answers_is_not_dead(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	assert_int_equal(roster_leave(&a.c, a.given, 4, 3, true), ROSTER_STATE);
}

static void all_others_must_be_members(void **state)
{
	struct cast a;

	(void)state;
	members(&a, 4, 4);
	replaced(&a, 0);
	assert_int_equal(roster_leave(&a.c, a.given, 4, 3, false),
			 ROSTER_TOO_FEW);
	members(&a, 4, 4);
	a.given[0] = NULL;
	assert_int_equal(roster_leave(&a.c, a.given, 4, 3, false),
			 ROSTER_TOO_FEW);
	members(&a, 2, 2);
	assert_int_equal(roster_leave(&a.c, a.given, 2, 1, false), ROSTER_LAST);
	members(&a, 4, 4);
	a.stores[0].state = STORE_LEAVING;
	assert_int_equal(roster_leave(&a.c, a.given, 4, 3, false),
			 ROSTER_TOO_FEW);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_new_disk_joins_with_all_marks),
		T(one_mark_that_is_missing_keeps_it_out),
		T(a_name_that_is_lost_keeps_it_out),
		T(a_store_that_was_swapped_meanwhile_does_not_join),
		T(one_more_than_the_record_says_does_not_join),
		T(narrow_files_are_counted),
		T(too_few_begin_nothing),
		T(a_moved_cluster_wants_all_its_stores),
		T(adding_sends_all_the_next_record),
		T(adding_goes_on_where_it_was_killed),
		T(adding_wants_the_list_and_a_blank_server),
		T(a_stranger_at_its_address_is_not_the_server),
		T(a_live_server_is_told_that_it_leaves),
		T(removing_goes_on_where_it_was_killed),
		T(a_dead_server_is_left_in_its_era),
		T(an_era_begins_with_all_that_remain),
		T(a_server_that_answers_is_not_dead),
		T(all_others_must_be_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
