#include "record.h"

#include <string.h>

#include "layout.h"
#include "num.h"

#define MODE_MAX 0777

bool record_is_committed(const struct record *r)
{
	return r->state != RECORD_STAGED;
}

uint64_t record_chunks(const struct record *r)
{
	uint64_t chunks = 0;

	if (r->place == RECORD_NO_PLACE)
		return 0;
	if (r->have & 1)
		chunks |= UINT64_C(1) << r->first;
	if (r->have & 2)
		chunks |= UINT64_C(1) << layout_next(r->first, r->v.y);
	return chunks;
}

static bool is_zero(const struct digest *d)
{
	static const struct digest zero;

	return digest_equal(d, &zero);
}

/* A version of data, or a tombstone, that an encoder could have meant. */
static enum err version_check(const struct version *v)
{
	if (digest_size(v->alg) == 0)
		return ERR_FORMAT;
	if (v->y == 0)
		return v->size == 0 && v->mtime_ns == 0 && v->mode == 0 &&
				       v->alg == DIGEST_XXH3 &&
				       is_zero(&v->root)
			       ? ERR_OK
			       : ERR_FORMAT;
	if (v->y < 2 || v->y > LAYOUT_MAX || v->size > INT64_MAX ||
	    v->mode > MODE_MAX)
		return ERR_RANGE;
	return ERR_OK;
}

/* What state, place and y must be to each other. */
static enum err state_check(const struct record *r)
{
	switch (r->state) {
	case RECORD_STAGED:
	case RECORD_COMMITTED:
		return r->place < r->v.y ? ERR_OK : ERR_RANGE;
	case RECORD_WITNESS:
		return r->v.y != 0 && r->place == RECORD_NO_PLACE ? ERR_OK
								  : ERR_RANGE;
	case RECORD_TOMBSTONE:
		return r->v.y == 0 && r->place == RECORD_NO_PLACE ? ERR_OK
								  : ERR_RANGE;
	}
	return ERR_FORMAT;
}

static enum err chunks_check(const struct record *r)
{
	if (r->place == RECORD_NO_PLACE)
		return r->first == 0 && r->have == 0 ? ERR_OK : ERR_RANGE;
	return r->first < r->v.y && r->have <= 3 ? ERR_OK : ERR_RANGE;
}

enum err version_put(struct wbuf *b, const struct version *v)
{
	struct wbuf out = *b;
	enum err e;

	if ((e = tag_put(&out, &v->tag)) || (e = wbuf_u64(&out, v->size)) ||
	    (e = wbuf_u64(&out, (uint64_t)v->mtime_ns)) ||
	    (e = wbuf_u16(&out, v->mode)) || (e = wbuf_u8(&out, v->y)) ||
	    (e = wbuf_u8(&out, v->alg)) ||
	    (e = wbuf_bytes(&out, v->root.bytes, digest_size(v->alg))))
		return e;
	*b = out;
	return ERR_OK;
}

/* Two's complement, as the wire and the disk have it. */
static int64_t to_signed(uint64_t u)
{
	int64_t s;

	memcpy(&s, &u, sizeof(s));
	return s;
}

enum err version_get(struct rbuf *b, struct version *v)
{
	struct rbuf in = *b;
	struct version got = {0};
	uint64_t mtime;
	enum err e;

	if ((e = tag_get(&in, &got.tag)) || (e = rbuf_u64(&in, &got.size)) ||
	    (e = rbuf_u64(&in, &mtime)) || (e = rbuf_u16(&in, &got.mode)) ||
	    (e = rbuf_u8(&in, &got.y)) || (e = rbuf_u8(&in, &got.alg)) ||
	    (e = rbuf_bytes(&in, got.root.bytes, digest_size(got.alg))))
		return e;
	got.mtime_ns = to_signed(mtime);
	if ((e = version_check(&got)))
		return e;
	*b = in;
	*v = got;
	return ERR_OK;
}

enum err record_put(struct wbuf *b, const struct record *r, bool digests)
{
	struct wbuf out = *b;
	size_t size = digest_size(r->v.alg);
	enum err e;

	if ((e = wbuf_u8(&out, (uint8_t)r->state)) ||
	    (e = wbuf_u8(&out, r->place)) || (e = wbuf_u8(&out, r->first)) ||
	    (e = wbuf_u8(&out, r->have)) || (e = version_put(&out, &r->v)))
		return e;
	if (digests && r->place != RECORD_NO_PLACE &&
	    ((e = wbuf_bytes(&out, r->chunk[0].bytes, size)) ||
	     (e = wbuf_bytes(&out, r->chunk[1].bytes, size))))
		return e;
	*b = out;
	return ERR_OK;
}

enum err record_get(struct rbuf *b, struct record *r, bool digests)
{
	struct rbuf in = *b;
	struct record got = {0};
	uint8_t state;
	size_t size;
	enum err e;

	if ((e = rbuf_u8(&in, &state)) || (e = rbuf_u8(&in, &got.place)) ||
	    (e = rbuf_u8(&in, &got.first)) || (e = rbuf_u8(&in, &got.have)) ||
	    (e = version_get(&in, &got.v)))
		return e;
	got.state = (enum record_state)state;
	if ((e = state_check(&got)) || (e = chunks_check(&got)))
		return e;
	size = digest_size(got.v.alg);
	if (digests && got.place != RECORD_NO_PLACE &&
	    ((e = rbuf_bytes(&in, got.chunk[0].bytes, size)) ||
	     (e = rbuf_bytes(&in, got.chunk[1].bytes, size))))
		return e;
	*b = in;
	*r = got;
	return ERR_OK;
}

enum err record_copy(struct rbuf *from, struct wbuf *to)
{
	const size_t fixed = 4 + TAG_WIRE_SIZE + 8 + 8 + 2 + 1 + 1;
	struct rbuf in = *from;
	const uint8_t *bytes, *rest;
	size_t size;
	enum err e;

	if ((e = rbuf_view(&in, &bytes, fixed)))
		return e;
	size = digest_size(bytes[fixed - 1]);
	if ((e = rbuf_view(&in, &rest, size)))
		return e;
	if (bytes[1] != RECORD_NO_PLACE &&
	    (e = rbuf_view(&in, &rest, 2 * size)))
		return e;
	if ((e = wbuf_bytes(to, bytes, fixed + size)))
		return e;
	*from = in;
	return ERR_OK;
}

/* v in base 8, 10 or 16, in exactly `digits` digits; the place behind. */
static char *digits_put(char *out, uint64_t v, unsigned digits, unsigned base)
{
	for (unsigned i = digits; i > 0; i--) {
		out[i - 1] = "0123456789abcdef"[v % base];
		v /= base;
	}
	return out + digits;
}

static char *byte_put(char *out, char c)
{
	*out = c;
	return out + 1;
}

void record_dir_name(const struct record *r, char *out)
{
	out = byte_put(out, '@');
	out = byte_put(out, (char)r->state);
	out = byte_put(out, '-');
	tag_to_text(&r->v.tag, out);
	out = byte_put(out + TAG_TEXT_SIZE, '-');
	out = digits_put(out, r->v.y, 2, 10);
	out = byte_put(out, '-');
	out = digits_put(out, r->place, 2, 10);
	out = byte_put(out, '-');
	out = digits_put(out, r->v.size, 19, 10);
	out = byte_put(out, '-');
	out = digits_put(out, (uint64_t)r->v.mtime_ns, 16, 16);
	out = byte_put(out, '-');
	out = digits_put(out, r->v.mode, 4, 8);
	out = byte_put(out, '-');
	out = byte_put(out, digest_letter(r->v.alg));
	digest_hex(r->v.root.bytes, digest_size(r->v.alg), out);
}

/* Moves *text behind one byte c. */
static enum err byte_get(const char **text, char c)
{
	if (**text != c)
		return ERR_FORMAT;
	(*text)++;
	return ERR_OK;
}

/* Moves *text behind a fixed-width number that ends with '-'. */
static enum err digits_get(const char **text, unsigned digits, unsigned base,
			   uint64_t *v)
{
	enum err e = base == 16	  ? num_fixed_hex(*text, digits, v)
		     : base == 10 ? num_fixed_dec(*text, digits, v)
				  : num_fixed_oct(*text, digits, v);

	if (e == ERR_OK) {
		*text += digits;
		e = byte_get(text, '-');
	}
	return e;
}

/* A digest's letter and all its digits, to the end of text. */
static enum err digest_get(const char *text, uint8_t *alg, struct digest *d)
{
	int known = digest_from_letter(text[0]);

	if (known == 0)
		return ERR_FORMAT;
	*alg = (uint8_t)known;
	return digest_unhex(text + 1, d->bytes, digest_size(*alg));
}

enum err record_from_dir_name(const char *text, struct record *r)
{
	struct record got = {0};
	uint64_t y, place, mtime, mode;

	if (byte_get(&text, '@') || *text == '\0')
		return ERR_FORMAT;
	got.state = (enum record_state)(uint8_t)*text++;
	if (byte_get(&text, '-') || tag_from_text(text, &got.v.tag))
		return ERR_FORMAT;
	text += TAG_TEXT_SIZE;
	if (byte_get(&text, '-') || digits_get(&text, 2, 10, &y) ||
	    digits_get(&text, 2, 10, &place) ||
	    digits_get(&text, 19, 10, &got.v.size) ||
	    digits_get(&text, 16, 16, &mtime) ||
	    digits_get(&text, 4, 8, &mode) ||
	    digest_get(text, &got.v.alg, &got.v.root))
		return ERR_FORMAT;
	got.v.y = (uint8_t)y;
	got.v.mtime_ns = to_signed(mtime);
	got.v.mode = (uint16_t)mode;
	got.place = (uint8_t)place;
	if (version_check(&got.v) || state_check(&got))
		return ERR_FORMAT;
	r->v = got.v;
	r->state = got.state;
	r->place = got.place;
	return ERR_OK;
}

void record_chunk_name(const struct record *r, unsigned which, char *out)
{
	unsigned index = which == 0 ? r->first : layout_next(r->first, r->v.y);
	uint64_t length = layout_length(r->v.size, r->v.y, index);

	out = digits_put(out, index, 2, 10);
	out = byte_put(out, '-');
	out = digits_put(out, length, 19, 10);
	out = byte_put(out, '-');
	out = byte_put(out, digest_letter(r->v.alg));
	digest_hex(r->chunk[which].bytes, digest_size(r->v.alg), out);
}

enum err record_from_chunk_name(const char *text, unsigned *index,
				uint64_t *length, uint8_t *alg,
				struct digest *d)
{
	struct digest digest = {0};
	uint64_t i, len;
	uint8_t known;

	if (digits_get(&text, 2, 10, &i) || digits_get(&text, 19, 10, &len) ||
	    digest_get(text, &known, &digest) || i >= LAYOUT_MAX ||
	    len > INT64_MAX)
		return ERR_FORMAT;
	*index = (unsigned)i;
	*length = len;
	*alg = known;
	*d = digest;
	return ERR_OK;
}
