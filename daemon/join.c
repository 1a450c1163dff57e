#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "inside.h"
#include "name.h"

static enum status write_state(struct store *s, const struct state *after,
			       bool durable)
{
	bool failed;

	mutex_lock(&s->lock);
	failed = s->failed;
	mutex_unlock(&s->lock);
	if (failed)
		return ST_READ_ONLY;
	if (state_write(s->tree.fd, after) != ERR_OK)
		return store_error(s, "writing @state", errno);
	if (durable && syncfs(s->tree.fd) != 0) {
		store_fail(s, "syncing @state", errno);
		return ST_IO;
	}
	mutex_lock(&s->lock);
	s->state = *after;
	mutex_unlock(&s->lock);
	return ST_OK;
}

enum status store_set_state(struct store *s, const struct state *after)
{
	return write_state(s, after, true);
}

enum status store_note_state(struct store *s, const struct state *after)
{
	return write_state(s, after, false);
}

static void copy_state(struct store *s, struct state *out)
{
	mutex_lock(&s->lock);
	*out = s->state;
	mutex_unlock(&s->lock);
}

enum status store_adopt(struct store *s, const struct msg_context *c)
{
	struct state after;
	enum status status = ST_OK;

	mutex_lock(&s->adopt);
	copy_state(s, &after);
	if (after.state == STORE_BLANK) {
		after.state = STORE_JOINING;
		after.cluster = c->cluster;
		status = store_set_state(s, &after);
	} else if (memcmp(after.cluster.id, c->cluster.id, STORE_ID_SIZE) ||
		   after.cluster.epoch != c->cluster.epoch) {
		status = ST_OTHER_CLUSTER;
	}
	mutex_unlock(&s->adopt);
	return status;
}

/* To the highest ctr that is known, not just to this one: the next tombstones
 * to be forgotten are as old, and cost no other write. */
enum status store_raise_floor(struct store *s, uint64_t ctr)
{
	struct catalogue_counts n;
	struct state after;
	enum status status = ST_OK;

	mutex_lock(&s->adopt);
	copy_state(s, &after);
	if (after.floor < ctr) {
		catalogue_counts(s->catalogue, &n);
		after.floor = n.ctr_max > ctr ? n.ctr_max : ctr;
		status = store_set_state(s, &after);
	}
	mutex_unlock(&s->adopt);
	return status;
}

/* The highest stage of a name, or NULL. */
static const struct record *find_stage(const struct record *list,
				       unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (list[i].state == RECORD_STAGED)
			return &list[i];
	return NULL;
}

/* Only for a store without a version: all records of its names are stages. */
static enum status drop_name(struct store *s, const struct msg_name *name,
			     const struct record *list, unsigned count)
{
	int fd;

	if (!find_stage(list, count))
		return ST_OK;
	fd = store_open_name(s, name);
	if (fd < 0)
		return store_error(s, "dropping a stage", errno);
	for (unsigned i = 0; i < count; i++) {
		if (list[i].state == RECORD_STAGED &&
		    tree_version_remove(fd, &list[i]) != 0) {
			int e = errno;

			close(fd);
			return store_error(s, "dropping a stage", e);
		}
	}
	close(fd);
	catalogue_remove(s->catalogue, name);
	store_prune_name(s, name);
	return ST_OK;
}

static enum status drop_stages(struct store *s)
{
	struct record list[MSG_RECORDS_MAX];
	char last[NAME_MAX_BYTES];
	size_t len = 0;
	unsigned count;
	enum status status = ST_OK;

	while (status == ST_OK &&
	       (count = catalogue_next(s->catalogue, last, &len, list)) > 0) {
		struct msg_name name = {last, len};

		status = drop_name(s, &name, list, count);
	}
	return status;
}

/* With all names held. */
static void join_locked(struct store *s, const struct msg_join *m,
			struct outcome *o)
{
	struct rules_store rules;
	struct join_result result;
	struct state after;
	const char *why = NULL;
	enum status status;

	store_rules(s, &rules);
	status = rules_join(&rules, m, &result, &why);
	if (status == ST_OK && result.changes) {
		if (result.drop_stages)
			status = drop_stages(s);
		copy_state(s, &after);
		after.state = result.state;
		after.cluster = result.cluster;
		after.floor = result.floor;
		if (status == ST_OK)
			status = store_set_state(s, &after);
	}
	if (status == ST_OK) {
		*o = (struct outcome){.status = ST_OK};
		return;
	}
	outcome_refuse(o, status, NULL);
	if (why)
		o->text = why;
}

void store_join(struct store *s, const struct msg_join *m, struct outcome *o)
{
	sync_flush(s->sync);
	names_take_all(s->names);
	mutex_lock(&s->adopt);
	join_locked(s, m, o);
	mutex_unlock(&s->adopt);
	names_release_all(s->names);
}
