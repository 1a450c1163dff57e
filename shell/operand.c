#include "operand.h"

#include "show.h"

#include <stdlib.h>
#include <string.h>

struct operand *operand_new(const char *path, const char *name)
{
	struct operand *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->path = strdup(path);
	o->name = strdup(name);
	if (!o->path || !o->name) {
		operand_free(o);
		return NULL;
	}
	return o;
}

void operand_free(struct operand *o)
{
	if (!o)
		return;
	free(o->path);
	free(o->name);
	free(o);
}

char *operand_base(const char *path)
{
	size_t len = strlen(path);
	size_t begin;

	while (len > 0 && path[len - 1] == '/')
		len--;
	begin = len;
	while (begin > 0 && path[begin - 1] != '/')
		begin--;
	if ((len - begin == 1 && path[begin] == '.') ||
	    (len - begin == 2 && memcmp(path + begin, "..", 2) == 0))
		return strdup("");
	return strndup(path + begin, len - begin);
}

bool operand_check(const char *name)
{
	size_t len = strlen(name);

	if (name_check(name, len) == ERR_OK)
		return true;
	show_problem(name, len, "not a name for a stored file: %s",
		     name_fault(name, len));
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *operand_twice(char *const *texts, size_t count)
{
	char **sorted = calloc(count + 1, sizeof(*sorted));
	const char *twice = NULL;

	if (!sorted)
		return NULL;
	memcpy(sorted, texts, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	for (size_t i = 1; !twice && i < count; i++)
		if (sorted[i][0] && strcmp(sorted[i - 1], sorted[i]) == 0)
			twice = sorted[i];
	free(sorted);
	return twice;
}
