/* check: is my data safe? */
#include "command.h"
#include "health.h"
#include "interrupt.h"
#include "name.h"
#include "show.h"
#include "standing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 32

struct check {
	struct client *client;
	struct health health;
	bool verify;
	uint64_t absent;   /* servers that do not answer, or count as dead */
	unsigned unlisted; /* members that the configuration lacks */
	bool unwell;	   /* a server is: exit status 3 */
	FILE *rows;	   /* about the servers; shown behind the numbers */
};

/* Words */

/* 5012: "5,012" */
static const char *number(uint64_t n, char out[NUMBER_MAX])
{
	char digits[NUMBER_MAX];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	size_t at = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

/* "dfs1, dfs3" */
static const char *servers(const struct check *k, uint64_t some,
			   char out[CLUSTER_NAMES_MAX])
{
	return cluster_names(&k->client->cluster, some, out, CLUSTER_NAMES_MAX);
}

/* The verdict */

static const char *s_of(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void say_whole(const struct check *k, uint64_t files)
{
	bool good = k->verify && !k->health.unread;
	char count[NUMBER_MAX];

	if (files == 1)
		printf("the one file has");
	else
		printf("all %s files have", number(files, count));
	/* The lists say what there is, and what somebody has found to be bad. */
	printf(" two %scopies of every chunk%s%s\n", good ? "good " : "",
	       good ? "" : ", none known to be bad",
	       !k->unwell ? ""
	       : good	  ? ", but not all servers are well"
			  : ",\nbut not all servers are well");
}

/* What is missing may still be somewhere. */
static bool may_come_back(const struct check *k)
{
	return (k->absent & ~k->health.without) != 0 || k->unlisted != 0;
}

static void say_verdict(const struct check *k)
{
	const struct health *h = &k->health;
	const uint64_t *n = h->kinds;
	uint64_t files = health_files(h);
	char count[NUMBER_MAX], names[CLUSTER_NAMES_MAX];
	const char *would = h->without	? " would be"
			    : n[0] == 1 ? " is"
					: " are";

	if (h->without)
		printf("without %s: ", servers(k, h->without, names));
	if (files == 0)
		puts("no files are stored");
	else if (n[HEALTH_NONE] && !may_come_back(k))
		printf("%s file%s%s lost\n", number(n[HEALTH_NONE], count),
		       s_of(n[HEALTH_NONE]), would);
	else if (n[HEALTH_NONE])
		printf("%s file%s cannot be rebuilt from the servers that "
		       "answer\n",
		       number(n[HEALTH_NONE], count), s_of(n[HEALTH_NONE]));
	else if (n[HEALTH_ONE] == files)
		printf("every file can be rebuilt; all %s have one copy of "
		       "some chunk\n",
		       number(files, count));
	else if (n[HEALTH_ONE])
		printf("%s file%s one copy of some chunk\n",
		       number(n[HEALTH_ONE], count),
		       n[HEALTH_ONE] == 1 ? " has" : "s have");
	else
		say_whole(k, files);
}

/* The numbers */

static void row_to(FILE *f, const char *what, uint64_t n, const char *note)
{
	char count[NUMBER_MAX];

	fprintf(f, "%-16s %12s%s%s\n", what, number(n, count),
		*note ? "   " : "", note);
}

static void row(const char *what, uint64_t n, const char *note)
{
	row_to(stdout, what, n, note);
}

static void show_numbers(const struct check *k)
{
	const struct health *h = &k->health;
	uint64_t stages = 0;
	char bytes[16];

	for (unsigned i = 0; i < k->client->cluster.count; i++)
		if (h->survey.answers[i].given &&
		    h->survey.answers[i].status.stages > stages)
			stages = h->survey.answers[i].status.stages;
	show_size(h->bytes, bytes);
	row("files", health_files(h), bytes);
	row("  two copies", h->kinds[HEALTH_TWO], "");
	row("  one copy", h->kinds[HEALTH_ONE], "");
	row("  none", h->kinds[HEALTH_NONE], "");
	if (h->narrow)
		row("  narrow", h->narrow, "over fewer servers than there are");
	if (h->unread)
		row("not read", h->unread,
		    "a server did not read them to the end");
	if (h->deleted)
		row("deletions", h->deleted,
		    "until every server knows of them");
	if (stages)
		row("stages", stages, "of puts under way, or cut off");
}

static void show_verified(const struct check *k)
{
	const struct health *h = &k->health;
	uint64_t never = 0;
	uint32_t oldest = 0;
	char text[SHOW_AGE_MAX], names[CLUSTER_NAMES_MAX];
	bool any = false;

	for (unsigned i = 0; i < k->client->cluster.count; i++) {
		uint32_t s = h->survey.answers[i].status.verified_s;

		if (!h->survey.answers[i].given || (h->without >> i & 1))
			continue;
		if (s == STATUS_NEVER) {
			never |= UINT64_C(1) << i;
			continue;
		}
		any = true;
		if (s > oldest)
			oldest = s;
	}
	show_age(oldest, text);
	if (any)
		printf("%-16s %s%s%s\n", "all verified", text,
		       never ? "; not yet on " : "",
		       never ? servers(k, never, names) : "");
	else if (never)
		printf("%-16s %s\n", "all verified", "not yet");
}

/* The servers */

static void trouble(struct check *k, unsigned server, bool counts,
		    const char *text)
{
	fprintf(k->rows, "  %-14s %s\n",
		cluster_name(&k->client->cluster, server), text);
	k->unwell |= counts;
}

/* "WHAT 12 NOUNs" */
static void trouble_count(struct check *k, unsigned server, const char *what,
			  const char *noun, uint64_t n)
{
	char text[128], count[NUMBER_MAX];

	if (n == 0)
		return;
	snprintf(text, sizeof(text), "%s %s %s%s", what, number(n, count), noun,
		 s_of(n));
	trouble(k, server, true, text);
}

static void state_trouble(struct check *k, unsigned i)
{
	const struct view *v = &k->health.view;
	unsigned count = k->client->cluster.count;
	enum standing t = standing_of(
		v, &k->health.survey.answers[i].status.store, i, count);
	char text[STANDING_TEXT_MAX];

	if (t == STANDING_MEMBER)
		return;
	standing_advice(t, v, count, cluster_name(&k->client->cluster, i),
			text);
	trouble(k, i, true, text);
}

static void show_flags(struct check *k, unsigned i)
{
	const struct survey_answer *a = &k->health.survey.answers[i];
	char text[SURVEY_TEXT_MAX + 64], count[NUMBER_MAX];

	if (a->status.store.flags & STORE_READ_ONLY) {
		snprintf(text, sizeof(text),
			 "takes no changes after a disk error%s%s",
			 a->error[0] ? ": " : "", a->error);
		trouble(k, i, true, text);
	}
	if (a->status.store.flags & STORE_FULL)
		trouble(k, i, false, "full");
	if (a->status.corrupt) {
		snprintf(text, sizeof(text),
			 "%s bad chunk%s found since it started",
			 number(a->status.corrupt, count),
			 s_of(a->status.corrupt));
		trouble(k, i, false, text);
	}
}

static void show_server(struct check *k, unsigned i, bool is_new)
{
	const struct health *h = &k->health;
	const struct link *link = &k->client->cluster.links[i];

	if (h->without >> i & 1) {
		trouble(k, i, true, "taken for dead");
		return;
	}
	if (!h->survey.answers[i].given) {
		trouble(k, i, true,
			link->state == LINK_DOWN && link->why
				? link->why
				: "greets, but does not answer");
		return;
	}
	if (h->away & h->view.valid & UINT64_C(1) << i)
		trouble(k, i, true, "fell silent meanwhile");
	if (!is_new)
		state_trouble(k, i);
	show_flags(k, i);
	trouble_count(k, i, "stale: run dfc heal: lacks the newest mark of",
		      "name", h->stale[i]);
	trouble_count(k, i, "bad or missing chunks of", "file", h->damaged[i]);
}

static void show_servers(struct check *k)
{
	const struct view *v = &k->health.view;
	unsigned members = mask_count(v->members & ~k->health.without);
	char text[64];

	snprintf(text, sizeof(text), "of %u are members", v->n);
	row_to(k->rows, "servers", members, text);
	k->unwell |= members < v->n && !view_is_new(v);
	for (unsigned i = 0; i < k->client->cluster.count; i++)
		show_server(k, i, view_is_new(v));
	if (k->unlisted) {
		fprintf(k->rows,
			"  the configuration lists %u of the cluster's %u\n",
			k->client->cluster.count, v->n);
		k->unwell = true;
	}
	if (members < v->w && !view_is_new(v))
		fprintf(k->rows,
			"  fewer than %u members: nothing can be stored or "
			"removed\n",
			v->w);
}

/* The names */

static void show_names(const struct check *k, enum health_kind kind,
		       const char *title)
{
	const struct names *n = &k->health.named[kind];
	uint64_t count = k->health.kinds[kind];
	char more[NUMBER_MAX];

	/* That it is all is said above. */
	if (n->count == 0 || (kind == HEALTH_ONE && !k->health.all_names &&
			      count == health_files(&k->health)))
		return;
	printf("\n%s:\n", title);
	for (size_t i = 0; i < n->count; i++) {
		fputs("  ", stdout);
		show_name(n->list[i], strlen(n->list[i]));
		putchar('\n');
	}
	if (count > n->count)
		printf("  ... and %s more: dfc check -v\n",
		       number(count - n->count, more));
}

/* As objects */

static void emit_names(const struct check *k, enum health_kind kind)
{
	const struct names *n = &k->health.named[kind];

	for (size_t i = 0; i < n->count; i++) {
		struct emit *e = emit_begin("file");

		emit_bytes(e, "name", n->list[i], strlen(n->list[i]));
		emit_bool(e, "incomplete", kind == HEALTH_NONE);
		emit_u64(e, "copies", kind);
		emit_end(e);
	}
}

static void emit_servers(const struct check *k)
{
	const struct health *h = &k->health;

	for (unsigned i = 0; i < k->client->cluster.count; i++) {
		struct emit *e = emit_begin("server");

		survey_emit(&h->survey, &h->view, i, e);
		emit_u64(e, "stale", h->stale[i]);
		emit_u64(e, "damaged", h->damaged[i]);
		emit_bool(e, "taken_for_dead", h->without >> i & 1);
		emit_end(e);
	}
}

static void emit_report(const struct check *k, enum exit_status status)
{
	const struct health *h = &k->health;
	struct emit *e;

	emit_servers(k);
	emit_names(k, HEALTH_NONE);
	emit_names(k, HEALTH_ONE);
	e = emit_begin("check");
	emit_bool(e, "safe", status == EXIT_DONE);
	emit_bool(e, "verified", k->verify && !h->unread);
	emit_u64(e, "files", health_files(h));
	emit_u64(e, "bytes", h->bytes);
	emit_u64(e, "two_copies", h->kinds[HEALTH_TWO]);
	emit_u64(e, "one_copy", h->kinds[HEALTH_ONE]);
	emit_u64(e, "none", h->kinds[HEALTH_NONE]);
	emit_u64(e, "narrow", h->narrow);
	emit_u64(e, "unread", h->unread);
	emit_u64(e, "deletions", h->deleted);
	emit_u64(e, "members", mask_count(h->view.members & ~h->without));
	emit_u64(e, "servers", h->view.n);
	emit_end(e);
}

/* All */

/* Too few servers to know. */
static bool say_unproven(const struct check *k)
{
	const struct view *v = &k->health.view;
	struct client *c = k->client;

	if (k->health.end == LISTING_NONE) {
		show_trouble("no server answers");
		tally_add(&c->tally, EXIT_TEMPORARY);
	} else if (k->health.end == LISTING_UNPROVEN) {
		show_trouble("%u of %u servers answer as members, %u are "
			     "needed to know",
			     mask_count(v->members), v->n, v->r);
		tally_add(&c->tally, EXIT_PARTIAL);
	} else {
		return false;
	}
	client_note(c, v);
	c->explain = true;
	return true;
}

static enum exit_status judge(const struct check *k)
{
	const struct health *h = &k->health;

	if (h->kinds[HEALTH_NONE])
		return may_come_back(k) ? EXIT_TEMPORARY : EXIT_INTEGRITY;
	return h->kinds[HEALTH_ONE] || h->unread || k->unwell ? EXIT_DEGRADED
							      : EXIT_DONE;
}

/* True: of nothing else is there anything to say. */
static bool say_unmatched(const struct check *k)
{
	const struct names *n = &k->health.unmatched;

	for (size_t i = 0; i < n->count; i++) {
		show_problem(n->list[i], strlen(n->list[i]),
			     "no name begins with that");
		tally_add(&k->client->tally, EXIT_ABSENT);
	}
	return n->count > 0 && k->health.seen == 0;
}

static void report(struct check *k)
{
	struct client *c = k->client;
	char *rows = NULL;
	size_t size = 0;

	if (k->health.end == LISTING_CANCELLED || interrupt_came()) {
		tally_add(&c->tally, EXIT_INTERRUPTED);
		return;
	}
	if (k->health.end == LISTING_MEMORY || k->health.no_memory) {
		show_trouble("%s", err_text(ERR_MEMORY));
		tally_add(&c->tally, EXIT_ERROR);
		return;
	}
	if (say_unproven(k) || say_unmatched(k))
		return;
	k->rows = open_memstream(&rows, &size);
	if (!k->rows) {
		show_trouble("%s", err_text(ERR_MEMORY));
		tally_add(&c->tally, EXIT_ERROR);
		return;
	}
	show_servers(k);
	fclose(k->rows);
	tally_add(&c->tally, judge(k));
	if (c->manners.json) {
		emit_report(k, judge(k));
		free(rows);
		return;
	}
	say_verdict(k);
	putchar('\n');
	show_numbers(k);
	show_verified(k);
	fputs(rows, stdout);
	free(rows);
	show_names(k, HEALTH_NONE,
		   may_come_back(k)    ? "cannot be rebuilt now"
		   : k->health.without ? "would be lost"
				       : "lost");
	show_names(k, HEALTH_ONE, "one copy of some chunk");
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In order, and without those that lie below another. */
static void count_prefixes(struct check *k, const struct args *a)
{
	static const char *const all[] = {""};
	size_t kept = 0;

	if (a->count == 0) {
		health_count(&k->health, all, 1, k->verify);
		return;
	}
	qsort(a->operands, a->count, sizeof(*a->operands), by_bytes);
	for (size_t i = 1; i < a->count; i++)
		if (strncmp(a->operands[i], a->operands[kept],
			    strlen(a->operands[kept])) != 0)
			a->operands[++kept] = a->operands[i];
	health_count(&k->health, a->operands, kept + 1, k->verify);
}

/* False, and said: they are wrong. */
static bool read_options(struct check *k, const struct args *a)
{
	const struct client *c = k->client;

	k->verify = a->given[OPT_VERIFY];
	k->health.all_names = c->manners.verbose || c->manners.json;
	for (size_t i = 0; i < a->value_count; i++) {
		unsigned server;

		if (a->values[i].letter != OPT_WITHOUT)
			continue;
		if (!command_server(c, a->values[i].text, &server))
			return false;
		k->health.without |= UINT64_C(1) << server;
	}
	for (size_t i = 0; i < a->count; i++) {
		const char *prefix = a->operands[i];

		if (strlen(prefix) <= NAME_MAX_BYTES)
			continue;
		show_problem(prefix, strlen(prefix), "longer than any name");
		return false;
	}
	return command_jobs(c, a, &k->health.jobs);
}

enum exit_status cmd_check(struct client *c, const struct args *a)
{
	struct check *k;

	if (!client_open(c))
		return EXIT_USAGE;
	k = calloc(1, sizeof(*k));
	if (!k) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	k->client = c;
	k->health.client = c;
	if (!read_options(k, a)) {
		free(k);
		return EXIT_USAGE;
	}
	if (health_survey(&k->health)) {
		k->absent = mask_all(c->cluster.count) & ~k->health.view.valid;
		k->absent |= k->health.without;
		if (k->health.view.n > c->cluster.count)
			k->unlisted = k->health.view.n - c->cluster.count;
		count_prefixes(k, a);
		k->absent |= k->health.away;
		report(k);
	}
	health_release(&k->health);
	free(k);
	return EXIT_DONE;
}
