/*
 * Records that go: stages by ABORT and DISCARD, committed ones by FORGET and,
 * at a joining store, by DISCARD.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "inside.h"

/* What somebody has removed is not there any more either. */
static int remove_version(const struct change *c, const struct record *r)
{
	int fd = store_open_name(c->store, &c->name);
	int n = -1, e;

	if (fd >= 0)
		n = tree_version_remove(fd, r);
	e = errno;
	if (fd >= 0)
		close(fd);
	errno = e;
	return n != 0 && e == ENOENT ? 0 : n;
}

/* The records but that of the tag, which becomes *gone. */
static unsigned others(const struct change *c, const struct tag *tag,
		       struct record list[MSG_RECORDS_MAX], struct record *gone)
{
	unsigned count = 0;

	memset(gone, 0, sizeof(*gone));
	for (unsigned i = 0; i < c->count; i++) {
		if (tag_compare(&c->records[i].v.tag, tag) == 0)
			*gone = c->records[i];
		else
			list[count++] = c->records[i];
	}
	return count;
}

/* The catalogue forgets the stage first.  Not synced: a stage that rises
 * again after a crash is as one whose ABORT was lost. */
static enum status drop_stage(struct change *c, const struct tag *tag)
{
	struct store *s = c->store;
	struct record list[MSG_RECORDS_MAX], gone;
	unsigned count = others(c, tag, list, &gone);

	if (count == 0) {
		catalogue_remove(s->catalogue, &c->name);
	} else {
		struct entry *e =
			catalogue_prepare(s->catalogue, &c->name, list, count);

		if (!e)
			return ST_LIMIT;
		catalogue_shrink(s->catalogue, e);
	}
	if (remove_version(c, &gone) != 0)
		return store_error(s, "removing a stage", errno);
	if (count == 0)
		store_prune_name(s, &c->name);
	return ST_OK;
}

/* A committed record must not rise again: the catalogue forgets it after the
 * sync.  ST_OK: c is the queue's. */
static enum status drop_committed(struct change *c, const struct tag *tag)
{
	struct store *s = c->store;
	struct record list[MSG_RECORDS_MAX], gone;
	unsigned count = others(c, tag, list, &gone);

	if (count > 0) {
		c->entry =
			catalogue_prepare(s->catalogue, &c->name, list, count);
		if (!c->entry)
			return ST_LIMIT;
	}
	if (remove_version(c, &gone) != 0)
		return store_error(s, "removing a version", errno);
	change_queue(c);
	return ST_OK;
}

/* May this request change the store?  Nobody is adopted by a removal. */
static enum status admit(const struct rules_store *rules,
			 const struct msg_drop *m)
{
	bool adopt;

	return rules_mutation(rules, &m->context, false, &adopt);
}

static void end(struct change *c, enum status status)
{
	if (status == ST_OK)
		change_end(c);
	else
		change_refuse(c, status, NULL);
}

static struct rules_records records_of(const struct change *c)
{
	return (struct rules_records){c->records, c->count};
}

void store_abort(struct store *s, const struct msg_drop *m, store_done *done,
		 void *arg)
{
	struct change *c = change_begin(s, &m->name, done, arg);
	struct rules_store rules;
	enum status status;

	if (!c)
		return;
	store_rules(s, &rules);
	status = admit(&rules, m);
	if (status == ST_OK &&
	    rules_abort(records_of(c), &m->tag).step == RULES_DROP)
		status = drop_stage(c, &m->tag);
	end(c, status);
}

/* Takes the record off, as its kind asks, or ends c. */
static void drop(struct change *c, const struct msg_drop *m, struct verdict v)
{
	const struct record *same = rules_find(records_of(c), &m->tag);
	enum status status = v.status;

	if (v.step == RULES_FORGET)
		status = store_raise_floor(c->store, m->tag.ctr);
	if (same && status == ST_OK &&
	    (v.step == RULES_FORGET || v.step == RULES_DROP)) {
		if (record_is_committed(same)) {
			status = drop_committed(c, &m->tag);
			if (status == ST_OK)
				return;
		} else {
			status = drop_stage(c, &m->tag);
		}
	}
	end(c, status);
}

void store_discard(struct store *s, const struct msg_drop *m, store_done *done,
		   void *arg)
{
	struct change *c = change_begin(s, &m->name, done, arg);
	struct verdict v = {RULES_REFUSE, ST_OK, NULL};
	struct rules_store rules;

	if (!c)
		return;
	store_rules(s, &rules);
	v.status = admit(&rules, m);
	if (v.status == ST_OK)
		v = rules_discard(&rules, records_of(c), &m->tag,
				  catalogue_age_ms(s->catalogue, &c->name));
	drop(c, m, v);
}

void store_forget(struct store *s, const struct msg_drop *m, store_done *done,
		  void *arg)
{
	struct change *c = change_begin(s, &m->name, done, arg);
	struct verdict v = {RULES_REFUSE, ST_OK, NULL};
	struct rules_store rules;

	if (!c)
		return;
	store_rules(s, &rules);
	v.status = admit(&rules, m);
	if (v.status == ST_OK)
		v = rules_forget(&rules, records_of(c), &m->tag,
				 catalogue_age_ms(s->catalogue, &c->name));
	drop(c, m, v);
}
