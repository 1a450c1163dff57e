#include "removal.h"

#include "batch.h"
#include "interrupt.h"
#include "outcome.h"
#include "plain.h"
#include "result.h"
#include "show.h"
#include "stored.h"

#include <stdlib.h>
#include <string.h>

static struct task *next(void *arg)
{
	struct removal *r = arg;

	while (r->at < r->count && !interrupt_came()) {
		const char *name = r->names[r->at++];
		size_t len = strlen(name);
		struct task *task =
			plain_new(&r->client->cluster, QUORUM_RM, name, len);

		if (task)
			return task;
		show_problem(name, len, "%s", err_text(ERR_MEMORY));
		result_add(r->client,
			   &(struct result){.action = "remove",
					    .name = name,
					    .name_len = len,
					    .status = EXIT_ERROR,
					    .text = err_text(ERR_MEMORY)});
	}
	return NULL;
}

static bool more(const void *arg)
{
	const struct removal *r = arg;

	return r->at < r->count;
}

static void over(void *arg, struct task *task)
{
	struct removal *r = arg;
	enum exit_status status = outcome_status(task);
	char text[OUTCOME_TEXT_MAX];
	bool good;

	outcome_note(r->client, task);
	if (status == EXIT_ABSENT && r->lenient)
		status = EXIT_DONE;
	good = status == EXIT_DONE || status == EXIT_DEGRADED;
	outcome_text(task, text);
	result_add(r->client,
		   &(struct result){.action = r->mirrors ? "delete" : "remove",
				    .name = task->name,
				    .name_len = task->name_len,
				    .status = status,
				    .deleted = r->mirrors,
				    .text = good ? NULL : text});
	if (status == EXIT_DONE || status == EXIT_INTERRUPTED)
		return;
	show_problem(task->name, task->name_len, "%s%s",
		     status == EXIT_ABSENT || status == EXIT_UNKNOWN
			     ? ""
			     : "not removed: ",
		     text);
}

void removal_run(struct removal *r)
{
	struct gauge gauge = {.many = r->count > 1,
			      .files_only = true,
			      .files_total = r->count};
	struct batch b = {.client = r->client,
			  .gauge = &gauge,
			  .jobs = r->jobs,
			  .next = next,
			  .over = over,
			  .more = more,
			  .arg = r};

	r->client->done = "removed";
	batch_run(&b);
}

static void plan(struct removal *r, const char *name, const struct stored *s)
{
	struct result result = {.action = "remove",
				.name = name,
				.name_len = strlen(name),
				.bytes = s->size};

	if (s->state == STORED_UNKNOWN || !s->changes) {
		result.text = "not removed: too few servers take part";
		result.status = EXIT_TEMPORARY;
		r->client->explain = true;
	} else if (s->state == STORED_NOT && !r->lenient) {
		result.text = "no such file";
		result.status = EXIT_ABSENT;
	} else if (s->state != STORED_NOT) {
		result_plan(r->client, &result);
		return;
	}
	if (result.text)
		show_problem(name, result.name_len, "%s", result.text);
	result_add(r->client, &result);
}

void removal_plan(struct removal *r)
{
	struct stored *list = calloc(r->count + 1, sizeof(*list));

	if (!list || stored_ask(r->client, r->names, r->count, list)) {
		show_trouble("%s", err_text(ERR_MEMORY));
		tally_add(&r->client->tally, EXIT_ERROR);
		r->count = 0;
	}
	for (size_t i = 0; i < r->count && !interrupt_came(); i++)
		plan(r, r->names[i], &list[i]);
	if (interrupt_came())
		tally_add(&r->client->tally, EXIT_INTERRUPTED);
	free(list);
}
