/*
 * What a session still has to send: bytes, and at most one part of a file
 * among them.  Nothing here blocks for the peer; sending part of a file reads
 * it, and may block for the disk.
 *
 * With TLS what waits is plain text too: it is sealed, a bounded piece at a
 * time, when the peer has taken the piece before.  So answers keep their order
 * around a file's part, and little memory is in use for each connection.
 *
 * A struct out is guarded by its session's lock, but for what is said of
 * out_send_file() and out_read_file().
 */
#ifndef DAEMON_OUT_H
#define DAEMON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tls.h"

#define OUT_SEAL_MAX 65536 /* bytes sealed at once */

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
	uint64_t sent;	  /* bytes, but for those of out_send_file() */
	struct tls *tls;  /* the session's; NULL: plain text */
	bool sealed_file; /* what is sealed and waits is of the file's part */
};

/* tls NULL: plain text; else it outlives o, or out_release(). */
void out_init(struct out *o, struct tls *tls);
/* Nothing waits any more, nor is anything sealed from now on. */
void out_release(struct out *o);
/* Bytes that wait, without those of the file. */
size_t out_waiting(const struct out *o);
/* Bytes that are sealed and wait, of a handshake too. */
size_t out_sealed(const struct out *o);
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
/* True when the file's part is what comes next; all before it is sent. */
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
/* With TLS instead: reads the next *got bytes of the part, at most cap, as
 * out_send_file() without the lock. */
enum out_file_end out_read_file(struct out *o, uint8_t *data, size_t cap,
				size_t *got, const char **why);
/* Seals what out_read_file() gave, at most OUT_SEAL_MAX, and sends of it what
 * the peer takes.  As out_send(). */
enum err out_seal_file(struct out *o, int fd, const uint8_t *data,
		       size_t len) MUST_CHECK;
/* Ends the file's part, sent or not. */
void out_drop_file(struct out *o);

#endif
