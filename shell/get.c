#include "get.h"

#include "fetch.h"

#include <stdlib.h>

struct get {
	struct task task;
	struct target target;
	struct fetch fetch;
};

static struct get *get_of(struct task *task)
{
	return (struct get *)task;
}

static enum err on_bytes(void *arg, uint64_t offset, const void *data,
			 uint64_t len)
{
	struct get *g = arg;

	return target_write(&g->target, offset, data, len);
}

static void on_fetch(struct task *task)
{
	struct get *g = get_of(task);
	const struct version *v = &task->q.found.version;
	enum err e;

	fetch_stop(&g->fetch);
	e = target_begin(&g->target, v->size);
	if (e)
		fetch_fail(&g->fetch, e);
	else
		fetch_start(&g->fetch, mask_all(v->y), g->target.bytes);
}

static void on_slow(struct task *task, unsigned server)
{
	fetch_slow(&get_of(task)->fetch, server);
}

static uint64_t on_moved(const struct task *task)
{
	return ((const struct get *)task)->fetch.moved;
}

static uint64_t on_size(const struct task *task)
{
	const struct fetch *f = &((const struct get *)task)->fetch;

	return f->version.y ? f->version.size : TASK_SIZE_UNKNOWN;
}

static void on_free(struct task *task)
{
	struct get *g = get_of(task);

	fetch_stop(&g->fetch);
	target_close(&g->target);
	task_release(task);
	free(g);
}

static const struct task_kind kind = {
	.fetch = on_fetch,
	.slow = on_slow,
	.moved = on_moved,
	.size = on_size,
	.free = on_free,
};

struct get *get_new(struct cluster *c, struct target *t, const char *name,
		    size_t name_len)
{
	struct get *g = calloc(1, sizeof(*g));
	struct quorum_settings settings = {.kind = QUORUM_GET};

	if (!g)
		return NULL;
	task_init(&g->task, c, &kind, &settings);
	task_set_name(&g->task, name, name_len);
	fetch_init(&g->fetch, &g->task, on_bytes, g);
	g->task.bytes = sizeof(*g) + TARGET_SMALL_MAX;
	g->target = *t;
	*t = (struct target){.dir = -1, .stream = -1, .fd = -1};
	return g;
}

struct task *get_task(struct get *g)
{
	return &g->task;
}

enum err get_finish(struct task *task)
{
	struct get *g = get_of(task);
	const struct version *v = &g->fetch.version;

	return target_finish(&g->target, v->mtime_ns, v->mode);
}

uint64_t get_corrupt(const struct task *task)
{
	return ((const struct get *)task)->fetch.corrupt;
}

enum err get_fault(const struct task *task, int *error)
{
	const struct get *g = (const struct get *)task;

	*error = g->fetch.fault_errno;
	return g->fetch.fault;
}
