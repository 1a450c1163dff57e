/*
 * The walk over DIR at start.
 *
 * One directory at a time is open: its versions are taken in first, then the
 * names of its other directories are walked, by their paths.  What a crash
 * has left is settled by the tags alone: stages that are not whole, chunk
 * files of witnesses and tombstones, and what lies below a committed tag go;
 * acknowledged stages stay.  Everything else is foreign and stays too.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inside.h"
#include "log.h"
#include "name.h"

#define FOREIGN_LOGGED 16 /* foreign things that get a line of their own */
#define READ_BYTES (64u << 10)

struct sweep {
	struct store *store;
	bool look; /* only whether there is a version */
	bool tidy;
	bool found;
	char path[NAME_PATH_MAX];
	size_t path_len;
	char name[NAME_MAX_BYTES];
	size_t name_len;
	struct record records[MSG_RECORDS_MAX + 1]; /* of this name */
	unsigned count;
	unsigned long foreign;
	unsigned long litter;
	char *message;
};

/* Directories below the one being read, one after the other, with NULs. */
struct children {
	char *text;
	size_t len;
	size_t cap;
};

static enum err walk(struct sweep *w);

static enum err broken(struct sweep *w, const char *what)
{
	char shown[256];

	(void)name_escape(w->path, w->path_len, shown, sizeof(shown));
	(void)snprintf(w->message, STORE_MESSAGE_MAX, "%s/%s: %s: %s",
		       w->store->dir, shown, what, strerror(errno));
	return ERR_SYS;
}

static void note(struct sweep *w, const char *entry, bool litter)
{
	char shown[256];
	unsigned long n = litter ? ++w->litter : ++w->foreign;

	if (w->look || n > FOREIGN_LOGGED)
		return;
	(void)name_escape(entry, strlen(entry), shown, sizeof(shown));
	log_info("%s directory=\"%.*s\" entry=\"%s\"",
		 litter ? "litter removed" : "foreign, left alone",
		 (int)(w->path_len < 200 ? w->path_len : 200), w->path, shown);
}

static bool is_kind(int fd, const struct dirent *e, unsigned char type,
		    mode_t mode)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == type;
	return fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_mode & S_IFMT) == mode;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' &&
	       (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* ---- one version directory */

/* The chunk files of one version directory, as they are found. */
struct found {
	unsigned count; /* files that could be chunks of the version */
	unsigned index[2];
	struct digest digest[2];
	bool whole[2]; /* regular and of the right length */
};

static void take_file(struct sweep *w, int fd, const struct dirent *e,
		      const struct record *r, struct found *f)
{
	struct digest digest;
	struct stat st;
	uint64_t length;
	unsigned index;
	uint8_t alg;

	if (f->count == 2 || r->place == RECORD_NO_PLACE ||
	    record_from_chunk_name(e->d_name, &index, &length, &alg,
				   &digest) != ERR_OK ||
	    alg != r->v.alg || index >= r->v.y ||
	    length != layout_length(r->v.size, r->v.y, index) ||
	    (f->count == 1 && f->index[0] == index) ||
	    !is_kind(fd, e, DT_REG, S_IFREG)) {
		note(w, e->d_name, false);
		return;
	}
	f->index[f->count] = index;
	f->digest[f->count] = digest;
	f->whole[f->count] =
		fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		(uint64_t)st.st_size == length;
	f->count++;
}

/* Chunk files where there should be none, of a commit that was cut short. */
static bool is_chunk_name(const char *text)
{
	struct digest digest;
	uint64_t length;
	unsigned index;
	uint8_t alg;

	return record_from_chunk_name(text, &index, &length, &alg, &digest) ==
	       ERR_OK;
}

static enum err read_version(struct sweep *w, int dir, const struct record *r,
			     struct found *f)
{
	char name[RECORD_DIR_MAX];
	const struct dirent *e;
	int fd;
	DIR *d;

	record_dir_name(r, name);
	fd = openat(dir, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return broken(w, "cannot open a version");
	d = fdopendir(fd);
	if (!d) {
		enum err error = broken(w, "cannot read a version");

		close(fd);
		return error;
	}
	while (errno = 0, (e = readdir(d))) {
		if (is_dots(e->d_name))
			continue;
		if (r->place == RECORD_NO_PLACE && is_chunk_name(e->d_name) &&
		    unlinkat(fd, e->d_name, 0) == 0)
			note(w, e->d_name, true);
		else
			take_file(w, fd, e, r, f);
	}
	if (errno != 0) {
		enum err error = broken(w, "cannot read a version");

		closedir(d);
		return error;
	}
	closedir(d);
	return ERR_OK;
}

/* Which chunk is the first?  The files tell where they can, else the name:
 * with y = 2, or a file missing, both orders are possible. */
static void place_found(const struct sweep *w, const struct found *f,
			struct record *r)
{
	unsigned y = r->v.y;
	unsigned first =
		layout_first(r->place, layout_turn(w->name, w->name_len, y), y);

	for (unsigned i = 0; i < f->count; i++)
		if (f->index[i] != first && f->index[i] != layout_next(first, y))
			first = f->index[0];
	if (f->count == 2 && f->index[1] != layout_next(first, y) &&
	    f->index[1] != first)
		first = f->index[1];
	r->first = (uint8_t)first;
	for (unsigned i = 0; i < f->count; i++) {
		unsigned which;

		if (f->index[i] == first)
			which = 0;
		else if (f->index[i] == layout_next(first, y))
			which = 1;
		else
			continue;
		r->chunk[which] = f->digest[i];
		if (f->whole[i])
			r->have = (uint8_t)(r->have | 1u << which);
	}
}

/* Reads a file to its end: has it its digest? */
static bool has_digest(int dir, const char *path, uint8_t alg,
		       const struct digest *want)
{
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct digest_state *hash = digest_new(alg);
	uint8_t *buffer = malloc(READ_BYTES);
	struct digest got = {0};
	ssize_t n = -1;

	if (fd >= 0 && hash && buffer) {
		while ((n = read(fd, buffer, READ_BYTES)) > 0 ||
		       (n < 0 && errno == EINTR))
			if (n > 0)
				digest_update(hash, buffer, (size_t)n);
		digest_final(hash, &got);
	}
	free(buffer);
	digest_free(hash);
	if (fd >= 0)
		close(fd);
	return n == 0 && digest_equal(&got, want);
}

/* An acknowledged stage has both files, every byte of them. */
static bool is_whole(int dir, const struct record *r)
{
	char path[RECORD_DIR_MAX + RECORD_CHUNK_MAX];
	size_t len;

	if (r->have != 3)
		return false;
	record_dir_name(r, path);
	len = strlen(path);
	path[len++] = '/';
	for (unsigned i = 0; i < 2; i++) {
		record_chunk_name(r, i, path + len);
		if (!has_digest(dir, path, r->v.alg, &r->chunk[i]))
			return false;
	}
	return true;
}

static void remove_version(struct sweep *w, int dir, const struct record *r)
{
	char name[RECORD_DIR_MAX];

	record_dir_name(r, name);
	if (tree_version_remove(dir, r) == 0)
		note(w, name, true);
	else
		log_warn("an old version could not be removed entry=\"%s\" "
			 "error=\"%s\"",
			 name, err_text(ERR_SYS));
}

/* Puts r in its place among the name's records, highest first. */
static void insert(struct sweep *w, const struct record *r)
{
	unsigned i = w->count;

	while (i > 0 &&
	       tag_compare(&w->records[i - 1].v.tag, &r->v.tag) < 0) {
		w->records[i] = w->records[i - 1];
		i--;
	}
	w->records[i] = *r;
	if (w->count < MSG_RECORDS_MAX)
		w->count++;
}

static enum err take_version(struct sweep *w, int dir, const char *entry,
			     struct record *r)
{
	struct rules_records known = { w->records, w->count };
	struct found f = {0};
	enum err e;

	/* Two of one tag: no program of ours made that. */
	if (rules_find(known, &r->v.tag)) {
		note(w, entry, false);
		return ERR_OK;
	}
	e = read_version(w, dir, r, &f);
	if (e != ERR_OK)
		return e;
	if (r->place != RECORD_NO_PLACE)
		place_found(w, &f, r);
	if (r->state == RECORD_STAGED && !is_whole(dir, r))
		remove_version(w, dir, r);
	else
		insert(w, r);
	return ERR_OK;
}

/* ---- one name */

static void count_corrupt(struct sweep *w, const struct record *r)
{
	char shown[256];

	if (r->state != RECORD_COMMITTED || r->have == 3)
		return;
	w->store->corrupt += (r->have & 1 ? 0u : 1u) + (r->have & 2 ? 0u : 1u);
	(void)name_escape(w->name, w->name_len, shown, sizeof(shown));
	log_error("chunk missing or of a wrong length name=\"%s\"", shown);
}

/* Retires what a committed record makes useless, and tells the catalogue. */
static enum err settle(struct sweep *w, int dir)
{
	struct rules_records all = { w->records, w->count };
	const struct record *high = rules_committed(all);
	struct msg_name name = { w->name, w->name_len };
	unsigned kept = 0;
	struct entry *e;

	for (unsigned i = 0; i < w->count; i++) {
		struct record *r = &w->records[i];

		if (high && rules_retires(r, &high->v.tag)) {
			remove_version(w, dir, r);
			continue;
		}
		count_corrupt(w, r);
		kept++;
	}
	w->count = 0;
	if (kept == 0)
		return ERR_OK;
	/* The kept ones are the highest, so they come first. */
	e = catalogue_prepare(w->store->catalogue, &name, w->records, kept);
	if (!e) {
		errno = ENOMEM;
		return broken(w, "cannot remember it");
	}
	catalogue_put(w->store->catalogue, e);
	return ERR_OK;
}

/* ---- one directory */

static enum err keep_child(struct sweep *w, struct children *c,
			   const char *entry)
{
	size_t len = strlen(entry) + 1;

	if (c->cap - c->len < len) {
		size_t cap = c->cap * 2 + len + 256;
		char *text = realloc(c->text, cap);

		if (!text) {
			errno = ENOMEM;
			return broken(w, "cannot remember it");
		}
		c->text = text;
		c->cap = cap;
	}
	memcpy(c->text + c->len, entry, len);
	c->len += len;
	return ERR_OK;
}

static bool is_own_link(struct sweep *w, int fd, const struct dirent *e)
{
	if (w->path_len > 0)
		return false;
	if (strcmp(e->d_name, STATE_LINK) == 0)
		return true;
	if (strcmp(e->d_name, STATE_LINK_NEW) != 0 ||
	    !is_kind(fd, e, DT_LNK, S_IFLNK))
		return false;
	if (!w->look && unlinkat(fd, e->d_name, 0) == 0)
		note(w, e->d_name, true);
	return true;
}

/* Pieces of stages that never ended. */
static void empty_tmp(struct sweep *w)
{
	int fd = tree_open(&w->store->tree, TREE_TMP, O_RDONLY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(d)))
		if (is_kind(fd, e, DT_REG, S_IFREG) &&
		    unlinkat(fd, e->d_name, 0) == 0)
			note(w, e->d_name, true);
	closedir(d);
	(void)unlinkat(w->store->tree.fd, TREE_TMP, AT_REMOVEDIR);
}

static enum err take_entry(struct sweep *w, int fd, const struct dirent *e,
			   struct children *c)
{
	struct record r = {0};

	if (is_dots(e->d_name) || is_own_link(w, fd, e))
		return ERR_OK;
	if (!is_kind(fd, e, DT_DIR, S_IFDIR)) {
		note(w, e->d_name, false);
		return ERR_OK;
	}
	if (e->d_name[0] != '@' || e->d_name[1] == '@')
		return keep_child(w, c, e->d_name);
	if (w->path_len == 0 && strcmp(e->d_name, TREE_TMP) == 0) {
		if (!w->look)
			empty_tmp(w);
		return ERR_OK;
	}
	if (w->name_len == 0 ||
	    record_from_dir_name(e->d_name, &r) != ERR_OK) {
		note(w, e->d_name, false);
		return ERR_OK;
	}
	w->found = true;
	return w->look ? ERR_OK : take_version(w, fd, e->d_name, &r);
}

/* lost+found belongs to the file system, and often to root. */
static bool is_lost_found(const struct sweep *w)
{
	return strcmp(w->path, "lost+found") == 0;
}

static enum err read_directory(struct sweep *w, struct children *c)
{
	int fd = tree_open(&w->store->tree, w->path, O_RDONLY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	enum err error = ERR_OK;

	if (!d) {
		if (fd >= 0)
			close(fd);
		else if (errno == EXDEV || (errno == EACCES && is_lost_found(w))) {
			note(w, ".", false);
			return ERR_OK;
		}
		return broken(w, "cannot open it");
	}
	while (error == ERR_OK && (errno = 0, (e = readdir(d))))
		error = take_entry(w, fd, e, c);
	if (error == ERR_OK && errno != 0)
		error = broken(w, "cannot read it");
	if (error == ERR_OK && w->count > 0)
		error = settle(w, fd);
	w->count = 0;
	closedir(d);
	return error;
}

/* Goes down into one child, if it can be part of a name. */
static bool enter(struct sweep *w, const char *entry)
{
	char component[NAME_COMPONENT_MAX + 1];
	size_t path_len = strlen(entry), name_len;

	if (name_from_component(entry, component, sizeof(component)) != ERR_OK)
		return false;
	name_len = strlen(component);
	if (w->path_len + path_len + 2 > sizeof(w->path) ||
	    w->name_len + name_len + 1 > sizeof(w->name))
		return false;
	if (w->path_len > 0) {
		w->path[w->path_len++] = '/';
		w->name[w->name_len++] = '/';
	}
	memcpy(w->path + w->path_len, entry, path_len + 1);
	w->path_len += path_len;
	memcpy(w->name + w->name_len, component, name_len);
	w->name_len += name_len;
	return true;
}

/* Empty, ours by its mode and owner, and from an earlier run. */
static void tidy_up(struct sweep *w, const char *entry)
{
	struct stat st;

	if (!w->tidy || w->look || is_lost_found(w))
		return;
	if (fstatat(w->store->tree.fd, w->path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    st.st_uid != geteuid() || (st.st_mode & 0777) != 0700)
		return;
	if (unlinkat(w->store->tree.fd, w->path, AT_REMOVEDIR) == 0)
		note(w, entry, true);
}

static enum err walk(struct sweep *w)
{
	size_t path_len = w->path_len, name_len = w->name_len;
	struct children c = {0};
	enum err e = read_directory(w, &c);

	for (size_t at = 0; e == ERR_OK && at < c.len;
	     at += strlen(c.text + at) + 1) {
		if (w->look && w->found)
			break;
		if (enter(w, c.text + at)) {
			e = walk(w);
			if (e == ERR_OK)
				tidy_up(w, c.text + at);
		} else {
			note(w, c.text + at, false);
		}
		w->path_len = path_len;
		w->path[path_len] = '\0';
		w->name_len = name_len;
	}
	free(c.text);
	return e;
}

static enum err sweep(struct store *s, struct sweep *w)
{
	enum err e;

	w->store = s;
	e = walk(w);
	if (w->foreign > FOREIGN_LOGGED && !w->look)
		log_info("foreign things left alone count=%lu", w->foreign);
	if (w->litter > FOREIGN_LOGGED)
		log_info("litter removed count=%lu", w->litter);
	return e;
}

enum err store_sweep(struct store *s, bool tidy,
		     char message[STORE_MESSAGE_MAX])
{
	struct sweep *w = calloc(1, sizeof(*w));
	enum err e;

	if (!w) {
		(void)snprintf(message, STORE_MESSAGE_MAX, "no memory");
		return ERR_MEMORY;
	}
	w->tidy = tidy;
	w->message = message;
	e = sweep(s, w);
	free(w);
	return e;
}

enum err store_sweep_look(struct store *s, bool *found,
			  char message[STORE_MESSAGE_MAX])
{
	struct sweep *w = calloc(1, sizeof(*w));
	enum err e;

	if (!w) {
		(void)snprintf(message, STORE_MESSAGE_MAX, "no memory");
		return ERR_MEMORY;
	}
	w->look = true;
	w->message = message;
	e = sweep(s, w);
	*found = w->found;
	free(w);
	return e;
}
