/*
 * What is to be sent on one socket: bytes in memory, and ranges of files that
 * go out with sendfile(2).  Owned by one thread; never blocks.
 */
#ifndef SHELL_OUTQ_H
#define SHELL_OUTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct outq_part;

struct outq {
	struct outq_part *first;
	struct outq_part *last;
	struct outq_part *spare;
	uint64_t bytes; /* not sent yet */
};

void outq_init(struct outq *q);
void outq_release(struct outq *q);
bool outq_is_empty(const struct outq *q);

/* Room for exactly len more bytes, which the caller fills before its next
 * call; NULL without memory. */
uint8_t *outq_room(struct outq *q, size_t len);
/* len bytes of fd from offset.  fd stays the caller's, who calls
 * outq_detach() before closing it.  A file that turns out to be shorter is
 * filled up with zeros: the server's check of the digest will tell.
 * ERR_MEMORY. */
enum err outq_file(struct outq *q, int fd, off_t offset,
		   uint64_t len) MUST_CHECK;
/* Sends zeros for what is left of fd. */
void outq_detach(struct outq *q, int fd);

/* Sends what the socket takes, most bytes at most; *sent is how much.  ERR_OK also when the
 * socket is full.  ERR_SYS: the connection is gone. */
enum err outq_send(struct outq *q, int sock, uint64_t most,
		   uint64_t *sent) MUST_CHECK;

/* Takes up to size bytes off the queue, into out; 0: it is empty. */
size_t outq_take(struct outq *q, uint8_t *out, size_t size);

#endif
