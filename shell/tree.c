#include "tree.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

struct tree {
	FTS *fts;
	char *top;
	size_t top_len;
};

static int compare(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

enum err tree_open(struct tree **out, const char *path)
{
	struct tree *t = calloc(1, sizeof(*t));
	char *tops[2] = {NULL, NULL};

	if (!t)
		return ERR_MEMORY;
	t->top = strdup(path);
	if (!t->top) {
		free(t);
		return ERR_MEMORY;
	}
	t->top_len = strlen(path);
	while (t->top_len > 1 && t->top[t->top_len - 1] == '/')
		t->top[--t->top_len] = '\0';
	tops[0] = t->top;
	t->fts = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW,
			  compare);
	if (!t->fts) {
		int saved = errno;

		tree_close(t);
		errno = saved;
		return ERR_SYS;
	}
	*out = t;
	return ERR_OK;
}

static const char *below_top(const struct tree *t, const char *path)
{
	const char *below = path + t->top_len;

	while (*below == '/')
		below++;
	return below;
}

enum tree_found tree_next(struct tree *t, const char **path, const char **below,
			  const char **why)
{
	FTSENT *e;

	errno = 0;
	while ((e = fts_read(t->fts))) {
		*path = e->fts_path;
		*below = below_top(t, e->fts_path);
		switch (e->fts_info) {
		case FTS_D:
		case FTS_DP:
			break;
		case FTS_F:
			return TREE_FILE;
		case FTS_SL:
		case FTS_SLNONE:
			*why = "a symbolic link: skipped";
			return TREE_SKIPPED;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			*why = strerror(e->fts_errno);
			return TREE_UNREADABLE;
		default:
			*why = "not a regular file: skipped";
			return TREE_SKIPPED;
		}
	}
	return TREE_END;
}

void tree_close(struct tree *t)
{
	if (!t)
		return;
	if (t->fts)
		fts_close(t->fts);
	free(t->top);
	free(t);
}
