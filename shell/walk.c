#include "walk.h"

#include "name.h"
#include "show.h"

#include <stdlib.h>
#include <string.h>

/* status: when it is proven. */
static bool tally_end(struct walk *w, const struct view *v,
		      enum exit_status status)
{
	struct client *c = w->client;

	switch (w->end) {
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
	return w->end != LISTING_CANCELLED;
}

/* False, and said, when no name can begin so. */
static bool is_prefix(struct client *c, const char *prefix, size_t len)
{
	if (len <= NAME_MAX_BYTES)
		return true;
	show_problem(prefix, len, "longer than any name");
	tally_add(&c->tally, EXIT_USAGE);
	return false;
}

static void run(struct walk *w, const char *prefix, void *arg,
		void (*each)(void *, const struct listing_name *),
		struct view *v)
{
	struct listing_query q = {.cluster = &w->client->cluster,
				  .prefix = prefix,
				  .each = each,
				  .arg = arg};

	*v = (struct view){0};
	w->any = false;
	w->end = listing_run(&q, v);
}

static void take(void *arg, const struct listing_name *n)
{
	struct walk *w = arg;

	w->any = true;
	w->each(w->arg, n);
}

bool walk_prefix(struct walk *w, const char *prefix)
{
	struct view v;

	if (!is_prefix(w->client, prefix, strlen(prefix)))
		return true;
	run(w, prefix, w, take, &v);
	return tally_end(w, &v, EXIT_DONE);
}

struct below {
	struct walk *walk;
	size_t len;
};

/* "docs2" is not in "docs". */
static void take_below(void *arg, const struct listing_name *n)
{
	const struct below *b = arg;

	if (b->len == 0 || n->len == b->len || n->text[b->len] == '/')
		take(b->walk, n);
}

bool walk_below(struct walk *w, const char *top)
{
	struct below b = {.walk = w, .len = strlen(top)};
	enum exit_status status = EXIT_DONE;
	struct view v;
	char *prefix;

	while (b.len && top[b.len - 1] == '/')
		b.len--;
	if (!is_prefix(w->client, top, b.len))
		return true;
	prefix = strndup(top, b.len);
	if (!prefix) {
		w->end = LISTING_MEMORY;
		return tally_end(w, &(struct view){0}, EXIT_ERROR);
	}
	run(w, prefix, &b, take_below, &v);
	free(prefix);
	if (w->end == LISTING_PROVEN && !w->any && b.len > 0) {
		show_problem(top, strlen(top), "no such file");
		status = EXIT_ABSENT;
	}
	return tally_end(w, &v, status);
}
