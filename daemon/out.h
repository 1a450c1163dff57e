/*
 * What a session still has to send: bytes, and at most one part of a file
 * among them.  Nothing here blocks for the peer; sending part of a file reads
 * it, and may block for the disk.
 *
 * A struct out is guarded by its session's lock, but for what is said of
 * out_send_file().
 */
#ifndef DAEMON_OUT_H
#define DAEMON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct out {
	uint8_t *data; /* heap; NULL while nothing waits */
	size_t at;     /* data[at .. len) waits */
	size_t len;
	size_t cap;
	bool has_file; /* a part of a file belongs before data[file_at] */
	size_t file_at;
	int file_fd; /* borrowed from the stream it is of */
	off_t file_offset;
	size_t file_left;
};

void out_init(struct out *o);
void out_release(struct out *o);
/* Bytes that wait, without those of the file. */
size_t out_waiting(const struct out *o);
bool out_is_empty(const struct out *o);

/* Copies len bytes to the end.  ERR_MEMORY. */
enum err out_add(struct out *o, const void *data, size_t len) MUST_CHECK;
/* Sends data[len] at once if nothing waits, and keeps the rest.  more: a part
 * of a file follows.  ERR_MEMORY, ERR_SYS: the connection is of no use. */
enum err out_send_or_add(struct out *o, int fd, const void *data, size_t len,
			 bool more) MUST_CHECK;
/* Puts len > 0 bytes of file behind what waits now; there is none yet. */
void out_add_file(struct out *o, int file, off_t offset, size_t len);

/* Sends bytes until none are left, the peer takes no more, or the file's turn
 * has come.  ERR_SYS as above.  Frees the memory when none are left. */
enum err out_send(struct out *o, int fd) MUST_CHECK;
/* True when the file's part is what comes next. */
bool out_file_is_next(const struct out *o);

enum out_file_end {
	OUT_FILE_DONE,	/* all of it is sent */
	OUT_FILE_LATER, /* the peer takes no more now */
	OUT_FILE_BAD,	/* it could not be read: *why, a static text */
	OUT_FILE_CUT,	/* the peer is gone */
};
/* Sends of the file's part what the peer takes; out_file_is_next() holds.
 * Called without the lock by the one thread that serves the session, while
 * no other may send: it uses file_fd, file_offset and file_left only, which
 * are that thread's.  *sent is the number of bytes, whatever the end. */
enum out_file_end out_send_file(struct out *o, int fd, size_t *sent,
				const char **why);
/* Ends the file's part, sent or not. */
void out_drop_file(struct out *o);

#endif
