/*
 * The bytes of a link on its socket: as they are, or through TLS.  Never
 * blocks.
 */
#ifndef SHELL_WIRE_H
#define SHELL_WIRE_H

#include <sys/types.h>

#include "outq.h"
#include "tls.h"

struct wire {
	int fd;		 /* -1: none */
	struct tls *tls; /* NULL: as they are */
};

/* Closes the socket. */
void wire_close(struct wire *w);
/* Sends of q what the socket takes, about `most` bytes; as outq_send().
 * ERR_MEMORY, too. */
enum err wire_send(struct wire *w, struct outq *q, uint64_t most,
		   uint64_t *sent) MUST_CHECK;
/* Something waits that the socket has not taken. */
bool wire_is_full(const struct wire *w, const struct outq *q);
/* As recv(2), but for what TLS makes of it, which is all there: nothing is left
 * behind without an event.  *came: bytes off the socket, at most `most`, also
 * where -1 says EAGAIN since no record is whole yet.  cap, 32 KiB at least, is
 * the room at buffer, and with TLS more than `most` may go there.  EBADMSG: it
 * was not what the peer sent. */
ssize_t wire_recv(struct wire *w, uint8_t *buffer, size_t cap, size_t most,
		  size_t *came);

#endif
