#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

/* Descriptors beside those of connections: sockets, the store's own, stages
 * and fetches under way. */
#define FILES_BASE 24
#define FILES_WORK 4096

static enum err open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return ERR_SYS;
	} while (fd <= STDERR_FILENO);
	close(fd);
	return ERR_OK;
}

enum err process_init(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	umask(077);
	if (sigaction(SIGPIPE, &ignore, NULL) < 0)
		return ERR_SYS;
	return open_standard();
}

enum err process_signals(int *fd)
{
	static const int taken[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
	sigset_t set;
	int got;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(&set, taken[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return ERR_SYS;
	got = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (got < 0)
		return ERR_SYS;
	*fd = got;
	return ERR_OK;
}

enum err process_files(uint64_t *connections)
{
	struct rlimit r;
	rlim_t want = (rlim_t)*connections + FILES_WORK + FILES_BASE;
	uint64_t most;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return ERR_SYS;
	if (r.rlim_cur < want) {
		r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
		if (setrlimit(RLIMIT_NOFILE, &r) < 0)
			return ERR_SYS;
	}
	if (r.rlim_cur <= FILES_BASE + 1)
		return ERR_LIMIT;
	/* At least half of the rest is for the work itself. */
	most = (r.rlim_cur - FILES_BASE) / 2;
	if (r.rlim_cur >= want || *connections <= most)
		return ERR_OK;
	log_warn("max_connections lowered, the limit of open files is low "
		 "nofile=%llu from=%llu to=%llu",
		 (unsigned long long)r.rlim_cur,
		 (unsigned long long)*connections, (unsigned long long)most);
	*connections = most;
	return ERR_OK;
}

static enum err check_owner(const char *dir, const struct passwd *pw,
			    char *message)
{
	struct stat st;

	if (dir == NULL || stat(dir, &st) < 0 || st.st_uid == pw->pw_uid)
		return ERR_OK;
	snprintf(message, PROCESS_MESSAGE_MAX,
		 "%.200s: does not belong to user %.100s: chown it", dir,
		 pw->pw_name);
	return ERR_FORMAT;
}

static enum err become(const struct passwd *pw, char *message)
{
	if (initgroups(pw->pw_name, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
	    setuid(pw->pw_uid) < 0) {
		snprintf(message, PROCESS_MESSAGE_MAX,
			 "cannot become user %.100s: %s", pw->pw_name,
			 err_text(ERR_SYS));
		return ERR_SYS;
	}
	if (setuid(0) == 0 || getuid() == 0 || geteuid() == 0) {
		snprintf(message, PROCESS_MESSAGE_MAX,
			 "still root after becoming user %.100s", pw->pw_name);
		return ERR_FORMAT;
	}
	return ERR_OK;
}

static const struct passwd *find_user(const char *user, char *message)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (pw == NULL)
		snprintf(message, PROCESS_MESSAGE_MAX, "user = %.100s: %s",
			 user, errno ? err_text(ERR_SYS) : "no such user");
	return pw;
}

enum err process_check_user(const char *user, char message[PROCESS_MESSAGE_MAX])
{
	if (user == NULL || find_user(user, message) != NULL)
		return ERR_OK;
	return ERR_ABSENT;
}

enum err process_user(const char *user, const char *dir,
		      char message[PROCESS_MESSAGE_MAX])
{
	const struct passwd *pw;
	enum err e;

	if (user == NULL)
		return ERR_OK;
	pw = find_user(user, message);
	if (pw == NULL)
		return ERR_ABSENT;
	if (pw->pw_uid == geteuid())
		return ERR_OK;
	if (geteuid() != 0) {
		snprintf(message, PROCESS_MESSAGE_MAX,
			 "user = %.100s: only root can become that", user);
		return ERR_FORMAT;
	}
	e = check_owner(dir, pw, message);
	return e ? e : become(pw, message);
}

enum err process_secret(void)
{
	const struct rlimit none = {0, 0};

	/* The limit alone would not stop a pipe in core_pattern. */
	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return ERR_SYS;
	return ERR_OK;
}
