/* get and cat */
#include "choice.h"
#include "command.h"
#include "download.h"
#include "here.h"
#include "names.h"
#include "operand.h"
#include "result.h"
#include "sift.h"
#include "source.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct getting {
	struct client *client;
	const struct args *args;
	struct choice choice;
	struct names names; /* what the operands come to */
	size_t at;
	struct sift sift; /* with -n or --skip-existing */
	struct gauge gauge;
	bool in_turn; /* one after the other */
	struct download download;
};

static const char *last_component(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static bool next_name(void *arg, const char **path, const char **name)
{
	struct getting *g = arg;

	if (g->at == g->names.count)
		return false;
	*name = g->names.list[g->at++];
	if (g->args->value['o'])
		*path = g->args->value['o'];
	else
		*path = g->args->given['r']
				? here_relative(g->client->here, *name)
				: last_component(*name);
	return true;
}

static bool more_names(const void *arg)
{
	const struct getting *g = arg;

	return g->at < g->names.count;
}

/* What is there already: -n, --skip-existing */

static bool is_sifted(const struct args *a)
{
	return a->given['n'] || a->given[OPT_SKIP_EXISTING];
}

/* Of a file that is stored.  *there: something has that path. */
static bool is_same(const struct getting *g, const char *path,
		    const struct stored *s, bool *there)
{
	int (*look)(const char *, struct stat *) =
		g->download.below ? lstat : stat;
	struct stat st;

	*there = look(path, &st) == 0;
	return *there && S_ISREG(st.st_mode) && s->state == STORED_WHOLE &&
	       (uint64_t)st.st_size == s->size &&
	       source_time(&st) == s->mtime_ns;
}

/* Why it could not be fetched now; NULL: it could. */
static const char *fault_of(const struct stored *s, enum exit_status *status)
{
	*status = s->state == STORED_NOT ? EXIT_ABSENT : EXIT_TEMPORARY;
	switch (s->state) {
	case STORED_NOT:
		return "no such file";
	case STORED_UNKNOWN:
		return "too few servers answer";
	case STORED_INCOMPLETE:
		return "a chunk is on no server that answers";
	case STORED_WHOLE:
		break;
	}
	*status = EXIT_DONE;
	return NULL;
}

/* What would become of one name, as far as that can be known. */
static void plan(struct getting *g, struct result *r, const char *path,
		 const struct stored *s)
{
	if (r->text) {
		show_verdict(r->name, r->name_len, " is incomplete");
		show_problem(r->name, r->name_len, "%s", r->text);
		g->client->explain |= s->state != STORED_NOT;
		result_add(g->client, r);
	} else if (g->download.no_clobber &&
		   strcmp(r->action, "replace") == 0) {
		download_failed(&g->download, path, r->name, ERR_EXISTS, NULL);
	} else {
		result_plan(g->client, r);
	}
}

static bool takes(void *arg, const struct manifest_item *i,
		  const struct stored *s)
{
	struct getting *g = arg;
	bool dry = g->args->given['n'];
	char path[PATH_MAX];
	struct result r = {.action = "get",
			   .name = i->name,
			   .name_len = strlen(i->name),
			   .path = path,
			   .bytes = s->size};
	bool there = false;
	bool same;

	download_path(&g->download, i->path, path, sizeof(path));
	r.text = fault_of(s, &r.status);
	same = !g->download.stream && is_same(g, path, s, &there);
	if (same && g->args->given[OPT_SKIP_EXISTING]) {
		r.action = "skip";
		r.skipped = true;
	} else if (there) {
		r.action = "replace";
	}
	if (r.skipped && !dry)
		result_add(g->client, &r);
	else if (dry)
		plan(g, &r, i->path, s);
	return !dry && !r.skipped;
}

/* Usage */

static bool usage_is_right(const struct args *a, const struct names *names)
{
	bool stream = a->value['o'] && strcmp(a->value['o'], "-") == 0;

	if (a->value['o'] &&
	    (names->count != 1 || a->value['t'] || a->given['r'])) {
		show_trouble("get: -o goes with one name, without -t and -r");
		return false;
	}
	if (stream && a->given[OPT_RESUME]) {
		show_trouble("get: --resume does not go with -o -");
		return false;
	}
	if (stream && (a->given[OPT_SKIP_EXISTING] ||
		       a->given[OPT_NO_CLOBBER] || a->given['n'])) {
		show_trouble("get: standard output (-o -) is always written");
		return false;
	}
	for (size_t i = 0; i < names->count; i++)
		if (!a->given['r'] && !operand_check(names->list[i]))
			return false;
	return true;
}

/* No two names for one local file. */
static bool targets_differ(const struct names *names)
{
	char **local = calloc(names->count + 1, sizeof(*local));
	const char *twice;

	for (size_t i = 0; local && i < names->count; i++)
		local[i] = operand_base(names->list[i]);
	twice = local ? operand_twice(local, names->count) : NULL;
	if (twice)
		show_problem(twice, strlen(twice),
			     "two operands would be written to this file");
	for (size_t i = 0; local && i < names->count; i++)
		free(local[i]);
	free(local);
	return twice == NULL;
}

static void set_gauge(struct getting *g)
{
	const struct args *a = g->args;
	bool bulk = g->choice.names.count > 1 || a->given['r'];
	struct download *d = &g->download;

	g->gauge = (struct gauge){.many = bulk, .bytes_total = METER_UNKNOWN};
	if (bulk && !d->stream && !a->given['n'])
		summary_begin(&g->client->summary, "got", true);
	if (!d->stream || !progress_meets_stdout())
		d->gauge = &g->gauge;
}

static void sift_and_get(struct getting *g)
{
	struct download *d = &g->download;

	g->sift = (struct sift){.client = g->client,
				.next = next_name,
				.more = more_names,
				.next_arg = g,
				.takes = takes,
				.arg = g};
	if (!sift_run(&g->sift) || g->sift.chosen.count == 0)
		return;
	d->next = manifest_next;
	d->more = manifest_more;
	d->arg = &g->sift.chosen;
	g->gauge.files_total = g->sift.chosen.count;
	g->gauge.bytes_total = g->sift.chosen.bytes;
	download_run(d);
}

static void get_all(struct getting *g)
{
	const struct names *operands = &g->choice.names;
	bool trees = g->args->given['r'];
	struct download *d = &g->download;

	d->client = g->client;
	d->next = next_name;
	d->more = more_names;
	d->arg = g;
	set_gauge(g);
	if (!names_expand(&g->names, g->client, names_listed(operands),
			  operands->count, trees)) {
		tally_add(&g->client->tally, EXIT_ERROR);
	} else if (is_sifted(g->args)) {
		sift_and_get(g);
	} else {
		g->gauge.files_total = g->names.count;
		if (trees && operands->count == 1)
			g->gauge.bytes_total = g->names.bytes;
		download_run(d);
	}
	g->client->pipe_closed |= d->closed;
}

static enum exit_status get_chosen(struct getting *g)
{
	const struct args *a = g->args;
	const struct names *operands = &g->choice.names;

	g->names.filter = &g->choice.filter;
	if ((g->download.stream &&
	     !command_prints_data(g->client,
				  g->in_turn ? "cat" : "get -o -")) ||
	    !usage_is_right(a, operands) ||
	    (!a->given['r'] && !g->download.stream &&
	     !targets_differ(operands)) ||
	    !client_open(g->client) ||
	    !command_jobs(g->client, a, &g->download.jobs) ||
	    !command_pace(g->client, a))
		return EXIT_USAGE;
	if (g->in_turn)
		g->download.jobs = 1;
	get_all(g);
	return EXIT_DONE;
}

static enum exit_status run(struct getting *g)
{
	enum exit_status status = choice_make(&g->choice, g->args);

	if (!status)
		status = get_chosen(g);
	manifest_release(&g->sift.chosen);
	names_release(&g->names);
	choice_release(&g->choice);
	return status;
}

enum exit_status cmd_get(struct client *c, const struct args *a)
{
	struct getting g = {.client = c, .args = a};
	struct download *d = &g.download;

	d->stream = a->value['o'] && strcmp(a->value['o'], "-") == 0;
	d->below = a->given['r'] || a->value['t'];
	d->top = a->value['t'];
	d->no_clobber = a->given[OPT_NO_CLOBBER] && !a->given['f'];
	d->resume = a->given[OPT_RESUME];
	return run(&g);
}

enum exit_status cmd_cat(struct client *c, const struct args *a)
{
	struct getting g = {.client = c,
			    .args = a,
			    .in_turn = true,
			    .download.stream = true};

	return run(&g);
}
