#include "upload.h"

#include "batch.h"
#include "interrupt.h"
#include "operand.h"
#include "outcome.h"
#include "put.h"
#include "result.h"
#include "show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void upload_failed(struct client *c, const char *path, const char *name,
		   enum err e, const char *why)
{
	enum exit_status status = exit_local(e, errno);

	if (!why)
		why = err_text(e);
	show_verdict(name, strlen(name), " put failed");
	show_problem(path, strlen(path), "%s", why);
	result_add(c, &(struct result){.action = "put",
				       .name = name,
				       .name_len = strlen(name),
				       .path = path,
				       .status = status,
				       .text = why});
}

bool upload_open(struct client *c, struct source *s, const char *path,
		 const char *name)
{
	char fault[96];
	const char *why;
	enum err e;

	if (name_check(name, strlen(name)) != ERR_OK) {
		snprintf(fault, sizeof(fault),
			 "not a name for a stored file: %s",
			 name_fault(name, strlen(name)));
		upload_failed(c, path, name, ERR_NAME, fault);
		return false;
	}
	e = source_open(s, path, &why);
	if (e)
		upload_failed(c, path, name, e, why);
	return e == ERR_OK;
}

/* NULL: it has failed, and been said. */
static struct task *make_task(struct upload *u, struct source *s,
			      const char *path, const char *name)
{
	struct client *c = u->client;
	struct put *put = put_new(&c->cluster, s, name, strlen(name));
	struct task *task;

	if (!put) {
		source_close(s);
		upload_failed(c, path, name, ERR_MEMORY, NULL);
		return NULL;
	}
	if (u->no_clobber)
		put_only_new(put);
	task = put_task(put);
	task->operand = operand_new(path, name);
	if (!task->operand) {
		upload_failed(c, path, name, ERR_MEMORY, NULL);
		task->kind->free(task);
		return NULL;
	}
	return task;
}

static struct task *next(void *arg)
{
	struct upload *u = arg;
	struct task *task = NULL;
	const char *path, *name;

	while (!task && !interrupt_came() && u->next(u->arg, &path, &name)) {
		struct source s;

		if (u->spool && strcmp(path, "-") == 0)
			task = make_task(u, u->spool, path, name);
		else if (upload_open(u->client, &s, path, name))
			task = make_task(u, &s, path, name);
	}
	return task;
}

static bool more(const void *arg)
{
	const struct upload *u = arg;

	return u->more(u->arg);
}

/* Says why; text[] is what the result gets. */
static void report(const struct task *task, enum exit_status status,
		   char text[OUTCOME_TEXT_MAX])
{
	const struct operand *o = task->operand;
	const char *fault = put_fault(task);

	if (fault)
		snprintf(text, OUTCOME_TEXT_MAX, "%s", fault);
	else
		outcome_text(task, text);
	if (status != EXIT_UNKNOWN)
		show_verdict(task->name, task->name_len, " put failed");
	if (status == EXIT_INTERRUPTED)
		return;
	if (fault)
		show_problem(o->path, strlen(o->path), "%s", fault);
	else
		show_problem(task->name, task->name_len, "%s", text);
}

static void over(void *arg, struct task *task)
{
	struct upload *u = arg;
	struct operand *o = task->operand;
	enum exit_status status = outcome_status(task);
	char text[OUTCOME_TEXT_MAX] = "";

	outcome_note(u->client, task);
	if (status == EXIT_DEGRADED)
		show_problem(task->name, task->name_len,
			     "stored, but with fewer copies than promised: "
			     "run dfc heal");
	else if (status != EXIT_DONE)
		report(task, status, text);
	result_task(u->client, task, "put", o->path, status,
		    *text ? text : NULL);
	operand_free(o);
}

void upload_run(struct upload *u)
{
	struct batch b = {.client = u->client,
			  .jobs = u->jobs,
			  .next = next,
			  .over = over,
			  .more = more,
			  .arg = u,
			  .gauge = u->gauge,
			  .alone_first = true};

	u->client->done = "stored";
	batch_run(&b);
}
