#include "walk.h"

#include "interrupt.h"
#include "name.h"
#include "pattern.h"
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
				  .remembered = true,
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

static void absent(struct walk *w, const char *what, const char *why)
{
	show_problem(what, strlen(what), "%s", why);
	tally_add(&w->client->tally, EXIT_ABSENT);
}

bool walk_prefix(struct walk *w, const char *prefix)
{
	struct view v;

	if (!is_prefix(w->client, prefix, strlen(prefix)))
		return true;
	w->matched = strlen(prefix);
	w->by_pattern = false;
	run(w, prefix, w, take, &v);
	return tally_end(w, &v, EXIT_DONE);
}

/* Without slashes at its end. */
static size_t bare_length(const char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == '/')
		len--;
	return len;
}

/* "docs2" is not in "docs". */
static void take_below(void *arg, const struct listing_name *n)
{
	struct walk *w = arg;

	if (w->matched == 0 || n->len == w->matched ||
	    n->text[w->matched] == '/')
		take(w, n);
}

/* False: the command goes on with nothing else; *missing: it is proven that
 * nothing is there, and neither said nor tallied. */
static bool look_below(struct walk *w, const char *top, bool *missing)
{
	size_t len = bare_length(top);
	char prefix[NAME_MAX_BYTES + 1];
	struct view v;

	*missing = false;
	if (!is_prefix(w->client, top, len))
		return true;
	memcpy(prefix, top, len);
	prefix[len] = '\0';
	w->matched = len;
	w->by_pattern = false;
	run(w, prefix, w, take_below, &v);
	*missing = w->end == LISTING_PROVEN && !w->any && len > 0;
	return *missing || tally_end(w, &v, EXIT_DONE);
}

bool walk_below(struct walk *w, const char *top)
{
	bool missing;
	bool more = look_below(w, top, &missing);

	if (missing)
		absent(w, top, "no such file");
	return more;
}

struct matching {
	struct walk *walk;
	char pattern[PATTERN_MAX + 1]; /* without slashes at its end */
	bool directories;	       /* alone */
};

/* The whole name first, then the directories from the top. */
static void take_match(void *arg, const struct listing_name *n)
{
	struct matching *m = arg;
	char name[NAME_MAX_BYTES + 1];
	char *slash;

	memcpy(name, n->text, n->len);
	name[n->len] = '\0';
	m->walk->matched = n->len;
	if (!m->directories && pattern_matches(m->pattern, name)) {
		take(m->walk, n);
		return;
	}
	slash = strchr(name, '/');
	for (; slash; slash = strchr(slash + 1, '/')) {
		bool matches;

		*slash = '\0';
		matches = pattern_matches(m->pattern, name);
		*slash = '/';
		if (!matches)
			continue;
		m->walk->matched = (size_t)(slash - name);
		take(m->walk, n);
		return;
	}
}

static bool walk_pattern(struct walk *w, const char *pattern)
{
	struct matching m = {.walk = w};
	size_t len = bare_length(pattern);
	enum err bad = len > PATTERN_MAX ? ERR_LIMIT : ERR_OK;
	char prefix[PATTERN_MAX + 1];
	struct view v;

	if (!bad) {
		memcpy(m.pattern, pattern, len);
		m.directories = pattern[len] == '/';
		bad = pattern_check(m.pattern);
	}
	if (bad) {
		absent(w, pattern, "no such file, and no pattern");
		return true;
	}
	(void)pattern_prefix(m.pattern, prefix);
	w->by_pattern = true;
	run(w, prefix, &m, take_match, &v);
	if (w->end != LISTING_PROVEN || w->any)
		return tally_end(w, &v, EXIT_DONE);
	absent(w, pattern,
	       pattern_is_glob(pattern) ? "no name matches" : "no such file");
	return true;
}

bool walk_operand(struct walk *w, const char *operand)
{
	bool missing;
	bool more = look_below(w, operand, &missing);

	if (!missing)
		return more;
	if (strpbrk(operand, "*?[\\"))
		return walk_pattern(w, operand);
	absent(w, operand, "no such file");
	return true;
}

void walk_printed(struct client *c)
{
	if (!interrupt_came())
		return;
	c->tally = (struct tally){0};
	tally_add(&c->tally, EXIT_INTERRUPTED);
}
