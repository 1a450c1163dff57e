#include "cargo.h"

#include "interrupt.h"
#include "operand.h"
#include "result.h"
#include "show.h"
#include "upload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *with_slash(const char *prefix)
{
	size_t len = strlen(prefix);
	char *text = malloc(len + 2);

	if (text)
		snprintf(text, len + 2, "%s%s", prefix,
			 len == 0 || prefix[len - 1] == '/' ? "" : "/");
	return text;
}

static bool make_tops(struct cargo *c)
{
	const struct names *paths = &c->choice->names;

	c->tops = calloc(paths->count + 1, sizeof(*c->tops));
	for (size_t i = 0; c->tops && i < paths->count; i++) {
		c->tops[i] = operand_base(paths->list[i]);
		if (!c->tops[i])
			return false;
	}
	return c->tops != NULL;
}

bool cargo_init(struct cargo *c, const char *prefix)
{
	const char *twice;

	c->prefix = with_slash(prefix ? prefix : "");
	if (!c->prefix || !make_tops(c)) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return false;
	}
	twice = operand_twice(c->tops, c->choice->names.count);
	if (twice)
		show_problem(twice, strlen(twice),
			     "two operands would be stored under this name");
	return twice == NULL;
}

/* prefix/top/below; heap. */
static char *join_name(const struct cargo *c, const char *top,
		       const char *below)
{
	size_t room = strlen(c->prefix) + strlen(top) + strlen(below) + 2;
	char *name = malloc(room);

	if (name)
		snprintf(name, room, "%s%s%s%s", c->prefix, top,
			 *top && *below ? "/" : "", below);
	return name;
}

/* Takes the name over, which is NULL without memory. */
static bool set_name(struct cargo *c, const char *path, char *name)
{
	free(c->name);
	c->name = name;
	if (!name)
		upload_failed(c->client, path, path, ERR_MEMORY, NULL);
	return name != NULL;
}

static void skip(struct cargo *c, const char *path, const char *why)
{
	show_problem(path, strlen(path), "%s", why);
	result_add(c->client, &(struct result){.action = "put",
					       .path = path,
					       .status = EXIT_ERROR,
					       .skipped = true,
					       .text = why});
}

/* False: not this one; c->tree tells whether there are more. */
static bool from_tree(struct cargo *c, const char **path)
{
	const char *below, *why;

	switch (tree_next(c->tree, path, &below, &why)) {
	case TREE_FILE:
		return filter_takes(&c->choice->filter, below) &&
		       set_name(c, *path, join_name(c, c->tops[c->at], below));
	case TREE_SKIPPED:
		if (filter_takes(&c->choice->filter, below))
			skip(c, *path, why);
		break;
	case TREE_UNREADABLE:
		skip(c, *path, why);
		break;
	case TREE_END:
		tree_close(c->tree);
		c->tree = NULL;
		c->at++;
		break;
	}
	return false;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool from_operand(struct cargo *c, const char **path)
{
	const char *top = c->tops[c->at];
	enum err e;

	*path = c->choice->names.list[c->at];
	if (c->trees && is_directory(*path)) {
		e = tree_open(&c->tree, *path);
		if (!e)
			return false;
		upload_failed(c->client, *path, top, e, NULL);
		c->at++;
		return false;
	}
	c->at++;
	return filter_takes(&c->choice->filter, *path) &&
	       set_name(c, *path,
			c->given ? strdup(c->given) : join_name(c, top, ""));
}

bool cargo_more(const void *arg)
{
	const struct cargo *c = arg;

	return c->at < c->choice->names.count;
}

bool cargo_next(void *arg, const char **path, const char **name)
{
	struct cargo *c = arg;

	while (cargo_more(c) && !interrupt_came()) {
		if (c->tree ? from_tree(c, path) : from_operand(c, path)) {
			*name = c->name;
			return true;
		}
	}
	return false;
}

void cargo_release(struct cargo *c)
{
	for (size_t i = 0; c->tops && i < c->choice->names.count; i++)
		free(c->tops[i]);
	free(c->tops);
	free(c->prefix);
	free(c->name);
	tree_close(c->tree);
}
