/*
 * What a test and the library inside the program under test share: a page of
 * memory in a file.  The test writes the plan and arms it; the library counts
 * the calls that the plan names and does to the nth of them what it says.
 *
 * Fields may be changed only while nothing is armed, but `armed` itself.
 */
#ifndef FAULT_INJECT_H
#define FAULT_INJECT_H

#include <stdatomic.h>
#include <stdint.h>

#define INJECT_ENV "DFS_INJECT" /* names the file */

/* Calls that fail with -1 and errno, or with NULL. */
#define INJECT_CALLS(X) \
	X(open) \
	X(openat) \
	X(openat2) \
	X(mkostemp) \
	X(memfd_create) \
	X(fdopendir) \
	X(readdir) \
	X(readlinkat) \
	X(symlinkat) \
	X(mkdir) \
	X(mkdirat) \
	X(linkat) \
	X(renameat) \
	X(unlink) \
	X(unlinkat) \
	X(stat) \
	X(fstat) \
	X(fstatat) \
	X(statx) \
	X(fstatvfs) \
	X(faccessat) \
	X(flock) \
	X(lseek) \
	X(fchmod) \
	X(futimens) \
	X(fallocate) \
	X(fsync) \
	X(fdatasync) \
	X(syncfs) \
	X(sync_file_range) \
	X(read) \
	X(pread) \
	X(write) \
	X(pwrite) \
	X(sendfile) \
	X(socket) \
	X(connect) \
	X(accept4) \
	X(recv) \
	X(send) \
	X(sendmsg) \
	X(poll) \
	X(epoll_create1) \
	X(epoll_ctl) \
	X(epoll_wait) \
	X(eventfd) \
	X(signalfd) \
	X(close) \
	X(malloc) \
	X(calloc) \
	X(realloc)

enum inject_call {
#define INJECT_ID(name) CALL_##name,
	INJECT_CALLS(INJECT_ID)
#undef INJECT_ID
		CALL_COUNT
};

#define CALL(name) (UINT64_C(1) << CALL_##name)

enum inject_mode {
	INJECT_ERROR, /* it fails with `error`, and does nothing */
	INJECT_SHORT, /* it moves one byte */
	INJECT_KILL,  /* the program is killed before it */
};

enum inject_kind { /* of descriptors, for calls that read and write */
		   KIND_FILE = 1,
		   KIND_SOCKET = 2,
		   KIND_PIPE = 4,
		   KIND_ANY = 15,
};

struct inject {
	/* The plan. */
	uint64_t calls; /* CALL() of those that count */
	uint64_t nth;	/* from 1 */
	enum inject_mode mode;
	int error;
	unsigned kinds;		/* enum inject_kind */
	unsigned only_creating; /* of open: what makes a file */

	_Atomic unsigned armed;

	/* What came of it. */
	_Atomic uint64_t count;
	_Atomic unsigned fired;
	enum inject_call call; /* once fired */
	uint64_t where;	       /* offset of its caller in its object */
};

#endif
