#include "haul.h"

#include <errno.h>
#include <stdio.h>

static enum err checked(struct haul *h, enum err e)
{
	int saved = errno;

	if (e)
		snprintf(h->fault, sizeof(h->fault), "temporary file: %s",
			 err_text(e));
	errno = saved;
	return e;
}

static enum err on_bytes(void *arg, uint64_t offset, const void *data,
			 uint64_t len)
{
	struct haul *h = arg;

	return checked(h, source_write(&h->spool, offset, data, len));
}

static void start(void *arg)
{
	struct haul *h = arg;
	uint64_t size = h->task->q.found.version.size;
	enum err e = checked(h, source_blank(&h->spool, size));

	if (e)
		fetch_fail(&h->fetch, e);
	else
		fetch_start(&h->fetch, h->wanted, h->spool.bytes);
}

void haul_init(struct haul *h, struct task *task)
{
	h->task = task;
	h->spool.fd = -1;
	fetch_init(&h->fetch, task, on_bytes, h);
	turn_init(&h->turn, start, h);
}

void haul_begin(struct haul *h, uint64_t wanted)
{
	haul_drop(h);
	h->wanted = wanted;
	if (h->task->q.found.version.size > SOURCE_SMALL_MAX)
		turns_take(&h->task->cluster->spools, &h->turn);
	else
		start(h);
}

void haul_drop(struct haul *h)
{
	fetch_stop(&h->fetch);
	source_close(&h->spool);
	turns_give(&h->task->cluster->spools, &h->turn);
}

const char *haul_fault(const struct haul *h)
{
	if (h->fault[0])
		return h->fault;
	return h->fetch.fault ? err_text(h->fetch.fault) : NULL;
}

enum exit_status haul_status(const struct haul *h)
{
	return exit_local(h->fetch.fault, h->fetch.fault_errno);
}
