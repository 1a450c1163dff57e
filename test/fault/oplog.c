/*
 * A library for LD_PRELOAD: logs, in one dfs, every operation that changes
 * the file system, each sync, and what goes over its connections.
 *
 *	OPLOG        the log; records are appended
 *	OPLOG_DIR    DIR, which must be there
 *	OPLOG_SYNC   a sync takes up to so many microseconds longer, as on a
 *	             disk: there is nothing to lose where it takes none
 *
 * SIGUSR2 ends the process as SIGKILL does, but never between an operation and
 * its record.
 *
 * One lock is held around each operation and its record, so the log has the
 * order in which things happened; a sync has a record before and one behind,
 * and no lock between them: it covers what stands before the first.
 */
#include "oplog.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FIXED_MAX 8192	 /* bytes of a record without its data */
#define SOCKETS_MAX 8192 /* descriptors that are told apart */

struct line {
	unsigned char bytes[FIXED_MAX];
	size_t len;
};

/* log_fd, device, sync_us: set by the constructor.  sockets[fd]: owned by who
 * has the descriptor.  The rest: guarded by lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static dev_t device;
static long sync_us;
static uint32_t serial;
static uint64_t random_state = 1;
static bool sockets[SOCKETS_MAX];

static void put(struct line *l, uint64_t v, unsigned bytes)
{
	while (bytes-- > 0)
		l->bytes[l->len++] = (unsigned char)(v >> 8 * bytes);
}

static void put_text(struct line *l, const char *text)
{
	size_t len = strlen(text);

	if (len > FIXED_MAX / 2 - 64)
		abort();
	put(l, len, 2);
	memcpy(l->bytes + l->len, text, len);
	l->len += len;
}

static struct line begin(enum oplog_kind kind)
{
	struct line l;

	l.len = 0;
	put(&l, (uint64_t)kind, 1);
	put(&l, 0, 4);
	return l;
}

/* A log with a hole would prove nothing. */
static void end_with(struct line *l, const void *data, size_t len)
{
	size_t total = l->len - 5 + len, fixed = l->len;
	struct iovec v[2];
	union {
		const void *in;
		void *out;
	} bytes = {.in = data};

	l->len = 1;
	put(l, total, 4);
	v[0] = (struct iovec){.iov_base = l->bytes, .iov_len = fixed};
	v[1] = (struct iovec){.iov_base = bytes.out, .iov_len = len};
	if (syscall(SYS_writev, log_fd, v, 2) != (long)(fixed + len))
		abort();
}

static void end(struct line *l)
{
	end_with(l, "", 0);
}

static bool is_on(void)
{
	return log_fd >= 0;
}

static uint64_t node_at(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == device ? st.st_ino : 0;
}

/* A file that can be below DIR, not a stream of this process. */
static bool is_file(int fd, uint64_t *node)
{
	struct stat st;

	if (!is_on() || fd <= 2 || fd == log_fd || fstat(fd, &st) != 0 ||
	    !S_ISREG(st.st_mode) || st.st_dev != device)
		return false;
	*node = st.st_ino;
	return true;
}

static uint64_t node_of(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino
								 : 0;
}

static void *wait_for_end(void *arg)
{
	const sigset_t *set = arg;
	int which;

	while (sigwait(set, &which) != 0)
		continue;
	pthread_mutex_lock(&lock);
	kill(getpid(), SIGKILL);
	return NULL;
}

/* Its thread takes no other signal, and no other thread takes this one. */
static void end_by_signal(void)
{
	static sigset_t set;
	sigset_t all;
	pthread_t thread;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, NULL) != 0 ||
	    pthread_create(&thread, NULL, wait_for_end, &set) != 0 ||
	    pthread_sigmask(SIG_SETMASK, &set, NULL) != 0)
		abort();
	pthread_detach(thread);
}

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("OPLOG"), *dir = getenv("OPLOG_DIR");
	const char *us = getenv("OPLOG_SYNC");
	struct stat st;
	struct line l;
	int fd;

	if (!path || !dir)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path,
			  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || stat(dir, &st) != 0)
		abort();
	log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 500);
	if (log_fd < 0)
		log_fd = fd;
	else
		syscall(SYS_close, fd);
	device = st.st_dev;
	sync_us = us ? strtol(us, NULL, 10) : 0;
	l = begin(OPLOG_START);
	put(&l, st.st_ino, 8);
	end(&l);
	end_by_signal();
}

static void lock_it(void)
{
	pthread_mutex_lock(&lock);
}

/* Keeps errno. */
static void unlock_it(void)
{
	int e = errno;

	pthread_mutex_unlock(&lock);
	errno = e;
}

/* ---- names */

static void log_made(enum oplog_kind kind, int dir, const char *path)
{
	struct line l = begin(kind);

	put(&l, node_at(dir), 8);
	put_text(&l, path);
	put(&l, node_of(dir, path), 8);
	end(&l);
}

static int open_it(int dir, const char *path, int flags, mode_t mode)
{
	bool nameless = (flags & O_TMPFILE) == O_TMPFILE;
	bool made;
	int fd;

	if (!is_on() || (!nameless && !(flags & (O_CREAT | O_TRUNC))))
		return (int)syscall(SYS_openat, dir, path, flags, mode);
	lock_it();
	made = !nameless && node_of(dir, path) == 0;
	fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	if (fd >= 0 && nameless) {
		struct line l = begin(OPLOG_NAMELESS);

		put(&l, node_at(fd), 8);
		end(&l);
	} else if (fd >= 0 && made) {
		log_made(OPLOG_CREATE, dir, path);
	} else if (fd >= 0 && (flags & O_TRUNC)) {
		struct line l = begin(OPLOG_TRUNCATE);

		put(&l, node_at(fd), 8);
		put(&l, 0, 8);
		end(&l);
	}
	unlock_it();
	return fd;
}

#define OPEN_MODE(mode, flags) \
	mode_t mode = 0; \
	if ((flags) & (O_CREAT | O_TMPFILE)) { \
		va_list args; \
		va_start(args, flags); \
		mode = (mode_t)va_arg(args, int); \
		va_end(args); \
	}

int openat(int dir, const char *path, int flags, ...)
{
	OPEN_MODE(mode, flags)
	return open_it(dir, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	OPEN_MODE(mode, flags)
	return open_it(AT_FDCWD, path, flags, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	int n;

	if (!is_on())
		return (int)syscall(SYS_mkdirat, dir, path, mode);
	lock_it();
	n = (int)syscall(SYS_mkdirat, dir, path, mode);
	if (n == 0)
		log_made(OPLOG_MKDIR, dir, path);
	unlock_it();
	return n;
}

int symlinkat(const char *target, int dir, const char *path)
{
	struct line l;
	int n;

	if (!is_on())
		return (int)syscall(SYS_symlinkat, target, dir, path);
	lock_it();
	n = (int)syscall(SYS_symlinkat, target, dir, path);
	if (n == 0) {
		l = begin(OPLOG_SYMLINK);
		put(&l, node_at(dir), 8);
		put_text(&l, path);
		put(&l, node_of(dir, path), 8);
		put_text(&l, target);
		end(&l);
	}
	unlock_it();
	return n;
}

int linkat(int from, const char *old, int dir, const char *path, int flags)
{
	int n;

	if (!is_on())
		return (int)syscall(SYS_linkat, from, old, dir, path, flags);
	lock_it();
	n = (int)syscall(SYS_linkat, from, old, dir, path, flags);
	if (n == 0)
		log_made(OPLOG_LINK, dir, path);
	unlock_it();
	return n;
}

static int rename_it(int from, const char *old, int to, const char *path)
{
	struct line l;
	int n;

	if (!is_on())
		return (int)syscall(SYS_renameat2, from, old, to, path, 0);
	lock_it();
	n = (int)syscall(SYS_renameat2, from, old, to, path, 0);
	if (n == 0) {
		l = begin(OPLOG_RENAME);
		put(&l, node_at(from), 8);
		put_text(&l, old);
		put(&l, node_at(to), 8);
		put_text(&l, path);
		end(&l);
	}
	unlock_it();
	return n;
}

int renameat(int from, const char *old, int to, const char *path)
{
	return rename_it(from, old, to, path);
}

int renameat2(int from, const char *old, int to, const char *path,
	      unsigned flags)
{
	/* An exchange would need a record of its own. */
	if (flags & ~(unsigned)RENAME_NOREPLACE)
		abort();
	if (flags && node_of(to, path) != 0) {
		errno = EEXIST;
		return -1;
	}
	return rename_it(from, old, to, path);
}

int unlinkat(int dir, const char *path, int flags)
{
	struct line l;
	int n;

	if (!is_on())
		return (int)syscall(SYS_unlinkat, dir, path, flags);
	lock_it();
	n = (int)syscall(SYS_unlinkat, dir, path, flags);
	if (n == 0) {
		l = begin(OPLOG_UNLINK);
		put(&l, node_at(dir), 8);
		put_text(&l, path);
		end(&l);
	}
	unlock_it();
	return n;
}

/* ---- data */

static void log_write(uint64_t node, off_t at, const void *data, ssize_t len)
{
	struct line l = begin(OPLOG_WRITE);

	if (len <= 0)
		return;
	put(&l, node, 8);
	put(&l, (uint64_t)at, 8);
	end_with(&l, data, (size_t)len);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	uint64_t node;
	ssize_t n;

	if (!is_file(fd, &node))
		return syscall(SYS_pwrite64, fd, data, len, at);
	lock_it();
	n = syscall(SYS_pwrite64, fd, data, len, at);
	log_write(node, at, data, n);
	unlock_it();
	return n;
}

ssize_t write(int fd, const void *data, size_t len)
{
	uint64_t node;
	ssize_t n;

	if (!is_file(fd, &node))
		return syscall(SYS_write, fd, data, len);
	lock_it();
	n = syscall(SYS_write, fd, data, len);
	if (n > 0)
		log_write(node, lseek(fd, 0, SEEK_CUR) - n, data, n);
	unlock_it();
	return n;
}

int fallocate(int fd, int mode, off_t at, off_t len)
{
	uint64_t node;
	struct line l;
	int n;

	if (!is_file(fd, &node))
		return (int)syscall(SYS_fallocate, fd, mode, at, len);
	if (mode != 0)
		abort();
	lock_it();
	n = (int)syscall(SYS_fallocate, fd, mode, at, len);
	if (n == 0) {
		l = begin(OPLOG_ALLOCATE);
		put(&l, node, 8);
		put(&l, (uint64_t)(at + len), 8);
		end(&l);
	}
	unlock_it();
	return n;
}

int ftruncate(int fd, off_t len)
{
	uint64_t node;
	struct line l;
	int n;

	if (!is_file(fd, &node))
		return (int)syscall(SYS_ftruncate, fd, len);
	lock_it();
	n = (int)syscall(SYS_ftruncate, fd, len);
	if (n == 0) {
		l = begin(OPLOG_TRUNCATE);
		put(&l, node, 8);
		put(&l, (uint64_t)len, 8);
		end(&l);
	}
	unlock_it();
	return n;
}

/* ---- syncs */

/* The disk's own time: not a wait for anything. */
static void dawdle(void)
{
	struct timespec t = {0, 0};

	lock_it();
	random_state =
		random_state * 6364136223846793005u + 1442695040888963407u;
	if (sync_us > 0)
		t.tv_nsec = (long)(random_state >> 33) % sync_us * 1000;
	unlock_it();
	if (t.tv_nsec > 0)
		nanosleep(&t, NULL);
}

static int sync_it(long call, int fd, bool all)
{
	struct line l;
	uint32_t mine;
	int n, e;

	if (!is_on())
		return (int)syscall(call, fd);
	lock_it();
	mine = ++serial;
	l = begin(OPLOG_SYNC_BEGIN);
	put(&l, mine, 4);
	put(&l, all ? 0 : node_at(fd), 8);
	end(&l);
	unlock_it();
	dawdle();
	n = (int)syscall(call, fd);
	e = errno;
	lock_it();
	l = begin(OPLOG_SYNC_END);
	put(&l, mine, 4);
	put(&l, n == 0, 1);
	end(&l);
	unlock_it();
	errno = e;
	return n;
}

int syncfs(int fd)
{
	return sync_it(SYS_syncfs, fd, true);
}

int fsync(int fd)
{
	return sync_it(SYS_fsync, fd, false);
}

int fdatasync(int fd)
{
	return sync_it(SYS_fdatasync, fd, false);
}

/* ---- connections: none of these waits, so they hold the lock */

static void log_connection(enum oplog_kind kind, int fd)
{
	struct line l = begin(kind);

	put(&l, (uint64_t)fd, 4);
	end(&l);
}

/* A connection is met when its greeting is sent. */
static bool is_connection(int fd)
{
	struct stat st;

	if (!is_on() || fd < 0)
		return false;
	if (fd >= SOCKETS_MAX)
		abort();
	if (sockets[fd])
		return true;
	if (fstat(fd, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	lock_it();
	sockets[fd] = true;
	log_connection(OPLOG_ACCEPT, fd);
	unlock_it();
	return true;
}

static void log_bytes(enum oplog_kind kind, int fd, const void *data, ssize_t n)
{
	struct line l = begin(kind);

	if (n <= 0)
		return;
	put(&l, (uint64_t)fd, 4);
	end_with(&l, data, (size_t)n);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	ssize_t n;

	if (!is_connection(fd))
		return syscall(SYS_sendto, fd, data, len, flags, NULL, 0);
	lock_it();
	n = syscall(SYS_sendto, fd, data, len, flags | MSG_DONTWAIT, NULL, 0);
	log_bytes(OPLOG_SENT, fd, data, n);
	unlock_it();
	return n;
}

ssize_t recv(int fd, void *data, size_t len, int flags)
{
	ssize_t n;

	if (!is_connection(fd))
		return syscall(SYS_recvfrom, fd, data, len, flags, NULL, NULL);
	lock_it();
	n = syscall(SYS_recvfrom, fd, data, len, flags | MSG_DONTWAIT, NULL,
		    NULL);
	log_bytes(OPLOG_RECEIVED, fd, data, n);
	unlock_it();
	return n;
}

ssize_t sendfile(int fd, int file, off_t *at, size_t len)
{
	struct line l;
	ssize_t n;

	if (!is_connection(fd))
		return syscall(SYS_sendfile, fd, file, at, len);
	lock_it();
	n = syscall(SYS_sendfile, fd, file, at, len);
	if (n > 0) {
		l = begin(OPLOG_SENT_FILE);
		put(&l, (uint64_t)fd, 4);
		put(&l, (uint64_t)n, 8);
		end(&l);
	}
	unlock_it();
	return n;
}

int close(int fd)
{
	int n;

	if (!is_on() || fd < 0 || fd >= SOCKETS_MAX || !sockets[fd])
		return (int)syscall(SYS_close, fd);
	lock_it();
	log_connection(OPLOG_CLOSE, fd);
	sockets[fd] = false;
	n = (int)syscall(SYS_close, fd);
	unlock_it();
	return n;
}
