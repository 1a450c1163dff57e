#include "server.h"

#include <stdlib.h>
#include <string.h>

#include "net.h"
#include "shelf.h"
#include "text.h"
#include "world.h"

static uint64_t server_now(const struct world *w, const struct server *s)
{
	return w->now_ms + s->clock_ms;
}

/* What the store says of itself */

static uint8_t server_flags(const struct server *s)
{
	uint8_t flags = 0;

	flags |= s->read_only ? STORE_READ_ONLY : 0;
	flags |= s->full ? STORE_FULL : 0;

	for (unsigned n = 0; n < NAMES_MAX; n++) {
		const struct shelf *f = &s->shelves[n];

		for (unsigned i = 0; i < f->count; i++)
			flags |= record_is_committed(&f->list[i])
					 ? STORE_VERSIONS
					 : STORE_STAGES;
	}
	return flags;
}

static uint64_t server_ctr_max(const struct server *s)
{
	uint64_t max = 0;

	for (unsigned n = 0; n < NAMES_MAX; n++)
		if (s->shelves[n].count != 0 &&
		    s->shelves[n].list[0].v.tag.ctr > max)
			max = s->shelves[n].list[0].v.tag.ctr;
	return max;
}

static void server_describe(const struct world *w, const struct server *s,
			    struct msg_store *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->stamp.store, s->id, STORE_ID_SIZE);
	memcpy(out->stamp.boot, s->boot, STORE_ID_SIZE);
	out->stamp.time_ms = server_now(w, s);
	out->fence_s = w->profile.fence_ms / 1000;
	out->state = s->state;
	out->flags = server_flags(s);
	out->cluster = s->cluster;
	out->floor = s->floor;
}

static void server_rules(const struct world *w, const struct server *s,
			 struct rules_store *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->id, s->id, STORE_ID_SIZE);
	memcpy(out->boot, s->boot, STORE_ID_SIZE);
	out->state = s->state;
	out->flags = server_flags(s);
	out->cluster = s->cluster;
	out->floor = s->floor;
	out->ctr_max = server_ctr_max(s);
	out->now_ms = server_now(w, s);
	out->opened_ms = s->opened_ms;
	out->fence_ms = w->off == RULE_FENCE ? UINT64_MAX : w->profile.fence_ms;
	out->quarantine_ms =
		w->off == RULE_QUARANTINE ? 0 : w->profile.quarantine_ms;
}

static void answer(struct world *w, struct message *m, enum status status)
{
	server_describe(w, &w->servers[m->server], &m->store);
	m->status = status;
	net_answer(w, m);
}

/* Changes: decided, then durable, then shown and answered */

static struct record change_record(const struct message *m,
				   enum rules_step step)
{
	struct record r = {.v = m->version, .place = RECORD_NO_PLACE};

	switch (step) {
	case RULES_STAGE:
		r.state = RECORD_STAGED;
		r.place = m->place;
		r.first = m->first;
		r.have = 3;
		break;
	case RULES_WITNESS:
		r.state = RECORD_WITNESS;
		break;
	default:
		r.state = RECORD_TOMBSTONE;
		break;
	}
	return r;
}

/* To the disk, and to what is shown of it. */
static void change_apply(struct world *w, struct server *s, struct shelf *f)
{
	struct change *c = &f->change;
	struct record *same = shelf_find(f, &c->message->version.tag);

	switch (c->step) {
	case RULES_STAGE:
	case RULES_WITNESS:
	case RULES_BURY:
		if (!same)
			shelf_insert(f, &c->record);
		break;
	case RULES_SHOW:
		if (same)
			same->state = RECORD_COMMITTED;
		break;
	case RULES_DROP:
		if (same)
			shelf_remove(f, (unsigned)(same - f->list));
		break;
	default:
		return;
	}
	text_change(w, s, c);
	if (c->step == RULES_SHOW || c->step == RULES_WITNESS ||
	    c->step == RULES_BURY)
		history_marked(w, &c->message->version.tag);
}

static void commit_answer(struct shelf *f, struct message *m)
{
	const struct record *high = rules_committed(shelf_records(f));

	if (!high)
		return;
	m->state = (uint8_t)high->state;
	m->highest = high->v.tag;
}

static void serve(struct world *w, struct server *s, struct message *m);

static void shelf_go_on(struct world *w, struct server *s, struct shelf *f)
{
	while (f->waiting_count != 0 &&
	       (!f->change.message || f->change.limbo)) {
		struct message *m = f->waiting[0];

		f->waiting_count--;
		memmove(&f->waiting[0], &f->waiting[1],
			f->waiting_count * sizeof(f->waiting[0]));
		serve(w, s, m);
	}
}

static void answer_early(struct world *w, struct shelf *f)
{
	struct message *m = f->change.message;
	struct message *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *m;
	copy->records = NULL;
	copy->state = RECORD_COMMITTED;
	copy->highest = m->version.tag;
	f->change.answered = true;
	answer(w, copy, ST_OK);
}

static void change_begin(struct world *w, struct server *s, struct message *m,
			 enum rules_step step)
{
	struct shelf *f = &s->shelves[m->name];
	uint64_t takes = 1 + rng_below(&w->rng, w->profile.sync_ms);

	f->change = (struct change){
		.message = m, .step = step, .record = change_record(m, step)};
	if (w->off == RULE_DURABLE)
		answer_early(w, f);
	if (w->off == RULE_RETIRE && m->kind == MESSAGE_COMMIT)
		shelf_retire(f, &m->version.tag);
	if (!w->calm && rng_chance(&w->rng, 5))
		takes += rng_below(&w->rng, 4000);
	world_push(w, takes, ITEM_SYNC, s->index, s->life, m->name);
}

static void change_fails(struct world *w, struct server *s, struct shelf *f)
{
	struct message *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *f->change.message;
	f->change.limbo = true;
	s->read_only = true;
	world_say(w, "server %u: disk error, read-only", s->index + 1);
	answer(w, copy, ST_IO);
}

void server_synced(struct world *w, unsigned index, unsigned name)
{
	struct server *s = &w->servers[index];
	struct shelf *f = &s->shelves[name];
	struct message *m = f->change.message;

	if (!w->calm && !f->change.answered &&
	    rng_chance(&w->rng, w->profile.io_permille)) {
		change_fails(w, s, f);
		shelf_go_on(w, s, f);
		return;
	}
	change_apply(w, s, f);
	f->change.message = NULL;
	if (m->kind == MESSAGE_COMMIT) {
		commit_answer(f, m);
		if (rng_chance(&w->rng, w->profile.wipe_marked_permille))
			world_push(w, rng_below(&w->rng, 20), ITEM_WIPE, index,
				   s->life, 0);
		world_push(w, 1 + rng_below(&w->rng, 2 * w->profile.delay_ms),
			   ITEM_RETIRE, index, s->life, name);
	}
	if (f->change.answered)
		message_free(m);
	else
		answer(w, m, ST_OK);
	shelf_go_on(w, s, f);
}

void server_retires(struct world *w, unsigned index, unsigned name)
{
	struct server *s = &w->servers[index];
	struct shelf *f = &s->shelves[name];
	const struct record *high = rules_committed(shelf_records(f));
	struct tag tag;

	if (!high)
		return;
	if (f->change.message) {
		world_push(w, 5, ITEM_RETIRE, index, s->life, name);
		return;
	}
	tag = high->v.tag;
	shelf_retire(f, &tag);
}

/* Requests */

static void refuse(struct world *w, struct message *m, enum status status,
		   const struct record *other)
{
	if (other) {
		m->has_version = true;
		m->higher = other->v;
	}
	answer(w, m, status);
}

/* The store's word on a change, or a step to take. */
static bool may_change(struct world *w, struct server *s, struct message *m,
		       struct rules_store *rules, bool *adopt)
{
	enum status status;

	server_rules(w, s, rules);
	if (w->off == RULE_CLUSTER && s->state != STORE_BLANK)
		m->context.cluster = s->cluster;
	status = rules_mutation(rules, &m->context, m->kind == MESSAGE_STAGE,
				adopt);
	if (status != ST_OK)
		refuse(w, m, status, NULL);
	return status == ST_OK;
}

static struct verdict verdict_of(const struct rules_store *rules,
				 const struct shelf *f, const struct message *m)
{
	if (m->kind == MESSAGE_STAGE)
		return rules_stage(rules, shelf_records(f), &m->version.tag);
	if (m->kind == MESSAGE_COMMIT)
		return rules_commit(rules, shelf_records(f), &m->version);
	return rules_abort(shelf_records(f), &m->version.tag);
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

/* The head of a stage has come; its data comes later. */
static void stage_arrives(struct world *w, struct message *m)
{
	uint64_t takes = 1 + rng_below(&w->rng, 3 * w->profile.delay_ms);

	m->begun = true;
	world_push_message(w, takes, ITEM_REQUEST, m);
}

static bool stage_breaks(struct world *w, struct server *s, struct message *m)
{
	static const enum status errors[] = {ST_IO, ST_NO_SPACE, ST_DIGEST,
					     ST_STOPPING};

	if (w->calm || !rng_chance(&w->rng, w->profile.refuse_permille))
		return false;
	world_say(w, "server %u: fails the stage", s->index + 1);
	refuse(w, m, errors[rng_below(&w->rng, 4)], NULL);
	return true;
}

static void serve_change(struct world *w, struct server *s, struct message *m)
{
	struct shelf *f = &s->shelves[m->name];
	struct rules_store rules;
	struct verdict v;
	bool adopt;

	if (!may_change(w, s, m, &rules, &adopt))
		return;
	v = verdict_of(&rules, f, m);
	if (v.step == RULES_REFUSE) {
		refuse(w, m, v.status, v.other);
		return;
	}
	if (m->kind == MESSAGE_STAGE && !m->begun) {
		stage_arrives(w, m);
		return;
	}
	if (m->kind == MESSAGE_STAGE && stage_breaks(w, s, m))
		return;
	if (adopt && v.step != RULES_DONE)
		adopt_cluster(w, s, m);
	if (v.step != RULES_DONE) {
		change_begin(w, s, m, v.step);
		return;
	}
	commit_answer(f, m);
	answer(w, m, ST_OK);
}

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
	answer(w, m, ST_OK);
}

static void serve_list(struct world *w, struct server *s, struct message *m)
{
	for (unsigned n = 0; n < NAMES_MAX; n++)
		if (s->shelves[n].count != 0)
			m->names |= UINT64_C(1) << n;
	answer(w, m, ST_OK);
}

static void serve_fetch(struct world *w, struct server *s, struct message *m)
{
	struct shelf *f = &s->shelves[m->name];
	const struct record *same = shelf_find(f, &m->version.tag);
	const struct record *high = rules_committed(shelf_records(f));
	struct rules_store rules;
	enum status status;

	server_rules(w, s, &rules);
	status = rules_read(&rules, &m->context.cluster);
	if (status != ST_OK)
		refuse(w, m, status, NULL);
	else if (same && (record_chunks(same) >> m->chunk & 1))
		answer(w, m, ST_OK);
	else if (high && tag_compare(&high->v.tag, &m->version.tag) > 0)
		refuse(w, m, ST_GONE, high);
	else
		refuse(w, m, ST_ABSENT, NULL);
}

static bool server_is_changing(const struct server *s)
{
	for (unsigned n = 0; n < NAMES_MAX; n++)
		if (s->shelves[n].change.message)
			return true;
	return false;
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
	answer(w, m, ST_OK);
}

static void serve(struct world *w, struct server *s, struct message *m)
{
	struct shelf *f = &s->shelves[m->name];
	bool changes = m->kind == MESSAGE_STAGE || m->kind == MESSAGE_COMMIT ||
		       m->kind == MESSAGE_ABORT;

	if (changes && f->change.message && !f->change.limbo) {
		if (f->waiting_count == SHELF_QUEUE_MAX)
			abort();
		f->waiting[f->waiting_count++] = m;
		return;
	}
	if (changes)
		serve_change(w, s, m);
	else if (m->kind == MESSAGE_QUERY)
		serve_query(w, s, m);
	else if (m->kind == MESSAGE_LIST)
		serve_list(w, s, m);
	else if (m->kind == MESSAGE_FETCH)
		serve_fetch(w, s, m);
	else
		serve_join(w, s, m);
}

void server_request(struct world *w, struct message *m)
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

/* Lives */

static void random_id(struct world *w, uint8_t id[STORE_ID_SIZE])
{
	for (unsigned i = 0; i < STORE_ID_SIZE; i++)
		id[i] = (uint8_t)rng_next(&w->rng);
}

void server_release(struct server *s)
{
	for (unsigned n = 0; n < NAMES_MAX; n++)
		shelf_release(&s->shelves[n]);
}

void server_make(struct world *w, unsigned index)
{
	struct server *s = &w->servers[index];

	memset(s, 0, sizeof(*s));
	s->index = index;
	server_wipe(w, index);
}

void server_wipe(struct world *w, unsigned index)
{
	struct server *s = &w->servers[index];

	random_id(w, s->id);
	s->floor = 0;
	for (unsigned n = 0; n < NAMES_MAX; n++)
		s->shelves[n].count = 0;
	if (w->off == RULE_BLANK && s->state != STORE_BLANK)
		return;
	s->state = STORE_BLANK;
	memset(&s->cluster, 0, sizeof(s->cluster));
}

void server_start(struct world *w, unsigned index, bool reboot)
{
	struct server *s = &w->servers[index];

	s->up = true;
	s->life++;
	s->read_only = false;
	s->full = !w->calm && rng_chance(&w->rng, w->profile.full_permille);
	s->paused_until_ms = 0;
	if (reboot) {
		random_id(w, s->boot);
		s->clock_ms = rng_below(&w->rng, 1000000);
	}
	s->opened_ms = server_now(w, s);
	for (unsigned n = 0; n < NAMES_MAX; n++)
		if (rng_chance(&w->rng, 500))
			server_retires(w, index, n);
	world_say(w, "server %u: starts%s", index + 1,
		  reboot ? " after a reboot" : "");
}

void server_crash(struct world *w, unsigned index)
{
	struct server *s = &w->servers[index];

	world_say(w, "server %u: dies", index + 1);
	for (unsigned n = 0; n < NAMES_MAX; n++) {
		struct shelf *f = &s->shelves[n];

		if (f->change.message && rng_chance(&w->rng, 500))
			change_apply(w, s, f);
		shelf_release(f);
	}
	s->up = false;
	s->life++;
	net_server_died(w, index);
}
