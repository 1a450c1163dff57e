#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"

#define READ_BYTES (64u << 10)

/* The files that can be chunks of the version, by their indices. */
struct found {
	bool there;
	bool full; /* of the right length */
	struct digest digest;
};

bool version_entry_is(int dir, const struct dirent *e, unsigned char type,
		      mode_t mode)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == type;
	return fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_mode & S_IFMT) == mode;
}

bool version_entry_is_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
}

/* False: it is nothing of this version. */
static bool recognize(int fd, const struct dirent *e, const struct record *r,
		      unsigned *index, struct found *f)
{
	struct stat st;
	uint64_t length;
	uint8_t alg;

	if (record_from_chunk_name(e->d_name, index, &length, &alg,
				   &f->digest) != ERR_OK ||
	    alg != r->v.alg || *index >= r->v.y ||
	    length != layout_length(r->v.size, r->v.y, *index) ||
	    !version_entry_is(fd, e, DT_REG, S_IFREG))
		return false;
	f->there = true;
	f->full = fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		  (uint64_t)st.st_size == length;
	return true;
}

/* Removes a chunk file where there should be none. */
static bool remove_left_over(int fd, const struct dirent *e)
{
	struct digest digest;
	unsigned index;
	uint64_t length;
	uint8_t alg;

	return record_from_chunk_name(e->d_name, &index, &length, &alg,
				      &digest) == ERR_OK &&
	       version_entry_is(fd, e, DT_REG, S_IFREG) &&
	       unlinkat(fd, e->d_name, 0) == 0;
}

/*
 * Which chunk is the place's first?  What the layout says, as long as a file
 * of the place is there: others are strays then.  Without any, two that follow
 * each other are a place of another layout.
 */
static unsigned first_chunk(const struct msg_name *name, const struct record *r,
			    const struct found f[LAYOUT_MAX])
{
	unsigned y = r->v.y;
	unsigned first = layout_first(r->place,
				      layout_turn(name->text, name->len, y), y);

	if (f[first].there || f[layout_next(first, y)].there)
		return first;
	for (unsigned i = 0; i < y; i++)
		if (f[i].there && f[layout_next(i, y)].there)
			return i;
	return first;
}

static void stray(const struct record *r, unsigned index, const struct found *f,
		  struct strays *strays)
{
	struct record one = {.v = r->v, .first = (uint8_t)index};
	char path[RECORD_CHUNK_MAX];

	one.chunk[0] = f->digest;
	record_chunk_name(&one, 0, path);
	strays_foreign(strays, path);
}

static void place(const struct msg_name *name, struct record *r,
		  const struct found f[LAYOUT_MAX], struct strays *strays)
{
	unsigned first = first_chunk(name, r, f);
	unsigned second = layout_next(first, r->v.y);

	r->first = (uint8_t)first;
	for (unsigned i = 0; i < r->v.y; i++) {
		unsigned which = i == first ? 0 : 1;

		if (!f[i].there)
			continue;
		if (i != first && i != second) {
			stray(r, i, &f[i], strays);
			continue;
		}
		r->chunk[which] = f[i].digest;
		if (f[i].full)
			r->have = (uint8_t)(r->have | 1u << which);
	}
}

/* Of two of one index the first stays, unless only the other is full. */
static void take_file(int fd, const struct dirent *e, const struct record *r,
		      struct found f[LAYOUT_MAX], struct strays *strays)
{
	struct found new = {0}, *old;
	unsigned index;

	if (!recognize(fd, e, r, &index, &new)) {
		strays_foreign(strays, e->d_name);
		return;
	}
	old = &f[index];
	if (old->there && (old->full || !new.full)) {
		strays_foreign(strays, e->d_name);
		return;
	}
	if (old->there)
		stray(r, index, old, strays);
	*old = new;
}

static void read_entries(DIR *d, const struct record *r, struct strays *strays,
			 struct found f[LAYOUT_MAX])
{
	int fd = dirfd(d);
	const struct dirent *e;

	while (errno = 0, (e = readdir(d))) {
		if (version_entry_is_dots(e))
			continue;
		if (r->place != RECORD_NO_PLACE)
			take_file(fd, e, r, f, strays);
		else if (remove_left_over(fd, e))
			strays_litter(strays, e->d_name);
		else
			strays_foreign(strays, e->d_name);
	}
}

enum err version_read(int dir, const struct msg_name *name, struct record *r,
		      struct strays *strays)
{
	char path[RECORD_DIR_MAX];
	struct found f[LAYOUT_MAX] = {0};
	int fd, failed;
	DIR *d;

	record_dir_name(r, path);
	fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return ERR_SYS;
	d = fdopendir(fd);
	if (!d) {
		failed = errno;
		close(fd);
		errno = failed;
		return ERR_SYS;
	}
	read_entries(d, r, strays, f);
	failed = errno;
	closedir(d);
	errno = failed;
	if (failed != 0)
		return ERR_SYS;
	if (r->place != RECORD_NO_PLACE)
		place(name, r, f, strays);
	return ERR_OK;
}

/* Reads a file to its end.  Bytes that cannot be read are wrong ones. */
static enum err check_digest(int fd, struct digest_state *hash, uint8_t *buffer,
			     const struct digest *want)
{
	struct digest got = {0};
	ssize_t n;

	while ((n = read(fd, buffer, READ_BYTES)) != 0) {
		if (n > 0)
			digest_update(hash, buffer, (size_t)n);
		else if (errno != EINTR)
			return ERR_DIGEST;
	}
	digest_final(hash, &got);
	return digest_equal(&got, want) ? ERR_OK : ERR_DIGEST;
}

/* Nothing is waited for: what was a file a moment ago may be a FIFO now. */
static enum err check_chunk(int at, const char *name, uint8_t alg,
			    const struct digest *want)
{
	int fd = openat(at, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct digest_state *hash;
	enum err e = ERR_MEMORY;
	struct stat st;
	uint8_t *buffer;

	if (fd < 0)
		return errno == EIO ? ERR_DIGEST : ERR_SYS;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return ERR_DIGEST;
	}
	/* After a write that failed only the disk says what is there. */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	hash = digest_new(alg);
	buffer = malloc(READ_BYTES);
	if (hash && buffer)
		e = check_digest(fd, hash, buffer, want);
	free(buffer);
	digest_free(hash);
	close(fd);
	return e;
}

enum err version_check(int dir, const struct record *r)
{
	char name[RECORD_CHUNK_MAX];
	enum err e = ERR_OK;
	int at, failed;

	if (r->have != 3)
		return ERR_ABSENT;
	at = tree_version_open(dir, r);
	if (at < 0)
		return ERR_SYS;
	for (unsigned i = 0; i < 2 && e == ERR_OK; i++) {
		record_chunk_name(r, i, name);
		e = check_chunk(at, name, r->v.alg, &r->chunk[i]);
	}
	failed = errno;
	close(at);
	errno = failed;
	return e;
}
