/* What a store may do: every refusal, and what is obeyed instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules.h"

#define FENCE_MS 60000
#define QUARANTINE_MS 15000
#define NOW_MS 1000000

static struct cluster_id cluster(uint8_t id)
{
	struct cluster_id c = {.epoch = 1, .n = 3};

	memset(c.id, id, sizeof(c.id));
	return c;
}

static struct rules_store store(enum store_state state)
{
	struct rules_store s = {
		.state = (uint8_t)state,
		.now_ms = NOW_MS,
		.fence_ms = FENCE_MS,
		.quarantine_ms = QUARANTINE_MS,
		.opened_ms = NOW_MS - QUARANTINE_MS,
	};

	memset(s.id, 1, sizeof(s.id));
	memset(s.boot, 2, sizeof(s.boot));
	if (state != STORE_BLANK)
		s.cluster = cluster(5);
	return s;
}

static struct msg_context context(const struct rules_store *s)
{
	struct msg_context c = {.cluster = cluster(5)};

	memcpy(c.stamp.store, s->id, sizeof(s->id));
	memcpy(c.stamp.boot, s->boot, sizeof(s->boot));
	c.stamp.time_ms = s->now_ms;
	return c;
}

static enum status may(const struct rules_store *s, const struct msg_context *c,
		       bool *adopt)
{
	*adopt = false;
	return rules_mutation(s, c, true, adopt);
}

static void a_change_must_name_the_cluster_and_the_epoch(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct msg_context c = context(&s);
	bool adopt;

	(void)state;
	assert_int_equal(may(&s, &c, &adopt), ST_OK);
	assert_false(adopt);
	c.cluster.n = 0; /* is not sent */
	assert_int_equal(may(&s, &c, &adopt), ST_OK);
	c.cluster.epoch = 2;
	assert_int_equal(may(&s, &c, &adopt), ST_OTHER_CLUSTER);
	c.cluster = cluster(6);
	assert_int_equal(may(&s, &c, &adopt), ST_OTHER_CLUSTER);
	c.cluster = cluster(0);
	assert_int_equal(may(&s, &c, &adopt), ST_OTHER_CLUSTER);
}

static void a_blank_store_adopts_any_cluster_but_none(void **state)
{
	struct rules_store s = store(STORE_BLANK);
	struct msg_context c = context(&s);
	bool adopt;

	(void)state;
	assert_int_equal(may(&s, &c, &adopt), ST_OK);
	assert_true(adopt);
	c.cluster = cluster(0);
	assert_int_equal(may(&s, &c, &adopt), ST_OTHER_CLUSTER);
	assert_int_equal(rules_read(&s, &c.cluster), ST_OTHER_CLUSTER);
}

static void a_stamp_serves_for_one_store_one_boot_and_a_fence(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct msg_context c = context(&s);
	bool adopt;

	(void)state;
	c.stamp.time_ms = NOW_MS - FENCE_MS;
	assert_int_equal(may(&s, &c, &adopt), ST_OK);
	c.stamp.time_ms--;
	assert_int_equal(may(&s, &c, &adopt), ST_STALE);
	c.stamp.time_ms = NOW_MS + 1;
	assert_int_equal(may(&s, &c, &adopt), ST_STALE);
	c = context(&s);
	c.stamp.boot[15] ^= 1;
	assert_int_equal(may(&s, &c, &adopt), ST_STALE);
	c = context(&s);
	c.stamp.store[15] ^= 1;
	assert_int_equal(may(&s, &c, &adopt), ST_STALE);
}

static void a_full_store_takes_what_needs_no_space(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct msg_context c = context(&s);
	bool adopt;

	(void)state;
	s.flags = STORE_FULL;
	assert_int_equal(rules_mutation(&s, &c, true, &adopt), ST_NO_SPACE);
	assert_int_equal(rules_mutation(&s, &c, false, &adopt), ST_OK);
	s.flags = STORE_READ_ONLY;
	assert_int_equal(rules_mutation(&s, &c, false, &adopt), ST_READ_ONLY);
	assert_int_equal(rules_read(&s, &c.cluster), ST_OK);
}

/* Records of one name */

static struct record record(uint64_t ctr, enum record_state state)
{
	return (struct record){
		.v = {.tag = {.ctr = ctr, .put = 9},
		      .y = state == RECORD_TOMBSTONE ? 0 : 3},
		.state = state,
	};
}

static void the_highest_committed_is_no_stage(void **state)
{
	struct record list[] = {record(7, RECORD_STAGED),
				record(5, RECORD_WITNESS),
				record(3, RECORD_COMMITTED)};
	struct rules_records r = {list, 3};
	struct tag tag = {.ctr = 3, .put = 9};

	(void)state;
	assert_ptr_equal(rules_committed(r), &list[1]);
	assert_ptr_equal(rules_find(r, &tag), &list[2]);
	tag.put = 8;
	assert_null(rules_find(r, &tag));
	r.count = 1;
	assert_null(rules_committed(r));
}

static void a_stage_below_what_is_committed_is_superseded(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct record list[] = {record(5, RECORD_WITNESS)};
	struct rules_records r = {list, 1};
	struct tag tag = {.ctr = 5, .put = 9};
	struct verdict v;

	(void)state;
	v = rules_stage(&s, r, &tag);
	assert_int_equal(v.step, RULES_REFUSE);
	assert_int_equal(v.status, ST_SUPERSEDED);
	assert_ptr_equal(v.other, &list[0]);
	tag.put = 10;
	assert_int_equal(rules_stage(&s, r, &tag).step, RULES_STAGE);
	list[0].state = RECORD_STAGED;
	tag.put = 9;
	assert_int_equal(rules_stage(&s, r, &tag).step, RULES_DONE);
	tag.put = 8;
	assert_int_equal(rules_stage(&s, r, &tag).step, RULES_STAGE);
}

static void a_counter_may_not_run_away_from_a_member(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct rules_records none = {NULL, 0};
	struct tag tag = {.ctr = 100 + RULES_CTR_STEP, .put = 9};
	struct version version = {.tag = tag, .y = 3};

	(void)state;
	s.ctr_max = 100;
	assert_int_equal(rules_stage(&s, none, &tag).step, RULES_STAGE);
	tag.ctr++;
	version.tag = tag;
	assert_int_equal(rules_stage(&s, none, &tag).status, ST_RANGE);
	assert_int_equal(rules_commit(&s, none, &version).status, ST_RANGE);
	s.floor = 101;
	assert_int_equal(rules_stage(&s, none, &tag).step, RULES_STAGE);
	s.floor = 0;
	s.state = STORE_JOINING;
	assert_int_equal(rules_stage(&s, none, &tag).step, RULES_STAGE);
	tag.ctr = UINT64_MAX;
	s.state = STORE_MEMBER;
	assert_int_equal(rules_stage(&s, none, &tag).status, ST_RANGE);
}

static void a_full_table_takes_commits_and_no_stages(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct record list[MSG_RECORDS_MAX];
	struct rules_records r = {list, MSG_RECORDS_MAX};
	struct version v = {.tag = {.ctr = 200}, .y = 3};

	(void)state;
	for (unsigned i = 0; i < MSG_RECORDS_MAX; i++)
		list[i] = record(MSG_RECORDS_MAX - i, RECORD_STAGED);
	s.ctr_max = MSG_RECORDS_MAX;
	assert_int_equal(rules_stage(&s, r, &v.tag).status, ST_LIMIT);
	assert_int_equal(rules_commit(&s, r, &v).step, RULES_WITNESS);
}

static void a_commit_shows_the_stage_or_leaves_a_mark(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct record list[] = {record(5, RECORD_STAGED),
				record(3, RECORD_COMMITTED)};
	struct rules_records r = {list, 2};
	struct version v = {.tag = {.ctr = 5, .put = 9}, .y = 3};

	(void)state;
	assert_int_equal(rules_commit(&s, r, &v).step, RULES_SHOW);
	v.y = 0;
	assert_int_equal(rules_commit(&s, r, &v).status, ST_BAD_REQUEST);
	v.tag.ctr = 6;
	assert_int_equal(rules_commit(&s, r, &v).step, RULES_BURY);
	v.y = 3;
	assert_int_equal(rules_commit(&s, r, &v).step, RULES_WITNESS);
	v.tag.ctr = 3;
	assert_int_equal(rules_commit(&s, r, &v).step, RULES_DONE);
	v.tag.ctr = 2;
	assert_int_equal(rules_commit(&s, r, &v).step, RULES_DONE);
}

static void an_abort_drops_a_stage_and_nothing_else(void **state)
{
	struct record list[] = {record(5, RECORD_STAGED),
				record(3, RECORD_COMMITTED)};
	struct rules_records r = {list, 2};
	struct tag tag = {.ctr = 5, .put = 9};

	(void)state;
	assert_int_equal(rules_abort(r, &tag).step, RULES_DROP);
	tag.ctr = 3;
	assert_int_equal(rules_abort(r, &tag).step, RULES_DONE);
	tag.ctr = 4;
	assert_int_equal(rules_abort(r, &tag).step, RULES_DONE);
}

static void a_commit_retires_what_is_below_it(void **state)
{
	struct record low = record(4, RECORD_STAGED);
	struct record same = record(5, RECORD_COMMITTED);
	struct record high = record(6, RECORD_STAGED);
	struct tag tag = {.ctr = 5, .put = 9};

	(void)state;
	assert_true(rules_retires(&low, &tag));
	assert_false(rules_retires(&same, &tag));
	assert_false(rules_retires(&high, &tag));
}

/* Repair */

static struct record data(uint64_t ctr, enum record_state state)
{
	struct record r = record(ctr, state);

	r.v.size = 100;
	r.v.mode = 0644;
	r.v.alg = 1;
	r.place = state == RECORD_WITNESS ? RECORD_NO_PLACE : 1;
	r.first = state == RECORD_WITNESS ? 0 : 2;
	return r;
}

static void a_restore_is_for_what_is_committed(void **state)
{
	struct record want = data(5, RECORD_COMMITTED);
	struct record list[] = {data(7, RECORD_STAGED),
				data(5, RECORD_WITNESS)};
	struct rules_records r = {list, 2};
	struct verdict v;

	(void)state;
	want.state = RECORD_STAGED;
	want.v.root.bytes[0] = 1; /* the end tells */
	assert_int_equal(rules_restore(r, &want).step, RULES_FILL);
	list[1] = data(5, RECORD_COMMITTED);
	assert_int_equal(rules_restore(r, &want).step, RULES_REPLACE);
	list[1] = data(6, RECORD_WITNESS);
	v = rules_restore(r, &want);
	assert_int_equal(v.status, ST_SUPERSEDED);
	assert_ptr_equal(v.other, &list[1]);
	list[1] = data(4, RECORD_COMMITTED);
	assert_int_equal(rules_restore(r, &want).status, ST_REFUSED);
	list[1] = data(5, RECORD_STAGED);
	assert_int_equal(rules_restore(r, &want).status, ST_REFUSED);
	r.count = 0;
	assert_int_equal(rules_restore(r, &want).status, ST_REFUSED);
}

static void a_restore_of_another_version_or_place_is_refused(void **state)
{
	struct record list[] = {data(5, RECORD_COMMITTED)};
	struct rules_records r = {list, 1};
	struct record want[6];

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		want[i] = list[0];
	want[0].v.size++;
	want[1].v.mtime_ns++;
	want[2].v.mode++;
	want[3].v.alg++;
	want[4].v.y++;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(rules_restore(r, &want[i]).status,
				 ST_BAD_REQUEST);
	want[5].place++;
	assert_int_equal(rules_restore(r, &want[5]).status, ST_REFUSED);
	want[5].place--;
	want[5].first--;
	assert_int_equal(rules_restore(r, &want[5]).status, ST_REFUSED);
	list[0] = record(5, RECORD_TOMBSTONE);
	assert_int_equal(rules_restore(r, &want[5]).status, ST_BAD_REQUEST);
}

static void a_tombstone_is_forgotten_when_old_and_alone(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct record list[] = {record(7, RECORD_STAGED),
				record(5, RECORD_TOMBSTONE)};
	struct rules_records both = {list, 2}, alone = {list + 1, 1};
	struct tag tag = {.ctr = 5, .put = 9};

	(void)state;
	s.gc_age_ms = 1000;
	assert_int_equal(rules_forget(&s, alone, &tag, 1000).step,
			 RULES_FORGET);
	assert_int_equal(rules_forget(&s, alone, &tag, 999).status, ST_REFUSED);
	assert_int_equal(rules_forget(&s, both, &tag, 1000).status, ST_REFUSED);
	s.state = STORE_JOINING;
	assert_int_equal(rules_forget(&s, alone, &tag, 1000).status,
			 ST_REFUSED);
	s.state = STORE_LEAVING;
	assert_int_equal(rules_forget(&s, alone, &tag, 1000).status,
			 ST_REFUSED);
	s.state = STORE_MEMBER;
	list[1] = record(5, RECORD_WITNESS);
	assert_int_equal(rules_forget(&s, alone, &tag, 1000).status,
			 ST_REFUSED);
	tag.ctr = 4;
	assert_int_equal(rules_forget(&s, alone, &tag, 0).step, RULES_DONE);
}

static void a_stage_is_discarded_when_old_and_above(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct record list[] = {record(7, RECORD_STAGED),
				record(5, RECORD_COMMITTED),
				record(3, RECORD_STAGED)};
	struct rules_records r = {list, 3};
	struct tag tag = {.ctr = 7, .put = 9};

	(void)state;
	s.gc_age_ms = 1000;
	assert_int_equal(rules_discard(&s, r, &tag, 1000).step, RULES_FORGET);
	assert_int_equal(rules_discard(&s, r, &tag, 999).status, ST_REFUSED);
	tag.ctr = 5;
	assert_int_equal(rules_discard(&s, r, &tag, 1000).status, ST_REFUSED);
	tag.ctr = 3;
	assert_int_equal(rules_discard(&s, r, &tag, 1000).status, ST_REFUSED);
	tag.ctr = 6;
	assert_int_equal(rules_discard(&s, r, &tag, 0).step, RULES_DONE);
	r.count = 1;
	tag.ctr = 7;
	assert_int_equal(rules_discard(&s, r, &tag, 1000).step, RULES_FORGET);
}

static void a_joining_store_gives_up_what_members_forgot(void **state)
{
	struct rules_store s = store(STORE_JOINING);
	struct record list[] = {record(5, RECORD_COMMITTED),
				record(3, RECORD_STAGED)};
	struct rules_records r = {list, 2};
	struct tag tag = {.ctr = 5, .put = 9};

	(void)state;
	s.gc_age_ms = 1000;
	assert_int_equal(rules_discard(&s, r, &tag, 0).step, RULES_DROP);
	tag.ctr = 3;
	assert_int_equal(rules_discard(&s, r, &tag, 0).status, ST_REFUSED);
}

/* JOIN */

static struct msg_join join(const struct rules_store *s, uint8_t id)
{
	struct msg_join j = {.cluster = cluster(id), .state = STORE_MEMBER};

	memcpy(j.store, s->id, sizeof(s->id));
	return j;
}

/* What the store makes of it; *after is untouched by a refusal. */
static enum status joins(const struct rules_store *s, const struct msg_join *j,
			 struct join_result *after)
{
	const char *why = NULL;
	enum status status;

	memset(after, 0, sizeof(*after));
	status = rules_join(s, j, after, &why);
	if (status == ST_REFUSED)
		assert_non_null(why);
	return status;
}

static void a_join_is_for_one_store(void **state)
{
	struct rules_store s = store(STORE_BLANK);
	struct msg_join j = join(&s, 5);
	struct join_result after;

	(void)state;
	j.store[0] ^= 1;
	assert_int_equal(joins(&s, &j, &after), ST_STALE);
	j = join(&s, 0);
	assert_int_equal(joins(&s, &j, &after), ST_BAD_REQUEST);
	j = join(&s, 5);
	j.cluster.n = 0;
	assert_int_equal(joins(&s, &j, &after), ST_BAD_REQUEST);
	j = join(&s, 5);
	s.flags = STORE_READ_ONLY;
	assert_int_equal(joins(&s, &j, &after), ST_READ_ONLY);
}

static void a_blank_store_begins_a_cluster(void **state)
{
	struct rules_store s = store(STORE_BLANK);
	struct msg_join j = join(&s, 5);
	struct join_result after;

	(void)state;
	j.floor = 4;
	s.opened_ms = NOW_MS; /* without a quarantine */
	assert_int_equal(joins(&s, &j, &after), ST_OK);
	assert_true(after.changes);
	assert_int_equal(after.state, STORE_MEMBER);
	assert_int_equal(after.cluster.n, 3);
	assert_int_equal(after.floor, 4);
	j.cluster.epoch = 2;
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
}

static void a_heal_waits_for_the_quarantine(void **state)
{
	static const enum store_state states[] = {STORE_BLANK, STORE_JOINING};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rules_store s = store(states[i]);
		struct msg_join j = join(&s, 5);
		struct join_result after;

		s.flags = STORE_VERSIONS;
		j.heal = true;
		s.opened_ms = NOW_MS - QUARANTINE_MS + 1;
		assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
		s.opened_ms--;
		assert_int_equal(joins(&s, &j, &after), ST_OK);
		assert_int_equal(after.state, STORE_MEMBER);
	}
}

static void a_joining_store_with_versions_needs_a_heal(void **state)
{
	struct rules_store s = store(STORE_JOINING);
	struct msg_join j = join(&s, 5);
	struct join_result after;

	(void)state;
	s.flags = STORE_STAGES;
	assert_int_equal(joins(&s, &j, &after), ST_OK);
	assert_false(after.drop_stages);
	s.flags = STORE_VERSIONS;
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
}

static void a_member_takes_a_newer_record_and_no_older_one(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct msg_join j = join(&s, 5);
	struct join_result after;

	(void)state;
	s.floor = 8;
	assert_int_equal(joins(&s, &j, &after), ST_OK);
	assert_false(after.changes);
	j.cluster.epoch = 2;
	j.cluster.n = 4;
	assert_int_equal(joins(&s, &j, &after), ST_OK);
	assert_true(after.changes);
	assert_int_equal(after.cluster.n, 4);
	assert_int_equal(after.floor, 8);
	s.cluster.epoch = 3;
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
}

static void the_lower_cluster_id_wins_before_there_is_data(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct msg_join lower = join(&s, 4);
	struct msg_join higher = join(&s, 6);
	struct join_result after;

	(void)state;
	assert_int_equal(joins(&s, &lower, &after), ST_OK);
	assert_int_equal(after.cluster.id[0], 4);
	assert_int_equal(joins(&s, &higher, &after), ST_REFUSED);
	s.flags = STORE_STAGES;
	assert_int_equal(joins(&s, &lower, &after), ST_REFUSED);
	lower.carried_r = true;
	assert_int_equal(joins(&s, &lower, &after), ST_OK);
	assert_true(after.drop_stages);
	higher.carried_r = true;
	assert_int_equal(joins(&s, &higher, &after), ST_REFUSED);
	higher.carried_w_version = true;
	assert_int_equal(joins(&s, &higher, &after), ST_OK);
	assert_true(after.drop_stages);
}

static void a_store_with_a_version_never_changes_its_cluster(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct msg_join j = join(&s, 4);
	struct join_result after;

	(void)state;
	j.carried_r = true;
	j.carried_w_version = true;
	s.flags = STORE_VERSIONS;
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
	s.flags = 0;
	s.cluster.epoch = 2;
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
	s.cluster.epoch = 1;
	j.heal = true;
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
}

/* Changes of members */

static void a_next_epoch_changes_the_record_and_not_the_state(void **state)
{
	static const enum store_state states[] = {STORE_JOINING, STORE_MEMBER};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rules_store s = store(states[i]);
		struct msg_join j = join(&s, 5);
		struct join_result after;

		s.flags = STORE_VERSIONS;
		s.floor = 8;
		j.floor = 6;
		j.cluster.epoch = 2;
		j.cluster.n = 4;
		assert_int_equal(joins(&s, &j, &after), ST_OK);
		assert_true(after.changes);
		assert_int_equal(after.state, states[i]);
		assert_int_equal(after.cluster.epoch, 2);
		assert_int_equal(after.cluster.n, 4);
		assert_int_equal(after.floor, 8);
		assert_false(after.drop_stages);
		j.floor = 9;
		assert_int_equal(joins(&s, &j, &after), ST_OK);
		assert_int_equal(after.floor, 9);
	}
}

/* Else every later counter would be too far up. */
static void a_members_floor_does_not_leap(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct msg_join j = join(&s, 5);
	struct join_result after;

	(void)state;
	s.flags = STORE_VERSIONS;
	s.floor = 8;
	s.ctr_max = 9;
	for (unsigned epoch = 1; epoch <= 2; epoch++) {
		j.cluster.epoch = epoch;
		j.floor = UINT64_MAX;
		assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
		j.floor = 9 + RULES_CTR_STEP + 1;
		assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
		j.floor = 9 + RULES_CTR_STEP;
		assert_int_equal(joins(&s, &j, &after), ST_OK);
		assert_int_equal(after.floor, j.floor);
	}
	/* A joining one has only the members' word. */
	s.state = STORE_JOINING;
	j.heal = true;
	j.floor = UINT64_MAX;
	assert_int_equal(joins(&s, &j, &after), ST_OK);
}

static void an_era_begins_with_the_members_that_there_are(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct msg_join j = {.state = STORE_MEMBER};
	struct join_result after;
	const char *why;

	(void)state;
	memcpy(j.store, s.id, sizeof(j.store));
	j.cluster = s.cluster;
	j.cluster.epoch = 1 << 16;
	assert_int_equal(rules_join(&s, &j, &after, &why), ST_OK);
	j.cluster.n++;
	assert_int_equal(rules_join(&s, &j, &after, &why), ST_REFUSED);
	s.state = STORE_JOINING;
	assert_int_equal(rules_join(&s, &j, &after, &why), ST_OK);
}

static void a_heal_takes_a_joining_store_into_the_next_epoch(void **state)
{
	struct rules_store s = store(STORE_JOINING);
	struct msg_join j = join(&s, 5);
	struct join_result after;

	(void)state;
	s.flags = STORE_VERSIONS;
	j.heal = true;
	j.cluster.epoch = 2;
	j.cluster.n = 4;
	s.opened_ms = NOW_MS;
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
	s.opened_ms = NOW_MS - QUARANTINE_MS;
	assert_int_equal(joins(&s, &j, &after), ST_OK);
	assert_int_equal(after.state, STORE_MEMBER);
	assert_int_equal(after.cluster.n, 4);
}

static void one_epoch_has_one_number_of_members(void **state)
{
	static const enum store_state states[] = {STORE_JOINING, STORE_MEMBER,
						  STORE_LEAVING};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rules_store s = store(states[i]);
		struct msg_join j = join(&s, 5);
		struct join_result after;

		j.heal = true;
		j.cluster.n = 4;
		assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
		if (states[i] == STORE_LEAVING)
			continue;
		s.cluster.n = 0; /* from a STAGE: not told yet */
		assert_int_equal(joins(&s, &j, &after), ST_OK);
		assert_true(after.changes);
		assert_int_equal(after.cluster.n, 4);
	}
}

static void a_member_is_told_to_leave_and_stays_leaving(void **state)
{
	struct rules_store s = store(STORE_MEMBER);
	struct msg_join j = join(&s, 5);
	struct join_result after;

	(void)state;
	j.state = STORE_LEAVING;
	assert_int_equal(joins(&s, &j, &after), ST_OK);
	assert_true(after.changes);
	assert_int_equal(after.state, STORE_LEAVING);
	s.state = STORE_LEAVING;
	j.floor = 9;
	assert_int_equal(joins(&s, &j, &after), ST_OK);
	assert_false(after.changes);
	assert_int_equal(after.state, STORE_LEAVING);
	j.cluster.epoch = 2;
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
	j = join(&s, 5);
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
	j.heal = true;
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
}

static void a_lost_store_with_versions_needs_a_heal(void **state)
{
	struct rules_store s = store(STORE_BLANK);
	struct msg_join j = join(&s, 5);
	struct join_result after;

	(void)state;
	s.flags = STORE_VERSIONS;
	assert_int_equal(joins(&s, &j, &after), ST_REFUSED);
	j.heal = true;
	assert_int_equal(joins(&s, &j, &after), ST_OK);
	assert_int_equal(after.state, STORE_MEMBER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_must_name_the_cluster_and_the_epoch),
		cmocka_unit_test(a_blank_store_adopts_any_cluster_but_none),
		cmocka_unit_test(
			a_stamp_serves_for_one_store_one_boot_and_a_fence),
		cmocka_unit_test(a_full_store_takes_what_needs_no_space),
		cmocka_unit_test(the_highest_committed_is_no_stage),
		cmocka_unit_test(a_stage_below_what_is_committed_is_superseded),
		cmocka_unit_test(a_counter_may_not_run_away_from_a_member),
		cmocka_unit_test(a_full_table_takes_commits_and_no_stages),
		cmocka_unit_test(a_commit_shows_the_stage_or_leaves_a_mark),
		cmocka_unit_test(an_abort_drops_a_stage_and_nothing_else),
		cmocka_unit_test(a_commit_retires_what_is_below_it),
		cmocka_unit_test(a_restore_is_for_what_is_committed),
		cmocka_unit_test(
			a_restore_of_another_version_or_place_is_refused),
		cmocka_unit_test(a_tombstone_is_forgotten_when_old_and_alone),
		cmocka_unit_test(a_stage_is_discarded_when_old_and_above),
		cmocka_unit_test(a_joining_store_gives_up_what_members_forgot),
		cmocka_unit_test(
			a_next_epoch_changes_the_record_and_not_the_state),
		cmocka_unit_test(an_era_begins_with_the_members_that_there_are),
		cmocka_unit_test(a_members_floor_does_not_leap),
		cmocka_unit_test(
			a_heal_takes_a_joining_store_into_the_next_epoch),
		cmocka_unit_test(one_epoch_has_one_number_of_members),
		cmocka_unit_test(a_member_is_told_to_leave_and_stays_leaving),
		cmocka_unit_test(a_lost_store_with_versions_needs_a_heal),
		cmocka_unit_test(a_join_is_for_one_store),
		cmocka_unit_test(a_blank_store_begins_a_cluster),
		cmocka_unit_test(a_heal_waits_for_the_quarantine),
		cmocka_unit_test(a_joining_store_with_versions_needs_a_heal),
		cmocka_unit_test(
			a_member_takes_a_newer_record_and_no_older_one),
		cmocka_unit_test(
			the_lower_cluster_id_wins_before_there_is_data),
		cmocka_unit_test(
			a_store_with_a_version_never_changes_its_cluster),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
