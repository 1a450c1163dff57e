#include "wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEAL_SIZE (64u << 10) /* bytes sealed at once: four records */
#define RECORD_MAX 16645      /* bytes of a sealed record, at most */

void wire_close(struct wire *w)
{
	tls_free(w->tls);
	w->tls = NULL;
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* Sends what is sealed.  ERR_OK also when the socket is full. */
static enum err send_sealed(struct wire *w, uint64_t *sent, bool *full)
{
	const uint8_t *data;
	size_t len;

	while ((len = tls_pending(w->tls, &data)) > 0) {
		ssize_t n = send(w->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		*full = n < 0 && errno == EAGAIN;
		if (n < 0)
			return *full ? ERR_OK : ERR_SYS;
		tls_sent(w->tls, (size_t)n);
		*sent += (uint64_t)n;
	}
	return ERR_OK;
}

static enum err send_tls(struct wire *w, struct outq *q, uint64_t most,
			 uint64_t *sent)
{
	uint8_t bytes[SEAL_SIZE];
	bool full = false;
	enum err e;

	*sent = 0;
	e = send_sealed(w, sent, &full);
	while (!e && !full && !outq_is_empty(q) && *sent < most) {
		uint64_t rest = most - *sent;
		size_t len = outq_take(q, bytes,
				       rest < sizeof(bytes) ? (size_t)rest
							    : sizeof(bytes));

		e = tls_write(w->tls, bytes, len);
		if (!e)
			e = send_sealed(w, sent, &full);
	}
	return e;
}

enum err wire_send(struct wire *w, struct outq *q, uint64_t most,
		   uint64_t *sent)
{
	return w->tls ? send_tls(w, q, most, sent)
		      : outq_send(q, w->fd, most, sent);
}

bool wire_is_full(const struct wire *w, const struct outq *q)
{
	const uint8_t *data;

	return !outq_is_empty(q) || (w->tls && tls_pending(w->tls, &data) > 0);
}

/* All that can be opened now, which has room. */
static ssize_t open_bytes(struct wire *w, uint8_t *buffer, size_t size)
{
	size_t got = 0;
	size_t one;

	do {
		enum err e = tls_read(w->tls, buffer + got, size - got, &one);

		if (e == ERR_CLOSED && got == 0)
			return 0;
		if (e && e != ERR_CLOSED) {
			errno = EBADMSG;
			return -1;
		}
		got += one;
	} while (one > 0 && got < size);
	if (got > 0)
		return (ssize_t)got;
	errno = EAGAIN;
	return -1;
}

ssize_t wire_recv(struct wire *w, uint8_t *buffer, size_t cap, size_t most,
		  size_t *came)
{
	/* With what came before of a record that is whole only now, it must have
	 * room when it is opened: what stayed behind, no event would tell of. */
	size_t room = w->tls ? cap - RECORD_MAX : cap;
	ssize_t n = recv(w->fd, buffer, most < room ? most : room, 0);

	*came = n > 0 ? (size_t)n : 0;
	if (n <= 0 || !w->tls)
		return n;
	if (tls_feed(w->tls, buffer, (size_t)n) != ERR_OK) {
		errno = ENOMEM;
		return -1;
	}
	return open_bytes(w, buffer, cap);
}
