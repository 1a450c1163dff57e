#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inside.h"
#include "log.h"
#include "name.h"

/* Which of its two chunks a record has under this index: 0, 1, or -1. */
static int which_chunk(const struct record *r, unsigned chunk)
{
	if (r->place == RECORD_NO_PLACE)
		return -1;
	if (r->first == chunk)
		return 0;
	return layout_next(r->first, r->v.y) == chunk ? 1 : -1;
}

static enum status refuse(struct outcome *no, enum status status,
			  const struct record *other)
{
	outcome_refuse(no, status, other);
	return status;
}

/* Finds the record that is to be read: ST_OK, or a refusal. */
static enum status find(struct store *s, const struct msg_fetch *m,
			struct record *out, struct outcome *no)
{
	struct record list[MSG_RECORDS_MAX];
	struct rules_records r = {list,
				  catalogue_get(s->catalogue, &m->name, list)};
	const struct record *it = rules_find(r, &m->tag);
	const struct record *high = rules_committed(r);
	int which;

	if (!it) {
		if (high && tag_compare(&high->v.tag, &m->tag) > 0)
			return refuse(no, ST_GONE, high);
		return refuse(no, ST_ABSENT, NULL);
	}
	which = which_chunk(it, m->chunk);
	if (which < 0)
		return refuse(no, ST_ABSENT, NULL);
	if (!(it->have & (1 << which)))
		return refuse(no, ST_CORRUPT, NULL);
	*out = *it;
	return ST_OK;
}

/* The open file, or -1 and errno; EIO for one of another length. */
static int open_chunk(const struct store *s, const struct msg_name *name,
		      const struct record *r, unsigned chunk)
{
	char path[NAME_PATH_MAX + RECORD_DIR_MAX + RECORD_CHUNK_MAX];
	size_t len = name_to_path(name->text, name->len, path);
	struct stat st;
	int fd;

	path[len++] = '/';
	record_dir_name(r, path + len);
	len += strlen(path + len);
	path[len++] = '/';
	record_chunk_name(r, (unsigned)which_chunk(r, chunk), path + len);
	fd = tree_open_file(&s->tree, path);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size != layout_length(r->v.size, r->v.y, chunk)) {
		close(fd);
		errno = EIO;
		return -1;
	}
	return fd;
}

/* No memory, no descriptors: that says nothing of the chunk. */
static bool is_shortage(int e)
{
	return e == EMFILE || e == ENFILE || e == ENOMEM;
}

static void hold(struct store *s, struct held *h, const struct msg_name *name)
{
	if (!names_try(s->names, h, name->text, name->len)) {
		sync_flush(s->sync);
		names_take(s->names, h, name->text, name->len);
	}
}

/* Takes the chunk off the catalogue; the name is held. */
static void mark_bad_held(struct store *s, const struct msg_fetch *m,
			  const char *why)
{
	struct record list[MSG_RECORDS_MAX];
	unsigned count = catalogue_get(s->catalogue, &m->name, list);
	char shown[256];

	for (unsigned i = 0; i < count; i++) {
		int which = which_chunk(&list[i], m->chunk);
		struct entry *e;

		if (tag_compare(&list[i].v.tag, &m->tag) != 0 || which < 0 ||
		    !(list[i].have & (1 << which)))
			continue;
		list[i].have = (uint8_t)(list[i].have & ~(1 << which));
		e = catalogue_prepare(s->catalogue, &m->name, list, count);
		if (e)
			catalogue_put(s->catalogue, e);
		mutex_lock(&s->lock);
		s->corrupt++;
		mutex_unlock(&s->lock);
		(void)name_escape(m->name.text, m->name.len, shown,
				  sizeof(shown));
		log_error("bad chunk name=\"%s\" chunk=%u why=\"%s\"", shown,
			  m->chunk + 1u, why);
	}
}

void store_chunk_failed(struct store *s, const struct msg_fetch *m,
			const char *why)
{
	struct held h;

	hold(s, &h, &m->name);
	mark_bad_held(s, m, why);
	names_release(s->names, &h);
}

/*
 * A change of the name may be renaming or removing the directory just now:
 * with the name held the catalogue and the disk agree.  Only after a failed
 * sync may a stage lie under the committed name.
 */
static enum status open_held(struct store *s, const struct msg_fetch *m,
			     int *fd, struct outcome *no)
{
	struct record r;
	enum status status = find(s, m, &r, no);

	if (status != ST_OK)
		return status;
	*fd = open_chunk(s, &m->name, &r, m->chunk);
	if (*fd < 0 && errno == ENOENT && r.state == RECORD_STAGED) {
		r.state = RECORD_COMMITTED;
		*fd = open_chunk(s, &m->name, &r, m->chunk);
	}
	if (*fd >= 0)
		return ST_OK;
	if (is_shortage(errno))
		return refuse(no, ST_LIMIT, NULL);
	mark_bad_held(s, m,
		      errno == EIO ? "wrong length or unreadable"
				   : err_text(ERR_SYS));
	return refuse(no, ST_CORRUPT, NULL);
}

enum status store_fetch(struct store *s, const struct msg_fetch *m, int *fd,
			struct outcome *no)
{
	struct rules_store rules;
	struct held h;
	struct record r;
	enum status status;
	uint64_t length;

	store_rules(s, &rules);
	status = rules_read(&rules, &m->cluster);
	if (status != ST_OK)
		return refuse(no, status, NULL);
	status = find(s, m, &r, no);
	if (status != ST_OK)
		return status;
	length = layout_length(r.v.size, r.v.y, m->chunk);
	if (m->offset > length || m->len > length - m->offset)
		return refuse(no, ST_BAD_REQUEST, NULL);
	*fd = open_chunk(s, &m->name, &r, m->chunk);
	if (*fd >= 0)
		return ST_OK;
	if (is_shortage(errno))
		return refuse(no, ST_LIMIT, NULL);
	hold(s, &h, &m->name);
	status = open_held(s, m, fd, no);
	names_release(s->names, &h);
	return status;
}
