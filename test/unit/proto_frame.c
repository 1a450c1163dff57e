/* Frame headers and greetings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"

static const uint8_t header[FRAME_HEADER_SIZE] = {
	'd',  'f',  's',  '1',	0x07, 0x03, 0x00, 0x05, 0x01, 0x02, 0x03, 0x04,
	0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00};

static const uint8_t hello[GREETING_SIZE] = {
	'd',  'f',  's',  ' ',	's',  'r',  'v',  '\n', 0x00, 0x01, 0x00,
	0x01, 0x02, 0x04, 0x00, 0x00, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5,
	0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};

static enum err get_frame(const uint8_t *bytes, size_t len, struct frame *f)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len);
	struct rbuf b;
	enum err e;

	assert_non_null(exact);
	memcpy(exact, bytes, len);
	rbuf_init(&b, exact, len);
	e = frame_get(&b, f);
	assert_int_equal(b.at, e == ERR_OK ? FRAME_HEADER_SIZE : 0);
	free(exact);
	return e;
}

static enum err get_greeting(const uint8_t *bytes, size_t len,
			     struct greeting *g)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len);
	struct rbuf b;
	enum err e;

	assert_non_null(exact);
	memcpy(exact, bytes, len);
	rbuf_init(&b, exact, len);
	e = greeting_get(&b, g);
	assert_int_equal(b.at, e == ERR_OK ? GREETING_SIZE : 0);
	free(exact);
	return e;
}

static void a_header_has_its_fields_in_order(void **state)
{
	uint8_t again[FRAME_HEADER_SIZE];
	struct frame f;
	struct wbuf b;

	(void)state;
	assert_int_equal(get_frame(header, sizeof(header), &f), ERR_OK);
	assert_int_equal(f.op, 7);
	assert_int_equal(f.flags, FRAME_ANSWER | FRAME_MORE);
	assert_int_equal(f.status, 5);
	assert_int_equal(f.id, 0x01020304);
	assert_int_equal(f.head_len, 0x0102);
	assert_int_equal(f.body_len, 65536);
	wbuf_init(&b, again, sizeof(again));
	assert_int_equal(frame_put(&b, &f), ERR_OK);
	assert_int_equal(b.len, sizeof(header));
	assert_memory_equal(again, header, sizeof(header));
}

static void a_cut_header_asks_for_more(void **state)
{
	struct frame f = {.id = 7};

	(void)state;
	for (size_t len = 0; len < sizeof(header); len++)
		assert_int_equal(get_frame(header, len, &f), ERR_SHORT);
	assert_int_equal(f.id, 7);
}

static void wrong_magic_is_seen_in_the_first_four_bytes(void **state)
{
	struct frame f;

	(void)state;
	assert_int_equal(get_frame((const uint8_t *)"GET ", 4, &f), ERR_FORMAT);
	assert_int_equal(get_frame((const uint8_t *)"dfs2", 4, &f), ERR_FORMAT);
	assert_int_equal(get_frame((const uint8_t *)"\x16\x03\x01\x02", 4, &f),
			 ERR_FORMAT);
}

static enum err with(size_t at, uint8_t byte)
{
	uint8_t bytes[FRAME_HEADER_SIZE];
	struct frame f;

	memcpy(bytes, header, sizeof(bytes));
	bytes[at] = byte;
	return get_frame(bytes, sizeof(bytes), &f);
}

static void unknown_flags_are_refused_and_unknown_operations_are_not(
	void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 8; bit++)
		assert_int_equal(with(5, (uint8_t)(FRAME_ANSWER | 1u << bit)),
				 bit < 2 ? ERR_OK : ERR_FORMAT);
	assert_int_equal(with(4, 0), ERR_OK);
	assert_int_equal(with(4, 255), ERR_OK);
}

static void only_answers_have_a_status_and_more_frames(void **state)
{
	struct frame f;
	uint8_t bytes[FRAME_HEADER_SIZE];

	(void)state;
	assert_int_equal(with(5, 0), ERR_FORMAT);
	memcpy(bytes, header, sizeof(bytes));
	bytes[5] = 0, bytes[7] = 0;
	assert_int_equal(get_frame(bytes, sizeof(bytes), &f), ERR_OK);
	bytes[5] = FRAME_MORE;
	assert_int_equal(get_frame(bytes, sizeof(bytes), &f), ERR_FORMAT);
}

static void lengths_above_their_limits_are_refused(void **state)
{
	static const struct {
		uint32_t head;
		uint64_t body;
		enum err e;
	} rows[] = {
		{FRAME_HEAD_MAX, FRAME_DATA_MAX, ERR_OK},
		{FRAME_HEAD_MAX + 1, 0, ERR_LIMIT},
		{UINT32_MAX, 0, ERR_LIMIT},
		{UINT32_C(1) << 31, 0, ERR_LIMIT},
		{0, FRAME_DATA_MAX + 1, ERR_LIMIT},
		{0, UINT64_C(1) << 31, ERR_LIMIT},
		{0, UINT64_C(1) << 32, ERR_LIMIT},
		{0, UINT64_C(1) << 40, ERR_LIMIT},
		{0, UINT64_C(1) << 63, ERR_LIMIT},
		{0, UINT64_MAX, ERR_LIMIT},
	};
	uint8_t bytes[FRAME_HEADER_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct frame f = {.op = 1,
				  .head_len = rows[i].head,
				  .body_len = rows[i].body};
		struct wbuf b;

		wbuf_init(&b, bytes, sizeof(bytes));
		assert_int_equal(frame_put(&b, &f), ERR_OK);
		assert_int_equal(get_frame(bytes, sizeof(bytes), &f),
				 rows[i].e);
	}
}

static void a_greeting_has_its_fields_in_order(void **state)
{
	uint8_t again[GREETING_SIZE];
	struct greeting g;
	struct wbuf b;

	(void)state;
	assert_int_equal(get_greeting(hello, sizeof(hello), &g), ERR_OK);
	assert_int_equal(g.proto_min, 1);
	assert_int_equal(g.proto_max, 1);
	assert_int_equal(g.state, STORE_MEMBER);
	assert_int_equal(g.flags, STORE_VERSIONS);
	assert_memory_equal(g.store, hello + 16, STORE_ID_SIZE);
	wbuf_init(&b, again, sizeof(again));
	assert_int_equal(greeting_put(&b, &g), ERR_OK);
	assert_memory_equal(again, hello, sizeof(hello));
}

static void a_cut_greeting_asks_for_more(void **state)
{
	struct greeting g = {.state = 77};

	(void)state;
	for (size_t len = 0; len < sizeof(hello); len++)
		assert_int_equal(get_greeting(hello, len, &g), ERR_SHORT);
	assert_int_equal(g.state, 77);
}

static enum err greeted(size_t at, uint8_t byte)
{
	uint8_t bytes[GREETING_SIZE];
	struct greeting g;

	memcpy(bytes, hello, sizeof(bytes));
	bytes[at] = byte;
	return get_greeting(bytes, sizeof(bytes), &g);
}

static void what_no_server_says_is_no_greeting(void **state)
{
	struct greeting g;

	(void)state;
	for (size_t at = 0; at < 8; at++)
		assert_int_equal(greeted(at, 'X'), ERR_FORMAT);
	assert_int_equal(greeted(12, STORE_LEAVING), ERR_OK);
	assert_int_equal(greeted(12, STORE_LEAVING + 1), ERR_FORMAT);
	assert_int_equal(greeted(13, STORE_ALL_FLAGS), ERR_OK);
	assert_int_equal(greeted(13, STORE_ALL_FLAGS + 1), ERR_FORMAT);
	assert_int_equal(greeted(14, 1), ERR_FORMAT);
	assert_int_equal(greeted(15, 1), ERR_FORMAT);
	assert_int_equal(greeted(9, 0), ERR_FORMAT);
	assert_int_equal(greeted(11, 0), ERR_FORMAT);
	assert_int_equal(
		get_greeting((const uint8_t *)"HTTP/1.1 400 Bad", 16, &g),
		ERR_FORMAT);
}

static void a_newer_server_is_understood_as_newer(void **state)
{
	uint8_t bytes[GREETING_SIZE];
	struct greeting g;

	(void)state;
	memcpy(bytes, hello, sizeof(bytes));
	bytes[9] = 2, bytes[11] = 3, bytes[12] = 200, bytes[13] = 0xff;
	bytes[14] = 1;
	assert_int_equal(get_greeting(bytes, sizeof(bytes), &g), ERR_OK);
	assert_int_equal(g.proto_min, 2);
	assert_int_equal(g.proto_max, 3);
	bytes[9] = 1;
	assert_int_equal(get_greeting(bytes, sizeof(bytes), &g), ERR_FORMAT);
}

static void encoders_without_room_write_nothing(void **state)
{
	uint8_t bytes[GREETING_SIZE];
	struct greeting g = {.proto_min = 1, .proto_max = 1};
	struct frame f = {.op = 1};
	struct wbuf b;

	(void)state;
	for (size_t cap = 0; cap < GREETING_SIZE; cap++) {
		wbuf_init(&b, bytes, cap);
		assert_int_equal(greeting_put(&b, &g), ERR_LIMIT);
		assert_int_equal(b.len, 0);
		if (cap >= FRAME_HEADER_SIZE)
			continue;
		assert_int_equal(frame_put(&b, &f), ERR_LIMIT);
		assert_int_equal(b.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_has_its_fields_in_order),
		cmocka_unit_test(a_cut_header_asks_for_more),
		cmocka_unit_test(wrong_magic_is_seen_in_the_first_four_bytes),
		cmocka_unit_test(
			unknown_flags_are_refused_and_unknown_operations_are_not),
		cmocka_unit_test(only_answers_have_a_status_and_more_frames),
		cmocka_unit_test(lengths_above_their_limits_are_refused),
		cmocka_unit_test(a_greeting_has_its_fields_in_order),
		cmocka_unit_test(a_cut_greeting_asks_for_more),
		cmocka_unit_test(what_no_server_says_is_no_greeting),
		cmocka_unit_test(a_newer_server_is_understood_as_newer),
		cmocka_unit_test(encoders_without_room_write_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
