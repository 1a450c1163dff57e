#include "stream.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void *alloc(size_t size)
{
	void *memory = malloc(size);

	if (memory == NULL)
		err(1, "memory");
	return memory;
}

int file_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0666);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

void file_read(int fd, void *bytes, size_t size, uint64_t offset)
{
	errno = EIO; /* of a short one */
	if (pread(fd, bytes, size, (off_t)offset) != (ssize_t)size)
		err(1, "read");
}

void file_write(int fd, const void *bytes, size_t size, uint64_t offset)
{
	errno = EIO;
	if (pwrite(fd, bytes, size, (off_t)offset) != (ssize_t)size)
		err(1, "write");
}

void link_init(struct link *l, int fd)
{
	int one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
		err(1, "TCP_NODELAY");
	l->fd = fd;
	l->from = l->to = l->fill = 0;
}

void link_connect(struct link *l, in_port_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = port,
				      .sin_addr.s_addr =
					      htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
		err(1, "connect");
	link_init(l, fd);
}

void link_send(struct link *l, const void *bytes, size_t size)
{
	if (size && send(l->fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
		err(1, "send");
}

void link_flush(struct link *l)
{
	link_send(l, l->out, l->fill);
	l->fill = 0;
}

unsigned char *link_room(struct link *l, size_t size)
{
	if (l->fill + size > BUFFER_SIZE)
		link_flush(l);
	l->fill += size;
	return l->out + l->fill - size;
}

/* Waits for bytes; false at the end of the stream. */
static bool link_fill(struct link *l)
{
	ssize_t n;

	link_flush(l);
	if (l->from == l->to)
		l->from = l->to = 0;
	n = recv(l->fd, l->in + l->to, BUFFER_SIZE - l->to, 0);
	if (n < 0)
		err(1, "recv");
	l->to += (size_t)n;
	return n > 0;
}

unsigned char *link_next(struct link *l, size_t size)
{
	if (l->from + size > BUFFER_SIZE) {
		memmove(l->in, l->in + l->from, l->to - l->from);
		l->to -= l->from;
		l->from = 0;
	}
	while (l->to - l->from < size)
		if (!link_fill(l))
			return NULL;
	l->from += size;
	return l->in + l->from - size;
}

unsigned char *link_need(struct link *l, size_t size)
{
	unsigned char *bytes = link_next(l, size);

	if (bytes == NULL)
		errx(1, "a server has gone");
	return bytes;
}

size_t link_save(struct link *l, int fd, uint64_t most, uint64_t offset)
{
	size_t n;

	if (l->from == l->to && !link_fill(l))
		errx(1, "a stream ends too early");
	n = l->to - l->from;
	if (n > most)
		n = (size_t)most;
	file_write(fd, l->in + l->from, n, offset);
	l->from += n;
	return n;
}
