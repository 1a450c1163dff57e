#include "target.h"

#include "interrupt.h"
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COPY_SIZE (256u << 10)
#define TEMP_TRIES 100

static const struct target nothing = {
	.dir = -1, .stream = -1, .fd = -1, .size = 0};

/* Choosing */

/* What is at dir/base now must be replaceable, or (where links may be
 * followed) a stream. */
static enum err look(struct target *t, bool follow, const char **why)
{
	struct stat st;

	if (fstatat(t->dir, t->base, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT || errno == ELOOP ? ERR_OK : ERR_SYS;
	if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		return ERR_OK;
	if (S_ISDIR(st.st_mode)) {
		*why = "is a directory";
		return ERR_FORMAT;
	}
	if (!follow || S_ISSOCK(st.st_mode) || S_ISBLK(st.st_mode)) {
		*why = "is there, and not a regular file";
		return ERR_FORMAT;
	}
	t->stream = openat(t->dir, t->base, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	t->own_stream = t->stream >= 0;
	return t->stream >= 0 ? ERR_OK : ERR_SYS;
}

static enum err set_base(struct target *t, const char *base)
{
	t->base = strdup(base);
	return t->base ? ERR_OK : ERR_MEMORY;
}

static enum err open_dir(struct target *t, const char *path)
{
	t->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return t->dir >= 0 ? ERR_OK : ERR_SYS;
}

static enum err close_after(struct target *t, enum err e)
{
	int saved = errno;

	if (e)
		target_close(t);
	errno = saved;
	return e;
}

enum err target_at(struct target *t, const char *path, const char **why)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char *parent;
	enum err e;

	*t = nothing;
	*why = NULL;
	if (*base == '\0') {
		*why = *path ? "is a directory" : "an empty file name";
		return ERR_FORMAT;
	}
	parent =
		slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	e = parent ? open_dir(t, parent) : ERR_MEMORY;
	free(parent);
	if (!e)
		e = set_base(t, base);
	if (!e)
		e = look(t, true, why);
	return close_after(t, e);
}

/* Goes down one directory, and makes it if need be. */
static enum err descend(struct target *t, const char *component)
{
	int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int next;

	if (mkdirat(t->dir, component, 0777) && errno != EEXIST)
		return ERR_SYS;
	next = openat(t->dir, component, flags);
	if (next < 0)
		return ERR_SYS;
	close(t->dir);
	t->dir = next;
	return ERR_OK;
}

enum err target_below(struct target *t, const char *top, const char *name,
		      const char **why)
{
	char *copy = strdup(name);
	char *at = copy;
	char *slash;
	enum err e;

	*t = nothing;
	*why = NULL;
	if (!copy)
		return ERR_MEMORY;
	if (top && mkdir(top, 0777) && errno != EEXIST)
		e = ERR_SYS;
	else
		e = open_dir(t, top ? top : ".");
	while (!e && (slash = strchr(at, '/'))) {
		*slash = '\0';
		e = descend(t, at);
		at = slash + 1;
	}
	if (!e)
		e = set_base(t, at);
	if (!e)
		e = look(t, false, why);
	free(copy);
	return close_after(t, e);
}

void target_stream(struct target *t, int fd)
{
	*t = nothing;
	t->stream = fd;
}

enum err target_spare(struct target *t)
{
	struct stat st;

	t->spares = true;
	if (!fstatat(t->dir, t->base, &st, AT_SYMLINK_NOFOLLOW))
		return ERR_EXISTS;
	return errno == ENOENT ? ERR_OK : ERR_SYS;
}

/* Contents */

/* .NAME.dfc-XXXXXXXXXXXX, with as much of the name as fits. */
static void make_temp_name(struct target *t)
{
	unsigned char bits[6];

	if (getrandom(bits, sizeof(bits), 0) != sizeof(bits))
		memset(bits, 0, sizeof(bits));
	snprintf(t->temp, sizeof(t->temp),
		 ".%.40s.dfc-%02x%02x%02x%02x%02x%02x", t->base, bits[0],
		 bits[1], bits[2], bits[3], bits[4], bits[5]);
}

static enum err open_named(struct target *t)
{
	for (int i = 0; i < TEMP_TRIES; i++) {
		make_temp_name(t);
		t->fd = openat(t->dir, t->temp,
			       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (t->fd >= 0)
			return ERR_OK;
		if (errno != EEXIST)
			break;
	}
	t->temp[0] = '\0';
	return ERR_SYS;
}

static enum err open_temp(struct target *t)
{
	if (t->stream >= 0) {
		t->fd = source_temporary();
		return t->fd >= 0 ? ERR_OK : ERR_SYS;
	}
	t->fd = openat(t->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (t->fd >= 0)
		return ERR_OK;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
		return ERR_SYS;
	return open_named(t);
}

static void drop(struct target *t)
{
	if (t->fd >= 0)
		close(t->fd);
	if (t->temp[0] && !t->kept)
		unlinkat(t->dir, t->temp, 0);
	free(t->bytes);
	t->bytes = NULL;
	t->fd = -1;
	t->temp[0] = '\0';
	t->partial = t->kept = false;
	t->unkept = ERR_OK;
}

enum err target_begin(struct target *t, uint64_t size)
{
	enum err e;

	drop(t);
	t->size = size;
	if (size <= TARGET_SMALL_MAX) {
		t->bytes = malloc(size + 1);
		return t->bytes ? ERR_OK : ERR_MEMORY;
	}
	e = open_temp(t);
	if (e)
		return e;
	if (fallocate(t->fd, 0, 0, (off_t)size) && errno != EOPNOTSUPP &&
	    errno != ENOSYS)
		return ERR_SYS;
	return ERR_OK;
}

enum err target_resume(struct target *t, const struct version *v, bool *there)
{
	struct partial p;
	enum err e;

	*there = false;
	if (t->partial && partial_is_of(t->fd, v)) {
		*there = true;
		return ERR_OK;
	}
	drop(t);
	if (t->stream >= 0)
		return target_begin(t, v->size);
	if (v->size <= TARGET_SMALL_MAX) {
		partial_remove(t->dir, t->base);
		return target_begin(t, v->size);
	}
	e = partial_open(&p, t->dir, t->base, v);
	if (e) {
		enum err begun = target_begin(t, v->size);

		t->unkept = e;
		return begun;
	}
	t->size = v->size;
	t->fd = p.fd;
	memcpy(t->temp, p.name, sizeof(t->temp));
	t->partial = true;
	*there = p.there;
	return ERR_OK;
}

static enum err write_at(int fd, const uint8_t *data, uint64_t len,
			 uint64_t offset)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, data, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_SYS;
		data += n;
		offset += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return ERR_OK;
}

enum err target_write(struct target *t, uint64_t offset, const void *data,
		      uint64_t len)
{
	if (!t->bytes)
		return write_at(t->fd, data, len, offset);
	memcpy(t->bytes + offset, data, len);
	return ERR_OK;
}

enum err target_print(int out, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n;

		if (interrupt_came()) {
			errno = EINTR;
			return ERR_SYS;
		}
		n = write(out, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EPIPE ? ERR_CLOSED : ERR_SYS;
		data += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

static enum err stream_file(int out, int fd, uint64_t size)
{
	uint8_t *buffer = malloc(COPY_SIZE);
	uint64_t at = 0;
	enum err e = buffer ? ERR_OK : ERR_MEMORY;

	while (!e && at < size) {
		ssize_t n = pread(fd, buffer, COPY_SIZE, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			e = ERR_SYS;
			break;
		}
		e = target_print(out, buffer, (size_t)n);
		at += (uint64_t)n;
	}
	free(buffer);
	return e;
}

/* Renames the file to its base, unless there is something. */
static enum err rename_in(struct target *t)
{
	/* Not every file system can do it at once. */
	if (renameat2(t->dir, t->temp, t->dir, t->base, RENAME_NOREPLACE)) {
		if (errno == EINVAL &&
		    linkat(t->dir, t->temp, t->dir, t->base, 0) == 0)
			return ERR_OK; /* drop() takes the other name */
		return errno == EEXIST ? ERR_EXISTS : ERR_SYS;
	}
	t->temp[0] = '\0';
	return ERR_OK;
}

/* A name for the file that has none; then over the one that is there. */
static enum err link_in(struct target *t)
{
	char path[32];

	if (t->spares && t->temp[0])
		return rename_in(t);
	if (t->temp[0] == '\0') {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", t->fd);
		if (linkat(AT_FDCWD, path, t->dir, t->base,
			   AT_SYMLINK_FOLLOW) == 0)
			return ERR_OK;
		if (t->spares)
			return errno == EEXIST ? ERR_EXISTS : ERR_SYS;
		for (int i = 0; errno == EEXIST && i < TEMP_TRIES; i++) {
			make_temp_name(t);
			if (linkat(AT_FDCWD, path, t->dir, t->temp,
				   AT_SYMLINK_FOLLOW) == 0)
				break;
			t->temp[0] = '\0';
		}
		if (t->temp[0] == '\0')
			return ERR_SYS;
	}
	if (renameat(t->dir, t->temp, t->dir, t->base))
		return ERR_SYS;
	t->temp[0] = '\0';
	return ERR_OK;
}

static enum err dress(const struct target *t, int64_t mtime_ns, uint16_t mode)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
	mode_t mask = umask(0);
	int64_t rest = mtime_ns % 1000000000;

	umask(mask);
	times[1].tv_sec = (time_t)(mtime_ns / 1000000000 - (rest < 0));
	times[1].tv_nsec = (long)(rest < 0 ? rest + 1000000000 : rest);
	if (fchmod(t->fd, mode & 0777 & ~mask) || futimens(t->fd, times))
		return ERR_SYS;
	return ERR_OK;
}

enum err target_finish(struct target *t, int64_t mtime_ns, uint16_t mode)
{
	enum err e = ERR_OK;

	if (t->stream >= 0)
		return t->bytes ? target_print(t->stream, t->bytes, t->size)
				: stream_file(t->stream, t->fd, t->size);
	if (t->bytes) {
		e = open_temp(t);
		if (!e)
			e = write_at(t->fd, t->bytes, t->size, 0);
	}
	if (!e && t->partial) {
		e = partial_strip(t->fd, t->size);
		t->partial = false; /* no get could go on with it */
	}
	if (!e)
		e = dress(t, mtime_ns, mode);
	if (!e)
		e = link_in(t);
	return e;
}

void target_keep(struct target *t)
{
	t->kept = t->partial;
}

void target_close(struct target *t)
{
	drop(t);
	if (t->own_stream)
		close(t->stream);
	if (t->dir >= 0)
		close(t->dir);
	free(t->base);
	*t = nothing;
}
