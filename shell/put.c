#include "put.h"

#include "stage.h"

#include <stdlib.h>

struct put {
	struct task task;
	struct source source;
	struct stage stage;
};

static struct put *put_of(struct task *task)
{
	return (struct put *)task;
}

static uint64_t on_stage(struct task *task, const struct quorum_order *o)
{
	return stage_begin(&put_of(task)->stage, o, NULL);
}

static void on_unstage(struct task *task)
{
	stage_stop(&put_of(task)->stage);
}

static uint64_t on_moved(const struct task *task)
{
	return stage_moved(&((const struct put *)task)->stage);
}

static uint64_t on_size(const struct task *task)
{
	return ((const struct put *)task)->source.size;
}

static void on_free(struct task *task)
{
	struct put *p = put_of(task);

	stage_release(&p->stage);
	source_close(&p->source);
	task_release(task);
	free(p);
}

static const struct task_kind kind = {
	.stage = on_stage,
	.unstage = on_unstage,
	.moved = on_moved,
	.size = on_size,
	.free = on_free,
};

struct put *put_new(struct cluster *c, struct source *s, const char *name,
		    size_t name_len)
{
	struct put *p = calloc(1, sizeof(*p));
	struct quorum_settings settings = {.kind = QUORUM_PUT};

	if (!p)
		return NULL;
	settings.version.size = s->size;
	settings.version.mtime_ns = s->mtime_ns;
	settings.version.mode = s->mode;
	settings.version.alg = (uint8_t)c->settings->digest;
	task_init(&p->task, c, &kind, &settings);
	task_set_name(&p->task, name, name_len);
	stage_init(&p->stage, &p->task, &p->source);
	p->task.large = !s->bytes;
	p->task.bytes = s->bytes ? s->size + sizeof(*p) : sizeof(*p);
	p->source = *s;
	*s = (struct source){.fd = -1};
	return p;
}

void put_only_new(struct put *p)
{
	p->task.q.settings.must_be_absent = true;
}

struct task *put_task(struct put *p)
{
	return &p->task;
}

const char *put_fault(const struct task *task)
{
	return ((const struct put *)task)->stage.fault;
}
