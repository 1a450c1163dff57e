/* The bytes of a link through TLS, on a socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE (32u << 10) /* of the reader's buffer */
#define RECORD 16384u	 /* bytes in a record, at most */
#define OVERHEAD 22u	 /* and around them */

struct ends {
	struct wire wire; /* the client's end */
	struct tls *server;
	int fd; /* the server's end */
};

static struct tls *make_end(bool server)
{
	struct keyring r = {.count = 1};
	struct tls_side *side;
	struct tls *t;

	r.keys = calloc(KEYRING_MAX, sizeof(*r.keys));
	assert_non_null(r.keys);
	r.keys[0].label[0] = 'a';
	assert_int_equal(server ? tls_side_server(&side, &r)
				: tls_side_client(&side, &r),
			 ERR_OK);
	assert_int_equal(tls_new(&t, side), ERR_OK);
	tls_side_drop(side);
	return t;
}

static void carry(struct tls *from, struct tls *to)
{
	const uint8_t *data;
	size_t len = tls_pending(from, &data);

	assert_int_equal(tls_feed(to, data, len), ERR_OK);
	tls_sent(from, len);
}

static void open_ends(struct ends *e)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	*e = (struct ends){.wire = {.fd = fds[0], .tls = make_end(false)},
			   .server = make_end(true),
			   .fd = fds[1]};
	assert_int_equal(tls_shake(e->wire.tls), ERR_SHORT);
	carry(e->wire.tls, e->server);
	assert_int_equal(tls_shake(e->server), ERR_SHORT);
	carry(e->server, e->wire.tls);
	assert_int_equal(tls_shake(e->wire.tls), ERR_OK);
	carry(e->wire.tls, e->server);
	assert_int_equal(tls_shake(e->server), ERR_OK);
}

static void close_ends(struct ends *e)
{
	wire_close(&e->wire);
	tls_free(e->server);
	close(e->fd);
}

/* Sends `len` of what is sealed. */
static void send_some(struct ends *e, size_t len)
{
	const uint8_t *data;

	assert_true(tls_pending(e->server, &data) >= len);
	assert_int_equal(send(e->fd, data, len, MSG_NOSIGNAL), len);
	tls_sent(e->server, len);
}

/* Reads, at most so many at once, as long as the socket has something: bytes. */
static size_t read_all(struct ends *e, uint8_t *buffer, size_t most)
{
	struct pollfd p = {.fd = e->wire.fd, .events = POLLIN};
	size_t all = 0;
	size_t came;

	while (poll(&p, 1, 0) == 1) {
		ssize_t n = wire_recv(&e->wire, buffer, SIZE, most, &came);

		assert_true(n > 0 || (n < 0 && errno == EAGAIN));
		assert_in_range(came, 1, most);
		all += n > 0 ? (size_t)n : 0;
	}
	return all;
}

/* All but one byte of a record, and then more than the buffer takes. */
static void nothing_stays_behind_when_the_socket_is_empty(void **state)
{
	enum { LAST = SIZE - 1 - (RECORD + OVERHEAD) - OVERHEAD };
	uint8_t *buffer = calloc(1, SIZE);
	struct ends e;

	(void)state;
	assert_non_null(buffer);
	open_ends(&e);
	assert_int_equal(tls_write(e.server, buffer, RECORD), ERR_OK);
	assert_int_equal(tls_write(e.server, buffer, RECORD), ERR_OK);
	assert_int_equal(tls_write(e.server, buffer, LAST), ERR_OK);
	send_some(&e, RECORD + OVERHEAD - 1);
	assert_int_equal(read_all(&e, buffer, SIZE), 0);
	send_some(&e, SIZE);
	assert_int_equal(read_all(&e, buffer, SIZE), 2 * RECORD + LAST);
	close_ends(&e);
	free(buffer);
}

/* As where there is a limit of bandwidth. */
static void a_record_may_come_in_small_pieces(void **state)
{
	uint8_t *buffer = calloc(1, SIZE);
	struct ends e;

	(void)state;
	assert_non_null(buffer);
	open_ends(&e);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tls_write(e.server, buffer, RECORD), ERR_OK);
		send_some(&e, RECORD + OVERHEAD);
	}
	assert_int_equal(read_all(&e, buffer, 100), 3 * RECORD);
	close_ends(&e);
	free(buffer);
}

static void what_was_changed_on_the_way_is_an_error(void **state)
{
	uint8_t buffer[SIZE];
	struct ends e;
	size_t came;

	(void)state;
	open_ends(&e);
	assert_int_equal(tls_write(e.server, "hello", 5), ERR_OK);
	send_some(&e, 5 + OVERHEAD - 1);
	assert_int_equal(send(e.fd, "x", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(
		wire_recv(&e.wire, buffer, sizeof(buffer), SIZE, &came), -1);
	assert_int_equal(errno, EBADMSG);
	close_ends(&e);
}

static void the_end_of_the_connection_is_the_end(void **state)
{
	uint8_t buffer[SIZE];
	struct ends e;
	size_t came;

	(void)state;
	open_ends(&e);
	assert_int_equal(shutdown(e.fd, SHUT_WR), 0);
	assert_int_equal(
		wire_recv(&e.wire, buffer, sizeof(buffer), SIZE, &came), 0);
	close_ends(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_stays_behind_when_the_socket_is_empty),
		cmocka_unit_test(a_record_may_come_in_small_pieces),
		cmocka_unit_test(what_was_changed_on_the_way_is_an_error),
		cmocka_unit_test(the_end_of_the_connection_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
