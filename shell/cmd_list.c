/* list and ls */
#include "command.h"
#include "listing.h"
#include "name.h"
#include "show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void list_name(void *arg, const struct listing_name *n)
{
	(void)arg;
	show_name(n->text, n->len);
	if (n->listed == LISTED_INCOMPLETE)
		fputs(" [incomplete]\n", stdout);
	else
		putchar('\n');
}

/* What a listing's end means for the command; status: when it is proven. */
static void tally_end(struct client *c, enum listing_end end,
		      const struct view *v, enum exit_status status)
{
	switch (end) {
	case LISTING_PROVEN:
		break;
	case LISTING_UNPROVEN:
		show_trouble("%u of %u servers answer as members, %u are "
			     "needed: the listing may not be complete",
			     mask_count(v->members), v->n, v->r);
		status = EXIT_PARTIAL;
		c->explain = true;
		break;
	case LISTING_NONE:
		show_trouble("no server answers");
		status = EXIT_TEMPORARY;
		c->explain = true;
		break;
	case LISTING_CANCELLED:
		status = EXIT_INTERRUPTED;
		break;
	case LISTING_MEMORY:
		show_trouble("%s", err_text(ERR_MEMORY));
		status = EXIT_ERROR;
		break;
	}
	c->strangers |= v->strangers;
	tally_add(&c->tally, status);
}

static enum listing_end run(struct client *c, const char *prefix,
			    void (*each)(void *, const struct listing_name *),
			    void *arg, struct view *v)
{
	struct listing_query q = {.cluster = &c->cluster,
				  .prefix = prefix,
				  .each = each,
				  .arg = arg};

	*v = (struct view){0};
	return listing_run(&q, v);
}

/* False, and said, when no name can begin so. */
static bool is_prefix(struct client *c, const char *prefix)
{
	if (strlen(prefix) <= NAME_MAX_BYTES)
		return true;
	show_problem(prefix, strlen(prefix), "longer than any name");
	tally_add(&c->tally, EXIT_USAGE);
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In order, and without those that lie below another: each name comes once,
 * and sorted. */
static void list_prefixes(struct client *c, const char **prefixes, size_t count)
{
	const char *last = NULL;
	enum listing_end end;
	struct view v;

	qsort(prefixes, count, sizeof(*prefixes), by_bytes);
	for (size_t i = 0; i < count; i++) {
		if (last && strncmp(prefixes[i], last, strlen(last)) == 0)
			continue;
		last = prefixes[i];
		if (!is_prefix(c, last))
			continue;
		end = run(c, last, list_name, NULL, &v);
		tally_end(c, end, &v, EXIT_DONE);
		if (end == LISTING_CANCELLED)
			break;
	}
}

enum exit_status cmd_list(struct client *c, const struct args *a)
{
	const char **prefixes = calloc(a->count + 1, sizeof(*prefixes));

	if (!prefixes) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	prefixes[0] = "";
	for (size_t i = 0; i < a->count; i++)
		prefixes[i] = a->operands[i];
	if (!client_open(c)) {
		free(prefixes);
		return EXIT_USAGE;
	}
	list_prefixes(c, prefixes, a->count ? a->count : 1);
	free(prefixes);
	return EXIT_DONE;
}

/* ls: one level, sizes and times */

struct level {
	const struct args *args;
	size_t operand_len; /* without slashes at its end */
	char *dir;	    /* that was shown last */
	size_t dir_len;
	bool any; /* something was there */
};

/* The copies of the chunk that has the fewest. */
static unsigned copies(const struct found *f)
{
	unsigned least = LAYOUT_MAX;

	for (unsigned i = 0; i < f->version.y; i++)
		if (mask_count(f->holders[i]) < least)
			least = mask_count(f->holders[i]);
	return least;
}

/* mode, stripe x copies, version; size; time. */
static void show_details(const struct args *a, const struct found *f)
{
	const struct version *v = &f->version;
	char size[16];
	char time[24];

	if (a->given['l'])
		printf("%04o %2ux%u v%-5" PRIu64 " ", v->mode, v->y, copies(f),
		       v->tag.ctr);
	if (a->given['h'])
		show_size(v->size, size);
	else
		snprintf(size, sizeof(size), "%" PRIu64, v->size);
	show_time(v->mtime_ns, time);
	printf("%12s %s ", size, time);
}

/* A name deeper than this level stands for its directory, once. */
static void show_dir(struct level *l, const char *text, size_t len)
{
	char *dir;

	if (l->dir && l->dir_len == len && memcmp(l->dir, text, len) == 0)
		return;
	dir = malloc(len);
	if (!dir)
		return;
	memcpy(dir, text, len);
	free(l->dir);
	l->dir = dir;
	l->dir_len = len;
	if (!l->args->given['1'])
		printf("%*s", l->args->given['l'] ? 49 : 33, "");
	show_name(text, len);
	putchar('\n');
}

static void ls_name(void *arg, const struct listing_name *n)
{
	struct level *l = arg;
	size_t top = l->operand_len;
	const char *slash;

	/* "docs2" is not in "docs". */
	if (top && n->len > top && n->text[top++] != '/')
		return;
	l->any = true;
	slash = memchr(n->text + top, '/', n->len - top);
	if (slash && !l->args->given['R']) {
		show_dir(l, n->text, (size_t)(slash - n->text) + 1);
		return;
	}
	if (!l->args->given['1'])
		show_details(l->args, n->found);
	list_name(NULL, n);
}

static void ls_one(struct client *c, const struct args *a, const char *operand)
{
	struct level l = {.args = a, .operand_len = strlen(operand)};
	enum listing_end end;
	struct view v;
	bool found;
	char *prefix;

	while (l.operand_len && operand[l.operand_len - 1] == '/')
		l.operand_len--;
	prefix = strndup(operand, l.operand_len);
	if (!prefix) {
		show_trouble("%s", err_text(ERR_MEMORY));
		tally_add(&c->tally, EXIT_ERROR);
		return;
	}
	if (is_prefix(c, prefix)) {
		end = run(c, prefix, ls_name, &l, &v);
		found = l.any || l.operand_len == 0;
		if (end == LISTING_PROVEN && !found)
			show_problem(operand, strlen(operand), "no such file");
		tally_end(c, end, &v, found ? EXIT_DONE : EXIT_ABSENT);
	}
	free(prefix);
	free(l.dir);
}

enum exit_status cmd_ls(struct client *c, const struct args *a)
{
	if (!client_open(c))
		return EXIT_USAGE;
	if (a->count == 0)
		ls_one(c, a, "");
	for (size_t i = 0; i < a->count; i++)
		ls_one(c, a, a->operands[i]);
	return EXIT_DONE;
}
