#include "disk.h"

#include <stdlib.h>

#include "net.h"
#include "serve.h"
#include "text.h"
#include "world.h"

static struct record record_of(const struct message *m, enum rules_step step)
{
	struct record r = {.v = m->version, .place = RECORD_NO_PLACE};

	switch (step) {
	case RULES_STAGE:
	case RULES_FILL:
	case RULES_REPLACE:
		r.state =
			step == RULES_STAGE ? RECORD_STAGED : RECORD_COMMITTED;
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

static unsigned parts_of(enum rules_step step)
{
	return step == RULES_FILL || step == RULES_REPLACE ||
			       step == RULES_FORGET
		       ? 2
		       : 1;
}

/* The chunks come first, and the record shows them then. */
static void restore_part(struct shelf *f, const struct update *c)
{
	struct record *same = shelf_find(f, &c->record.v.tag);

	if (!same || c->part == 0)
		return;
	same->state = RECORD_COMMITTED;
	same->place = c->record.place;
	same->first = c->record.first;
	same->have = 3;
	f->bad[same - f->list] = 0;
}

/* No sync covers that a stage goes. */
static void remove_record(struct shelf *f, const struct record *same)
{
	if (same && same->state == RECORD_STAGED)
		shelf_drop(f, (unsigned)(same - f->list));
	else if (same)
		shelf_remove(f, (unsigned)(same - f->list));
}

/* The floor comes first, and the record goes then. */
static void forget_part(struct world *w, struct server *s, struct shelf *f,
			const struct update *c)
{
	const struct tag *tag = &c->message->version.tag;
	struct record *same = shelf_find(f, tag);
	bool floor = (c->part == 0) == (w->off != RULE_FLOOR_FIRST);

	if (floor && tag->ctr > s->floor)
		s->floor = tag->ctr;
	if (!floor && same && same->state == RECORD_TOMBSTONE)
		history_forgot(w, c->message->name, tag);
	if (!floor)
		remove_record(f, same);
}

/* To the disk, and to what is shown of it. */
static void apply(struct world *w, struct server *s, struct shelf *f)
{
	struct update *c = &f->change;
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
		remove_record(f, same);
		break;
	case RULES_FILL:
	case RULES_REPLACE:
		restore_part(f, c);
		break;
	case RULES_FORGET:
		forget_part(w, s, f, c);
		break;
	default:
		return;
	}
	if (c->step != RULES_DROP && c->step != RULES_FORGET)
		f->since_ms = server_now(w, s);
	text_change(w, s, c);
	if (c->step == RULES_SHOW || c->step == RULES_WITNESS ||
	    c->step == RULES_BURY)
		history_marked(w, &c->message->version.tag);
}

void disk_stands(struct shelf *f, struct message *m)
{
	const struct record *high = rules_committed(shelf_records(f));

	if (!high)
		return;
	m->state = (uint8_t)high->state;
	m->highest = high->v.tag;
}

static void answer_early(struct world *w, struct shelf *f)
{
	struct message *copy = message_copy(f->change.message);

	copy->state = RECORD_COMMITTED;
	copy->highest = copy->version.tag;
	f->change.answered = true;
	serve_answer(w, copy, ST_OK);
}

static void sync_later(struct world *w, const struct server *s, unsigned name)
{
	uint64_t takes = 1 + rng_below(&w->rng, w->profile.sync_ms);

	if (!w->calm && rng_chance(&w->rng, 5))
		takes += rng_below(&w->rng, 4000);
	world_push(w, takes, ITEM_SYNC, s->index, s->life, name);
}

void disk_begin(struct world *w, struct server *s, struct message *m,
		enum rules_step step)
{
	struct shelf *f = &s->shelves[m->name];

	f->change = (struct update){
		.message = m, .step = step, .record = record_of(m, step)};
	if (w->off == RULE_DURABLE)
		answer_early(w, f);
	if (w->off == RULE_RETIRE && m->kind == MESSAGE_COMMIT)
		shelf_retire(f, &m->version.tag);
	sync_later(w, s, m->name);
}

static void fails(struct world *w, struct server *s, struct shelf *f)
{
	f->change.limbo = true;
	s->read_only = true;
	world_say(w, "server %u: disk error, read-only", s->index + 1);
	serve_answer(w, message_copy(f->change.message), ST_IO);
}

static void committed(struct world *w, struct server *s, struct message *m)
{
	disk_stands(&s->shelves[m->name], m);
	if (rng_chance(&w->rng, w->profile.wipe_marked_permille))
		world_push(w, rng_below(&w->rng, 20), ITEM_WIPE, s->index,
			   s->life, 0);
	world_push(w, 1 + rng_below(&w->rng, 2 * w->profile.delay_ms),
		   ITEM_RETIRE, s->index, s->life, m->name);
}

void disk_synced(struct world *w, unsigned index, unsigned name)
{
	struct server *s = &w->servers[index];
	struct shelf *f = &s->shelves[name];
	struct message *m = f->change.message;

	if (!w->calm && !f->change.answered &&
	    rng_chance(&w->rng, w->profile.io_permille)) {
		fails(w, s, f);
		serve_waiting(w, s, f);
		return;
	}
	f->has_ghost = false;
	apply(w, s, f);
	if (++f->change.part < parts_of(f->change.step)) {
		sync_later(w, s, name);
		return;
	}
	f->change.message = NULL;
	if (m->kind == MESSAGE_COMMIT)
		committed(w, s, m);
	if (f->change.answered)
		message_free(m);
	else
		serve_answer(w, m, ST_OK);
	serve_waiting(w, s, f);
}

void disk_retires(struct world *w, unsigned index, unsigned name)
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

void disk_crash(struct world *w, struct server *s, unsigned name)
{
	struct shelf *f = &s->shelves[name];

	if (f->change.message && rng_chance(&w->rng, 500))
		apply(w, s, f);
	if (f->has_ghost && rng_chance(&w->rng, 300) &&
	    !shelf_find(f, &f->ghost.v.tag))
		shelf_insert(f, &f->ghost);
	f->has_ghost = false;
}
