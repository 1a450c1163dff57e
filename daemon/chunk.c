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

enum status chunk_find(struct store *s, const struct msg_fetch *m,
		       struct chunk *out, struct outcome *no)
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
	*out = (struct chunk){
		.record = *it,
		.which = (unsigned)which,
		.length = layout_length(it->v.size, it->v.y, m->chunk),
	};
	return ST_OK;
}

bool chunk_is_offered(const struct chunk *c)
{
	return c->record.have & (1u << c->which);
}

int chunk_open(const struct store *s, const struct msg_name *name,
	       const struct chunk *c)
{
	char path[NAME_PATH_MAX + RECORD_DIR_MAX + RECORD_CHUNK_MAX];
	size_t len = name_to_path(name->text, name->len, path);
	struct stat st;
	int fd;

	path[len++] = '/';
	record_dir_name(&c->record, path + len);
	len += strlen(path + len);
	path[len++] = '/';
	record_chunk_name(&c->record, c->which, path + len);
	fd = tree_open_file(&s->tree, path);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size != c->length) {
		close(fd);
		errno = EIO;
		return -1;
	}
	return fd;
}

/* Only after a failed sync may a stage lie under the committed name. */
int chunk_open_held(const struct store *s, const struct msg_name *name,
		    const struct chunk *c)
{
	int fd = chunk_open(s, name, c);

	if (fd < 0 && errno == ENOENT && c->record.state == RECORD_STAGED) {
		struct chunk shown = *c;

		shown.record.state = RECORD_COMMITTED;
		fd = chunk_open(s, name, &shown);
	}
	return fd;
}

bool chunk_is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino &&
	       x.st_dev == y.st_dev;
}

bool chunk_is_shortage(int e)
{
	return e == EMFILE || e == ENFILE || e == ENOMEM;
}

void chunk_hold(struct store *s, struct held *h, const struct msg_name *name)
{
	if (!names_try(s->names, h, name->text, name->len)) {
		sync_flush(s->sync);
		names_take(s->names, h, name->text, name->len);
	}
}

static void tell(struct store *s, const struct msg_fetch *m, bool good,
		 const char *detail)
{
	char shown[256];

	(void)name_escape(m->name.text, m->name.len, shown, sizeof(shown));
	if (good) {
		log_info("chunk is good again name=\"%s\" chunk=%u %s", shown,
			 m->chunk + 1u, detail);
		return;
	}
	mutex_lock(&s->lock);
	s->corrupt++;
	mutex_unlock(&s->lock);
	log_error("bad chunk name=\"%s\" chunk=%u %s", shown, m->chunk + 1u,
		  detail);
}

void chunk_mark_held(struct store *s, const struct msg_fetch *m, bool good,
		     const char *detail)
{
	struct record list[MSG_RECORDS_MAX];
	unsigned count = catalogue_get(s->catalogue, &m->name, list);

	for (unsigned i = 0; i < count; i++) {
		int which = which_chunk(&list[i], m->chunk);
		struct entry *e;

		if (tag_compare(&list[i].v.tag, &m->tag) != 0 || which < 0 ||
		    good == !!(list[i].have & (1 << which)))
			continue;
		list[i].have = (uint8_t)(list[i].have ^ (1 << which));
		e = catalogue_prepare(s->catalogue, &m->name, list, count);
		if (e)
			catalogue_shrink(s->catalogue, e);
		tell(s, m, good, detail);
	}
}
