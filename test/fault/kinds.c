#include "kinds.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define OPENS (CALL(open) | CALL(openat) | CALL(openat2) | CALL(mkostemp))
#define NAMES \
	(CALL(mkdir) | CALL(mkdirat) | CALL(linkat) | CALL(renameat) | \
	 CALL(symlinkat))
#define SYNCS \
	(CALL(fsync) | CALL(fdatasync) | CALL(syncfs) | CALL(sync_file_range))
#define STATS \
	(CALL(stat) | CALL(fstat) | CALL(fstatat) | CALL(statx) | \
	 CALL(fstatvfs) | CALL(faccessat) | CALL(readlinkat))
#define WRITES (CALL(write) | CALL(pwrite))
#define READS (CALL(read) | CALL(pread))
#define SENDS (CALL(send) | CALL(sendmsg) | CALL(sendfile))
#define WAITS (CALL(poll) | CALL(epoll_wait))
#define MEMORY (CALL(malloc) | CALL(calloc) | CALL(realloc))

static const struct kind kinds[] = {
	{"EIO",
	 {.error = EIO,
	  .kinds = KIND_FILE,
	  .calls = OPENS | NAMES | SYNCS | STATS | WRITES | READS |
		   CALL(sendfile) | CALL(readdir) | CALL(unlink) |
		   CALL(unlinkat) | CALL(fallocate) | CALL(flock) |
		   CALL(lseek) | CALL(fchmod) | CALL(futimens)}},
	{"ENOSPC",
	 {.error = ENOSPC,
	  .kinds = KIND_FILE,
	  .only_creating = 1,
	  .calls = OPENS | NAMES | SYNCS | WRITES | CALL(fallocate)}},
	{"EINTR",
	 {.error = EINTR,
	  .kinds = KIND_ANY,
	  .calls = OPENS | READS | WRITES | SENDS | WAITS | CALL(recv) |
		   CALL(accept4) | CALL(fallocate) | CALL(flock)}},
	{"EMFILE",
	 {.error = EMFILE,
	  .kinds = KIND_ANY,
	  .calls = OPENS | CALL(socket) | CALL(accept4) | CALL(epoll_create1) |
		   CALL(eventfd) | CALL(signalfd) | CALL(memfd_create) |
		   CALL(fdopendir)}},
	{"ENOMEM",
	 {.error = ENOMEM,
	  .kinds = KIND_ANY,
	  .calls = MEMORY | CALL(epoll_ctl)}},
	{"ECONNRESET",
	 {.error = ECONNRESET,
	  .kinds = KIND_SOCKET,
	  .calls = SENDS | CALL(recv) | CALL(connect) | CALL(accept4)}},
	{"short",
	 {.mode = INJECT_SHORT,
	  .kinds = KIND_FILE | KIND_SOCKET | KIND_PIPE,
	  .calls = READS | WRITES | SENDS | CALL(recv)}},
	{"kill", {.mode = INJECT_KILL, .kinds = KIND_ANY, .calls = ~MEMORY}},
};

static const char *const names[CALL_COUNT] = {
#define CALL_NAME(name) [CALL_##name] = #name,
	INJECT_CALLS(CALL_NAME)
#undef CALL_NAME
};

const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const char *call_name(enum inject_call call)
{
	return call < CALL_COUNT ? names[call] : "?";
}
