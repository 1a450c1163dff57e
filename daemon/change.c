/*
 * The life of a change: change_begin() takes the name and reads its records,
 * the rules decide, change_plan() prepares what the catalogue will say, the
 * caller changes the disk, change_queue() gives all to the sync thread.
 * After its sync, finish() tells the catalogue, removes what has become
 * useless and ends the change.  Whatever can fail is done before the queue:
 * after it only the sync can; but for a RESTORE, which has a second step and
 * a second sync, see restore.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inside.h"
#include "name.h"

static const char *refusal_text(enum status status)
{
	switch (status) {
	case ST_OTHER_CLUSTER:
		return "the store belongs to another cluster, or to another "
		       "epoch of it";
	case ST_STALE:
		return "the stamp is of another store or boot, or too old";
	case ST_SUPERSEDED:
		return "a higher version is committed";
	case ST_READ_ONLY:
		return "read-only after a disk error";
	case ST_NO_SPACE:
		return "no space above the reserve";
	case ST_IO:
		return "disk error: read-only until restart";
	case ST_LIMIT:
		return "a limit of this server";
	case ST_RANGE:
		return "the version's counter is too far up";
	case ST_DIGEST:
		return "the data do not have their digests";
	default:
		return status_text(status);
	}
}

void outcome_refuse(struct outcome *o, enum status status,
		    const struct record *other)
{
	*o = (struct outcome){.status = status, .text = refusal_text(status)};
	if (other) {
		o->has_version = true;
		o->version = other->v;
	}
}

void outcome_stands(struct outcome *o, struct rules_records r)
{
	const struct record *high = rules_committed(r);

	*o = (struct outcome){.status = ST_OK};
	if (high) {
		o->state = high->state;
		o->highest = high->v.tag;
	}
}

bool versions_agree(const struct version *a, const struct version *b)
{
	return tag_compare(&a->tag, &b->tag) == 0 && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns && a->mode == b->mode &&
	       a->y == b->y && a->alg == b->alg &&
	       digest_equal(&a->root, &b->root);
}

int store_open_name(const struct store *s, const struct msg_name *name)
{
	char path[NAME_PATH_MAX];

	name_to_path(name->text, name->len, path);
	return tree_open(&s->tree, path, O_PATH);
}

int store_open_version(const struct store *s, const struct msg_name *name,
		       const struct record *r)
{
	char path[NAME_PATH_MAX], dir[RECORD_DIR_MAX];
	int fd = store_open_name(s, name);
	struct stat st;

	if (fd >= 0) {
		record_dir_name(r, dir);
		if (fstatat(fd, dir, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
		    errno != ENOENT)
			return fd;
		close(fd);
	} else if (errno != ENOENT) {
		return -1;
	}
	name_to_path(name->text, name->len, path);
	return tree_version_make(&s->tree, path, r);
}

void store_prune_name(const struct store *s, const struct msg_name *name)
{
	char path[NAME_PATH_MAX];

	name_to_path(name->text, name->len, path);
	tree_prune(&s->tree, path);
}

/* The records are read under the held name: until it is let go, only this
 * change alters them. */
static enum status read_records(struct change *c)
{
	struct record list[MSG_RECORDS_MAX];

	c->count = catalogue_get(c->store->catalogue, &c->name, list);
	if (c->count == 0)
		return ST_OK;
	c->records = malloc(c->count * sizeof(list[0]));
	if (!c->records)
		return ST_LIMIT;
	memcpy(c->records, list, c->count * sizeof(list[0]));
	return ST_OK;
}

struct change *change_begin(struct store *s, const struct msg_name *name,
			    store_done *done, void *arg)
{
	struct change *c = calloc(1, sizeof(*c) + name->len);
	struct outcome no;

	if (!c) {
		outcome_refuse(&no, ST_LIMIT, NULL);
		done(arg, &no);
		return NULL;
	}
	c->store = s;
	c->done = done;
	c->arg = arg;
	memcpy(c->text, name->text, name->len);
	c->name = (struct msg_name){c->text, name->len};
	if (!names_try(s->names, &c->held, c->text, name->len)) {
		sync_flush(s->sync);
		names_take(s->names, &c->held, c->text, name->len);
	}
	if (read_records(c) != ST_OK) {
		change_refuse(c, ST_LIMIT, NULL);
		return NULL;
	}
	return c;
}

void change_end(struct change *c)
{
	names_release(c->store->names, &c->held);
	c->done(c->arg, &c->outcome);
	catalogue_discard(c->entry);
	free(c->retired);
	free(c->records);
	free(c);
}

void change_refuse(struct change *c, enum status status,
		   const struct record *other)
{
	outcome_refuse(&c->outcome, status, other);
	change_end(c);
}

enum status change_plan(struct change *c, const struct record *from)
{
	struct record list[MSG_RECORDS_MAX + 1];
	const struct tag *tag = &c->made.v.tag;
	bool commits = record_is_committed(&c->made);
	unsigned count = 0, i = 0;

	c->retired = malloc((c->count + 1) * sizeof(*c->retired));
	if (!c->retired)
		return ST_LIMIT;
	for (; i < c->count && tag_compare(&c->records[i].v.tag, tag) > 0; i++)
		list[count++] = c->records[i];
	list[count++] = c->made;
	for (; i < c->count; i++) {
		const struct record *r = &c->records[i];

		if (!commits)
			list[count++] = *r;
		else if (r != from && rules_retires(r, tag))
			c->retired[c->retired_count++] = *r;
	}
	if (count > MSG_RECORDS_MAX)
		return ST_LIMIT;
	c->entry =
		catalogue_prepare(c->store->catalogue, &c->name, list, count);
	if (!c->entry)
		return ST_LIMIT;
	if (commits)
		outcome_stands(&c->outcome,
			       (struct rules_records){list, count});
	return ST_OK;
}

void change_unplan(struct change *c)
{
	catalogue_discard(c->entry);
	free(c->retired);
	c->entry = NULL;
	c->retired = NULL;
	c->retired_count = 0;
}

/* What is left behind by a failure here goes at the next start. */
static void retire(const struct change *c)
{
	int fd, failed = 0;

	if (c->retired_count == 0 && !c->empty)
		return;
	fd = store_open_name(c->store, &c->name);
	if (fd < 0)
		return;
	if (c->empty && tree_version_empty(fd, &c->made) != 0)
		failed = errno;
	for (unsigned i = 0; i < c->retired_count; i++)
		if (tree_version_remove(fd, &c->retired[i]) != 0)
			failed = errno;
	close(fd);
	if (failed)
		(void)store_error(c->store, "removing an old version", failed);
}

static void show(struct change *c)
{
	if (c->entry) {
		if (c->made.v.tag.ctr == 0) /* records only went */
			catalogue_shrink(c->store->catalogue, c->entry);
		else
			catalogue_put(c->store->catalogue, c->entry);
		c->entry = NULL;
		retire(c);
	} else {
		catalogue_remove(c->store->catalogue, &c->name);
		store_prune_name(c->store, &c->name);
	}
	if (c->replaces)
		restore_shown(c);
}

static void finish(struct job *j, bool durable)
{
	struct change *c = (struct change *)j;
	enum status (*between)(struct change *, bool) = c->between;
	enum status status = durable ? ST_OK : ST_IO;

	c->between = NULL;
	if (between)
		status = between(c, durable);
	if (between && status == ST_OK) {
		change_queue(c);
		sync_flush(c->store->sync);
		return;
	}
	if (status == ST_OK)
		show(c);
	else
		outcome_refuse(&c->outcome, status, NULL);
	change_end(c);
}

void change_queue(struct change *c)
{
	c->job.finish = finish;
	sync_queue(c->store->sync, &c->job);
}
