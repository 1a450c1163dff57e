#include "copy.h"

#include "clone.h"
#include "haul.h"
#include "interrupt.h"
#include "outcome.h"
#include "stage.h"

#include <stdlib.h>
#include <string.h>

#define TRIES 3 /* of copies on the servers, with a source that changes */

/* One machine after the other. */
enum step {
	STEP_LOOK,   /* a get of the source, without its bytes */
	STEP_CLONE,  /* a put that the servers make */
	STEP_FETCH,  /* a get of the source, into a spool */
	STEP_PUT,    /* a put of the spool */
	STEP_REMOVE, /* an rm of the source */
};

struct copy {
	struct task task;
	enum step step;
	bool move;
	bool no_clobber;
	bool stored;
	void (*note)(void *arg, const struct task *task);
	void *arg;
	unsigned tries;
	struct version version; /* of the source, that is copied */
	struct clone clone;
	struct haul haul;
	struct stage stage;
	size_t source_len;
	size_t dest_len;
	char *dest;
	char source[]; /* and dest behind it */
};

static struct copy *copy_of(struct task *task)
{
	return (struct copy *)task;
}

static const struct copy *const_copy_of(const struct task *task)
{
	return (const struct copy *)task;
}

/* Steps */

/* A signal that came between two machines ends the new one. */
static void enter(struct copy *m, enum step step,
		  const struct quorum_settings *s)
{
	bool of_dest = step == STEP_CLONE || step == STEP_PUT;

	if (m->task.q.outcome == OUTCOME_OK)
		m->note(m->arg, &m->task);
	m->step = step;
	if (of_dest)
		task_renew(&m->task, s, m->dest, m->dest_len);
	else
		task_renew(&m->task, s, m->source, m->source_len);
	if (interrupt_came())
		task_cancel(&m->task, REASON_NONE);
}

static void look(struct copy *m)
{
	const struct quorum_settings s = {.kind = QUORUM_GET, .patient = true};

	enter(m, STEP_LOOK, &s);
}

static void fetch(struct copy *m)
{
	const struct quorum_settings s = {.kind = QUORUM_GET};

	enter(m, STEP_FETCH, &s);
}

static void store(struct copy *m, enum step step)
{
	struct quorum_settings s = {.kind = QUORUM_PUT,
				    .must_be_absent = m->no_clobber};

	s.version.size = m->version.size;
	s.version.mtime_ns = m->version.mtime_ns;
	s.version.mode = m->version.mode;
	s.version.alg = m->version.alg;
	enter(m, step, &s);
}

static void remove_source(struct copy *m)
{
	const struct quorum_settings s = {.kind = QUORUM_RM,
					  .expect = m->version.tag};

	enter(m, STEP_REMOVE, &s);
}

/* The source is known: do the servers that can write have all of it? */
static void looked(struct copy *m)
{
	clone_learn(&m->clone);
	m->version = m->clone.version;
	if (m->tries < TRIES && clone_fits(&m->clone, m->task.q.view.roomy))
		store(m, STEP_CLONE);
	else
		fetch(m);
}

/* The servers cannot make it: the source has changed, or by way of here. */
static bool clone_failed(struct copy *m)
{
	enum status refused = m->clone.refused;

	if (m->task.q.reason != REASON_LOCAL)
		return false;
	m->tries++;
	if (refused == ST_GONE || refused == ST_ABSENT)
		look(m);
	else
		fetch(m);
	return true;
}

/* The source goes only when nothing is lost by it. */
static bool stored(struct copy *m)
{
	const struct quorum *q = &m->task.q;

	m->stored = true;
	stage_stop(&m->stage);
	stage_detach(&m->stage);
	haul_drop(&m->haul);
	if (!m->move || q->degraded || q->superseded)
		return false;
	remove_source(m);
	return true;
}

static bool on_go_on(struct task *task)
{
	struct copy *m = copy_of(task);
	bool good = task->q.outcome == OUTCOME_OK;

	switch (m->step) {
	case STEP_LOOK:
		if (good)
			looked(m);
		return good;
	case STEP_CLONE:
		return good ? stored(m) : clone_failed(m);
	case STEP_FETCH:
		m->version = m->haul.fetch.version;
		if (good)
			store(m, STEP_PUT);
		return good;
	case STEP_PUT:
		return good && stored(m);
	case STEP_REMOVE:
		break;
	}
	return false;
}

/* What the machines ask for */

static void on_fetch(struct task *task)
{
	struct copy *m = copy_of(task);

	if (m->step == STEP_LOOK) {
		task_tell(task, EVENT_FETCHED);
		return;
	}
	stage_stop(&m->stage);
	stage_detach(&m->stage);
	haul_begin(&m->haul, mask_all(task->q.found.version.y));
}

static uint64_t on_stage(struct task *task, const struct quorum_order *o)
{
	struct copy *m = copy_of(task);

	if (m->step == STEP_PUT)
		return stage_begin(&m->stage, o, NULL);
	if (clone_fits(&m->clone, o->stripe))
		return clone_begin(&m->clone, o);
	m->clone.refused = ST_OK;
	task_cancel(task, REASON_LOCAL);
	return 0;
}

static void on_unstage(struct task *task)
{
	struct copy *m = copy_of(task);

	clone_stop(&m->clone);
	stage_stop(&m->stage);
}

static void on_slow(struct task *task, unsigned server)
{
	fetch_slow(&copy_of(task)->haul.fetch, server);
}

static uint64_t on_size(const struct task *task)
{
	const struct copy *m = const_copy_of(task);

	return m->step == STEP_LOOK ? TASK_SIZE_UNKNOWN : m->version.size;
}

static void on_free(struct task *task)
{
	struct copy *m = copy_of(task);

	clone_stop(&m->clone);
	stage_release(&m->stage);
	haul_drop(&m->haul);
	task_release(task);
	free(m);
}

static const struct task_kind kind = {
	.stage = on_stage,
	.unstage = on_unstage,
	.fetch = on_fetch,
	.slow = on_slow,
	.go_on = on_go_on,
	.size = on_size,
	.free = on_free,
};

struct task *copy_new(struct cluster *c, const struct copy_settings *s)
{
	const struct quorum_settings first = {.kind = QUORUM_GET,
					      .patient = true};
	size_t source_len = strlen(s->source), dest_len = strlen(s->dest);
	struct copy *m = calloc(1, sizeof(*m) + source_len + dest_len + 2);
	struct msg_name source;

	if (!m)
		return NULL;
	m->move = s->move;
	m->no_clobber = s->no_clobber;
	m->note = s->note;
	m->arg = s->arg;
	m->source_len = source_len;
	m->dest_len = dest_len;
	m->dest = m->source + source_len + 1;
	memcpy(m->source, s->source, source_len + 1);
	memcpy(m->dest, s->dest, dest_len + 1);
	source = (struct msg_name){m->source, source_len};
	task_init(&m->task, c, &kind, &first);
	task_set_name(&m->task, m->source, source_len);
	clone_init(&m->clone, &m->task, &source);
	haul_init(&m->haul, &m->task);
	stage_init(&m->stage, &m->task, &m->haul.spool);
	m->task.bytes = sizeof(*m) + SOURCE_SMALL_MAX;
	return &m->task;
}

/* How it ended */

enum copy_end copy_end(const struct task *task)
{
	const struct copy *m = const_copy_of(task);
	enum quorum_outcome outcome = task->q.outcome;

	if (m->step == STEP_REMOVE)
		return outcome == OUTCOME_OK || outcome == OUTCOME_ABSENT
			       ? COPY_REMOVED
			       : COPY_KEPT;
	if (m->stored)
		return m->move ? COPY_KEPT : COPY_STORED;
	return m->step == STEP_LOOK || m->step == STEP_FETCH ? COPY_NO_SOURCE
							     : COPY_NOT_STORED;
}

enum exit_status copy_status(const struct task *task)
{
	const struct copy *m = const_copy_of(task);

	if (copy_end(task) == COPY_REMOVED)
		return EXIT_DONE;
	if (m->move && m->stored && m->step != STEP_REMOVE)
		return task->q.degraded ? EXIT_DEGRADED : EXIT_PRECONDITION;
	if (task->q.reason == REASON_LOCAL && m->step == STEP_FETCH)
		return haul_status(&m->haul);
	return outcome_status(task);
}

const char *copy_source(const struct task *task)
{
	return const_copy_of(task)->source;
}

const char *copy_dest(const struct task *task)
{
	return const_copy_of(task)->dest;
}

const char *copy_why(const struct task *task)
{
	const struct copy *m = const_copy_of(task);

	if (m->move && m->stored && m->step != STEP_REMOVE)
		return task->q.degraded
			       ? "it has fewer copies than promised: run dfc "
				 "heal"
			       : "that was overwritten at the same moment";
	if (task->q.reason != REASON_LOCAL)
		return NULL;
	return m->step == STEP_FETCH ? haul_fault(&m->haul) : m->stage.fault;
}
