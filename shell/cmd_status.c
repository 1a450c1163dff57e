/* status: a line for each server, and whether the data are safe */
#include "command.h"
#include "health.h"
#include "interrupt.h"
#include "safety.h"
#include "show.h"
#include "standing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT_MS 2000 /* that counting the files may take */

struct widths {
	int name, address, state, names;
	bool software; /* it differs */
};

struct report {
	struct client *client;
	struct health health;
	struct safety safety;
	struct widths widths;
};

static const struct survey_answer *answer(const struct report *s, unsigned i)
{
	return &s->health.survey.answers[i];
}

/* The servers */

static void widen(int *width, int len)
{
	if (len > *width)
		*width = len;
}

static const char *state_text(const struct report *s, unsigned i)
{
	const struct survey_answer *a = answer(s, i);

	return standing_word(standing_of(&s->health.view,
					 a->given ? &a->status.store : NULL, i,
					 s->client->cluster.count));
}

static void measure(struct report *s)
{
	const struct client *c = s->client;
	struct widths *w = &s->widths;
	const char *software = NULL;

	for (unsigned i = 0; i < c->cluster.count; i++) {
		const struct survey_answer *a = answer(s, i);
		char text[ADDR_TEXT_MAX];

		addr_format(&c->settings.servers[i].addr, text);
		widen(&w->address, (int)strlen(text));
		widen(&w->name, (int)strlen(cluster_name(&c->cluster, i)));
		if (!a->given)
			continue;
		widen(&w->state, (int)strlen(state_text(s, i)));
		widen(&w->names, snprintf(text, sizeof(text), "%" PRIu64,
					  survey_names(a)));
		w->software |= software && strcmp(software, a->software) != 0;
		software = a->software;
	}
}

static void show_flags(const struct survey_answer *a)
{
	const struct msg_status_answer *s = &a->status;

	fputs(show_paint(PAINT_WARN), stdout);
	if (s->store.flags & STORE_READ_ONLY)
		printf("  read-only");
	if (s->store.flags & STORE_FULL)
		printf("  full");
	if (s->corrupt)
		printf("  %" PRIu64 " corrupt chunk%s", s->corrupt,
		       s->corrupt == 1 ? "" : "s");
	if (a->error[0])
		printf("  (%s)", a->error);
	fputs(show_paint(PAINT_NONE), stdout);
	if (s->scrubbed && s->names)
		printf("  scrub %.0f%%",
		       100 * (double)s->scrubbed / (double)s->names);
}

/* "12:30:05"; of more than a day ago the day. */
static const char *since_text(time_t since, char text[24])
{
	bool old = time(NULL) - since >= 86400;

	show_time((int64_t)since * 1000000000, text);
	if (strlen(text) != strlen("2024-02-29 13:45:06"))
		return text;
	text[10] = '\0';
	return old ? text : text + 11;
}

/* In a session also since when: one-shot knows no more than now. */
static void show_down(const struct report *s, unsigned i)
{
	const struct client *c = s->client;
	time_t since = c->cluster.links[i].since;
	char text[24];

	printf("%sunavailable: %s", show_paint(PAINT_BAD),
	       cluster_why(&c->cluster, i));
	if (c->session && since != 0)
		printf(", since %s", since_text(since, text));
	printf("%s\n", show_paint(PAINT_NONE));
}

static void show_server(const struct report *s, unsigned i)
{
	const struct client *c = s->client;
	const struct survey_answer *a = answer(s, i);
	const struct widths *w = &s->widths;
	bool member = s->health.view.members >> i & 1;
	char address[ADDR_TEXT_MAX];
	char bytes[16];
	char room[16];
	uint64_t names;

	addr_format(&c->settings.servers[i].addr, address);
	printf("%-*s  %-*s  ", w->name, cluster_name(&c->cluster, i),
	       w->address, address);
	if (!a->given) {
		show_down(s, i);
		return;
	}
	names = survey_names(a);
	show_size(a->status.bytes, bytes);
	show_size(a->status.free_bytes, room);
	printf("%s%-*s%s %5.1f ms  %*" PRIu64 " name%s  %8s  free %s",
	       show_paint(member ? PAINT_GOOD : PAINT_WARN), w->state,
	       state_text(s, i), show_paint(PAINT_NONE),
	       (double)a->rtt_us / 1000, w->names, names,
	       names == 1 ? " " : "s", bytes, room);
	show_flags(a);
	if (w->software)
		printf("  %s", a->software);
	putchar('\n');
}

/* The verdict */

static bool is_local(const struct client *c)
{
	for (unsigned i = 0; i < c->cluster.count; i++) {
		const char *host = c->settings.servers[i].addr.host;

		if (strncmp(host, "127.", 4) != 0 && strcmp(host, "::1") != 0 &&
		    strcmp(host, "localhost") != 0)
			return false;
	}
	return true;
}

static const char *transport(const struct client *c)
{
	if (c->side)
		return "TLS, with a key";
	return is_local(c) ? "plain, on this machine only" : "plain";
}

static void show_text(struct report *s)
{
	static const enum show_paint paints[] = {
		[SAFETY_GOOD] = PAINT_GOOD,
		[SAFETY_WARN] = PAINT_WARN,
		[SAFETY_BAD] = PAINT_BAD,
	};

	measure(s);
	for (unsigned i = 0; i < s->client->cluster.count; i++)
		show_server(s, i);
	putchar('\n');
	show_para("transport", PAINT_NONE, transport(s->client));
	if (s->safety.todo[0])
		show_para("to do", PAINT_BOLD, s->safety.todo);
	show_para("verdict", paints[s->safety.grade], s->safety.verdict);
}

static void show_objects(const struct report *s)
{
	const struct health *h = &s->health;
	const struct client *c = s->client;
	bool counted = s->safety.counted == SAFETY_COUNTED;
	struct emit *e;

	for (unsigned i = 0; i < c->cluster.count; i++) {
		e = emit_begin("server");
		survey_emit(&h->survey, &h->view, i, e);
		emit_end(e);
	}
	e = emit_begin("status");
	emit_u64(e, "servers", c->cluster.count);
	emit_u64(e, "up", c->cluster.count - mask_count(s->safety.down));
	emit_u64(e, "members", mask_count(h->view.members));
	emit_bool(e, "counted", counted);
	if (counted) {
		emit_u64(e, "files", health_files(h));
		emit_u64(e, "two_copies", h->kinds[HEALTH_TWO]);
		emit_u64(e, "one_copy", h->kinds[HEALTH_ONE]);
		emit_u64(e, "none", h->kinds[HEALTH_NONE]);
	}
	if (counted || s->safety.grade == SAFETY_BAD)
		emit_bool(e, "safe", s->safety.grade == SAFETY_GOOD);
	else
		emit_null(e, "safe"); /* not known */
	emit_text(e, "transport", c->side ? "tls" : "plain");
	emit_text(e, "verdict", s->safety.verdict);
	emit_text(e, "todo", s->safety.todo);
	emit_end(e);
}

/* All */

/* As check does, as long as it takes no time. */
static enum safety_count count_files(struct report *s)
{
	static const char *const all[] = {""};
	struct health *h = &s->health;
	struct loop *loop = &s->client->loop;

	if (!view_proves(&h->view) || h->view.doubled)
		return SAFETY_UNKNOWN;
	loop_refresh(loop);
	h->until_ms = loop->now_ms + COUNT_MS;
	health_count(h, all, 1, false);
	if (h->late)
		return SAFETY_LATE;
	return h->end == LISTING_PROVEN && !h->no_memory ? SAFETY_COUNTED
							 : SAFETY_UNKNOWN;
}

static void note(struct report *s)
{
	struct client *c = s->client;
	const struct view *v = &s->health.view;

	client_note(c, v);
	c->strangers = 0; /* that is said in its line */
	c->outcasts = standing_outcasts(v, c->cluster.count);
	if (!view_is_new(v))
		c->joining = v->joining | v->blank;
	if (v->cluster.n != 0 && c->cluster.count > v->n)
		c->surplus = c->joining;
}

static void run(struct report *s, bool servers_only)
{
	struct client *c = s->client;
	struct health *h = &s->health;
	enum safety_count counted = SAFETY_UNWANTED;

	(void)cluster_reopen(&c->cluster);
	survey_run(&h->survey, &c->cluster);
	survey_judge(&h->survey, &h->view);
	if (!servers_only)
		counted = count_files(s);
	if (interrupt_came()) {
		tally_add(&c->tally, EXIT_INTERRUPTED);
		return;
	}
	safety_make(&s->safety, h, counted);
	if (c->manners.json)
		show_objects(s);
	else
		show_text(s);
	note(s);
	tally_add(&c->tally, s->safety.status);
}

enum exit_status cmd_status(struct client *c, const struct args *a)
{
	struct report *s;

	if (!client_open(c))
		return EXIT_USAGE;
	s = calloc(1, sizeof(*s));
	if (!s) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	s->client = c;
	s->health.client = c;
	run(s, a->given['s']);
	health_release(&s->health);
	free(s);
	return EXIT_DONE;
}
