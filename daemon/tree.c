#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "name.h"

#define DIR_MODE 0700
#define FILE_MODE 0600
#define DIR_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define MAKE_TRIES 64 /* against directories that are pruned meanwhile */
#define PROC_PATH_MAX 40
#define PIECE_NAME_MAX 20

static int open_beneath(int fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};

	return (int)syscall(SYS_openat2, fd, path, &how, sizeof(how));
}

void tree_init(struct tree *t, int fd)
{
	int probe = open_beneath(fd, ".", O_PATH | DIR_FLAGS);
	struct statx x;

	*t = (struct tree){.fd = fd, .beneath = probe >= 0};
	t->mounted = statx(fd, "", AT_EMPTY_PATH, 0, &x) == 0 &&
		     (x.stx_attributes & STATX_ATTR_MOUNT_ROOT);
	if (probe >= 0)
		close(probe);
	probe = openat(fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, FILE_MODE);
	if (probe >= 0) {
		t->nameless = access("/proc/self/fd", X_OK) == 0;
		close(probe);
	}
}

static void close_keeping_errno(int fd)
{
	int e = errno;

	close(fd);
	errno = e;
}

/* One component after the other, from DIR; makes what is missing. */
static int walk(const struct tree *t, const char *path, int flags, bool make)
{
	int at = openat(t->fd, ".", (*path ? O_PATH : flags) | DIR_FLAGS);

	while (at >= 0 && *path) {
		size_t len = strcspn(path, "/");
		char component[NAME_COMPONENT_MAX + 2];
		int next = -1;

		if (len >= sizeof(component)) {
			errno = ENAMETOOLONG;
		} else {
			memcpy(component, path, len);
			component[len] = '\0';
			path += len + (path[len] == '/');
			if (!make || mkdirat(at, component, DIR_MODE) == 0 ||
			    errno == EEXIST)
				next = openat(at, component,
					      (*path ? O_PATH : flags) |
						      DIR_FLAGS);
		}
		close_keeping_errno(at);
		at = next;
	}
	return at;
}

int tree_open(const struct tree *t, const char *path, int flags)
{
	if (t->beneath)
		return open_beneath(t->fd, *path ? path : ".",
				    flags | DIR_FLAGS);
	return walk(t, path, flags, false);
}

int tree_open_file(const struct tree *t, const char *path)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	char parent[NAME_PATH_MAX + RECORD_DIR_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	int dir, fd;

	if (t->beneath)
		return open_beneath(t->fd, path, flags);
	if (len >= sizeof(parent)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, len);
	parent[len] = '\0';
	dir = walk(t, parent, O_PATH, false);
	if (dir < 0)
		return -1;
	fd = openat(dir, slash ? slash + 1 : path, flags);
	close_keeping_errno(dir);
	return fd;
}

bool tree_is_lost(const struct tree *t, const char *path)
{
	static const char lost[] = "lost+found";
	const size_t len = sizeof(lost) - 1;

	return t->mounted && strncmp(path, lost, len) == 0 &&
	       (path[len] == '\0' || path[len] == '/');
}

/* The usual case: all but the last component is there. */
static int make_last(const struct tree *t, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[NAME_PATH_MAX];
	int dir = t->fd, fd = -1;

	if (slash) {
		size_t len = (size_t)(slash - path);

		memcpy(parent, path, len);
		parent[len] = '\0';
		dir = tree_open(t, parent, O_PATH);
		if (dir < 0)
			return -1;
		path = slash + 1;
	}
	if (mkdirat(dir, path, DIR_MODE) == 0 || errno == EEXIST)
		fd = openat(dir, path, O_PATH | DIR_FLAGS);
	if (slash)
		close_keeping_errno(dir);
	return fd;
}

/* Opens a directory (O_PATH), made with all its parents if need be. */
static int make(const struct tree *t, const char *path)
{
	int fd = make_last(t, path);

	for (int i = 0; fd < 0 && errno == ENOENT && i < MAKE_TRIES; i++)
		fd = walk(t, path, O_PATH, true);
	return fd;
}

void tree_prune(const struct tree *t, const char *path)
{
	char parent[NAME_PATH_MAX];
	char *slash;
	int fd, n = 0;

	if (strlen(path) >= sizeof(parent))
		return;
	memcpy(parent, path, strlen(path) + 1);
	while (n == 0 && (slash = strrchr(parent, '/'))) {
		*slash = '\0';
		fd = tree_open(t, parent, O_PATH);
		if (fd < 0)
			return;
		n = unlinkat(fd, slash + 1, AT_REMOVEDIR);
		close(fd);
	}
	if (n == 0)
		(void)unlinkat(t->fd, parent, AT_REMOVEDIR);
}

static bool is_chunk_of(const struct record *r, const char *entry)
{
	char name[RECORD_CHUNK_MAX];

	for (unsigned i = 0; i < 2; i++) {
		record_chunk_name(r, i, name);
		if (strcmp(name, entry) == 0)
			return true;
	}
	return false;
}

/* By listing: every file whose name is a chunk file's, but those of keep. */
static int unlink_chunks(int fd, const char *dir, const struct record *keep)
{
	int at = openat(fd, dir, O_RDONLY | DIR_FLAGS);
	DIR *d = at < 0 ? NULL : fdopendir(at);
	const struct dirent *e;
	int failed = 0;

	if (!d) {
		if (at >= 0)
			close_keeping_errno(at);
		return -1;
	}
	while (errno = 0, (e = readdir(d))) {
		unsigned index;
		uint64_t length;
		uint8_t alg;
		struct digest digest;

		if (record_from_chunk_name(e->d_name, &index, &length, &alg,
					   &digest) == ERR_OK &&
		    !(keep && is_chunk_of(keep, e->d_name)) &&
		    unlinkat(dirfd(d), e->d_name, 0) != 0 && errno != ENOENT &&
		    errno != EISDIR)
			failed = errno;
	}
	if (errno != 0)
		failed = errno;
	closedir(d);
	errno = failed;
	return failed ? -1 : 0;
}

/* The two files that r says; others may be left. */
static void unlink_known(int fd, const struct record *r)
{
	char name[RECORD_CHUNK_MAX];
	int at;

	if (r->place == RECORD_NO_PLACE)
		return;
	at = tree_version_open(fd, r);
	if (at < 0)
		return;
	for (unsigned i = 0; i < 2; i++) {
		record_chunk_name(r, i, name);
		(void)unlinkat(at, name, 0);
	}
	close(at);
}

/* Throws out the rest of an attempt that failed. */
static int make_version(int fd, const struct record *r)
{
	char dir[RECORD_DIR_MAX];

	record_dir_name(r, dir);
	if (mkdirat(fd, dir, DIR_MODE) == 0)
		return 0;
	if (errno != EEXIST || tree_version_remove(fd, r) != 0)
		return -1;
	return mkdirat(fd, dir, DIR_MODE);
}

int tree_version_make(const struct tree *t, const char *path,
		      const struct record *r)
{
	if (tree_is_lost(t, path)) {
		errno = EEXIST;
		return -1;
	}
	for (int i = 0; i < MAKE_TRIES; i++) {
		int fd = make(t, path);

		if (fd < 0 || make_version(fd, r) == 0)
			return fd;
		close_keeping_errno(fd);
		if (errno != ENOENT)
			return -1;
	}
	return -1;
}

int tree_version_rename(int fd, const struct record *from,
			const struct record *to)
{
	char old[RECORD_DIR_MAX], new[RECORD_DIR_MAX];

	record_dir_name(from, old);
	record_dir_name(to, new);
	return renameat(fd, old, fd, new);
}

int tree_version_open(int fd, const struct record *r)
{
	char dir[RECORD_DIR_MAX];

	record_dir_name(r, dir);
	return openat(fd, dir, O_PATH | DIR_FLAGS);
}

int tree_version_empty(int fd, const struct record *r)
{
	char dir[RECORD_DIR_MAX];

	record_dir_name(r, dir);
	return unlink_chunks(fd, dir, NULL);
}

int tree_version_tidy(int fd, const struct record *r)
{
	char dir[RECORD_DIR_MAX];

	record_dir_name(r, dir);
	return unlink_chunks(fd, dir, r);
}

int tree_version_remove(int fd, const struct record *r)
{
	char dir[RECORD_DIR_MAX];

	record_dir_name(r, dir);
	unlink_known(fd, r);
	if (unlinkat(fd, dir, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -1;
	if (unlink_chunks(fd, dir, NULL) != 0)
		return -1;
	return unlinkat(fd, dir, AT_REMOVEDIR);
}

static void piece_name(uint64_t tmp, char out[PIECE_NAME_MAX])
{
	(void)snprintf(out, PIECE_NAME_MAX, "%016" PRIx64, tmp);
}

/* TREE_TMP itself, whatever somebody may have put in its place. */
static int open_tmp(const struct tree *t, bool make)
{
	if (make && mkdirat(t->fd, TREE_TMP, DIR_MODE) != 0 && errno != EEXIST)
		return -1;
	return openat(t->fd, TREE_TMP, O_PATH | DIR_FLAGS);
}

int tree_piece_make(const struct tree *t, uint64_t tmp, bool nameless)
{
	char name[PIECE_NAME_MAX];
	int dir, fd;

	if (nameless)
		return openat(t->fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC,
			      FILE_MODE);
	dir = open_tmp(t, true);
	if (dir < 0)
		return -1;
	piece_name(tmp, name);
	fd = openat(dir, name,
		    O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
		    FILE_MODE);
	close_keeping_errno(dir);
	return fd;
}

static int link_open_file(int fd, int to, const char *name)
{
	char path[PROC_PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, to, name, AT_SYMLINK_FOLLOW);
}

int tree_piece_adopt(const struct tree *t, int fd, uint64_t tmp)
{
	char name[PIECE_NAME_MAX];
	int dir = open_tmp(t, true), n;

	if (dir < 0)
		return -1;
	piece_name(tmp, name);
	n = link_open_file(fd, dir, name);
	close_keeping_errno(dir);
	return n;
}

int tree_piece_link(const struct tree *t, int fd, uint64_t tmp, int to,
		    const char *name)
{
	char piece[PIECE_NAME_MAX];
	int dir, n;

	if (fd >= 0)
		return link_open_file(fd, to, name);
	dir = open_tmp(t, false);
	if (dir < 0)
		return -1;
	piece_name(tmp, piece);
	n = renameat(dir, piece, to, name);
	close_keeping_errno(dir);
	return n;
}

void tree_piece_drop(const struct tree *t, uint64_t tmp)
{
	char name[PIECE_NAME_MAX];
	int dir = open_tmp(t, false);

	if (dir < 0)
		return;
	piece_name(tmp, name);
	(void)unlinkat(dir, name, 0);
	close(dir);
}

enum status tree_status(int e)
{
	switch (e) {
	case ENOSPC:
	case EDQUOT:
		return ST_NO_SPACE;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENAMETOOLONG:
	case EFBIG:
	case EMLINK:
	case EINTR:
	/* Something foreign is where a directory of ours should be. */
	case EACCES:
	case EPERM:
	case EEXIST:
	case ENOTEMPTY:
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
	case EXDEV:
	case EBUSY:
	/* The file system does not take every name. */
	case EINVAL:
	case EILSEQ:
		return ST_LIMIT;
	default:
		return ST_IO;
	}
}
