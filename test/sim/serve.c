#include "serve.h"

#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "net.h"
#include "text.h"
#include "world.h"

void serve_answer(struct world *w, struct message *m, enum status status)
{
	server_describe(w, &w->servers[m->server], &m->store);
	m->status = status;
	net_answer(w, m);
}

static void refuse(struct world *w, struct message *m, enum status status,
		   const struct record *other)
{
	if (other) {
		m->has_version = true;
		m->higher = other->v;
	}
	serve_answer(w, m, status);
}

/* Changes */

/* With those rules off: the context is taken for a good one. */
static void overlook(const struct world *w, const struct server *s,
		     struct message *m)
{
	struct cluster_id *c = &m->context.cluster;

	if (s->state == STORE_BLANK)
		return;
	if (w->off == RULE_CLUSTER)
		*c = s->cluster;
	if (w->off == RULE_EPOCH &&
	    memcmp(c->id, s->cluster.id, STORE_ID_SIZE) == 0)
		c->epoch = s->cluster.epoch;
}

/* The store's word on a change, or a step to take. */
static bool may_change(struct world *w, struct server *s, struct message *m,
		       struct rules_store *rules, bool *adopt)
{
	bool space = m->kind == MESSAGE_STAGE || m->kind == MESSAGE_RESTORE;
	enum status status;

	server_rules(w, s, rules);
	overlook(w, s, m);
	status = rules_mutation(rules, &m->context, space, adopt);
	if (status != ST_OK)
		refuse(w, m, status, NULL);
	return status == ST_OK;
}

static struct record restore_record(const struct message *m)
{
	return (struct record){.v = m->version,
			       .state = RECORD_STAGED,
			       .place = m->place,
			       .first = m->first,
			       .have = 3};
}

static uint64_t age_of(const struct world *w, const struct server *s,
		       const struct shelf *f, enum rule rule)
{
	return w->off == rule ? UINT64_MAX : server_now(w, s) - f->since_ms;
}

static struct verdict verdict_of(const struct world *w, const struct server *s,
				 const struct rules_store *rules,
				 const struct message *m)
{
	const struct shelf *f = &s->shelves[m->name];
	struct rules_records r = shelf_records(f);
	const struct tag *tag = &m->version.tag;
	struct record want;

	switch (m->kind) {
	case MESSAGE_STAGE:
		return rules_stage(rules, r, tag);
	case MESSAGE_COMMIT:
		return rules_commit(rules, r, &m->version);
	case MESSAGE_RESTORE:
		want = restore_record(m);
		return rules_restore(r, &want);
	case MESSAGE_FORGET:
		return rules_forget(rules, r, tag,
				    age_of(w, s, f, RULE_FORGET_AGE));
	case MESSAGE_DISCARD:
		return rules_discard(rules, r, tag,
				     age_of(w, s, f, RULE_DISCARD_AGE));
	default:
		return rules_abort(r, tag);
	}
}

/* The record of the cluster is made durable first, then the change. */
static void adopt_cluster(struct world *w, struct server *s,
			  const struct message *m)
{
	s->state = STORE_JOINING;
	s->cluster = m->context.cluster;
	s->cluster.n = 0; /* not sent */
	world_say(w, "server %u: adopts %s, joining", s->index + 1,
		  text_cluster(&s->cluster));
}

/* The head has come; the data comes later. */
static void data_arrives(struct world *w, struct message *m)
{
	uint64_t takes = 1 + rng_below(&w->rng, 3 * w->profile.delay_ms);

	m->begun = true;
	world_push_message(w, takes, ITEM_REQUEST, m);
}

static bool data_breaks(struct world *w, struct server *s, struct message *m)
{
	static const enum status errors[] = {ST_IO, ST_NO_SPACE, ST_DIGEST,
					     ST_STOPPING};

	if (w->calm || !rng_chance(&w->rng, w->profile.refuse_permille))
		return false;
	world_say(w, "server %u: fails the %s", s->index + 1,
		  message_kind_text(m->kind));
	refuse(w, m, errors[rng_below(&w->rng, 4)], NULL);
	return true;
}

static void serve_change(struct world *w, struct server *s, struct message *m)
{
	bool data = m->kind == MESSAGE_STAGE || m->kind == MESSAGE_RESTORE;
	struct rules_store rules;
	struct verdict v;
	bool adopt;

	if (!may_change(w, s, m, &rules, &adopt))
		return;
	v = verdict_of(w, s, &rules, m);
	if (v.step == RULES_REFUSE) {
		refuse(w, m, v.status, v.other);
		return;
	}
	if (data && !m->begun) {
		data_arrives(w, m);
		return;
	}
	if (data && data_breaks(w, s, m))
		return;
	if (adopt && v.step != RULES_DONE)
		adopt_cluster(w, s, m);
	if (v.step != RULES_DONE) {
		disk_begin(w, s, m, v.step);
		return;
	}
	disk_stands(&s->shelves[m->name], m);
	serve_answer(w, m, ST_OK);
}

void serve_waiting(struct world *w, struct server *s, struct shelf *f)
{
	while (f->waiting_count != 0 &&
	       (!f->change.message || f->change.limbo)) {
		struct message *m = f->waiting[0];

		f->waiting_count--;
		memmove(&f->waiting[0], &f->waiting[1],
			f->waiting_count * sizeof(f->waiting[0]));
		serve_change(w, s, m);
	}
}

static void take_change(struct world *w, struct server *s, struct message *m)
{
	struct shelf *f = &s->shelves[m->name];

	if (!f->change.message || f->change.limbo) {
		serve_change(w, s, m);
		return;
	}
	if (f->waiting_count == SHELF_QUEUE_MAX)
		abort();
	f->waiting[f->waiting_count++] = m;
}

/* Questions */

static void serve_query(struct world *w, struct server *s, struct message *m)
{
	const struct shelf *f = &s->shelves[m->name];

	if (f->count != 0) {
		m->records = malloc(f->count * sizeof(f->list[0]));
		if (!m->records)
			abort();
	}
	for (unsigned i = 0; i < f->count; i++) {
		if (w->off == RULE_STAGED && f->list[i].state == RECORD_STAGED)
			continue;
		m->records[m->count++] = f->list[i];
	}
	serve_answer(w, m, ST_OK);
}

static void serve_list(struct world *w, struct server *s, struct message *m)
{
	uint64_t end = s->opened_ms + w->profile.quarantine_ms;

	if (w->off != RULE_QUARANTINE &&
	    (s->state == STORE_JOINING || s->state == STORE_BLANK))
		m->quarantine_ms =
			end > server_now(w, s) ? end - server_now(w, s) : 0;
	for (unsigned n = 0; n < NAMES_MAX; n++) {
		const struct shelf *f = &s->shelves[n];

		if (f->count == 0)
			continue;
		m->names |= UINT64_C(1) << n;
		m->ctrs[n] = f->list[0].v.tag.ctr;
	}
	serve_answer(w, m, ST_OK);
}

/* FETCH and VERIFY. */
static void serve_read(struct world *w, struct server *s, struct message *m)
{
	struct shelf *f = &s->shelves[m->name];
	const struct record *same = shelf_find(f, &m->version.tag);
	const struct record *high = rules_committed(shelf_records(f));
	struct rules_store rules;
	enum status status;

	server_rules(w, s, &rules);
	overlook(w, s, m);
	status = rules_read(&rules, &m->context.cluster);
	if (status != ST_OK) {
		refuse(w, m, status, NULL);
	} else if (same && m->kind == MESSAGE_VERIFY) {
		m->good = shelf_good(f, same);
		serve_answer(w, m, ST_OK);
	} else if (same && (record_chunks(same) >> m->chunk & 1)) {
		m->good = shelf_good(f, same) >>
				  (same->first == m->chunk ? 0 : 1) &
			  1;
		serve_answer(w, m, ST_OK);
	} else if (high && tag_compare(&high->v.tag, &m->version.tag) > 0) {
		refuse(w, m, ST_GONE, high);
	} else {
		refuse(w, m, ST_ABSENT, NULL);
	}
}

static void serve_join(struct world *w, struct server *s, struct message *m)
{
	struct rules_store rules;
	struct join_result after;
	const char *why = "";
	enum status status;

	/* It locks out all changes, and waits for those under way. */
	if (server_is_changing(s) && !s->read_only) {
		world_push_message(w, 5, ITEM_REQUEST, m);
		return;
	}
	server_rules(w, s, &rules);
	status = rules_join(&rules, &m->join, &after, &why);
	if (status != ST_OK) {
		world_say(w, "server %u: refuses JOIN %s: %s", s->index + 1,
			  text_cluster(&m->join.cluster), why);
		refuse(w, m, status, NULL);
		return;
	}
	if (after.changes)
		history_joined(w, s, &m->join);
	s->state = after.state;
	s->cluster = after.cluster;
	s->floor = after.floor;
	if (after.drop_stages)
		for (unsigned n = 0; n < NAMES_MAX; n++)
			shelf_drop_stages(&s->shelves[n]);
	serve_answer(w, m, ST_OK);
}

static void serve(struct world *w, struct server *s, struct message *m)
{
	if (message_changes(m->kind))
		take_change(w, s, m);
	else if (m->kind == MESSAGE_QUERY)
		serve_query(w, s, m);
	else if (m->kind == MESSAGE_LIST)
		serve_list(w, s, m);
	else if (m->kind == MESSAGE_JOIN)
		serve_join(w, s, m);
	else
		serve_read(w, s, m);
}

void serve_request(struct world *w, struct message *m)
{
	struct server *s = &w->servers[m->server];

	if (!s->up) {
		message_free(m);
		return;
	}
	if (s->paused_until_ms > w->now_ms) {
		world_push_message(w, s->paused_until_ms - w->now_ms,
				   ITEM_REQUEST, m);
		return;
	}
	serve(w, s, m);
}
