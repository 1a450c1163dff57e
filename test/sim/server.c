#include "server.h"

#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "net.h"
#include "world.h"

uint64_t server_now(const struct world *w, const struct server *s)
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

void server_describe(const struct world *w, const struct server *s,
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

void server_rules(const struct world *w, const struct server *s,
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
	out->gc_age_ms = w->profile.gc_age_ms;
}

bool server_is_changing(const struct server *s)
{
	for (unsigned n = 0; n < NAMES_MAX; n++)
		if (s->shelves[n].change.message)
			return true;
	return false;
}

/* Disks */

static void random_id(struct world *w, uint8_t id[STORE_ID_SIZE])
{
	for (unsigned i = 0; i < STORE_ID_SIZE; i++)
		id[i] = (uint8_t)rng_next(&w->rng);
}

void server_wipe(struct world *w, unsigned index)
{
	struct server *s = &w->servers[index];

	random_id(w, s->id);
	s->floor = 0;
	for (unsigned n = 0; n < NAMES_MAX; n++) {
		s->shelves[n].count = 0;
		s->shelves[n].has_ghost = false;
	}
	if (w->off == RULE_BLANK && s->state != STORE_BLANK)
		return;
	s->state = STORE_BLANK;
	memset(&s->cluster, 0, sizeof(s->cluster));
}

void server_save(struct server *s)
{
	struct image *m = &s->image;

	m->taken = true;
	memcpy(m->id, s->id, STORE_ID_SIZE);
	m->state = s->state;
	m->cluster = s->cluster;
	m->floor = s->floor;
	for (unsigned n = 0; n < NAMES_MAX; n++) {
		const struct shelf *f = &s->shelves[n];

		m->count[n] = f->count;
		memcpy(m->list[n], f->list, f->count * sizeof(f->list[0]));
	}
}

void server_rejoin(struct world *w, unsigned index)
{
	struct server *s = &w->servers[index];
	const struct image *m = &s->image;

	for (unsigned n = 0; n < NAMES_MAX; n++) {
		struct shelf *f = &s->shelves[n];

		f->count = m->count[n];
		memcpy(f->list, m->list[n], f->count * sizeof(f->list[0]));
		memset(f->bad, 0, sizeof(f->bad));
		f->has_ghost = false;
	}
	memcpy(s->id, m->id, STORE_ID_SIZE);
	s->state = m->state;
	s->cluster = m->cluster;
	s->floor = m->floor;
	if (w->off == RULE_REJOIN || s->state == STORE_BLANK)
		return;
	random_id(w, s->id);
	s->state = STORE_JOINING;
}

void server_make(struct world *w, unsigned index)
{
	struct server *s = &w->servers[index];

	/* The shelves are large, and empty when their counts are. */
	*s = (struct server){.index = index};
	server_wipe(w, index);
}

void server_release(struct server *s)
{
	for (unsigned n = 0; n < NAMES_MAX; n++)
		shelf_release(&s->shelves[n]);
}

/* Lives */

void server_start(struct world *w, unsigned index, bool reboot)
{
	struct server *s = &w->servers[index];

	if (s->gone)
		return;
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
	for (unsigned n = 0; n < NAMES_MAX; n++) {
		s->shelves[n].since_ms = s->opened_ms;
		disk_retires(w, index, n);
	}
	world_say(w, "server %u: starts%s", index + 1,
		  reboot ? " after a reboot" : "");
}

void server_crash(struct world *w, unsigned index)
{
	struct server *s = &w->servers[index];

	world_say(w, "server %u: dies", index + 1);
	for (unsigned n = 0; n < NAMES_MAX; n++) {
		disk_crash(w, s, n);
		shelf_release(&s->shelves[n]);
	}
	s->up = false;
	s->life++;
	net_server_died(w, index);
}
