/*
 * Not by fts(3): it takes an error in the midst of a directory for its end,
 * and what a mirror does not see in its source it deletes.
 */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAGS (O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC)

/* A directory that is being walked; all of it was read at once. */
struct level {
	struct level *up;
	size_t len; /* of its path */
	char **names;
	size_t count;
	size_t cap;
	size_t at;
};

struct tree {
	struct level *level; /* the deepest one */
	char *path;	     /* of what was found last; heap */
	size_t room;
	size_t top_len;
	bool begun;
};

/* The path becomes its first at bytes, a slash, and name; 0, or errno. */
static int set_path(struct tree *t, size_t at, const char *name)
{
	size_t len = strlen(name);
	bool slash = at > 0 && t->path[at - 1] != '/';

	if (at + len + 2 > t->room) {
		size_t room = 2 * (at + len + 2);
		char *path = realloc(t->path, room);

		if (!path)
			return ENOMEM;
		t->path = path;
		t->room = room;
	}
	if (slash)
		t->path[at++] = '/';
	memcpy(t->path + at, name, len + 1);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(struct level *l, const char *name)
{
	if (l->count == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		char **names = realloc(l->names, cap * sizeof(*names));

		if (!names)
			return ENOMEM;
		l->names = names;
		l->cap = cap;
	}
	l->names[l->count] = strdup(name);
	if (!l->names[l->count])
		return ENOMEM;
	l->count++;
	return 0;
}

/* 0, or errno: then l has what could be read.  Takes fd. */
static int read_names(struct level *l, int fd)
{
	DIR *d = fdopendir(fd);
	const struct dirent *e;
	int error = 0;

	if (!d) {
		error = errno;
		close(fd);
		return error;
	}
	while (!error && (errno = 0, e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			error = add_name(l, e->d_name);
	if (!error)
		error = errno;
	closedir(d);
	if (l->count)
		qsort(l->names, l->count, sizeof(*l->names), compare);
	return error;
}

/* The directory at the path is walked from now on; 0, or errno: then not all
 * that is in it is known. */
static int enter(struct tree *t)
{
	int fd = open(t->path, t->begun ? FLAGS | O_NOFOLLOW : FLAGS);
	struct level *l = fd < 0 ? NULL : calloc(1, sizeof(*l));
	int error = errno;

	t->begun = true;
	if (!l) {
		if (fd >= 0)
			close(fd);
		return error;
	}
	error = read_names(l, fd);
	l->len = strlen(t->path);
	l->up = t->level;
	t->level = l;
	return error;
}

static void leave(struct tree *t)
{
	struct level *l = t->level;

	t->level = l->up;
	for (size_t i = 0; i < l->count; i++)
		free(l->names[i]);
	free(l->names);
	free(l);
}

enum err tree_open(struct tree **out, const char *path)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (!t || set_path(t, 0, path)) {
		free(t);
		return ERR_MEMORY;
	}
	t->top_len = strlen(path);
	while (t->top_len > 1 && t->path[t->top_len - 1] == '/')
		t->path[--t->top_len] = '\0';
	*out = t;
	return ERR_OK;
}

static enum tree_found unreadable(const struct tree *t, int error,
				  const char **path, const char **why)
{
	*path = t->path;
	*why = strerror(error);
	return TREE_UNREADABLE;
}

/* What is at the path; TREE_END: a directory, all of which is known. */
static enum tree_found look(struct tree *t, const char **path, const char **why)
{
	struct stat st;
	int error;

	*path = t->path;
	if (lstat(t->path, &st) != 0)
		return unreadable(t, errno, path, why);
	if (S_ISREG(st.st_mode))
		return TREE_FILE;
	if (S_ISDIR(st.st_mode)) {
		error = enter(t);
		return error ? unreadable(t, error, path, why) : TREE_END;
	}
	*why = S_ISLNK(st.st_mode) ? "a symbolic link: skipped"
				   : "not a regular file: skipped";
	return TREE_SKIPPED;
}

static enum tree_found find_next(struct tree *t, const char **path,
				 const char **why)
{
	enum tree_found found = TREE_END;
	int error = t->begun ? 0 : enter(t);

	if (error)
		return unreadable(t, error, path, why);
	while (found == TREE_END && t->level) {
		struct level *l = t->level;

		if (l->at == l->count) {
			leave(t);
			continue;
		}
		error = set_path(t, l->len, l->names[l->at++]);
		found = error ? unreadable(t, error, path, why)
			      : look(t, path, why);
	}
	return found;
}

enum tree_found tree_next(struct tree *t, const char **path, const char **below,
			  const char **why)
{
	enum tree_found found = find_next(t, path, why);

	if (found == TREE_END)
		return found;
	*below = *path + t->top_len;
	while (**below == '/')
		(*below)++;
	return found;
}

void tree_close(struct tree *t)
{
	if (!t)
		return;
	while (t->level)
		leave(t);
	free(t->path);
	free(t);
}
