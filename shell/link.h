/*
 * One connection to one server: requests go out in order, many at a time;
 * answers come back in any order.  Nothing blocks.
 *
 * Requests may be made before the greeting has come: they wait for it.  A
 * connection that ends, sends what no server sends, or falls silent is dead:
 * each outstanding call then gets its CALL_LOST.  Silence: LINK_SILENT_MS
 * without a byte where an answer is due, and no greeting on a second
 * connection either.  With that greeting the server is merely slow.
 */
#ifndef SHELL_LINK_H
#define SHELL_LINK_H

#include "calls.h"
#include "hail.h"
#include "loop.h"
#include "pace.h"
#include "wire.h"

#include <time.h>

#define LINK_SILENT_MS 1000
#define LINK_SLOW_MS 300000   /* slow for so long is dead too */
#define LINK_AHEAD (1u << 20) /* bytes queued before feeders are asked */
#define LINK_READ_SIZE (256u << 10)

enum link_state {
	LINK_DOWN,    /* never tried, or dead: .why says */
	LINK_HAILING, /* on its way */
	LINK_UP,
};

/* A source of bytes too large to queue at once. */
struct link_feeder {
	/* Queues some; false when it has no more, and is taken off. */
	bool (*feed)(void *arg);
	void *arg;
	bool waiting;
	struct link_feeder *next;
};

struct link {
	struct loop *loop;
	enum link_state state;
	const char *why;    /* NULL, or why it is down */
	char why_text[192]; /* of the last time that it was lost */
	time_t since;	    /* when it came up, or was lost, or was first not
			       reached; 0: never tried */
	bool was_up;	    /* before it was lost; not tried since then */
	bool mute;	    /* the last hail ran out of time */
	bool retrying;	    /* down, and being hailed all the same */
	bool slow;
	bool paused;
	bool dirty; /* something was queued since the last flush */
	bool held;  /* neither reads nor sends: the pace has no room */
	struct greeting greeting;

	struct hail hail;
	struct hail probe;
	struct wire wire;
	struct loop_watch watch;
	struct loop_timer silence;
	uint64_t progress_ms; /* when a byte last moved */

	struct outq out;
	struct calls calls;
	struct link_feeder *feeders;

	struct pace *pace; /* the owner's; NULL: no limit */

	uint8_t *buffer; /* LINK_READ_SIZE + a frame's header and head; shared
			    by all links of a cluster */
	uint8_t *rest;	 /* of a header or head that is not whole */
	size_t rest_len;
	struct frame frame; /* whose body is arriving */
	uint64_t body_left;
	/* Told when slow has become true, when the link has come up or was
	 * lost, and when it has become held: link_resume() is due then; may
	 * be NULL. */
	void (*on_slow)(void *arg, struct link *k);
	void (*on_turn)(void *arg, struct link *k);
	void (*on_held)(void *arg, struct link *k);
	void *owner; /* arg */
};

#define LINK_BUFFER_SIZE (LINK_READ_SIZE + FRAME_HEADER_SIZE + FRAME_HEAD_MAX)

/* buffer[LINK_BUFFER_SIZE] is the caller's, and side, NULL without a key. */
void link_init(struct link *k, struct loop *loop, const struct addr *a,
	       struct tls_side *side, uint8_t *buffer);
void link_release(struct link *k);

/* Connects, unless it is up or on its way. */
void link_open(struct link *k);
/* The same, but the link stays down until the greeting is there: nobody waits
 * for it.  Nothing when it is not down. */
void link_retry(struct link *k);

/* A new request's id; 0 when the link is down, or there is no memory. */
uint32_t link_ask(struct link *k, const struct call *call);
/* One frame of request id: head, then body_len bytes of body, which are
 * copied.  ERR_CLOSED when the link is down, ERR_MEMORY. */
enum err link_send(struct link *k, uint32_t id, uint8_t op,
		   const struct wbuf *head, const struct wbuf *body) MUST_CHECK;
/* The same with a body from a file, as outq_file() says. */
enum err link_send_file(struct link *k, uint32_t id, uint8_t op,
			const struct wbuf *head, int fd, off_t offset,
			size_t len) MUST_CHECK;
/* The call of that id is told nothing more, and its answer not waited for. */
void link_forget(struct link *k, uint32_t id);
/* The same for all calls of that arg and what (or CALL_ANY). */
void link_forget_arg(struct link *k, const void *arg, unsigned what);
/* The server said what no server says: the link is dead. */
void link_fail(struct link *k, const char *why);

/* f is asked whenever little is queued, in turn with others. */
void link_feed(struct link *k, struct link_feeder *f);
void link_unfeed(struct link *k, struct link_feeder *f);
/* The descriptor is about to be closed. */
void link_detach_file(struct link *k, int fd);

/* Answers are not read for now. */
void link_pause(struct link *k, bool paused);

/* What was held moves again, as far as there is room. */
void link_resume(struct link *k);

/* Sends what can be sent. */
void link_flush(struct link *k);

#endif
