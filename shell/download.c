#include "download.h"

#include "batch.h"
#include "get.h"
#include "interrupt.h"
#include "operand.h"
#include "outcome.h"
#include "result.h"
#include "show.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define THERE "is there already (--no-clobber)"

void download_path(const struct download *d, const char *path, char *out,
		   size_t size)
{
	snprintf(out, size, "%s%s%s", d->top ? d->top : "", d->top ? "/" : "",
		 path);
}

static enum exit_status status_of(enum err e, int error)
{
	return e == ERR_EXISTS ? EXIT_PRECONDITION : exit_local(e, error);
}

void download_failed(struct download *d, const char *path, const char *name,
		     enum err e, const char *why)
{
	enum exit_status status = status_of(e, errno);
	char shown[PATH_MAX];

	if (!why)
		why = e == ERR_EXISTS ? THERE : err_text(e);
	download_path(d, path, shown, sizeof(shown));
	show_problem(shown, strlen(shown), "%s", why);
	result_add(d->client, &(struct result){.action = "get",
					       .name = name,
					       .name_len = strlen(name),
					       .path = shown,
					       .status = status,
					       .text = why});
}

static enum err choose_target(const struct download *d, const char *path,
			      struct target *t, const char **why)
{
	enum err e;

	if (d->stream) {
		target_stream(t, STDOUT_FILENO);
		return ERR_OK;
	}
	if (d->below)
		e = target_below(t, d->top, path, why);
	else
		e = target_at(t, path, why);
	if (!e && d->no_clobber) {
		e = target_spare(t);
		if (e)
			target_close(t);
	}
	return e;
}

/* NULL: it has failed, and been said. */
static struct task *make_task(struct download *d, const char *path,
			      const char *name)
{
	struct cluster *cluster = &d->client->cluster;
	struct operand *o;
	struct target t;
	struct get *get;
	const char *why = NULL;
	enum err e = choose_target(d, path, &t, &why);

	if (e) {
		download_failed(d, path, name, e, why);
		return NULL;
	}
	o = operand_new(path, name);
	get = o ? get_new(cluster, &t, name, strlen(name), d->resume) : NULL;
	if (!get) {
		target_close(&t);
		operand_free(o);
		download_failed(d, path, name, ERR_MEMORY, NULL);
		return NULL;
	}
	get_task(get)->operand = o;
	return get_task(get);
}

static struct task *next(void *arg)
{
	struct download *d = arg;
	struct task *task = NULL;
	const char *path, *name;

	while (!task && !interrupt_came() && !d->closed &&
	       d->next(d->arg, &path, &name))
		task = make_task(d, path, name);
	return task;
}

static bool more(const void *arg)
{
	const struct download *d = arg;

	return d->more(d->arg) && !d->closed;
}

/* What went wrong on this side is about the file here. */
static void show_local(const struct download *d, const struct task *task,
		       const char *text)
{
	const struct operand *o = task->operand;
	char path[PATH_MAX];

	if (d->stream) {
		show_problem(task->name, task->name_len, "%s", text);
		return;
	}
	download_path(d, o->path, path, sizeof(path));
	show_problem(path, strlen(path), "%s", text);
}

/* text[]: why it failed, for the result. */
static enum exit_status finish(struct download *d, struct task *task,
			       char text[OUTCOME_TEXT_MAX])
{
	enum err e = get_finish(task);
	enum exit_status status = status_of(e, errno);

	if (!e)
		return EXIT_DONE;
	if (interrupt_came() && e == ERR_SYS)
		return EXIT_INTERRUPTED;
	snprintf(text, OUTCOME_TEXT_MAX, "%s%s",
		 d->stream ? "standard output: " : "",
		 e == ERR_EXISTS ? THERE : err_text(e));
	if (e == ERR_CLOSED)
		d->closed = true;
	else
		show_local(d, task, text);
	return status;
}

static enum exit_status failed(const struct download *d, struct task *task,
			       char text[OUTCOME_TEXT_MAX])
{
	enum exit_status status = outcome_status(task);
	int error;
	enum err e = get_fault(task, &error);

	if (status == EXIT_INTERRUPTED)
		return status;
	if (task->q.reason == REASON_LOCAL) {
		errno = error;
		snprintf(text, OUTCOME_TEXT_MAX, "%s", err_text(e));
		show_local(d, task, text);
		return exit_local(e, error);
	}
	show_verdict(task->name, task->name_len, " is incomplete");
	outcome_text(task, text);
	show_problem(task->name, task->name_len, "%s", text);
	return status;
}

/* The file is right: other copies were used. */
static void warn_corrupt(const struct download *d, const struct task *task)
{
	uint64_t some = get_corrupt(task);

	for (unsigned i = 0;
	     !d->client->manners.quiet && i < task->cluster->count; i++)
		if (some >> i & 1)
			show_problem(task->name, task->name_len,
				     "%s has a bad chunk, which dfc heal "
				     "replaces; another copy was used",
				     cluster_name(task->cluster, i));
}

/* Of a get that has failed: what it leaves for another one. */
static void say_kept(struct download *d, const struct task *task,
		     const struct get_left *left)
{
	const char *name = task->name;
	size_t len = task->name_len;

	if (left->unread)
		show_problem(name, len,
			     "what was kept before is still kept: get "
			     "--resume goes on");
	else if (left->kept > 0)
		show_problem(name, len,
			     "kept %" PRIu64 " of %" PRIu64
			     " bytes: get --resume goes on",
			     left->kept, left->size);
	else if (left->unkept == ERR_BUSY)
		show_problem(name, len,
			     "nothing was kept: another get --resume of it "
			     "was under way");
	else if (left->unkept == ERR_EXISTS)
		show_problem(name, len,
			     "nothing was kept: another file has the name "
			     "that ends in .dfc-part");
	d->client->changed |= left->unread || left->kept > 0;
}

static void say_left(struct download *d, const struct task *task,
		     enum exit_status status)
{
	struct get_left left;

	if (!d->resume)
		return;
	get_left(task, &left);
	if (status != EXIT_DONE)
		say_kept(d, task, &left);
	else if (d->client->manners.verbose && left.resumed > 0)
		show_problem(task->name, task->name_len,
			     "resumed: %" PRIu64 " of %" PRIu64
			     " bytes were there",
			     left.resumed, left.size);
}

static void over(void *arg, struct task *task)
{
	struct download *d = arg;
	struct operand *o = task->operand;
	char text[OUTCOME_TEXT_MAX] = "";
	char path[PATH_MAX];
	enum exit_status status;

	outcome_note(d->client, task);
	status = task->q.outcome == OUTCOME_OK ? finish(d, task, text)
					       : failed(d, task, text);
	if (status == EXIT_DONE)
		warn_corrupt(d, task);
	say_left(d, task, status);
	download_path(d, o->path, path, sizeof(path));
	result_task(d->client, task, "get", path, status, *text ? text : NULL);
	operand_free(o);
}

void download_run(struct download *d)
{
	struct batch b = {.client = d->client,
			  .jobs = d->jobs,
			  .next = next,
			  .over = over,
			  .more = more,
			  .arg = d,
			  .gauge = d->gauge};

	batch_run(&b);
}
