#include "mend.h"

#include "haul.h"
#include "stage.h"
#include "verify.h"

#include <stdlib.h>

struct mend {
	struct task task;
	struct haul haul; /* the chunks that are wanted */
	struct stage stage;
	struct verify verify;
};

static struct mend *mend_of(struct task *task)
{
	return (struct mend *)task;
}

static void drop(struct mend *m)
{
	stage_stop(&m->stage);
	stage_detach(&m->stage);
	haul_drop(&m->haul);
}

static void on_fetch(struct task *task)
{
	struct mend *m = mend_of(task);

	drop(m);
	haul_begin(&m->haul, task->q.need);
}

/* The chunks of a new stripe are cut anew, those of an old one are known. */
static uint64_t on_stage(struct task *task, const struct quorum_order *o)
{
	struct mend *m = mend_of(task);
	bool known = o->what == WHAT_RESTORE;

	return stage_begin(&m->stage, o, known ? m->haul.fetch.digests : NULL);
}

static void on_unstage(struct task *task)
{
	stage_stop(&mend_of(task)->stage);
}

static uint64_t on_verify(struct task *task, const struct quorum_order *o)
{
	return verify_begin(&mend_of(task)->verify, o);
}

static void on_slow(struct task *task, unsigned server)
{
	fetch_slow(&mend_of(task)->haul.fetch, server);
}

static void on_free(struct task *task)
{
	struct mend *m = mend_of(task);

	verify_stop(&m->verify);
	drop(m);
	stage_release(&m->stage);
	task_release(task);
	free(m);
}

static const struct task_kind kind = {
	.stage = on_stage,
	.unstage = on_unstage,
	.fetch = on_fetch,
	.verify = on_verify,
	.slow = on_slow,
	.free = on_free,
};

struct task *mend_new(struct cluster *c, const struct quorum_settings *settings,
		      const char *name, size_t name_len)
{
	struct mend *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	task_init(&m->task, c, &kind, settings);
	task_set_name(&m->task, name, name_len);
	haul_init(&m->haul, &m->task);
	stage_init(&m->stage, &m->task, &m->haul.spool);
	verify_init(&m->verify, &m->task);
	m->task.bytes = sizeof(*m) + SOURCE_SMALL_MAX;
	return &m->task;
}

enum exit_status mend_status(const struct task *task)
{
	return haul_status(&((const struct mend *)task)->haul);
}

const char *mend_fault(const struct task *task)
{
	const struct mend *m = (const struct mend *)task;
	const char *fault = haul_fault(&m->haul);

	return fault ? fault : m->stage.fault;
}
