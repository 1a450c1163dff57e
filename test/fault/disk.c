#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "name.h"
#include "run.h"
#include "state.h"

#define NEVER UINT32_MAX
#define NOTHING UINT32_MAX /* no node */
#define BLOCK 4096
#define LARGE (16u << 10) /* bytes from which a file is linked */

struct entry {
	const char *name;
	uint32_t node;
};

/* A file, directory or link; as it is at the end while the log is read, as
 * it is in the image afterwards. */
struct node {
	uint64_t inode; /* where it was */
	char kind;	/* 'd', 'f', 'l' */
	const char *target;
	struct entry *entries; /* of a directory */
	size_t count;
	size_t cap;
	uint32_t *data; /* of a file: the operations on its bytes */
	size_t data_count;
	size_t data_cap;
	uint32_t limit; /* changes of this directory before it are kept */
	bool stored;	/* the link's copy is there */
};

struct act {
	enum oplog_kind kind;
	uint32_t at;
	uint32_t safe_at; /* the record of the sync's end, or NEVER */
	uint32_t dir;
	uint32_t dir2;
	uint32_t node;
	const char *name;
	const char *name2;
	uint64_t offset; /* or length */
	const uint8_t *bytes;
	size_t len;
};

struct pending {
	uint32_t serial;
	uint32_t at;
	uint64_t inode; /* 0: all */
};

struct disk {
	struct node *nodes; /* [0] is DIR */
	size_t count;
	size_t cap;
	struct act *ops;
	size_t op_count;
	size_t op_cap;
	size_t first_unsafe; /* no op before it is */
	bool lies;
	struct pending syncs[64];
	unsigned sync_count;
};

struct disk *disk_new(void)
{
	struct disk *d = calloc(1, sizeof(*d));

	if (!d)
		run_die("no memory");
	return d;
}

void disk_lies(struct disk *d)
{
	d->lies = true;
}

/* ---- directories */

static struct entry *find(struct node *dir, const char *name)
{
	for (size_t i = 0; i < dir->count; i++)
		if (strcmp(dir->entries[i].name, name) == 0)
			return &dir->entries[i];
	return NULL;
}

static void set(struct node *dir, const char *name, uint32_t node)
{
	struct entry *e = find(dir, name);

	if (!e) {
		dir->entries = run_more(dir->entries, dir->count, &dir->cap,
					sizeof(*dir->entries));
		e = &dir->entries[dir->count++];
		e->name = name;
	}
	e->node = node;
}

static void unset(struct node *dir, const char *name)
{
	struct entry *e = find(dir, name);

	if (e)
		*e = dir->entries[--dir->count];
}

static void change(struct disk *d, const struct act *op)
{
	struct node *dir = &d->nodes[op->dir];
	const struct entry *old;
	uint32_t node;

	switch (op->kind) {
	case OPLOG_CREATE:
	case OPLOG_MKDIR:
	case OPLOG_SYMLINK:
	case OPLOG_LINK:
		set(dir, op->name, op->node);
		break;
	case OPLOG_UNLINK:
		unset(dir, op->name);
		break;
	case OPLOG_RENAME:
		old = find(dir, op->name);
		if (!old)
			break;
		node = old->node;
		unset(dir, op->name);
		set(&d->nodes[op->dir2], op->name2, node);
		break;
	default:
		break;
	}
}

/* ---- reading the log */

static uint32_t add_node(struct disk *d, uint64_t inode, char kind)
{
	d->nodes = run_more(d->nodes, d->count, &d->cap, sizeof(*d->nodes));
	d->nodes[d->count] = (struct node){.inode = inode, .kind = kind};
	return (uint32_t)d->count++;
}

/* The last one with that number: a file system gives numbers again. */
static uint32_t node_of(const struct disk *d, uint64_t inode)
{
	for (size_t i = d->count; i-- > 0;)
		if (d->nodes[i].inode == inode)
			return (uint32_t)i;
	return NOTHING;
}

static void broken(const char *what)
{
	errno = 0;
	run_die("the log is not whole: %s", what);
}

static uint64_t get_number(struct rbuf *b)
{
	uint64_t v = 0;

	if (rbuf_u64(b, &v))
		broken("a number");
	return v;
}

static const char *get_text(struct rbuf *b)
{
	const uint8_t *p;
	size_t len;
	char *text;

	if (rbuf_str16(b, &p, &len, 65535))
		broken("a text");
	text = strndup((const char *)p, len);
	if (!text)
		run_die("no memory");
	return text;
}

/* A directory and a path below it: the directory of the last component, and
 * that component.  NOTHING: it is not below DIR. */
static uint32_t get_place(struct disk *d, struct rbuf *b, const char **name)
{
	uint32_t at = node_of(d, get_number(b));
	const char *path = get_text(b), *slash;

	while (at != NOTHING && (slash = strchr(path, '/'))) {
		char *part = strndup(path, (size_t)(slash - path));
		const struct entry *e = part ? find(&d->nodes[at], part) : NULL;

		free(part);
		at = e ? e->node : NOTHING;
		path = slash + 1;
	}
	*name = path;
	return at;
}

static void sync_ended(struct disk *d, uint32_t at, struct rbuf *b)
{
	uint32_t serial = 0;
	uint8_t well = 0;
	struct pending p = {0};

	if (rbuf_u32(b, &serial) || rbuf_u8(b, &well))
		broken("a sync");
	for (unsigned i = 0; i < d->sync_count; i++) {
		if (d->syncs[i].serial != serial)
			continue;
		p = d->syncs[i];
		d->syncs[i] = d->syncs[--d->sync_count];
		break;
	}
	if (!well || d->lies || p.at == 0)
		return;
	for (size_t i = d->first_unsafe; i < d->op_count; i++) {
		struct act *op = &d->ops[i];
		uint32_t of = op->dir != NOTHING ? op->dir : op->node;

		if (op->at < p.at && op->safe_at == NEVER &&
		    (p.inode == 0 || d->nodes[of].inode == p.inode))
			op->safe_at = at;
	}
	while (d->first_unsafe < d->op_count &&
	       d->ops[d->first_unsafe].safe_at != NEVER)
		d->first_unsafe++;
}

static void sync_began(struct disk *d, uint32_t at, struct rbuf *b)
{
	struct pending p = {.at = at};

	if (rbuf_u32(b, &p.serial))
		broken("a sync");
	p.inode = get_number(b);
	if (d->sync_count == sizeof(d->syncs) / sizeof(d->syncs[0]))
		broken("too many syncs at once");
	d->syncs[d->sync_count++] = p;
}

static void add_op(struct disk *d, const struct act *op)
{
	d->ops = run_more(d->ops, d->op_count, &d->op_cap, sizeof(*d->ops));
	d->ops[d->op_count++] = *op;
}

static void add_data(struct disk *d, struct act *op, struct rbuf *b)
{
	struct node *n;

	op->node = node_of(d, get_number(b));
	if (op->node == NOTHING)
		return;
	op->offset = get_number(b);
	if (op->kind == OPLOG_WRITE) {
		op->len = rbuf_left(b);
		if (rbuf_view(b, &op->bytes, op->len))
			broken("data");
	}
	n = &d->nodes[op->node];
	n->data = run_more(n->data, n->data_count, &n->data_cap,
			   sizeof(*n->data));
	n->data[n->data_count++] = (uint32_t)d->op_count;
	add_op(d, op);
}

static void add_change(struct disk *d, struct act *op, struct rbuf *b)
{
	op->dir = get_place(d, b, &op->name);
	if (op->kind == OPLOG_RENAME)
		op->dir2 = get_place(d, b, &op->name2);
	if (op->dir == NOTHING ||
	    (op->kind == OPLOG_RENAME && op->dir2 == NOTHING))
		return;
	if (op->kind == OPLOG_LINK) {
		op->node = node_of(d, get_number(b));
		if (op->node == NOTHING)
			broken("a link to an unknown file");
	} else if (op->kind != OPLOG_RENAME && op->kind != OPLOG_UNLINK) {
		op->node = add_node(d, get_number(b),
				    op->kind == OPLOG_MKDIR	? 'd'
				    : op->kind == OPLOG_SYMLINK ? 'l'
								: 'f');
	}
	if (op->kind == OPLOG_SYMLINK)
		d->nodes[op->node].target = get_text(b);
	change(d, op);
	add_op(d, op);
}

void disk_add(struct disk *d, uint32_t at, enum oplog_kind kind, struct rbuf *b)
{
	struct act op = {.kind = kind,
			 .at = at,
			 .safe_at = NEVER,
			 .dir = NOTHING,
			 .node = NOTHING};

	switch (kind) {
	case OPLOG_START:
		d->sync_count = 0;
		if (d->count == 0)
			(void)add_node(d, get_number(b), 'd');
		break;
	case OPLOG_NAMELESS:
		(void)add_node(d, get_number(b), 'f');
		break;
	case OPLOG_CREATE:
	case OPLOG_MKDIR:
	case OPLOG_SYMLINK:
	case OPLOG_LINK:
	case OPLOG_RENAME:
	case OPLOG_UNLINK:
		add_change(d, &op, b);
		break;
	case OPLOG_WRITE:
	case OPLOG_ALLOCATE:
	case OPLOG_TRUNCATE:
		add_data(d, &op, b);
		break;
	case OPLOG_SYNC_BEGIN:
		sync_began(d, at, b);
		break;
	case OPLOG_SYNC_END:
		sync_ended(d, at, b);
		break;
	default:
		break;
	}
}

/* ---- an image */

static bool is_safe(const struct act *op, uint32_t cut)
{
	return op->safe_at < cut;
}

/* A moment of those that are not safe; often one of the ends. */
static uint32_t choose_limit(struct rng *r, uint32_t first, uint32_t cut)
{
	switch (rng_below(r, 6)) {
	case 0:
		return first;
	case 1:
		return cut;
	default:
		return first + (uint32_t)rng_below(r, cut - first + 1);
	}
}

static bool is_kept(const struct disk *d, const struct act *op, uint32_t cut)
{
	if (is_safe(op, cut))
		return true;
	if (op->at >= cut || op->at >= d->nodes[op->dir].limit)
		return false;
	return op->kind != OPLOG_RENAME || op->at < d->nodes[op->dir2].limit;
}

/* A rename between two directories happens in both or in none. */
static void agree(struct disk *d, uint32_t cut)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < d->op_count && d->ops[i].at < cut; i++) {
			const struct act *op = &d->ops[i];
			struct node *a, *b;

			if (op->kind != OPLOG_RENAME || op->dir == op->dir2 ||
			    is_safe(op, cut))
				continue;
			a = &d->nodes[op->dir];
			b = &d->nodes[op->dir2];
			if ((a->limit > op->at) == (b->limit > op->at))
				continue;
			if (a->limit > op->at)
				a->limit = op->at;
			if (b->limit > op->at)
				b->limit = op->at;
			again = true;
		}
	}
}

static void choose_limits(struct disk *d, uint32_t cut, enum disk_order order,
			  struct rng *r)
{
	uint32_t first = cut, one;

	for (size_t i = 0; i < d->op_count && first == cut; i++)
		if (!is_safe(&d->ops[i], cut) && d->ops[i].at < cut)
			first = d->ops[i].at;
	one = choose_limit(r, first, cut);
	for (size_t i = 0; i < d->count; i++)
		d->nodes[i].limit = order == DISK_ALL ? cut
				    : order == DISK_JOURNAL
					    ? one
					    : choose_limit(r, first, cut);
	agree(d, cut);
}

static bool is_data(const struct act *op)
{
	return op->kind == OPLOG_WRITE || op->kind == OPLOG_ALLOCATE ||
	       op->kind == OPLOG_TRUNCATE;
}

/* A file's bytes while they are put together. */
struct bytes {
	uint8_t *at;
	size_t len;
};

static void lengthen(struct bytes *b, size_t len)
{
	if (len <= b->len)
		return;
	b->at = realloc(b->at, len);
	if (!b->at)
		run_die("no memory");
	memset(b->at + b->len, 0, len - b->len);
	b->len = len;
}

static void apply_data(struct bytes *b, const struct act *op)
{
	if (op->kind == OPLOG_TRUNCATE && op->offset < b->len) {
		b->len = (size_t)op->offset;
		return;
	}
	lengthen(b, (size_t)op->offset + op->len);
	if (op->len > 0)
		memcpy(b->at + op->offset, op->bytes, op->len);
}

/* The bytes that were in all of the first `cut` records, or only in safe
 * ones; false when there is no difference. */
static bool collect(const struct disk *d, const struct node *n, uint32_t cut,
		    bool safe, struct bytes *b)
{
	bool all = true;

	for (size_t i = 0; i < n->data_count; i++) {
		const struct act *op = &d->ops[n->data[i]];

		if (op->at >= cut)
			break;
		if (!is_safe(op, cut))
			all = false;
		if (!safe || is_safe(op, cut))
			apply_data(b, op);
	}
	return !all;
}

/* What a cut makes of bytes that are not safe. */
static void tear(struct bytes *now, const struct bytes *safe, struct rng *r)
{
	uint64_t fate = rng_below(r, 6);
	size_t blocks = (now->len + BLOCK - 1) / BLOCK;
	size_t keep = (size_t)rng_below(r, blocks + 1);

	if (fate == 0)
		return;
	if (fate == 1) { /* none */
		now->len = safe->len < now->len ? safe->len : now->len;
		keep = 0;
	} else if (fate == 2) { /* zeros */
		keep = 0;
	} else if (fate == 3 && keep * BLOCK < now->len &&
		   keep * BLOCK >= safe->len) {
		now->len = keep * BLOCK; /* torn off */
	}
	for (size_t i = 0; i < blocks; i++) {
		size_t at = i * BLOCK;
		bool kept = fate == 5 ? rng_chance(r, 500) : i < keep;

		if (kept || at >= now->len)
			continue;
		for (size_t k = at; k < at + BLOCK && k < now->len; k++)
			now->at[k] = k < safe->len ? safe->at[k] : 0;
	}
}

static void write_file(int dir, const char *name, const struct bytes *b)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0600);

	if (fd < 0 || write(fd, b->at, b->len) != (ssize_t)b->len)
		run_die("cannot write %s", name);
	close(fd);
}

/* An image being made. */
struct image {
	struct disk *disk;
	uint32_t cut;
	enum disk_order order;
	struct rng *rng;
	int store;
};

static void build_file(const struct image *m, uint32_t index, const char *name,
		       int dir)
{
	struct disk *d = m->disk;
	struct node *n = &d->nodes[index];
	struct bytes now = {0}, safe = {0};
	char copy[32];
	bool whole = n->data_count == 0 ||
		     d->ops[n->data[n->data_count - 1]].safe_at < m->cut;

	snprintf(copy, sizeof(copy), "%u", (unsigned)index);
	if (whole && m->store >= 0 && n->stored) {
		if (linkat(m->store, copy, dir, name, 0) != 0)
			run_die("cannot link %s", name);
		return;
	}
	if (collect(d, n, m->cut, false, &now) && m->order != DISK_ALL) {
		(void)collect(d, n, m->cut, true, &safe);
		tear(&now, &safe, m->rng);
	}
	if (whole && m->store >= 0 && now.len >= LARGE) {
		write_file(m->store, copy, &now);
		n->stored = true;
		if (linkat(m->store, copy, dir, name, 0) != 0)
			run_die("cannot link %s", name);
	} else {
		write_file(dir, name, &now);
	}
	free(now.at);
	free(safe.at);
}

static void build_link(const struct node *n, const char *name, int dir)
{
	char text[STATE_TEXT_SIZE + 1];
	const char *target = n->target;
	struct state s;

	if (state_from_text(target, &s) == ERR_OK) {
		if (state_of_directory(dir, &s.inode, &s.birth_ns))
			run_die("statx");
		state_to_text(&s, text);
		target = text;
	}
	if (symlinkat(target, dir, name) != 0)
		run_die("cannot make %s", name);
}

static void build(const struct image *m, uint32_t index, int dir)
{
	const struct disk *d = m->disk;

	for (size_t i = 0; i < d->nodes[index].count; i++) {
		const struct entry *e = &d->nodes[index].entries[i];
		const struct node *n = &d->nodes[e->node];

		if (n->kind == 'f') {
			build_file(m, e->node, e->name, dir);
		} else if (n->kind == 'l') {
			build_link(n, e->name, dir);
		} else {
			int fd = tree_make(dir, e->name);

			build(m, e->node, fd);
			close(fd);
		}
	}
}

void disk_image(struct disk *d, uint32_t cut, enum disk_order order,
		struct rng *r, int dir, int store)
{
	const struct image m = {d, cut, order, r, store};

	if (d->count == 0)
		return;
	choose_limits(d, cut, order, r);
	for (size_t i = 0; i < d->count; i++)
		d->nodes[i].count = 0;
	for (size_t i = 0; i < d->op_count && d->ops[i].at < cut; i++)
		if (!is_data(&d->ops[i]) && is_kept(d, &d->ops[i], cut))
			change(d, &d->ops[i]);
	build(&m, 0, dir);
}
