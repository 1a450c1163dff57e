#include "meter.h"

#include "name.h"
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SMOOTH_MS 3000 /* the rate is that of about so long */
#define NAME_LEAST 16  /* columns; below, other parts go first */
#define LEFT_MAX_S (100 * 3600)
#define ESCAPED_MAX (4 * NAME_MAX_BYTES + 1)

static uint64_t measured(const struct meter_state *s)
{
	return s->files_only ? s->files : s->bytes;
}

/* Never less than what is measured: files grow. */
static uint64_t total(const struct meter_state *s)
{
	uint64_t all = s->files_only ? s->files_total : s->bytes_total;

	return all < measured(s) ? measured(s) : all;
}

void meter_init(struct meter *m, uint64_t now_ms)
{
	*m = (struct meter){.fed_ms = now_ms, .moved_ms = now_ms};
}

void meter_feed(struct meter *m, uint64_t now_ms, const struct meter_state *s)
{
	uint64_t now = measured(s) - (s->files_only ? 0 : s->kept);
	double passed_ms = (double)(now_ms - m->fed_ms);
	double part = passed_ms / (passed_ms + SMOOTH_MS);
	double moved = now > m->last ? (double)(now - m->last) : 0;

	if (now > m->last)
		m->moved_ms = now_ms;
	if (now_ms <= m->fed_ms)
		return;
	m->rate += part * (moved * 1000 / passed_ms - m->rate);
	m->weight += part * (1 - m->weight);
	m->last = now;
	m->fed_ms = now_ms;
}

/* Names */

/* Bytes of the character, or escape, at `at`, which is not the end. */
static size_t unit_bytes(const char *at)
{
	size_t n = 1;

	if (*at == '\\')
		return at[1] == 'x' ? 4 : 2;
	while (((unsigned char)at[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Columns that it may take: wide ones begin at U+1100, and to take a narrow
 * one for wide only costs a place. */
static size_t unit_columns(const char *at)
{
	unsigned char lead = (unsigned char)*at;
	unsigned char next = (unsigned char)at[lead ? 1 : 0];

	if (*at == '\\')
		return unit_bytes(at);
	return lead > 0xe1 || (lead == 0xe1 && next >= 0x84) ? 2 : 1;
}

static size_t columns(const char *text)
{
	size_t n = 0;

	for (; *text; text += unit_bytes(text))
		n += unit_columns(text);
	return n;
}

/* The end of what fits into `most` columns. */
static const char *advance(const char *text, size_t most)
{
	while (*text && unit_columns(text) <= most) {
		most -= unit_columns(text);
		text += unit_bytes(text);
	}
	return text;
}

/* The end of a text that fits. */
static const char *last_part(const char *text, size_t most)
{
	size_t n = columns(text);

	for (; n > most; text += unit_bytes(text))
		n -= unit_columns(text);
	return text;
}

/* Takes text into a line; in its middle it becomes "..." when it is too wide
 * for `most` columns. */
static void cut(const char *text, size_t most, char *out, size_t size)
{
	size_t half = most < 5 ? 0 : (most - 3) / 2;
	int n;

	if (columns(text) <= most)
		n = snprintf(out, size, "%s", text);
	else if (most < 5)
		n = snprintf(out, size, "%.*s",
			     (int)(advance(text, most) - text), text);
	else
		n = snprintf(out, size, "%.*s...%s",
			     (int)(advance(text, half) - text), text,
			     last_part(text, most - 3 - half));
	/* What is longer than out is cut there, too. */
	if (n < 0)
		out[0] = '\0';
}

/* Parts */

enum part {
	PART_COUNT, /* of files */
	PART_SHARE, /* percent; or the amount, while there is none */
	PART_AMOUNT,
	PART_RATE,
	PART_LEFT, /* time; or "stalled" */
	PARTS,
};

struct parts {
	char text[PARTS][64];
	char amount_alone[32]; /* PART_AMOUNT, narrower */
};

static unsigned percent(uint64_t some, uint64_t all)
{
	unsigned n = 100;

	if (some < all) {
		n = (unsigned)((double)some * 100 / (double)all);
		if (n > 99)
			n = 99;
	}
	return n;
}

void meter_time(uint64_t seconds, char out[METER_TIME_MAX])
{
	uint64_t h = seconds / 3600;
	unsigned m = (unsigned)(seconds / 60 % 60);
	unsigned s = (unsigned)(seconds % 60);

	if (h)
		(void)snprintf(out, METER_TIME_MAX, "%" PRIu64 ":%02u:%02u", h,
			       m, s);
	else
		(void)snprintf(out, METER_TIME_MAX, "%u:%02u", m, s);
}

static void count_text(const struct meter_state *s, char out[64])
{
	if (!s->many)
		return;
	if (s->files_total == METER_UNKNOWN || s->files_total < s->files)
		(void)snprintf(out, 64, "%" PRIu64 " file%s", s->files,
			       s->files == 1 ? "" : "s");
	else
		(void)snprintf(out, 64, "%" PRIu64 " of %" PRIu64 " file%s",
			       s->files, s->files_total,
			       s->files_total == 1 ? "" : "s");
}

static void amount_text(const struct meter_state *s, struct parts *p)
{
	char all[16], some[16];
	bool known = total(s) != METER_UNKNOWN;

	show_size(s->bytes, some);
	if (known)
		(void)snprintf(p->text[PART_SHARE], 64, "%u%%",
			       percent(measured(s), total(s)));
	else if (!s->files_only)
		(void)snprintf(p->text[PART_SHARE], 64, "%s", some);
	if (!known || s->files_only)
		return;
	show_size(total(s), all);
	(void)snprintf(p->text[PART_AMOUNT], 64, "%s of %s", some, all);
	(void)snprintf(p->amount_alone, sizeof(p->amount_alone), "%s", some);
}

static void speed_text(const struct meter *m, const struct meter_state *s,
		       struct parts *p)
{
	double rate = m->weight > 0 ? m->rate / m->weight : 0;
	char text[METER_TIME_MAX];
	double left_s;

	if (m->fed_ms - m->moved_ms >= METER_STALL_MS) {
		(void)snprintf(p->text[PART_LEFT], 64, "stalled");
		return;
	}
	if (rate < 1)
		return;
	if (s->files_only) {
		(void)snprintf(p->text[PART_RATE], 64, "%.0f/s", rate);
	} else {
		show_size((uint64_t)rate, text);
		(void)snprintf(p->text[PART_RATE], 64, "%s/s", text);
	}
	if (total(s) == METER_UNKNOWN || total(s) == measured(s))
		return;
	left_s = (double)(total(s) - measured(s)) / rate;
	if (left_s >= LEFT_MAX_S)
		return;
	meter_time(left_s < 1 ? 1 : (uint64_t)(left_s + 0.5), text);
	(void)snprintf(p->text[PART_LEFT], 64, "ETA %s", text);
}

/* The line */

/* What is given up, one after the other, when there is no room. */
static bool give_up(struct parts *p, unsigned step)
{
	static const enum part order[] = {PART_RATE, PART_AMOUNT, PART_LEFT,
					  PART_COUNT, PART_SHARE};

	if (step == 0) {
		(void)snprintf(p->text[PART_AMOUNT], 64, "%s", p->amount_alone);
		return true;
	}
	if (step > sizeof(order) / sizeof(order[0]))
		return false;
	p->text[order[step - 1]][0] = '\0';
	return true;
}

static size_t parts_columns(const struct parts *p)
{
	size_t n = 0;

	for (unsigned i = 0; i < PARTS; i++) {
		size_t len = strlen(p->text[i]);

		if (len)
			n += len + (n ? 2 : 0);
	}
	return n;
}

/* A part behind those that are there. */
static void append(char out[METER_LINE_MAX], const char *text)
{
	size_t have = strlen(out);

	if (*text)
		(void)snprintf(out + have, METER_LINE_MAX - have, "%s%s",
			       have ? "  " : "", text);
}

/* Gives up parts until they fit, and of a single file its name too; returns
 * the columns that are left for the name, or 0. */
static size_t make_room(struct parts *p, size_t width, size_t name, bool many)
{
	size_t least = name < NAME_LEAST ? name : NAME_LEAST;
	size_t used = parts_columns(p);
	unsigned step = 0;

	while (used > width || (!many && used + 2 + least > width &&
				used > strlen(p->text[PART_SHARE]))) {
		if (!give_up(p, step++))
			break;
		used = parts_columns(p);
	}
	if (used == 0)
		return width;
	if (used + 2 >= width || (many && used + 2 + least > width))
		return 0;
	return width - used - 2;
}

void meter_line(const struct meter *m, const struct meter_state *s,
		size_t width, char out[METER_LINE_MAX])
{
	char escaped[ESCAPED_MAX];
	char name[METER_LINE_MAX];
	struct parts p = {0};
	size_t room;

	if (width > METER_LINE_MAX / 4) /* four bytes each, at most */
		width = METER_LINE_MAX / 4;
	count_text(s, p.text[PART_COUNT]);
	amount_text(s, &p);
	speed_text(m, s, &p);
	escaped[0] = '\0';
	if (s->name)
		name_escape(s->name, s->name_len, escaped, sizeof(escaped));
	room = make_room(&p, width, columns(escaped), s->many);
	cut(escaped, room, name, sizeof(name));
	out[0] = '\0';
	if (!s->many)
		append(out, name);
	for (unsigned i = 0; i < PARTS; i++)
		append(out, p.text[i]);
	if (s->many)
		append(out, name);
}
