/* rm */
#include "batch.h"
#include "command.h"
#include "interrupt.h"
#include "names.h"
#include "operand.h"
#include "outcome.h"
#include "plain.h"
#include "show.h"

#include <string.h>

struct removing {
	struct client *client;
	bool force; /* a name that is not there is well */
	struct names names;
	size_t at;
};

static struct task *next_rm(void *arg)
{
	struct removing *r = arg;

	while (r->at < r->names.count && !interrupt_came()) {
		const char *name = r->names.list[r->at++];
		size_t len = strlen(name);
		struct task *task =
			plain_new(&r->client->cluster, QUORUM_RM, name, len);

		if (task)
			return task;
		show_problem(name, len, "%s", err_text(ERR_MEMORY));
		tally_add(&r->client->tally, EXIT_ERROR);
		summary_add(&r->client->summary, SUMMARY_FAILED, 0);
	}
	return NULL;
}

static bool more_rms(const void *arg)
{
	const struct removing *r = arg;

	return r->at < r->names.count;
}

static void rm_over(void *arg, struct task *task)
{
	struct removing *r = arg;
	enum exit_status status = outcome_status(task);
	char text[OUTCOME_TEXT_MAX];

	outcome_note(r->client, task);
	if (status == EXIT_ABSENT && r->force)
		status = EXIT_DONE;
	tally_add(&r->client->tally, status);
	summary_task(&r->client->summary, task, status);
	if (status == EXIT_DONE || status == EXIT_INTERRUPTED)
		return;
	outcome_text(task, text);
	show_problem(task->name, task->name_len, "%s%s",
		     status == EXIT_ABSENT || status == EXIT_UNKNOWN
			     ? ""
			     : "not removed: ",
		     text);
}

/* Of -r, all but the top of everything: that is what a variable of a script
 * gives that is not set. */
static bool operand_is_right(const struct args *a, const char *operand)
{
	if (!a->given['r'])
		return operand_check(operand);
	if (operand[strspn(operand, "/")] != '\0')
		return true;
	show_trouble("rm: \"%s\" would be everything: name what is to go",
		     operand);
	return false;
}

enum exit_status cmd_rm(struct client *c, const struct args *a)
{
	struct removing r = {.client = c, .force = a->given['f']};
	bool bulk = a->count > 1 || a->given['r'];
	struct gauge gauge = {.many = bulk, .files_only = true};
	struct batch b = {.client = c,
			  .gauge = &gauge,
			  .next = next_rm,
			  .over = rm_over,
			  .more = more_rms,
			  .arg = &r};

	for (size_t i = 0; i < a->count; i++)
		if (!operand_is_right(a, a->operands[i]))
			return EXIT_USAGE;
	r.names.lenient = r.force;
	if (!client_open(c) || !command_jobs(c, a, &b.jobs))
		return EXIT_USAGE;
	c->done = "removed";
	if (bulk)
		summary_begin(&c->summary, "removed", false);
	if (!names_expand(&r.names, c, a->operands, a->count, a->given['r'])) {
		tally_add(&c->tally, EXIT_ERROR);
	} else {
		gauge.files_total = r.names.count;
		batch_run(&b);
	}
	names_release(&r.names);
	return EXIT_DONE;
}
