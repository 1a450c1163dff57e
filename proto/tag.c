#include "tag.h"

#include "num.h"

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int tag_compare(const struct tag *a, const struct tag *b)
{
	int c = compare(a->ctr, b->ctr);

	if (c == 0)
		c = compare(a->put, b->put);
	if (c == 0)
		c = compare(a->gen, b->gen);
	if (c == 0)
		c = compare(a->rep, b->rep);
	return c;
}

bool tag_is_none(const struct tag *t)
{
	return t->ctr == 0 && t->put == 0 && t->gen == 0 && t->rep == 0;
}

bool tag_same_put(const struct tag *a, const struct tag *b)
{
	return a->ctr == b->ctr && a->put == b->put;
}

enum err tag_put(struct wbuf *b, const struct tag *t)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = wbuf_u64(&out, t->ctr)) || (e = wbuf_u64(&out, t->put)) ||
	    (e = wbuf_u32(&out, t->gen)) || (e = wbuf_u64(&out, t->rep)))
		return e;
	*b = out;
	return ERR_OK;
}

enum err tag_get(struct rbuf *b, struct tag *t)
{
	struct rbuf in = *b;
	struct tag got;
	enum err e;

	if ((e = rbuf_u64(&in, &got.ctr)) || (e = rbuf_u64(&in, &got.put)) ||
	    (e = rbuf_u32(&in, &got.gen)) || (e = rbuf_u64(&in, &got.rep)))
		return e;
	if (got.ctr == 0)
		return ERR_RANGE;
	*b = in;
	*t = got;
	return ERR_OK;
}

static char *hex(char *out, uint64_t v, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--) {
		out[i - 1] = "0123456789abcdef"[v & 15];
		v >>= 4;
	}
	return out + digits;
}

void tag_to_text(const struct tag *t, char *out)
{
	out = hex(out, t->ctr, 16);
	*out++ = '-';
	out = hex(out, t->put, 16);
	*out++ = '-';
	out = hex(out, t->gen, 8);
	*out++ = '-';
	out = hex(out, t->rep, 16);
	*out = '\0';
}

enum err tag_from_text(const char *text, struct tag *t)
{
	uint64_t ctr, put, gen, rep;

	/* In order, so that nothing behind an early NUL is looked at. */
	if (num_fixed_hex(text, 16, &ctr) || text[16] != '-' ||
	    num_fixed_hex(text + 17, 16, &put) || text[33] != '-' ||
	    num_fixed_hex(text + 34, 8, &gen) || text[42] != '-' ||
	    num_fixed_hex(text + 43, 16, &rep) || ctr == 0)
		return ERR_FORMAT;
	*t = (struct tag){ctr, put, (uint32_t)gen, rep};
	return ERR_OK;
}
