#include "mend.h"

#include "fetch.h"
#include "source.h"
#include "stage.h"
#include "turns.h"
#include "verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mend {
	struct task task;
	struct source spool; /* the chunks that were fetched */
	struct turn turn;    /* of a large one */
	struct fetch fetch;
	struct stage stage;
	struct verify verify;
	char fault[128]; /* of the spool */
};

static struct mend *mend_of(struct task *task)
{
	return (struct mend *)task;
}

/* The spool */

static enum err checked(struct mend *m, enum err e)
{
	int saved = errno;

	if (e)
		snprintf(m->fault, sizeof(m->fault), "temporary file: %s",
			 err_text(e));
	errno = saved;
	return e;
}

static enum err on_bytes(void *arg, uint64_t offset, const void *data,
			 uint64_t len)
{
	struct mend *m = arg;

	return checked(m, source_write(&m->spool, offset, data, len));
}

static void drop_spool(struct mend *m)
{
	fetch_stop(&m->fetch);
	stage_stop(&m->stage);
	stage_detach(&m->stage);
	source_close(&m->spool);
	turns_give(&m->task.cluster->spools, &m->turn);
}

static void start(void *arg)
{
	struct mend *m = arg;
	const struct quorum *q = &m->task.q;
	enum err e = checked(m, source_blank(&m->spool, q->found.version.size));

	if (e)
		fetch_fail(&m->fetch, e);
	else
		fetch_start(&m->fetch, q->need, m->spool.bytes);
}

static void on_fetch(struct task *task)
{
	struct mend *m = mend_of(task);

	drop_spool(m);
	if (task->q.found.version.size > SOURCE_SMALL_MAX)
		turns_take(&task->cluster->spools, &m->turn);
	else
		start(m);
}

/* Sending */

/* The chunks of a new stripe are cut anew, those of an old one are known. */
static uint64_t on_stage(struct task *task, const struct quorum_order *o)
{
	struct mend *m = mend_of(task);
	bool known = o->what == WHAT_RESTORE;

	return stage_begin(&m->stage, o, known ? m->fetch.digests : NULL);
}

static void on_unstage(struct task *task)
{
	stage_stop(&mend_of(task)->stage);
}

/* The kind */

static uint64_t on_verify(struct task *task, const struct quorum_order *o)
{
	return verify_begin(&mend_of(task)->verify, o);
}

static void on_slow(struct task *task, unsigned server)
{
	fetch_slow(&mend_of(task)->fetch, server);
}

static void on_free(struct task *task)
{
	struct mend *m = mend_of(task);

	verify_stop(&m->verify);
	drop_spool(m);
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
	fetch_init(&m->fetch, &m->task, on_bytes, m);
	stage_init(&m->stage, &m->task, &m->spool);
	verify_init(&m->verify, &m->task);
	turn_init(&m->turn, start, m);
	m->spool.fd = -1;
	m->task.bytes = sizeof(*m) + SOURCE_SMALL_MAX;
	return &m->task;
}

enum exit_status mend_status(const struct task *task)
{
	const struct mend *m = (const struct mend *)task;

	return exit_local(m->fetch.fault, m->fetch.fault_errno);
}

const char *mend_fault(const struct task *task)
{
	const struct mend *m = (const struct mend *)task;

	if (m->fault[0])
		return m->fault;
	if (m->fetch.fault)
		return err_text(m->fetch.fault);
	return m->stage.fault;
}
