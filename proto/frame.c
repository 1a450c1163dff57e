#include "frame.h"

#include <string.h>

static const uint8_t greeting_magic[8] = "dfs srv\n";

enum err frame_put(struct wbuf *b, const struct frame *f)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = wbuf_u32(&out, FRAME_MAGIC)) || (e = wbuf_u8(&out, f->op)) ||
	    (e = wbuf_u8(&out, f->flags)) || (e = wbuf_u16(&out, f->status)) ||
	    (e = wbuf_u32(&out, f->id)) || (e = wbuf_u32(&out, f->head_len)) ||
	    (e = wbuf_u64(&out, f->body_len)))
		return e;
	*b = out;
	return ERR_OK;
}

static enum err frame_check(const struct frame *f)
{
	if (f->flags & ~(FRAME_ANSWER | FRAME_MORE))
		return ERR_FORMAT;
	if (!(f->flags & FRAME_ANSWER) && (f->status != 0 || f->flags != 0))
		return ERR_FORMAT;
	if (f->head_len > FRAME_HEAD_MAX || f->body_len > FRAME_DATA_MAX)
		return ERR_LIMIT;
	return ERR_OK;
}

enum err frame_get(struct rbuf *b, struct frame *f)
{
	struct rbuf in = *b;
	struct frame got;
	uint32_t magic;
	enum err e;

	if ((e = rbuf_u32(&in, &magic)))
		return e;
	if (magic != FRAME_MAGIC)
		return ERR_FORMAT;
	if ((e = rbuf_u8(&in, &got.op)) || (e = rbuf_u8(&in, &got.flags)) ||
	    (e = rbuf_u16(&in, &got.status)) || (e = rbuf_u32(&in, &got.id)) ||
	    (e = rbuf_u32(&in, &got.head_len)) ||
	    (e = rbuf_u64(&in, &got.body_len)) || (e = frame_check(&got)))
		return e;
	*b = in;
	*f = got;
	return ERR_OK;
}

enum err greeting_put(struct wbuf *b, const struct greeting *g)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = wbuf_bytes(&out, greeting_magic, sizeof(greeting_magic))) ||
	    (e = wbuf_u16(&out, g->proto_min)) ||
	    (e = wbuf_u16(&out, g->proto_max)) ||
	    (e = wbuf_u8(&out, g->state)) || (e = wbuf_u8(&out, g->flags)) ||
	    (e = wbuf_u16(&out, 0)) ||
	    (e = wbuf_bytes(&out, g->store, sizeof(g->store))))
		return e;
	*b = out;
	return ERR_OK;
}

/* Another version of the protocol may know more states and flags. */
static enum err greeting_check(const struct greeting *g, uint16_t zero)
{
	if (g->proto_min == 0 || g->proto_min > g->proto_max)
		return ERR_FORMAT;
	if (g->proto_min > PROTO_VERSION || g->proto_max < PROTO_VERSION)
		return ERR_OK;
	if (zero != 0 || g->state > STORE_LEAVING ||
	    (g->flags & ~STORE_ALL_FLAGS))
		return ERR_FORMAT;
	return ERR_OK;
}

enum err greeting_get(struct rbuf *b, struct greeting *g)
{
	struct rbuf in = *b;
	struct greeting got;
	const uint8_t *magic;
	uint16_t zero;
	enum err e;

	if ((e = rbuf_view(&in, &magic, sizeof(greeting_magic))))
		return e;
	if (memcmp(magic, greeting_magic, sizeof(greeting_magic)) != 0)
		return ERR_FORMAT;
	if ((e = rbuf_u16(&in, &got.proto_min)) ||
	    (e = rbuf_u16(&in, &got.proto_max)) ||
	    (e = rbuf_u8(&in, &got.state)) || (e = rbuf_u8(&in, &got.flags)) ||
	    (e = rbuf_u16(&in, &zero)) ||
	    (e = rbuf_bytes(&in, got.store, sizeof(got.store))) ||
	    (e = greeting_check(&got, zero)))
		return e;
	*b = in;
	*g = got;
	return ERR_OK;
}
