/* ls: one level, sizes and times */
#include "command.h"
#include "describe.h"
#include "show.h"
#include "walk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct level {
	const struct args *args;
	size_t top; /* bytes of the operand, without slashes at its end */
	char *dir;  /* that was shown last */
	size_t dir_len;
};

/* mode, stripe x copies, version; size; time. */
static void show_details(const struct args *a, const struct found *f)
{
	const struct version *v = &f->version;
	char size[16];
	char time[24];

	if (a->given['l'])
		printf("%04o %2ux%u v%-5" PRIu64 " ", v->mode, v->y,
		       describe_copies(f), v->tag.ctr);
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
	size_t top = l->top && n->len > l->top ? l->top + 1 : l->top;
	const char *slash = memchr(n->text + top, '/', n->len - top);

	if (slash && !l->args->given['R']) {
		show_dir(l, n->text, (size_t)(slash - n->text) + 1);
		return;
	}
	if (!l->args->given['1'])
		show_details(l->args, n->found);
	show_name(n->text, n->len);
	puts(n->listed == LISTED_INCOMPLETE ? " [incomplete]" : "");
}

static bool ls_one(struct client *c, const struct args *a, const char *operand)
{
	struct level l = {.args = a, .top = strlen(operand)};
	struct walk w = {.client = c, .each = ls_name, .arg = &l};
	bool more;

	while (l.top && operand[l.top - 1] == '/')
		l.top--;
	more = walk_below(&w, operand);
	free(l.dir);
	return more;
}

enum exit_status cmd_ls(struct client *c, const struct args *a)
{
	bool more = true;

	if (!client_open(c))
		return EXIT_USAGE;
	if (a->count == 0)
		ls_one(c, a, "");
	for (size_t i = 0; more && i < a->count; i++)
		more = ls_one(c, a, a->operands[i]);
	return EXIT_DONE;
}
