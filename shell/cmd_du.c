/* du: what files and directories take */
#include "command.h"
#include "emit.h"
#include "interrupt.h"
#include "name.h"
#include "num.h"
#include "show.h"
#include "walk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX 24 /* bytes */

struct sum {
	uint64_t files;
	uint64_t size; /* bytes of the files */
	uint64_t raw;  /* and of all copies that the servers hold */
};

struct usage {
	char *name; /* heap */
	size_t len; /* with the slash of a directory */
	struct sum sum;
};

/* A directory that names still come from: so many bytes of .path. */
struct part {
	size_t len;
	struct sum sum;
};

struct du {
	struct walk walk;
	uint64_t deepest; /* level that is shown */
	struct usage *list;
	size_t count;
	size_t cap;
	struct sum total;
	struct part parts[NAME_MAX_BYTES / 2 + 1];
	unsigned open; /* of them */
	char path[NAME_MAX_BYTES];
	size_t base; /* bytes of .path that an operand stands for */
	bool no_memory;
};

static void add(struct sum *to, const struct sum *s)
{
	to->files += s->files;
	to->size += s->size;
	to->raw += s->raw;
}

static struct sum sum_of(const struct found *f)
{
	const struct version *v = &f->version;
	struct sum s = {.files = 1, .size = v->size};

	for (unsigned i = 0; i < v->y; i++)
		s.raw += layout_length(v->size, v->y, i) *
			 mask_count(f->holders[i]);
	return s;
}

static void keep(struct du *d, const char *name, size_t len,
		 const struct sum *sum)
{
	if (d->count == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 64;
		struct usage *list = realloc(d->list, cap * sizeof(*list));

		d->no_memory |= !list;
		if (!list)
			return;
		d->list = list;
		d->cap = cap;
	}
	d->list[d->count] = (struct usage){strndup(name, len), len, *sum};
	d->no_memory |= !d->list[d->count].name;
	d->count += d->list[d->count].name != NULL;
}

static unsigned level_of(const struct du *d, size_t len)
{
	unsigned level = 0;

	for (size_t i = d->base; i < len; i++)
		level += d->path[i] == '/';
	return level;
}

/* The directory opened last has come to its end. */
static void close_part(struct du *d)
{
	const struct part *p = &d->parts[--d->open];

	if (d->open > 0)
		add(&d->parts[d->open - 1].sum, &p->sum);
	if (level_of(d, p->len) <= d->deepest)
		keep(d, d->path, p->len, &p->sum);
}

static void close_all(struct du *d)
{
	while (d->open > 0)
		close_part(d);
}

static bool is_in(const struct du *d, const struct listing_name *n)
{
	size_t len = d->parts[d->open - 1].len;

	return len < n->len && memcmp(d->path, n->text, len) == 0;
}

static void du_name(void *arg, const struct listing_name *n)
{
	struct du *d = arg;
	size_t from = d->walk.matched;
	struct sum sum = sum_of(n->found);

	while (d->open > 0 && !is_in(d, n))
		close_part(d);
	add(&d->total, &sum);
	if (from > 0 && n->len == from) {
		keep(d, n->text, n->len, &sum);
		return;
	}
	if (d->open > 0)
		from = d->parts[d->open - 1].len;
	else
		d->base = from > 0 ? from + 1 : 0;
	memcpy(d->path, n->text, n->len);
	for (size_t i = from; i < n->len; i++)
		if (n->text[i] == '/')
			d->parts[d->open++] = (struct part){.len = i + 1};
	if (d->open > 0)
		add(&d->parts[d->open - 1].sum, &sum);
}

/* Printing */

static void size_text(uint64_t bytes, bool human, char out[CELL_MAX])
{
	if (human)
		show_size(bytes, out);
	else
		(void)snprintf(out, CELL_MAX, "%" PRIu64, bytes);
}

static void widen(int width[2], const struct sum *s, bool human)
{
	const uint64_t bytes[2] = {s->size, s->raw};
	char cell[CELL_MAX];

	for (unsigned i = 0; i < 2; i++) {
		size_text(bytes[i], human, cell);
		if ((int)strlen(cell) > width[i])
			width[i] = (int)strlen(cell);
	}
}

static void print_sizes(const struct sum *s, const int width[2], bool human)
{
	char size[CELL_MAX];
	char raw[CELL_MAX];

	size_text(s->size, human, size);
	size_text(s->raw, human, raw);
	printf("%*s  %*s  ", width[0], size, width[1], raw);
}

static void emit_sum(const struct usage *u, const struct sum *s)
{
	bool file = u && u->name[u->len - 1] != '/';
	struct emit *e = emit_begin(file ? "file" : u ? "directory" : "total");

	if (u)
		emit_bytes(e, "name", u->name, u->len);
	if (!file)
		emit_u64(e, "files", s->files);
	emit_u64(e, "size", s->size);
	emit_u64(e, "raw", s->raw);
	emit_end(e);
}

static void print_json(const struct du *d)
{
	for (size_t i = 0; d->list && i < d->count && !interrupt_came(); i++)
		emit_sum(&d->list[i], &d->list[i].sum);
	emit_sum(NULL, &d->total);
}

/* total: a line of its own for it. */
static void print(const struct du *d, bool human, bool total)
{
	int width[2] = {0, 0};

	widen(width, &d->total, human);
	for (size_t i = 0; i < d->count; i++)
		widen(width, &d->list[i].sum, human);
	for (size_t i = 0; i < d->count && !interrupt_came(); i++) {
		print_sizes(&d->list[i].sum, width, human);
		show_stored(d->list[i].name, d->list[i].len);
		putchar('\n');
	}
	if (!total)
		return;
	print_sizes(&d->total, width, human);
	puts("total");
}

static void du_all(struct du *d, const struct args *a)
{
	bool more = true;

	if (a->count == 0)
		walk_below(&d->walk, "");
	for (size_t i = 0; more && i < a->count; i++) {
		more = walk_operand(&d->walk, a->operands[i]);
		close_all(d);
	}
	close_all(d);
}

/* False, and said, when -d has no number. */
static bool take_depth(struct du *d, const struct args *a)
{
	d->deepest = a->given['s'] ? 0 : UINT64_MAX;
	if (!a->value['d'] ||
	    num_u64(a->value['d'], 0, NAME_MAX_BYTES, &d->deepest) == ERR_OK)
		return true;
	show_trouble("du: -d %s: not a number of levels", a->value['d']);
	return false;
}

static enum exit_status run(struct du *d, struct client *c,
			    const struct args *a)
{
	if (!take_depth(d, a) || !client_open(c))
		return EXIT_USAGE;
	d->walk = (struct walk){.client = c, .each = du_name, .arg = d};
	du_all(d, a);
	if (d->no_memory) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	if (d->walk.end == LISTING_NONE)
		return EXIT_DONE;
	if (c->manners.json)
		print_json(d);
	else
		print(d, a->given['h'], a->count != 1 || d->walk.by_pattern);
	walk_printed(c);
	return EXIT_DONE;
}

enum exit_status cmd_du(struct client *c, const struct args *a)
{
	struct du *d = calloc(1, sizeof(*d)); /* large */
	enum exit_status status;

	if (!d) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	status = run(d, c, a);
	for (size_t i = 0; i < d->count; i++)
		free(d->list[i].name);
	free(d->list);
	free(d);
	return status;
}
