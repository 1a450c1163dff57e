#include "source.h"

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COPY_SIZE (64u << 10)
#define POLL_MS 100 /* how soon a signal is noticed, at worst */

int source_temporary(void)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (!dir || dir[0] != '/')
		dir = "/var/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	if (snprintf(path, sizeof(path), "%s/dfc-XXXXXX", dir) >=
	    (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

/* Of the years 1678 to 2261; what lies beyond becomes the border. */
static int64_t nanoseconds(const struct timespec *t)
{
	if (t->tv_sec >= INT64_MAX / 1000000000)
		return INT64_MAX;
	if (t->tv_sec < INT64_MIN / 1000000000)
		return INT64_MIN;
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* Reads the whole of a small file; ERR_FORMAT when it is not as long as it
 * said, or longer. */
static enum err read_small(struct source *s)
{
	size_t have = 0;
	size_t room = (size_t)s->size + 1;

	s->bytes = malloc(room);
	if (!s->bytes)
		return ERR_MEMORY;
	while (have < room) {
		ssize_t n = read(s->fd, s->bytes + have, room - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_SYS;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return have == s->size ? ERR_OK : ERR_FORMAT;
}

static enum err take(struct source *s, const char *path, const char **why)
{
	bool never;
	enum err e;

	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (s->fd < 0 && errno != ENXIO)
		return ERR_SYS;
	if (s->fd >= 0 && fstat(s->fd, &s->stat))
		return ERR_SYS;
	if (s->fd >= 0 && S_ISDIR(s->stat.st_mode)) {
		*why = "is a directory (put -r stores what is in it)";
		return ERR_FORMAT;
	}
	if (s->fd < 0 || !S_ISREG(s->stat.st_mode)) {
		*why = "not a regular file";
		return ERR_FORMAT;
	}
	s->size = (uint64_t)s->stat.st_size;
	s->mtime_ns = nanoseconds(&s->stat.st_mtim);
	s->mode = s->stat.st_mode & 0777;
	if (s->size > SOURCE_SMALL_MAX)
		return ERR_OK;
	e = read_small(s);
	never = s->size == 0;
	if (e == ERR_FORMAT && never) {
		/* A file that says 0 and has more, as in /proc. */
		free(s->bytes);
		s->bytes = NULL;
		if (lseek(s->fd, 0, SEEK_SET) < 0)
			return ERR_SYS;
		return ERR_CLOSED;
	}
	if (e == ERR_FORMAT || (e == ERR_OK && source_has_changed(s))) {
		*why = "changed while reading";
		return ERR_FORMAT;
	}
	return e;
}

static bool is_interrupted(void *arg, uint64_t bytes)
{
	(void)arg;
	(void)bytes;
	return interrupt_came();
}

enum err source_open(struct source *s, const char *path, const char **why)
{
	struct source spool;
	enum err e;

	*s = (struct source){.fd = -1};
	*why = NULL;
	e = take(s, path, why);
	if (e == ERR_CLOSED) {
		e = source_spool(&spool, s->fd, is_interrupted, NULL, why);
		source_close(s);
		if (e == ERR_CLOSED)
			*why = "cancelled";
		if (!e)
			*s = spool;
		return e;
	}
	if (e) {
		int saved = errno;

		source_close(s);
		errno = saved;
	} else if (s->bytes) {
		close(s->fd);
		s->fd = -1;
	}
	return e;
}

static enum err write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_SYS;
		data += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

/* ERR_SHORT: the end. */
static enum err copy_some(struct source *s, int from, uint8_t *buffer)
{
	struct pollfd p = {.fd = from, .events = POLLIN};
	enum err e;
	ssize_t n;

	if (poll(&p, 1, POLL_MS) <= 0)
		return ERR_OK;
	n = read(from, buffer, COPY_SIZE);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return ERR_OK;
	if (n < 0)
		return ERR_SYS;
	if (n == 0)
		return ERR_SHORT;
	e = write_all(s->fd, buffer, (size_t)n);
	if (!e)
		s->size += (uint64_t)n;
	return e;
}

enum err source_spool(struct source *s, int fd,
		      bool (*stop)(void *arg, uint64_t bytes), void *arg,
		      const char **why)
{
	uint8_t *buffer = malloc(COPY_SIZE);
	struct timespec now;
	mode_t mask = umask(0);
	enum err e = ERR_OK;

	umask(mask);
	clock_gettime(CLOCK_REALTIME, &now);
	*why = NULL;
	*s = (struct source){.fd = -1,
			     .spooled = true,
			     .mode = (uint16_t)(0666 & ~mask),
			     .mtime_ns = nanoseconds(&now)};
	if (!buffer)
		return ERR_MEMORY;
	s->fd = source_temporary();
	if (s->fd < 0)
		e = ERR_SYS;
	while (!e && !stop(arg, s->size))
		e = copy_some(s, fd, buffer);
	if (e == ERR_OK)
		e = ERR_CLOSED;
	if (e == ERR_SHORT)
		e = ERR_OK;
	if (!e && s->size <= SOURCE_SMALL_MAX) {
		e = lseek(s->fd, 0, SEEK_SET) < 0 ? ERR_SYS : read_small(s);
		if (e == ERR_FORMAT)
			*why = "changed while reading";
	}
	free(buffer);
	if (e) {
		int saved = errno;

		source_close(s);
		errno = saved;
	}
	return e;
}

enum err source_blank(struct source *s, uint64_t size)
{
	*s = (struct source){.fd = -1, .size = size, .spooled = true};
	if (size <= SOURCE_SMALL_MAX) {
		s->bytes = calloc(1, size + 1);
		return s->bytes ? ERR_OK : ERR_MEMORY;
	}
	s->fd = source_temporary();
	if (s->fd < 0)
		return ERR_SYS;
	if (ftruncate(s->fd, (off_t)size)) {
		int saved = errno;

		source_close(s);
		errno = saved;
		return ERR_SYS;
	}
	return ERR_OK;
}

enum err source_write(struct source *s, uint64_t offset, const void *data,
		      uint64_t len)
{
	const uint8_t *from = data;

	if (s->bytes) {
		memcpy(s->bytes + offset, data, len);
		return ERR_OK;
	}
	while (len > 0) {
		ssize_t n = pwrite(s->fd, from, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_SYS;
		from += n;
		offset += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return ERR_OK;
}

int64_t source_time(const struct stat *st)
{
	return nanoseconds(&st->st_mtim);
}

bool source_has_changed(const struct source *s)
{
	struct stat now;

	if (s->spooled || s->fd < 0)
		return false;
	if (fstat(s->fd, &now))
		return true;
	return now.st_size != s->stat.st_size ||
	       now.st_mtim.tv_sec != s->stat.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != s->stat.st_mtim.tv_nsec;
}

void source_close(struct source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->bytes);
	s->fd = -1;
	s->bytes = NULL;
}
