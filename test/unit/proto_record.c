/* Records: what they can deliver, and their names on disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record.h"

static const char dir_name[] =
	"@c-0000000000000007-0123456789abcdef-00000000-0000000000000000"
	"-04-02-0000000000001000003-17979cfe3d85cd15-0644"
	"-x101112131415161718191a1b1c1d1e1f";
static const char chunk_names[2][RECORD_CHUNK_MAX] = {
	"03-0000000000000250000-x202122232425262728292a2b2c2d2e2f",
	"00-0000000000000250001-x404142434445464748494a4b4c4d4e4f",
};

static struct digest count_up(unsigned first, size_t size)
{
	struct digest d = {{0}};

	for (size_t i = 0; i < size; i++)
		d.bytes[i] = (uint8_t)(first + i);
	return d;
}

static struct record sample(uint8_t alg)
{
	size_t size = digest_size(alg);

	return (struct record){
		.v = {.tag = {7, 0x0123456789abcdef, 0, 0},
		      .size = 1000003,
		      .mtime_ns = 1700000000123456789,
		      .mode = 0644,
		      .y = 4,
		      .alg = alg,
		      .root = count_up(0x10, size)},
		.state = RECORD_COMMITTED,
		.place = 2,
		.first = 3,
		.have = 3,
		.chunk = {count_up(0x20, size), count_up(0x40, size)},
	};
}

static struct record tombstone(void)
{
	return (struct record){
		.v = {.tag = {9, 1, 0, 0}, .alg = DIGEST_XXH3},
		.state = RECORD_TOMBSTONE,
		.place = RECORD_NO_PLACE,
	};
}

static struct record witness(void)
{
	struct record r = sample(DIGEST_XXH3);

	r.state = RECORD_WITNESS;
	r.place = RECORD_NO_PLACE;
	r.first = r.have = 0;
	return r;
}

static void everything_but_a_stage_is_committed(void **state)
{
	struct record r = sample(DIGEST_XXH3);

	(void)state;
	assert_true(record_is_committed(&r));
	r.state = RECORD_WITNESS;
	assert_true(record_is_committed(&r));
	r.state = RECORD_TOMBSTONE;
	assert_true(record_is_committed(&r));
	r.state = RECORD_STAGED;
	assert_false(record_is_committed(&r));
}

static void a_record_delivers_the_chunks_that_it_has(void **state)
{
	struct record r = sample(DIGEST_XXH3), w = witness();

	(void)state;
	assert_int_equal(record_chunks(&r), 1 << 3 | 1 << 0);
	r.have = 1;
	assert_int_equal(record_chunks(&r), 1 << 3);
	r.have = 2;
	assert_int_equal(record_chunks(&r), 1 << 0);
	r.have = 0;
	assert_int_equal(record_chunks(&r), 0);
	r.v.y = 64, r.first = 63, r.have = 3;
	assert_true(record_chunks(&r) == (UINT64_C(1) << 63 | 1));
	assert_int_equal(record_chunks(&w), 0);
}

static void a_directory_name_is_as_the_manual_writes_it(void **state)
{
	struct record r = sample(DIGEST_XXH3);
	char out[RECORD_DIR_MAX];

	(void)state;
	record_dir_name(&r, out);
	assert_string_equal(out, dir_name);
}

static void check_dir_name(struct record r)
{
	char out[RECORD_DIR_MAX], again[RECORD_DIR_MAX];
	struct record got = {.first = 77, .have = 78};

	record_dir_name(&r, out);
	assert_true(strlen(out) < RECORD_DIR_MAX);
	assert_int_equal(record_from_dir_name(out, &got), ERR_OK);
	assert_int_equal(got.first, 77);
	assert_int_equal(got.have, 78);
	assert_int_equal(got.state, r.state);
	assert_int_equal(got.place, r.place);
	assert_int_equal(tag_compare(&got.v.tag, &r.v.tag), 0);
	assert_true(got.v.size == r.v.size);
	assert_true(got.v.mtime_ns == r.v.mtime_ns);
	assert_int_equal(got.v.mode, r.v.mode);
	assert_int_equal(got.v.y, r.v.y);
	assert_int_equal(got.v.alg, r.v.alg);
	assert_true(digest_equal(&got.v.root, &r.v.root));
	record_dir_name(&got, again);
	assert_string_equal(again, out);
}

static void a_directory_name_tells_the_record(void **state)
{
	struct record r = sample(DIGEST_SHA256);

	(void)state;
	check_dir_name(sample(DIGEST_XXH3));
	check_dir_name(witness());
	check_dir_name(tombstone());
	check_dir_name(r);
	r.state = RECORD_STAGED;
	r.v.tag = (struct tag){UINT64_MAX, UINT64_MAX, UINT32_MAX, UINT64_MAX};
	r.v.size = INT64_MAX;
	r.v.mtime_ns = -1;
	r.v.mode = 0777;
	r.v.y = 64;
	r.place = 63;
	check_dir_name(r);
	r.v.mtime_ns = INT64_MIN;
	check_dir_name(r);
}

static void names_of_the_states_have_one_length(void **state)
{
	char staged[RECORD_DIR_MAX], committed[RECORD_DIR_MAX];
	struct record r = sample(DIGEST_XXH3);

	(void)state;
	record_dir_name(&r, committed);
	r.state = RECORD_STAGED;
	record_dir_name(&r, staged);
	assert_int_equal(staged[1], 's');
	staged[1] = 'c';
	assert_string_equal(staged, committed);
}

static void refuse_dir_name(const char *text)
{
	struct record r, before;

	memset(&r, 0xa5, sizeof(r));
	before = r;
	if (record_from_dir_name(text, &r) != ERR_FORMAT)
		fail_msg("taken: %s", text);
	assert_memory_equal(&r, &before, sizeof(r));
}

static void every_other_directory_name_is_refused(void **state)
{
	static const char wrong[] = "zZ@-/ 9";
	char text[sizeof(dir_name) + 1];

	(void)state;
	for (size_t at = 0; at < strlen(dir_name); at++) {
		memcpy(text, dir_name, sizeof(dir_name));
		for (size_t i = 0; i < sizeof(wrong); i++) {
			struct record r;
			char again[RECORD_DIR_MAX];

			text[at] = wrong[i];
			/* Some digits do make another record: itself. */
			if (record_from_dir_name(text, &r) == ERR_OK) {
				record_dir_name(&r, again);
				assert_string_equal(again, text);
			}
		}
		text[at] = '\0';
		refuse_dir_name(text);
	}
	memcpy(text, dir_name, sizeof(dir_name));
	memcpy(text + strlen(dir_name), "0", 2);
	refuse_dir_name(text);
}

/* dir_name with the characters at `at` replaced. */
static void refuse_change(size_t at, const char *by)
{
	char text[sizeof(dir_name)];

	memcpy(text, dir_name, sizeof(dir_name));
	memcpy(text + at, by, strlen(by));
	assert_string_not_equal(text, dir_name);
	refuse_dir_name(text);
}

static void numbers_out_of_range_make_no_directory_name(void **state)
{
	(void)state;
	refuse_change(0, "#");
	refuse_change(1, "x");
	refuse_change(1, "S");
	refuse_change(1, "w");		      /* a witness with a place */
	refuse_change(1, "d");		      /* a tombstone with data */
	refuse_change(3, "0000000000000000"); /* no counter */
	refuse_change(63, "00");	      /* no chunks */
	refuse_change(63, "01");
	refuse_change(63, "65");
	refuse_change(66, "04"); /* no such place */
	refuse_change(66, "99"); /* data without a place */
	refuse_change(69, "9223372036854775808");
	refuse_change(69, "9999999999999999999");
	refuse_change(106, "1000"); /* mode */
	refuse_change(106, "7777");
	refuse_change(111, "s"); /* too few digits for it */
	refuse_change(111, "m");
}

static void chunk_names_tell_index_length_and_digest(void **state)
{
	struct record r = sample(DIGEST_XXH3);
	char out[RECORD_CHUNK_MAX];

	(void)state;
	for (unsigned which = 0; which < 2; which++) {
		struct digest d;
		unsigned index;
		uint64_t length;
		uint8_t alg;

		record_chunk_name(&r, which, out);
		assert_string_equal(out, chunk_names[which]);
		assert_int_equal(
			record_from_chunk_name(out, &index, &length, &alg, &d),
			ERR_OK);
		assert_int_equal(index, which == 0 ? 3 : 0);
		assert_int_equal(length, which == 0 ? 250000 : 250001);
		assert_int_equal(alg, DIGEST_XXH3);
		assert_true(digest_equal(&d, &r.chunk[which]));
	}
}

static void a_long_digest_fits_a_chunk_name(void **state)
{
	struct record r = sample(DIGEST_SHA256);
	char out[RECORD_CHUNK_MAX];
	struct digest d;
	unsigned index;
	uint64_t length;
	uint8_t alg;

	(void)state;
	record_chunk_name(&r, 1, out);
	assert_int_equal(strlen(out), 2 + 1 + 19 + 1 + 1 + 64);
	assert_int_equal(record_from_chunk_name(out, &index, &length, &alg, &d),
			 ERR_OK);
	assert_int_equal(alg, DIGEST_SHA256);
	assert_true(digest_equal(&d, &r.chunk[1]));
}

static void refuse_chunk_name(const char *text)
{
	struct digest d = {{7}};
	unsigned index = 5;
	uint64_t length = 6;
	uint8_t alg = 9;

	if (record_from_chunk_name(text, &index, &length, &alg, &d) !=
	    ERR_FORMAT)
		fail_msg("taken: %s", text);
	assert_int_equal(index, 5);
	assert_int_equal(length, 6);
	assert_int_equal(alg, 9);
	assert_int_equal(d.bytes[0], 7);
}

static void every_other_chunk_name_is_refused(void **state)
{
	char text[RECORD_CHUNK_MAX + 1];

	(void)state;
	for (size_t at = 0; at < strlen(chunk_names[0]); at++) {
		memcpy(text, chunk_names[0], RECORD_CHUNK_MAX);
		text[at] = 'Z';
		refuse_chunk_name(text);
		text[at] = '\0';
		refuse_chunk_name(text);
	}
	memcpy(text, chunk_names[0], RECORD_CHUNK_MAX);
	memcpy(text, "64", 2);
	refuse_chunk_name(text);
	memcpy(text, chunk_names[0], RECORD_CHUNK_MAX);
	memcpy(text + 3, "9223372036854775808", 19);
	refuse_chunk_name(text);
	memcpy(text, chunk_names[0], RECORD_CHUNK_MAX);
	memcpy(text + strlen(text), "0", 2);
	refuse_chunk_name(text);
	refuse_chunk_name("lost+found");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_but_a_stage_is_committed),
		cmocka_unit_test(a_record_delivers_the_chunks_that_it_has),
		cmocka_unit_test(a_directory_name_is_as_the_manual_writes_it),
		cmocka_unit_test(a_directory_name_tells_the_record),
		cmocka_unit_test(names_of_the_states_have_one_length),
		cmocka_unit_test(every_other_directory_name_is_refused),
		cmocka_unit_test(numbers_out_of_range_make_no_directory_name),
		cmocka_unit_test(chunk_names_tell_index_length_and_digest),
		cmocka_unit_test(a_long_digest_fits_a_chunk_name),
		cmocka_unit_test(every_other_chunk_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
