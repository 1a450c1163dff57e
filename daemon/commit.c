#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "inside.h"
#include "name.h"

/* The record whose directory becomes the new, empty one: a rename needs no
 * space.  Committed data first, for that is what takes space. */
static const struct record *find_heir(const struct change *c)
{
	const struct record *best = NULL;

	for (unsigned i = 0; i < c->count; i++) {
		const struct record *r = &c->records[i];

		if (!rules_retires(r, &c->made.v.tag))
			continue;
		if (!best || (r->state == RECORD_COMMITTED &&
			      best->state != RECORD_COMMITTED))
			best = r;
	}
	return best;
}

/* The new record, and the one whose directory it takes over, or NULL. */
static const struct record *make_record(struct change *c, enum rules_step step,
					const struct version *v)
{
	const struct record *from;

	if (step == RULES_SHOW) {
		from = rules_find((struct rules_records){c->records, c->count},
				  &v->tag);
		c->made = *from;
		c->made.state = RECORD_COMMITTED;
		return from;
	}
	c->made = (struct record){
		.v = *v,
		.state = step == RULES_BURY ? RECORD_TOMBSTONE : RECORD_WITNESS,
		.place = RECORD_NO_PLACE,
	};
	from = find_heir(c);
	c->empty = from && from->place != RECORD_NO_PLACE;
	return from;
}

/* These: 0, or -1 and errno. */
static int rename_heir(const struct change *c, const struct record *from)
{
	int fd = store_open_name(c->store, &c->name);
	int n, e;

	if (fd < 0)
		return -1;
	n = tree_version_rename(fd, from, &c->made);
	e = errno;
	close(fd);
	errno = e;
	return n;
}

static int make_empty(const struct change *c)
{
	char path[NAME_PATH_MAX];
	int fd;

	name_to_path(c->name.text, c->name.len, path);
	fd = tree_version_make(&c->store->tree, path, &c->made);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/* An heir that somebody has removed is none. */
static int apply(const struct change *c, const struct record *from)
{
	int n = from ? rename_heir(c, from) : make_empty(c);

	if (n != 0 && from && errno == ENOENT &&
	    c->made.place == RECORD_NO_PLACE)
		n = make_empty(c);
	return n;
}

static bool is_sane(struct rules_records r, const struct version *v)
{
	const struct record *same = rules_find(r, &v->tag);

	return v->tag.ctr > 0 && v->y != 1 &&
	       (!same || versions_agree(&same->v, v));
}

/* Decides under the held name.  RULES_DONE and RULES_REFUSE end c. */
static enum rules_step decide(struct change *c, const struct msg_commit *m)
{
	struct rules_records r = {c->records, c->count};
	struct rules_store rules;
	struct verdict v;
	enum status status;
	bool adopt;

	store_rules(c->store, &rules);
	status = rules_mutation(&rules, &m->context, false, &adopt);
	if (status == ST_OK && !is_sane(r, &m->version))
		status = ST_BAD_REQUEST;
	if (status != ST_OK) {
		change_refuse(c, status, NULL);
		return RULES_REFUSE;
	}
	v = rules_commit(&rules, r, &m->version);
	if (v.step != RULES_REFUSE && adopt)
		status = store_adopt(c->store, &m->context);
	if (v.step == RULES_REFUSE || status != ST_OK) {
		change_refuse(c, v.step == RULES_REFUSE ? v.status : status,
			      v.other);
		return RULES_REFUSE;
	}
	if (v.step == RULES_DONE) {
		outcome_stands(&c->outcome, r);
		change_end(c);
	}
	return v.step;
}

/* *gone: somebody has removed the stage that was to be shown. */
static enum status carry_out(struct change *c, enum rules_step step,
			     const struct version *v, bool *gone)
{
	const struct record *from = make_record(c, step, v);
	enum status status = change_plan(c, from);

	*gone = false;
	if (status != ST_OK || apply(c, from) == 0)
		return status;
	*gone = step == RULES_SHOW && errno == ENOENT;
	return *gone ? ST_LIMIT : store_error(c->store, "commit", errno);
}

void store_commit(struct store *s, const struct msg_commit *m, store_done *done,
		  void *arg)
{
	struct change *c = change_begin(s, &m->name, done, arg);
	enum rules_step step;
	enum status status;
	bool gone;

	if (!c)
		return;
	step = decide(c, m);
	if (step == RULES_REFUSE || step == RULES_DONE)
		return;
	status = carry_out(c, step, &m->version, &gone);
	if (gone) {
		change_unplan(c);
		status = carry_out(c, RULES_WITNESS, &m->version, &gone);
	}
	if (status != ST_OK)
		change_refuse(c, status, NULL);
	else
		change_queue(c);
}
