/* list: the names that begin so */
#include "command.h"
#include "describe.h"
#include "show.h"
#include "walk.h"

#include <stdlib.h>
#include <string.h>

struct list {
	bool json;
	bool nul; /* ends names; they are bare then */
};

static void list_name(void *arg, const struct listing_name *n)
{
	const struct list *l = arg;

	if (l->json) {
		describe_emit(n->text, n->len, n->listed, n->found);
		return;
	}
	show_name(n->text, n->len);
	if (l->nul)
		putchar('\0');
	else if (n->listed == LISTED_INCOMPLETE)
		fputs(" [incomplete]\n", stdout);
	else
		putchar('\n');
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In order, and without those that lie below another: each name comes once,
 * and sorted. */
static void list_prefixes(struct walk *w, const char **prefixes, size_t count)
{
	const char *last = NULL;

	qsort(prefixes, count, sizeof(*prefixes), by_bytes);
	for (size_t i = 0; i < count; i++) {
		if (last && strncmp(prefixes[i], last, strlen(last)) == 0)
			continue;
		last = prefixes[i];
		if (!walk_prefix(w, last))
			break;
	}
}

enum exit_status cmd_list(struct client *c, const struct args *a)
{
	struct list l = {.json = c->manners.json, .nul = a->given['0']};
	struct walk w = {.client = c, .each = list_name, .arg = &l};
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
	list_prefixes(&w, prefixes, a->count ? a->count : 1);
	free(prefixes);
	return EXIT_DONE;
}
