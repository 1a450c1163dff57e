/*
 * Frames and the greeting: what surrounds every message; dfs-protocol(7).
 *
 * Pure; any thread.
 */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

#define PROTO_VERSION 1
#define FRAME_MAGIC 0x64667331u	  /* "dfs1" */
#define FRAME_HEADER_SIZE 24	  /* bytes */
#define FRAME_HEAD_MAX 65536	  /* bytes of the head that follows */
#define FRAME_DATA_MAX (1u << 20) /* bytes of one STAGE_DATA or FETCH body */
#define GREETING_SIZE 32	  /* bytes */
#define STORE_ID_SIZE 16	  /* bytes; also a cluster id and a boot id */

/*
 * Header: magic u32, op u8, flags u8, status u16, id u32, head length u32,
 * body length u64.  In a request status is 0.  Every request id is answered
 * by one answer (op and id of the request, FRAME_ANSWER set), which may be
 * several frames, all but the last with FRAME_MORE.
 */
struct frame {
	uint8_t op;	 /* enum op of msg.h; others are answered, not errors */
	uint8_t flags;	 /* FRAME_* */
	uint16_t status; /* enum status of msg.h; 0 in requests */
	uint32_t id;
	uint32_t head_len; /* <= FRAME_HEAD_MAX */
	uint64_t body_len; /* <= FRAME_DATA_MAX */
};

#define FRAME_ANSWER 0x01
#define FRAME_MORE 0x02

enum err frame_put(struct wbuf *b, const struct frame *f) MUST_CHECK;
/* ERR_SHORT: read more.  ERR_FORMAT: bad magic or unknown flags.  ERR_LIMIT:
 * a length above its limit. */
enum err frame_get(struct rbuf *b, struct frame *f) MUST_CHECK;

/* The states of a store, as in the greeting and in QUERY answers. */
enum store_state {
	STORE_BLANK = 0,
	STORE_JOINING = 1,
	STORE_MEMBER = 2,
	STORE_LEAVING = 3,
};

#define STORE_READ_ONLY 0x01 /* a disk error: takes no changes */
#define STORE_FULL 0x02	     /* under its reserve: takes no data, but rm */
#define STORE_VERSIONS 0x04  /* holds a version (not only stages) */
#define STORE_STAGES 0x08    /* holds an acknowledged stage */
#define STORE_TLS 0x10	     /* speaks TLS only */
#define STORE_ALL_FLAGS 0x1f

/* magic 8 bytes "dfs srv\n", first and last protocol version u16 each, state
 * u8, flags u8, zero u16, store id. */
struct greeting {
	uint16_t proto_min;
	uint16_t proto_max;
	uint8_t state; /* enum store_state */
	uint8_t flags; /* STORE_* */
	uint8_t store[STORE_ID_SIZE];
};

enum err greeting_put(struct wbuf *b, const struct greeting *g) MUST_CHECK;
/* ERR_SHORT, or ERR_FORMAT for what no server of this kind sends. */
enum err greeting_get(struct rbuf *b, struct greeting *g) MUST_CHECK;

#endif
