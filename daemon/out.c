#include "out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_SIZE 4096 /* bytes */

void out_init(struct out *o, struct tls *tls)
{
	*o = (struct out){.file_fd = -1, .tls = tls};
}

void out_release(struct out *o)
{
	free(o->data);
	out_init(o, NULL);
}

size_t out_sealed(const struct out *o)
{
	const uint8_t *data;

	return o->tls == NULL ? 0 : tls_pending(o->tls, &data);
}

size_t out_waiting(const struct out *o)
{
	return o->len - o->at + (o->sealed_file ? 0 : out_sealed(o));
}

bool out_is_empty(const struct out *o)
{
	return o->len == o->at && !o->has_file && out_sealed(o) == 0;
}

/* Frees the memory of what is sent. */
static void drop_sent(struct out *o)
{
	free(o->data);
	o->data = NULL;
	o->at = o->len = o->cap = 0;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* Moves what waits to the front of the memory. */
static void close_gap(struct out *o)
{
	if (o->at == 0)
		return;
	memmove(o->data, o->data + o->at, o->len - o->at);
	if (o->has_file)
		o->file_at -= o->at;
	o->len -= o->at;
	o->at = 0;
}

static enum err make_room(struct out *o, size_t more)
{
	size_t cap = o->cap == 0 ? FIRST_SIZE : o->cap;
	uint8_t *data;

	if (o->cap - o->len >= more)
		return ERR_OK;
	if (o->data != NULL)
		close_gap(o);
	while (cap - o->len < more) {
		if (cap > SIZE_MAX / 2)
			return ERR_MEMORY;
		cap *= 2;
	}
	if (cap == o->cap)
		return ERR_OK;
	data = realloc(o->data, cap);
	if (data == NULL)
		return ERR_MEMORY;
	o->data = data;
	o->cap = cap;
	return ERR_OK;
}

enum err out_add(struct out *o, const void *data, size_t len)
{
	if (len == 0)
		return ERR_OK;
	if (make_room(o, len))
		return ERR_MEMORY;
	memcpy(o->data + o->len, data, len);
	o->len += len;
	return ERR_OK;
}

/* *sent is less than len only when the peer takes no more. */
static enum err send_bytes(int fd, const uint8_t *data, size_t len, int flags,
			   size_t *sent)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = send(fd, data + done, len - done,
				 MSG_NOSIGNAL | MSG_DONTWAIT | flags);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && would_block())
			break;
		if (n < 0)
			return ERR_SYS;
		done += (size_t)n;
	}
	*sent = done;
	return ERR_OK;
}

/* Sends what is sealed; more: that is not all. */
static enum err send_sealed(struct out *o, int fd, bool more)
{
	const uint8_t *data;
	size_t len = tls_pending(o->tls, &data);
	size_t sent;

	if (len == 0)
		return ERR_OK;
	if (send_bytes(fd, data, len, more ? MSG_MORE : 0, &sent))
		return ERR_SYS;
	tls_sent(o->tls, sent);
	o->sent += sent;
	if (sent == len)
		o->sealed_file = false;
	return ERR_OK;
}

/* *done: how many bytes are sealed, and sent but for the last piece. */
static enum err seal_bytes(struct out *o, int fd, const uint8_t *data,
			   size_t len, bool more, size_t *done)
{
	enum err e = send_sealed(o, fd, more || len > 0);

	*done = 0;
	while (!e && *done < len && out_sealed(o) == 0) {
		size_t n = len - *done;

		if (n > OUT_SEAL_MAX)
			n = OUT_SEAL_MAX;
		e = tls_write(o->tls, data + *done, n);
		if (e)
			break;
		*done += n;
		e = send_sealed(o, fd, more || *done < len);
	}
	return e;
}

/* *done is less than len only when the peer takes no more. */
static enum err send_some(struct out *o, int fd, const uint8_t *data,
			  size_t len, bool more, size_t *done)
{
	enum err e;

	if (o->tls != NULL)
		return seal_bytes(o, fd, data, len, more, done);
	e = send_bytes(fd, data, len, more ? MSG_MORE : 0, done);
	if (e == ERR_OK)
		o->sent += *done;
	return e;
}

enum err out_send_or_add(struct out *o, int fd, const void *data, size_t len,
			 bool more)
{
	size_t done = 0;
	enum err e = ERR_OK;

	if (out_is_empty(o))
		e = send_some(o, fd, data, len, more, &done);
	return e ? e : out_add(o, (const uint8_t *)data + done, len - done);
}

void out_add_file(struct out *o, int file, off_t offset, size_t len)
{
	o->has_file = true;
	o->file_at = o->len;
	o->file_fd = file;
	o->file_offset = offset;
	o->file_left = len;
}

bool out_file_is_next(const struct out *o)
{
	return o->has_file && o->at == o->file_at && out_sealed(o) == 0;
}

enum err out_send(struct out *o, int fd)
{
	size_t end = o->has_file ? o->file_at : o->len;
	bool more = o->has_file && o->file_left > 0;
	/* Of a handshake there may be nothing but what TLS has sealed. */
	const uint8_t *data = o->data == NULL ? NULL : o->data + o->at;
	size_t done;
	enum err e;

	if (out_is_empty(o) || out_file_is_next(o))
		return ERR_OK;
	e = send_some(o, fd, data, end - o->at, more, &done);
	if (e)
		return e;
	o->at += done;
	if (o->len == o->at && !o->has_file)
		drop_sent(o);
	return ERR_OK;
}

enum out_file_end out_send_file(struct out *o, int fd, size_t *sent,
				const char **why)
{
	*sent = 0;
	while (o->file_left > 0) {
		ssize_t n =
			sendfile(fd, o->file_fd, &o->file_offset, o->file_left);

		if (n > 0) {
			o->file_left -= (size_t)n;
			*sent += (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && would_block())
			return OUT_FILE_LATER;
		if (n < 0 && errno != EIO)
			return OUT_FILE_CUT;
		*why = n == 0 ? "short" : "read error";
		return OUT_FILE_BAD;
	}
	return OUT_FILE_DONE;
}

enum out_file_end out_read_file(struct out *o, uint8_t *data, size_t cap,
				size_t *got, const char **why)
{
	size_t most = cap < o->file_left ? cap : o->file_left;
	ssize_t n;

	do {
		n = pread(o->file_fd, data, most, o->file_offset);
	} while (n < 0 && errno == EINTR);
	if (n <= 0) {
		*why = n == 0 ? "short" : "read error";
		return OUT_FILE_BAD;
	}
	o->file_offset += n;
	o->file_left -= (size_t)n;
	*got = (size_t)n;
	return OUT_FILE_DONE;
}

enum err out_seal_file(struct out *o, int fd, const uint8_t *data, size_t len)
{
	size_t done;
	enum err e;

	e = seal_bytes(o, fd, data, len, o->file_left > 0, &done);
	o->sealed_file = out_sealed(o) > 0;
	return e;
}

void out_drop_file(struct out *o)
{
	o->has_file = false;
	if (o->len == o->at)
		drop_sent(o);
}
