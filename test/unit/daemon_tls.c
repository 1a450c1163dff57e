/* A session with a key: handshakes, good and bad, and requests through TLS. */
#include "session_kit.h"
#include "tls_kit.h"

#include "session_inner.h"

static void load(struct rig *r, const char *keys)
{
	char path[KIT_DIR_MAX + 8], message[KEYRING_MESSAGE_MAX];

	(void)snprintf(path, sizeof(path), "%s.keys", r->k.dir);
	keys_write(path, keys);
	assert_int_equal(gate_load(r->v.gate, path, message), ERR_OK);
	assert_int_equal(unlink(path), 0);
}

static int keyed_setup(void **state)
{
	struct rig *r;

	rig_setup(state);
	r = *state;
	rig_disconnect(r);
	assert_int_equal(gate_new(&r->v.gate), ERR_OK);
	gate_set_shake_ms(r->v.gate, 60000);
	load(r, "a1 b2 r3");
	rig_connect(r);
	return 0;
}

static int keyed_teardown(void **state)
{
	struct gate *g = ((struct rig *)*state)->v.gate;

	rig_teardown(state);
	assert_false(gate_is_full(g));
	gate_free(g);
	return 0;
}

/* The client's side of the handshake, in pieces of so many bytes, until it is
 * through or the server has ended it.  True when it is through. */
static bool shake(struct rig *r, const char *key, size_t piece)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;
	enum err e = ERR_SHORT;

	r->peer = tls_dial(key);
	while (e == ERR_SHORT && !r->in.ended) {
		const uint8_t *data;
		size_t len;

		e = tls_shake(r->peer);
		while ((len = tls_pending(r->peer, &data)) > 0) {
			uint8_t copy[4096];

			len = len < piece ? len : piece;
			assert_in_range(len, 1, sizeof(copy));
			memcpy(copy, data, len);
			tls_sent(r->peer, len);
			rig_send_raw(r, copy, len);
			rig_turn(r, 0);
		}
		assert_true(clock_ms() < end);
		rig_turn(r, e == ERR_SHORT);
		if (e == ERR_SHORT)
			rig_read(r, 65536);
	}
	r->through = e == ERR_OK;
	return r->through;
}

/* What comes first inside repeats the greeting. */
static void take_greeting(struct rig *r)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	while (r->in.len < GREETING_SIZE) {
		assert_false(r->in.ended);
		assert_true(clock_ms() < end);
		rig_turn(r, 1);
		rig_read(r, 65536);
	}
	assert_memory_equal(r->in.data, rig_greeting, GREETING_SIZE);
	r->in.at = GREETING_SIZE;
}

static void enter(struct rig *r, const char *key)
{
	assert_true(shake(r, key, 4096));
	take_greeting(r);
}

/* Of the connection, whatever comes before. */
static void await_end(struct rig *r)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	while (!r->in.ended) {
		assert_true(clock_ms() < end);
		rig_turn(r, 1);
		rig_read(r, 65536);
	}
}

/* ---- handshakes */

static void a_key_opens_the_way_to_requests(void **state)
{
	struct rig *r = *state;
	const enum status want[] = {ST_OK, ST_OK, ST_OK};
	struct version v = kit_version(1, 100000, DIGEST_XXH3);

	enter(r, "b2");
	wire_query(&r->out, 1, "a");
	wire_stage(&r->out, 2, &r->k, "a", &v);
	wire_commit(&r->out, 3, &r->k, "a", &v);
	rig_send_all(r);
	rig_expect(r, want, 3);
	rig_expect_quiet(r);
	assert_string_equal(kit_states(&r->k, "a"), "c");
}

static void all_bytes_may_come_one_by_one(void **state)
{
	struct rig *r = *state;
	struct answer a;
	const uint8_t *data;
	size_t len;

	assert_true(shake(r, "a1", 1));
	take_greeting(r);
	wire_query(&r->out, 1, "a");
	wire_status(&r->out, 2);
	assert_int_equal(tls_write(r->peer, r->out.data, r->out.len), ERR_OK);
	while ((len = tls_pending(r->peer, &data)) > 0) {
		assert_int_equal(send(r->fd, data, 1, MSG_NOSIGNAL), 1);
		tls_sent(r->peer, 1);
		rig_turn(r, 0);
	}
	for (uint32_t id = 1; id <= 2; id++) {
		rig_answer(r, &a);
		assert_int_equal(a.f.id, id);
		assert_int_equal(a.f.status, ST_OK);
	}
}

/* Requests may come with the end of the handshake, in one piece. */
static void requests_may_follow_at_once(void **state)
{
	struct rig *r = *state;
	uint64_t end = clock_ms() + WIRE_WAIT_MS;
	enum err e = ERR_SHORT;

	r->peer = tls_dial("a1");
	while (e == ERR_SHORT) {
		assert_true(clock_ms() < end);
		e = tls_shake(r->peer);
		if (e == ERR_SHORT)
			rig_send_sealed(r);
		rig_turn(r, 1);
		if (e == ERR_SHORT)
			rig_read(r, 65536);
	}
	assert_int_equal(e, ERR_OK);
	r->through = true;
	wire_status(&r->out, 1);
	rig_send_all(r);
	take_greeting(r);
	rig_expect(r, (const enum status[]){ST_OK}, 1);
}

static void what_is_not_tls_is_not_read(void **state)
{
	static const uint8_t first[] = {'d', 'G', 0, 0x15, 0x17, 0x80};
	struct rig *r = *state;
	struct version v = kit_version(1, 100, DIGEST_XXH3);

	for (size_t i = 0; i < sizeof(first); i++) {
		wire_status(&r->out, 1);
		wire_stage(&r->out, 2, &r->k, "a", &v);
		wire_commit(&r->out, 3, &r->k, "a", &v);
		r->out.data[0] = first[i];
		/* One byte is enough to be shown out. */
		rig_send(r, r->out.data, i % 2 ? 1 : r->out.len);
		r->out.len = 0;
		rig_await_end(r);
		assert_int_equal(r->in.len, 0);
		rig_disconnect(r);
		rig_connect(r);
	}
	assert_int_equal(atomic_load(&r->v.requests), 0);
	assert_int_equal(kit_files(&r->k, NULL), 0);
}

/* All that the server sends to a client with that key, which it refuses. */
static size_t refused(struct rig *r, const char *key, uint8_t *out, size_t cap)
{
	struct version v = kit_version(1, 100, DIGEST_XXH3);
	struct tls *t = tls_dial(key);
	const uint8_t *data;
	size_t len;

	assert_int_equal(tls_shake(t), ERR_SHORT);
	len = tls_pending(t, &data);
	wire_add(&r->out, data, len);
	/* Not sealed, and not obeyed either. */
	wire_stage(&r->out, 1, &r->k, "a", &v);
	rig_send_all(r);
	await_end(r);
	tls_free(t);
	len = r->in.len;
	assert_in_range(len, 1, cap);
	memcpy(out, r->in.data, len);
	rig_disconnect(r);
	rig_connect(r);
	return len;
}

static void a_wrong_key_and_an_unknown_label_get_the_same_answer(void **state)
{
	struct rig *r = *state;
	uint8_t wrong[256], unknown[256];
	size_t len = refused(r, "a9", wrong, sizeof(wrong));

	assert_int_equal(refused(r, "x1", unknown, sizeof(unknown)), len);
	assert_memory_equal(wrong, unknown, len);
	assert_int_equal(atomic_load(&r->v.requests), 0);
	assert_int_equal(kit_files(&r->k, NULL), 0);
}

/* Who has the key is not late, wherever the others come from. */
static void after_ten_failures_the_answer_is_late(void **state)
{
	struct rig *r = *state;
	uint8_t first[256], now[256];
	uint64_t start = clock_ms();
	size_t len = refused(r, "a9", first, sizeof(first));

	for (unsigned i = 1; i < GATE_FAILURES_MAX; i++)
		assert_int_equal(refused(r, "a9", now, sizeof(now)), len);
	assert_in_range(clock_ms() - start, 0,
			GATE_FAILURES_MAX * GATE_LATE_MS - 1);
	start = clock_ms();
	assert_int_equal(refused(r, "a9", now, sizeof(now)), len);
	assert_in_range(clock_ms() - start, GATE_LATE_MS, WIRE_WAIT_MS);
	assert_memory_equal(now, first, len);
	for (unsigned tries = 0;; tries++) {
		start = clock_ms();
		enter(r, "a1");
		rig_expect_quiet(r);
		if (clock_ms() - start < GATE_LATE_MS)
			break;
		/* A machine that has much to do may be late, but not always. */
		assert_in_range(tries, 0, 5);
		rig_disconnect(r);
		rig_connect(r);
	}
}

/* Its peer may go before; nobody waits for the time then. */
static void a_late_answer_holds_nothing_up(void **state)
{
	struct rig *r = *state;
	uint8_t now[256];
	uint64_t start;

	for (unsigned i = 0; i < GATE_FAILURES_MAX; i++)
		(void)refused(r, "a9", now, sizeof(now));
	for (unsigned tries = 0;; tries++) {
		start = clock_ms();
		rig_send(r, (const uint8_t *)"G", 1);
		rig_disconnect(r);
		rig_connect(r);
		if (clock_ms() - start < GATE_LATE_MS)
			break;
		assert_in_range(tries, 0, 5);
	}
}

/* Whatever it sends meanwhile. */
static void a_handshake_has_a_time_of_its_own(void **state)
{
	struct rig *r = *state;
	uint64_t start = clock_ms(), end = start + WIRE_WAIT_MS;
	struct tls *t = tls_dial("a1");
	const uint8_t *data;
	size_t len;

	gate_set_shake_ms(r->v.gate, 200);
	rig_disconnect(r);
	rig_connect(r);
	assert_int_equal(tls_shake(t), ERR_SHORT);
	len = tls_pending(t, &data);
	for (size_t at = 0; !r->in.ended; at++) {
		assert_true(clock_ms() < end);
		if (at < len - 1)
			(void)send(r->fd, data + at, 1, MSG_NOSIGNAL);
		rig_turn(r, 5);
		rig_read(r, 65536);
	}
	tls_free(t);
	assert_in_range(clock_ms() - start, 190, 5000);
	assert_int_equal(r->in.len, 0);
}

/* Once it is through the peer may be silent. */
static void silence_between_requests_is_borne(void **state)
{
	struct rig *r = *state;
	uint64_t until;

	gate_set_shake_ms(r->v.gate, 50);
	rig_disconnect(r);
	atomic_store(&r->v.stall_ms, 50);
	rig_connect(r);
	enter(r, "a1");
	rig_expect_quiet(r);
	for (until = clock_ms() + 200; clock_ms() < until;)
		rig_turn(r, 10);
	rig_expect_quiet(r);
}

/* A byte now and then of a sealed request is no progress. */
static void a_record_that_trickles_is_not_borne(void **state)
{
	struct rig *r = *state;
	uint64_t end = clock_ms() + WIRE_WAIT_MS;
	uint8_t sealed[4096];
	const uint8_t *data;
	size_t len, at;

	atomic_store(&r->v.stall_ms, 200);
	enter(r, "a1");
	wire_query(&r->out, 1, "a-name-that-is-long-enough-for-the-bytes");
	assert_int_equal(tls_write(r->peer, r->out.data, r->out.len), ERR_OK);
	r->out.len = 0;
	len = tls_pending(r->peer, &data);
	assert_in_range(len, 64, sizeof(sealed));
	memcpy(sealed, data, len);
	tls_sent(r->peer, len);
	for (at = 0; !r->in.ended && clock_ms() < end;) {
		if (at < len - 1)
			(void)send(r->fd, sealed + at++, 1, MSG_NOSIGNAL);
		for (int i = 0; i < 20; i++)
			rig_turn(r, 1);
		rig_read(r, 65536);
	}
	assert_true(r->in.ended);
	assert_in_range(at, 2, len - 1);
}

static void what_is_no_record_ends_the_connection(void **state)
{
	struct rig *r = *state;
	struct tls *peer;

	enter(r, "a1");
	peer = r->peer;
	r->peer = NULL;
	wire_status(&r->out, 1);
	rig_send_all(r);
	r->in.at = r->in.len;
	await_end(r);
	tls_free(peer);
	assert_int_equal(atomic_load(&r->v.requests), 0);
}

static void a_handshake_without_end_is_refused(void **state)
{
	static const uint8_t record[] = {0x16, 3, 1, 0x40, 0, 1, 1, 0, 0};
	static uint8_t zeros[0x4000];
	struct rig *r = *state;

	for (unsigned i = 0; i < 3 && !r->in.ended; i++) {
		rig_send(r, record, i ? 5 : sizeof(record));
		rig_send(r, zeros, i ? 0x4000 : 0x4000 - 4);
	}
	await_end(r);
	assert_int_equal(atomic_load(&r->v.requests), 0);
}

/* ---- rights */

static void wire_changes(struct wire *w, const struct kit *k)
{
	struct version v = kit_version(2, 56, DIGEST_XXH3);
	struct msg_drop drop = kit_drop_message(k, "a", &v.tag);
	struct msg_join j = {.cluster = k->cluster, .state = STORE_MEMBER};
	struct msg_copy copy;

	v.tag.ctr = 1;
	copy = kit_copy_message(k, "a", &v, "b", 7);
	v.tag.ctr = 2;
	wire_stage(w, 6, k, "a", &v);
	wire_restore(w, 7, k, "a", &v);
	wire_commit(w, 8, k, "a", &v);
	wire_drop(w, OP_ABORT, 9, &drop);
	wire_drop(w, OP_FORGET, 10, &drop);
	wire_drop(w, OP_DISCARD, 11, &drop);
	WIRE_REQUEST(w, OP_COPY, 12, msg_copy_put, &copy);
	WIRE_REQUEST(w, OP_JOIN, 13, msg_join_put, &j);
}

static void a_key_for_reading_changes_nothing(void **state)
{
	static const enum status want[] = {
		ST_OK,		  /* 1 QUERY */
		ST_OK,		  /* 2 LIST */
		ST_OK,		  /* 3 FETCH */
		ST_OK,		  /* 4 STATUS */
		ST_OK,		  /* 5 VERIFY */
		ST_NOT_PERMITTED, /* 6 STAGE_BEGIN, _DATA, _END */
		ST_NOT_PERMITTED, /* 7 RESTORE */
		ST_NOT_PERMITTED, /* 8 COMMIT */
		ST_NOT_PERMITTED, /* 9 ABORT */
		ST_NOT_PERMITTED, /* 10 FORGET */
		ST_NOT_PERMITTED, /* 11 DISCARD */
		ST_NOT_PERMITTED, /* 12 COPY */
		ST_NOT_PERMITTED, /* 13 JOIN */
		ST_UNKNOWN_OP,	  /* 14 */
	};
	struct rig *r = *state;
	struct version v = kit_version(1, 56, DIGEST_XXH3);
	struct msg_fetch m;

	kit_put(&r->k, "a", 1, 56);
	m = kit_fetch_message(&r->k, "a", &v, kit_first("a"));
	enter(r, "r3");
	wire_query(&r->out, 1, "a");
	wire_list(&r->out, 2, "");
	wire_fetch(&r->out, 3, &m);
	wire_status(&r->out, 4);
	wire_verify(&r->out, 5, &m);
	wire_changes(&r->out, &r->k);
	wire_frame(&r->out, 99, 14, NULL, NULL, 0);
	rig_send_all(r);
	rig_expect(r, want, sizeof(want) / sizeof(want[0]));
	rig_expect_quiet(r);
	assert_string_equal(kit_states(&r->k, "a"), "c");
	assert_string_equal(kit_states(&r->k, "b"), "");
}

static void a_key_that_goes_ends_what_it_has_opened(void **state)
{
	struct rig *r = *state;

	enter(r, "b2");
	rig_expect_quiet(r);
	load(r, "a1 b2");
	assert_true(session_is_admitted(r->s));
	load(r, "a1 b3");
	assert_false(session_is_admitted(r->s));
	load(r, "a1");
	assert_false(session_is_admitted(r->s));
}

/* A handshake that began with keys that are gone at its end. */
static void a_key_that_went_meanwhile_opens_nothing(void **state)
{
	struct rig *r = *state;

	load(r, "a1");
	assert_true(session_is_admitted(r->s));
	assert_true(shake(r, "b2", 4096));
	rig_await_end(r);
	assert_int_equal(r->in.len, 0);
	rig_disconnect(r);
	rig_connect(r);
	enter(r, "a1");
	rig_expect_quiet(r);
}

/* ---- long answers */

#define HELD_MAX (512 << 10) /* bytes in memory for a peer that does not read */
#define SEALED_MAX (OUT_SEAL_MAX + 1024)

static size_t held(struct session *s)
{
	size_t len, sealed;

	mutex_lock(&s->lock);
	sealed = out_sealed(&s->out);
	len = s->out.cap + sealed;
	mutex_unlock(&s->lock);
	assert_in_range(sealed, 0, SEALED_MAX);
	return len;
}

/* What waits is sealed when there is room for it, not before. */
static void little_is_sealed_ahead(void **state)
{
	static const uint8_t zeros[2 << 20];
	struct rig *r = *state;
	struct out *o = &r->s->out;

	enter(r, "a1");
	rig_expect_quiet(r);
	mutex_lock(&r->s->lock);
	assert_int_equal(
		out_send_or_add(o, r->s->fd, zeros, sizeof(zeros), false),
		ERR_OK);
	mutex_unlock(&r->s->lock);
	assert_in_range(held(r->s), sizeof(zeros) / 2, SIZE_MAX);
}

/* Reads at most that many bytes at a time until a frame is whole. */
static void answer_slowly(struct rig *r, struct answer *a, size_t most)
{
	uint64_t end = clock_ms() + 3 * WIRE_WAIT_MS;

	while (!inbox_take(&r->in, a)) {
		assert_true(clock_ms() < end);
		assert_in_range(held(r->s), 0, HELD_MAX);
		rig_turn(r, 0);
		rig_read(r, most);
	}
}

/* The bytes of a chunk in frames of id, among answers to others, which are
 * counted. */
static unsigned take_chunk(struct rig *r, uint32_t id, const uint8_t *want,
			   size_t len, size_t most)
{
	unsigned others = 0;
	size_t at = 0;
	struct answer a;

	while (at < len) {
		answer_slowly(r, &a, most);
		assert_int_equal(a.f.status, ST_OK);
		if (a.f.id != id) {
			others++;
			continue;
		}
		assert_in_range(a.f.body_len, 1, len - at);
		assert_memory_equal(a.body, want + at, a.f.body_len);
		at += a.f.body_len;
		assert_int_equal(!(a.f.flags & FRAME_MORE), at == len);
	}
	return others;
}

static void a_slow_reader_gets_the_whole_chunk(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 12000000, DIGEST_XXH3);
	struct msg_fetch m;
	uint8_t *data;
	size_t len;

	kit_put(&r->k, "big", 1, v.size);
	data = kit_chunk(&v, kit_first("big"), &len);
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	enter(r, "r3");
	wire_fetch(&r->out, 1, &m);
	rig_send_all(r);
	assert_int_equal(take_chunk(r, 1, data, len, 1999), 0);
	rig_expect_quiet(r);
	free(data);
}

/* Changes that the sync thread answers, while a worker has the session: before,
 * within and behind the parts of a file, and while it reads. */
static void answers_of_all_threads_keep_their_order(void **state)
{
	enum { ROUNDS = 60, CHANGES = 16 };
	struct rig *r = *state;
	struct version v = kit_version(1, 12000000, DIGEST_XXH3);
	struct msg_fetch m;
	uint8_t *data;
	unsigned others = 0;
	uint32_t id = 2;
	char name[16];
	size_t len;

	kit_put(&r->k, "big", 1, v.size);
	data = kit_chunk(&v, kit_first("big"), &len);
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	enter(r, "a1");
	wire_fetch(&r->out, 1, &m);
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned j = 0; j < CHANGES; j++) {
			struct version t = kit_tombstone(1 + i);

			(void)snprintf(name, sizeof(name), "n%u", j);
			wire_commit(&r->out, id++, &r->k, name, &t);
		}
		wire_query(&r->out, id++, "big");
		rig_send_all(r);
	}
	others = take_chunk(r, 1, data, len, 16384);
	for (struct answer a; others < id - 2; others++) {
		rig_answer(r, &a);
		assert_int_equal(a.f.status, ST_OK);
	}
	rig_expect_quiet(r);
	free(data);
}

static void a_slow_reader_gets_the_whole_list(void **state)
{
	enum { NAMES_COUNT = 3000 };
	struct rig *r = *state;
	struct answer a;
	unsigned names = 0;
	char name[16];

	enter(r, "a1");
	for (uint32_t i = 0; i < NAMES_COUNT; i++) {
		struct version t = kit_tombstone(1);

		(void)snprintf(name, sizeof(name), "n%06u", i);
		wire_commit(&r->out, i, &r->k, name, &t);
	}
	rig_send_all(r);
	for (unsigned i = 0; i < NAMES_COUNT; i++)
		rig_answer(r, &a);
	wire_list(&r->out, 1, "n");
	rig_send_all(r);
	do {
		struct msg_list_entry e;
		struct rbuf b;

		answer_slowly(r, &a, 999);
		rbuf_init(&b, a.body, a.f.body_len);
		while (rbuf_left(&b) > 0) {
			assert_int_equal(msg_list_entry_get(&b, &e), ERR_OK);
			(void)snprintf(name, sizeof(name), "n%06u", names++);
			assert_memory_equal(e.name.text, name, 7);
		}
	} while (a.f.flags & FRAME_MORE);
	assert_int_equal(names, NAMES_COUNT);
}

static void answers_left_unread_end_it(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 8000000, DIGEST_XXH3);
	struct msg_fetch m;
	uint64_t end;
	const uint8_t *bytes;

	kit_put(&r->k, "big", 1, v.size);
	end = clock_ms() + WIRE_WAIT_MS;
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	enter(r, "a1");
	atomic_store(&r->v.stall_ms, 50);
	wire_fetch(&r->out, 1, &m);
	assert_int_equal(tls_write(r->peer, r->out.data, r->out.len), ERR_OK);
	assert_true(tls_pending(r->peer, &bytes) > 0);
	assert_true(send(r->fd, bytes, tls_pending(r->peer, &bytes), 0) > 0);
	while (r->s && clock_ms() < end)
		rig_turn(r, 1);
	assert_null(r->s);
}

/* At the daemon's end a part of a file is not waited for. */
static void an_unread_body_does_not_delay_the_end(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 8000000, DIGEST_XXH3);
	struct msg_fetch m;
	uint64_t end;

	kit_put(&r->k, "big", 1, v.size);
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	enter(r, "a1");
	end = clock_ms() + WIRE_WAIT_MS;
	wire_fetch(&r->out, 1, &m);
	rig_send_all(r);
	while (held(r->s) < 10000) {
		assert_true(clock_ms() < end);
		rig_turn(r, 1);
	}
	atomic_store(&r->v.stopping, true);
	while (r->s && clock_ms() < end) {
		if (session_stop(r->s)) {
			session_close(r->s);
			r->s = NULL;
		}
		rig_turn(r, 1);
	}
	assert_null(r->s);
	assert_in_range(clock_ms(), 0, end - WIRE_WAIT_MS / 2);
}

int main(void)
{
#define TLS_TEST(f) \
	cmocka_unit_test_setup_teardown(f, keyed_setup, keyed_teardown)
	const struct CMUnitTest tests[] = {
		TLS_TEST(a_key_opens_the_way_to_requests),
		TLS_TEST(all_bytes_may_come_one_by_one),
		TLS_TEST(requests_may_follow_at_once),
		TLS_TEST(what_is_not_tls_is_not_read),
		TLS_TEST(a_wrong_key_and_an_unknown_label_get_the_same_answer),
		TLS_TEST(after_ten_failures_the_answer_is_late),
		TLS_TEST(a_late_answer_holds_nothing_up),
		TLS_TEST(a_handshake_has_a_time_of_its_own),
		TLS_TEST(silence_between_requests_is_borne),
		TLS_TEST(a_record_that_trickles_is_not_borne),
		TLS_TEST(what_is_no_record_ends_the_connection),
		TLS_TEST(a_handshake_without_end_is_refused),
		TLS_TEST(a_key_for_reading_changes_nothing),
		TLS_TEST(a_key_that_goes_ends_what_it_has_opened),
		TLS_TEST(a_key_that_went_meanwhile_opens_nothing),
		TLS_TEST(little_is_sealed_ahead),
		TLS_TEST(a_slow_reader_gets_the_whole_chunk),
		TLS_TEST(answers_of_all_threads_keep_their_order),
		TLS_TEST(a_slow_reader_gets_the_whole_list),
		TLS_TEST(answers_left_unread_end_it),
		TLS_TEST(an_unread_body_does_not_delay_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
