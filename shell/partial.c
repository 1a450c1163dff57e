#include "partial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "dfc-part"
#define MAGIC_SIZE (sizeof(MAGIC) - 1)
#define MARK_SIZE (MAGIC_SIZE + DIGEST_MAX)
#define MODE 0600
#define CUT 220 /* bytes of a NAME that is too long */

/* .NAME.dfc-part; a NAME for which that is too long is cut, and told from
 * others by its digest. */
static void name_of(char out[PARTIAL_NAME_SIZE], const char *base)
{
	int n = snprintf(out, PARTIAL_NAME_SIZE, ".%s.dfc-part", base);
	struct digest d;

	if (n < PARTIAL_NAME_SIZE)
		return;
	digest_of(DIGEST_XXH3, base, strlen(base), &d);
	snprintf(out, PARTIAL_NAME_SIZE, ".%.*s~%02x%02x%02x%02x.dfc-part", CUT,
		 base, d.bytes[0], d.bytes[1], d.bytes[2], d.bytes[3]);
}

static void mark_of(uint8_t mark[MARK_SIZE], const struct version *v)
{
	uint8_t bytes[256];
	struct digest d;
	struct wbuf b;

	wbuf_init(&b, bytes, sizeof(bytes));
	/* It fits: a version has at most TAG_WIRE_SIZE + 20 + DIGEST_MAX. */
	(void)!version_put(&b, v);
	digest_of(DIGEST_SHA256, bytes, b.len, &d);
	memcpy(mark, MAGIC, MAGIC_SIZE);
	memcpy(mark + MAGIC_SIZE, d.bytes, DIGEST_MAX);
}

/* The last bytes are a mark's: then they are in it. */
static bool read_mark(int fd, off_t size, uint8_t mark[MARK_SIZE])
{
	off_t at = size - (off_t)MARK_SIZE;

	return at >= 0 &&
	       pread(fd, mark, MARK_SIZE, at) == (ssize_t)MARK_SIZE &&
	       memcmp(mark, MAGIC, MAGIC_SIZE) == 0;
}

/* The name is still that of the open file: who had it locked before may have
 * put it in place, or removed it. */
static bool is_still(int dir, const char *name, const struct stat *open)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == open->st_dev && st.st_ino == open->st_ino;
}

static enum err lock(int dir, const char *name, int fd, struct stat *st)
{
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? ERR_BUSY : ERR_SYS;
	if (fstat(fd, st))
		return ERR_SYS;
	return is_still(dir, name, st) ? ERR_OK : ERR_BUSY;
}

/* Opens and locks what is there, if it is a partial file of ours: size, mode
 * and mark are then to be looked at.  ERR_ABSENT: nothing is there. */
static enum err open_old(int dir, const char *name, int *fd, struct stat *st)
{
	int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int got;
	enum err e;

	/* To open a device may do something. */
	if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? ERR_ABSENT : ERR_SYS;
	if (!S_ISREG(st->st_mode) || st->st_uid != geteuid() ||
	    st->st_nlink != 1)
		return ERR_EXISTS;
	got = openat(dir, name, flags);
	if (got < 0)
		return errno == EACCES || errno == ELOOP ? ERR_EXISTS : ERR_SYS;
	e = lock(dir, name, got, st);
	if (!e && (!S_ISREG(st->st_mode) || st->st_uid != geteuid() ||
		   st->st_nlink != 1))
		e = ERR_EXISTS;
	if (e) {
		int saved = errno;

		close(got);
		errno = saved;
		return e;
	}
	*fd = got;
	return ERR_OK;
}

/* The mark first, as a kill may come before its space is taken.  That may be
 * more than there is: then it is not there either. */
static enum err fill(int fd, const struct version *v)
{
	off_t all = (off_t)v->size + (off_t)MARK_SIZE;
	uint8_t mark[MARK_SIZE];
	ssize_t n;

	mark_of(mark, v);
	n = pwrite(fd, mark, sizeof(mark), (off_t)v->size);
	if (n >= 0 && n < (ssize_t)sizeof(mark))
		errno = ENOSPC;
	if (n < (ssize_t)sizeof(mark))
		return ERR_SYS;
	if (fallocate(fd, 0, 0, all) && errno != EOPNOTSUPP && errno != ENOSYS)
		return ERR_SYS;
	return ERR_OK;
}

static enum err make(struct partial *p, int dir, const struct version *v)
{
	int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, p->name, flags, MODE);
	struct stat st;
	int saved;
	enum err e;

	if (fd < 0)
		return errno == EEXIST ? ERR_BUSY : ERR_SYS;
	e = lock(dir, p->name, fd, &st);
	if (!e) {
		e = fill(fd, v);
		saved = errno;
		if (e)
			unlinkat(dir, p->name, 0);
		errno = saved;
	}
	if (e) {
		saved = errno;
		close(fd);
		errno = saved;
		return e;
	}
	p->fd = fd;
	p->there = false;
	return ERR_OK;
}

/* A kill may have come before there was a mark. */
static bool is_ours(int fd, const struct stat *st)
{
	uint8_t mark[MARK_SIZE];

	return st->st_size == 0 || read_mark(fd, st->st_size, mark);
}

bool partial_is_of(int fd, const struct version *v)
{
	uint8_t wanted[MARK_SIZE], mark[MARK_SIZE];
	struct stat st;

	mark_of(wanted, v);
	return fstat(fd, &st) == 0 &&
	       (uint64_t)st.st_size == v->size + MARK_SIZE &&
	       (st.st_mode & 07777) == MODE &&
	       read_mark(fd, st.st_size, mark) &&
	       memcmp(mark, wanted, MARK_SIZE) == 0;
}

enum err partial_open(struct partial *p, int dir, const char *base,
		      const struct version *v)
{
	struct stat st;
	int fd;
	enum err e;

	name_of(p->name, base);
	e = open_old(dir, p->name, &fd, &st);
	if (e == ERR_ABSENT)
		return make(p, dir, v);
	if (e)
		return e;
	if (!is_ours(fd, &st)) {
		close(fd);
		return ERR_EXISTS;
	}
	if (partial_is_of(fd, v)) {
		p->fd = fd;
		p->there = true;
		return ERR_OK;
	}
	unlinkat(dir, p->name, 0);
	close(fd);
	return make(p, dir, v);
}

void partial_remove(int dir, const char *base)
{
	char name[PARTIAL_NAME_SIZE];
	struct stat st;
	int fd;

	name_of(name, base);
	if (open_old(dir, name, &fd, &st) != ERR_OK)
		return;
	if (is_ours(fd, &st))
		unlinkat(dir, name, 0);
	close(fd);
}

enum err partial_strip(int fd, uint64_t size)
{
	return ftruncate(fd, (off_t)size) ? ERR_SYS : ERR_OK;
}
