/* status: one line for each server */
#include "command.h"
#include "interrupt.h"
#include "show.h"
#include "standing.h"
#include "survey.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void show_flags(const struct survey_answer *a)
{
	uint64_t bad = a->status.corrupt;

	if (a->status.store.flags & STORE_READ_ONLY)
		printf("  read-only");
	if (a->status.store.flags & STORE_FULL)
		printf("  full");
	if (bad)
		printf("  %" PRIu64 " corrupt chunk%s", bad,
		       bad == 1 ? "" : "s");
	if (a->error[0])
		printf("  (%s)", a->error);
}

/* A deleted name counts too, until its deletion is forgotten. */
static uint64_t live_names(const struct msg_status_answer *s)
{
	return s->names > s->tombstones ? s->names - s->tombstones : 0;
}

struct widths {
	int name, address, state, names;
	bool software; /* it differs */
};

static void widen(int *width, int len)
{
	if (len > *width)
		*width = len;
}

static const char *state_text(const struct client *c, const struct survey *s,
			      const struct view *v, unsigned i)
{
	const struct survey_answer *a = &s->answers[i];

	return standing_word(standing_of(v, a->given ? &a->status.store : NULL,
					 i, c->cluster.count));
}

static struct widths measure(const struct client *c, const struct survey *s,
			     const struct view *v)
{
	struct widths w = {0};
	const char *software = NULL;

	for (unsigned i = 0; i < c->cluster.count; i++) {
		const struct survey_answer *a = &s->answers[i];
		char text[ADDR_TEXT_MAX];

		addr_format(&c->settings.servers[i].addr, text);
		widen(&w.address, (int)strlen(text));
		widen(&w.name, (int)strlen(cluster_name(&c->cluster, i)));
		if (!a->given)
			continue;
		widen(&w.state, (int)strlen(state_text(c, s, v, i)));
		widen(&w.names, snprintf(text, sizeof(text), "%" PRIu64,
					 live_names(&a->status)));
		w.software |= software && strcmp(software, a->software) != 0;
		software = a->software;
	}
	return w;
}

static void show_server(const struct client *c, const struct survey *s,
			const struct view *v, const struct widths *w,
			unsigned i)
{
	const struct survey_answer *a = &s->answers[i];
	const struct link *k = &c->cluster.links[i];
	char address[ADDR_TEXT_MAX];
	char bytes[16];
	char room[16];
	uint64_t names;

	addr_format(&c->settings.servers[i].addr, address);
	printf("%-*s  %-*s  ", w->name, cluster_name(&c->cluster, i),
	       w->address, address);
	if (!a->given) {
		printf("unavailable: %s\n",
		       k->state == LINK_DOWN && k->why
			       ? k->why
			       : "greets, but does not answer");
		return;
	}
	names = live_names(&a->status);
	show_size(a->status.bytes, bytes);
	show_size(a->status.free_bytes, room);
	printf("%-*s %5.1f ms  %*" PRIu64 " name%s  %8s  free %s", w->state,
	       state_text(c, s, v, i), (double)a->rtt_us / 1000, w->names,
	       names, names == 1 ? " " : "s", bytes, room);
	show_flags(a);
	if (w->software)
		printf("  %s", a->software);
	putchar('\n');
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
	return members == v->n && v->members == mask_all(c->cluster.count)
		       ? EXIT_DONE
		       : EXIT_DEGRADED;
}

enum exit_status cmd_status(struct client *c, const struct args *a)
{
	struct survey *s = malloc(sizeof(*s));
	struct view v;
	struct widths w;

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
		w = measure(c, s, &v);
		for (unsigned i = 0; i < c->cluster.count; i++)
			show_server(c, s, &v, &w, i);
		client_note(c, &v);
		c->strangers = 0; /* that is said in its line */
		c->outcasts = standing_outcasts(&v, c->cluster.count);
		if (!view_is_new(&v))
			c->joining = v.joining | v.blank;
		if (v.cluster.n != 0 && c->cluster.count > v.n)
			c->surplus = c->joining;
		tally_add(&c->tally, judge(c, &v));
	}
	free(s);
	return EXIT_DONE;
}
