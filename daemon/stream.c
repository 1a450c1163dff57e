#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "name.h"

struct stream {
	struct stream *next;
	uint8_t op;
	bool begun;
	uint32_t id;
	/* FETCH: offset and len are of what is still to be sent; as asked
	 * they stay in `asked`. */
	int fd;
	uint64_t offset;
	uint64_t len;
	struct msg_fetch asked;
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

struct stream *stream_new_fetch(uint32_t id, const struct msg_fetch *m, int fd)
{
	struct stream *t = calloc(1, sizeof(*t) + m->name.len);

	if (t == NULL) {
		close(fd);
		return NULL;
	}
	t->op = OP_FETCH;
	t->id = id;
	t->fd = fd;
	t->offset = m->offset;
	t->len = m->len;
	t->asked = *m;
	memcpy(t->text, m->name.text, m->name.len);
	t->asked.name.text = t->text;
	return t;
}

void stream_free(struct stream *t)
{
	if (t == NULL)
		return;
	if (t->fd >= 0)
		close(t->fd);
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

void stream_failed(const struct stream *t, struct store *s, const char *why)
{
	store_chunk_failed(s, &t->asked, why);
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

enum stream_step stream_next(struct stream *t, struct store *s, struct wbuf *b,
			     struct stream_part *part)
{
	return t->op == OP_LIST ? list_next(t, s, b)
				: fetch_next(t, s, b, part);
}

void streams_init(struct streams *q)
{
	*q = (struct streams){.last = &q->first};
}

void streams_release(struct streams *q)
{
	struct stream *t;

	while ((t = streams_take(q)) != NULL)
		stream_free(t);
}

void streams_put(struct streams *q, struct stream *t)
{
	t->next = NULL;
	*q->last = t;
	q->last = &t->next;
	q->count++;
}

struct stream *streams_take(struct streams *q)
{
	struct stream *t = q->first;

	if (t == NULL)
		return NULL;
	q->first = t->next;
	if (q->first == NULL)
		q->last = &q->first;
	q->count--;
	return t;
}
