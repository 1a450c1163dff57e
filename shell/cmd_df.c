/* df: what the servers' disks hold, and what they can still take */
#include "command.h"
#include "emit.h"
#include "interrupt.h"
#include "show.h"
#include "standing.h"
#include "survey.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 3
#define CELL_MAX 24 /* bytes */

static const char *const titles[COLUMNS] = {"size", "stored", "free"};

struct df {
	struct client *client;
	struct survey survey;
	struct view view;
	bool human;
	int name_width;
	int width[COLUMNS];
};

static void fill(const struct df *d, unsigned i, char cells[COLUMNS][CELL_MAX])
{
	const struct msg_status_answer *s = &d->survey.answers[i].status;
	const uint64_t bytes[COLUMNS] = {s->total_bytes, s->bytes,
					 s->free_bytes};

	for (unsigned k = 0; k < COLUMNS; k++) {
		if (d->human)
			show_size(bytes[k], cells[k]);
		else
			(void)snprintf(cells[k], CELL_MAX, "%" PRIu64,
				       bytes[k]);
	}
}

static void widen(int *width, const char *text)
{
	int len = (int)strlen(text);

	if (len > *width)
		*width = len;
}

static void measure(struct df *d)
{
	const struct cluster *c = &d->client->cluster;
	char cells[COLUMNS][CELL_MAX];

	widen(&d->name_width, "server");
	for (unsigned k = 0; k < COLUMNS; k++)
		widen(&d->width[k], titles[k]);
	for (unsigned i = 0; i < c->count; i++) {
		widen(&d->name_width, cluster_name(c, i));
		if (!d->survey.answers[i].given)
			continue;
		fill(d, i, cells);
		for (unsigned k = 0; k < COLUMNS; k++)
			widen(&d->width[k], cells[k]);
	}
}

static enum standing standing(const struct df *d, unsigned i)
{
	return standing_of(&d->view, &d->survey.answers[i].status.store, i,
			   d->client->cluster.count);
}

/* Of what the file system can hold of these data, so much is there. */
static unsigned percent(const struct msg_status_answer *s)
{
	double all = (double)s->bytes + (double)s->free_bytes;

	return all > 0 ? (unsigned)((double)s->bytes * 100 / all + 0.5) : 100;
}

static void print_server(const struct df *d, unsigned i)
{
	const struct cluster *c = &d->client->cluster;
	const struct msg_status_answer *s = &d->survey.answers[i].status;
	char cells[COLUMNS][CELL_MAX];

	printf("%-*s", d->name_width, cluster_name(c, i));
	if (!d->survey.answers[i].given) {
		const struct link *k = &c->links[i];

		printf("  %sunavailable: %s%s\n", show_paint(PAINT_BAD),
		       k->state == LINK_DOWN && k->why
			       ? k->why
			       : "greets, but does not answer",
		       show_paint(PAINT_NONE));
		return;
	}
	fill(d, i, cells);
	for (unsigned k = 0; k < COLUMNS; k++)
		printf("  %*s", d->width[k], cells[k]);
	printf("  %3u%%", percent(s));
	if (standing(d, i) != STANDING_MEMBER)
		printf("  %s", standing_word(standing(d, i)));
	if (s->store.flags & STORE_READ_ONLY)
		fputs("  read-only", stdout);
	if (s->store.flags & STORE_FULL)
		fputs("  full", stdout);
	putchar('\n');
}

/* The servers that would take a new file's chunks: of a cluster that has not
 * begun, all. */
static uint64_t takers(const struct view *v)
{
	return v->roomy & (view_is_new(v) ? v->valid : v->members);
}

/* Bytes of files that fit, two copies of each byte, spread evenly: until the
 * one with the least room is full. */
static uint64_t room(const struct df *d)
{
	uint64_t some = takers(&d->view);
	unsigned count = mask_count(some);
	uint64_t least = UINT64_MAX;
	uint64_t bytes;

	if (count < d->view.w || count < 2)
		return 0;
	for (unsigned i = 0; i < d->client->cluster.count; i++) {
		const struct survey_answer *a = &d->survey.answers[i];

		if ((some >> i & 1) && a->status.free_bytes < least)
			least = a->status.free_bytes;
	}
	if (__builtin_mul_overflow(least / 2, (uint64_t)count, &bytes))
		return UINT64_MAX;
	return bytes;
}

static void print(struct df *d)
{
	unsigned count = mask_count(takers(&d->view));
	char text[CELL_MAX];

	measure(d);
	printf("%s%-*s", show_paint(PAINT_BOLD), d->name_width, "server");
	for (unsigned k = 0; k < COLUMNS; k++)
		printf("  %*s", d->width[k], titles[k]);
	printf("  used%s\n", show_paint(PAINT_NONE));
	for (unsigned i = 0; i < d->client->cluster.count; i++)
		print_server(d, i);
	if (d->human)
		show_size(room(d), text);
	else
		(void)snprintf(text, sizeof(text), "%" PRIu64 " bytes",
			       room(d));
	if (count < d->view.w || count < 2)
		printf("\nno room: %u of %u servers take data, %u are "
		       "needed\n",
		       count, d->view.n, d->view.w < 2 ? 2 : d->view.w);
	else
		printf("\nroom for %s of files on %u servers, two copies "
		       "each\n",
		       text, count);
}

static void print_json(const struct df *d)
{
	const struct cluster *c = &d->client->cluster;
	struct emit *e;

	for (unsigned i = 0; i < c->count; i++) {
		const struct survey_answer *a = &d->survey.answers[i];

		e = emit_begin("server");
		emit_text(e, "name", cluster_name(c, i));
		emit_bool(e, "up", a->given);
		if (a->given) {
			emit_text(e, "state", standing_word(standing(d, i)));
			emit_u64(e, "bytes", a->status.bytes);
			emit_u64(e, "free", a->status.free_bytes);
			emit_u64(e, "total", a->status.total_bytes);
		}
		emit_end(e);
	}
	e = emit_begin("total");
	emit_u64(e, "servers", mask_count(takers(&d->view)));
	emit_u64(e, "room", room(d));
	emit_end(e);
}

static enum exit_status judge(const struct df *d)
{
	unsigned count = mask_count(takers(&d->view));

	if (interrupt_came())
		return EXIT_INTERRUPTED;
	if (mask_count(d->view.valid) == 0)
		return EXIT_TEMPORARY;
	return count == d->client->cluster.count ? EXIT_DONE : EXIT_DEGRADED;
}

enum exit_status cmd_df(struct client *c, const struct args *a)
{
	struct df *d = calloc(1, sizeof(*d)); /* large */

	if (!d) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	if (!client_open(c)) {
		free(d);
		return EXIT_USAGE;
	}
	d->client = c;
	d->human = a->given['h'];
	survey_run(&d->survey, &c->cluster);
	survey_judge(&d->survey, &d->view);
	if (c->manners.json && !interrupt_came())
		print_json(d);
	else if (!interrupt_came())
		print(d);
	c->strangers |= d->view.strangers;
	tally_add(&c->tally, judge(d));
	free(d);
	return EXIT_DONE;
}
