/*
 * A placement drawn: a row for each server, a column for each chunk.  80
 * columns: many chunks have a character each, and what there is to say of
 * servers, by a paint of its own, may then stand below.
 */
#ifndef SHELL_GRID_H
#define SHELL_GRID_H

#include "placement.h"
#include "show.h"

#define GRID_TEXT_MAX 256

/* What stands beside a server's cells. */
struct grid_row {
	const char *name;
	enum show_paint paint; /* of the text */
	char text[GRID_TEXT_MAX];
};

/* rows[p->count].  On stdout, with what the marks mean. */
void grid_show(const struct placement *p, const struct grid_row *rows);

#endif
