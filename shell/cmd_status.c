/* status: one line for each server */
#include "command.h"
#include "interrupt.h"
#include "show.h"
#include "survey.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *state_text(const struct view *v, unsigned server,
			      const struct msg_store *s)
{
	if (v->doubled >> server & 1)
		return "the same server twice";
	if (v->strangers >> server & 1)
		return "of another cluster";
	switch (s->state) {
	case STORE_BLANK:
		return "blank";
	case STORE_JOINING:
		return "joining";
	case STORE_MEMBER:
		return "member";
	default:
		return "leaving";
	}
}

static void show_flags(const struct survey_answer *a)
{
	char age[SHOW_AGE_MAX];

	if (a->status.store.flags & STORE_READ_ONLY)
		printf("  read-only");
	if (a->status.store.flags & STORE_FULL)
		printf("  full");
	if (a->status.corrupt)
		printf("  %" PRIu64 " corrupt chunks", a->status.corrupt);
	if (a->status.verified_s != STATUS_NEVER) {
		show_age(a->status.verified_s, age);
		printf("  verified %s", age);
	}
	if (a->error[0])
		printf("  (%s)", a->error);
}

/* A deleted name counts too, until its deletion is forgotten. */
static uint64_t live_names(const struct msg_status_answer *s)
{
	return s->names > s->tombstones ? s->names - s->tombstones : 0;
}

static void show_server(const struct client *c, const struct survey *s,
			const struct view *v, unsigned i)
{
	const struct survey_answer *a = &s->answers[i];
	const struct link *k = &c->cluster.links[i];
	char address[ADDR_TEXT_MAX];
	char bytes[16];
	char room[16];

	addr_format(&c->settings.servers[i].addr, address);
	printf("%-8s %-21s ", cluster_name(&c->cluster, i), address);
	if (!a->given) {
		printf("unavailable: %s\n",
		       k->state == LINK_DOWN && k->why
			       ? k->why
			       : "greets, but does not answer");
		return;
	}
	show_size(a->status.bytes, bytes);
	show_size(a->status.free_bytes, room);
	printf("%-8s %6.1f ms  %" PRIu64 " names  %s  free %s  %s",
	       state_text(v, i, &a->status.store), (double)a->rtt_us / 1000,
	       live_names(&a->status), bytes, room, a->software);
	show_flags(a);
	if (a->status.store.state == STORE_JOINING && v->established)
		printf("  run dfc heal");
	putchar('\n');
}

static void show_short_list(const struct client *c, const struct view *v)
{
	if (v->n > c->cluster.count && !c->quiet)
		show_trouble("the configuration lists %u of the %u servers "
			     "of the cluster",
			     c->cluster.count, v->n);
}

static enum exit_status judge(const struct client *c, const struct view *v)
{
	unsigned members = mask_count(v->members);

	if (view_is_new(v) && mask_count(v->valid) == c->cluster.count)
		return EXIT_DONE;
	if (v->doubled)
		return EXIT_USAGE;
	if (members < v->w)
		return EXIT_TEMPORARY;
	return members == v->n && mask_count(v->valid) == c->cluster.count
		       ? EXIT_DONE
		       : EXIT_DEGRADED;
}

enum exit_status cmd_status(struct client *c, const struct args *a)
{
	struct survey *s = malloc(sizeof(*s));
	struct view v;

	(void)a;
	if (!s) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	if (!client_open(c)) {
		free(s);
		return EXIT_USAGE;
	}
	survey_run(s, &c->cluster);
	survey_judge(s, &v);
	if (interrupt_came()) {
		tally_add(&c->tally, EXIT_INTERRUPTED);
	} else {
		for (unsigned i = 0; i < c->cluster.count; i++)
			show_server(c, s, &v, i);
		show_short_list(c, &v);
		tally_add(&c->tally, judge(c, &v));
	}
	free(s);
	return EXIT_DONE;
}
