/*
 * An answer that is longer than one frame, or takes long: a LIST, the bytes of
 * a FETCH, the reading for a VERIFY.  A session makes the next frame of each of
 * its streams in turn, so that a long one holds up no other.  Its VERIFYs are
 * done one after the other, beside the rest: a queued one has no file open.
 *
 * Owned by one worker at a time.
 */
#ifndef DAEMON_STREAM_H
#define DAEMON_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

#define STREAM_INLINE_MAX 65536	  /* bytes of a FETCH sent by copy */
#define STREAM_LIST_MAX 131072	  /* bytes of a LIST's frame, all of it */
#define STREAM_VERIFY_MAX 1048576 /* bytes that a step of a VERIFY reads */
#define STREAM_VERIFY_COST 4	  /* bytes that each of them counts for */
#define STREAM_VERIFY_MIN 65536	  /* and all of a step, at least */
#define STREAM_TELL_MS 300	  /* between two empty frames of a VERIFY */

struct stream;

struct stream_line {
	struct stream *first;
	struct stream **last;
};

/* A queue of streams. */
struct streams {
	struct stream_line answers;
	struct stream_line verifies;
	bool verify_last; /* one of them was taken last */
	unsigned count;	  /* of both */
};

enum stream_step {
	STREAM_MORE, /* a frame was written, others follow */
	STREAM_END,  /* the last one was */
	STREAM_FILE, /* a frame's header was; a part of a file is its body */
	STREAM_WAIT, /* nothing was written, but it is further on */
	STREAM_FULL, /* no room in b: nothing was done */
	STREAM_BAD,  /* stream_refusal() says why; nothing was written */
};

/* The body of a STREAM_FILE. */
struct stream_part {
	int fd; /* the stream's */
	off_t offset;
	size_t len;
	bool last; /* of the stream */
};

/* NULL without memory.  The message's names are copied; fd becomes the
 * stream's, whatever happens. */
struct stream *stream_new_list(uint32_t id, const struct msg_list *m);
struct stream *stream_new_fetch(uint32_t id, const struct msg_fetch *m, int fd);
struct stream *stream_new_verify(uint32_t id, const struct msg_fetch *m);
void stream_free(struct stream *t);

uint8_t stream_op(const struct stream *t);
uint32_t stream_id(const struct stream *t);
/* Writes the next frame to b.  May block for the disk (FETCH, VERIFY).  After
 * STREAM_BAD the store has been told. */
enum stream_step stream_next(struct stream *t, struct store *s, struct wbuf *b,
			     struct stream_part *part);
/* Bytes that its last step counts for, beside what it wrote. */
size_t stream_work(const struct stream *t);
/* After STREAM_BAD. */
const struct outcome *stream_refusal(const struct stream *t);
/* The part's bytes could not be read: tells the store. */
void stream_failed(const struct stream *t, struct store *s, const char *why);

void streams_init(struct streams *q);
void streams_release(struct streams *q);
void streams_put(struct streams *q, struct stream *t);
/* NULL when there is none. */
struct stream *streams_take(struct streams *q);

#endif
