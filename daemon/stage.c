/*
 * Arriving stages.  Small ones wait in memory for their end; large ones are
 * written to nameless files as they come, and linked at their end.  Either
 * way the version directory is made under its final name, as staged, before
 * its sync: one that a crash cuts short is not whole, and goes at the next
 * start.
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "name.h"

#define SMALL_MAX (64u << 10)	 /* bytes of both chunks, kept in memory */
#define BUFFERED_MAX (32u << 20) /* bytes of all stages in memory */
#define PUSH_BYTES (8u << 20)	 /* when write-back is set going */

static bool is_sane(const struct record *r)
{
	return r->v.y >= 2 && r->v.y <= LAYOUT_MAX && r->place < r->v.y &&
	       r->first < r->v.y && r->v.size <= INT64_MAX &&
	       r->v.mode <= 0777 && digest_size(r->v.alg) > 0 &&
	       r->v.tag.ctr > 0;
}

enum status stage_admit(struct store *s, const struct msg_stage_begin *m,
			bool restore, struct outcome *no)
{
	struct record list[MSG_RECORDS_MAX];
	struct rules_store rules;
	struct rules_records r = {list, 0};
	struct verdict v = {RULES_REFUSE, ST_BAD_REQUEST, NULL};
	bool adopt;

	if (is_sane(&m->record)) {
		store_rules(s, &rules);
		v.status = rules_mutation(&rules, &m->context, true, &adopt);
		/* What a RESTORE is for has been committed first. */
		if (v.status == ST_OK && restore && adopt)
			v.status = ST_REFUSED;
	}
	if (v.status == ST_OK) {
		r.count = catalogue_get(s->catalogue, &m->name, list);
		v = restore ? rules_restore(r, &m->record)
			    : rules_stage(&rules, r, &m->record.v.tag);
	}
	if (v.step == RULES_REFUSE)
		outcome_refuse(no, v.status, v.other);
	return v.step == RULES_REFUSE ? v.status : ST_OK;
}

static uint64_t slot_length(const struct record *r, unsigned i)
{
	unsigned chunk = i == 0 ? r->first : layout_next(r->first, r->v.y);

	return layout_length(r->v.size, r->v.y, chunk);
}

/* May so many bytes be kept in memory? */
static bool take_buffer(struct store *s, size_t bytes)
{
	if (atomic_fetch_add(&s->buffered, bytes) + bytes <= BUFFERED_MAX)
		return true;
	atomic_fetch_sub(&s->buffered, bytes);
	return false;
}

struct stage *stage_new(struct store *s, const struct msg_stage_begin *m,
			bool restore)
{
	uint64_t lengths[2] = {slot_length(&m->record, 0),
			       slot_length(&m->record, 1)};
	uint64_t total = lengths[0] + lengths[1];
	size_t buffered = 0;
	struct stage *g;

	if (total <= SMALL_MAX && take_buffer(s, (size_t)total))
		buffered = (size_t)total;
	g = malloc(sizeof(*g) + m->name.len + buffered);
	if (!g) {
		atomic_fetch_sub(&s->buffered, buffered);
		return NULL;
	}
	memset(g, 0, sizeof(*g));
	g->store = s;
	g->restore = restore;
	g->context = m->context;
	g->record = m->record;
	g->record.state = RECORD_STAGED;
	g->record.have = 3;
	g->buffered = buffered;
	memcpy(g->text, m->name.text, m->name.len);
	g->name = (struct msg_name){g->text, m->name.len};
	for (unsigned i = 0; i < 2; i++) {
		g->slot[i].length = lengths[i];
		g->slot[i].fd = -1;
		g->slot[i].nameless = s->tree.nameless && !restore;
	}
	if (buffered > 0) {
		g->slot[0].buffer = (uint8_t *)g->text + m->name.len;
		g->slot[1].buffer = g->slot[0].buffer + lengths[0];
	}
	return g;
}

static int reserve(int fd, uint64_t length)
{
	int n;

	do
		n = fallocate(fd, 0, 0, (off_t)length);
	while (n != 0 && errno == EINTR);
	return n == 0 || errno == EOPNOTSUPP ? 0 : -1;
}

enum status stage_open_slot(struct stage *g, struct slot *t)
{
	struct store *s = g->store;

	if (t->length == 0 || t->buffer)
		return ST_OK;
	t->hash = digest_new(g->record.v.alg);
	if (!t->hash)
		return ST_LIMIT;
	t->piece = atomic_fetch_add(&s->pieces, 1);
	t->fd = tree_piece_make(&s->tree, t->piece, t->nameless);
	if (t->fd < 0)
		return store_error(s, "making a file", errno);
	if (reserve(t->fd, t->length) != 0)
		return store_error(s, "reserving space", errno);
	return ST_OK;
}

static struct stage *begin(struct store *s, const struct msg_stage_begin *m,
			   bool restore, struct outcome *no)
{
	enum status status = stage_admit(s, m, restore, no);
	struct stage *g;

	if (status != ST_OK)
		return NULL;
	g = stage_new(s, m, restore);
	if (!g) {
		outcome_refuse(no, ST_LIMIT, NULL);
		return NULL;
	}
	if (!space_take(&s->space, g->slot[0].length + g->slot[1].length +
					   STAGE_DIRECTORY_BYTES))
		status = ST_NO_SPACE;
	for (unsigned i = 0; i < 2 && status == ST_OK; i++)
		status = stage_open_slot(g, &g->slot[i]);
	if (status != ST_OK) {
		outcome_refuse(no, status, NULL);
		store_stage_drop(g);
		return NULL;
	}
	return g;
}

struct stage *store_stage_begin(struct store *s,
				const struct msg_stage_begin *m,
				struct outcome *no)
{
	return begin(s, m, false, no);
}

struct stage *store_restore_begin(struct store *s,
				  const struct msg_stage_begin *m,
				  struct outcome *no)
{
	return begin(s, m, true, no);
}

/* 0, or -1 and errno. */
static int write_all(int fd, const void *data, size_t len, uint64_t at)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? EIO : errno;
			return -1;
		}
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* Early, so that the sync at the end finds little left to write. */
static void push(struct slot *t)
{
	if (t->written - t->pushed < PUSH_BYTES)
		return;
	(void)sync_file_range(t->fd, (off_t)t->pushed,
			      (off_t)(t->written - t->pushed),
			      SYNC_FILE_RANGE_WRITE);
	t->pushed = t->written;
}

enum status store_stage_write(struct stage *g, unsigned slot, const void *data,
			      size_t len, struct outcome *no)
{
	struct slot *t = &g->slot[slot & 1];
	enum status status;

	if (slot > 1 || len > t->length - t->written) {
		outcome_refuse(no, ST_BAD_REQUEST, NULL);
		no->text = "more data than announced";
		return ST_BAD_REQUEST;
	}
	if (len == 0)
		return ST_OK;
	if (t->buffer) {
		memcpy(t->buffer + t->written, data, len);
		t->written += len;
		return ST_OK;
	}
	if (write_all(t->fd, data, len, t->written) != 0) {
		status = store_error(g->store, "writing a stage", errno);
		outcome_refuse(no, status, NULL);
		return status;
	}
	digest_update(t->hash, data, len);
	t->written += len;
	push(t);
	return ST_OK;
}

static void hash_slot(struct slot *t, uint8_t alg, struct digest *out)
{
	memset(out, 0, sizeof(*out));
	if (t->hash)
		digest_final(t->hash, out);
	else
		digest_of(alg, t->buffer ? t->buffer : (const uint8_t *)"",
			  (size_t)t->length, out);
}

enum status stage_check_slot(struct stage *g, unsigned i,
			     const struct digest *want)
{
	struct record *r = &g->record;

	if (g->slot[i].written != g->slot[i].length)
		return ST_BAD_REQUEST;
	hash_slot(&g->slot[i], r->v.alg, &r->chunk[i]);
	return digest_equal(&r->chunk[i], want) ? ST_OK : ST_DIGEST;
}

/* Lengths, digests; the root goes into the record. */
static enum status check(struct stage *g, const struct msg_stage_end *m)
{
	struct record *r = &g->record;
	enum status status = ST_OK;

	if (m->alg != r->v.alg || m->y != r->v.y)
		return ST_BAD_REQUEST;
	for (unsigned i = 0; i < 2 && status == ST_OK; i++) {
		unsigned chunk =
			i == 0 ? r->first : layout_next(r->first, r->v.y);

		status = stage_check_slot(g, i, &m->chunks[chunk]);
	}
	if (status != ST_OK)
		return status;
	memset(&r->v.root, 0, sizeof(r->v.root));
	digest_root(r->v.alg, m->chunks, r->v.y, &r->v.root);
	return ST_OK;
}

/* Takes fd. */
static int write_buffer(int fd, const struct slot *t)
{
	int e;

	if (t->buffer && write_all(fd, t->buffer, (size_t)t->length, 0) != 0) {
		e = errno;
		close(fd);
		errno = e;
		return -1;
	}
	return close(fd);
}

static int write_new(int dir, const char *name, const struct slot *t)
{
	int fd = openat(dir, name,
			O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
			0600);

	return fd < 0 ? -1 : write_buffer(fd, t);
}

int stage_keep(struct stage *g, struct slot *t)
{
	int e, fd;

	if (t->fd < 0) {
		t->piece = atomic_fetch_add(&g->store->pieces, 1);
		fd = tree_piece_make(&g->store->tree, t->piece, false);
		if (fd < 0)
			return -1;
		if (write_buffer(fd, t) != 0) {
			e = errno;
			tree_piece_drop(&g->store->tree, t->piece);
			errno = e;
			return -1;
		}
	}
	t->linked = true;
	return 0;
}

static int place_slot(struct stage *g, unsigned i, int at)
{
	struct slot *t = &g->slot[i];
	char name[RECORD_CHUNK_MAX];

	record_chunk_name(&g->record, i, name);
	if (t->fd < 0)
		return write_new(at, name, t);
	if (tree_piece_link(&g->store->tree, t->nameless ? t->fd : -1, t->piece,
			    at, name) != 0)
		return -1;
	t->linked = true;
	return 0;
}

int stage_place(struct stage *g, int dir, const struct record *r)
{
	int at = tree_version_open(dir, r), n, e;

	if (at < 0)
		return -1;
	n = place_slot(g, 0, at);
	if (n == 0)
		n = place_slot(g, 1, at);
	e = errno;
	close(at);
	errno = e;
	return n;
}

static enum status publish(struct stage *g)
{
	char path[NAME_PATH_MAX];
	int dir, e;

	name_to_path(g->name.text, g->name.len, path);
	dir = tree_version_make(&g->store->tree, path, &g->record);
	if (dir < 0)
		return store_error(g->store, "making a stage", errno);
	if (stage_place(g, dir, &g->record) == 0) {
		close(dir);
		return ST_OK;
	}
	e = errno;
	(void)tree_version_remove(dir, &g->record);
	close(dir);
	tree_prune(&g->store->tree, path);
	return store_error(g->store, "making a stage", e);
}

/* ST_OK with *again when the very stage is there already. */
static enum status store_it(struct stage *g, struct change *c, bool *again,
			    const struct record **other)
{
	struct rules_records r = {c->records, c->count};
	struct rules_store rules;
	struct verdict v;
	enum status status;
	bool adopt;

	store_rules(g->store, &rules);
	status = rules_mutation(&rules, &g->context, false, &adopt);
	if (status != ST_OK)
		return status;
	v = rules_stage(&rules, r, &g->record.v.tag);
	*again = v.step == RULES_DONE;
	*other = v.other;
	if (*again &&
	    !versions_agree(&rules_find(r, &g->record.v.tag)->v, &g->record.v))
		return ST_BAD_REQUEST;
	if (v.step != RULES_STAGE)
		return v.status;
	if (adopt)
		status = store_adopt(g->store, &g->context);
	c->made = g->record;
	if (status == ST_OK)
		status = change_plan(c, NULL);
	if (status == ST_OK)
		status = publish(g);
	return status;
}

void stage_finish(struct stage *g, store_done *done, void *arg)
{
	struct change *c = change_begin(g->store, &g->name, done, arg);
	const struct record *other = NULL;
	enum status status;
	bool again = false;

	if (c) {
		status = g->restore ? restore_do(g, c, &other)
				    : store_it(g, c, &again, &other);
		if (status != ST_OK)
			change_refuse(c, status, other);
		else if (again)
			change_end(c);
		else
			change_queue(c);
	}
	store_stage_drop(g);
}

void store_stage_end(struct stage *g, const struct msg_stage_end *m,
		     store_done *done, void *arg)
{
	enum status status = check(g, m);
	struct outcome no;

	if (status == ST_OK) {
		stage_finish(g, done, arg);
		return;
	}
	outcome_refuse(&no, status, NULL);
	store_stage_drop(g);
	done(arg, &no);
}

void store_stage_drop(struct stage *g)
{
	if (!g)
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct slot *t = &g->slot[i];

		if (t->fd >= 0) {
			close(t->fd);
			if (!t->linked && !t->nameless)
				tree_piece_drop(&g->store->tree, t->piece);
		}
		digest_free(t->hash);
	}
	atomic_fetch_sub(&g->store->buffered, g->buffered);
	free(g);
}

bool store_stage_is(const struct stage *g, const struct msg_name *name,
		    const struct tag *tag)
{
	return g->name.len == name->len &&
	       memcmp(g->name.text, name->text, name->len) == 0 &&
	       tag_compare(&g->record.v.tag, tag) == 0;
}
