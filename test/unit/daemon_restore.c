/* RESTORE: good chunks for a version that is committed. */
#include "store_kit.h"

enum size { SMALL = 1000, LARGE = 1000000, TINY = 2 };

static const uint64_t sizes[] = {0, TINY, SMALL, LARGE};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Bytes that are wrong, under the right name and length. */
static void rot(struct kit *k, const char *name, int which)
{
	struct msg_query_answer a = kit_query(k, name);
	FILE *f = fopen(kit_version_path(k, name, &a.records[0], which), "r+");

	assert_non_null(f);
	assert_int_equal(fputc('?', f), '?');
	assert_int_equal(fclose(f), 0);
}

static unsigned have(struct kit *k, const char *name)
{
	return kit_query(k, name).records[0].have;
}

/* Both chunks, by the digests in their names. */
static void whole(struct kit *k, const char *name, uint64_t ctr)
{
	unsigned first = kit_first(name);
	struct outcome no;

	assert_int_equal(kit_verify(k, name, ctr, first, &no), VERIFY_GOOD);
	assert_int_equal(kit_verify(k, name, ctr, layout_next(first, 4), &no),
			 VERIFY_GOOD);
}

static void a_witness_is_filled(void **state)
{
	struct kit *k = *state;

	for (unsigned i = 0; i < SIZES; i++) {
		uint64_t ctr = i + 1;

		assert_int_equal(kit_commit(k, "f", ctr, sizes[i]), ST_OK);
		assert_string_equal(kit_states(k, "f"), "w");
		assert_int_equal(kit_restore(k, "f", ctr, sizes[i]), ST_OK);
		assert_string_equal(kit_states(k, "f"), "c");
		assert_int_equal(have(k, "f"), 3);
		kit_get(k, "f", ctr, sizes[i]);
		whole(k, "f", ctr);
		assert_int_equal(kit_files(k, NULL), 2);
		kit_again(k);
		kit_get(k, "f", ctr, sizes[i]);
		assert_int_equal(kit_files(k, NULL), 2);
	}
}

static void chunks_are_replaced_good_or_bad(void **state)
{
	struct kit *k = *state;

	for (unsigned i = 1; i < SIZES; i++) {
		uint64_t ctr = i + 1;
		struct outcome no;

		kit_put(k, "f", ctr, sizes[i]);
		assert_int_equal(kit_restore(k, "f", ctr, sizes[i]), ST_OK);
		whole(k, "f", ctr);
		rot(k, "f", 0);
		assert_int_equal(kit_verify(k, "f", ctr, kit_first("f"), &no),
				 VERIFY_BAD);
		assert_int_equal(have(k, "f"), 2);
		assert_int_equal(kit_restore(k, "f", ctr, sizes[i]), ST_OK);
		assert_int_equal(have(k, "f"), 3);
		kit_get(k, "f", ctr, sizes[i]);
		whole(k, "f", ctr);
		assert_int_equal(kit_files(k, NULL), 2);
		kit_again(k);
		whole(k, "f", ctr);
	}
}

#define RESTORE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RESTORE_TEST(a_witness_is_filled),
		RESTORE_TEST(chunks_are_replaced_good_or_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
