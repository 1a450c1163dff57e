/*
 * The walk over DIR at start.
 *
 * One directory at a time is open: its versions are taken in first, then the
 * names of its other directories are walked, by their paths.  What a crash
 * has left is settled by the tags alone: stages that are not whole, chunk
 * files of witnesses and tombstones, and what lies below a committed tag go;
 * acknowledged stages stay, and become committed beside the mark of their own
 * COMMIT.  Everything else is foreign and stays too.
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
#include "strays.h"
#include "version.h"

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
	struct strays strays;
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

static void remove_version(struct sweep *w, int dir, const struct record *r)
{
	char name[RECORD_DIR_MAX];

	record_dir_name(r, name);
	if (tree_version_remove(dir, r) == 0)
		strays_litter(&w->strays, name);
	else
		log_warn("an old version could not be removed entry=\"%s\" "
			 "error=\"%s\"",
			 name, err_text(ERR_SYS));
}

/* Of one tag what has data comes first, and what is committed. */
static unsigned rank(const struct record *r)
{
	if (r->state == RECORD_COMMITTED)
		return 0;
	return r->state == RECORD_STAGED ? 2 : 1;
}

static bool precedes(const struct record *a, const struct record *b)
{
	int order = tag_compare(&a->v.tag, &b->v.tag);

	return order != 0 ? order > 0 : rank(a) < rank(b);
}

/* Puts r in its place among the name's records, highest first. */
static void insert(struct sweep *w, const struct record *r)
{
	unsigned i = w->count;

	while (i > 0 && precedes(r, &w->records[i - 1])) {
		w->records[i] = w->records[i - 1];
		i--;
	}
	w->records[i] = *r;
	if (w->count < MSG_RECORDS_MAX)
		w->count++;
}

static enum err take_version(struct sweep *w, int dir, struct record *r)
{
	struct msg_name name = {w->name, w->name_len};
	enum err e = ERR_OK;

	if (version_read(dir, &name, r, &w->strays) != ERR_OK)
		return broken(w, "cannot read a version");
	if (r->state == RECORD_STAGED)
		e = version_check(dir, r);
	if (e == ERR_MEMORY)
		errno = ENOMEM;
	if (e == ERR_MEMORY || e == ERR_SYS)
		return broken(w, "cannot read a stage");
	if (e == ERR_OK)
		insert(w, r);
	else
		remove_version(w, dir, r);
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

/*
 * A whole stage beside the mark of its own COMMIT: that is obeyed once more,
 * as if it came now.  The mark stays until the other one is durable.
 */
static enum err show_stage(struct sweep *w, int dir, struct record *witness,
			   const struct record *stage)
{
	struct record made = *stage;

	made.state = RECORD_COMMITTED;
	if (tree_version_rename(dir, stage, &made) != 0 || fsync(dir) != 0)
		return broken(w, "cannot commit a stage");
	remove_version(w, dir, witness);
	*witness = made;
	return ERR_OK;
}

/* r has the tag of kept, and comes behind it: no program of ours made that,
 * but for a start that was cut. */
static enum err settle_two(struct sweep *w, int dir, struct record *kept,
			   const struct record *r)
{
	bool agree = versions_agree(&kept->v, &r->v);
	bool data = kept->state == RECORD_COMMITTED;
	char name[RECORD_DIR_MAX];

	if (agree && kept->state == RECORD_WITNESS && r->state == RECORD_STAGED)
		return show_stage(w, dir, kept, r);
	if (agree && data &&
	    (r->state == RECORD_WITNESS ||
	     (r->state == RECORD_STAGED && kept->have == 3))) {
		remove_version(w, dir, r);
		return ERR_OK;
	}
	record_dir_name(r, name);
	strays_foreign(&w->strays, name);
	return ERR_OK;
}

/* Leaves one record of each tag. */
static enum err settle_tags(struct sweep *w, int dir)
{
	unsigned kept = 0;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < w->count && e == ERR_OK; i++) {
		struct record *last = kept ? &w->records[kept - 1] : NULL;
		const struct record *r = &w->records[i];

		if (last && tag_compare(&last->v.tag, &r->v.tag) == 0)
			e = settle_two(w, dir, last, r);
		else
			w->records[kept++] = *r;
	}
	w->count = kept;
	return e;
}

/* Retires what a committed record makes useless, and tells the catalogue. */
static enum err settle(struct sweep *w, int dir)
{
	struct msg_name name = {w->name, w->name_len};
	const struct record *high;
	unsigned kept = 0;
	struct entry *e;

	if (settle_tags(w, dir) != ERR_OK)
		return ERR_SYS;
	high = rules_committed((struct rules_records){w->records, w->count});
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
	    !version_entry_is(fd, e, DT_LNK, S_IFLNK))
		return false;
	if (!w->look && unlinkat(fd, e->d_name, 0) == 0)
		strays_litter(&w->strays, e->d_name);
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
		if (version_entry_is(fd, e, DT_REG, S_IFREG) &&
		    unlinkat(fd, e->d_name, 0) == 0)
			strays_litter(&w->strays, e->d_name);
	closedir(d);
	(void)unlinkat(w->store->tree.fd, TREE_TMP, AT_REMOVEDIR);
}

static enum err take_entry(struct sweep *w, int fd, const struct dirent *e,
			   struct children *c)
{
	struct record r = {0};

	if (version_entry_is_dots(e) || is_own_link(w, fd, e))
		return ERR_OK;
	if (!version_entry_is(fd, e, DT_DIR, S_IFDIR)) {
		strays_foreign(&w->strays, e->d_name);
		return ERR_OK;
	}
	if (e->d_name[0] != '@' || e->d_name[1] == '@')
		return keep_child(w, c, e->d_name);
	if (w->path_len == 0 && strcmp(e->d_name, TREE_TMP) == 0) {
		if (!w->look)
			empty_tmp(w);
		return ERR_OK;
	}
	if (w->name_len == 0 || record_from_dir_name(e->d_name, &r) != ERR_OK) {
		strays_foreign(&w->strays, e->d_name);
		return ERR_OK;
	}
	w->found = true;
	return w->look ? ERR_OK : take_version(w, fd, &r);
}

/* Something of another owner's that may not be read is not ours. */
static bool is_closed_to_us(const struct sweep *w)
{
	struct stat st;

	return errno == EACCES &&
	       fstatat(w->store->tree.fd, w->path, &st, AT_SYMLINK_NOFOLLOW) ==
		       0 &&
	       st.st_uid != geteuid();
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
		else if (errno == EXDEV || is_closed_to_us(w)) {
			strays_foreign(&w->strays, ".");
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

	if (name_from_component(entry, component, sizeof(component)) !=
		    ERR_OK ||
	    (w->path_len == 0 && tree_is_lost(&w->store->tree, entry)))
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
	size_t len = w->path_len - strlen(entry); /* of the parent and '/' */
	char parent[NAME_PATH_MAX];
	struct stat st;
	int dir;

	if (!w->tidy || w->look || strcmp(w->path, "lost+found") == 0)
		return;
	memcpy(parent, w->path, len);
	parent[len > 0 ? len - 1 : 0] = '\0';
	dir = tree_open(&w->store->tree, parent, O_PATH);
	if (dir < 0)
		return;
	if (fstatat(dir, entry, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_uid == geteuid() && (st.st_mode & 0777) == 0700 &&
	    unlinkat(dir, entry, AT_REMOVEDIR) == 0)
		strays_litter(&w->strays, entry);
	close(dir);
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
			strays_foreign(&w->strays, c.text + at);
		}
		w->path_len = path_len;
		w->path[path_len] = '\0';
		w->name_len = name_len;
	}
	free(c.text);
	return e;
}

/* look: only whether there are versions, into *found. */
static enum err sweep(struct store *s, bool look, bool tidy, bool *found,
		      char message[STORE_MESSAGE_MAX])
{
	struct sweep *w = calloc(1, sizeof(*w));
	enum err e;

	if (!w) {
		(void)snprintf(message, STORE_MESSAGE_MAX, "no memory");
		return ERR_MEMORY;
	}
	w->store = s;
	w->look = look;
	w->tidy = tidy;
	w->message = message;
	w->strays = (struct strays){.path = w->path, .quiet = look};
	e = walk(w);
	strays_total(&w->strays);
	*found = w->found;
	free(w);
	return e;
}

enum err store_sweep(struct store *s, bool tidy,
		     char message[STORE_MESSAGE_MAX])
{
	bool found;

	return sweep(s, false, tidy, &found, message);
}

enum err store_sweep_look(struct store *s, bool *found,
			  char message[STORE_MESSAGE_MAX])
{
	return sweep(s, true, false, found, message);
}
