#include "litter.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_MOST 4096
#define TAG_AT 3
#define TAG_LENGTH 59
#define DIRECTORY_MIN 80 /* bytes of a version directory's name */

struct search {
	bool settled;
	char *what;
	size_t size;
};

static bool found(struct search *s, const char *why, const char *path)
{
	snprintf(s->what, s->size, "%s: %s", why, path);
	return true;
}

static bool is_version(const char *name)
{
	return name[0] == '@' && name[1] != '@';
}

/* A chunk file has the length that its name says: II-LENGTH-... */
static bool chunk_is_whole(const char *path, const char *name)
{
	struct stat st;

	return strlen(name) > 23 && lstat(path, &st) == 0 &&
	       S_ISREG(st.st_mode) &&
	       strtoll(name + 3, NULL, 10) == (long long)st.st_size;
}

/* A version directory, of which `newest` is the highest committed tag. */
static bool look_version(struct search *s, const char *path, const char *newest)
{
	const char *name = strrchr(path, '/') + 1;
	int order = strncmp(name + TAG_AT, newest, TAG_LENGTH);
	unsigned files = 0;
	char below[PATH_MOST];
	struct dirent *e;
	DIR *dir;

	if (name[1] == 's' && (s->settled || order <= 0))
		return found(s, "a stage that is settled", path);
	if (name[1] != 's' && order < 0)
		return found(s, "an old version", path);
	dir = opendir(path);
	if (!dir)
		return found(s, strerror(errno), path);
	while ((e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, e->d_name) >=
			    (int)sizeof(below) ||
		    !chunk_is_whole(below, e->d_name)) {
			closedir(dir);
			return found(s, "not a whole chunk", below);
		}
		files++;
	}
	closedir(dir);
	if (files != (name[1] == 's' || name[1] == 'c' ? 2 : 0))
		return found(s, "a wrong number of chunk files", path);
	return false;
}

static bool look(struct search *s, const char *path, bool top);

static bool look_entry(struct search *s, const char *path, const char *newest)
{
	const char *name = strrchr(path, '/') + 1;
	struct stat st;

	if (lstat(path, &st))
		return found(s, strerror(errno), path);
	if (!S_ISDIR(st.st_mode))
		return found(s, "a file without a state", path);
	if (!is_version(name))
		return look(s, path, false);
	if (strlen(name) < DIRECTORY_MIN)
		return found(s, "not a version", path);
	return look_version(s, path, newest);
}

/* The highest tag of what is committed among the entries; "" if none is. */
static void newest_of(struct dirent **list, int count, char *tag)
{
	tag[0] = '\0';
	for (int i = 0; i < count; i++) {
		const char *name = list[i]->d_name;

		if (is_version(name) && strlen(name) >= DIRECTORY_MIN &&
		    name[1] != 's' &&
		    strncmp(name + TAG_AT, tag, TAG_LENGTH) > 0)
			memcpy(tag, name + TAG_AT, TAG_LENGTH);
		tag[TAG_LENGTH] = '\0';
	}
}

static int no_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static bool look(struct search *s, const char *path, bool top)
{
	char newest[TAG_LENGTH + 1];
	char below[PATH_MOST];
	struct dirent **list;
	bool bad = false;
	int count = scandir(path, &list, no_dots, alphasort);

	if (count < 0)
		return found(s, strerror(errno), path);
	if (count == 0 && !top)
		bad = found(s, "an empty directory", path);
	newest_of(list, count, newest);
	for (int i = 0; i < count; i++) {
		if (!bad && !(top && strcmp(list[i]->d_name, "@state") == 0)) {
			if (snprintf(below, sizeof(below), "%s/%s", path,
				     list[i]->d_name) >= (int)sizeof(below))
				bad = found(s, "a long path", path);
			else
				bad = look_entry(s, below, newest);
		}
		free(list[i]);
	}
	free(list);
	return bad;
}

bool litter_found(const char *dir, bool settled, char *what, size_t size)
{
	struct search s = {.settled = settled, .what = what, .size = size};

	return look(&s, dir, true);
}

void mark_of(const char *dir, const char *name, char mark[MARK_SIZE])
{
	char path[PATH_MOST];
	struct dirent **list;
	int count;

	mark[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	count = scandir(path, &list, no_dots, alphasort);
	if (count < 0)
		return;
	newest_of(list, count, mark);
	for (int i = 0; i < count; i++)
		free(list[i]);
	free(list);
}
