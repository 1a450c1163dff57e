#include "part.h"

#include "name.h"

enum err part_bool_get(struct rbuf *b, bool *v)
{
	uint8_t byte;
	enum err e;

	if ((e = rbuf_u8(b, &byte)))
		return e;
	if (byte > 1)
		return ERR_FORMAT;
	*v = byte == 1;
	return ERR_OK;
}

enum err part_text_put(struct wbuf *b, const struct msg_name *t)
{
	return wbuf_str16(b, t->text, t->len);
}

enum err part_text_get(struct rbuf *b, struct msg_name *t, size_t max)
{
	const uint8_t *at;
	size_t len;
	enum err e;

	if ((e = rbuf_str16(b, &at, &len, max)))
		return e;
	t->text = (const char *)at;
	t->len = len;
	return ERR_OK;
}

enum err part_name_get(struct rbuf *b, struct msg_name *name)
{
	struct msg_name got;
	enum err e;

	if ((e = part_text_get(b, &got, NAME_MAX_BYTES)) ||
	    (e = name_check(got.text, got.len)))
		return e;
	*name = got;
	return ERR_OK;
}

/* Without n, as in requests. */
enum err part_cluster_put(struct wbuf *b, const struct cluster_id *c)
{
	enum err e;

	if ((e = wbuf_bytes(b, c->id, sizeof(c->id))))
		return e;
	return wbuf_u32(b, c->epoch);
}

enum err part_cluster_get(struct rbuf *b, struct cluster_id *c)
{
	enum err e;

	c->n = 0;
	if ((e = rbuf_bytes(b, c->id, sizeof(c->id))))
		return e;
	return rbuf_u32(b, &c->epoch);
}

enum err part_cluster_n_put(struct wbuf *b, const struct cluster_id *c)
{
	enum err e;

	if ((e = part_cluster_put(b, c)))
		return e;
	return wbuf_u8(b, c->n);
}

enum err part_cluster_n_get(struct rbuf *b, struct cluster_id *c)
{
	enum err e;

	if ((e = part_cluster_get(b, c)) || (e = rbuf_u8(b, &c->n)))
		return e;
	return c->n <= LAYOUT_MAX ? ERR_OK : ERR_RANGE;
}

static enum err stamp_put(struct wbuf *b, const struct stamp *s)
{
	enum err e;

	if ((e = wbuf_bytes(b, s->store, sizeof(s->store))) ||
	    (e = wbuf_bytes(b, s->boot, sizeof(s->boot))))
		return e;
	return wbuf_u64(b, s->time_ms);
}

static enum err stamp_get(struct rbuf *b, struct stamp *s)
{
	enum err e;

	if ((e = rbuf_bytes(b, s->store, sizeof(s->store))) ||
	    (e = rbuf_bytes(b, s->boot, sizeof(s->boot))))
		return e;
	return rbuf_u64(b, &s->time_ms);
}

enum err part_context_put(struct wbuf *b, const struct msg_context *c)
{
	enum err e;

	if ((e = part_cluster_put(b, &c->cluster)))
		return e;
	return stamp_put(b, &c->stamp);
}

enum err part_context_get(struct rbuf *b, struct msg_context *c)
{
	enum err e;

	if ((e = part_cluster_get(b, &c->cluster)))
		return e;
	return stamp_get(b, &c->stamp);
}

enum err part_store_put(struct wbuf *b, const struct msg_store *m)
{
	enum err e;

	if ((e = stamp_put(b, &m->stamp)) || (e = wbuf_u32(b, m->fence_s)) ||
	    (e = wbuf_u8(b, m->state)) || (e = wbuf_u8(b, m->flags)) ||
	    (e = part_cluster_n_put(b, &m->cluster)))
		return e;
	return wbuf_u64(b, m->floor);
}

enum err part_store_get(struct rbuf *b, struct msg_store *m)
{
	enum err e;

	if ((e = stamp_get(b, &m->stamp)) || (e = rbuf_u32(b, &m->fence_s)) ||
	    (e = rbuf_u8(b, &m->state)) || (e = rbuf_u8(b, &m->flags)) ||
	    (e = part_cluster_n_get(b, &m->cluster)) ||
	    (e = rbuf_u64(b, &m->floor)))
		return e;
	if (m->state > STORE_LEAVING || (m->flags & ~STORE_ALL_FLAGS))
		return ERR_FORMAT;
	return ERR_OK;
}

/* A count, then that many records. */
enum err part_records_put(struct wbuf *b, const struct record *records,
			  unsigned count, bool digests)
{
	enum err e;

	if (count > MSG_RECORDS_MAX)
		return ERR_LIMIT;
	if ((e = wbuf_u8(b, (uint8_t)count)))
		return e;
	for (unsigned i = 0; i < count; i++) {
		if ((e = record_put(b, &records[i], digests)))
			return e;
	}
	return ERR_OK;
}

enum err part_records_get(struct rbuf *b, struct record *records,
			  unsigned *count, bool digests)
{
	uint8_t n;
	enum err e;

	if ((e = rbuf_u8(b, &n)))
		return e;
	if (n > MSG_RECORDS_MAX)
		return ERR_LIMIT;
	for (unsigned i = 0; i < n; i++) {
		if ((e = record_get(b, &records[i], digests)))
			return e;
		if (i > 0 &&
		    tag_compare(&records[i - 1].v.tag, &records[i].v.tag) <= 0)
			return ERR_FORMAT;
	}
	*count = n;
	return ERR_OK;
}
