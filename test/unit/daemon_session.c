/* Sessions over socket pairs, with a real store, real workers, and this
 * thread as the dispatcher. */
#include "wire_kit.h"

#include <sys/epoll.h>

#include "pool.h"
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
};

static void rig_connect(struct rig *r)
{
	int pair[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(session_open(&r->v, pair[1], &r->s), ERR_OK);
	r->fd = pair[0];
}

/* Is the dispatcher, for up to wait_ms. */
static void rig_turn(struct rig *r, int wait_ms)
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

static void rig_disconnect(struct rig *r)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	close(r->fd);
	while (r->s && clock_ms() < end)
		rig_turn(r, 1);
	assert_null(r->s);
	inbox_release(&r->in);
	wire_release(&r->out);
}

static int rig_setup(void **state)
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

static int rig_teardown(void **state)
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

/* Sends bytes and reads answers meanwhile. */
static void rig_send(struct rig *r, const uint8_t *data, size_t len)
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
		inbox_read(&r->in, r->fd, 65536);
		if (r->in.ended)
			return;
	}
}

static void rig_send_all(struct rig *r)
{
	rig_send(r, r->out.data, r->out.len);
	r->out.len = 0;
}

/* Waits for the next frame of an answer. */
static void rig_answer(struct rig *r, struct answer *a)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	while (!inbox_take(&r->in, a)) {
		assert_false(r->in.ended);
		assert_true(clock_ms() < end);
		rig_turn(r, 1);
		inbox_read(&r->in, r->fd, 1 << 20);
	}
}

static void rig_await_end(struct rig *r)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	while (!r->in.ended) {
		assert_true(clock_ms() < end);
		rig_turn(r, 1);
		inbox_read(&r->in, r->fd, 65536);
	}
	assert_int_equal(r->in.at, r->in.len);
}

static enum status refusal_of(const struct answer *a)
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
static void rig_expect(struct rig *r, const enum status *want, unsigned count)
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
static void rig_expect_quiet(struct rig *r)
{
	struct answer a;

	wire_status(&r->out, 4000);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(a.f.id, 4000);
	assert_int_equal(a.f.status, ST_OK);
}

/* ---- a run of every kind of request */

static const enum status script_wants[] = {
	ST_OK,		  /* 1 QUERY */
	ST_OK,		  /* 2 a stage */
	ST_OK,		  /* 3 STATUS */
	ST_UNKNOWN_OP,	  /* 4 operation 99 */
	ST_BAD_REQUEST,	  /* 5 a malformed QUERY */
	ST_BAD_REQUEST,	  /* 6 a QUERY with a body */
	ST_OTHER_CLUSTER, /* 7 a stage for another cluster */
	ST_OK,		  /* 8 LIST */
	ST_OK,		  /* 9 ABORT of nothing */
	ST_BAD_REQUEST,	  /* 10 a STAGE_END of nothing */
	ST_BAD_REQUEST,	  /* 11 a head longer than any */
	ST_UNKNOWN_OP,	  /* 12 RESTORE, and its data */
	ST_OK,		  /* 13 QUERY */
};

#define SCRIPT_COUNT (sizeof(script_wants) / sizeof(script_wants[0]))

static void wire_script(struct wire *w, const struct kit *k, const char *name)
{
	static const uint8_t zeros[3000];
	struct version v = kit_version(1, 56, DIGEST_XXH3);
	struct tag none = kit_tag(99);
	struct kit other = *k;
	struct wbuf junk;

	memset(other.cluster.id, 0x77, sizeof(other.cluster.id));
	wbuf_init(&junk, (void *)(uintptr_t)zeros, sizeof(zeros));
	junk.len = 5;
	wire_query(w, 1, name);
	wire_stage(w, 2, k, name, &v);
	wire_status(w, 3);
	wire_frame(w, 99, 4, &junk, zeros, 17);
	wire_frame(w, OP_QUERY, 5, &junk, NULL, 0);
	wire_frame(w, OP_STATUS, 6, NULL, zeros, 9);
	wire_stage(w, 7, &other, name, &v);
	wire_list(w, 8, name);
	wire_abort(w, 9, k, name, &none);
	wire_frame(w, OP_STAGE_END, 10, NULL, NULL, 0);
	junk.len = sizeof(zeros);
	wire_frame(w, OP_QUERY, 11, &junk, zeros, 4);
	junk.len = 5;
	wire_frame(w, OP_RESTORE, 12, &junk, NULL, 0);
	wire_data(w, 12, 0, zeros, 20);
	wire_frame(w, OP_STAGE_END, 12, NULL, NULL, 0);
	wire_query(w, 13, name);
}

static void every_request_is_answered_once(void **state)
{
	struct rig *r = *state;

	kit_put(&r->k, "first", 1, 10);
	wire_script(&r->out, &r->k, "name");
	rig_send_all(r);
	rig_expect(r, script_wants, SCRIPT_COUNT);
	rig_expect_quiet(r);
	assert_string_equal(kit_states(&r->k, "name"), "s");
}

static void a_cut_at_any_byte_changes_nothing(void **state)
{
	struct rig *r = *state;
	char name[32];
	size_t len;

	kit_put(&r->k, "first", 1, 10);
	wire_script(&r->out, &r->k, "n0000");
	len = r->out.len;
	for (size_t cut = 1; cut < len; cut++) {
		/* The long head needs no care at each of its bytes. */
		if (cut > 1700 && cut < len - 600 && cut % 97)
			continue;
		(void)snprintf(name, sizeof(name), "n%04zu", cut);
		r->out.len = 0;
		wire_script(&r->out, &r->k, name);
		assert_int_equal(r->out.len, len);
		rig_send(r, r->out.data, cut);
		for (int i = 0; i < 3; i++)
			rig_turn(r, 0);
		rig_send(r, r->out.data + cut, len - cut);
		rig_expect(r, script_wants, SCRIPT_COUNT);
	}
	r->out.len = 0;
	rig_expect_quiet(r);
}

static void bytes_may_come_one_by_one(void **state)
{
	struct rig *r = *state;

	kit_put(&r->k, "first", 1, 10);
	wire_script(&r->out, &r->k, "name");
	for (size_t i = 0; i < r->out.len; i++) {
		rig_send(r, r->out.data + i, 1);
		rig_turn(r, 0);
	}
	r->out.len = 0;
	rig_expect(r, script_wants, SCRIPT_COUNT);
	rig_expect_quiet(r);
	assert_string_equal(kit_states(&r->k, "name"), "s");
}

/* Wherever the connection is cut: nothing half is left, and nothing hangs. */
static void a_connection_may_end_at_any_byte(void **state)
{
	struct rig *r = *state;
	unsigned files = open_files();

	for (size_t cut = 1;; cut += 7) {
		wire_script(&r->out, &r->k, "name");
		if (cut >= r->out.len)
			break;
		rig_send(r, r->out.data, cut);
		rig_disconnect(r);
		assert_int_equal(kit_abort(&r->k, "name", 1), ST_OK);
		rig_connect(r);
	}
	r->out.len = 0;
	assert_int_equal(kit_files(&r->k, NULL), 0);
	assert_int_equal(open_files(), files);
}

/* ---- stages */

static void many_small_stages_go_at_once(void **state)
{
	struct rig *r = *state;
	struct answer a;
	char name[16];

	for (uint32_t i = 0; i < 700; i++) {
		struct version v = kit_version(1, i, DIGEST_XXH3);

		(void)snprintf(name, sizeof(name), "f%u", i);
		wire_stage(&r->out, i + 1, &r->k, name, &v);
	}
	rig_send_all(r);
	for (int i = 0; i < 700; i++) {
		rig_answer(r, &a);
		assert_int_equal(a.f.status, ST_OK);
	}
	for (uint32_t i = 0; i < 700; i++) {
		struct version v = kit_version(1, i, DIGEST_XXH3);

		(void)kit_end(&v);
		(void)snprintf(name, sizeof(name), "f%u", i);
		wire_commit(&r->out, i + 1, &r->k, name, &v);
	}
	rig_send_all(r);
	for (int i = 0; i < 700; i++) {
		struct msg_commit_answer c;
		struct rbuf b;

		rig_answer(r, &a);
		assert_int_equal(a.f.op, OP_COMMIT);
		assert_int_equal(a.f.status, ST_OK);
		rbuf_init(&b, a.head, a.f.head_len);
		assert_int_equal(msg_commit_answer_get(&b, &c), ERR_OK);
		assert_int_equal(c.state, RECORD_COMMITTED);
		assert_int_equal(c.store.state, STORE_JOINING);
	}
	assert_int_equal(kit_files(&r->k, NULL), 1400);
}

static void stages_may_be_interleaved(void **state)
{
	struct rig *r = *state;
	const enum status want[] = {ST_OK, ST_OK};
	struct msg_stage_begin m[2];
	struct msg_stage_end end[2];
	struct version v[2];

	for (unsigned i = 0; i < 2; i++) {
		v[i] = kit_version(i + 1, 3000000, DIGEST_XXH3);
		m[i] = kit_begin(&r->k, i ? "b" : "a", &v[i]);
		end[i] = kit_end(&v[i]);
		WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, i + 1,
			     msg_stage_begin_put, &m[i]);
	}
	for (uint8_t slot = 0; slot < 2; slot++) {
		for (unsigned i = 0; i < 2; i++) {
			unsigned c = m[i].record.first;

			wire_chunk(&r->out, i + 1, &v[i], slot,
				   slot ? layout_next(c, 4) : c, 70001);
		}
	}
	for (unsigned i = 0; i < 2; i++)
		WIRE_REQUEST(&r->out, OP_STAGE_END, i + 1, msg_stage_end_put,
			     &end[i]);
	rig_send_all(r);
	rig_expect(r, want, 2);
	kit_get(&r->k, "a", 1, 3000000);
	kit_get(&r->k, "b", 2, 3000000);
}

/* Too many bytes, wrong digests, a slot that is none, too many stages. */
static void a_bad_stage_is_refused_once(void **state)
{
	static const uint8_t extra[100];
	struct rig *r = *state;
	struct version v = kit_version(1, 400, DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(&r->k, "a", &v);
	struct msg_stage_end end = kit_end(&v);
	struct answer a;
	struct wbuf head;
	uint8_t slot = 2;

	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	wire_chunk(&r->out, 1, &v, 0, m.record.first, 60);
	wire_data(&r->out, 1, 0, extra, sizeof(extra));
	wire_data(&r->out, 1, 1, extra, sizeof(extra));
	WIRE_REQUEST(&r->out, OP_STAGE_END, 1, msg_stage_end_put, &end);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(refusal_of(&a), ST_BAD_REQUEST);
	rig_expect_quiet(r);

	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	wire_data(&r->out, 1, 0, extra, sizeof(extra));
	wire_data(&r->out, 1, 1, extra, sizeof(extra));
	WIRE_REQUEST(&r->out, OP_STAGE_END, 1, msg_stage_end_put, &end);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(refusal_of(&a), ST_DIGEST);
	rig_expect_quiet(r);

	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	wbuf_init(&head, &slot, 1);
	head.len = 1;
	wire_frame(&r->out, OP_STAGE_DATA, 1, &head, extra, 50);
	wire_data(&r->out, 1, 1, extra, sizeof(extra));
	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	WIRE_REQUEST(&r->out, OP_STAGE_END, 1, msg_stage_end_put, &end);
	rig_send_all(r);
	rig_answer(r, &a);
	assert_int_equal(refusal_of(&a), ST_BAD_REQUEST);
	rig_expect_quiet(r);
	assert_int_equal(kit_files(&r->k, NULL), 0);
}

static void stages_under_way_are_limited(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 4, DIGEST_XXH3);
	struct answer a;
	char name[16];

	for (uint32_t i = 0; i < ARRIVALS_OPEN_MAX + 600; i++) {
		struct msg_stage_begin m;

		(void)snprintf(name, sizeof(name), "f%u", i);
		m = kit_begin(&r->k, name, &v);
		WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, i + 1,
			     msg_stage_begin_put, &m);
	}
	rig_send_all(r);
	for (uint32_t i = 0; i < 600; i++) {
		rig_answer(r, &a);
		assert_int_equal(a.f.id, ARRIVALS_OPEN_MAX + i + 1);
		assert_int_equal(refusal_of(&a), ST_LIMIT);
	}
	rig_expect_quiet(r);
}

static void abort_drops_an_arriving_stage(void **state)
{
	struct rig *r = *state;
	const enum status want[] = {ST_REFUSED, ST_OK};
	struct version v = kit_version(1, 400, DIGEST_XXH3);
	struct msg_stage_begin m = kit_begin(&r->k, "a", &v);

	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	wire_chunk(&r->out, 1, &v, 0, m.record.first, 60);
	wire_abort(&r->out, 2, &r->k, "a", &v.tag);
	rig_send_all(r);
	rig_expect(r, want, 2);
	/* What was on its way is dropped, and the id can be used again. */
	wire_chunk(&r->out, 1, &v, 1, layout_next(m.record.first, 4), 60);
	rig_expect_quiet(r);
	wire_stage(&r->out, 1, &r->k, "a", &v);
	rig_send_all(r);
	rig_expect(r, &want[1], 1);
}

/* ---- long answers */

static void take_body(struct rig *r, uint32_t id, const uint8_t *want,
		      size_t len)
{
	size_t at = 0;
	struct answer a;

	do {
		rig_answer(r, &a);
		assert_int_equal(a.f.id, id);
		assert_int_equal(a.f.status, ST_OK);
		assert_int_equal(a.f.head_len, 0);
		assert_in_range(a.f.body_len, 0, len - at);
		assert_memory_equal(a.body, want + at, a.f.body_len);
		at += a.f.body_len;
		assert_int_equal(!(a.f.flags & FRAME_MORE), at == len);
	} while (at < len);
}

static void a_chunk_comes_in_any_piece(void **state)
{
	static const struct {
		uint64_t offset, len;
	} pieces[] = {
		{0, 1250000}, {0, 0},	    {1250000, 0},
		{1249999, 1}, {0, 65536},   {3, 65537},
		{1, 1048576}, {1, 1048577}, {100000, 1100000},
	};
	struct rig *r = *state;
	struct version v = kit_version(1, 5000000, DIGEST_XXH3);
	unsigned first = kit_first("big");
	struct msg_fetch m;
	uint8_t *data;
	size_t len;

	kit_put(&r->k, "big", 1, 5000000);
	data = kit_chunk(&v, first, &len);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		m = kit_fetch_message(&r->k, "big", &v, first);
		m.offset = pieces[i].offset;
		m.len = pieces[i].len;
		wire_fetch(&r->out, 7, &m);
		rig_send_all(r);
		take_body(r, 7, data + m.offset, (size_t)m.len);
	}
	free(data);
}

/* Answers to what was asked after a long one come between its frames. */
static void a_long_answer_holds_up_no_other(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 80000000, DIGEST_XXH3);
	unsigned first = kit_first("big");
	struct msg_fetch m;
	struct answer a;
	unsigned frames[3] = {0};
	uint8_t *data[2];
	size_t at[2] = {0};
	size_t len;

	kit_put(&r->k, "big", 1, 80000000);
	for (uint32_t i = 0; i < 2; i++) {
		unsigned c = i ? layout_next(first, 4) : first;

		data[i] = kit_chunk(&v, c, &len);
		m = kit_fetch_message(&r->k, "big", &v, c);
		wire_fetch(&r->out, i, &m);
	}
	wire_query(&r->out, 2, "big");
	rig_send_all(r);
	while (at[0] < len || at[1] < len) {
		rig_answer(r, &a);
		frames[a.f.id]++;
		if (a.f.id == 2) {
			assert_in_range(frames[0] + frames[1], 0, 8);
			continue;
		}
		assert_memory_equal(a.body, data[a.f.id] + at[a.f.id],
				    a.f.body_len);
		at[a.f.id] += a.f.body_len;
		if (at[0] < len && at[1] < len)
			assert_in_range(frames[0] - frames[1] + 1, 0, 2);
	}
	assert_int_equal(frames[2], 1);
	free(data[0]);
	free(data[1]);
}

static void many_names(struct rig *r, unsigned count)
{
	char name[16];

	for (unsigned i = 0; i < count; i++) {
		struct version v = kit_tombstone(1);

		(void)snprintf(name, sizeof(name), "n%06u", i);
		wire_commit(&r->out, i + 1, &r->k, name, &v);
	}
	rig_send_all(r);
	for (unsigned i = 0; i < count; i++) {
		struct answer a;

		rig_answer(r, &a);
		assert_int_equal(a.f.status, ST_OK);
	}
}

/* Entries of one frame; counts names n000000, n000001, ... */
static void check_entries(const struct answer *a, unsigned *next)
{
	struct msg_list_entry e;
	struct rbuf b;
	char name[16];

	rbuf_init(&b, a->body, a->f.body_len);
	while (rbuf_left(&b) > 0) {
		assert_int_equal(msg_list_entry_get(&b, &e), ERR_OK);
		(void)snprintf(name, sizeof(name), "n%06u", (*next)++);
		assert_int_equal(e.name.len, strlen(name));
		assert_memory_equal(e.name.text, name, e.name.len);
	}
}

static void a_slow_reader_gets_the_whole_list(void **state)
{
	struct rig *r = *state;
	unsigned next = 0, first = 1, other = 0;
	struct answer a = {0};

	many_names(r, 2500);
	wire_list(&r->out, 1, "n");
	wire_query(&r->out, 2, "n000001");
	rig_send_all(r);
	for (;;) {
		while (!inbox_take(&r->in, &a)) {
			assert_false(r->in.ended);
			inbox_read(&r->in, r->fd, 999);
			rig_turn(r, 0);
		}
		if (a.f.id == 2) {
			other++;
			continue;
		}
		assert_int_equal(a.f.head_len > 0, first);
		first = 0;
		check_entries(&a, &next);
		if (!(a.f.flags & FRAME_MORE))
			break;
	}
	assert_int_equal(next, 2500);
	assert_int_equal(other, 1);
}

/* In the light queue nobody waits for more than a frame of a long answer. */
static void a_long_answer_goes_on_in_the_heavy_queue(void **state)
{
	struct rig *r = *state;
	struct pool_job *job = (struct pool_job *)(void *)r->s;
	struct worker w;
	struct answer a;

	many_names(r, 2500);
	/* From here on this thread is the worker. */
	pool_stop(r->v.pool);
	assert_int_equal(worker_init(&w, false), ERR_OK);
	wire_list(&r->out, 1, "n");
	rig_send_all(r);
	rig_turn(r, WIRE_WAIT_MS);
	assert_int_equal(session_serve(job, &w), POOL_HEAVY);
	rig_answer(r, &a);
	assert_true(a.f.flags & FRAME_MORE);
	inbox_read(&r->in, r->fd, 1 << 20);
	assert_false(inbox_take(&r->in, &a));
	assert_int_equal(session_serve(job, &w), POOL_DONE);
	rig_answer(r, &a);
	assert_false(a.f.flags & FRAME_MORE);
	worker_release(&w);
	pool_free(r->v.pool);
	assert_int_equal(pool_start(&r->v.pool, 2, session_serve), ERR_OK);
}

/* Who does not read has requests waiting, not answers without end. */
static void answers_that_nobody_reads_are_bounded(void **state)
{
	struct rig *r = *state;
	struct msg_status_answer st;
	unsigned sent = 0;
	ssize_t n = 1;
	struct answer a;

	for (unsigned i = 0; i < 1000; i++)
		wire_query(&r->out, i, "a");
	while (n > 0) {
		n = send(r->fd, r->out.data, r->out.len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0) {
			sent += (unsigned)n;
			/* Go on where it was cut. */
			if ((size_t)n < r->out.len) {
				memmove(r->out.data, r->out.data + n,
					r->out.len - (size_t)n);
				r->out.len -= (size_t)n;
			} else {
				r->out.len = 0;
				for (unsigned i = 0; i < 1000; i++)
					wire_query(&r->out, i, "a");
			}
		}
		for (int i = 0; i < 20; i++)
			rig_turn(r, 1);
		assert_in_range(sent, 0, 64 << 20);
	}
	store_status(r->k.store, &st);
	/* Read now, everything comes, up to where the sending was cut. */
	rig_send_all(r);
	wire_status(&r->out, 5000);
	rig_send_all(r);
	do {
		rig_answer(r, &a);
		assert_int_equal(a.f.status, ST_OK);
	} while (a.f.id != 5000);
}

/* ---- ends */

static void what_is_no_frame_ends_the_connection(void **state)
{
	static const char *const first[] = {
		"GET / HTTP/1.0\r\n\r\n",
		"\n",
		"dfs0",
		"d\0\0\0",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		size_t len = i == 3 ? 4 : strlen(first[i]);

		rig_send(r, (const uint8_t *)first[i], i == 4 ? 11 : len);
		rig_await_end(r);
		rig_disconnect(r);
		rig_connect(r);
	}
}

static void lengths_above_the_limits_end_it(void **state)
{
	static const struct {
		uint32_t head;
		uint64_t body;
	} claims[] = {
		{FRAME_HEAD_MAX + 1, 0}, {UINT32_MAX, 0},
		{0, FRAME_DATA_MAX + 1}, {0, UINT64_C(1) << 40},
		{0, UINT64_MAX},
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		struct frame f = {.op = OP_QUERY,
				  .head_len = claims[i].head,
				  .body_len = claims[i].body};
		uint8_t bytes[FRAME_HEADER_SIZE];
		struct wbuf b;

		wbuf_init(&b, bytes, sizeof(bytes));
		assert_int_equal(frame_put(&b, &f), ERR_OK);
		rig_send(r, bytes, sizeof(bytes));
		rig_await_end(r);
		rig_disconnect(r);
		rig_connect(r);
	}
}

static void a_peer_that_shuts_its_side_gets_its_answers(void **state)
{
	struct rig *r = *state;
	const enum status want[] = {ST_OK, ST_OK, ST_OK};
	struct version v = kit_version(1, 2000000, DIGEST_XXH3);

	wire_query(&r->out, 1, "a");
	wire_stage(&r->out, 2, &r->k, "a", &v);
	wire_list(&r->out, 3, "");
	rig_send_all(r);
	assert_int_equal(shutdown(r->fd, SHUT_WR), 0);
	rig_expect(r, want, 3);
	rig_await_end(r);
}

static void silence_in_mid_request_is_not_borne(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 400, DIGEST_XXH3);
	struct msg_stage_begin m;
	size_t cuts[3];

	atomic_store(&r->v.stall_ms, 30);
	m = kit_begin(&r->k, "a", &v);
	WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put, &m);
	cuts[0] = 3;	      /* a header */
	cuts[1] = 40;	      /* a head */
	cuts[2] = r->out.len; /* a stage */
	for (int i = 0; i < 3; i++) {
		rig_send(r, r->out.data, cuts[i]);
		rig_await_end(r);
		rig_disconnect(r);
		rig_connect(r);
		WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 1, msg_stage_begin_put,
			     &m);
	}
	r->out.len = 0;
	assert_int_equal(kit_files(&r->k, NULL), 0);
}

/* A byte now and then is no progress. */
static void a_trickle_is_not_borne(void **state)
{
	struct rig *r = *state;
	static const char name[] =
		"a-name-that-is-long-enough-for-all-the-bytes";
	uint64_t start = clock_ms();
	size_t at = 0;

	atomic_store(&r->v.stall_ms, 200);
	wire_query(&r->out, 1, name);
	/* Never a whole frame: the last byte of the first does not come. */
	while (!r->in.ended && clock_ms() - start < WIRE_WAIT_MS) {
		if (at < FRAME_HEADER_SIZE + sizeof(name))
			(void)send(r->fd, r->out.data + at++, 1, MSG_NOSIGNAL);
		for (int i = 0; i < 20; i++)
			rig_turn(r, 1);
		inbox_read(&r->in, r->fd, 65536);
	}
	assert_true(r->in.ended);
	assert_in_range(at, 2, FRAME_HEADER_SIZE + sizeof(name) - 1);
	r->out.len = 0;
}

static void answers_left_unread_end_it(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 80000000, DIGEST_XXH3);
	uint64_t end = clock_ms() + WIRE_WAIT_MS;
	struct msg_fetch m;

	kit_put(&r->k, "big", 1, 80000000);
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	atomic_store(&r->v.stall_ms, 30);
	wire_fetch(&r->out, 1, &m);
	assert_int_equal(send(r->fd, r->out.data, r->out.len, 0), r->out.len);
	while (r->s && clock_ms() < end)
		rig_turn(r, 1);
	assert_null(r->s);
}

static void silence_between_requests_is(void **state)
{
	struct rig *r = *state;
	uint64_t until;

	atomic_store(&r->v.stall_ms, 30);
	rig_expect_quiet(r);
	until = clock_ms() + 150;
	while (clock_ms() < until)
		rig_turn(r, 10);
	assert_non_null(r->s);
	inbox_release(&r->in);
	rig_expect_quiet(r);
}

static void sessions_leak_no_descriptor(void **state)
{
	struct rig *r = *state;
	struct version v = kit_version(1, 4000000, DIGEST_XXH3);
	unsigned files = open_files();
	struct msg_fetch m;

	kit_put(&r->k, "big", 1, 4000000);
	m = kit_fetch_message(&r->k, "big", &v, kit_first("big"));
	for (unsigned i = 0; i < 300; i++) {
		struct version w = kit_version(2 + i, 100, DIGEST_XXH3);
		struct msg_stage_begin b = kit_begin(&r->k, "a", &w);

		wire_fetch(&r->out, 1, &m);
		wire_fetch(&r->out, 2, &m);
		WIRE_REQUEST(&r->out, OP_STAGE_BEGIN, 3, msg_stage_begin_put,
			     &b);
		assert_int_equal(send(r->fd, r->out.data, r->out.len, 0),
				 r->out.len);
		for (unsigned j = 0; j < i % 3; j++)
			rig_turn(r, 0);
		rig_disconnect(r);
		rig_connect(r);
	}
	assert_int_equal(open_files(), files);
}

int main(void)
{
#define SESSION_TEST(f) \
	cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		SESSION_TEST(every_request_is_answered_once),
		SESSION_TEST(a_cut_at_any_byte_changes_nothing),
		SESSION_TEST(bytes_may_come_one_by_one),
		SESSION_TEST(a_connection_may_end_at_any_byte),
		SESSION_TEST(many_small_stages_go_at_once),
		SESSION_TEST(stages_may_be_interleaved),
		SESSION_TEST(a_bad_stage_is_refused_once),
		SESSION_TEST(stages_under_way_are_limited),
		SESSION_TEST(abort_drops_an_arriving_stage),
		SESSION_TEST(a_chunk_comes_in_any_piece),
		SESSION_TEST(a_long_answer_holds_up_no_other),
		SESSION_TEST(a_slow_reader_gets_the_whole_list),
		SESSION_TEST(a_long_answer_goes_on_in_the_heavy_queue),
		SESSION_TEST(answers_that_nobody_reads_are_bounded),
		SESSION_TEST(what_is_no_frame_ends_the_connection),
		SESSION_TEST(lengths_above_the_limits_end_it),
		SESSION_TEST(a_peer_that_shuts_its_side_gets_its_answers),
		SESSION_TEST(silence_in_mid_request_is_not_borne),
		SESSION_TEST(a_trickle_is_not_borne),
		SESSION_TEST(answers_left_unread_end_it),
		SESSION_TEST(silence_between_requests_is),
		SESSION_TEST(sessions_leak_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
