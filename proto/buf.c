#include "buf.h"

#include <endian.h>
#include <string.h>

void rbuf_init(struct rbuf *b, const void *data, size_t len)
{
	b->data = data;
	b->at = 0;
	b->end = len;
}

size_t rbuf_left(const struct rbuf *b)
{
	return b->end - b->at;
}

enum err rbuf_u8(struct rbuf *b, uint8_t *v)
{
	if (b->at == b->end)
		return ERR_SHORT;
	*v = b->data[b->at++];
	return ERR_OK;
}

enum err rbuf_u16(struct rbuf *b, uint16_t *v)
{
	if (rbuf_left(b) < sizeof(*v))
		return ERR_SHORT;
	memcpy(v, b->data + b->at, sizeof(*v));
	*v = be16toh(*v);
	b->at += sizeof(*v);
	return ERR_OK;
}

enum err rbuf_u32(struct rbuf *b, uint32_t *v)
{
	if (rbuf_left(b) < sizeof(*v))
		return ERR_SHORT;
	memcpy(v, b->data + b->at, sizeof(*v));
	*v = be32toh(*v);
	b->at += sizeof(*v);
	return ERR_OK;
}

enum err rbuf_u64(struct rbuf *b, uint64_t *v)
{
	if (rbuf_left(b) < sizeof(*v))
		return ERR_SHORT;
	memcpy(v, b->data + b->at, sizeof(*v));
	*v = be64toh(*v);
	b->at += sizeof(*v);
	return ERR_OK;
}

enum err rbuf_bytes(struct rbuf *b, void *out, size_t len)
{
	const uint8_t *from;
	enum err e = rbuf_view(b, &from, len);

	if (e == ERR_OK && len > 0)
		memcpy(out, from, len);
	return e;
}

enum err rbuf_view(struct rbuf *b, const uint8_t **p, size_t len)
{
	if (rbuf_left(b) < len)
		return ERR_SHORT;
	/* Without data there is no memory to point into. */
	*p = b->data == NULL ? (const uint8_t *)"" : b->data + b->at;
	b->at += len;
	return ERR_OK;
}

enum err rbuf_str16(struct rbuf *b, const uint8_t **p, size_t *len, size_t max)
{
	struct rbuf in = *b;
	uint16_t n;
	enum err e;

	if ((e = rbuf_u16(&in, &n)))
		return e;
	if (n > max)
		return ERR_LIMIT;
	if ((e = rbuf_view(&in, p, n)))
		return e;
	*len = n;
	*b = in;
	return ERR_OK;
}

enum err rbuf_finish(const struct rbuf *b)
{
	return b->at == b->end ? ERR_OK : ERR_FORMAT;
}

void wbuf_init(struct wbuf *b, void *data, size_t cap)
{
	b->data = data;
	b->len = 0;
	b->cap = cap;
}

enum err wbuf_u8(struct wbuf *b, uint8_t v)
{
	if (b->len == b->cap)
		return ERR_LIMIT;
	b->data[b->len++] = v;
	return ERR_OK;
}

enum err wbuf_u16(struct wbuf *b, uint16_t v)
{
	v = htobe16(v);
	return wbuf_bytes(b, &v, sizeof(v));
}

enum err wbuf_u32(struct wbuf *b, uint32_t v)
{
	v = htobe32(v);
	return wbuf_bytes(b, &v, sizeof(v));
}

enum err wbuf_u64(struct wbuf *b, uint64_t v)
{
	v = htobe64(v);
	return wbuf_bytes(b, &v, sizeof(v));
}

enum err wbuf_bytes(struct wbuf *b, const void *data, size_t len)
{
	if (b->cap - b->len < len)
		return ERR_LIMIT;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return ERR_OK;
}

enum err wbuf_str16(struct wbuf *b, const void *data, size_t len)
{
	enum err e;

	if (len > UINT16_MAX || b->cap - b->len < len + 2)
		return ERR_LIMIT;
	if ((e = wbuf_u16(b, (uint16_t)len)))
		return e;
	return wbuf_bytes(b, data, len);
}
