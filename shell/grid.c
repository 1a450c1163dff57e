#include "grid.h"

#include <stdio.h>
#include <string.h>

#define WIDE_MAX 8    /* chunks with four columns each */
#define NAME_WIDTH 12 /* of a server, at most, beside cells */
#define TEXT_LEAST 30

static const struct mark {
	const char *wide; /* its first character alone, where it is narrow */
	enum show_paint paint;
	const char *help;
} marks[CELL_KINDS] = {
	[CELL_NONE] = {"  ", PAINT_NONE, ""},
	[CELL_GOOD] = {"##", PAINT_GOOD, "is there"},
	[CELL_BAD] = {"xx", PAINT_BAD, "bad or missing file"},
	[CELL_LACKING] = {"--", PAINT_BAD, "should be there, is not"},
	[CELL_AWAY] = {"??", PAINT_WARN, "by the formula, server is down"},
	[CELL_PERHAPS] = {"~?", PAINT_WARN, "perhaps, server is down"},
	[CELL_PLANNED] = {"++", PAINT_NONE, "would go there"},
};

struct grid {
	const struct placement *p;
	const struct grid_row *rows;
	int name;     /* columns */
	int cell;     /* the same, of one */
	bool beside;  /* texts stand there */
	size_t after; /* columns left for them */
};

static struct grid measure(const struct placement *p,
			   const struct grid_row *rows)
{
	struct grid g = {.p = p, .rows = rows};
	size_t used;

	for (unsigned i = 0; i < p->count; i++)
		if ((int)strlen(rows[i].name) > g.name)
			g.name = (int)strlen(rows[i].name);
	if (g.name > NAME_WIDTH)
		g.name = NAME_WIDTH;
	g.cell = p->y > WIDE_MAX ? 1 : 4;
	used = 2 + (size_t)g.name + 2 + p->y * (size_t)g.cell + 2;
	g.beside = used + TEXT_LEAST <= SHOW_COLUMNS;
	g.after = SHOW_COLUMNS - (g.beside ? used : 2 + (size_t)g.name + 2);
	return g;
}

static void margin(const struct grid *g)
{
	printf("%*s", 2 + g->name + 2, "");
}

static void show_heads(const struct grid *g)
{
	margin(g);
	for (unsigned k = 1; k <= g->p->y; k++) {
		char text[16];

		snprintf(text, sizeof(text), "P%u", k);
		if (g->cell > 1)
			printf("%-*s", k < g->p->y ? g->cell : 0, text);
		else if (k == 1)
			putchar('P');
		else if (k % 10 == 0)
			printf("%*u", k == 10 ? 9 : 10, k / 10);
	}
	putchar('\n');
	if (g->cell > 1)
		return;
	margin(g);
	for (unsigned k = 1; k <= g->p->y; k++)
		printf("%u", k % 10);
	putchar('\n');
}

static void show_text(const struct grid *g, unsigned i)
{
	const char *text = g->rows[i].text;
	size_t len = strlen(text);
	bool cut = len > g->after;

	printf("%s%.*s%s%s", show_paint(g->rows[i].paint),
	       (int)(cut ? g->after - 3 : len), text, cut ? "..." : "",
	       show_paint(PAINT_NONE));
}

/* Without blanks at its end. */
static void show_cells(const struct grid *g, unsigned i)
{
	unsigned last = 0;

	for (unsigned k = 0; k < g->p->y; k++)
		if (g->p->cells[i][k] != CELL_NONE)
			last = k + 1;
	if (g->beside)
		last = g->p->y;
	for (unsigned k = 0; k < last; k++) {
		const struct mark *m = &marks[g->p->cells[i][k]];
		int width = g->cell > 1 ? 2 : 1;

		printf("%s%.*s%s", show_paint(m->paint), width,
		       g->cell == 1 && *m->wide == ' ' ? "." : m->wide,
		       show_paint(PAINT_NONE));
		if (g->cell > 1 && (k + 1 < last || g->beside))
			fputs("  ", stdout);
	}
}

static void show_name_of(const struct grid *g, unsigned i)
{
	printf("  %-*.*s  ", g->name, g->name, g->rows[i].name);
}

static void show_legend(const struct grid *g)
{
	size_t at = 0;
	uint64_t used = 0;

	for (unsigned i = 0; i < g->p->count; i++)
		for (unsigned k = 0; k < g->p->y; k++)
			used |= UINT64_C(1) << g->p->cells[i][k];
	used &= ~UINT64_C(1);
	for (unsigned c = 0; c < CELL_KINDS; c++) {
		int width = g->cell > 1 ? 2 : 1;
		size_t len = (size_t)width + 1 + strlen(marks[c].help) + 3;

		if (!(used >> c & 1))
			continue;
		if (at > 0 && at + len > SHOW_COLUMNS) {
			putchar('\n');
			at = 0;
		}
		printf("%s%.*s %s", at > 0 ? "   " : "  ", width, marks[c].wide,
		       marks[c].help);
		at += len;
	}
	if (used)
		putchar('\n');
}

/* Those of which there is something to say. */
static void show_below(const struct grid *g)
{
	bool any = false;

	for (unsigned i = 0; i < g->p->count; i++) {
		if (g->rows[i].paint == PAINT_NONE)
			continue;
		if (!any)
			putchar('\n');
		any = true;
		show_name_of(g, i);
		show_text(g, i);
		putchar('\n');
	}
}

void grid_show(const struct placement *p, const struct grid_row *rows)
{
	struct grid g = measure(p, rows);

	if (p->y > 0)
		show_heads(&g);
	for (unsigned i = 0; i < p->count; i++) {
		show_name_of(&g, i);
		show_cells(&g, i);
		if (g.beside) {
			fputs(g.cell == 1 ? "  " : "", stdout);
			show_text(&g, i);
		}
		putchar('\n');
	}
	if (p->y > 0)
		show_legend(&g);
	if (g.beside)
		return;
	show_below(&g);
}
