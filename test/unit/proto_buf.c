/* The cursor: what it reads, writes and refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05,
				0x06, 0x07, 0x08, 0x09};

static void integers_are_big_endian(void **state)
{
	struct rbuf b;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	(void)state;
	rbuf_init(&b, bytes, sizeof(bytes));
	assert_int_equal(rbuf_u64(&b, &u64), ERR_OK);
	assert_true(u64 == UINT64_C(0x0102030405060708));
	rbuf_init(&b, bytes, sizeof(bytes));
	assert_int_equal(rbuf_u8(&b, &u8), ERR_OK);
	assert_int_equal(u8, 0x01);
	assert_int_equal(rbuf_u16(&b, &u16), ERR_OK);
	assert_int_equal(u16, 0x0203);
	assert_int_equal(rbuf_u32(&b, &u32), ERR_OK);
	assert_int_equal(u32, 0x04050607);
	assert_int_equal(rbuf_left(&b), 2);
}

static void writing_is_the_reverse_of_reading(void **state)
{
	uint8_t out[sizeof(bytes)];
	struct wbuf b;

	(void)state;
	wbuf_init(&b, out, sizeof(out));
	assert_int_equal(wbuf_u8(&b, 0x01), ERR_OK);
	assert_int_equal(wbuf_u16(&b, 0x0203), ERR_OK);
	assert_int_equal(wbuf_u32(&b, 0x04050607), ERR_OK);
	assert_int_equal(wbuf_bytes(&b, bytes + 7, 2), ERR_OK);
	assert_int_equal(b.len, sizeof(bytes));
	assert_memory_equal(out, bytes, sizeof(bytes));
	wbuf_init(&b, out, sizeof(out));
	assert_int_equal(wbuf_u64(&b, UINT64_C(0x0102030405060708)), ERR_OK);
	assert_memory_equal(out, bytes, 8);
}

static void a_read_past_the_end_changes_nothing(void **state)
{
	struct rbuf b;
	uint8_t u8 = 0xa5, out[3] = {0xa5, 0xa5, 0xa5};
	uint16_t u16 = 0xa5a5;
	uint32_t u32 = 0xa5a5a5a5;
	uint64_t u64 = 0xa5a5;
	const uint8_t *view = NULL;

	(void)state;
	rbuf_init(&b, bytes, 0);
	assert_int_equal(rbuf_u8(&b, &u8), ERR_SHORT);
	rbuf_init(&b, bytes, 1);
	assert_int_equal(rbuf_u16(&b, &u16), ERR_SHORT);
	rbuf_init(&b, bytes, 3);
	assert_int_equal(rbuf_u32(&b, &u32), ERR_SHORT);
	rbuf_init(&b, bytes, 7);
	assert_int_equal(rbuf_u64(&b, &u64), ERR_SHORT);
	rbuf_init(&b, bytes, 2);
	assert_int_equal(rbuf_bytes(&b, out, 3), ERR_SHORT);
	assert_int_equal(rbuf_view(&b, &view, SIZE_MAX), ERR_SHORT);
	assert_int_equal(b.at, 0);
	assert_int_equal(u8, 0xa5);
	assert_int_equal(u16, 0xa5a5);
	assert_int_equal(u32, 0xa5a5a5a5);
	assert_int_equal(u64, 0xa5a5);
	assert_int_equal(out[0], 0xa5);
	assert_null(view);
}

static void a_write_without_room_changes_nothing(void **state)
{
	uint8_t out[8] = {0};
	struct wbuf b;

	(void)state;
	wbuf_init(&b, out, 7);
	assert_int_equal(wbuf_u64(&b, UINT64_MAX), ERR_LIMIT);
	wbuf_init(&b, out, 3);
	assert_int_equal(wbuf_u32(&b, UINT32_MAX), ERR_LIMIT);
	assert_int_equal(wbuf_str16(&b, bytes, 2), ERR_LIMIT);
	assert_int_equal(wbuf_bytes(&b, bytes, SIZE_MAX), ERR_LIMIT);
	wbuf_init(&b, out, 1);
	assert_int_equal(wbuf_u16(&b, UINT16_MAX), ERR_LIMIT);
	wbuf_init(&b, out, 0);
	assert_int_equal(wbuf_u8(&b, UINT8_MAX), ERR_LIMIT);
	assert_int_equal(b.len, 0);
	for (size_t i = 0; i < sizeof(out); i++)
		assert_int_equal(out[i], 0);
}

static void a_text_carries_its_length(void **state)
{
	uint8_t out[8];
	const uint8_t *p = NULL;
	size_t len = 77;
	struct wbuf w;
	struct rbuf r;

	(void)state;
	wbuf_init(&w, out, sizeof(out));
	assert_int_equal(wbuf_str16(&w, "abc", 3), ERR_OK);
	assert_memory_equal(out, "\0\3abc", 5);
	rbuf_init(&r, out, w.len);
	assert_int_equal(rbuf_str16(&r, &p, &len, 2), ERR_LIMIT);
	assert_int_equal(r.at, 0);
	assert_int_equal(len, 77);
	assert_int_equal(rbuf_str16(&r, &p, &len, 3), ERR_OK);
	assert_int_equal(len, 3);
	assert_ptr_equal(p, out + 2);
	rbuf_init(&r, out, 4);
	assert_int_equal(rbuf_str16(&r, &p, &len, 3), ERR_SHORT);
	assert_int_equal(r.at, 0);
}

static void a_text_above_65535_bytes_has_no_encoding(void **state)
{
	static uint8_t in[65536], out[65540];
	struct wbuf b;

	(void)state;
	wbuf_init(&b, out, sizeof(out));
	assert_int_equal(wbuf_str16(&b, in, 65536), ERR_LIMIT);
	assert_int_equal(b.len, 0);
	assert_int_equal(wbuf_str16(&b, in, 65535), ERR_OK);
	assert_int_equal(b.len, 65537);
}

static void nothing_may_be_left_at_the_end(void **state)
{
	const uint8_t *view;
	struct rbuf b;

	(void)state;
	rbuf_init(&b, bytes, 2);
	assert_int_equal(rbuf_finish(&b), ERR_FORMAT);
	assert_int_equal(rbuf_view(&b, &view, 2), ERR_OK);
	assert_ptr_equal(view, bytes);
	assert_int_equal(rbuf_finish(&b), ERR_OK);
}

static void no_bytes_at_all_need_no_memory(void **state)
{
	const uint8_t *view = NULL;
	uint8_t none;
	struct rbuf r;
	struct wbuf w;

	(void)state;
	rbuf_init(&r, NULL, 0);
	assert_int_equal(rbuf_view(&r, &view, 0), ERR_OK);
	assert_non_null(view);
	assert_int_equal(rbuf_bytes(&r, &none, 0), ERR_OK);
	assert_int_equal(rbuf_finish(&r), ERR_OK);
	wbuf_init(&w, NULL, 0);
	assert_int_equal(wbuf_bytes(&w, NULL, 0), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_big_endian),
		cmocka_unit_test(writing_is_the_reverse_of_reading),
		cmocka_unit_test(a_read_past_the_end_changes_nothing),
		cmocka_unit_test(a_write_without_room_changes_nothing),
		cmocka_unit_test(a_text_carries_its_length),
		cmocka_unit_test(a_text_above_65535_bytes_has_no_encoding),
		cmocka_unit_test(nothing_may_be_left_at_the_end),
		cmocka_unit_test(no_bytes_at_all_need_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
