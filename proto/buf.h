/*
 * The bounded cursor: the only code that reads or writes wire bytes.
 *
 * Integers are big-endian.  Each call checks first and moves then; a call
 * that fails leaves the cursor and the out-parameters as they were.  A
 * cursor does not own its memory.  No call blocks, allocates or logs.
 */
#ifndef PROTO_BUF_H
#define PROTO_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Reads from data[at .. end).  Set by rbuf_init only. */
struct rbuf {
	const uint8_t *data;
	size_t at;
	size_t end;
};

/* Writes to data[len .. cap).  The bytes before len are done. */
struct wbuf {
	uint8_t *data;
	size_t len;
	size_t cap;
};

void rbuf_init(struct rbuf *b, const void *data, size_t len);
size_t rbuf_left(const struct rbuf *b);

/* ERR_SHORT when fewer bytes are left than asked for. */
enum err rbuf_u8(struct rbuf *b, uint8_t *v) MUST_CHECK;
enum err rbuf_u16(struct rbuf *b, uint16_t *v) MUST_CHECK;
enum err rbuf_u32(struct rbuf *b, uint32_t *v) MUST_CHECK;
enum err rbuf_u64(struct rbuf *b, uint64_t *v) MUST_CHECK;
/* Copies len bytes out. */
enum err rbuf_bytes(struct rbuf *b, void *out, size_t len) MUST_CHECK;
/* Points *p at the next len bytes, which stay the cursor's memory. */
enum err rbuf_view(struct rbuf *b, const uint8_t **p, size_t len) MUST_CHECK;
/* A u16 length, then that many bytes, viewed.  ERR_LIMIT above max. */
enum err rbuf_str16(struct rbuf *b, const uint8_t **p, size_t *len,
		    size_t max) MUST_CHECK;
/* ERR_FORMAT unless everything was read: each decoder ends with it. */
enum err rbuf_finish(const struct rbuf *b) MUST_CHECK;

void wbuf_init(struct wbuf *b, void *data, size_t cap);

/* ERR_LIMIT when the room is not enough. */
enum err wbuf_u8(struct wbuf *b, uint8_t v) MUST_CHECK;
enum err wbuf_u16(struct wbuf *b, uint16_t v) MUST_CHECK;
enum err wbuf_u32(struct wbuf *b, uint32_t v) MUST_CHECK;
enum err wbuf_u64(struct wbuf *b, uint64_t v) MUST_CHECK;
enum err wbuf_bytes(struct wbuf *b, const void *data, size_t len) MUST_CHECK;
/* ERR_LIMIT also when len is above 65535. */
enum err wbuf_str16(struct wbuf *b, const void *data, size_t len) MUST_CHECK;

#endif
