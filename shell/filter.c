#include "filter.h"

#include "pattern.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct filter_rule {
	enum filter_kind kind;
	char *pattern; /* without the slashes that say how it is matched */
	bool whole;    /* the path, not its last component */
	bool below;    /* a directory above the path */
};

/* What is left without the slash in front and the one behind. */
static enum err rule_init(struct filter_rule *r, enum filter_kind kind,
			  const char *pattern)
{
	size_t len = strlen(pattern);
	bool first = len > 0 && pattern[0] == '/';
	bool last = len > 1 && pattern[len - 1] == '/';
	char *body = strndup(pattern + first, len - first - last);
	enum err e;

	if (!body)
		return ERR_MEMORY;
	e = pattern_check(body);
	if (!e && body[strspn(body, "/")] == '\0')
		e = ERR_FORMAT;
	if (e) {
		free(body);
		return e;
	}
	*r = (struct filter_rule){.kind = kind,
				  .pattern = body,
				  .whole = first || strchr(body, '/'),
				  .below = last};
	return ERR_OK;
}

enum err filter_add(struct filter *f, enum filter_kind kind,
		    const char *pattern)
{
	enum err e;

	if (f->count == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 8;
		struct filter_rule *rules =
			realloc(f->rules, cap * sizeof(*rules));

		if (!rules)
			return ERR_MEMORY;
		f->rules = rules;
		f->cap = cap;
	}
	e = rule_init(&f->rules[f->count], kind, pattern);
	if (e)
		return e;
	f->count++;
	f->includes |= kind == FILTER_INCLUDE;
	f->excludes |= kind == FILTER_EXCLUDE;
	return ERR_OK;
}

static bool fits(const struct filter_rule *r, const char *path)
{
	const char *slash = strrchr(path, '/');

	return pattern_matches(r->pattern,
			       slash && !r->whole ? slash + 1 : path);
}

/* Whether a directory above the path fits: each in turn is cut off. */
static bool directory_fits(const struct filter_rule *r, const char *path)
{
	char directory[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(directory))
		return false;
	memcpy(directory, path, len + 1);
	for (char *end = directory; (end = strchr(end, '/')); *end++ = '/') {
		*end = '\0';
		if (fits(r, directory))
			return true;
	}
	return false;
}

bool filter_takes(const struct filter *f, const char *path)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct filter_rule *r = &f->rules[i];

		if (r->below ? directory_fits(r, path) : fits(r, path))
			return r->kind == FILTER_INCLUDE;
	}
	return f->excludes || !f->includes;
}

void filter_release(struct filter *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->rules[i].pattern);
	free(f->rules);
	*f = (struct filter){0};
}
