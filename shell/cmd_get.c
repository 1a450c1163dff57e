/* get and cat */
#include "batch.h"
#include "command.h"
#include "get.h"
#include "interrupt.h"
#include "names.h"
#include "operand.h"
#include "outcome.h"
#include "show.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct getting {
	struct client *client;
	const struct args *args;
	bool stream; /* to stdout */
	struct names names;
	size_t at;
	bool closed; /* nobody reads stdout any more */
};

static const char *last_component(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static void failed_here(struct getting *g, const char *path, enum err e,
			const char *why)
{
	enum exit_status status = exit_local(e, errno);

	show_problem(path, strlen(path), "%s", why ? why : err_text(e));
	tally_add(&g->client->tally, status);
	summary_add(&g->client->summary, SUMMARY_FAILED, 0);
}

/* Where name goes. */
static enum err choose_target(const struct getting *g, const char *name,
			      struct target *t, const char **why)
{
	const char *top = g->args->value['t'];
	const char *file = g->args->value['o'];

	if (g->stream) {
		target_stream(t, STDOUT_FILENO);
		return ERR_OK;
	}
	if (g->args->given['r'])
		return target_below(t, top, name, why);
	if (top)
		return target_below(t, top, last_component(name), why);
	return target_at(t, file ? file : last_component(name), why);
}

/* The same for people. */
static void local_path(const struct getting *g, const char *name,
		       char path[PATH_MAX])
{
	const char *top = g->args->value['t'];
	const char *file = g->args->value['o'];

	if (!file)
		file = g->args->given['r'] ? name : last_component(name);
	snprintf(path, PATH_MAX, "%s%s%s", top ? top : "", top ? "/" : "",
		 file);
}

static struct task *make_task(struct getting *g, const char *name)
{
	struct target t;
	char path[PATH_MAX];
	const char *why = NULL;
	enum err e = choose_target(g, name, &t, &why);
	struct get *get;

	if (e) {
		int saved = errno;

		local_path(g, name, path);
		errno = saved;
		failed_here(g, path, e, why);
		return NULL;
	}
	get = get_new(&g->client->cluster, &t, name, strlen(name),
		      g->args->given[OPT_RESUME]);
	if (get)
		return get_task(get);
	target_close(&t);
	failed_here(g, name, ERR_MEMORY, NULL);
	return NULL;
}

static struct task *next_get(void *arg)
{
	struct getting *g = arg;
	struct task *task = NULL;

	while (!task && g->at < g->names.count && !interrupt_came() &&
	       !g->closed)
		task = make_task(g, g->names.list[g->at++]);
	return task;
}

static bool more_gets(const void *arg)
{
	const struct getting *g = arg;

	return g->at < g->names.count && !g->closed;
}

static enum exit_status finish(struct getting *g, struct task *task)
{
	enum exit_status status;
	enum err e;

	if (g->stream)
		show_fleeting(""); /* who reads it may write where it stands */
	e = get_finish(task);
	status = exit_local(e, errno);
	if (!e)
		return EXIT_DONE;
	if (interrupt_came() && e == ERR_SYS)
		return EXIT_INTERRUPTED;
	if (e == ERR_CLOSED)
		g->closed = true;
	else
		show_problem(task->name, task->name_len, "%s%s",
			     g->stream ? "standard output: " : "", err_text(e));
	return status;
}

static enum exit_status failed(struct task *task)
{
	enum exit_status status = outcome_status(task);
	char text[OUTCOME_TEXT_MAX];
	int error;
	enum err e = get_fault(task, &error);

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

/* The file is right: other copies were used. */
static void warn_corrupt(const struct getting *g, const struct task *task)
{
	uint64_t some = get_corrupt(task);

	for (unsigned i = 0;
	     !g->client->manners.quiet && i < task->cluster->count; i++)
		if (some >> i & 1)
			show_problem(task->name, task->name_len,
				     "%s has a bad chunk, which dfc heal "
				     "replaces; another copy was used",
				     cluster_name(task->cluster, i));
}

/* Of a get that has failed: what it leaves for another one. */
static void say_kept(struct getting *g, const struct task *task,
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
	g->client->changed |= left->unread || left->kept > 0;
}

static void say_left(struct getting *g, const struct task *task,
		     enum exit_status status)
{
	struct get_left left;

	if (!g->args->given[OPT_RESUME])
		return;
	get_left(task, &left);
	if (status != EXIT_DONE)
		say_kept(g, task, &left);
	else if (g->client->manners.verbose && left.resumed > 0)
		show_problem(task->name, task->name_len,
			     "resumed: %" PRIu64 " of %" PRIu64
			     " bytes were there",
			     left.resumed, left.size);
}

static void get_over(void *arg, struct task *task)
{
	struct getting *g = arg;
	enum exit_status status;

	outcome_note(g->client, task);
	status = task->q.outcome == OUTCOME_OK ? finish(g, task) : failed(task);
	if (status == EXIT_DONE)
		warn_corrupt(g, task);
	say_left(g, task, status);
	tally_add(&g->client->tally, status);
	summary_task(&g->client->summary, task, status);
}

/* Usage */

static bool usage_is_right(const struct args *a)
{
	if (a->value['o'] &&
	    (a->count != 1 || a->value['t'] || a->given['r'])) {
		show_trouble("get: -o goes with one name, without -t and -r");
		return false;
	}
	if (a->given[OPT_RESUME] && a->value['o'] &&
	    strcmp(a->value['o'], "-") == 0) {
		show_trouble("get: --resume does not go with -o -");
		return false;
	}
	for (size_t i = 0; i < a->count; i++)
		if (!a->given['r'] && !operand_check(a->operands[i]))
			return false;
	return true;
}

/* No two names for one local file. */
static bool targets_differ(const struct args *a)
{
	char **local = calloc(a->count + 1, sizeof(*local));
	const char *twice;

	for (size_t i = 0; local && i < a->count; i++)
		local[i] = operand_base(a->operands[i]);
	twice = local ? operand_twice(local, a->count) : NULL;
	if (twice)
		show_problem(twice, strlen(twice),
			     "two operands would be written to this file");
	for (size_t i = 0; local && i < a->count; i++)
		free(local[i]);
	free(local);
	return twice == NULL;
}

static enum exit_status run(struct getting *g, uint64_t jobs)
{
	struct client *c = g->client;
	const struct args *a = g->args;
	bool bulk = a->count > 1 || a->given['r'];
	struct gauge gauge = {.many = bulk, .bytes_total = METER_UNKNOWN};
	struct batch b = {.client = c,
			  .jobs = jobs,
			  .next = next_get,
			  .over = get_over,
			  .more = more_gets,
			  .arg = g};

	if (bulk && !g->stream)
		summary_begin(&c->summary, "got", true);
	if (!names_expand(&g->names, c, a->operands, a->count, a->given['r'])) {
		tally_add(&c->tally, EXIT_ERROR);
	} else {
		gauge.files_total = g->names.count;
		if (a->given['r'] && a->count == 1)
			gauge.bytes_total = g->names.bytes;
		if (!g->stream || !progress_meets_stdout())
			b.gauge = &gauge;
		batch_run(&b);
	}
	names_release(&g->names);
	c->pipe_closed |= g->closed;
	return EXIT_DONE;
}

enum exit_status cmd_get(struct client *c, const struct args *a)
{
	struct getting g = {.client = c, .args = a};
	uint64_t jobs;

	g.stream = a->value['o'] && strcmp(a->value['o'], "-") == 0;
	if ((g.stream && !command_prints_data(c, "get -o -")) ||
	    !usage_is_right(a) || (!a->given['r'] && !targets_differ(a)) ||
	    !client_open(c) || !command_jobs(c, a, &jobs))
		return EXIT_USAGE;
	return run(&g, jobs);
}

enum exit_status cmd_cat(struct client *c, const struct args *a)
{
	struct getting g = {.client = c, .args = a, .stream = true};

	if (!command_prints_data(c, "cat") || !usage_is_right(a) ||
	    !client_open(c))
		return EXIT_USAGE;
	return run(&g, 1);
}
