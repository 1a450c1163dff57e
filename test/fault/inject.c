/*
 * The library that goes into a program (LD_PRELOAD) to make its nth call of
 * some kind fail, or to kill it there: see inject.h.
 *
 * Allocations go to glibc by its own names for them, so that nothing here
 * calls itself; all other calls are looked up behind this library.
 */
#include "inject.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
int __open_2(const char *path, int flags);
int __openat_2(int fd, const char *path, int flags);

enum verdict { PASS, FAIL, SHORT };

static struct inject *plan;

static void *next_of[CALL_COUNT];
static const char *const name_of[CALL_COUNT] = {
#define INJECT_NAME(name) [CALL_##name] = #name,
	INJECT_CALLS(INJECT_NAME)
#undef INJECT_NAME
};

/* The function behind this library; to is a pointer to a pointer to it. */
static void find(enum inject_call call, void *to)
{
	if (!next_of[call])
		next_of[call] = dlsym(RTLD_NEXT, name_of[call]);
	memcpy(to, &next_of[call], sizeof(next_of[call]));
}

static long raw(long number, long a, long b)
{
	static long (*next)(long, ...);

	if (!next) {
		void *found = dlsym(RTLD_NEXT, "syscall");

		memcpy(&next, &found, sizeof(found));
	}
	return next(number, a, b);
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv(INJECT_ENV);
	__typeof__(open) *open_next;
	int fd;

	for (unsigned i = 0; i < CALL_COUNT; i++) {
		void *unused;

		find((enum inject_call)i, &unused);
	}
	find(CALL_open, &open_next);
	if (!path || (fd = open_next(path, O_RDWR | O_CLOEXEC)) < 0)
		return;
	plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	if (plan == MAP_FAILED)
		abort();
	raw(SYS_close, fd, 0);
}

/* Deciding */

static unsigned kind_of(int fd)
{
	__typeof__(fstat) *next;
	struct stat st;

	find(CALL_fstat, &next);
	if (next(fd, &st))
		return 0;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return KIND_FILE;
	case S_IFSOCK:
		return KIND_SOCKET;
	case S_IFIFO:
		return KIND_PIPE;
	default:
		return 0;
	}
}

static bool creates(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

static enum verdict fire(enum inject_call call, const void *caller)
{
	Dl_info info;

	plan->call = call;
	plan->where = 0;
	if (dladdr(caller, &info))
		plan->where = (uint64_t)((const char *)caller -
					 (const char *)info.dli_fbase);
	atomic_store(&plan->fired, 1);
	switch (plan->mode) {
	case INJECT_KILL:
		raw(SYS_kill, getpid(), SIGKILL);
		for (;;)
			pause();
	case INJECT_SHORT:
		return SHORT;
	default:
		errno = plan->error;
		return FAIL;
	}
}

/* fd: below 0 when its kind does not matter.  Messages are never lost: the
 * test reads them. */
static enum verdict gate(enum inject_call call, int fd, bool counts,
			 const void *caller)
{
	int saved = errno;
	bool hit;

	if (!plan || !atomic_load(&plan->armed) || !counts ||
	    !(plan->calls >> call & 1))
		return PASS;
	if ((fd == STDERR_FILENO && plan->mode != INJECT_KILL) ||
	    (fd >= 0 && plan->kinds != KIND_ANY &&
	     !(kind_of(fd) & plan->kinds)))
		hit = false;
	else
		hit = atomic_fetch_add(&plan->count, 1) + 1 == plan->nth;
	errno = saved;
	return hit ? fire(call, caller) : PASS;
}

static enum verdict gate_open(enum inject_call call, int flags,
			      const void *caller)
{
	return gate(call, -1, !plan || !plan->only_creating || creates(flags),
		    caller);
}

#define CALLER __builtin_return_address(0)

/* Files by path */

#define MODE_OF(flags, last, mode) \
	do { \
		va_list list; \
\
		va_start(list, last); \
		mode = creates(flags) ? va_arg(list, mode_t) : 0; \
		va_end(list); \
	} while (0)

int open(const char *path, int flags, ...)
{
	__typeof__(open) *next;
	mode_t mode;

	MODE_OF(flags, flags, mode);
	find(CALL_open, &next);
	if (gate_open(CALL_open, flags, CALLER) == FAIL)
		return -1;
	return next(path, flags, mode);
}

int __open_2(const char *path, int flags)
{
	__typeof__(open) *next;

	find(CALL_open, &next);
	if (gate_open(CALL_open, flags, CALLER) == FAIL)
		return -1;
	return next(path, flags);
}

int openat(int fd, const char *path, int flags, ...)
{
	__typeof__(openat) *next;
	mode_t mode;

	MODE_OF(flags, flags, mode);
	find(CALL_openat, &next);
	if (gate_open(CALL_openat, flags, CALLER) == FAIL)
		return -1;
	return next(fd, path, flags, mode);
}

int __openat_2(int fd, const char *path, int flags)
{
	__typeof__(openat) *next;

	find(CALL_openat, &next);
	if (gate_open(CALL_openat, flags, CALLER) == FAIL)
		return -1;
	return next(fd, path, flags);
}

/* openat2(2), which has no function of its own. */
long syscall(long number, ...)
{
	static long (*next)(long, ...);
	const struct open_how *how;
	va_list list;
	long a[6];

	va_start(list, number);
	for (unsigned i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (!next) {
		void *found = dlsym(RTLD_NEXT, "syscall");

		memcpy(&next, &found, sizeof(found));
	}
	if (number == SYS_openat2) {
		memcpy(&how, &a[2], sizeof(how));
		if (gate_open(CALL_openat2, (int)how->flags, CALLER) == FAIL)
			return -1;
	}
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Calls without anything special.  wrong is what they return on failure. */

#define WRAP(type, name, params, args, wrong) \
	type name params \
	{ \
		__typeof__(name) *next; \
\
		find(CALL_##name, &next); \
		if (gate(CALL_##name, -1, true, CALLER) == FAIL) \
			return wrong; \
		return next args; \
	}

WRAP(int, mkostemp, (char *path, int flags), (path, flags), -1)
WRAP(int, memfd_create, (const char *name, unsigned flags), (name, flags), -1)
WRAP(DIR *, fdopendir, (int fd), (fd), NULL)
WRAP(struct dirent *, readdir, (DIR * dir), (dir), NULL)
WRAP(ssize_t, readlinkat, (int fd, const char *path, char *to, size_t len),
     (fd, path, to, len), -1)
WRAP(int, symlinkat, (const char *target, int fd, const char *path),
     (target, fd, path), -1)
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), -1)
WRAP(int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode),
     -1)
WRAP(int, linkat,
     (int from, const char *path, int to, const char *name, int flags),
     (from, path, to, name, flags), -1)
WRAP(int, renameat, (int from, const char *path, int to, const char *name),
     (from, path, to, name), -1)
WRAP(int, unlink, (const char *path), (path), -1)
WRAP(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags),
     -1)
WRAP(int, stat, (const char *path, struct stat *st), (path, st), -1)
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), -1)
WRAP(int, fstatat, (int fd, const char *path, struct stat *st, int flags),
     (fd, path, st, flags), -1)
WRAP(int, statx,
     (int fd, const char *path, int flags, unsigned mask, struct statx *st),
     (fd, path, flags, mask, st), -1)
WRAP(int, fstatvfs, (int fd, struct statvfs *st), (fd, st), -1)
WRAP(int, faccessat, (int fd, const char *path, int mode, int flags),
     (fd, path, mode, flags), -1)
WRAP(int, flock, (int fd, int what), (fd, what), -1)
WRAP(off_t, lseek, (int fd, off_t to, int whence), (fd, to, whence), -1)
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
WRAP(int, futimens, (int fd, const struct timespec times[2]), (fd, times), -1)
WRAP(int, fallocate, (int fd, int mode, off_t at, off_t len),
     (fd, mode, at, len), -1)
WRAP(int, fsync, (int fd), (fd), -1)
WRAP(int, fdatasync, (int fd), (fd), -1)
WRAP(int, syncfs, (int fd), (fd), -1)
WRAP(int, sync_file_range, (int fd, off_t at, off_t len, unsigned flags),
     (fd, at, len, flags), -1)
WRAP(int, socket, (int domain, int type, int protocol),
     (domain, type, protocol), -1)
WRAP(int, connect, (int fd, __CONST_SOCKADDR_ARG to, socklen_t len),
     (fd, to, len), -1)
WRAP(int, accept4, (int fd, __SOCKADDR_ARG from, socklen_t *len, int flags),
     (fd, from, len, flags), -1)
WRAP(int, poll, (struct pollfd * fds, nfds_t count, int ms), (fds, count, ms),
     -1)
WRAP(int, epoll_create1, (int flags), (flags), -1)
WRAP(int, epoll_wait, (int fd, struct epoll_event *events, int most, int ms),
     (fd, events, most, ms), -1)
WRAP(int, eventfd, (unsigned value, int flags), (value, flags), -1)
WRAP(int, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags),
     -1)

/* Only what adds a descriptor can fail. */
int epoll_ctl(int fd, int what, int on, struct epoll_event *event)
{
	__typeof__(epoll_ctl) *next;

	find(CALL_epoll_ctl, &next);
	if (gate(CALL_epoll_ctl, -1,
		 what == EPOLL_CTL_ADD || (plan && plan->mode == INJECT_KILL),
		 CALLER) == FAIL)
		return -1;
	return next(fd, what, on, event);
}

/* Never fails, but a program can be killed here. */
int close(int fd)
{
	__typeof__(close) *next;

	find(CALL_close, &next);
	gate(CALL_close, -1, plan && plan->mode == INJECT_KILL, CALLER);
	return next(fd);
}

/* Moving bytes */

#define WRAP_IO(name, fd, len, params, args) \
	ssize_t name params \
	{ \
		__typeof__(name) *next; \
\
		find(CALL_##name, &next); \
		switch (gate(CALL_##name, fd, len > 1 || !is_short(), \
			     CALLER)) { \
		case FAIL: \
			return -1; \
		case SHORT: \
			len = 1; \
			break; \
		case PASS: \
			break; \
		} \
		return next args; \
	}

static bool is_short(void)
{
	return plan && plan->mode == INJECT_SHORT;
}

WRAP_IO(read, fd, len, (int fd, void *to, size_t len), (fd, to, len))
WRAP_IO(pread, fd, len, (int fd, void *to, size_t len, off_t at),
	(fd, to, len, at))
WRAP_IO(write, fd, len, (int fd, const void *from, size_t len), (fd, from, len))
WRAP_IO(pwrite, fd, len, (int fd, const void *from, size_t len, off_t at),
	(fd, from, len, at))
WRAP_IO(recv, fd, len, (int fd, void *to, size_t len, int flags),
	(fd, to, len, flags))
WRAP_IO(send, fd, len, (int fd, const void *from, size_t len, int flags),
	(fd, from, len, flags))
WRAP_IO(sendfile, -1, len, (int to, int from, off_t *at, size_t len),
	(to, from, at, len))

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	__typeof__(sendmsg) *next;
	struct msghdr one = *msg;
	struct iovec byte = {0};

	find(CALL_sendmsg, &next);
	switch (gate(CALL_sendmsg, fd, true, CALLER)) {
	case FAIL:
		return -1;
	case SHORT:
		for (size_t i = 0; i < msg->msg_iovlen && !byte.iov_len; i++) {
			byte.iov_base = msg->msg_iov[i].iov_base;
			byte.iov_len = msg->msg_iov[i].iov_len > 0;
		}
		one.msg_iov = &byte;
		one.msg_iovlen = 1;
		return next(fd, &one, flags);
	default:
		return next(fd, msg, flags);
	}
}

/* Memory */

void *malloc(size_t size)
{
	if (gate(CALL_malloc, -1, true, CALLER) == FAIL)
		return NULL;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (gate(CALL_calloc, -1, true, CALLER) == FAIL)
		return NULL;
	return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	if (gate(CALL_realloc, -1, true, CALLER) == FAIL)
		return NULL;
	return __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t count, size_t size)
{
	if (size && count > (size_t)-1 / size) {
		errno = ENOMEM;
		return NULL;
	}
	if (gate(CALL_realloc, -1, true, CALLER) == FAIL)
		return NULL;
	return __libc_realloc(p, count * size);
}
