/*
 * An operation's decisions on the bench: the test says what servers answer,
 * looks at the orders, and owns the clock.
 */
#ifndef TEST_QUORUM_KIT_H
#define TEST_QUORUM_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "quorum.h"

#define COUNT 4 /* servers: w = 3, r = 2 */
#define ALL 15u

/* A quorum, its last orders, and what its servers would answer. */
struct bench {
	struct quorum q;
	uint64_t now;
	uint64_t drawn;
	struct quorum_order orders[8]; /* since the last call of told() */
	unsigned order_count;
	struct msg_store stores[COUNT];
	struct record records[COUNT][2]; /* highest first */
	unsigned counts[COUNT];
};

static inline uint64_t draw(void *arg)
{
	uint64_t *drawn = arg;

	return ++*drawn;
}

static inline void take_orders(struct bench *b)
{
	struct quorum_order o;

	b->order_count = 0;
	while (quorum_next(&b->q, &o))
		b->orders[b->order_count++] = o;
}

/* The order of that kind among the last ones, or NULL. */
static inline const struct quorum_order *ordered(const struct bench *b,
						 enum quorum_what what)
{
	for (unsigned i = 0; i < b->order_count; i++)
		if (b->orders[i].what == what)
			return &b->orders[i];
	return NULL;
}

/* There must be one. */
static inline const struct quorum_order *the(const struct bench *b,
					     enum quorum_what what)
{
	static const struct quorum_order none;
	const struct quorum_order *o = ordered(b, what);

	assert_non_null(o);
	return o ? o : &none;
}

static inline uint64_t asked(const struct bench *b, enum quorum_what what)
{
	const struct quorum_order *o = ordered(b, what);

	return o ? o->to : 0;
}

/* All are members of cluster 5. */
static inline void become_members(struct bench *b)
{
	for (unsigned i = 0; i < COUNT; i++) {
		struct msg_store *s = &b->stores[i];

		s->state = STORE_MEMBER;
		s->fence_s = 60;
		memset(s->stamp.store, (int)i + 1, STORE_ID_SIZE);
		s->stamp.time_ms = 77;
		memset(s->cluster.id, 5, STORE_ID_SIZE);
		s->cluster.epoch = 1;
		s->cluster.n = COUNT;
	}
}

static inline void members(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->now = 1000000;
	become_members(b);
}

static inline void blank(struct bench *b, unsigned i)
{
	b->stores[i].state = STORE_BLANK;
	memset(&b->stores[i].cluster, 0, sizeof(b->stores[i].cluster));
}

/* Server i holds that version as its highest; chunks i and i + 1 of 4. */
static inline void holds(struct bench *b, unsigned i, uint64_t ctr,
			 enum record_state state)
{
	struct record r = {.v = {.tag = {.ctr = ctr, .put = 1}, .y = 4},
			   .state = state,
			   .place = (uint8_t)i,
			   .first = (uint8_t)i,
			   .have = 3};

	if (state == RECORD_TOMBSTONE)
		r.v.y = 0;
	if (state == RECORD_WITNESS || state == RECORD_TOMBSTONE)
		r.place = RECORD_NO_PLACE;
	b->records[i][1] = b->records[i][0];
	b->records[i][0] = r;
	b->counts[i]++;
	if (record_is_committed(&r))
		b->stores[i].flags |= STORE_VERSIONS;
	else
		b->stores[i].flags |= STORE_STAGES;
}

static inline void start_with(struct bench *b, const struct quorum_settings *s)
{
	struct quorum_settings own = *s;

	own.count = COUNT;
	own.random = draw;
	own.random_arg = &b->drawn;
	quorum_init(&b->q, &own);
	quorum_start(&b->q, b->now);
	take_orders(b);
	assert_int_equal(asked(b, WHAT_QUERY), ALL);
}

static inline void start(struct bench *b, enum quorum_kind kind)
{
	struct quorum_settings s = {.kind = kind, .version = {.size = 9}};

	start_with(b, &s);
}

static inline void told(struct bench *b, const struct quorum_event *e)
{
	quorum_event(&b->q, e, b->now);
	take_orders(b);
}

static inline struct quorum_event event(const struct bench *b,
					enum quorum_event_kind kind,
					enum quorum_what what, unsigned server)
{
	const struct quorum_order *o = ordered(b, what);

	return (struct quorum_event){.kind = kind,
				     .what = what,
				     .server = server,
				     .round = o ? o->round : b->q.round};
}

static inline void answers_query(struct bench *b, unsigned server,
				 unsigned round)
{
	struct msg_query_answer a = {.store = b->stores[server],
				     .count = b->counts[server]};
	struct quorum_event e = {.kind = EVENT_ANSWER,
				 .what = WHAT_QUERY,
				 .server = server,
				 .round = round,
				 .query = &a};

	memcpy(a.records, b->records[server], sizeof(b->records[server]));
	told(b, &e);
}

static inline void loses(struct bench *b, enum quorum_what what,
			 unsigned server, unsigned round)
{
	struct quorum_event e = {.kind = EVENT_LOST,
				 .what = what,
				 .server = server,
				 .round = round};

	told(b, &e);
}

/* The servers of the set answer QUERY, the others are lost. */
static inline void query_answered(struct bench *b, uint64_t by)
{
	unsigned round = b->q.query_round;

	for (unsigned i = 0; i < COUNT; i++) {
		if (by >> i & 1)
			answers_query(b, i, round);
		else
			loses(b, WHAT_QUERY, i, round);
	}
}

static inline void answers(struct bench *b, enum quorum_what what,
			   unsigned server, unsigned round)
{
	struct msg_commit_answer c = {.store = b->stores[server],
				      .state = RECORD_COMMITTED,
				      .highest = b->q.version.tag};
	struct msg_join_answer j = {.store = b->stores[server]};
	struct quorum_event e = {.kind = EVENT_ANSWER,
				 .what = what,
				 .server = server,
				 .round = round,
				 .commit = &c,
				 .join = &j,
				 .good = 3};

	told(b, &e);
}

static inline void all_answer(struct bench *b, enum quorum_what what,
			      uint64_t by)
{
	unsigned round = the(b, what)->round;

	for (unsigned i = 0; i < COUNT; i++)
		if (by >> i & 1)
			answers(b, what, i, round);
}

static inline void refuses(struct bench *b, enum quorum_what what,
			   unsigned server, enum status status,
			   const struct version *higher)
{
	struct quorum_event e = event(b, EVENT_REFUSED, what, server);
	struct msg_refusal no = {.store = b->stores[server]};

	no.has_version = higher != NULL;
	if (higher)
		no.version = *higher;
	e.status = status;
	e.refusal = &no;
	told(b, &e);
}

/* Lets the clock run to the deadline. */
static inline void waits(struct bench *b)
{
	assert_true(quorum_deadline(&b->q) != UINT64_MAX);
	if (quorum_deadline(&b->q) > b->now)
		b->now = quorum_deadline(&b->q);
	quorum_tick(&b->q, b->now);
	take_orders(b);
}

static inline void ends(struct bench *b, enum quorum_outcome outcome,
			enum quorum_reason reason)
{
	assert_true(quorum_is_done(&b->q));
	assert_int_equal(b->q.outcome, outcome);
	assert_int_equal(b->q.reason, reason);
	assert_true(quorum_deadline(&b->q) == UINT64_MAX);
	quorum_release(&b->q);
}

#define T(f) cmocka_unit_test(f)

#endif
