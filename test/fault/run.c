#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READY_MS 20000
#define RUN_MS 60000

void run_die(const char *fmt, ...)
{
	int e = errno;
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "%s%s\n", e ? ": " : "", e ? strerror(e) : "");
	exit(2);
}

void *run_more(void *list, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return list;
	*cap = *cap * 2 + 64;
	list = reallocarray(list, *cap, size);
	if (!list)
		run_die("no memory");
	return list;
}

/* A child that does not outlive this process, nor keeps its streams. */
static pid_t spawn(const char *const *argv, int out, int err)
{
	union {
		const char *const *in;
		char *const *out;
	} args = {.in = argv};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = fork();

	if (null < 0 || pid < 0)
		run_die("%s", argv[0]);
	if (pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
		    dup2(null, 0) >= 0 && dup2(out < 0 ? null : out, 1) >= 0 &&
		    dup2(err, 2) >= 0)
			execv(argv[0], args.out);
		_exit(127);
	}
	close(null);
	return pid;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- daemons */

void daemon_launch(struct daemon *d, const char *program, const char *dir,
		   const char *const *options)
{
	const char *argv[32] = {program};
	unsigned n = 1;
	int ends[2];

	while (*options && n < 28)
		argv[n++] = *options++;
	argv[n++] = dir;
	argv[n++] = "0";
	if (pipe2(ends, O_CLOEXEC) != 0)
		run_die("pipe");
	d->pid = spawn(argv, -1, ends[1]);
	close(ends[1]);
	d->pipe = ends[0];
	(void)fcntl(d->pipe, F_SETFL, O_NONBLOCK);
	d->port = 0;
	d->len = 0;
	d->log[0] = '\0';
}

/* False at the end of the log. */
static bool read_log(struct daemon *d)
{
	char rest[4096];

	for (;;) {
		size_t room = sizeof(d->log) - 1 - d->len;
		ssize_t n = room > 0 ? read(d->pipe, d->log + d->len, room)
				     : read(d->pipe, rest, sizeof(rest));

		if (n == 0)
			return false;
		if (n < 0)
			return true;
		if (room > 0)
			d->len += (size_t)n;
		d->log[d->len] = '\0';
	}
}

bool daemon_ready(struct daemon *d)
{
	static const char wanted[] = "dfs: ready on 127.0.0.1:";
	int64_t end = now_ms() + READY_MS;
	const char *at;

	for (;;) {
		struct pollfd p = {.fd = d->pipe, .events = POLLIN};
		int64_t left = end - now_ms();
		bool more = read_log(d);

		at = strstr(d->log, wanted);
		if (at && strchr(at, '\n')) {
			d->port = (unsigned)strtoul(at + sizeof(wanted) - 1,
						    NULL, 10);
			return true;
		}
		if (!more || left <= 0)
			return false;
		(void)poll(&p, 1, (int)left);
	}
}

static int status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int daemon_end(struct daemon *d, int signal)
{
	int status;

	if (d->pid == 0)
		return -1;
	kill(d->pid, signal);
	while (waitpid(d->pid, &status, 0) < 0)
		if (errno != EINTR)
			run_die("waitpid");
	(void)read_log(d);
	close(d->pipe);
	d->pid = 0;
	return status_of(status);
}

const char *daemon_log(struct daemon *d)
{
	if (d->pid != 0)
		(void)read_log(d);
	return d->log;
}

/* ---- programs that end */

static int keep_for(int pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n = fd < 0 ? 1 : poll(&p, 1, RUN_MS);

	if (fd >= 0)
		close(fd);
	return n;
}

static void fetch(int fd, char *text)
{
	ssize_t n = pread(fd, text, RUN_TEXT_MAX - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	close(fd);
}

void run_program(const char *const *argv, struct result *r)
{
	int out = memfd_create("out", MFD_CLOEXEC);
	int err = memfd_create("err", MFD_CLOEXEC);
	bool late;
	pid_t pid;
	int status;

	if (out < 0 || err < 0)
		run_die("memfd_create");
	pid = spawn(argv, out, err);
	late = keep_for(pid) == 0;
	if (late)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			run_die("waitpid");
	r->status = late ? -1 : status_of(status);
	fetch(out, r->out);
	fetch(err, r->err);
}

bool run_has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	while (text && *text) {
		if (strncmp(text, line, len) == 0 &&
		    (text[len] == '\n' || text[len] == '\0'))
			return true;
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return false;
}

/* ---- trees */

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static DIR *list_of(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		run_die("cannot list a directory");
	return d;
}

static int open_below(int dir, const char *name)
{
	int fd = openat(dir, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		run_die("%s", name);
	return fd;
}

void tree_clear(int dir)
{
	DIR *d = list_of(dir);
	const struct dirent *e;

	while ((e = readdir(d))) {
		int fd;

		if (is_dots(e->d_name) || unlinkat(dir, e->d_name, 0) == 0)
			continue;
		fd = open_below(dir, e->d_name);
		tree_clear(fd);
		close(fd);
		if (unlinkat(dir, e->d_name, AT_REMOVEDIR) != 0)
			run_die("cannot remove %s", e->d_name);
	}
	closedir(d);
}

int tree_make(int dir, const char *path)
{
	if (mkdirat(dir, path, 0700) != 0 && errno != EEXIST)
		run_die("cannot make %s", path);
	errno = 0;
	return open_below(dir, path);
}

static void copy_file(int from, int to, const char *name)
{
	int a = openat(from, name, O_RDONLY | O_CLOEXEC);
	int b = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char bytes[65536];
	ssize_t n;

	if (a < 0 || b < 0)
		run_die("cannot copy %s", name);
	while ((n = read(a, bytes, sizeof(bytes))) > 0)
		if (write(b, bytes, (size_t)n) != n)
			run_die("cannot write %s", name);
	close(a);
	close(b);
}

static void copy_link(int from, int to, const char *name)
{
	char target[RUN_PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		run_die("cannot read %s", name);
	target[n] = '\0';
	if (symlinkat(target, to, name) != 0)
		run_die("cannot copy %s", name);
}

static void copy_entry(int from, int to, const char *name)
{
	struct stat st;
	int a, b;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		run_die("%s", name);
	if (S_ISREG(st.st_mode)) {
		copy_file(from, to, name);
	} else if (S_ISLNK(st.st_mode)) {
		copy_link(from, to, name);
	} else {
		a = open_below(from, name);
		b = tree_make(to, name);
		tree_copy(a, b);
		close(a);
		close(b);
	}
}

void tree_copy(int from, int to)
{
	DIR *d = list_of(from);
	const struct dirent *e;

	while ((e = readdir(d)))
		if (!is_dots(e->d_name))
			copy_entry(from, to, e->d_name);
	closedir(d);
}
