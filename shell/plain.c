#include "plain.h"

#include <stdlib.h>

static void on_free(struct task *task)
{
	task_release(task);
	free(task);
}

static const struct task_kind kind_plain = {.free = on_free};

struct task *plain_new(struct cluster *c, enum quorum_kind kind,
		       const char *name, size_t name_len)
{
	struct task *task = calloc(1, sizeof(*task));
	struct quorum_settings settings = {.kind = kind};

	if (!task)
		return NULL;
	task_init(task, c, &kind_plain, &settings);
	task_set_name(task, name, name_len);
	task->bytes = sizeof(*task);
	return task;
}
