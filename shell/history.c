#include "history.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *set_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* False: there is no place for it. */
static bool find_path(char path[PATH_MAX])
{
	const char *file = getenv("DFC_HISTFILE");
	const char *state = set_variable("XDG_STATE_HOME");
	const char *home = set_variable("HOME");
	int n;

	if (file)
		n = snprintf(path, PATH_MAX, "%s", file);
	else if (state && state[0] == '/')
		n = snprintf(path, PATH_MAX, "%s/dfc/history", state);
	else if (home)
		n = snprintf(path, PATH_MAX, "%s/.local/state/dfc/history",
			     home);
	else
		return false;
	return n > 0 && n < PATH_MAX;
}

/* A regular file of this user's own, or -1. */
static int open_file(const char *path, int flags)
{
	int fd = open(path,
		      flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		      0600);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && st.st_nlink == 1)
		return fd;
	close(fd);
	return -1;
}

/* The directories of a path that has none yet. */
static void make_parents(char *path)
{
	for (char *s = strchr(path + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		(void)mkdir(path, 0700);
		*s = '/';
	}
}

/* The rest of a line whose begin is not there. */
static void drop_first(char *text)
{
	size_t len = strcspn(text, "\n");

	memmove(text, text + len, strlen(text + len) + 1);
}

/* The last bytes of the file, from the begin of a line on; heap, or NULL. */
static char *read_tail(int fd)
{
	struct stat st;
	off_t from = 0;
	size_t len = 0;
	char *text;
	ssize_t n;

	if (fstat(fd, &st))
		return NULL;
	if (st.st_size > (off_t)HISTORY_BYTES_MAX)
		from = st.st_size - (off_t)HISTORY_BYTES_MAX;
	text = calloc(1, HISTORY_BYTES_MAX + 1);
	while (text && len < HISTORY_BYTES_MAX &&
	       (n = pread(fd, text + len, HISTORY_BYTES_MAX - len,
			  from + (off_t)len)) > 0)
		len += (size_t)n;
	/* A NUL is in no line: a crash has left it, and ends one. */
	for (size_t i = 0; text && i < len; i++)
		if (text[i] == '\0')
			text[i] = '\n';
	if (text && from > 0)
		drop_first(text);
	return text;
}

/* Empty lines do not count, and the last one may have no end. */
static const char *skip_to_newest(const char *text)
{
	const char *at = text + strlen(text);
	size_t lines = 0;

	while (at > text && lines < HISTORY_LINES_MAX) {
		at--;
		lines += at[0] == '\n' && at[1] != '\n' && at[1] != '\0';
	}
	return lines < HISTORY_LINES_MAX ? text : at + 1;
}

void history_load(void (*each)(void *arg, const char *line), void *arg)
{
	char path[PATH_MAX];
	int fd = find_path(path) ? open_file(path, O_RDONLY) : -1;
	char *text = fd < 0 ? NULL : read_tail(fd);
	char *line = NULL;
	size_t size = 0;

	if (fd >= 0)
		close(fd);
	for (const char *at = text ? skip_to_newest(text) : ""; *at;) {
		size_t len = strcspn(at, "\n");

		if (len >= size) {
			char *grown = realloc(line, len + 1);

			if (!grown)
				break;
			line = grown;
			size = len + 1;
		}
		memcpy(line, at, len);
		line[len] = '\0';
		if (len > 0)
			each(arg, line);
		at += len;
		at += *at == '\n';
	}
	free(line);
	free(text);
}

bool history_wants(const char *line)
{
	return line[0] != '\0' && line[0] != ' ' && line[0] != '\t' &&
	       line[0] != '\n';
}

/* A full disk has left a part of a line. */
static bool is_torn(int fd)
{
	struct stat st;
	char last;

	return fstat(fd, &st) == 0 && st.st_size > 0 &&
	       pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n';
}

/* In one write: other shells append, too. */
static bool append(int fd, const char *line)
{
	size_t len = strlen(line);
	size_t begin = is_torn(fd) ? 1 : 0;
	char *text = malloc(begin + len + 1);
	bool good;

	if (!text)
		return false;
	text[0] = '\n';
	memcpy(text + begin, line, len);
	text[begin + len] = '\n';
	len += begin + 1;
	good = write(fd, text, len) == (ssize_t)len;
	free(text);
	return good;
}

bool history_append(const char *line)
{
	char path[PATH_MAX];
	int fd;
	bool good;

	if (strchr(line, '\n') || !find_path(path))
		return false;
	fd = open_file(path, O_RDWR | O_APPEND | O_CREAT);
	if (fd < 0 && errno == ENOENT) {
		make_parents(path);
		fd = open_file(path, O_RDWR | O_APPEND | O_CREAT);
	}
	if (fd < 0)
		return false;
	good = fchmod(fd, 0600) == 0 && append(fd, line);
	close(fd);
	return good;
}
