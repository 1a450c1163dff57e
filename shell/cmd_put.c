/* put */
#include "cargo.h"
#include "choice.h"
#include "command.h"
#include "interrupt.h"
#include "operand.h"
#include "result.h"
#include "show.h"
#include "sift.h"
#include "upload.h"

#include <string.h>
#include <unistd.h>

struct putting {
	struct client *client;
	const struct args *args;
	struct choice choice;
	struct cargo cargo;
	struct sift sift;    /* with -n or --skip-existing */
	struct source spool; /* all of stdin */
	struct census census;
	struct gauge gauge;
	struct upload upload;
};

/* Standard input */

static bool wants_stdin(const struct putting *p)
{
	const struct names *paths = &p->choice.names;

	return paths->count == 1 && strcmp(paths->list[0], "-") == 0;
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
		upload_failed(p->client, "-", p->args->value['o'], e, why);
	return e == ERR_OK;
}

/* What is stored already: -n, --skip-existing */

static bool is_sifted(const struct args *a)
{
	return a->given['n'] || a->given[OPT_SKIP_EXISTING];
}

static bool is_same(const char *path, const struct stored *s)
{
	struct stat st;

	/* A file of that name is not what "-" stands for. */
	return s->state == STORED_WHOLE && strcmp(path, "-") != 0 &&
	       stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == s->size &&
	       source_time(&st) == s->mtime_ns;
}

/* What would become of one file, as far as that can be known. */
static void plan(struct putting *p, const struct manifest_item *i,
		 const struct stored *s)
{
	struct result r = {.action = s->state == STORED_NOT ? "put" : "replace",
			   .name = i->name,
			   .name_len = strlen(i->name)};
	bool spooled = strcmp(i->path, "-") == 0;
	struct source source;

	if (!spooled && !upload_open(p->client, &source, i->path, i->name))
		return;
	r.bytes = spooled ? p->spool.size : source.size;
	if (!spooled)
		source_close(&source);
	if (s->state == STORED_UNKNOWN || !s->changes) {
		r.text = "too few servers can take part";
		r.status = EXIT_TEMPORARY;
		p->client->explain = true;
	} else if (s->state != STORED_NOT && p->upload.no_clobber) {
		r.text = "there is such a file already";
		r.status = EXIT_PRECONDITION;
	} else {
		result_plan(p->client, &r);
		return;
	}
	show_verdict(i->name, r.name_len, " put failed");
	show_problem(i->name, r.name_len, "%s", r.text);
	result_add(p->client, &r);
}

static bool takes(void *arg, const struct manifest_item *i,
		  const struct stored *s)
{
	struct putting *p = arg;
	bool dry = p->args->given['n'];

	if (p->args->given[OPT_SKIP_EXISTING] && is_same(i->path, s)) {
		struct result r = {.action = "skip",
				   .name = i->name,
				   .name_len = strlen(i->name),
				   .bytes = s->size,
				   .skipped = true};

		if (dry)
			result_plan(p->client, &r);
		else
			result_add(p->client, &r);
		return false;
	}
	if (dry)
		plan(p, i, s);
	return !dry;
}

/* Usage */

static bool usage_is_right(const struct args *a, const struct names *paths)
{
	if (a->value['o'] && (paths->count != 1 || a->value['t'])) {
		show_trouble("put: -o goes with one file, and without -t");
		return false;
	}
	if (a->value['o'] && a->given['r']) {
		show_trouble("put: -o does not go with -r");
		return false;
	}
	if (a->value['o'] && !operand_check(a->value['o']))
		return false;
	for (size_t i = 0; i < paths->count; i++) {
		if (strcmp(paths->list[i], "-") == 0 && !a->value['o']) {
			show_trouble("put: - (standard input) needs -o NAME");
			return false;
		}
	}
	return true;
}

/* How far it is: unless rules choose, a walk of its own counts the files. */
static void set_gauge(struct putting *p)
{
	const struct names *paths = &p->choice.names;
	bool bulk = paths->count > 1 || p->args->given['r'];
	bool counts = bulk && p->choice.filter.count == 0;

	p->census = (struct census){.paths = names_listed(paths),
				    .count = paths->count,
				    .trees = p->args->given['r']};
	p->gauge = (struct gauge){.many = bulk,
				  .files_total = METER_UNKNOWN,
				  .bytes_total = METER_UNKNOWN,
				  .census = counts ? &p->census : NULL};
	if (bulk && !p->args->given['n'])
		summary_begin(&p->client->summary, "stored", true);
}

static void sift_and_put(struct putting *p)
{
	struct upload *u = &p->upload;

	p->sift = (struct sift){.client = p->client,
				.next = u->next,
				.more = u->more,
				.next_arg = u->arg,
				.takes = takes,
				.arg = p};
	if (!sift_run(&p->sift) || p->sift.chosen.count == 0)
		return;
	u->next = manifest_next;
	u->more = manifest_more;
	u->arg = &p->sift.chosen;
	p->gauge.files_total = p->sift.chosen.count;
	p->gauge.census = NULL;
	upload_run(u);
}

static void put_all(struct putting *p)
{
	struct upload *u = &p->upload;

	set_gauge(p);
	if (wants_stdin(p) && !spool_stdin(p))
		return;
	if (!client_open(p->client) || !command_pace(p->client, p->args)) {
		tally_add(&p->client->tally, EXIT_USAGE);
		return;
	}
	u->client = p->client;
	u->no_clobber = p->args->given[OPT_NO_CLOBBER] && !p->args->given['f'];
	u->spool = wants_stdin(p) ? &p->spool : NULL;
	u->gauge = &p->gauge;
	u->next = cargo_next;
	u->more = cargo_more;
	u->arg = &p->cargo;
	if (is_sifted(p->args))
		sift_and_put(p);
	else
		upload_run(u);
}

enum exit_status cmd_put(struct client *c, const struct args *a)
{
	struct putting p = {.client = c, .args = a, .spool = {.fd = -1}};
	enum exit_status status = choice_make(&p.choice, a);

	p.cargo = (struct cargo){.client = c,
				 .choice = &p.choice,
				 .given = a->value['o'],
				 .trees = a->given['r']};
	if (!status && usage_is_right(a, &p.choice.names) &&
	    cargo_init(&p.cargo, a->value['t']) && client_configure(c) &&
	    command_jobs(c, a, &p.upload.jobs))
		put_all(&p);
	else if (!status)
		status = EXIT_USAGE;
	cargo_release(&p.cargo);
	manifest_release(&p.sift.chosen);
	census_release(&p.census);
	source_close(&p.spool);
	choice_release(&p.choice);
	return status;
}
