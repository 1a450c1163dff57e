/*
 * What the tests of the daemon's network half share: requests as bytes, and
 * a peer that writes them and reads answers.
 */
#ifndef TEST_WIRE_KIT_H
#define TEST_WIRE_KIT_H

#include "store_kit.h"

#include <poll.h>
#include <sys/socket.h>

#include "frame.h"
#include "msg.h"

#define WIRE_HEAD_MAX 4096
#define WIRE_WAIT_MS 10000 /* for anything, before a test fails */

/* A growing run of requests. */
struct wire {
	uint8_t *data;
	size_t len;
	size_t cap;
};

static inline void wire_add(struct wire *w, const void *data, size_t len)
{
	if (w->cap - w->len < len) {
		w->cap = 2 * (w->cap + len);
		w->data = realloc(w->data, w->cap);
		assert_non_null(w->data);
	}
	if (len > 0)
		memcpy(w->data + w->len, data, len);
	w->len += len;
}

static inline void wire_release(struct wire *w)
{
	free(w->data);
	*w = (struct wire){0};
}

/* One frame; head and body may be NULL. */
static inline void wire_frame(struct wire *w, uint8_t op, uint32_t id,
			      const struct wbuf *head, const void *body,
			      size_t body_len)
{
	struct frame f = {.op = op,
			  .id = id,
			  .head_len = head ? (uint32_t)head->len : 0,
			  .body_len = body_len};
	uint8_t bytes[FRAME_HEADER_SIZE];
	struct wbuf b;

	wbuf_init(&b, bytes, sizeof(bytes));
	assert_int_equal(frame_put(&b, &f), ERR_OK);
	wire_add(w, bytes, sizeof(bytes));
	if (head)
		wire_add(w, head->data, head->len);
	wire_add(w, body, body_len);
}

/* A request whose head is what put() makes of m. */
#define WIRE_REQUEST(w, op, id, put, m) \
	do { \
		uint8_t wire_bytes[WIRE_HEAD_MAX]; \
		struct wbuf wire_head; \
		wbuf_init(&wire_head, wire_bytes, sizeof(wire_bytes)); \
		assert_int_equal(put(&wire_head, m), ERR_OK); \
		wire_frame(w, op, id, &wire_head, NULL, 0); \
	} while (0)

static inline void wire_query(struct wire *w, uint32_t id, const char *name)
{
	struct msg_query m = {kit_name(name)};

	WIRE_REQUEST(w, OP_QUERY, id, msg_query_put, &m);
}

static inline void wire_status(struct wire *w, uint32_t id)
{
	wire_frame(w, OP_STATUS, id, NULL, NULL, 0);
}

static inline void wire_list(struct wire *w, uint32_t id, const char *prefix)
{
	struct msg_list m = {kit_name(prefix), kit_name("")};

	WIRE_REQUEST(w, OP_LIST, id, msg_list_put, &m);
}

static inline void wire_data(struct wire *w, uint32_t id, uint8_t slot,
			     const void *data, size_t len)
{
	struct msg_stage_data m = {slot};
	uint8_t bytes[16];
	struct wbuf head;

	wbuf_init(&head, bytes, sizeof(bytes));
	assert_int_equal(msg_stage_data_put(&head, &m), ERR_OK);
	wire_frame(w, OP_STAGE_DATA, id, &head, data, len);
}

/* A chunk of v in frames of at most step bytes. */
static inline void wire_chunk(struct wire *w, uint32_t id,
			      const struct version *v, uint8_t slot,
			      unsigned chunk, size_t step)
{
	size_t len;
	uint8_t *data = kit_chunk(v, chunk, &len);

	for (size_t at = 0; at < len; at += step)
		wire_data(w, id, slot, data + at,
			  len - at < step ? len - at : step);
	free(data);
}

/* A whole stage or restore of name, as server 1 of 4. */
static inline void wire_arrival(struct wire *w, uint8_t op, uint32_t id,
				const struct msg_stage_begin *m,
				struct version *v)
{
	struct msg_stage_end end = kit_end(v);
	unsigned first = m->record.first;

	WIRE_REQUEST(w, op, id, msg_stage_begin_put, m);
	wire_chunk(w, id, v, 0, first, FRAME_DATA_MAX);
	wire_chunk(w, id, v, 1, layout_next(first, v->y), FRAME_DATA_MAX);
	WIRE_REQUEST(w, OP_STAGE_END, id, msg_stage_end_put, &end);
}

static inline void wire_stage(struct wire *w, uint32_t id, const struct kit *k,
			      const char *name, struct version *v)
{
	struct msg_stage_begin m = kit_begin(k, name, v);

	wire_arrival(w, OP_STAGE_BEGIN, id, &m, v);
}

static inline void wire_restore(struct wire *w, uint32_t id,
				const struct kit *k, const char *name,
				struct version *v)
{
	struct msg_stage_begin m = kit_begin(k, name, v);

	wire_arrival(w, OP_RESTORE, id, &m, v);
}

static inline void wire_commit(struct wire *w, uint32_t id, const struct kit *k,
			       const char *name, const struct version *v)
{
	struct msg_commit m = {.context = kit_context(k),
			       .name = kit_name(name),
			       .version = *v};

	WIRE_REQUEST(w, OP_COMMIT, id, msg_commit_put, &m);
}

/* ABORT, FORGET or DISCARD. */
static inline void wire_drop(struct wire *w, uint8_t op, uint32_t id,
			     const struct msg_drop *m)
{
	WIRE_REQUEST(w, op, id, msg_drop_put, m);
}

static inline struct msg_drop kit_drop_message(const struct kit *k,
					       const char *name,
					       const struct tag *tag)
{
	return (struct msg_drop){
		.context = kit_context(k), .name = kit_name(name), .tag = *tag};
}

static inline void wire_abort(struct wire *w, uint32_t id, const struct kit *k,
			      const char *name, const struct tag *tag)
{
	struct msg_drop m = kit_drop_message(k, name, tag);

	wire_drop(w, OP_ABORT, id, &m);
}

static inline void wire_fetch(struct wire *w, uint32_t id,
			      const struct msg_fetch *m)
{
	WIRE_REQUEST(w, OP_FETCH, id, msg_fetch_put, m);
}

static inline void wire_verify(struct wire *w, uint32_t id,
			       const struct msg_fetch *m)
{
	struct msg_fetch whole = *m;

	whole.offset = 0;
	whole.len = 0;
	WIRE_REQUEST(w, OP_VERIFY, id, msg_fetch_put, &whole);
}

/* ---- answers */

/* What a peer has read; answers are taken from its front. */
struct inbox {
	uint8_t *data;
	size_t at;
	size_t len;
	size_t cap;
	bool ended; /* the other side has closed */
};

static inline void inbox_release(struct inbox *b)
{
	free(b->data);
	*b = (struct inbox){0};
}

/* Reads at most `most` bytes of what fd has now. */
static inline void inbox_read(struct inbox *b, int fd, size_t most)
{
	ssize_t n;

	if (b->cap - b->len < most) {
		b->cap = 2 * (b->cap + most);
		b->data = realloc(b->data, b->cap);
		assert_non_null(b->data);
	}
	n = recv(fd, b->data + b->len, most, MSG_DONTWAIT);
	if (n > 0)
		b->len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		b->ended = true;
}

/* One frame of an answer; views into the inbox. */
struct answer {
	struct frame f;
	const uint8_t *head;
	const uint8_t *body;
};

/* False when no whole frame is there. */
static inline bool inbox_take(struct inbox *b, struct answer *a)
{
	struct rbuf r;

	rbuf_init(&r, b->data + b->at, b->len - b->at);
	if (b->data == NULL || frame_get(&r, &a->f) != ERR_OK ||
	    rbuf_left(&r) < a->f.head_len + a->f.body_len)
		return false;
	assert_true(a->f.flags & FRAME_ANSWER);
	a->head = r.data + r.at;
	a->body = a->head + a->f.head_len;
	b->at += FRAME_HEADER_SIZE + a->f.head_len + a->f.body_len;
	return true;
}

/* Open descriptors of this process. */
static inline unsigned open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

#endif
