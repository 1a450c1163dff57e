#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "name.h"

struct stream {
	struct stream *next;
	uint8_t op;
	bool begun;
	uint32_t id;
	/* FETCH; VERIFY has `asked` only.  offset and len are of what is
	 * still to be sent; as asked they stay in `asked`. */
	int fd;
	uint64_t offset;
	uint64_t len;
	struct msg_fetch asked;
	/* VERIFY: what is read just now, and when the peer last heard of it */
	struct verify *verify;
	uint64_t told_ms;
	size_t work;
	struct outcome no;
	/* LIST */
	struct msg_name prefix;
	size_t last_len;
	char *last;  /* NAME_MAX_BYTES */
	char text[]; /* the name, or the prefix and last */
};

struct stream *stream_new_list(uint32_t id, const struct msg_list *m)
{
	size_t prefix_len = m->prefix.len;
	struct stream *t = calloc(1, sizeof(*t) + prefix_len + NAME_MAX_BYTES);

	if (t == NULL)
		return NULL;
	t->op = OP_LIST;
	t->id = id;
	t->fd = -1;
	t->last = t->text + prefix_len;
	t->last_len = m->after.len;
	t->prefix = (struct msg_name){t->text, prefix_len};
	if (prefix_len > 0)
		memcpy(t->text, m->prefix.text, prefix_len);
	if (t->last_len > 0)
		memcpy(t->last, m->after.text, t->last_len);
	return t;
}

/* FETCH or VERIFY. */
static struct stream *new_of_chunk(uint32_t id, uint8_t op,
				   const struct msg_fetch *m)
{
	struct stream *t = calloc(1, sizeof(*t) + m->name.len);

	if (t == NULL)
		return NULL;
	t->op = op;
	t->id = id;
	t->fd = -1;
	t->asked = *m;
	memcpy(t->text, m->name.text, m->name.len);
	t->asked.name.text = t->text;
	return t;
}

struct stream *stream_new_fetch(uint32_t id, const struct msg_fetch *m, int fd)
{
	struct stream *t = new_of_chunk(id, OP_FETCH, m);

	if (t == NULL) {
		close(fd);
		return NULL;
	}
	t->fd = fd;
	t->offset = m->offset;
	t->len = m->len;
	return t;
}

struct stream *stream_new_verify(uint32_t id, const struct msg_fetch *m)
{
	return new_of_chunk(id, OP_VERIFY, m);
}

void stream_free(struct stream *t)
{
	if (t == NULL)
		return;
	if (t->fd >= 0)
		close(t->fd);
	if (t->verify != NULL)
		store_verify_close(t->verify);
	free(t);
}

uint8_t stream_op(const struct stream *t)
{
	return t->op;
}

uint32_t stream_id(const struct stream *t)
{
	return t->id;
}

size_t stream_work(const struct stream *t)
{
	return t->work;
}

const struct outcome *stream_refusal(const struct stream *t)
{
	return &t->no;
}

void stream_failed(const struct stream *t, struct store *s, const char *why)
{
	store_chunk_failed(s, &t->asked, t->fd, why);
}

/* The header of the next frame; b has the room. */
static enum err put_header(struct stream *t, struct wbuf *b, uint32_t head_len,
			   uint64_t body_len, bool more)
{
	struct frame f = {.op = t->op,
			  .flags = FRAME_ANSWER,
			  .status = ST_OK,
			  .id = t->id,
			  .head_len = head_len,
			  .body_len = body_len};

	if (more)
		f.flags |= FRAME_MORE;
	return frame_put(b, &f);
}

/* ERR_SHORT when the file ends before. */
static enum err read_whole(int fd, uint8_t *data, size_t len, off_t offset)
{
	while (len > 0) {
		ssize_t n = pread(fd, data, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_SYS;
		if (n == 0)
			return ERR_SHORT;
		data += n;
		offset += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

/* All that is left, by copy. */
static enum stream_step fetch_inline(struct stream *t, struct store *s,
				     struct wbuf *b)
{
	size_t len = (size_t)t->len;
	uint8_t *body = b->data + b->len + FRAME_HEADER_SIZE;
	enum err e;

	if (b->cap - b->len < FRAME_HEADER_SIZE + len)
		return STREAM_FULL;
	e = read_whole(t->fd, body, len, (off_t)t->offset);
	if (e == ERR_OK)
		e = put_header(t, b, 0, len, false);
	if (e) {
		stream_failed(t, s, err_text(e));
		t->no = (struct outcome){.status = ST_CORRUPT,
					 .text = "chunk cannot be read"};
		return STREAM_BAD;
	}
	b->len += len;
	t->begun = true;
	return STREAM_END;
}

static enum stream_step fetch_next(struct stream *t, struct store *s,
				   struct wbuf *b, struct stream_part *part)
{
	uint64_t len = t->len < FRAME_DATA_MAX ? t->len : FRAME_DATA_MAX;

	if (t->len <= STREAM_INLINE_MAX)
		return fetch_inline(t, s, b);
	if (put_header(t, b, 0, len, len < t->len))
		return STREAM_FULL;
	*part = (struct stream_part){.fd = t->fd,
				     .offset = (off_t)t->offset,
				     .len = (size_t)len,
				     .last = len == t->len};
	t->offset += len;
	t->len -= len;
	t->begun = true;
	return STREAM_FILE;
}

static enum stream_step list_next(struct stream *t, struct store *s,
				  struct wbuf *b)
{
	size_t start = b->len;
	struct wbuf head = *b;
	struct wbuf body;
	struct msg_store store;
	uint32_t head_len;
	bool more;

	if (b->cap - start < STREAM_LIST_MAX)
		return STREAM_FULL;
	head.len = start + FRAME_HEADER_SIZE;
	store_describe(s, &store);
	if (!t->begun && msg_store_put(&head, &store))
		return STREAM_FULL;
	head_len = (uint32_t)(head.len - start - FRAME_HEADER_SIZE);
	wbuf_init(&body, b->data + head.len,
		  STREAM_LIST_MAX - FRAME_HEADER_SIZE - head_len);
	more = store_list(s, &t->prefix, t->last, &t->last_len, &body);
	if (put_header(t, b, head_len, body.len, more))
		return STREAM_FULL;
	b->len += head_len + body.len;
	t->begun = true;
	return more ? STREAM_MORE : STREAM_END;
}

/* Opens the chunk, the first time or because it was replaced meanwhile. */
static bool verify_begin(struct stream *t, struct store *s)
{
	if (t->verify != NULL)
		store_verify_close(t->verify);
	t->verify = store_verify_open(s, &t->asked, &t->no);
	return t->verify != NULL;
}

/* The peer hears now and then that it goes on. */
static enum stream_step verify_wait(struct stream *t, struct wbuf *b)
{
	uint64_t now = clock_ms();

	if (now - t->told_ms < STREAM_TELL_MS)
		return STREAM_WAIT;
	t->told_ms = now;
	return put_header(t, b, 0, 0, true) ? STREAM_FULL : STREAM_MORE;
}

static enum stream_step verify_next(struct stream *t, struct store *s,
				    struct wbuf *b)
{
	enum verify_state state;
	size_t bytes = 0;

	t->work = STREAM_VERIFY_MIN;
	if (b->cap - b->len < FRAME_HEADER_SIZE)
		return STREAM_FULL;
	if (!t->begun)
		t->told_ms = clock_ms();
	if (!t->begun && !verify_begin(t, s))
		return STREAM_BAD;
	t->begun = true;
	state = store_verify_step(t->verify, STREAM_VERIFY_MAX, &bytes);
	if (bytes > STREAM_VERIFY_MIN / STREAM_VERIFY_COST)
		t->work = bytes * STREAM_VERIFY_COST;
	switch (state) {
	case VERIFY_GOOD:
		return put_header(t, b, 0, 0, false) ? STREAM_FULL : STREAM_END;
	case VERIFY_BAD:
		t->no = (struct outcome){.status = ST_CORRUPT,
					 .text = "chunk is corrupt"};
		return STREAM_BAD;
	case VERIFY_GONE:
		if (!verify_begin(t, s))
			return STREAM_BAD;
		break;
	case VERIFY_MORE:
		break;
	}
	return verify_wait(t, b);
}

enum stream_step stream_next(struct stream *t, struct store *s, struct wbuf *b,
			     struct stream_part *part)
{
	switch (t->op) {
	case OP_LIST:
		return list_next(t, s, b);
	case OP_VERIFY:
		return verify_next(t, s, b);
	default:
		return fetch_next(t, s, b, part);
	}
}

/* ---- queues */

static void line_init(struct stream_line *l)
{
	*l = (struct stream_line){.last = &l->first};
}

static void line_put(struct stream_line *l, struct stream *t)
{
	t->next = NULL;
	*l->last = t;
	l->last = &t->next;
}

static void line_put_first(struct stream_line *l, struct stream *t)
{
	t->next = l->first;
	if (l->first == NULL)
		l->last = &t->next;
	l->first = t;
}

static struct stream *line_take(struct stream_line *l)
{
	struct stream *t = l->first;

	l->first = t->next;
	if (l->first == NULL)
		l->last = &l->first;
	return t;
}

void streams_init(struct streams *q)
{
	*q = (struct streams){0};
	line_init(&q->answers);
	line_init(&q->verifies);
}

void streams_release(struct streams *q)
{
	struct stream *t;

	while ((t = streams_take(q)) != NULL)
		stream_free(t);
}

void streams_put(struct streams *q, struct stream *t)
{
	if (t->op != OP_VERIFY)
		line_put(&q->answers, t);
	else if (t->begun)
		line_put_first(&q->verifies, t);
	else
		line_put(&q->verifies, t);
	q->count++;
}

struct stream *streams_take(struct streams *q)
{
	if (q->count == 0)
		return NULL;
	q->verify_last = q->answers.first == NULL ||
			 (q->verifies.first != NULL && !q->verify_last);
	q->count--;
	return line_take(q->verify_last ? &q->verifies : &q->answers);
}
