/*
 * What the tests of sessions share: a session over a socket pair, with a real
 * store, real workers, and the test's thread as the dispatcher.  With a gate in
 * the service the session speaks TLS, and `peer` is the other end of it.
 */
#ifndef TEST_SESSION_KIT_H
#define TEST_SESSION_KIT_H

#include "wire_kit.h"

#include <sys/epoll.h>

#include "gate.h"
#include "pool.h"
#include "secure.h"
#include "session.h"
#include "stream.h"

struct rig {
	struct kit k;
	struct service v;
	/* The current connection: */
	struct session *s; /* NULL when it has ended */
	int fd;
	struct inbox in;
	struct wire out;
	struct tls *peer;    /* NULL: plain text */
	bool through;	     /* its handshake */
	struct inbox sealed; /* what has come and is not opened */
};

/* What a session with TLS was greeted with, here. */
static const uint8_t rig_greeting[GREETING_SIZE] =
	"the greeting, as it was sent";

static inline void rig_connect(struct rig *r)
{
	struct secure *secure = NULL;
	int pair[2];

	if (r->v.gate)
		assert_int_equal(secure_new(&secure, r->v.gate, rig_greeting),
				 ERR_OK);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(session_open(&r->v, pair[1], secure, &r->s), ERR_OK);
	r->fd = pair[0];
}

/* Is the dispatcher, for up to wait_ms. */
static inline void rig_turn(struct rig *r, int wait_ms)
{
	struct epoll_event e[4];
	int n = epoll_wait(r->v.epoll, e, 4, wait_ms);

	for (int i = 0; i < n; i++) {
		struct session *s = e[i].data.ptr;

		if (session_event(s, e[i].events)) {
			assert_ptr_equal(s, r->s);
			session_close(s);
			r->s = NULL;
		}
	}
	if (r->s && session_expire(r->s, clock_ms())) {
		session_close(r->s);
		r->s = NULL;
	}
}

static inline void rig_disconnect(struct rig *r)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	close(r->fd);
	while (r->s && clock_ms() < end)
		rig_turn(r, 1);
	assert_null(r->s);
	inbox_release(&r->in);
	inbox_release(&r->sealed);
	wire_release(&r->out);
	tls_free(r->peer);
	r->peer = NULL;
	r->through = false;
}

static inline int rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	kit_init(&r->k);
	r->k.set.batch_end = session_batch_end;
	r->k.set.batch_arg = &r->v;
	kit_open(&r->k);
	r->v.store = r->k.store;
	r->v.epoll = epoll_create1(EPOLL_CLOEXEC);
	atomic_store(&r->v.stall_ms, 60000);
	atomic_store(&r->v.idle_ms, 60000);
	assert_true(r->v.epoll >= 0);
	assert_int_equal(pool_start(&r->v.pool, 2, session_serve), ERR_OK);
	rig_connect(r);
	*state = r;
	return 0;
}

static inline int rig_teardown(void **state)
{
	struct rig *r = *state;

	rig_disconnect(r);
	pool_stop(r->v.pool);
	kit_release(&r->k);
	pool_free(r->v.pool);
	close(r->v.epoll);
	assert_int_equal(atomic_load(&r->v.connections), 0);
	free(r);
	return 0;
}

/* Reads at most `most` bytes of what the socket has now, and opens them. */
static inline void rig_read(struct rig *r, size_t most)
{
	struct inbox *from = &r->sealed;
	struct inbox *b = &r->in;
	size_t got = 1;

	if (!r->peer) {
		inbox_read(b, r->fd, most);
		return;
	}
	inbox_read(from, r->fd, most);
	if (from->len > 0)
		assert_int_equal(tls_feed(r->peer, from->data, from->len),
				 ERR_OK);
	from->len = 0;
	while (got > 0 && r->through) {
		if (b->cap - b->len < 65536) {
			b->cap = 2 * (b->cap + 65536);
			b->data = realloc(b->data, b->cap);
			assert_non_null(b->data);
		}
		assert_int_equal(
			tls_read(r->peer, b->data + b->len, 65536, &got),
			ERR_OK);
		b->len += got;
	}
	b->ended = from->ended;
}

/* Sends bytes as they are and reads answers meanwhile. */
static inline void rig_send_raw(struct rig *r, const uint8_t *data, size_t len)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	while (len > 0) {
		ssize_t n = send(r->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
		assert_true(clock_ms() < end);
		rig_turn(r, 0);
		rig_read(r, 65536);
		if (r->in.ended)
			return;
	}
}

/* What the peer's TLS has to say, or was told to. */
static inline void rig_send_sealed(struct rig *r)
{
	const uint8_t *data;
	size_t len = tls_pending(r->peer, &data);
	uint8_t *copy = malloc(len + 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, data, len);
	tls_sent(r->peer, len);
	rig_send_raw(r, copy, len);
	free(copy);
}

static inline void rig_send(struct rig *r, const uint8_t *data, size_t len)
{
	if (!r->peer) {
		rig_send_raw(r, data, len);
		return;
	}
	assert_int_equal(tls_write(r->peer, data, len), ERR_OK);
	rig_send_sealed(r);
}

static inline void rig_send_all(struct rig *r)
{
	rig_send(r, r->out.data, r->out.len);
	r->out.len = 0;
}

/* Waits for the next frame of an answer. */
static inline void rig_answer(struct rig *r, struct answer *a)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	while (!inbox_take(&r->in, a)) {
		assert_false(r->in.ended);
		assert_true(clock_ms() < end);
		rig_turn(r, 1);
		rig_read(r, 1 << 20);
	}
}

static inline void rig_await_end(struct rig *r)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	while (!r->in.ended) {
		assert_true(clock_ms() < end);
		rig_turn(r, 1);
		rig_read(r, 65536);
	}
	assert_int_equal(r->in.at, r->in.len);
}

static inline enum status refusal_of(const struct answer *a)
{
	struct msg_refusal m;
	struct rbuf b;

	rbuf_init(&b, a->head, a->f.head_len);
	assert_int_equal(msg_refusal_get(&b, &m), ERR_OK);
	assert_true(m.text.len > 0);
	assert_int_equal(a->f.body_len, 0);
	return (enum status)a->f.status;
}

/* Waits for whole answers, in any order, and checks that these ids and no
 * others have these statuses; ids begin at 1. */
static inline void rig_expect(struct rig *r, const enum status *want,
			      unsigned count)
{
	uint64_t seen = 0;
	struct answer a;

	for (unsigned left = count; left > 0;) {
		rig_answer(r, &a);
		assert_in_range(a.f.id, 1, count);
		assert_int_equal(seen >> a.f.id & 1, 0);
		assert_int_equal(a.f.status, want[a.f.id - 1]);
		if (a.f.status != ST_OK)
			(void)refusal_of(&a);
		if (a.f.flags & FRAME_MORE)
			continue;
		seen |= UINT64_C(1) << a.f.id;
		left--;
	}
}

/* Nothing more comes: a STATUS of that id is the next answer. */
static inline void rig_expect_quiet(struct rig *r)
{
	struct answer a;

	wire_status(&r->out, 4000);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(a.f.id, 4000);
	assert_int_equal(a.f.status, ST_OK);
}
#define SESSION_TEST(f) \
	cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

#endif
