#include "manifest.h"

#include <stdlib.h>
#include <string.h>

static bool grow(struct manifest *m)
{
	size_t cap = m->cap ? m->cap * 2 : 64;
	struct manifest_item *list = realloc(m->list, cap * sizeof(*list));

	if (!list)
		return false;
	m->list = list;
	m->cap = cap;
	return true;
}

bool manifest_add(struct manifest *m, const char *path, const char *name,
		  uint64_t bytes)
{
	struct manifest_item item;

	if (m->count == m->cap && !grow(m))
		return false;
	item.path = strdup(path);
	item.name = strdup(name);
	if (!item.path || !item.name) {
		free(item.path);
		free(item.name);
		return false;
	}
	m->list[m->count++] = item;
	m->bytes += bytes;
	return true;
}

bool manifest_next(void *arg, const char **path, const char **name)
{
	struct manifest *m = arg;

	if (m->at == m->count)
		return false;
	*path = m->list[m->at].path;
	*name = m->list[m->at++].name;
	return true;
}

bool manifest_more(const void *arg)
{
	const struct manifest *m = arg;

	return m->at < m->count;
}

void manifest_release(struct manifest *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->list[i].path);
		free(m->list[i].name);
	}
	free(m->list);
	*m = (struct manifest){0};
}
