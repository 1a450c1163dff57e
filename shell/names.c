#include "names.h"

#include "listing.h"
#include "name.h"
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool names_add(struct names *n, const char *text, size_t len)
{
	if (n->count == n->cap) {
		size_t cap = n->cap ? n->cap * 2 : 64;
		char **list = realloc(n->list, cap * sizeof(*list));

		if (!list)
			return false;
		n->list = list;
		n->cap = cap;
	}
	n->list[n->count] = strndup(text, len);
	if (!n->list[n->count])
		return false;
	n->count++;
	return true;
}

void names_release(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->list[i]);
	free(n->list);
	*n = (struct names){0};
}

struct below {
	struct names *names;
	char *prefix;
	size_t len;
	bool any; /* also one that the filter does not take */
	bool no_memory;
};

static bool takes(const struct names *n, const char *path, size_t len)
{
	char text[NAME_MAX_BYTES + 1];

	if (!n->filter)
		return true;
	(void)snprintf(text, sizeof(text), "%.*s", (int)len, path);
	return filter_takes(n->filter, text);
}

static void take(void *arg, const struct listing_name *n)
{
	struct below *b = arg;

	size_t skip = b->len && n->len > b->len ? b->len + 1 : 0;

	/* "docs" is not the top of "docs2". */
	if (skip && n->text[b->len] != '/')
		return;
	b->any = true;
	if (!takes(b->names, n->text + skip, n->len - skip))
		return;
	if (!names_add(b->names, n->text, n->len))
		b->no_memory = true;
	b->names->bytes += n->found->version.size;
}

static void say_end(struct client *c, const char *operand, enum listing_end end,
		    bool good)
{
	size_t len = strlen(operand);
	enum exit_status status = EXIT_DONE;

	if (end == LISTING_NONE || end == LISTING_UNPROVEN) {
		show_problem(operand, len,
			     "too few servers to know what is in it");
		c->explain = true;
		status = EXIT_TEMPORARY;
	} else if (end == LISTING_CANCELLED) {
		status = EXIT_INTERRUPTED;
	} else if (!good) {
		show_problem(operand, len, "no such file");
		status = EXIT_ABSENT;
	}
	if (!status)
		return;
	tally_add(&c->tally, status);
	summary_add(&c->summary, SUMMARY_FAILED, 0);
}

static bool expand_tree(struct names *n, struct client *c, const char *operand)
{
	struct below b = {.names = n, .len = strlen(operand)};
	struct listing_query q = {
		.cluster = &c->cluster, .each = take, .arg = &b};
	enum listing_end end;
	struct view v;

	while (b.len > 0 && operand[b.len - 1] == '/')
		b.len--;
	b.prefix = strndup(operand, b.len);
	if (!b.prefix)
		return false;
	q.prefix = b.prefix;
	end = listing_run(&q, &v);
	free(b.prefix);
	if (b.no_memory || end == LISTING_MEMORY)
		return false;
	say_end(c, operand, end, b.any || n->lenient);
	return true;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Trees may overlap. */
static void drop_twins(struct names *n)
{
	size_t kept = 0;

	if (n->count == 0)
		return;
	qsort(n->list, n->count, sizeof(*n->list), compare);
	for (size_t i = 1; i < n->count; i++) {
		if (strcmp(n->list[kept], n->list[i]) == 0)
			free(n->list[i]);
		else
			n->list[++kept] = n->list[i];
	}
	n->count = kept + 1;
}

bool names_expand(struct names *n, struct client *c,
		  const char *const *operands, size_t count, bool recursive)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(operands[i]);
		bool good = true;

		if (recursive)
			good = expand_tree(n, c, operands[i]);
		else if (takes(n, operands[i], len))
			good = names_add(n, operands[i], len);
		if (!good) {
			show_trouble("%s", err_text(ERR_MEMORY));
			return false;
		}
	}
	if (recursive && count > 1)
		drop_twins(n);
	return true;
}
