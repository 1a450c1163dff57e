#include "out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define FIRST_SIZE 4096 /* bytes */

void out_init(struct out *o)
{
	*o = (struct out){.file_fd = -1};
}

void out_release(struct out *o)
{
	free(o->data);
	out_init(o);
}

size_t out_waiting(const struct out *o)
{
	return o->len - o->at;
}

bool out_is_empty(const struct out *o)
{
	return o->len == o->at && !o->has_file;
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

enum err out_send_or_add(struct out *o, int fd, const void *data, size_t len,
			 bool more)
{
	size_t sent = 0;

	if (out_is_empty(o) &&
	    send_bytes(fd, data, len, more ? MSG_MORE : 0, &sent))
		return ERR_SYS;
	return out_add(o, (const uint8_t *)data + sent, len - sent);
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
	return o->has_file && o->at == o->file_at;
}

enum err out_send(struct out *o, int fd)
{
	size_t end = o->has_file ? o->file_at : o->len;
	size_t sent;

	if (o->at < end) {
		if (send_bytes(fd, o->data + o->at, end - o->at,
			       o->has_file ? MSG_MORE : 0, &sent))
			return ERR_SYS;
		o->at += sent;
	}
	if (out_is_empty(o))
		out_release(o);
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

void out_drop_file(struct out *o)
{
	o->has_file = false;
	if (o->len == o->at)
		out_release(o);
}
