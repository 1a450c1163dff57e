#include "found.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layout.h"
#include "run.h"
#include "state.h"

static void litter(struct found_store *f, const char *what, const char *entry)
{
	if (f->litter[0] == '\0')
		snprintf(f->litter, sizeof(f->litter), "%s %.120s", what,
			 entry);
}

static DIR *open_list(int dir, const char *name)
{
	int fd = openat(dir, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		run_die("cannot list %s", name);
	return d;
}

static bool has_digest(int dir, const char *name, uint64_t length, uint8_t alg,
		       const struct digest *want)
{
	static uint8_t bytes[65536];
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct digest_state *hash = digest_new(alg);
	struct digest got = {0};
	uint64_t all = 0;
	ssize_t n;

	if (fd < 0 || !hash)
		run_die("cannot open %s", name);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		digest_update(hash, bytes, (size_t)n);
		all += (uint64_t)n;
	}
	digest_final(hash, &got);
	digest_free(hash);
	close(fd);
	return n == 0 && all == length && digest_equal(&got, want);
}

static void take_file(struct found_store *f, struct found_version *v, int dir,
		      const char *name)
{
	const struct version *of = &v->record.v;
	struct digest digest = {0};
	uint64_t length;
	unsigned index;
	uint8_t alg;

	if (record_from_chunk_name(name, &index, &length, &alg, &digest) ||
	    v->record.place == RECORD_NO_PLACE || alg != of->alg ||
	    index >= of->y || length != layout_length(of->size, of->y, index)) {
		litter(f, "file", name);
		return;
	}
	v->chunks |= UINT64_C(1) << index;
	v->files++;
	v->good += has_digest(dir, name, length, alg, &digest);
}

static void take_version(struct found_store *f, int dir, const char *entry,
			 const char *path)
{
	struct found_version *v;
	const struct dirent *e;
	DIR *d;

	f->list = run_more(f->list, f->count, &f->cap, sizeof(*f->list));
	v = &f->list[f->count];
	memset(v, 0, sizeof(*v));
	if (path[0] == '\0' || record_from_dir_name(entry, &v->record)) {
		litter(f, "directory", entry);
		return;
	}
	snprintf(v->name, sizeof(v->name), "%s", path);
	f->count++;
	d = open_list(dir, entry);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			take_file(f, v, dirfd(d), e->d_name);
	closedir(d);
}

static bool is_reserved(const char *entry)
{
	return entry[0] == '@' && entry[1] != '@';
}

static bool is_link(int dir, const char *entry)
{
	struct stat st;

	return fstatat(dir, entry, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISLNK(st.st_mode);
}

/* path: the stored name that dir stands for, "" for DIR. */
static void walk(struct found_store *f, int dir, const char *path)
{
	char name[NAME_MAX_BYTES + 1], part[NAME_COMPONENT_MAX + 1];
	DIR *d = open_list(dir, ".");
	const struct dirent *e;
	bool empty = true;

	while ((e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		empty = false;
		if (path[0] == '\0' && strcmp(e->d_name, STATE_LINK) == 0) {
			if (!is_link(dir, e->d_name))
				litter(f, "no link:", e->d_name);
		} else if (is_reserved(e->d_name)) {
			take_version(f, dir, e->d_name, path);
		} else if (e->d_type != DT_DIR ||
			   name_from_component(e->d_name, part, sizeof(part))) {
			litter(f, "entry", e->d_name);
		} else {
			int fd = openat(dir, e->d_name,
					O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			if (fd < 0)
				run_die("cannot open %s", e->d_name);
			snprintf(name, sizeof(name), "%s%s%s", path,
				 *path ? "/" : "", part);
			walk(f, fd, name);
			close(fd);
		}
	}
	if (empty && path[0] != '\0')
		litter(f, "empty directory", path);
	closedir(d);
}

void found_read(struct found_store *f, int dir)
{
	f->count = 0;
	f->litter[0] = '\0';
	walk(f, dir, "");
}
