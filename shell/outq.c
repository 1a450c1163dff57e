#include "outq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PART_SIZE (64u << 10) /* bytes of memory at once */
#define BOUNCE_SIZE (32u << 10)
#define IOV_COUNT 16

/* Memory (bytes != NULL), or a range of a file; fd -1: zeros. */
struct outq_part {
	struct outq_part *next;
	uint8_t *bytes;
	size_t cap;
	int fd;
	off_t at; /* first byte that is not sent */
	uint64_t left;
};

void outq_init(struct outq *q)
{
	*q = (struct outq){0};
}

static void part_free(struct outq_part *p)
{
	if (p)
		free(p->bytes);
	free(p);
}

void outq_release(struct outq *q)
{
	while (q->first) {
		struct outq_part *next = q->first->next;

		part_free(q->first);
		q->first = next;
	}
	part_free(q->spare);
	outq_init(q);
}

bool outq_is_empty(const struct outq *q)
{
	return !q->first;
}

static void append(struct outq *q, struct outq_part *p)
{
	p->next = NULL;
	if (q->last)
		q->last->next = p;
	else
		q->first = p;
	q->last = p;
}

static void drop_first(struct outq *q)
{
	struct outq_part *p = q->first;

	q->first = p->next;
	if (!q->first)
		q->last = NULL;
	if (p->bytes && !q->spare && p->cap == PART_SIZE)
		q->spare = p;
	else
		part_free(p);
}

static struct outq_part *memory_part(struct outq *q, size_t len)
{
	struct outq_part *p = q->spare;

	if (p && len <= p->cap) {
		q->spare = NULL;
		p->at = 0;
		p->left = 0;
		return p;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->fd = -1;
	p->cap = len > PART_SIZE ? len : PART_SIZE;
	p->bytes = malloc(p->cap);
	if (!p->bytes) {
		free(p);
		return NULL;
	}
	return p;
}

uint8_t *outq_room(struct outq *q, size_t len)
{
	struct outq_part *p = q->last;
	uint8_t *room;

	if (!p || !p->bytes || p->cap - (size_t)p->at - p->left < len) {
		p = memory_part(q, len);
		if (!p)
			return NULL;
		append(q, p);
	}
	room = p->bytes + p->at + p->left;
	p->left += len;
	q->bytes += len;
	return room;
}

enum err outq_file(struct outq *q, int fd, off_t offset, uint64_t len)
{
	struct outq_part *p;

	if (len == 0)
		return ERR_OK;
	p = calloc(1, sizeof(*p));
	if (!p)
		return ERR_MEMORY;
	p->fd = fd;
	p->at = offset;
	p->left = len;
	append(q, p);
	q->bytes += len;
	return ERR_OK;
}

void outq_detach(struct outq *q, int fd)
{
	for (struct outq_part *p = q->first; p; p = p->next) {
		if (!p->bytes && p->fd == fd)
			p->fd = -1;
	}
}

/* The parts in memory at the head, in one call. */
static ssize_t send_memory(struct outq *q, int sock, uint64_t most)
{
	struct iovec iov[IOV_COUNT];
	struct msghdr msg = {.msg_iov = iov};
	struct outq_part *p = q->first;
	int flags = MSG_NOSIGNAL;

	for (; p && p->bytes && msg.msg_iovlen < IOV_COUNT && most > 0;
	     p = p->next) {
		uint64_t len = p->left < most ? p->left : most;

		iov[msg.msg_iovlen].iov_base = p->bytes + p->at;
		iov[msg.msg_iovlen++].iov_len = len;
		most -= len;
	}
	if (p)
		flags |= MSG_MORE;
	return sendmsg(sock, &msg, flags);
}

/* For files that sendfile(2) does not take, and for zeros. */
static ssize_t send_bounced(struct outq_part *p, int sock, uint64_t most)
{
	uint8_t bytes[BOUNCE_SIZE] = {0};
	size_t want = most < sizeof(bytes) ? most : sizeof(bytes);
	ssize_t n = (ssize_t)want;

	if (p->fd >= 0)
		n = pread(p->fd, bytes, want, p->at);
	if (n <= 0) {
		p->fd = -1;
		n = (ssize_t)want;
	}
	return send(sock, bytes, (size_t)n, MSG_NOSIGNAL);
}

static ssize_t send_file(struct outq_part *p, int sock, uint64_t most)
{
	size_t want = p->left < most ? p->left : most;
	off_t at = p->at;
	ssize_t n;

	if (p->fd < 0)
		return send_bounced(p, sock, want);
	n = sendfile(sock, p->fd, &at, want);
	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EPIPE || errno == ECONNRESET))
		return n;
	return send_bounced(p, sock, want);
}

static void advance(struct outq *q, uint64_t n)
{
	q->bytes -= n;
	while (n > 0) {
		struct outq_part *p = q->first;
		uint64_t part = n < p->left ? n : p->left;

		p->at += (off_t)part;
		p->left -= part;
		n -= part;
		if (p->left == 0)
			drop_first(q);
	}
}

/* For a part of a file: fewer than size where it is short, then zeros. */
static size_t take_file(struct outq_part *p, uint8_t *out, size_t size)
{
	ssize_t n = p->fd >= 0 ? pread(p->fd, out, size, p->at) : 0;

	if (n > 0)
		return (size_t)n;
	p->fd = -1;
	memset(out, 0, size);
	return size;
}

size_t outq_take(struct outq *q, uint8_t *out, size_t size)
{
	size_t taken = 0;

	while (q->first && taken < size) {
		struct outq_part *p = q->first;
		size_t n = size - taken;

		if (n > p->left)
			n = (size_t)p->left;
		if (p->bytes)
			memcpy(out + taken, p->bytes + p->at, n);
		else
			n = take_file(p, out + taken, n);
		advance(q, n);
		taken += n;
	}
	return taken;
}

enum err outq_send(struct outq *q, int sock, uint64_t most, uint64_t *sent)
{
	*sent = 0;
	while (q->first && *sent < most) {
		uint64_t rest = most - *sent;
		ssize_t n = q->first->bytes ? send_memory(q, sock, rest)
					    : send_file(q->first, sock, rest);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? ERR_OK : ERR_SYS;
		advance(q, (uint64_t)n);
		*sent += (uint64_t)n;
	}
	return ERR_OK;
}
