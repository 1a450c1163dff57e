#include "get.h"

#include "fetch.h"
#include "salvage.h"

#include <stdlib.h>

struct get {
	struct task task;
	struct target target;
	struct fetch fetch;
	struct salvage salvage;
	bool resume;
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

/* What was there of one chunk; g may be gone afterwards. */
static void on_found(void *arg, unsigned chunk, uint64_t have,
		     const struct digest_state *state)
{
	struct get *g = arg;

	if (g->fetch.chunks)
		fetch_resume(&g->fetch, chunk, have, state);
	else
		salvage_stop(&g->salvage); /* it could not be fetched */
}

/* From a partial file, what is there, and the rest from the servers. */
static void salvage(struct get *g)
{
	const struct version *v = &g->task.q.found.version;
	enum err e;

	if (!fetch_prepare(&g->fetch, mask_all(v->y), NULL))
		return;
	e = salvage_begin(&g->salvage, g->target.fd, v, g->fetch.digests);
	if (e)
		fetch_fail(&g->fetch, e);
}

static void on_fetch(struct task *task)
{
	struct get *g = get_of(task);
	const struct version *v = &task->q.found.version;
	bool there = false;
	enum err e;

	salvage_stop(&g->salvage);
	fetch_stop(&g->fetch);
	if (g->resume)
		e = target_resume(&g->target, v, &there);
	else
		e = target_begin(&g->target, v->size);
	if (e)
		fetch_fail(&g->fetch, e);
	else if (there)
		salvage(g);
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

static uint64_t on_kept(const struct task *task)
{
	return ((const struct get *)task)->fetch.resumed;
}

static uint64_t on_size(const struct task *task)
{
	const struct fetch *f = &((const struct get *)task)->fetch;

	return f->version.y ? f->version.size : TASK_SIZE_UNKNOWN;
}

static void on_free(struct task *task)
{
	struct get *g = get_of(task);
	struct get_left left;

	get_left(task, &left);
	if (left.kept > 0 || left.unread)
		target_keep(&g->target);
	salvage_stop(&g->salvage);
	fetch_stop(&g->fetch);
	target_close(&g->target);
	task_release(task);
	free(g);
}

static const struct task_kind kind = {
	.fetch = on_fetch,
	.slow = on_slow,
	.moved = on_moved,
	.kept = on_kept,
	.size = on_size,
	.free = on_free,
};

struct get *get_new(struct cluster *c, struct target *t, const char *name,
		    size_t name_len, bool resume)
{
	struct get *g = calloc(1, sizeof(*g));
	struct quorum_settings settings = {.kind = QUORUM_GET};

	if (!g)
		return NULL;
	task_init(&g->task, c, &kind, &settings);
	task_set_name(&g->task, name, name_len);
	fetch_init(&g->fetch, &g->task, on_bytes, g);
	salvage_init(&g->salvage, c->loop, on_found, g);
	g->resume = resume;
	g->task.bytes = sizeof(*g) + TARGET_SMALL_MAX;
	if (resume)
		g->task.bytes += SALVAGE_BLOCK;
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

void get_left(const struct task *task, struct get_left *left)
{
	const struct get *g = (const struct get *)task;

	*left = (struct get_left){.size = g->fetch.version.size,
				  .resumed = g->fetch.resumed,
				  .unkept = g->target.unkept};
	if (!g->target.partial)
		return;
	left->kept = g->fetch.moved;
	left->unread = salvage_runs(&g->salvage);
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
