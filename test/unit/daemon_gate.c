/* The dispatcher with a key: who may begin a handshake, and for how long a key
 * is good. */
#include "dispatch_kit.h"
#include "suspects.h"
#include "tls_kit.h"

struct client {
	int fd;
	struct tls *tls;
	uint8_t greeting[GREETING_SIZE];
};

static int setup(void **state, uint64_t max_connections)
{
	static char path[KIT_DIR_MAX + 8];
	char message[KEYRING_MESSAGE_MAX];
	struct rig *r;

	rig_setup(state);
	r = *state;
	(void)snprintf(path, sizeof(path), "%s.keys", r->k.dir);
	r->keys = path;
	keys_write(path, "a1 b2 r3");
	assert_int_equal(gate_new(&r->v.gate), ERR_OK);
	assert_int_equal(gate_load(r->v.gate, path, message), ERR_OK);
	rig_start(r, max_connections);
	return 0;
}

static int gate_setup(void **state)
{
	return setup(state, 100);
}

static int narrow_gate_setup(void **state)
{
	return setup(state, 3);
}

static int gate_teardown(void **state)
{
	struct rig *r = *state;
	struct gate *g = r->v.gate;

	(void)unlink(r->keys);
	rig_teardown(state);
	gate_free(g);
	return 0;
}

/* ---- clients */

static void dial_greeted(const struct rig *r, struct client *c)
{
	c->tls = NULL;
	c->fd = dial(r);
	assert_true(read_whole(c->fd, c->greeting, sizeof(c->greeting)));
}

/* The same while a worker may still have in hand whose place is wanted. */
static void dial_until_greeted(const struct rig *r, struct client *c)
{
	uint64_t until = clock_ms() + 10000;

	c->tls = NULL;
	c->fd = dial(r);
	while (!read_whole(c->fd, c->greeting, sizeof(c->greeting))) {
		assert_true(clock_ms() < until);
		close(c->fd);
		c->fd = dial(r);
	}
}

static void hang_up(struct client *c)
{
	tls_free(c->tls);
	close(c->fd);
}

static void send_pending(struct client *c)
{
	const uint8_t *data;
	size_t len = tls_pending(c->tls, &data);

	if (len > 0)
		(void)send(c->fd, data, len, MSG_NOSIGNAL);
	tls_sent(c->tls, len);
}

/* Receives once; false when the other side has closed. */
static bool feed(struct client *c)
{
	uint8_t data[4096];
	ssize_t n = recv(c->fd, data, sizeof(data), 0);

	if (n > 0)
		assert_int_equal(tls_feed(c->tls, data, (size_t)n), ERR_OK);
	else
		assert_true(n == 0 || errno == ECONNRESET);
	return n > 0;
}

static bool enter(struct client *c, const char *key)
{
	enum err e;

	c->tls = tls_dial(key);
	while ((e = tls_shake(c->tls)) == ERR_SHORT) {
		send_pending(c);
		if (!feed(c))
			return false;
	}
	send_pending(c);
	return e == ERR_OK;
}

static bool read_inside(struct client *c, void *data, size_t len)
{
	size_t at = 0, got;

	while (at < len) {
		if (tls_read(c->tls, (char *)data + at, len - at, &got))
			return false;
		at += got;
		if (got == 0 && !feed(c))
			return false;
	}
	return true;
}

static bool take_greeting(struct client *c)
{
	uint8_t again[GREETING_SIZE];

	if (!read_inside(c, again, sizeof(again)))
		return false;
	assert_memory_equal(again, c->greeting, sizeof(again));
	return true;
}

/* A STATUS; its flags.  False when the connection has ended. */
static bool ask(struct client *c, uint8_t *flags)
{
	struct msg_status_answer a;
	uint8_t data[FRAME_HEADER_SIZE + 4096];
	struct wire w = {0};
	struct frame f;
	struct rbuf b;

	wire_status(&w, 1);
	assert_int_equal(tls_write(c->tls, w.data, w.len), ERR_OK);
	wire_release(&w);
	send_pending(c);
	if (!read_inside(c, data, FRAME_HEADER_SIZE))
		return false;
	rbuf_init(&b, data, FRAME_HEADER_SIZE);
	assert_int_equal(frame_get(&b, &f), ERR_OK);
	assert_int_equal(f.status, ST_OK);
	assert_in_range(f.head_len, 1, 4096);
	assert_true(read_inside(c, data, f.head_len));
	rbuf_init(&b, data, f.head_len);
	assert_int_equal(msg_status_answer_get(&b, &a), ERR_OK);
	*flags = a.store.flags;
	return true;
}

static void dial_in_with(const struct rig *r, struct client *c, const char *key)
{
	uint8_t flags;

	dial_greeted(r, c);
	assert_true(enter(c, key));
	assert_true(take_greeting(c));
	assert_true(ask(c, &flags));
}

static bool is_alive(struct client *c)
{
	uint8_t flags;

	return ask(c, &flags);
}

static void await_death(struct client *c)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	while (is_alive(c))
		assert_true(clock_ms() < end);
}

/* True when nothing has come, and not the end either. */
static bool is_quiet(const struct client *c)
{
	char byte;

	return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       errno == EAGAIN;
}

static void reload_keys(struct rig *r, const char *keys)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;
	unsigned before = atomic_load(&r->reloads);

	keys_write(r->keys, keys);
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	while (atomic_load(&r->reloads) == before) {
		assert_true(clock_ms() < end);
		poll(NULL, 0, 1);
	}
}

/* ---- tests */

static void the_greeting_alone_says_tls(void **state)
{
	struct rig *r = *state;
	struct greeting g;
	struct client c;
	struct rbuf b;
	uint8_t flags;

	dial_greeted(r, &c);
	rbuf_init(&b, c.greeting, sizeof(c.greeting));
	assert_int_equal(greeting_get(&b, &g), ERR_OK);
	assert_int_equal(g.flags & STORE_TLS, STORE_TLS);
	assert_true(enter(&c, "a1"));
	assert_true(take_greeting(&c));
	assert_true(ask(&c, &flags));
	assert_int_equal(flags | STORE_TLS, g.flags);
	assert_int_equal(flags & STORE_TLS, 0);
	hang_up(&c);
}

static void plain_text_is_not_answered(void **state)
{
	struct rig *r = *state;
	struct client c;

	dial_greeted(r, &c);
	assert_false(ask_status(c.fd));
	hang_up(&c);
	assert_int_equal(atomic_load(&r->v.requests), 0);
}

static void of_too_many_handshakes_the_oldest_goes(void **state)
{
	struct rig *r = *state;
	struct client c[GATE_SHAKES_MAX + 1], honest;
	char byte;

	dial_in_with(r, &honest, "a1");
	for (int i = 0; i < GATE_SHAKES_MAX; i++) {
		dial_greeted(r, &c[i]);
		if (i % 2)
			assert_int_equal(send(c[i].fd, "\x16\3\1", 3, 0), 3);
		next_ms();
	}
	assert_true(is_quiet(&c[0]));
	dial_greeted(r, &c[GATE_SHAKES_MAX]);
	assert_int_equal(recv(c[0].fd, &byte, 1, 0), 0);
	for (int i = 1; i < GATE_SHAKES_MAX; i++)
		assert_true(is_quiet(&c[i]));
	assert_true(enter(&c[GATE_SHAKES_MAX], "b2"));
	assert_true(take_greeting(&c[GATE_SHAKES_MAX]));
	/* That one is through: there is room for another. */
	next_ms();
	dial_greeted(r, &c[0]);
	assert_true(is_quiet(&c[1]));
	assert_true(is_alive(&honest));
	hang_up(&honest);
	for (int i = 0; i <= GATE_SHAKES_MAX; i++)
		hang_up(&c[i]);
	await_connections(r, 0);
	assert_int_equal(rig_stop(r), DISPATCH_STOPPED);
}

/* However long those with a key have been idle. */
static void whose_handshake_is_not_through_makes_room_first(void **state)
{
	struct rig *r = *state;
	struct client honest[2], half, late;
	char byte;

	dial_in_with(r, &honest[0], "a1");
	dial_in_with(r, &honest[1], "b2");
	next_ms();
	dial_greeted(r, &half);
	assert_int_equal(send(half.fd, "\x16\3\1", 3, 0), 3);
	next_ms();
	dial_in_with(r, &late, "r3");
	assert_int_equal(recv(half.fd, &byte, 1, 0), 0);
	assert_true(is_alive(&honest[0]));
	assert_true(is_alive(&honest[1]));
	for (int i = 0; i < 2; i++)
		hang_up(&honest[i]);
	hang_up(&half);
	hang_up(&late);
}

static void a_reload_cuts_whose_key_has_gone_or_changed(void **state)
{
	struct rig *r = *state;
	struct client a, b, reader, half;

	dial_in_with(r, &a, "a1");
	dial_in_with(r, &b, "b2");
	dial_in_with(r, &reader, "r3");
	dial_greeted(r, &half);
	reload_keys(r, "a1 b4 c5");
	await_death(&b);
	await_death(&reader);
	assert_true(is_alive(&a));
	/* A handshake that began before ends with the keys of now. */
	assert_true(enter(&half, "b2"));
	assert_false(take_greeting(&half));
	hang_up(&b);
	hang_up(&reader);
	dial_in_with(r, &b, "b4");
	dial_in_with(r, &reader, "c5");
	hang_up(&a);
	hang_up(&b);
	hang_up(&reader);
	hang_up(&half);
}

static void a_bad_key_file_changes_nothing(void **state)
{
	struct rig *r = *state;
	struct client a, b;

	dial_in_with(r, &a, "a1");
	reload_keys(r, "a1 a2");
	assert_true(is_alive(&a));
	reload_keys(r, "");
	assert_true(is_alive(&a));
	/* The limit is 0 by the test's reload(): a newcomer takes a's place. */
	dial_until_greeted(r, &b);
	assert_true(enter(&b, "b2"));
	hang_up(&a);
	hang_up(&b);
}

static void handshakes_do_not_delay_the_end(void **state)
{
	struct rig *r = *state;
	struct client c[30];
	uint64_t start;

	for (int i = 0; i < 30; i++) {
		dial_greeted(r, &c[i]);
		if (i % 2)
			assert_int_equal(send(c[i].fd, "\x16\3\1", 3, 0), 3);
	}
	start = clock_ms();
	assert_int_equal(rig_stop(r), DISPATCH_STOPPED);
	assert_in_range(clock_ms() - start, 0, 1000);
	for (int i = 0; i < 30; i++)
		hang_up(&c[i]);
}

/* ---- who has failed */

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage ss = {.ss_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct sockaddr_in in = {.sin_family = AF_INET};

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		memcpy(&ss, &in, sizeof(in));
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
		memcpy(&ss, &in6, sizeof(in6));
	}
	return ss;
}

static unsigned note(struct suspects *q, const char *text, uint64_t now)
{
	struct sockaddr_storage ss = address(text);

	return suspects_note(q, &ss, now);
}

static void failures_are_counted_by_address_and_minute(void **state)
{
	static struct suspects q;

	(void)state;
	assert_int_equal(note(&q, "10.0.0.1", 5), 1);
	assert_int_equal(note(&q, "10.0.0.2", 6), 1);
	assert_int_equal(note(&q, "::ffff:10.0.0.1", 7), 2);
	assert_int_equal(note(&q, "2001:db8:0:1::1", 8), 1);
	assert_int_equal(note(&q, "2001:db8:0:1:ffff::2", 9), 2);
	assert_int_equal(note(&q, "2001:db8:0:2::1", 10), 1);
	assert_int_equal(note(&q, "10.0.0.1", 60004), 3);
	assert_int_equal(note(&q, "10.0.0.1", 60005), 1);
	assert_int_equal(note(&q, "10.0.0.1", 60006), 2);
}

static void the_longest_quiet_address_is_forgotten(void **state)
{
	static struct suspects q;
	uint64_t now = 1;
	char text[32];

	(void)state;
	for (unsigned i = 0; i < SUSPECTS_MAX; i++) {
		(void)snprintf(text, sizeof(text), "10.0.%u.1", i);
		assert_int_equal(note(&q, text, now++), 1);
	}
	assert_int_equal(note(&q, "10.0.0.1", now++), 2);
	assert_int_equal(note(&q, "10.1.0.1", now++), 1);
	assert_int_equal(note(&q, "10.0.0.1", now++), 3);
	assert_int_equal(note(&q, "10.0.2.1", now++), 2);
	assert_int_equal(note(&q, "10.0.1.1", now++), 1);
}

int main(void)
{
#define GATE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, gate_setup, gate_teardown)
	const struct CMUnitTest tests[] = {
		GATE_TEST(the_greeting_alone_says_tls),
		GATE_TEST(plain_text_is_not_answered),
		GATE_TEST(of_too_many_handshakes_the_oldest_goes),
		cmocka_unit_test_setup_teardown(
			whose_handshake_is_not_through_makes_room_first,
			narrow_gate_setup, gate_teardown),
		GATE_TEST(a_reload_cuts_whose_key_has_gone_or_changed),
		GATE_TEST(a_bad_key_file_changes_nothing),
		GATE_TEST(handshakes_do_not_delay_the_end),
		cmocka_unit_test(failures_are_counted_by_address_and_minute),
		cmocka_unit_test(the_longest_quiet_address_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
