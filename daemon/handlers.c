#include "handlers.h"

#include "clock.h"

#define QUERY_HEAD_MAX 16384 /* bytes: MSG_RECORDS_MAX records and the store */
#define STATUS_HEAD_MAX 2048
#define STORE_HEAD_MAX 256

static struct store *store_of(const struct session *s)
{
	return session_service(s)->store;
}

static void head_of(const struct request *r, struct rbuf *b)
{
	rbuf_init(b, r->head, r->frame.head_len);
}

static void malformed(struct session *s, const struct request *r)
{
	session_refuse_with(s, r, ST_BAD_REQUEST, "malformed head");
}

/* An encoder failed, which it does only when a head is too small. */
static void unencodable(struct session *s, const struct request *r)
{
	session_refuse_with(s, r, ST_LIMIT, "answer too long");
}

static void answer(struct session *s, const struct request *r, struct wbuf *b)
{
	session_answer(s, r->frame.op, r->frame.id, b);
}

void handle_query(struct session *s, const struct request *r)
{
	uint8_t data[QUERY_HEAD_MAX];
	struct msg_query_answer a;
	struct msg_query m;
	struct rbuf in;
	struct wbuf out;

	head_of(r, &in);
	if (msg_query_get(&in, &m)) {
		malformed(s, r);
		return;
	}
	store_query(store_of(s), &m, &a);
	session_head(&out, data, sizeof(data));
	if (msg_query_answer_put(&out, &a))
		unencodable(s, r);
	else
		answer(s, r, &out);
}

void handle_status(struct session *s, const struct request *r)
{
	static const char software[] = "dfs " DFS_VERSION;
	uint8_t data[STATUS_HEAD_MAX];
	struct service *v = session_service(s);
	struct msg_status_answer a = {0};
	struct wbuf out;

	store_status(v->store, &a);
	a.uptime_ms = clock_ms() - v->start_ms;
	a.connections = atomic_load(&v->connections);
	a.scrubbed = atomic_load(&v->scrubbed);
	a.software = (struct msg_name){software, sizeof(software) - 1};
	session_head(&out, data, sizeof(data));
	if (msg_status_answer_put(&out, &a))
		unencodable(s, r);
	else
		answer(s, r, &out);
}

void handle_list(struct session *s, const struct request *r)
{
	struct msg_list m;
	struct rbuf in;

	head_of(r, &in);
	if (msg_list_get(&in, &m))
		malformed(s, r);
	else
		session_stream(s, r, stream_new_list(r->frame.id, &m));
}

void handle_fetch(struct session *s, const struct request *r)
{
	struct outcome no = {0};
	struct msg_fetch m;
	struct rbuf in;
	int fd;

	head_of(r, &in);
	if (msg_fetch_get(&in, &m)) {
		malformed(s, r);
		return;
	}
	no.status = store_fetch(store_of(s), &m, &fd, &no);
	if (no.status != ST_OK)
		session_refuse(s, r->frame.op, r->frame.id, &no);
	else
		session_stream(s, r, stream_new_fetch(r->frame.id, &m, fd));
}

/* FORGET, DISCARD, ABORT */
typedef void drop_change(struct store *s, const struct msg_drop *m,
			 store_done *done, void *arg);

static void handle_drop(struct session *s, const struct request *r,
			const struct msg_drop *m, drop_change *change)
{
	void *arg = session_expect(s, r->frame.op, r->frame.id);

	if (arg != NULL)
		change(store_of(s), m, session_done, arg);
}

/* False when it has been refused. */
static bool read_drop(struct session *s, const struct request *r,
		      struct msg_drop *m)
{
	struct rbuf in;

	head_of(r, &in);
	if (msg_drop_get(&in, m) == ERR_OK)
		return true;
	malformed(s, r);
	return false;
}

void handle_forget(struct session *s, const struct request *r)
{
	struct msg_drop m;

	if (read_drop(s, r, &m))
		handle_drop(s, r, &m, store_forget);
}

void handle_discard(struct session *s, const struct request *r)
{
	struct msg_drop m;

	if (read_drop(s, r, &m))
		handle_drop(s, r, &m, store_discard);
}

void handle_verify(struct session *s, const struct request *r)
{
	struct msg_fetch m;
	struct rbuf in;

	head_of(r, &in);
	if (msg_fetch_get(&in, &m))
		malformed(s, r);
	else if (m.offset != 0 || m.len != 0)
		session_refuse_with(s, r, ST_BAD_REQUEST,
				    "a part of a chunk has no digest");
	else
		session_stream(s, r, stream_new_verify(r->frame.id, &m));
}

void handle_copy(struct session *s, const struct request *r)
{
	struct msg_copy m;
	struct rbuf in;
	void *arg;

	head_of(r, &in);
	if (msg_copy_get(&in, &m)) {
		malformed(s, r);
		return;
	}
	arg = session_expect(s, r->frame.op, r->frame.id);
	if (arg != NULL)
		store_copy(store_of(s), &m, session_done, arg);
}

void handle_commit(struct session *s, const struct request *r)
{
	struct msg_commit m;
	struct rbuf in;
	void *arg;

	head_of(r, &in);
	if (msg_commit_get(&in, &m)) {
		malformed(s, r);
		return;
	}
	arg = session_expect(s, r->frame.op, r->frame.id);
	if (arg != NULL)
		store_commit(store_of(s), &m, session_done, arg);
}

void handle_join(struct session *s, const struct request *r)
{
	uint8_t data[STORE_HEAD_MAX];
	struct msg_join_answer a;
	struct outcome o = {0};
	struct msg_join m;
	struct rbuf in;
	struct wbuf out;

	head_of(r, &in);
	if (msg_join_get(&in, &m)) {
		malformed(s, r);
		return;
	}
	store_join(store_of(s), &m, &o);
	if (o.status != ST_OK) {
		session_refuse(s, r->frame.op, r->frame.id, &o);
		return;
	}
	store_describe(store_of(s), &a.store);
	session_head(&out, data, sizeof(data));
	if (msg_join_answer_put(&out, &a))
		unencodable(s, r);
	else
		answer(s, r, &out);
}

/* What of that tag is still arriving here, a stage or a restore, has its answer
 * now: it was aborted.  Its client sends no more of it. */
static void abort_arrivals(struct session *s, const struct msg_drop *m)
{
	const struct outcome aborted = {.status = ST_REFUSED,
					.text = "aborted"};
	struct arrivals *a = session_arrivals(s);
	struct arrival *one;

	while ((one = arrivals_find_tag(a, &m->name, &m->tag)) != NULL) {
		session_refuse(s, one->op, one->id, &aborted);
		store_stage_drop(arrivals_take(a, one));
	}
}

void handle_abort(struct session *s, const struct request *r)
{
	struct msg_drop m;

	if (!read_drop(s, r, &m))
		return;
	abort_arrivals(s, &m);
	handle_drop(s, r, &m, store_abort);
}

/* ---- stages: several frames, one answer */

/* Notes a stage that has had its answer, or has none yet and takes data. */
static void add_arrival(struct session *s, const struct request *r,
			struct stage *stage)
{
	if (arrivals_add(session_arrivals(s), r->frame.id, r->frame.op,
			 stage)) {
		store_stage_drop(stage);
		session_fail(s, "too many stages");
	}
}

void handle_stage_refusal(struct session *s, const struct request *r,
			  const struct outcome *o)
{
	struct arrivals *a = session_arrivals(s);
	struct arrival *one = arrivals_find(a, r->frame.id);

	if (one == NULL) {
		if (r->frame.op != OP_STAGE_DATA)
			session_refuse(s, r->frame.op, r->frame.id, o);
		if (r->frame.op == OP_STAGE_BEGIN || r->frame.op == OP_RESTORE)
			add_arrival(s, r, NULL);
		return;
	}
	if (one->stage != NULL)
		session_refuse(s, one->op, one->id, o);
	if (r->frame.op == OP_STAGE_END)
		store_stage_drop(arrivals_take(a, one));
	else
		arrivals_refuse(a, one);
}

static void refuse_stage(struct session *s, const struct request *r,
			 enum status status, const char *text)
{
	const struct outcome o = {.status = status, .text = text};

	handle_stage_refusal(s, r, &o);
}

typedef struct stage *stage_begin(struct store *s,
				  const struct msg_stage_begin *m,
				  struct outcome *no);

static void begin_arrival(struct session *s, const struct request *r,
			  stage_begin *begin)
{
	struct arrivals *a = session_arrivals(s);
	struct outcome no = {0};
	struct msg_stage_begin m;
	struct stage *stage;
	struct rbuf in;

	head_of(r, &in);
	if (arrivals_find(a, r->frame.id) != NULL) {
		refuse_stage(s, r, ST_BAD_REQUEST, "id is in use");
	} else if (msg_stage_begin_get(&in, &m)) {
		refuse_stage(s, r, ST_BAD_REQUEST, "malformed head");
	} else if (a->open >= ARRIVALS_OPEN_MAX) {
		refuse_stage(s, r, ST_LIMIT, "too many stages at once");
	} else {
		stage = begin(store_of(s), &m, &no);
		if (stage == NULL)
			handle_stage_refusal(s, r, &no);
		else
			add_arrival(s, r, stage);
	}
}

void handle_stage_begin(struct session *s, const struct request *r)
{
	begin_arrival(s, r, store_stage_begin);
}

void handle_restore(struct session *s, const struct request *r)
{
	begin_arrival(s, r, store_restore_begin);
}

void handle_stage_data(struct session *s, const struct request *r)
{
	struct arrival *one = arrivals_find(session_arrivals(s), r->frame.id);
	struct msg_stage_data m;
	struct rbuf in;

	if (one == NULL || one->stage == NULL)
		return;
	head_of(r, &in);
	if (msg_stage_data_get(&in, &m))
		refuse_stage(s, r, ST_BAD_REQUEST, "malformed head");
	else
		session_take_body(s, r->frame.id, m.slot);
}

void handle_stage_bytes(struct session *s, uint32_t id, uint8_t slot,
			const uint8_t *data, size_t len)
{
	struct arrivals *a = session_arrivals(s);
	struct arrival *one = arrivals_find(a, id);
	struct outcome no = {0};

	if (one == NULL || one->stage == NULL)
		return;
	no.status = store_stage_write(one->stage, slot, data, len, &no);
	if (no.status == ST_OK)
		return;
	session_refuse(s, one->op, one->id, &no);
	arrivals_refuse(a, one);
}

void handle_stage_end(struct session *s, const struct request *r)
{
	struct arrivals *a = session_arrivals(s);
	struct arrival *one = arrivals_find(a, r->frame.id);
	struct msg_stage_end m;
	struct stage *stage;
	struct rbuf in;
	void *arg;

	head_of(r, &in);
	if (one == NULL) {
		refuse_stage(s, r, ST_BAD_REQUEST, "no such stage");
	} else if (one->stage == NULL) {
		(void)arrivals_take(a, one);
	} else if (msg_stage_end_get(&in, &m)) {
		refuse_stage(s, r, ST_BAD_REQUEST, "malformed head");
	} else {
		arg = session_expect(s, one->op, one->id);
		stage = arrivals_take(a, one);
		if (arg != NULL)
			store_stage_end(stage, &m, session_done, arg);
		else
			store_stage_drop(stage);
	}
}
