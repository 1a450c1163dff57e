#include "process.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chaos.h"

#define ENVIRONMENT_MAX 256

extern char **environ;

static bool is_ours(const char *entry)
{
	static const char *const ours[] = {
		"DFC_CONF=", "HOME=", "LC_ALL=", "LD_PRELOAD=", "CHAOS_SKEW="};

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (strncmp(entry, ours[i], strlen(ours[i])) == 0)
			return true;
	return false;
}

char *const *process_environment(const struct chaos *c, int64_t skew_s)
{
	static char locale[] = "LC_ALL=C";
	static char home[CHAOS_PATH_MAX];
	static char preload[CHAOS_PATH_MAX];
	static char skew[64];
	static char *list[ENVIRONMENT_MAX];
	size_t n = 0;

	for (char **e = environ; *e && n < ENVIRONMENT_MAX - 5; e++)
		if (!is_ours(*e))
			list[n++] = *e;
	snprintf(home, sizeof(home), "HOME=%s", c->dir);
	list[n++] = locale;
	list[n++] = home;
	if (c->settings.skew) {
		snprintf(preload, sizeof(preload), "LD_PRELOAD=%s",
			 c->settings.skew);
		snprintf(skew, sizeof(skew), "CHAOS_SKEW=%" PRId64, skew_s);
		list[n++] = preload;
		list[n++] = skew;
	}
	list[n] = NULL;
	return list;
}

pid_t process_start(const struct chaos *c, const char *const *words, int out,
		    int err, int64_t skew_s)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	sigset_t all;
	pid_t pid = 0;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", 0,
					 0);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
	errno = posix_spawn(&pid, words[0], &files, &attr,
			    (char *const *)(uintptr_t)words,
			    process_environment(c, skew_s));
	if (errno != 0)
		pid = 0;
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return pid;
}

void process_read(int fd, char *out, size_t size)
{
	ssize_t n = pread(fd, out, size - 1, 0);

	out[n < 0 ? 0 : n] = '\0';
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *place)
{
	(void)st;
	(void)kind;
	(void)place;
	return remove(path);
}

bool process_remove(const char *path)
{
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0;
}
