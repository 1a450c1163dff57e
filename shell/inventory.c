#include "inventory.h"

#include "interrupt.h"
#include "listing.h"
#include "name.h"
#include "show.h"
#include "source.h"
#include "tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* item without its path. */
static void add(struct inventory *v, const char *path,
		struct inventory_item item)
{
	if (v->count == v->cap) {
		size_t cap = v->cap ? v->cap * 2 : 256;
		struct inventory_item *list =
			realloc(v->list, cap * sizeof(*list));

		if (!list) {
			v->no_memory = true;
			return;
		}
		v->list = list;
		v->cap = cap;
	}
	item.path = strdup(path);
	if (!item.path)
		v->no_memory = true;
	else
		v->list[v->count++] = item;
}

static bool failed(struct client *c, const char *what, enum exit_status status,
		   const char *why)
{
	show_problem(what, strlen(what), "%s", why);
	tally_add(&c->tally, status);
	return false;
}

/* Stored names */

struct below {
	struct inventory *inventory;
	size_t prefix_len;
};

/* A server may send any name: what is none was refused when it was read, and
 * what does not lie below the top has no path. */
static void take(void *arg, const struct listing_name *n)
{
	struct below *b = arg;
	struct inventory *v = b->inventory;
	bool whole = n->listed == LISTED_WHOLE;
	char path[NAME_MAX_BYTES + 1];
	size_t len = n->len - b->prefix_len;

	if (n->len <= b->prefix_len || len > NAME_MAX_BYTES)
		return;
	memcpy(path, n->text + b->prefix_len, len);
	path[len] = '\0';
	if (name_check(path, len) != ERR_OK || !filter_takes(v->filter, path))
		return;
	add(v, path,
	    (struct inventory_item){.kind = whole ? INVENTORY_FILE
						  : INVENTORY_INCOMPLETE,
				    .size = n->found->version.size,
				    .mtime_ns = n->found->version.mtime_ns});
}

bool inventory_stored(struct inventory *v, struct client *c, const char *prefix)
{
	struct below b = {.inventory = v, .prefix_len = strlen(prefix)};
	struct listing_query q = {.cluster = &c->cluster,
				  .prefix = prefix,
				  .each = take,
				  .arg = &b};
	const char *what = *prefix ? prefix : "/";
	struct view view = {0};
	enum listing_end end = listing_run(&q, &view);

	c->strangers |= view.strangers;
	v->complete = end == LISTING_PROVEN;
	switch (end) {
	case LISTING_PROVEN:
		break;
	case LISTING_CANCELLED:
		tally_add(&c->tally, EXIT_INTERRUPTED);
		return false;
	case LISTING_MEMORY:
		v->no_memory = true;
		break;
	case LISTING_UNPROVEN:
	case LISTING_NONE:
		c->explain = true;
		return failed(c, what, EXIT_TEMPORARY,
			      "too few servers to know what is in it");
	}
	return !v->no_memory ||
	       failed(c, what, EXIT_ERROR, err_text(ERR_MEMORY));
}

/* Local files */

static void take_file(struct inventory *v, struct client *c, const char *path,
		      const char *below)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		add(v, below,
		    (struct inventory_item){.kind = S_ISREG(st.st_mode)
							    ? INVENTORY_FILE
							    : INVENTORY_OTHER,
					    .size = (uint64_t)st.st_size,
					    .mtime_ns = source_time(&st)});
	else if (errno != ENOENT) /* else it is gone meanwhile */
		v->complete = failed(c, path, EXIT_ERROR, err_text(ERR_SYS));
}

/* False at its end. */
static bool take_next(struct inventory *v, struct client *c, struct tree *t)
{
	const char *path, *below, *why;

	switch (tree_next(t, &path, &below, &why)) {
	case TREE_FILE:
	case TREE_SKIPPED:
		if (filter_takes(v->filter, below))
			take_file(v, c, path, below);
		return true;
	case TREE_UNREADABLE:
		v->complete = false;
		failed(c, path, EXIT_ERROR, why);
		return true;
	case TREE_END:
		break;
	}
	return false;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct inventory_item *)a)->path,
		      ((const struct inventory_item *)b)->path);
}

bool inventory_local(struct inventory *v, struct client *c, const char *dir,
		     bool may_lack)
{
	struct tree *t;
	struct stat st;
	bool good = stat(dir, &st) == 0;
	enum err e;

	v->complete = true;
	if (!good && may_lack && errno == ENOENT)
		return true;
	if (good && !S_ISDIR(st.st_mode))
		return failed(c, dir, EXIT_ERROR, "not a directory");
	e = good ? tree_open(&t, dir) : ERR_SYS;
	if (e)
		return failed(c, dir, EXIT_ERROR, err_text(e));
	while (!interrupt_came() && !v->no_memory && take_next(v, c, t))
		;
	tree_close(t);
	if (v->no_memory)
		return failed(c, dir, EXIT_ERROR, err_text(ERR_MEMORY));
	if (interrupt_came()) {
		tally_add(&c->tally, EXIT_INTERRUPTED);
		return false;
	}
	if (v->count)
		qsort(v->list, v->count, sizeof(*v->list), by_path);
	return true;
}

void inventory_release(struct inventory *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->list[i].path);
	free(v->list);
	*v = (struct inventory){0};
}
