#include "prune.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static enum err remove_file(int dir, const char *base)
{
	struct stat st;

	if (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW))
		return ERR_SYS;
	if (!S_ISREG(st.st_mode))
		return ERR_FORMAT;
	return unlinkat(dir, base, 0) ? ERR_SYS : ERR_OK;
}

/* As deep as the path; at is changed. */
static enum err remove_at(int dir, char *at)
{
	char *slash = strchr(at, '/');
	enum err e;
	int next, saved;

	if (!slash)
		return remove_file(dir, at);
	*slash = '\0';
	next = openat(dir, at, DIRECTORY);
	if (next < 0)
		return ERR_SYS;
	e = remove_at(next, slash + 1);
	saved = errno;
	close(next);
	/* Not when it still has something. */
	if (!e)
		(void)unlinkat(dir, at, AT_REMOVEDIR);
	errno = saved;
	return e;
}

enum err prune_file(const char *top, const char *path)
{
	char *copy = strdup(path);
	int dir = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum err e = !copy ? ERR_MEMORY : dir < 0 ? ERR_SYS : ERR_OK;
	int saved;

	if (!e)
		e = remove_at(dir, copy);
	saved = errno;
	if (dir >= 0)
		close(dir);
	free(copy);
	errno = saved;
	return e;
}
