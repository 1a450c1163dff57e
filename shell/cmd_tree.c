/* tree: names as they lie in each other, drawn */
#include "command.h"
#include "describe.h"
#include "interrupt.h"
#include "name.h"
#include "names.h"
#include "num.h"
#include "show.h"
#include "walk.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#define BAR_MAX 8			   /* bytes of one level's */
#define DEPTH_MAX (NAME_MAX_BYTES / 2 + 1) /* components of a name */

/* What stands before a name. */
struct style {
	const char *bar;
	const char *blank;
	const char *branch;
	const char *last;
};

static const struct style ascii = {"|   ", "    ", "|-- ", "`-- "};
static const struct style utf8 = {"\u2502   ", "    ", "\u251c\u2500\u2500 ",
				  "\u2514\u2500\u2500 "};

struct drawing {
	struct walk walk;
	const struct style *style;
	uint64_t levels;    /* that are drawn */
	struct names names; /* cut after the last level, with a slash then */
	bool *incomplete;   /* of each; heap */
	size_t incomplete_cap;
	uint64_t files;
	uint64_t directories;
	uint64_t broken; /* files that are incomplete */
	bool json;
	char last[NAME_MAX_BYTES]; /* the name before */
	size_t last_len;
	bool no_memory;
	char bars[DEPTH_MAX * BAR_MAX];
};

/* Bytes of the name that are drawn: all, or those up to the slash behind the
 * last level.  Counts and, with --json, tells the directories that begin with
 * this name. */
static size_t cut(struct drawing *d, const struct listing_name *n, size_t from)
{
	size_t same = 0;
	uint64_t level = 0;

	while (same < n->len && same < d->last_len &&
	       n->text[same] == d->last[same])
		same++;
	for (size_t i = from; i < n->len; i++) {
		if (n->text[i] != '/')
			continue;
		if (i >= same) {
			struct emit *e =
				d->json ? emit_begin("directory") : NULL;

			emit_bytes(e, "name", n->text, i + 1);
			emit_end(e);
			d->directories++;
		}
		if (++level == d->levels)
			return i + 1;
	}
	return n->len;
}

static void keep(struct drawing *d, const char *text, size_t len, bool broken)
{
	const char *last =
		d->names.count ? d->names.list[d->names.count - 1] : NULL;

	if (last && strlen(last) == len && memcmp(last, text, len) == 0)
		return;
	if (d->names.count == d->incomplete_cap) {
		size_t cap = d->incomplete_cap ? d->incomplete_cap * 2 : 64;
		bool *grown = realloc(d->incomplete, cap);

		d->no_memory |= !grown;
		if (!grown)
			return;
		d->incomplete = grown;
		d->incomplete_cap = cap;
	}
	d->incomplete[d->names.count] = broken;
	d->no_memory |= !names_add(&d->names, text, len);
}

static void tree_name(void *arg, const struct listing_name *n)
{
	struct drawing *d = arg;
	size_t top = d->walk.matched;
	size_t from = top > 0 && n->len > top ? top + 1 : top;
	size_t len = cut(d, n, from);
	bool broken = n->listed == LISTED_INCOMPLETE;

	memcpy(d->last, n->text, n->len);
	d->last_len = n->len;
	d->files += len == n->len;
	d->broken += len == n->len && broken;
	if (!d->json)
		keep(d, n->text + from, len - from, len == n->len && broken);
	else if (len == n->len)
		describe_emit(n->text, n->len, n->listed, n->found);
}

/* Drawing */

/* Of the component at `at`, with its slash. */
static size_t component(const char *text, size_t at)
{
	size_t len = strcspn(text + at, "/");

	return text[at + len] == '/' ? len + 1 : len;
}

static void draw_line(const struct drawing *d, size_t i, size_t at, bool last)
{
	const char *text = d->names.list[i] + at;
	size_t len = component(text, 0);
	bool directory = text[len - 1] == '/';
	bool broken = !directory && d->incomplete[i];

	fputs(d->bars, stdout);
	fputs(last ? d->style->last : d->style->branch, stdout);
	fputs(directory ? show_paint(PAINT_BOLD)
	      : broken	? show_paint(PAINT_BAD)
			: "",
	      stdout);
	show_name(text, len);
	fputs(broken ? " [incomplete]" : "", stdout);
	fputs(directory || broken ? show_paint(PAINT_NONE) : "", stdout);
	putchar('\n');
}

/* names [begin, end), which are the same up to `at`. */
static void draw(struct drawing *d, size_t begin, size_t end, size_t at)
{
	size_t bars = strlen(d->bars);

	while (begin < end && !interrupt_came()) {
		const char *text = d->names.list[begin];
		size_t len = component(text, at);
		size_t next = begin + 1;

		while (next < end &&
		       strncmp(d->names.list[next] + at, text + at, len) == 0 &&
		       text[at + len - 1] == '/')
			next++;
		draw_line(d, begin, at, next == end);
		if (text[at + len] != '\0') {
			const char *bar =
				next < end ? d->style->bar : d->style->blank;

			memcpy(d->bars + bars, bar, strlen(bar) + 1);
			draw(d, begin, next, at + len);
			d->bars[bars] = '\0';
		}
		begin = next;
	}
}

static void print(struct drawing *d, const char *top)
{
	size_t first = 0;

	if (*top)
		show_name(top, strlen(top));
	else
		putchar('.');
	putchar('\n');
	/* The file `top` itself. */
	if (d->names.count && d->names.list[0][0] == '\0')
		first = 1;
	draw(d, first, d->names.count, 0);
	printf("\n%llu director%s, %llu file%s",
	       (unsigned long long)d->directories,
	       d->directories == 1 ? "y" : "ies", (unsigned long long)d->files,
	       d->files == 1 ? "" : "s");
	if (d->broken)
		printf(", %llu incomplete", (unsigned long long)d->broken);
	putchar('\n');
}

static void emit_total(const struct drawing *d)
{
	struct emit *e = emit_begin("total");

	emit_u64(e, "directories", d->directories);
	emit_u64(e, "files", d->files);
	emit_u64(e, "incomplete", d->broken);
	emit_end(e);
}

static enum exit_status run(struct drawing *d, struct client *c,
			    const struct args *a)
{
	const char *top = a->count ? a->operands[0] : "";

	d->levels = UINT64_MAX;
	if (a->value['L'] &&
	    num_u64(a->value['L'], 1, NAME_MAX_BYTES, &d->levels)) {
		show_trouble("tree: -L %s: not a number of levels",
			     a->value['L']);
		return EXIT_USAGE;
	}
	if (!client_open(c))
		return EXIT_USAGE;
	d->json = c->manners.json;
	d->style = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &utf8 : &ascii;
	d->walk = (struct walk){.client = c, .each = tree_name, .arg = d};
	walk_below(&d->walk, top);
	if (d->no_memory) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	if (!d->walk.any && (*top || d->walk.end != LISTING_PROVEN))
		return EXIT_DONE;
	if (d->json)
		emit_total(d);
	else
		print(d, top);
	walk_printed(c);
	return EXIT_DONE;
}

enum exit_status cmd_tree(struct client *c, const struct args *a)
{
	struct drawing *d = calloc(1, sizeof(*d)); /* large */
	enum exit_status status;

	if (!d) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	status = run(d, c, a);
	names_release(&d->names);
	free(d->incomplete);
	free(d);
	return status;
}
