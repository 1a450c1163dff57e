/* Tags: their order, and their two forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tag.h"

/* Lowest first. */
static const struct tag ascending[] = {
	{1, 0, 0, 0}, {1, 0, 0, 9},	     {1, 0, 1, 0},
	{1, 1, 0, 0}, {1, 1, UINT32_MAX, 1}, {1, UINT64_MAX, 0, 0},
	{2, 0, 0, 0}, {UINT64_MAX, 0, 0, 0},
};

#define TAGS (sizeof(ascending) / sizeof(ascending[0]))

static void counter_put_generation_and_repair_order_tags(void **state)
{
	(void)state;
	for (size_t i = 0; i < TAGS; i++) {
		for (size_t j = 0; j < TAGS; j++) {
			int c = tag_compare(&ascending[i], &ascending[j]);

			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
		}
	}
}

static void a_repair_keeps_the_put(void **state)
{
	struct tag put = {5, 6, 0, 0}, repair = {5, 6, 1, 77};
	struct tag other = {5, 7, 0, 0}, later = {6, 6, 0, 0};

	(void)state;
	assert_true(tag_same_put(&put, &repair));
	assert_false(tag_same_put(&put, &other));
	assert_false(tag_same_put(&put, &later));
}

static void only_all_zero_is_no_tag(void **state)
{
	struct tag none = {0, 0, 0, 0};

	(void)state;
	assert_true(tag_is_none(&none));
	for (size_t i = 0; i < TAGS; i++)
		assert_false(tag_is_none(&ascending[i]));
	none.rep = 1;
	assert_false(tag_is_none(&none));
}

static void a_tag_survives_the_wire(void **state)
{
	uint8_t bytes[TAG_WIRE_SIZE];
	struct tag got;
	struct wbuf w;
	struct rbuf r;

	(void)state;
	for (size_t i = 0; i < TAGS; i++) {
		wbuf_init(&w, bytes, sizeof(bytes));
		assert_int_equal(tag_put(&w, &ascending[i]), ERR_OK);
		assert_int_equal(w.len, TAG_WIRE_SIZE);
		rbuf_init(&r, bytes, w.len);
		assert_int_equal(tag_get(&r, &got), ERR_OK);
		assert_int_equal(tag_compare(&got, &ascending[i]), 0);
		assert_int_equal(rbuf_left(&r), 0);
	}
}

static void a_tag_without_a_counter_is_refused(void **state)
{
	uint8_t bytes[TAG_WIRE_SIZE] = {0};
	struct tag got = {1, 2, 3, 4};
	struct rbuf r;

	(void)state;
	bytes[TAG_WIRE_SIZE - 1] = 1;
	rbuf_init(&r, bytes, sizeof(bytes));
	assert_int_equal(tag_get(&r, &got), ERR_RANGE);
	assert_int_equal(r.at, 0);
	assert_int_equal(got.rep, 4);
	assert_int_equal(
		tag_from_text("0000000000000000-0000000000000000-00000000-"
			      "0000000000000001",
			      &got),
		ERR_FORMAT);
}

static void a_tag_has_one_text(void **state)
{
	static const struct tag tag = {0x2a, 0x0123456789abcdef, 3, UINT64_MAX};
	static const char want[] = "000000000000002a-0123456789abcdef-00000003-"
				   "ffffffffffffffff";
	char text[TAG_TEXT_SIZE + 1];
	struct tag got;

	(void)state;
	tag_to_text(&tag, text);
	assert_string_equal(text, want);
	assert_int_equal(tag_from_text(text, &got), ERR_OK);
	assert_int_equal(tag_compare(&got, &tag), 0);
}

static void another_text_is_no_tag(void **state)
{
	static const char good[] = "000000000000002a-0123456789abcdef-00000003-"
				   "ffffffffffffffff";
	static const char wrong[] = "gA \n_";
	struct tag got = {1, 2, 3, 4};
	char text[sizeof(good)];

	(void)state;
	for (size_t at = 0; at < TAG_TEXT_SIZE; at++) {
		for (size_t i = 0; i < sizeof(wrong); i++) {
			char *exact = malloc(at + 1);

			memcpy(text, good, sizeof(good));
			text[at] = wrong[i];
			assert_int_equal(tag_from_text(text, &got), ERR_FORMAT);
			/* Cut there, in memory that ends there. */
			assert_non_null(exact);
			memcpy(exact, good, at);
			exact[at] = '\0';
			assert_int_equal(tag_from_text(exact, &got),
					 ERR_FORMAT);
			free(exact);
		}
	}
	assert_int_equal(got.ctr, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counter_put_generation_and_repair_order_tags),
		cmocka_unit_test(a_repair_keeps_the_put),
		cmocka_unit_test(only_all_zero_is_no_tag),
		cmocka_unit_test(a_tag_survives_the_wire),
		cmocka_unit_test(a_tag_without_a_counter_is_refused),
		cmocka_unit_test(a_tag_has_one_text),
		cmocka_unit_test(another_text_is_no_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
