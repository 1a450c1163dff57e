/* put */
#include "batch.h"
#include "command.h"
#include "interrupt.h"
#include "operand.h"
#include "outcome.h"
#include "put.h"
#include "show.h"
#include "tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct putting {
	struct client *client;
	const struct args *args;
	char *prefix;	     /* with a slash at its end, or "" */
	char **tops;	     /* what each operand is stored as, or below */
	size_t at;	     /* the next operand */
	struct tree *tree;   /* that is being walked */
	struct source spool; /* all of stdin */
	struct census census;
	struct gauge gauge;
};

/* why: NULL for e's text. */
static void failed_err(struct putting *p, const char *name, const char *path,
		       enum err e, const char *why)
{
	enum exit_status status = exit_local(e, errno);

	if (!why)
		why = err_text(e);
	show_verdict(name, strlen(name), " put failed");
	show_problem(path, strlen(path), "%s", why);
	tally_add(&p->client->tally, status);
	summary_add(&p->client->summary, SUMMARY_FAILED, 0);
}

/* NULL: it has failed, and been said. */
static struct task *make_task(struct putting *p, struct source *s,
			      const char *path, const char *name)
{
	size_t len = strlen(name);
	struct put *put;
	struct task *task;

	put = put_new(&p->client->cluster, s, name, len);
	if (!put) {
		source_close(s);
		failed_err(p, name, path, ERR_MEMORY, NULL);
		return NULL;
	}
	task = put_task(put);
	task->operand = operand_new(path, name);
	if (!task->operand) {
		failed_err(p, name, path, ERR_MEMORY, NULL);
		task->kind->free(task);
		return NULL;
	}
	return task;
}

static struct task *put_path(struct putting *p, const char *path,
			     const char *name)
{
	struct source s;
	char fault[96];
	const char *why;
	enum err e;

	if (name_check(name, strlen(name)) != ERR_OK) {
		snprintf(fault, sizeof(fault),
			 "not a name for a stored file: %s",
			 name_fault(name, strlen(name)));
		failed_err(p, name, path, ERR_NAME, fault);
		return NULL;
	}
	e = source_open(&s, path, &why);
	if (e) {
		failed_err(p, name, path, e, why);
		return NULL;
	}
	return make_task(p, &s, path, name);
}

static bool wants_stdin(const struct args *a)
{
	return strcmp(a->operands[0], "-") == 0;
}

static bool is_spooling(void *arg, uint64_t bytes)
{
	struct putting *p = arg;

	gauge_spool(&p->gauge, p->client, p->args->value['o'], bytes);
	return interrupt_came();
}

/* Before any server is asked: it may take as long as it likes. */
static bool spool_stdin(struct putting *p)
{
	const char *why;
	enum err e =
		source_spool(&p->spool, STDIN_FILENO, is_spooling, p, &why);

	gauge_end(&p->gauge);
	if (e == ERR_CLOSED)
		why = "cancelled";
	if (e)
		failed_err(p, p->args->value['o'], "-", e, why);
	return e == ERR_OK;
}

/* prefix/top/below; heap. */
static char *join_name(const struct putting *p, const char *top,
		       const char *below)
{
	size_t room = strlen(p->prefix) + strlen(top) + strlen(below) + 2;
	char *name = malloc(room);

	if (name)
		snprintf(name, room, "%s%s%s%s", p->prefix, top,
			 *top && *below ? "/" : "", below);
	return name;
}

static struct task *from_tree(struct putting *p)
{
	const char *path, *below, *why;
	enum tree_found found = tree_next(p->tree, &path, &below, &why);
	struct task *task = NULL;
	char *name;

	if (found == TREE_END) {
		tree_close(p->tree);
		p->tree = NULL;
		p->at++;
		return NULL;
	}
	if (found == TREE_SKIPPED) {
		show_problem(path, strlen(path), "%s", why);
		tally_add(&p->client->tally, EXIT_ERROR);
		summary_add(&p->client->summary, SUMMARY_FAILED, 0);
		return NULL;
	}
	name = join_name(p, p->tops[p->at], below);
	if (name)
		task = put_path(p, path, name);
	free(name);
	return task;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static struct task *from_operand(struct putting *p)
{
	const char *path = p->args->operands[p->at];
	const char *given = p->args->value['o'];
	struct task *task = NULL;
	char *name;
	enum err e;

	if (p->args->given['r'] && is_directory(path)) {
		e = tree_open(&p->tree, path);
		if (!e)
			return NULL;
		failed_err(p, p->tops[p->at++], path, e, NULL);
		return NULL;
	}
	name = given ? strdup(given) : join_name(p, p->tops[p->at], "");
	p->at++;
	if (!name)
		failed_err(p, path, path, ERR_MEMORY, NULL);
	else if (strcmp(path, "-") == 0)
		task = make_task(p, &p->spool, path, name);
	else
		task = put_path(p, path, name);
	free(name);
	return task;
}

static struct task *next_put(void *arg)
{
	struct putting *p = arg;
	struct task *task = NULL;

	while (!task && p->at < p->args->count && !interrupt_came())
		task = p->tree ? from_tree(p) : from_operand(p);
	return task;
}

static bool more_puts(const void *arg)
{
	const struct putting *p = arg;

	return p->at < p->args->count;
}

static void report(struct putting *p, struct task *task,
		   enum exit_status status)
{
	const struct operand *o = task->operand;
	const char *fault = put_fault(task);
	char text[OUTCOME_TEXT_MAX];

	if (status != EXIT_UNKNOWN)
		show_verdict(task->name, task->name_len, " put failed");
	if (status == EXIT_INTERRUPTED)
		return;
	outcome_text(task, text);
	if (fault)
		show_problem(o->path, strlen(o->path), "%s", fault);
	else
		show_problem(task->name, task->name_len, "%s", text);
	(void)p;
}

static void put_over(void *arg, struct task *task)
{
	struct putting *p = arg;
	enum exit_status status = outcome_status(task);

	outcome_note(p->client, task);
	tally_add(&p->client->tally, status);
	summary_task(&p->client->summary, task, status);
	if (status == EXIT_DEGRADED)
		show_problem(task->name, task->name_len,
			     "stored, but with fewer copies than promised: "
			     "run dfc heal");
	else if (status != EXIT_DONE)
		report(p, task, status);
	operand_free(task->operand);
}

/* Usage */

static char *prefix_of(const struct args *a)
{
	const char *given = a->value['t'] ? a->value['t'] : "";
	size_t len = strlen(given);
	char *prefix = malloc(len + 2);

	if (prefix)
		snprintf(prefix, len + 2, "%s%s", given,
			 len == 0 || given[len - 1] == '/' ? "" : "/");
	return prefix;
}

static bool usage_is_right(const struct args *a)
{
	if (a->value['o'] && (a->count != 1 || a->value['t'])) {
		show_trouble("put: -o goes with one file, and without -t");
		return false;
	}
	if (a->value['o'] && a->given['r']) {
		show_trouble("put: -o does not go with -r");
		return false;
	}
	if (a->value['o'] && !operand_check(a->value['o']))
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->operands[i], "-") == 0 && !a->value['o']) {
			show_trouble("put: - (standard input) needs -o NAME");
			return false;
		}
	}
	return true;
}

static bool name_tops(struct putting *p)
{
	const struct args *a = p->args;
	const char *twice;

	p->prefix = prefix_of(a);
	p->tops = calloc(a->count + 1, sizeof(*p->tops));
	if (!p->prefix || !p->tops) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return false;
	}
	for (size_t i = 0; i < a->count; i++) {
		p->tops[i] = operand_base(a->operands[i]);
		if (!p->tops[i]) {
			show_trouble("%s", err_text(ERR_MEMORY));
			return false;
		}
	}
	twice = operand_twice(p->tops, a->count);
	if (twice)
		show_problem(twice, strlen(twice),
			     "two operands would be stored under this name");
	return twice == NULL;
}

static void release(struct putting *p)
{
	for (size_t i = 0; p->tops && i < p->args->count; i++)
		free(p->tops[i]);
	free(p->tops);
	free(p->prefix);
	tree_close(p->tree);
	census_release(&p->census);
	source_close(&p->spool);
}

static bool is_bulk(const struct args *a)
{
	return a->count > 1 || a->given['r'];
}

static void put_all(struct putting *p, struct batch *b)
{
	p->census = (struct census){.paths = p->args->operands,
				    .count = p->args->count,
				    .trees = p->args->given['r']};
	p->gauge =
		(struct gauge){.many = is_bulk(p->args),
			       .files_total = METER_UNKNOWN,
			       .bytes_total = METER_UNKNOWN,
			       .census = is_bulk(p->args) ? &p->census : NULL};
	if (is_bulk(p->args))
		summary_begin(&p->client->summary, "stored", true);
	if (wants_stdin(p->args) && !spool_stdin(p))
		return;
	if (!client_open(p->client)) {
		tally_add(&p->client->tally, EXIT_USAGE);
		return;
	}
	p->client->done = "stored";
	batch_run(b);
}

enum exit_status cmd_put(struct client *c, const struct args *a)
{
	struct putting p = {.client = c, .args = a, .spool = {.fd = -1}};
	struct batch b = {.client = c,
			  .next = next_put,
			  .over = put_over,
			  .more = more_puts,
			  .arg = &p,
			  .gauge = &p.gauge,
			  .alone_first = true};
	enum exit_status status = EXIT_USAGE;

	if (usage_is_right(a) && name_tops(&p) && client_configure(c) &&
	    command_jobs(c, a, &b.jobs)) {
		put_all(&p, &b);
		status = EXIT_DONE;
	}
	release(&p);
	return status;
}
