#include "reading.h"

#include "batch.h"
#include "interrupt.h"
#include "operand.h"
#include "outcome.h"
#include "show.h"
#include "target.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool reading_check(const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!operand_check(names[i]))
			return false;
	return true;
}

enum err reading_print(void *arg, const void *data, size_t len)
{
	enum err e = show_flush();

	(void)arg;
	return e ? e : target_print(STDOUT_FILENO, data, len);
}

static struct task *next(void *arg)
{
	struct reading *r = arg;
	struct task *task = NULL;

	while (!task && r->at < r->count && !r->closed && !interrupt_came()) {
		const char *name = r->names[r->at++];

		task = slice_new(&r->client->cluster, name, strlen(name),
				 &r->want);
		if (task)
			continue;
		show_problem(name, strlen(name), "%s", err_text(ERR_MEMORY));
		tally_add(&r->client->tally, EXIT_ERROR);
	}
	return task;
}

static bool more(const void *arg)
{
	const struct reading *r = arg;

	return r->at < r->count && !r->closed;
}

static enum exit_status finish(struct reading *r, const struct task *task)
{
	enum err e = r->good(r->arg, task);
	int error = errno;

	if (!e)
		return EXIT_DONE;
	if (interrupt_came())
		return EXIT_INTERRUPTED;
	errno = error;
	if (e == ERR_CLOSED)
		r->closed = true;
	else
		show_problem(task->name, task->name_len, "%s", err_text(e));
	return exit_local(e, error);
}

static enum exit_status failed(const struct task *task)
{
	enum exit_status status = outcome_status(task);
	char text[OUTCOME_TEXT_MAX];
	int error;
	enum err e = slice_fault(task, &error);

	if (status == EXIT_INTERRUPTED)
		return status;
	if (task->q.reason == REASON_LOCAL) {
		errno = error;
		show_problem(task->name, task->name_len, "%s", err_text(e));
		return exit_local(e, error);
	}
	show_verdict(task->name, task->name_len, " is incomplete");
	outcome_text(task, text);
	show_problem(task->name, task->name_len, "%s", text);
	return status;
}

/* What was read is right: of other copies. */
static void warn_corrupt(const struct reading *r, const struct task *task)
{
	uint64_t some = slice_corrupt(task);

	for (unsigned i = 0; i < task->cluster->count; i++)
		if (!r->client->manners.quiet && (some >> i & 1))
			show_problem(task->name, task->name_len,
				     "%s has a bad chunk, which dfc heal "
				     "replaces; another copy was used",
				     cluster_name(task->cluster, i));
}

static void over(void *arg, struct task *task)
{
	struct reading *r = arg;
	enum exit_status status;

	outcome_note(r->client, task);
	status = task->q.outcome == OUTCOME_OK ? finish(r, task) : failed(task);
	if (status == EXIT_DONE)
		warn_corrupt(r, task);
	tally_add(&r->client->tally, status);
}

void reading_run(struct reading *r)
{
	struct batch b = {.client = r->client,
			  .jobs = 1,
			  .next = next,
			  .over = over,
			  .more = more,
			  .arg = r};

	batch_run(&b);
	r->client->pipe_closed |= r->closed;
}
