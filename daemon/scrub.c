#include "scrub.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "log.h"
#include "name.h"
#include "thread.h"

#define TINY 512	 /* bytes that a name without chunks counts for */
#define PAY_MS 5	 /* less is put together */
#define PASS_MIN_MS 1000 /* between the beginnings of two passes */
#define RETRY_MS 1000	 /* when there is no memory or descriptor */
#define RETRIES 10	 /* of one chunk */

struct place {
	size_t len;
	char name[NAME_MAX_BYTES];
};

struct scrub {
	struct store *store; /* set before threads start, as are these: */
	const _Atomic uint64_t *served_ms;
	atomic_ullong *passed;
	atomic_uint passes; /* ended; atomic */
	uint64_t settle_ms;
	pthread_t thread;

	struct mutex lock;
	struct cond wake;
	bool stopping; /* guarded by scrub.lock, as are these: */
	uint64_t rate;
	uint64_t interval_ms;

	/* Owned by the thread: */
	bool under_way; /* a pass is, and `at` is its last name */
	bool holds;	/* a chunk behind `held` is bad */
	struct place at;
	struct place held;
	struct scrub_mark mark;
	struct scrub_mark saved; /* as the store has it */
	int64_t began_ms;	 /* the last pass, on CLOCK_BOOTTIME */
	uint64_t save_ms;	 /* when `at` is written next */
	uint64_t paid_ms;	 /* until then all that was read is paid */
	uint64_t owed;		 /* bytes read since then */
	uint64_t names;		 /* passed */
	uint64_t bad;		 /* chunks found in this pass */
};

/* ---- time */

static bool is_stopping(struct scrub *c)
{
	bool stopping;

	mutex_lock(&c->lock);
	stopping = c->stopping;
	mutex_unlock(&c->lock);
	return stopping;
}

/* Until deadline_ms, or sooner when something changes. */
static void wait_locked(struct scrub *c, uint64_t deadline_ms)
{
	if (cond_wait_until(&c->wake, &c->lock, deadline_ms))
		return;
}

/* When what is owed is paid, as things stand, or the time to look again. */
static uint64_t due_locked(const struct scrub *c, uint64_t now)
{
	uint64_t cost = c->owed * 1000 / c->rate;
	uint64_t idle =
		atomic_load_explicit(c->served_ms, memory_order_relaxed) +
		SCRUB_BUSY_MS;
	uint64_t most = c->paid_ms + SCRUB_BUSY_SHARE * cost;

	if (cost < PAY_MS)
		return 0;
	if (now >= idle)
		return c->paid_ms + cost;
	if (idle < c->paid_ms + cost)
		idle = c->paid_ms + cost;
	return idle < most ? idle : most;
}

/* Waits as long as reading so many bytes should take.  False at the end. */
static bool pay(struct scrub *c, uint64_t bytes)
{
	bool on;

	c->owed += bytes;
	mutex_lock(&c->lock);
	while (!c->stopping) {
		uint64_t now = clock_ms();
		uint64_t due = c->rate ? due_locked(c, now) : UINT64_MAX;

		if (due == 0)
			break;
		if (due <= now) {
			c->paid_ms = now;
			c->owed = 0;
			break;
		}
		if (c->rate)
			wait_locked(c, due);
		else
			cond_wait(&c->wake, &c->lock);
	}
	on = !c->stopping;
	mutex_unlock(&c->lock);
	return on;
}

/* False at the end. */
static bool pause_ms(struct scrub *c, uint64_t ms)
{
	uint64_t deadline = clock_ms() + ms;
	bool on;

	mutex_lock(&c->lock);
	while (!c->stopping && clock_ms() < deadline)
		wait_locked(c, deadline);
	on = !c->stopping;
	mutex_unlock(&c->lock);
	return on;
}

/* Seconds since 1970; 1 for a clock that was not set. */
static uint32_t wall_s(void)
{
	time_t t = time(NULL);

	return t > 0 && t < UINT32_MAX ? (uint32_t)t : 1;
}

/* ---- where it is */

static int place_compare(const struct place *a, const struct place *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int c = len ? memcmp(a->name, b->name, len) : 0;

	return c ? c : (a->len > b->len) - (a->len < b->len);
}

static void place_copy(struct place *to, const struct place *from)
{
	to->len = from->len;
	if (from->len > 0)
		memcpy(to->name, from->name, from->len);
}

static bool is_whole(const struct record *r)
{
	return r->state != RECORD_COMMITTED || r->have == 3;
}

/* Moves what is held on, to before the first name that is bad still. */
static void look_at_held(struct scrub *c)
{
	struct place next;
	struct record r;

	if (!c->holds)
		return;
	place_copy(&next, &c->held);
	while (store_next(c->store, next.name, &next.len, &r) &&
	       place_compare(&next, &c->at) <= 0) {
		if (!is_whole(&r))
			return;
		place_copy(&c->held, &next);
	}
	c->holds = false;
}

/* The pass is whole: none is under way any more. */
static void end_mark(struct scrub_mark *m)
{
	if (m->began_s != 0)
		m->last_s = m->began_s;
	m->began_s = 0;
}

static void save(struct scrub *c)
{
	const struct place *p = &c->at;
	size_t len;

	look_at_held(c);
	if (c->holds)
		p = &c->held;
	else if (!c->under_way)
		end_mark(&c->mark);
	memset(c->mark.name, 0, sizeof(c->mark.name));
	len = p->len < sizeof(c->mark.name) ? p->len : sizeof(c->mark.name);
	if ((c->holds || c->under_way) && len > 0)
		memcpy(c->mark.name, p->name, len);
	c->save_ms = clock_ms() + SCRUB_SAVE_MS;
	if (memcmp(&c->mark, &c->saved, sizeof(c->mark)) == 0)
		return;
	store_set_scrub_mark(c->store, &c->mark);
	c->saved = c->mark;
}

static void count_names(struct scrub *c, uint64_t names)
{
	c->names = names;
	atomic_store(c->passed, names);
}

/* Where the last daemon on this store was. */
static void resume(struct scrub *c)
{
	int64_t now_ms = (int64_t)clock_boot_ms();
	uint32_t now_s = wall_s(), began_s;
	uint64_t names = 0;
	struct place next = {0};
	struct record r;

	store_scrub_mark(c->store, &c->mark);
	c->saved = c->mark;
	/* A pass of the future says that one of the clocks was wrong. */
	c->began_ms = INT64_MIN / 2;
	began_s = c->mark.began_s ? c->mark.began_s : c->mark.last_s;
	if (began_s != 0 && began_s <= now_s)
		c->began_ms = now_ms - (int64_t)(now_s - began_s) * 1000;
	c->under_way = c->mark.began_s != 0;
	c->at.len = strnlen(c->mark.name, sizeof(c->mark.name));
	memcpy(c->at.name, c->mark.name, c->at.len);
	while (c->under_way && !is_stopping(c) &&
	       store_next(c->store, next.name, &next.len, &r) &&
	       place_compare(&next, &c->at) <= 0)
		names++;
	count_names(c, names);
}

/* ---- a pass */

/* The index of the chunk in slot i. */
static unsigned chunk_of(const struct record *r, unsigned i)
{
	return i ? layout_next(r->first, r->v.y) : r->first;
}

static uint64_t length_of(const struct record *r)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < 2; i++)
		bytes += layout_length(r->v.size, r->v.y, chunk_of(r, i));
	return bytes;
}

enum found {
	FOUND_GOOD, /* or not there any more */
	FOUND_BAD,
	FOUND_NOTHING, /* it went, or there was no memory or descriptor */
	FOUND_STOP,    /* the end has come */
};

/* Reads one chunk as it was opened. */
static enum found read_chunk(struct scrub *c, struct verify *v)
{
	enum verify_state state;
	size_t bytes;

	do {
		bytes = 0;
		state = store_verify_step(v, SCRUB_STEP, &bytes);
		if (!pay(c, bytes))
			return FOUND_STOP;
	} while (state == VERIFY_MORE);
	if (state == VERIFY_GONE)
		return FOUND_NOTHING;
	return state == VERIFY_BAD ? FOUND_BAD : FOUND_GOOD;
}

/* What the store refuses for lack of something is tried again. */
static enum found check_chunk(struct scrub *c, const struct record *r,
			      unsigned chunk)
{
	struct msg_fetch m = {.name = {c->at.name, c->at.len},
			      .tag = r->v.tag,
			      .chunk = (uint8_t)chunk};
	struct outcome no = {0};
	struct msg_store store;

	for (unsigned i = 0; i < RETRIES; i++) {
		struct verify *v;
		enum found found;

		store_describe(c->store, &store);
		m.cluster = store.cluster;
		v = store_verify_open(c->store, &m, &no);
		if (v != NULL) {
			found = read_chunk(c, v);
			store_verify_close(v);
			if (found != FOUND_NOTHING)
				return found;
			no.status = ST_LIMIT;
			continue;
		}
		if (no.status != ST_LIMIT && no.status != ST_OTHER_CLUSTER)
			return no.status == ST_CORRUPT ? FOUND_BAD : FOUND_GOOD;
		if (!pause_ms(c, RETRY_MS))
			return FOUND_STOP;
	}
	log_warn("scrub passed a chunk by why=\"%s\"", status_text(no.status));
	return FOUND_GOOD;
}

/* Both, also one that is known to be bad: it may be mended.  False at the
 * end. */
static bool check_chunks(struct scrub *c, const struct record *r, bool *bad)
{
	for (unsigned i = 0; i < 2; i++) {
		enum found found = check_chunk(c, r, chunk_of(r, i));

		if (found == FOUND_STOP)
			return false;
		*bad |= found == FOUND_BAD;
		c->bad += found == FOUND_BAD;
	}
	return true;
}

static void end_pass(struct scrub *c)
{
	c->under_way = false;
	atomic_store(c->passed, 0);
	/* Of an empty store there is nothing to be remembered. */
	if (c->names == 0)
		c->mark.began_s = 0;
	else
		log_info("scrub pass ended names=%" PRIu64 " bad=%" PRIu64,
			 c->names, c->bad);
	save(c);
	atomic_fetch_add(&c->passes, 1);
}

/* The next name; when the daemon ends meanwhile it counts as not passed. */
static void step(struct scrub *c)
{
	struct place before;
	struct record r;
	bool bad = false, on = true;
	uint64_t bytes;

	place_copy(&before, &c->at);
	if (!store_next(c->store, c->at.name, &c->at.len, &r)) {
		end_pass(c);
		return;
	}
	if (r.state == RECORD_COMMITTED) {
		bytes = length_of(&r);
		on = check_chunks(c, &r, &bad) &&
		     pay(c,
			 bytes < SCRUB_NAME_MIN ? SCRUB_NAME_MIN - bytes : 0);
	} else {
		on = pay(c, TINY);
	}
	if (bad && !c->holds) {
		c->holds = true;
		place_copy(&c->held, &before);
	}
	if (!on) {
		place_copy(&c->at, &before);
		return;
	}
	count_names(c, c->names + 1);
	if (clock_ms() >= c->save_ms)
		save(c);
}

/* ---- between passes */

static void begin_pass(struct scrub *c)
{
	c->under_way = true;
	c->holds = false;
	c->at.len = 0;
	c->bad = 0;
	count_names(c, 0);
	c->began_ms = (int64_t)clock_boot_ms();
	c->mark.began_s = wall_s();
	c->save_ms = clock_ms() + SCRUB_SAVE_MS;
	c->paid_ms = clock_ms();
	c->owed = 0;
}

/* Versions of a store without a cluster are read by nobody. */
static bool is_closed(struct scrub *c)
{
	struct msg_store store;

	store_describe(c->store, &store);
	return store.state == STORE_BLANK && (store.flags & STORE_VERSIONS);
}

/* Until a pass is to begin, or the end. */
static void await_pass(struct scrub *c)
{
	bool begins = false;

	mutex_lock(&c->lock);
	while (!c->stopping && !begins && clock_ms() < c->save_ms) {
		int64_t now = (int64_t)clock_boot_ms();
		uint64_t most = c->interval_ms < PASS_MIN_MS ? PASS_MIN_MS
							     : c->interval_ms;
		uint64_t age = (uint64_t)(now - c->began_ms);
		uint64_t wake = clock_ms() + (age < most ? most - age : 0);

		begins = c->rate != 0 && age >= most;
		if (!begins)
			wait_locked(c, c->rate != 0 && wake < c->save_ms
					       ? wake
					       : c->save_ms);
	}
	begins = begins && !c->stopping;
	mutex_unlock(&c->lock);
	if (begins)
		begin_pass(c);
	else
		save(c);
}

static void *run(void *arg)
{
	struct scrub *c = arg;

	resume(c);
	/* The clients come first. */
	if (!pause_ms(c, c->settle_ms))
		return NULL;
	c->paid_ms = clock_ms();
	c->save_ms = c->paid_ms + SCRUB_SAVE_MS;
	while (!is_stopping(c)) {
		if (c->under_way)
			step(c);
		else if (is_closed(c))
			(void)pause_ms(c, RETRY_MS);
		else
			await_pass(c);
	}
	save(c);
	return NULL;
}

/* ---- from outside */

static void release(struct scrub *c)
{
	cond_release(&c->wake);
	mutex_release(&c->lock);
	free(c);
}

enum err scrub_start(struct scrub **out, const struct scrub_settings *s)
{
	struct scrub *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return ERR_MEMORY;
	c->store = s->store;
	c->served_ms = s->served_ms;
	c->passed = s->passed;
	c->settle_ms = s->settle_ms;
	c->rate = s->rate;
	c->interval_ms = s->interval_ms;
	mutex_init(&c->lock, LOCK_SCRUB);
	cond_init(&c->wake);
	if (thread_start(&c->thread, "scrub", run, c)) {
		release(c);
		return ERR_SYS;
	}
	*out = c;
	return ERR_OK;
}

void scrub_set(struct scrub *c, uint64_t rate, uint64_t interval_ms)
{
	mutex_lock(&c->lock);
	c->rate = rate;
	c->interval_ms = interval_ms;
	cond_signal(&c->wake);
	mutex_unlock(&c->lock);
}

unsigned scrub_passes(const struct scrub *c)
{
	return atomic_load(&c->passes);
}

void scrub_stop(struct scrub *c)
{
	if (c == NULL)
		return;
	mutex_lock(&c->lock);
	c->stopping = true;
	cond_signal(&c->wake);
	mutex_unlock(&c->lock);
	thread_join(c->thread);
	release(c);
}
