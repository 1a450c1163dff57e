#include "rows.h"

#include "describe.h"
#include "interrupt.h"
#include "name.h"
#include "show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 4
#define CELL_MAX 32 /* bytes */

enum { COLUMN_STRIPE, COLUMN_VERSION, COLUMN_SIZE, COLUMN_TIME };

static void fill(const struct rows *r, const struct row *row,
		 char cells[COLUMNS][CELL_MAX])
{
	const struct version *v = &row->version;

	memset(cells, 0, COLUMNS * CELL_MAX);
	if (!row->directory && !row->seen)
		return;
	if (r->human)
		show_size(v->size, cells[COLUMN_SIZE]);
	else
		(void)snprintf(cells[COLUMN_SIZE], CELL_MAX, "%" PRIu64,
			       v->size);
	show_time(v->mtime_ns, cells[COLUMN_TIME]);
	if (row->directory)
		return;
	(void)snprintf(cells[COLUMN_STRIPE], CELL_MAX, "%ux%u", v->y,
		       row->copies);
	(void)snprintf(cells[COLUMN_VERSION], CELL_MAX, "v%" PRIu64,
		       v->tag.ctr);
}

static void measure(struct rows *r, const struct row *row)
{
	char cells[COLUMNS][CELL_MAX];

	fill(r, row, cells);
	for (unsigned i = 0; i < COLUMNS; i++)
		if ((int)strlen(cells[i]) > r->width[i])
			r->width[i] = (int)strlen(cells[i]);
}

static void print_cells(const struct rows *r, const struct row *row)
{
	char cells[COLUMNS][CELL_MAX];
	char mode[DESCRIBE_MODE_MAX] = "";

	fill(r, row, cells);
	if (!row->directory && row->seen)
		describe_mode(row->version.mode, mode);
	if (r->details)
		printf("%-4s  %*s  %-*s  ", row->directory ? "dir" : mode,
		       r->width[COLUMN_STRIPE], cells[COLUMN_STRIPE],
		       r->width[COLUMN_VERSION], cells[COLUMN_VERSION]);
	printf("%*s  %-*s  ", r->width[COLUMN_SIZE], cells[COLUMN_SIZE],
	       r->width[COLUMN_TIME], cells[COLUMN_TIME]);
}

static void print_name(const struct rows *r, const struct row *row)
{
	enum show_paint paint = row->directory	  ? PAINT_BOLD
				: row->incomplete ? PAINT_BAD
						  : PAINT_NONE;

	if (paint != PAINT_NONE)
		fputs(show_paint(paint), stdout);
	show_stored(row->name, row->len);
	if (row->incomplete && !r->nul)
		fputs(" [incomplete]", stdout);
	if (paint != PAINT_NONE)
		fputs(show_paint(PAINT_NONE), stdout);
	putchar(r->nul ? '\0' : '\n');
}

static void print_json(const struct row *row)
{
	struct emit *e = emit_begin(row->directory ? "directory" : "file");

	emit_bytes(e, "name", row->name, row->len);
	if (row->directory) {
		emit_u64(e, "files", row->files);
		emit_u64(e, "size", row->version.size);
		emit_time(e, "mtime", row->version.mtime_ns);
	} else {
		emit_bool(e, "incomplete", row->incomplete);
		if (row->seen)
			describe_version(e, &row->version, row->copies);
	}
	emit_end(e);
}

static void print(struct rows *r)
{
	bool bare = r->names || r->nul;

	for (size_t i = 0; !bare && !r->json && i < r->count; i++)
		measure(r, &r->list[i]);
	for (size_t i = 0; i < r->count; i++) {
		struct row *row = &r->list[i];

		/* A reader may have stopped reading: no more then. */
		if (interrupt_came()) {
			free(row->name);
			continue;
		}
		if (r->json) {
			print_json(row);
		} else {
			if (!bare)
				print_cells(r, row);
			print_name(r, row);
		}
		free(row->name);
	}
	r->count = 0;
}

void rows_add(struct rows *r, const struct row *row)
{
	if (r->count == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : ROWS_AHEAD;
		struct row *list = realloc(r->list, cap * sizeof(*list));

		if (!list) {
			r->no_memory = true;
			free(row->name);
			return;
		}
		r->list = list;
		r->cap = cap;
	}
	r->list[r->count++] = *row;
	if (r->sort == ROWS_AS_THEY_COME && r->count == ROWS_AHEAD)
		print(r);
}

/* Sorting */

static int by_name(const void *a, const void *b)
{
	const struct row *x = a;
	const struct row *y = b;

	return name_compare(x->name, x->len, y->name, y->len);
}

static int by_time(const void *a, const void *b)
{
	const struct version *x = &((const struct row *)a)->version;
	const struct version *y = &((const struct row *)b)->version;

	if (x->mtime_ns != y->mtime_ns)
		return x->mtime_ns > y->mtime_ns ? -1 : 1;
	return by_name(a, b);
}

static int by_size(const void *a, const void *b)
{
	const struct version *x = &((const struct row *)a)->version;
	const struct version *y = &((const struct row *)b)->version;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return by_name(a, b);
}

static void sort(struct rows *r)
{
	static int (*const orders[])(const void *, const void *) = {
		[ROWS_BY_NAME] = by_name,
		[ROWS_BY_TIME] = by_time,
		[ROWS_BY_SIZE] = by_size,
	};

	if (r->sort == ROWS_AS_THEY_COME || r->count == 0)
		return;
	qsort(r->list, r->count, sizeof(*r->list), orders[r->sort]);
	for (size_t i = 0; r->reverse && i < r->count / 2; i++) {
		struct row other = r->list[i];

		r->list[i] = r->list[r->count - 1 - i];
		r->list[r->count - 1 - i] = other;
	}
}

void rows_end(struct rows *r)
{
	sort(r);
	print(r);
	free(r->list);
	r->list = NULL;
	r->cap = 0;
}
