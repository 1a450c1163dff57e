/* TLS with a key: two sides in one process, bytes carried by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tls.h"

struct pair {
	struct tls_side *sides[2]; /* server, client */
	struct tls *ends[2];
};

/* Keys of labels "a", "b", ... with bytes that `fill` and the place give. */
static struct keyring ring(const char *labels, uint8_t fill)
{
	struct keyring r = {.count = strlen(labels)};

	r.keys = calloc(KEYRING_MAX, sizeof(*r.keys));
	assert_non_null(r.keys);
	for (size_t i = 0; i < r.count; i++) {
		r.keys[i].label[0] = labels[i];
		memset(r.keys[i].bytes, fill + labels[i], KEYRING_KEY_SIZE);
		r.keys[i].read_only = labels[i] == 'r';
	}
	return r;
}

static void open_pair(struct pair *p, struct keyring server,
		      struct keyring client)
{
	assert_int_equal(tls_side_server(&p->sides[0], &server), ERR_OK);
	assert_int_equal(tls_side_client(&p->sides[1], &client), ERR_OK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(tls_new(&p->ends[i], p->sides[i]), ERR_OK);
}

static void close_pair(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		tls_free(p->ends[i]);
		tls_side_drop(p->sides[i]);
	}
}

/* All that one end has to send, in pieces of `piece` bytes, to the other. */
static size_t carry(struct pair *p, int from, size_t piece)
{
	size_t carried = 0;
	const uint8_t *data;
	size_t len;

	while ((len = tls_pending(p->ends[from], &data)) > 0) {
		if (len > piece)
			len = piece;
		assert_int_equal(tls_feed(p->ends[!from], data, len), ERR_OK);
		tls_sent(p->ends[from], len);
		carried += len;
	}
	return carried;
}

/* Until both are through, or one fails: how each ended. */
static void shake(struct pair *p, enum err end[2], size_t piece)
{
	end[0] = end[1] = ERR_SHORT;
	for (int i = 0; i < 16; i++) {
		int at = !(i & 1);

		if (end[at] == ERR_SHORT)
			end[at] = tls_shake(p->ends[at]);
		carry(p, at, piece);
	}
}

static void the_same_key_on_both_sides_is_enough(void **state)
{
	struct pair p;
	enum err end[2];

	(void)state;
	open_pair(&p, ring("xrb", 1), ring("b", 1));
	shake(&p, end, SIZE_MAX);
	assert_int_equal(end[0], ERR_OK);
	assert_int_equal(end[1], ERR_OK);
	assert_string_equal(tls_peer_key(p.ends[0])->label, "b");
	assert_false(tls_peer_key(p.ends[0])->read_only);
	assert_null(tls_peer_key(p.ends[1]));
	close_pair(&p);
}

static void a_handshake_may_come_a_byte_at_a_time(void **state)
{
	struct pair p;
	enum err end[2];

	(void)state;
	open_pair(&p, ring("r", 1), ring("r", 1));
	shake(&p, end, 1);
	assert_int_equal(end[0], ERR_OK);
	assert_int_equal(end[1], ERR_OK);
	assert_true(tls_peer_key(p.ends[0])->read_only);
	close_pair(&p);
}

/* What the server sends to a client that fails: bytes, and how it ended. */
static size_t refused(struct keyring server, struct keyring client,
		      uint8_t *out, size_t size)
{
	struct pair p;
	const uint8_t *data;
	size_t len;

	open_pair(&p, server, client);
	assert_int_equal(tls_shake(p.ends[1]), ERR_SHORT);
	carry(&p, 1, SIZE_MAX);
	assert_int_equal(tls_shake(p.ends[0]), ERR_FORMAT);
	assert_null(tls_peer_key(p.ends[0]));
	len = tls_pending(p.ends[0], &data);
	assert_in_range(len, 1, size);
	memcpy(out, data, len);
	carry(&p, 0, SIZE_MAX);
	assert_int_equal(tls_shake(p.ends[1]), ERR_FORMAT);
	close_pair(&p);
	return len;
}

static void a_wrong_key_and_an_unknown_label_get_the_same_answer(void **state)
{
	uint8_t wrong[256], unknown[256];
	size_t len;

	(void)state;
	len = refused(ring("a", 1), ring("a", 2), wrong, sizeof(wrong));
	assert_int_equal(
		refused(ring("a", 1), ring("b", 1), unknown, sizeof(unknown)),
		len);
	assert_memory_equal(wrong, unknown, len);
}

static void bytes_arrive_as_they_were_sent(void **state)
{
	enum { SIZE = 300000 };
	uint8_t *sent = malloc(SIZE);
	uint8_t *came = malloc(SIZE);
	struct pair p;
	enum err end[2];

	(void)state;
	assert_non_null(sent);
	assert_non_null(came);
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (uint8_t)(i * 7 + i / 251);
	open_pair(&p, ring("a", 1), ring("a", 1));
	shake(&p, end, SIZE_MAX);
	for (int from = 0; from < 2; from++) {
		size_t have = 0;
		size_t got;

		assert_int_equal(tls_write(p.ends[from], sent, SIZE), ERR_OK);
		assert_true(carry(&p, from, 777) > SIZE);
		do {
			assert_int_equal(tls_read(p.ends[!from], came + have,
						  SIZE - have, &got),
					 ERR_OK);
			have += got;
		} while (got > 0 && have < SIZE);
		assert_int_equal(have, SIZE);
		assert_memory_equal(sent, came, SIZE);
		assert_int_equal(tls_read(p.ends[!from], came, 1, &got),
				 ERR_OK);
		assert_int_equal(got, 0);
	}
	close_pair(&p);
	free(sent);
	free(came);
}

static void a_flipped_bit_ends_the_connection(void **state)
{
	uint8_t bytes[256];
	const uint8_t *data;
	struct pair p;
	enum err end[2];
	size_t len, got;

	(void)state;
	open_pair(&p, ring("a", 1), ring("a", 1));
	shake(&p, end, SIZE_MAX);
	assert_int_equal(tls_write(p.ends[1], "hello", 5), ERR_OK);
	len = tls_pending(p.ends[1], &data);
	assert_in_range(len, 6, sizeof(bytes));
	memcpy(bytes, data, len);
	bytes[len - 1] ^= 1;
	assert_int_equal(tls_feed(p.ends[0], bytes, len), ERR_OK);
	assert_int_equal(tls_read(p.ends[0], bytes, sizeof(bytes), &got),
			 ERR_FORMAT);
	assert_int_equal(got, 0);
	assert_true(tls_why(p.ends[0])[0] != '\0');
	close_pair(&p);
}

static void what_is_no_tls_is_refused(void **state)
{
	struct pair p;

	(void)state;
	open_pair(&p, ring("a", 1), ring("a", 1));
	assert_int_equal(tls_feed(p.ends[0], "GET / HTTP/1.1\r\n\r\n", 18),
			 ERR_OK);
	assert_int_equal(tls_shake(p.ends[0]), ERR_FORMAT);
	close_pair(&p);
}

/* The expected bytes are of HKDF-SHA256 (RFC 5869) without salt, by another
 * implementation: python3's hmac. */
static void an_end_in_the_handshake_is_a_failure_with_a_reason(void **state)
{
	static const uint8_t end[] = {0x15, 3, 3, 0, 2, 1, 0};
	struct pair p;

	(void)state;
	open_pair(&p, ring("a", 0), ring("a", 0));
	assert_int_equal(tls_shake(p.ends[1]), ERR_SHORT);
	assert_int_equal(tls_feed(p.ends[1], end, sizeof(end)), ERR_OK);
	assert_int_equal(tls_shake(p.ends[1]), ERR_FORMAT);
	assert_string_equal(tls_why(p.ends[1]), "the peer has ended it");
	close_pair(&p);
}

static void the_key_goes_through_hkdf(void **state)
{
	static const uint8_t expected[KEYRING_KEY_SIZE] = {
		0xec, 0xe2, 0x04, 0xd0, 0x03, 0x18, 0x02, 0x73,
		0xad, 0x22, 0x9e, 0x32, 0x5f, 0x26, 0x18, 0x9f,
		0x1f, 0x62, 0x2d, 0x92, 0xcb, 0x52, 0x44, 0x13,
		0x04, 0xef, 0x10, 0xb7, 0xf2, 0xb8, 0x49, 0xdf};
	struct keyring_key k = {.label = "home"};
	uint8_t out[KEYRING_KEY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(k.bytes); i++)
		k.bytes[i] = (uint8_t)i;
	assert_int_equal(tls_derive(&k, out), ERR_OK);
	assert_memory_equal(out, expected, sizeof(expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_key_on_both_sides_is_enough),
		cmocka_unit_test(a_handshake_may_come_a_byte_at_a_time),
		cmocka_unit_test(
			a_wrong_key_and_an_unknown_label_get_the_same_answer),
		cmocka_unit_test(bytes_arrive_as_they_were_sent),
		cmocka_unit_test(a_flipped_bit_ends_the_connection),
		cmocka_unit_test(what_is_no_tls_is_refused),
		cmocka_unit_test(
			an_end_in_the_handshake_is_a_failure_with_a_reason),
		cmocka_unit_test(the_key_goes_through_hkdf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
