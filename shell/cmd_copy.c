/* cp and mv */
#include "batch.h"
#include "command.h"
#include "copy.h"
#include "interrupt.h"
#include "names.h"
#include "operand.h"
#include "outcome.h"
#include "result.h"
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An operand: a name, or with -r the top of a tree, and what becomes of it. */
struct top {
	char *from; /* without slashes at its end */
	char *to;
	size_t end; /* of its names in copying.names */
};

struct copying {
	struct client *client;
	const struct args *args;
	bool move;
	struct top *tops;
	size_t count;
	struct names names; /* of all tops, one after the other */
	size_t at;	    /* the next name */
	size_t top;	    /* whose it is */
};

/* From names to new names */

/* left and right as one text; heap. */
static char *join(const char *left, const char *right)
{
	size_t room = strlen(left) + strlen(right) + 1;
	char *text = malloc(room);

	if (text)
		snprintf(text, room, "%s%s", left, right);
	return text;
}

static bool goes_into(const struct args *a)
{
	const char *last = a->operands[a->count - 1];
	size_t len = strlen(last);

	return a->count > 2 || (len > 0 && last[len - 1] == '/');
}

static char *without_slashes(const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == '/')
		len--;
	return strndup(text, len);
}

/* What the operand is called from now on; heap. */
static char *new_name(const struct args *a, const char *operand)
{
	char *last = without_slashes(a->operands[a->count - 1]);
	char *base = operand_base(operand);
	char *prefix = last && *last ? join(last, "/") : strdup("");
	char *name = NULL;

	if (last && base && prefix)
		name = goes_into(a) ? join(prefix, base) : strdup(last);
	free(prefix);
	free(base);
	free(last);
	return name;
}

static bool name_tops(struct copying *k)
{
	const struct args *a = k->args;

	k->tops = calloc(a->count, sizeof(*k->tops));
	k->count = k->tops ? a->count - 1 : 0;
	for (size_t i = 0; i < k->count; i++) {
		struct top *t = &k->tops[i];

		t->from = a->given['r'] ? without_slashes(a->operands[i])
					: strdup(a->operands[i]);
		t->to = new_name(a, a->operands[i]);
		if (!t->from || !t->to)
			k->count = 0;
	}
	if (k->count == 0)
		show_trouble("%s", err_text(ERR_MEMORY));
	return k->count != 0;
}

/* Usage */

static bool is_below(const char *name, const char *top)
{
	size_t len = strlen(top);

	return strncmp(name, top, len) == 0 && name[len] == '/';
}

static bool top_is_right(const struct copying *k, const struct top *t)
{
	const char *verb = k->move ? "moved" : "copied";

	if (*t->from == '\0') {
		show_trouble("%s: \"\" would be everything: name what is to "
			     "be %s",
			     k->move ? "mv" : "cp", verb);
		return false;
	}
	if (!operand_check(t->from) || !operand_check(t->to))
		return false;
	if (strcmp(t->from, t->to) == 0) {
		show_problem(t->from, strlen(t->from),
			     "cannot be %s onto itself", verb);
		return false;
	}
	if (k->args->given['r'] && is_below(t->to, t->from)) {
		show_problem(t->from, strlen(t->from),
			     "cannot be %s into itself", verb);
		return false;
	}
	return true;
}

static bool tops_differ(const struct copying *k)
{
	char **texts = calloc(k->count + 1, sizeof(*texts));
	const char *twice;

	if (!texts) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return false;
	}
	for (size_t i = 0; i < k->count; i++)
		texts[i] = k->tops[i].to;
	twice = operand_twice(texts, k->count);
	if (twice)
		show_problem(twice, strlen(twice),
			     "two operands would get this name");
	free(texts);
	return twice == NULL;
}

static bool usage_is_right(const struct copying *k)
{
	const struct args *a = k->args;

	if (a->given['f'] && a->given[OPT_NO_CLOBBER]) {
		show_trouble("%s: -f does not go with --no-clobber",
			     k->move ? "mv" : "cp");
		return false;
	}
	for (size_t i = 0; i < k->count; i++)
		if (!top_is_right(k, &k->tops[i]))
			return false;
	return tops_differ(k);
}

/* One name after the other */

/* r without what is the same of all. */
static void add_result(struct copying *k, struct result r)
{
	r.action = k->move ? "move" : "copy";
	r.name_len = strlen(r.name);
	result_add(k->client, &r);
}

/* about: name, or to. */
static void failed(struct copying *k, const char *name, const char *to,
		   const char *about, const char *why)
{
	show_problem(about, strlen(about), "%s", why);
	add_result(k, (struct result){.name = name,
				      .to = to,
				      .status = EXIT_ERROR,
				      .text = why});
}

static void note(void *arg, const struct task *task)
{
	outcome_note(arg, task);
}

static struct task *make_task(struct copying *k, const char *name,
			      const char *to)
{
	const struct copy_settings s = {
		.source = name,
		.dest = to,
		.move = k->move,
		.no_clobber = k->args->given[OPT_NO_CLOBBER],
		.note = note,
		.arg = k->client,
	};
	struct task *task;

	if (name_check(to, strlen(to)) != ERR_OK) {
		failed(k, name, to, to, name_fault(to, strlen(to)));
		return NULL;
	}
	task = copy_new(&k->client->cluster, &s);
	if (!task)
		failed(k, name, to, name, err_text(ERR_MEMORY));
	return task;
}

/* The new name of names.list[at], a name of t; heap. */
static char *name_of(const struct copying *k, const struct top *t, size_t at)
{
	return join(t->to, k->names.list[at] + strlen(t->from));
}

static struct task *next_copy(void *arg)
{
	struct copying *k = arg;
	struct task *task = NULL;

	while (!task && k->at < k->names.count && !interrupt_came()) {
		const char *name = k->names.list[k->at];
		char *to;

		while (k->at >= k->tops[k->top].end)
			k->top++;
		to = name_of(k, &k->tops[k->top], k->at);
		k->at++;
		if (to)
			task = make_task(k, name, to);
		else
			failed(k, name, NULL, name, err_text(ERR_MEMORY));
		free(to);
	}
	return task;
}

static bool more_copies(const void *arg)
{
	const struct copying *k = arg;

	return k->at < k->names.count;
}

/* How it went */

static const char *why_of(const struct task *task, char text[OUTCOME_TEXT_MAX])
{
	const char *why = copy_why(task);

	if (why)
		return why;
	outcome_text(task, text);
	return text;
}

static void say_no_source(const struct task *task, enum exit_status status,
			  const char *why)
{
	const char *name = copy_source(task);

	if (status == EXIT_INTERRUPTED)
		return;
	if (task->q.outcome == OUTCOME_INCOMPLETE)
		show_verdict(name, strlen(name), " is incomplete");
	show_problem(name, strlen(name), "%s", why);
}

static void say_not_stored(const struct task *task, enum exit_status status,
			   const char *why)
{
	const char *name = copy_dest(task);

	if (status != EXIT_UNKNOWN)
		show_verdict(name, strlen(name), " put failed");
	if (status != EXIT_INTERRUPTED)
		show_problem(name, strlen(name), "%s", why);
}

static void say_kept(const struct task *task, enum exit_status status,
		     const char *why)
{
	const char *name = copy_source(task);

	show_problem(
		name, strlen(name), "copied, but %s: %s%s",
		status == EXIT_UNKNOWN ? "perhaps not removed" : "not removed",
		why,
		task->q.reason == REASON_CHANGED ? ": both are there now" : "");
}

static const char *say(struct copying *k, const struct task *task,
		       enum exit_status status, char text[OUTCOME_TEXT_MAX])
{
	const char *why = why_of(task, text);

	switch (copy_end(task)) {
	case COPY_NO_SOURCE:
		say_no_source(task, status, why);
		break;
	case COPY_NOT_STORED:
		say_not_stored(task, status, why);
		break;
	case COPY_KEPT:
		k->client->changed = true;
		say_kept(task, status, why);
		break;
	case COPY_STORED:
	case COPY_REMOVED:
		why = "stored, but with fewer copies than promised: run dfc "
		      "heal";
		show_problem(copy_dest(task), strlen(copy_dest(task)), "%s",
			     why);
		break;
	}
	return why;
}

static void copy_over(void *arg, struct task *task)
{
	struct copying *k = arg;
	enum exit_status status = copy_status(task);
	uint64_t size = task_size(task);
	char text[OUTCOME_TEXT_MAX];
	const char *why = NULL;

	outcome_note(k->client, task);
	if (status != EXIT_DONE)
		why = say(k, task, status, text);
	add_result(k, (struct result){.name = copy_source(task),
				      .to = copy_dest(task),
				      .status = status,
				      .bytes = size == TASK_SIZE_UNKNOWN ? 0
									 : size,
				      .text = why});
}

/* The whole */

static bool expand(struct copying *k)
{
	bool trees = k->args->given['r'];

	for (size_t i = 0; i < k->count; i++) {
		const char *from = k->tops[i].from;

		if (!names_expand(&k->names, k->client, &from, 1, trees))
			return false;
		k->tops[i].end = k->names.count;
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A tree that goes up or down by a part of its own: no new name may be one
 * that is still to be read.  False, and said: one is, or no memory. */
static bool stands_apart(const struct copying *k, char *const *sorted)
{
	size_t at = 0;

	for (size_t i = 0; i < k->count; i++)
		for (; at < k->tops[i].end; at++) {
			char *to = name_of(k, &k->tops[i], at);
			bool hit = to && bsearch(&to, sorted, k->names.count,
						 sizeof(*sorted), by_text);

			if (hit)
				show_problem(to, strlen(to),
					     "would be overwritten, and is to "
					     "be %s, too: nothing is %s",
					     k->client->done, k->client->done);
			else if (!to)
				show_trouble("%s", err_text(ERR_MEMORY));
			free(to);
			if (hit || !to)
				return false;
		}
	return true;
}

static bool may_begin(const struct copying *k)
{
	size_t size = k->names.count * sizeof(*k->names.list);
	char **sorted;
	bool good;

	if (k->names.count < 2)
		return true;
	sorted = malloc(size);
	if (!sorted) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return false;
	}
	memcpy(sorted, k->names.list, size);
	qsort(sorted, k->names.count, sizeof(*sorted), by_text);
	good = stands_apart(k, sorted);
	free(sorted);
	return good;
}

static void run(struct copying *k, uint64_t jobs)
{
	struct client *c = k->client;
	bool bulk = k->count > 1 || k->args->given['r'];
	struct gauge gauge = {.many = bulk, .files_only = true};
	struct batch b = {.client = c,
			  .jobs = jobs,
			  .gauge = &gauge,
			  .next = next_copy,
			  .over = copy_over,
			  .more = more_copies,
			  .arg = k};

	c->done = k->move ? "moved" : "copied";
	if (bulk)
		summary_begin(&c->summary, c->done, false);
	if (!expand(k)) {
		tally_add(&c->tally, EXIT_ERROR);
		return;
	}
	if (!may_begin(k)) {
		tally_add(&c->tally, EXIT_PRECONDITION);
		return;
	}
	gauge.files_total = k->names.count;
	batch_run(&b);
}

static void release(struct copying *k)
{
	for (size_t i = 0; k->tops && i + 1 < k->args->count; i++) {
		free(k->tops[i].from);
		free(k->tops[i].to);
	}
	free(k->tops);
	names_release(&k->names);
}

static enum exit_status copy_all(struct copying *k)
{
	enum exit_status status = EXIT_USAGE;
	uint64_t jobs;

	if (name_tops(k) && usage_is_right(k) && client_open(k->client) &&
	    command_jobs(k->client, k->args, &jobs)) {
		run(k, jobs);
		status = EXIT_DONE;
	}
	release(k);
	return status;
}

enum exit_status cmd_cp(struct client *c, const struct args *a)
{
	struct copying k = {.client = c, .args = a};

	return copy_all(&k);
}

enum exit_status cmd_mv(struct client *c, const struct args *a)
{
	struct copying k = {.client = c, .args = a, .move = true};

	return copy_all(&k);
}
