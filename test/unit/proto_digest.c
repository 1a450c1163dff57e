/* Digests: known ones, in pieces and at once, and their texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "digest.h"

static const enum digest_alg algs[] = {DIGEST_XXH3, DIGEST_SHA256};

#define ALGS (sizeof(algs) / sizeof(algs[0]))
#define MILLION 1000000

static void check(enum digest_alg alg, const void *data, size_t len,
		  const char *want)
{
	char hex[2 * DIGEST_MAX + 1];
	struct digest d;

	memset(&d, 0xa5, sizeof(d));
	digest_of(alg, data, len, &d);
	digest_hex(d.bytes, digest_size(alg), hex);
	assert_string_equal(hex, want);
	for (size_t i = digest_size(alg); i < DIGEST_MAX; i++)
		assert_int_equal(d.bytes[i], 0);
}

/* As xxh128sum(1) and sha256sum(1) print them. */
static void digests_are_those_of_the_common_tools(void **state)
{
	uint8_t *zeros = calloc(1, MILLION);

	(void)state;
	assert_non_null(zeros);
	check(DIGEST_XXH3, NULL, 0, "99aa06d3014798d86001c324468d497f");
	check(DIGEST_XXH3, "abc", 3, "06b05ab6733a618578af5f94892f3950");
	check(DIGEST_XXH3, zeros, MILLION, "ef233fc372a159319d648391f361d99a");
	check(DIGEST_SHA256, NULL, 0,
	      "e3b0c44298fc1c149afbf4c8996fb924"
	      "27ae41e4649b934ca495991b7852b855");
	check(DIGEST_SHA256, "abc", 3,
	      "ba7816bf8f01cfea414140de5dae2223"
	      "b00361a396177a9cb410ff61f20015ad");
	check(DIGEST_SHA256, zeros, MILLION,
	      "d29751f2649b32ff572b5e0a9f541ea6"
	      "60a50f94ff0beedfb0b692b924cc8025");
	free(zeros);
}

static void pieces_of_any_length_give_the_same_digest(void **state)
{
	static uint8_t data[5000];
	struct digest whole, parts;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + 7);
	for (size_t a = 0; a < ALGS; a++) {
		struct digest_state *s = digest_new(algs[a]);

		assert_non_null(s);
		digest_of(algs[a], data, sizeof(data), &whole);
		for (size_t step = 1; step < sizeof(data); step += 97) {
			digest_reset(s);
			for (size_t at = 0; at < sizeof(data); at += step) {
				size_t left = sizeof(data) - at;

				digest_update(s, data + at,
					      left < step ? left : step);
				digest_update(s, NULL, 0);
			}
			digest_final(s, &parts);
			assert_true(digest_equal(&whole, &parts));
		}
		digest_free(s);
	}
	digest_free(NULL);
}

static void the_root_is_the_digest_over_the_chunks_digests(void **state)
{
	(void)state;
	for (size_t a = 0; a < ALGS; a++) {
		size_t size = digest_size(algs[a]);
		uint8_t joined[64 * DIGEST_MAX];
		struct digest chunks[64], root, want;

		for (unsigned i = 0; i < 64; i++) {
			digest_of(algs[a], &i, sizeof(i), &chunks[i]);
			memcpy(joined + i * size, chunks[i].bytes, size);
			digest_root(algs[a], chunks, i + 1, &root);
			digest_of(algs[a], joined, (i + 1) * size, &want);
			assert_true(digest_equal(&root, &want));
		}
	}
}

static void a_copy_goes_on_by_itself(void **state)
{
	struct digest got, wanted;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct digest_state *one = digest_new(algs[i]);
		struct digest_state *other = digest_new(algs[i]);

		assert_true(one && other);
		digest_update(other, "dropped", 7);
		digest_update(one, "begun", 5);
		digest_copy(other, one);
		digest_update(one, "this", 4);
		digest_update(other, "that", 4);
		digest_of(algs[i], "begunthat", 9, &wanted);
		digest_final(other, &got);
		assert_true(digest_equal(&got, &wanted));
		digest_of(algs[i], "begunthis", 9, &wanted);
		digest_final(one, &got);
		assert_true(digest_equal(&got, &wanted));
		digest_free(one);
		digest_free(other);
	}
}

static void an_algorithm_has_a_name_a_letter_and_a_size(void **state)
{
	(void)state;
	assert_int_equal(digest_size(DIGEST_XXH3), 16);
	assert_int_equal(digest_size(DIGEST_SHA256), 32);
	assert_string_equal(digest_name(DIGEST_XXH3), "xxh3");
	assert_string_equal(digest_name(DIGEST_SHA256), "sha256");
	for (size_t a = 0; a < ALGS; a++) {
		assert_int_equal(digest_from_name(digest_name(algs[a])),
				 algs[a]);
		assert_int_equal(digest_from_letter(digest_letter(algs[a])),
				 algs[a]);
	}
}

static void an_unknown_algorithm_is_nothing(void **state)
{
	static const int unknown[] = {0, 3, 255, -1};

	(void)state;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		enum digest_alg alg = (enum digest_alg)unknown[i];

		assert_int_equal(digest_size(alg), 0);
		assert_int_equal(digest_letter(alg), 0);
		assert_null(digest_name(alg));
		assert_null(digest_new(alg));
	}
	assert_int_equal(digest_from_name("md5"), 0);
	assert_int_equal(digest_from_name(""), 0);
	assert_int_equal(digest_from_letter('\0'), 0);
	assert_int_equal(digest_from_letter('X'), 0);
}

static void hex_is_lower_case_and_exact(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x9a, 0xff};
	static const char *const bad[] = {"",	     "009af",  "009afff",
					  "009aff0", "009aFF", "009afg",
					  " 09aff"};
	uint8_t got[3] = {1, 2, 3};
	char text[7];

	(void)state;
	digest_hex(bytes, sizeof(bytes), text);
	assert_string_equal(text, "009aff");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(digest_unhex(bad[i], got, 3), ERR_FORMAT);
	assert_memory_equal(got, "\1\2\3", 3);
	assert_int_equal(digest_unhex(text, got, 3), ERR_OK);
	assert_memory_equal(got, bytes, 3);
}

static void md5_is_that_of_md5sum(void **state)
{
	char hex[33];
	uint8_t md5[16];

	(void)state;
	digest_md5("foo", 3, md5);
	digest_hex(md5, sizeof(md5), hex);
	assert_string_equal(hex, "acbd18db4cc2f85cedef654fccc4a4d8");
	digest_md5(NULL, 0, md5);
	digest_hex(md5, sizeof(md5), hex);
	assert_string_equal(hex, "d41d8cd98f00b204e9800998ecf8427e");
}

static void random_bytes_fill_the_whole_and_do_not_repeat(void **state)
{
	static uint8_t a[100000], b[100000];
	unsigned seen[256] = {0};

	(void)state;
	digest_random(a, sizeof(a));
	digest_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++)
		seen[a[i]]++;
	for (size_t i = 0; i < 256; i++)
		assert_in_range(seen[i], 100, 1000);
	assert_memory_not_equal(a + sizeof(a) - 32, b + sizeof(b) - 32, 32);
	digest_random(a, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_common_tools),
		cmocka_unit_test(pieces_of_any_length_give_the_same_digest),
		cmocka_unit_test(
			the_root_is_the_digest_over_the_chunks_digests),
		cmocka_unit_test(a_copy_goes_on_by_itself),
		cmocka_unit_test(an_algorithm_has_a_name_a_letter_and_a_size),
		cmocka_unit_test(an_unknown_algorithm_is_nothing),
		cmocka_unit_test(hex_is_lower_case_and_exact),
		cmocka_unit_test(md5_is_that_of_md5sum),
		cmocka_unit_test(random_bytes_fill_the_whole_and_do_not_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
