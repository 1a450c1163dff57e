#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES (64u << 10)

/* A file that can be a chunk of the version. */
struct found {
	unsigned index;
	struct digest digest;
	bool full; /* of the right length */
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
		      struct found *f)
{
	struct stat st;
	uint64_t length;
	uint8_t alg;

	if (record_from_chunk_name(e->d_name, &f->index, &length, &alg,
				   &f->digest) != ERR_OK ||
	    alg != r->v.alg || f->index >= r->v.y ||
	    length != layout_length(r->v.size, r->v.y, f->index) ||
	    !version_entry_is(fd, e, DT_REG, S_IFREG))
		return false;
	f->full = fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		  (uint64_t)st.st_size == length;
	return true;
}

/* Removes a chunk file where there should be none. */
static bool remove_left_over(int fd, const struct dirent *e)
{
	struct found f = {0};
	uint64_t length;
	uint8_t alg;

	return record_from_chunk_name(e->d_name, &f.index, &length, &alg,
				      &f.digest) == ERR_OK &&
	       version_entry_is(fd, e, DT_REG, S_IFREG) &&
	       unlinkat(fd, e->d_name, 0) == 0;
}

/* Which chunk is the place's first?  What the name says, unless the files
 * say otherwise. */
static unsigned first_chunk(const struct msg_name *name, const struct record *r,
			    const struct found *f, unsigned count)
{
	unsigned y = r->v.y;
	unsigned first = layout_first(r->place,
				      layout_turn(name->text, name->len, y), y);
	bool fits = true;

	for (unsigned i = 0; i < count; i++)
		fits = fits && (f[i].index == first ||
				f[i].index == layout_next(first, y));
	if (fits)
		return first;
	if (count == 2 && f[0].index == layout_next(f[1].index, y))
		return f[1].index;
	return f[0].index;
}

static void place(const struct msg_name *name, struct record *r,
		  const struct found *f, unsigned count)
{
	unsigned first = first_chunk(name, r, f, count);

	r->first = (uint8_t)first;
	for (unsigned i = 0; i < count; i++) {
		unsigned which = f[i].index == first ? 0 : 1;

		if (which == 1 && f[i].index != layout_next(first, r->v.y))
			continue;
		r->chunk[which] = f[i].digest;
		if (f[i].full)
			r->have = (uint8_t)(r->have | 1u << which);
	}
}

static void read_entries(DIR *d, struct record *r, struct strays *strays,
			 struct found f[2], unsigned *count)
{
	int fd = dirfd(d);
	const struct dirent *e;

	while (errno = 0, (e = readdir(d))) {
		if (version_entry_is_dots(e))
			continue;
		if (r->place == RECORD_NO_PLACE) {
			if (remove_left_over(fd, e))
				strays_litter(strays, e->d_name);
			else
				strays_foreign(strays, e->d_name);
		} else if (*count < 2 && recognize(fd, e, r, &f[*count]) &&
			   !(*count == 1 && f[0].index == f[1].index)) {
			(*count)++;
		} else {
			strays_foreign(strays, e->d_name);
		}
	}
}

enum err version_read(int dir, const struct msg_name *name, struct record *r,
		      struct strays *strays)
{
	char path[RECORD_DIR_MAX];
	struct found f[2];
	unsigned count = 0;
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
	read_entries(d, r, strays, f, &count);
	failed = errno;
	closedir(d);
	errno = failed;
	if (failed != 0)
		return ERR_SYS;
	if (r->place != RECORD_NO_PLACE)
		place(name, r, f, count);
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

static enum err check_chunk(int dir, const char *path, uint8_t alg,
			    const struct digest *want)
{
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct digest_state *hash;
	uint8_t *buffer;
	enum err e = ERR_MEMORY;

	if (fd < 0)
		return errno == EIO ? ERR_DIGEST : ERR_SYS;
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
	char path[RECORD_DIR_MAX + RECORD_CHUNK_MAX];
	enum err e = r->have == 3 ? ERR_OK : ERR_ABSENT;
	size_t len;

	record_dir_name(r, path);
	len = strlen(path);
	path[len++] = '/';
	for (unsigned i = 0; i < 2 && e == ERR_OK; i++) {
		record_chunk_name(r, i, path + len);
		e = check_chunk(dir, path, r->v.alg, &r->chunk[i]);
	}
	return e;
}
