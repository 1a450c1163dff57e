#include "grid.h"

#include <stdlib.h>
#include <string.h>

static unsigned min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static uint32_t *row_of(const struct grid *g, unsigned row)
{
	return g->cells + (size_t)row * g->cols;
}

static void blank(struct grid *g, unsigned row, unsigned from, unsigned to)
{
	if (from < to)
		memset(row_of(g, row) + from, 0,
		       (to - from) * sizeof(*g->cells));
}

enum err grid_init(struct grid *g, unsigned cols, unsigned rows)
{
	uint32_t *cells = calloc((size_t)cols * rows, sizeof(*cells));

	if (cells == NULL)
		return ERR_MEMORY;
	*g = (struct grid){.cells = cells, .cols = cols, .rows = rows};
	g->bottom = rows - 1;
	return ERR_OK;
}

void grid_release(struct grid *g)
{
	free(g->cells);
}

void grid_reset(struct grid *g)
{
	for (unsigned r = 0; r < g->rows; r++)
		blank(g, r, 0, g->cols);
	g->at = g->saved = (struct spot){0};
	g->top = 0;
	g->bottom = g->rows - 1;
	g->insert = false;
}

enum err grid_resize(struct grid *g, unsigned cols, unsigned rows)
{
	unsigned gone = g->at.row < rows ? 0 : g->at.row - rows + 1;
	struct grid new;
	enum err e = grid_init(&new, cols, rows);

	if (e)
		return e;
	for (unsigned r = 0; r < rows && r + gone < g->rows; r++)
		memcpy(row_of(&new, r), row_of(g, r + gone),
		       min(cols, g->cols) * sizeof(*new.cells));
	grid_release(g);
	new.insert = g->insert;
	new.at.row = g->at.row - gone;
	new.at.col = min(g->at.col, cols - 1);
	new.saved.row = min(g->saved.row, rows - 1);
	new.saved.col = min(g->saved.col, cols - 1);
	*g = new;
	return ERR_OK;
}

void grid_shift_rows(struct grid *g, unsigned from, int n)
{
	unsigned count = g->bottom - from + 1;
	unsigned by = min((unsigned)(n < 0 ? -n : n), count);
	size_t kept = (size_t)(count - by) * g->cols * sizeof(*g->cells);

	if (n > 0)
		memmove(row_of(g, from), row_of(g, from + by), kept);
	else
		memmove(row_of(g, from + by), row_of(g, from), kept);
	for (unsigned i = 0; i < by; i++)
		blank(g, n > 0 ? g->bottom - i : from + i, 0, g->cols);
}

void grid_move(struct grid *g, unsigned row, unsigned col)
{
	g->at.row = min(row, g->rows - 1);
	g->at.col = min(col, g->cols - 1);
	g->at.wrap = false;
}

void grid_feed(struct grid *g)
{
	if (g->at.row == g->bottom)
		grid_shift_rows(g, g->top, 1);
	else
		grid_move(g, g->at.row + 1, g->at.col);
	g->at.wrap = false;
}

void grid_reverse_feed(struct grid *g)
{
	if (g->at.row == g->top)
		grid_shift_rows(g, g->top, -1);
	else if (g->at.row > 0)
		grid_move(g, g->at.row - 1, g->at.col);
	g->at.wrap = false;
}

void grid_shift_cells(struct grid *g, int n)
{
	unsigned room = g->cols - g->at.col;
	unsigned by = min((unsigned)(n < 0 ? -n : n), room);
	uint32_t *here = row_of(g, g->at.row) + g->at.col;
	size_t kept = (size_t)(room - by) * sizeof(*here);

	if (n > 0) {
		memmove(here + by, here, kept);
		blank(g, g->at.row, g->at.col, g->at.col + by);
	} else {
		memmove(here, here + by, kept);
		blank(g, g->at.row, g->cols - by, g->cols);
	}
	g->at.wrap = false;
}

void grid_draw(struct grid *g, uint32_t code)
{
	if (g->at.wrap) {
		g->at.col = 0;
		grid_feed(g);
	}
	if (g->insert)
		grid_shift_cells(g, 1);
	row_of(g, g->at.row)[g->at.col] = code;
	if (g->at.col + 1 == g->cols)
		g->at.wrap = true;
	else
		g->at.col++;
}

void grid_up(struct grid *g, unsigned n)
{
	unsigned stop = g->at.row < g->top ? 0 : g->top;

	grid_move(g, g->at.row - min(n, g->at.row - stop), g->at.col);
}

void grid_down(struct grid *g, unsigned n)
{
	unsigned stop = g->at.row > g->bottom ? g->rows - 1 : g->bottom;

	grid_move(g, g->at.row + min(n, stop - g->at.row), g->at.col);
}

void grid_erase_row(struct grid *g, unsigned what)
{
	unsigned from = what == 0 ? g->at.col : 0;
	unsigned to = what == 1 ? g->at.col + 1 : g->cols;

	blank(g, g->at.row, from, to);
	g->at.wrap = false;
}

void grid_erase(struct grid *g, unsigned what)
{
	grid_erase_row(g, what);
	for (unsigned r = 0; r < g->rows; r++)
		if (what == 2 || (what == 1 && r < g->at.row) ||
		    (what == 0 && r > g->at.row))
			blank(g, r, 0, g->cols);
}

void grid_erase_cells(struct grid *g, unsigned n)
{
	blank(g, g->at.row, g->at.col, min(g->at.col + n, g->cols));
	g->at.wrap = false;
}

static size_t encode(uint32_t code, char *out)
{
	static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
	unsigned more = code < 0x80	 ? 0
			: code < 0x800	 ? 1
			: code < 0x10000 ? 2
					 : 3;

	out[0] = (char)(lead[more] | code >> (6 * more));
	for (unsigned i = 1; i <= more; i++)
		out[i] = (char)(0x80 | (code >> (6 * (more - i)) & 0x3f));
	return more + 1;
}

size_t grid_text(const struct grid *g, unsigned row, char *out)
{
	const uint32_t *cells = row_of(g, row);
	unsigned end = g->cols;
	size_t len = 0;

	while (end > 0 && (cells[end - 1] == 0 || cells[end - 1] == ' '))
		end--;
	for (unsigned c = 0; c < end; c++)
		len += encode(cells[c] == 0 ? ' ' : cells[c], out + len);
	out[len] = '\0';
	return len;
}
