/* ls: one level, sizes and times */
#include "command.h"
#include "describe.h"
#include "rows.h"
#include "show.h"
#include "walk.h"

#include <stdlib.h>
#include <string.h>

struct level {
	struct walk walk;
	struct rows rows;
	bool all;	/* levels */
	struct row dir; /* that is being summed up; no name: none is */
};

static char *copy(struct level *l, const char *text, size_t len)
{
	char *name = strndup(text, len);

	l->rows.no_memory |= !name;
	return name;
}

static void end_dir(struct level *l)
{
	if (l->dir.name)
		rows_add(&l->rows, &l->dir);
	l->dir = (struct row){0};
}

static void add_file(struct level *l, const struct listing_name *n)
{
	struct row row = {.len = n->len,
			  .incomplete = n->listed == LISTED_INCOMPLETE,
			  .seen = n->found->committed,
			  .version = n->found->version,
			  .copies = describe_copies(n->found)};

	end_dir(l);
	row.name = copy(l, n->text, n->len);
	if (row.name)
		rows_add(&l->rows, &row);
}

/* len: of the directory, with its slash. */
static void add_to_dir(struct level *l, const struct listing_name *n,
		       size_t len)
{
	const struct version *v = &n->found->version;
	struct row *d = &l->dir;

	if (!d->name || d->len != len || memcmp(d->name, n->text, len) != 0) {
		end_dir(l);
		*d = (struct row){.name = copy(l, n->text, len),
				  .len = len,
				  .directory = true,
				  .version.mtime_ns = INT64_MIN};
	}
	d->files++;
	d->version.size += v->size;
	if (v->mtime_ns > d->version.mtime_ns)
		d->version.mtime_ns = v->mtime_ns;
}

/* What lies deeper than this level stands there as a directory; what a
 * pattern matches is itself on this level. */
static void ls_name(void *arg, const struct listing_name *n)
{
	struct level *l = arg;
	size_t from = l->walk.matched;
	const char *slash;

	if (!l->walk.by_pattern && from > 0 && from < n->len)
		from++;
	slash = memchr(n->text + from, '/', n->len - from);
	if (slash && !l->all)
		add_to_dir(l, n, (size_t)(slash - n->text) + 1);
	else
		add_file(l, n);
}

static enum rows_sort sort_of(const struct args *a)
{
	if (a->given['t'])
		return ROWS_BY_TIME;
	if (a->given['S'])
		return ROWS_BY_SIZE;
	return a->given['r'] ? ROWS_BY_NAME : ROWS_AS_THEY_COME;
}

enum exit_status cmd_ls(struct client *c, const struct args *a)
{
	struct level l = {.walk = {.client = c, .each = ls_name, .arg = &l},
			  .rows = {.sort = sort_of(a),
				   .reverse = a->given['r'],
				   .names = a->given['1'],
				   .nul = a->given['0'],
				   .details = a->given['l'],
				   .human = a->given['h'],
				   .json = c->manners.json},
			  .all = a->given['R']};
	bool more = true;

	if (!client_open(c))
		return EXIT_USAGE;
	if (a->count == 0)
		walk_below(&l.walk, "");
	for (size_t i = 0; more && i < a->count; i++) {
		more = walk_operand(&l.walk, a->operands[i]);
		end_dir(&l);
	}
	end_dir(&l);
	rows_end(&l.rows);
	walk_printed(c);
	if (l.rows.no_memory) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	return EXIT_DONE;
}
