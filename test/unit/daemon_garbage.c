/* FORGET and DISCARD: what goes, and when. */
#include "store_kit.h"

static uint64_t floor_of(struct kit *k)
{
	struct msg_store d;

	store_describe(k->store, &d);
	return d.floor;
}

static void a_forgotten_tombstone_leaves_the_floor(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	k->store->gc_age_ms = 0;
	assert_int_equal(kit_rm(k, "d/f", 7), ST_OK);
	assert_int_equal(kit_forget(k, "d/f", 7), ST_REFUSED);
	assert_int_equal(kit_join(k, STORE_MEMBER), ST_OK);
	assert_int_equal(kit_forget(k, "d/f", 6), ST_OK);
	assert_string_equal(kit_states(k, "d/f"), "d");
	assert_int_equal(floor_of(k), 0);
	assert_int_equal(kit_forget(k, "d/f", 7), ST_OK);
	assert_string_equal(kit_states(k, "d/f"), "");
	assert_int_equal(floor_of(k), 7);
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 0);
	kit_again(k);
	assert_int_equal(floor_of(k), 7);
	assert_string_equal(kit_states(k, "d/f"), "");
}

#define GARBAGE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		GARBAGE_TEST(a_forgotten_tombstone_leaves_the_floor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
