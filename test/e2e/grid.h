/*
 * The cells of a screen, its cursor and what moves and blanks them.  What
 * bytes ask for which of these is screen.c's matter.  No I/O.
 *
 * Rows and columns count from 0 here.  Every call keeps the cursor inside;
 * what moves it or changes cells, other than grid_draw, takes back that the
 * next character wraps.
 */
#ifndef E2E_GRID_H
#define E2E_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct spot {
	unsigned row;
	unsigned col;
	bool wrap; /* in the last column, and the next character wraps */
};

struct grid {
	uint32_t *cells; /* code points, row by row; 0 is blank */
	unsigned cols;
	unsigned rows;
	unsigned top; /* the scrolling region, both included */
	unsigned bottom;
	struct spot at;
	struct spot saved;
	bool insert; /* characters push the rest of the row right */
};

/* Blank; the region is all rows.  cols and rows are not 0. */
enum err grid_init(struct grid *g, unsigned cols, unsigned rows) MUST_CHECK;
void grid_release(struct grid *g);
/* As after grid_init. */
void grid_reset(struct grid *g);
/* See screen_resize. */
enum err grid_resize(struct grid *g, unsigned cols, unsigned rows) MUST_CHECK;

void grid_move(struct grid *g, unsigned row, unsigned col);
/* By n rows, inside the region when the cursor is. */
void grid_up(struct grid *g, unsigned n);
void grid_down(struct grid *g, unsigned n);
/* By one row; at the region's end it scrolls. */
void grid_feed(struct grid *g);
void grid_reverse_feed(struct grid *g);

void grid_draw(struct grid *g, uint32_t code);
/* From the cursor to the end of its row cells move right by n, or left by -n;
 * blanks come in. */
void grid_shift_cells(struct grid *g, int n);
/* Rows from..bottom of the region move up by n, or down by -n. */
void grid_shift_rows(struct grid *g, unsigned from, int n);

/* 0: from the cursor on; 1: up to it and with it; 2: all. */
void grid_erase_row(struct grid *g, unsigned what);
void grid_erase(struct grid *g, unsigned what);
/* n cells from the cursor on. */
void grid_erase_cells(struct grid *g, unsigned n);

/* The row in UTF-8 without its trailing blanks, as a string of at most
 * 4 * cols bytes.  Returns its length. */
size_t grid_text(const struct grid *g, unsigned row, char *out);

#endif
