#include "census.h"

#include "clock.h"
#include "tree.h"

#include <sys/stat.h>

static void count(struct census *c, const struct stat *s)
{
	c->files++;
	if (S_ISREG(s->st_mode))
		c->bytes += (uint64_t)s->st_size;
}

static void count_operand(struct census *c, const char *path)
{
	struct stat s;

	if (stat(path, &s) != 0)
		return;
	if (!S_ISDIR(s.st_mode))
		count(c, &s);
	else if (c->trees && tree_open(&c->tree, path) != ERR_OK)
		c->tree = NULL;
}

static void count_in_tree(struct census *c)
{
	const char *path, *below, *why;
	struct stat s;

	switch (tree_next(c->tree, &path, &below, &why)) {
	case TREE_FILE:
		if (lstat(path, &s) == 0)
			count(c, &s);
		break;
	case TREE_SKIPPED:
	case TREE_UNREADABLE:
		break;
	case TREE_END:
		tree_close(c->tree);
		c->tree = NULL;
		break;
	}
}

void census_some(struct census *c, uint64_t ms)
{
	uint64_t end_ms = clock_boot_ms() + ms;

	do {
		if (c->tree)
			count_in_tree(c);
		else if (c->at < c->count)
			count_operand(c, c->paths[c->at++]);
		else
			c->done = true;
	} while (!c->done && clock_boot_ms() < end_ms);
}

void census_release(struct census *c)
{
	tree_close(c->tree);
	c->tree = NULL;
}
