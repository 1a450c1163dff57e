/* The store's start beside things that look like its own, and are not. */
#include "store_kit.h"

enum { SMALL = 1000, NAMES = 8 };

static const char *const names[NAMES] = {"a", "b", "c", "d",
					 "e", "f", "g", "h"};

static struct record highest(struct kit *k, const char *name)
{
	struct msg_query_answer a = kit_query(k, name);

	assert_true(a.count > 0);
	return a.records[0];
}

/* A chunk file of that index, and length, in the name's version directory. */
static void make_chunk(struct kit *k, const char *name, unsigned index,
		       uint8_t byte)
{
	struct record r = highest(k, name), one = r;
	char path[KIT_PATH_MAX + RECORD_CHUNK_MAX], text[SMALL];
	size_t len = (size_t)layout_length(r.v.size, r.v.y, index);
	int n = snprintf(path, KIT_PATH_MAX, "%s/",
			 kit_version_path(k, name, &r, -1));

	one.first = (uint8_t)index;
	memset(one.chunk[0].bytes, byte, sizeof(one.chunk[0].bytes));
	record_chunk_name(&one, 0, path + n);
	memset(text, '?', len);
	text[len] = '\0';
	kit_make_file(path, text);
}

/* ---- chunk files of other places */

static void chunks_of_other_places_are_in_nobodys_way(void **state)
{
	struct kit *k = *state;

	for (unsigned i = 0; i < NAMES; i++) {
		unsigned first = kit_first(names[i]);

		kit_put(k, names[i], 1, SMALL);
		make_chunk(k, names[i], (first + 2) % 4, 0x11);
		make_chunk(k, names[i], (first + 3) % 4, 0x22);
	}
	kit_again(k);
	for (unsigned i = 0; i < NAMES; i++) {
		assert_int_equal(highest(k, names[i]).first,
				 kit_first(names[i]));
		kit_get(k, names[i], 1, SMALL);
	}
	assert_int_equal(kit_files(k, NULL), 4 * NAMES);
}

/* missing: bits of the place's own files that are gone. */
static void heals(struct kit *k, const char *name, unsigned missing)
{
	struct record r = highest(k, name);
	unsigned first = kit_first(name);

	for (int i = 0; i < 2; i++)
		if (missing & (1u << i))
			assert_int_equal(
				unlink(kit_version_path(k, name, &r, i)), 0);
	make_chunk(k, name, (first + 2) % 4, 0x11);
	if (missing != 3)
		make_chunk(k, name, (first + 3) % 4, 0x22);
	kit_again(k);
	r = highest(k, name);
	assert_int_equal(r.first, first);
	assert_int_equal(r.have, 3 & ~missing);
	assert_int_equal(kit_restore(k, name, 1, SMALL), ST_OK);
	kit_get(k, name, 1, SMALL);
	kit_again(k);
	kit_get(k, name, 1, SMALL);
}

static void a_lost_chunk_comes_back_beside_chunks_of_other_places(void **state)
{
	struct kit *k = *state;

	for (unsigned i = 0; i < NAMES; i++) {
		kit_put(k, names[i], 1, SMALL);
		heals(k, names[i], 1 + i % 3);
	}
	/* With them two, or one where both chunks were lost. */
	assert_int_equal(kit_files(k, NULL), 4 * NAMES - NAMES / 3);
}

/* Two of one index: the one that is whole counts, however the directory lists
 * them. */
static void a_short_chunk_hides_no_whole_one(void **state)
{
	struct kit *k = *state;
	char path[KIT_PATH_MAX];

	for (unsigned i = 0; i < NAMES; i++) {
		struct record r;

		kit_put(k, names[i], 1, SMALL);
		r = highest(k, names[i]);
		(void)snprintf(path, sizeof(path), "%s",
			       kit_version_path(k, names[i], &r, 0));
		if (i % 2)
			assert_int_equal(rename(path, kit_path(k, "aside")), 0);
		memset(r.chunk[0].bytes, 0x33 + (int)i,
		       sizeof(r.chunk[0].bytes));
		kit_make_file(kit_version_path(k, names[i], &r, 0), "short");
		if (i % 2)
			assert_int_equal(rename(kit_path(k, "aside"), path), 0);
	}
	kit_again(k);
	for (unsigned i = 0; i < NAMES; i++)
		kit_get(k, names[i], 1, SMALL);
	assert_int_equal(kit_files(k, NULL), 3 * NAMES);
}

/* Somebody else's layout: its files tell it. */
static void a_place_of_another_layout_is_told_by_its_files(void **state)
{
	struct kit *k = *state;
	struct version v = kit_version(1, SMALL, DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(k, "f", &v);
	struct outcome no;
	struct stage *g;

	m.record.first = (uint8_t)((m.record.first + 2) % 4);
	g = store_stage_begin(k->store, &m, &no);
	assert_non_null(g);
	assert_int_equal(kit_send(k, &m, g).status, ST_OK);
	kit_again(k);
	assert_string_equal(kit_states(k, "f"), "s");
	assert_int_equal(highest(k, "f").first, m.record.first);
}

/* ---- two of one tag */

/* As somebody does who puts back what was removed. */
static void make_witness(struct kit *k, const char *name, uint16_t mode)
{
	struct record r = {.v = kit_version(1, SMALL, DIGEST_XXH3),
			   .state = RECORD_WITNESS,
			   .place = RECORD_NO_PLACE};

	(void)kit_end(&r.v);
	r.v.mode = mode;
	assert_int_equal(mkdir(kit_version_path(k, name, &r, -1), 0700), 0);
}

static void a_stage_beside_its_witness_is_committed(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	for (unsigned i = 0; i < NAMES; i++) {
		assert_int_equal(kit_stage(k, names[i], 1, SMALL), ST_OK);
		make_witness(k, names[i], 0644);
	}
	for (unsigned again = 0; again < 2; again++) {
		kit_again(k);
		for (unsigned i = 0; i < NAMES; i++) {
			assert_string_equal(kit_states(k, names[i]), "c");
			kit_get(k, names[i], 1, SMALL);
		}
		assert_int_equal(kit_files(k, &dirs), 2 * NAMES);
		assert_int_equal(dirs, 2 * NAMES);
	}
}

static void a_stage_that_is_not_whole_leaves_its_witness(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	for (unsigned i = 0; i < NAMES; i++) {
		struct record r;

		assert_int_equal(kit_stage(k, names[i], 1, SMALL), ST_OK);
		r = highest(k, names[i]);
		kit_make_file(kit_version_path(k, names[i], &r, 0), "short");
		make_witness(k, names[i], 0644);
	}
	kit_again(k);
	for (unsigned i = 0; i < NAMES; i++)
		assert_string_equal(kit_states(k, names[i]), "w");
	assert_int_equal(kit_files(k, &dirs), 0);
	assert_int_equal(dirs, 2 * NAMES);
}

/* The mark counts, and nobody knows what the stage is. */
static void a_stage_of_another_version_is_left_alone(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	for (unsigned i = 0; i < NAMES; i++) {
		assert_int_equal(kit_stage(k, names[i], 1, SMALL), ST_OK);
		make_witness(k, names[i], 0600);
	}
	kit_again(k);
	for (unsigned i = 0; i < NAMES; i++)
		assert_string_equal(kit_states(k, names[i]), "w");
	assert_int_equal(kit_files(k, &dirs), 2 * NAMES);
	assert_int_equal(dirs, 3 * NAMES);
}

/* A whole stage of the tag that is committed here, with its data. */
static void stage_again(struct kit *k, const char *name)
{
	struct record c = highest(k, name), s = c;
	char from[KIT_PATH_MAX], to[KIT_PATH_MAX];

	s.state = RECORD_STAGED;
	(void)snprintf(to, sizeof(to), "%s", kit_version_path(k, name, &s, -1));
	assert_int_equal(mkdir(to, 0700), 0);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(from, sizeof(from), "%s",
			       kit_version_path(k, name, &c, i));
		assert_int_equal(link(from, kit_version_path(k, name, &s, i)),
				 0);
	}
}

static void committed_data_come_before_all_of_their_tag(void **state)
{
	struct kit *k = *state;
	unsigned dirs;

	for (unsigned i = 0; i < NAMES; i++) {
		kit_put(k, names[i], 1, SMALL);
		stage_again(k, names[i]);
		make_witness(k, names[i], 0644);
	}
	kit_again(k);
	for (unsigned i = 0; i < NAMES; i++) {
		assert_string_equal(kit_states(k, names[i]), "c");
		kit_get(k, names[i], 1, SMALL);
	}
	assert_int_equal(kit_files(k, &dirs), 2 * NAMES);
	assert_int_equal(dirs, 2 * NAMES);
}

/* It may have the only good bytes here. */
static void a_stage_beside_damaged_data_is_left_alone(void **state)
{
	struct kit *k = *state;

	for (unsigned i = 0; i < NAMES; i++) {
		struct record r;

		kit_put(k, names[i], 1, SMALL);
		r = highest(k, names[i]);
		stage_again(k, names[i]);
		assert_int_equal(unlink(kit_version_path(k, names[i], &r, 1)),
				 0);
	}
	kit_again(k);
	for (unsigned i = 0; i < NAMES; i++) {
		assert_string_equal(kit_states(k, names[i]), "c");
		assert_int_equal(highest(k, names[i]).have, 1);
		assert_int_equal(kit_restore(k, names[i], 1, SMALL), ST_OK);
	}
	assert_int_equal(kit_files(k, NULL), 4 * NAMES);
	kit_again(k);
	assert_int_equal(kit_files(k, NULL), 2 * NAMES);
}

#define STRAYS_TEST(f) \
	cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STRAYS_TEST(chunks_of_other_places_are_in_nobodys_way),
		STRAYS_TEST(
			a_lost_chunk_comes_back_beside_chunks_of_other_places),
		STRAYS_TEST(a_short_chunk_hides_no_whole_one),
		STRAYS_TEST(a_place_of_another_layout_is_told_by_its_files),
		STRAYS_TEST(a_stage_beside_its_witness_is_committed),
		STRAYS_TEST(a_stage_that_is_not_whole_leaves_its_witness),
		STRAYS_TEST(a_stage_of_another_version_is_left_alone),
		STRAYS_TEST(committed_data_come_before_all_of_their_tag),
		STRAYS_TEST(a_stage_beside_damaged_data_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
