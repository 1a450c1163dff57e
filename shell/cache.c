#include "cache.h"

#include "name.h"

#include <stdlib.h>
#include <string.h>

struct cached {
	char *text;
	size_t len;
	enum listed listed;
	struct found found;
};

void cache_drop(struct cache *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->names[i].text);
	free(c->names);
	free(c->prefix);
	*c = (struct cache){0};
}

void cache_begin(struct cache *c, const char *prefix, uint64_t now_ms)
{
	cache_drop(c);
	c->prefix = strdup(prefix);
	c->begun_ms = now_ms;
	c->filling = c->prefix != NULL;
}

static bool grow(struct cache *c)
{
	size_t cap = c->cap ? 2 * c->cap : 64;
	struct cached *names;

	if (c->count >= CACHE_NAMES_MAX)
		return false;
	if (c->count < c->cap)
		return true;
	names = realloc(c->names, cap * sizeof(*names));
	if (!names)
		return false;
	c->names = names;
	c->cap = cap;
	return true;
}

void cache_add(struct cache *c, const struct listing_name *n)
{
	struct cached *to;

	if (!c->filling)
		return;
	if (!grow(c)) {
		cache_drop(c);
		return;
	}
	to = &c->names[c->count];
	*to = (struct cached){strndup(n->text, n->len), n->len, n->listed,
			      *n->found};
	if (to->text)
		c->count++;
	else
		cache_drop(c);
}

void cache_end(struct cache *c, bool proven, const struct view *v)
{
	if (!c->filling)
		return;
	if (!proven)
		cache_drop(c);
	c->filling = false;
	c->view = *v;
}

static bool is_known(const struct cache *c, const char *prefix, uint64_t now_ms)
{
	return c->prefix && !c->filling && now_ms - c->begun_ms < CACHE_MS &&
	       strncmp(prefix, c->prefix, strlen(c->prefix)) == 0;
}

/* The first name that is not before `text`. */
static size_t find(const struct cache *c, const char *text, size_t len)
{
	size_t low = 0;
	size_t high = c->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct cached *n = &c->names[middle];

		if (name_compare(n->text, n->len, text, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct listing_name name_of(const struct cache *c, size_t i)
{
	const struct cached *n = &c->names[i];

	return (struct listing_name){n->text, n->len, n->listed, &c->view,
				     &n->found};
}

bool cache_tell(const struct cache *c, const char *prefix, uint64_t now_ms,
		void (*each)(void *arg, const struct listing_name *n),
		void *arg, const bool *enough)
{
	size_t len = strlen(prefix);

	if (!is_known(c, prefix, now_ms))
		return false;
	for (size_t i = find(c, prefix, len); i < c->count; i++) {
		struct listing_name n = name_of(c, i);

		if (n.len < len || memcmp(n.text, prefix, len) != 0 ||
		    (enough && *enough))
			break;
		each(arg, &n);
	}
	return true;
}

bool cache_find(const struct cache *c, const char *name, uint64_t now_ms,
		struct listing_name *n)
{
	size_t len = strlen(name);
	size_t i;

	if (!is_known(c, name, now_ms))
		return false;
	i = find(c, name, len);
	if (i == c->count || c->names[i].len != len ||
	    memcmp(c->names[i].text, name, len) != 0)
		return false;
	*n = name_of(c, i);
	return true;
}
