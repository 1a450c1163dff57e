/*
 * The rows of ls: files and directories, in aligned columns.
 *
 * Sorted, all are kept until the end.  In the order in which they come they
 * are measured and printed ROWS_AHEAD at a time, so that memory does not grow
 * with their number; a column may become wider on the way.
 */
#ifndef SHELL_ROWS_H
#define SHELL_ROWS_H

#include "listing.h"

#define ROWS_AHEAD 1000

enum rows_sort {
	ROWS_AS_THEY_COME,
	ROWS_BY_NAME,
	ROWS_BY_TIME, /* newest first */
	ROWS_BY_SIZE, /* largest first */
};

struct row {
	char *name; /* heap */
	size_t len;
	bool directory;	 /* .version: the sum of sizes, the newest time */
	uint64_t files;	 /* of a directory */
	bool incomplete; /* of a file, as are the rest */
	bool seen;	 /* a version */
	struct version version;
	unsigned copies;
};

struct rows {
	enum rows_sort sort;
	bool reverse;
	bool names; /* nothing else */
	bool nul;   /* names alone, and no newlines */
	bool details;
	bool human;
	bool json;

	struct row *list; /* heap */
	size_t count;
	size_t cap;
	int width[4]; /* of the columns, so far */
	bool no_memory;
};

/* Takes the row over, name too.  Without memory the row is lost, and
 * .no_memory set. */
void rows_add(struct rows *r, const struct row *row);
/* What was not printed yet; frees all. */
void rows_end(struct rows *r);

#endif
