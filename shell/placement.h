/*
 * Where the chunks of one name are, and where they should be, as a table of
 * servers and chunks.  Pure.
 *
 * What a server that does not answer holds is concluded from the formula
 * (dfs-format(5), "Placement"), and from the order in which the others stand.
 */
#ifndef SHELL_PLACEMENT_H
#define SHELL_PLACEMENT_H

#include "view.h"

enum placement_cell {
	CELL_NONE,
	CELL_GOOD,    /* is there, as far as anybody knows */
	CELL_BAD,     /* has its place; its file is bad or missing */
	CELL_LACKING, /* has its place by the formula, and no data */
	CELL_AWAY,    /* the same, and does not answer */
	CELL_PERHAPS, /* does not answer, and may have it */
	CELL_PLANNED, /* nothing is stored: would get it */
	CELL_KINDS,
};

/* How the servers of the stripe stand. */
enum placement_order {
	PLACEMENT_FORMULA,
	PLACEMENT_TURNED, /* as another name's: a copy made by the servers */
	PLACEMENT_MOVED,  /* in no order: a heal has filled places elsewhere */
};

struct placement {
	unsigned count; /* servers of the list */
	unsigned y;	/* chunks; 0: the table is empty */
	unsigned turn;	/* MD5 of the name mod y */
	enum placement_order order;
	unsigned turned; /* PLACEMENT_TURNED: by so many places */
	uint8_t cells[LAYOUT_MAX][LAYOUT_MAX]; /* [server][chunk] */
};

struct placement_name {
	const char *text;
	size_t len;
};

/* Of f's version; held[i] counts where bit i of v->valid is set. */
void placement_find(struct placement *p, struct placement_name name,
		    const struct view *v, const struct found *f,
		    const struct held *held, unsigned count);
/* Where a put would bring it now, if it took these servers. */
void placement_plan(struct placement *p, struct placement_name name,
		    uint64_t stripe, unsigned count);
/* The servers that have that cell for the chunk. */
uint64_t placement_servers(const struct placement *p, unsigned chunk,
			   enum placement_cell cell);

#endif
