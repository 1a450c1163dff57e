#include "cluster.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
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

#define READY "dfs: ready on 127.0.0.1:"
#define START_MS 20000
#define STOP_MS 20000
#define CLIENT_MS 60000
#define LOG_MAX 65536 /* bytes of it that are looked at */
#define PORT_TAKEN 4  /* dfs(8), EXIT STATUS */

void die(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fputs("nth: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
	va_end(list);
	exit(2);
}

unsigned long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000 +
	       (unsigned long long)t.tv_nsec / 1000000;
}

static const char *needed(const char *name)
{
	const char *value = getenv(name);

	if (!value || !*value)
		die("%s is not set", name);
	return value;
}

/* Plans */

static struct inject *map_plan(const char *path)
{
	struct inject *plan;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)sizeof(*plan)))
		die("%s: %s", path, strerror(errno));
	plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	if (plan == MAP_FAILED)
		die("%s: %s", path, strerror(errno));
	close(fd);
	return plan;
}

void inject_arm(struct inject *to, const struct inject *plan)
{
	to->calls = plan->calls;
	to->nth = plan->nth;
	to->mode = plan->mode;
	to->error = plan->error;
	to->kinds = plan->kinds;
	to->only_creating = plan->only_creating;
	atomic_store(&to->count, 0);
	atomic_store(&to->fired, 0);
	atomic_store(&to->armed, 1);
}

bool inject_disarm(struct inject *plan)
{
	atomic_store(&plan->armed, 0);
	return atomic_load(&plan->fired) != 0;
}

/* Processes */

static void redirect(const char *path, int flags, int to)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0 || dup2(fd, to) < 0)
		die("%s: %s", path, strerror(errno));
}

/* In the child: the library, and sanitizers that tell. */
static void child_prepare(const char *plan)
{
	const char *before = getenv("FAULT_PRELOAD");
	char preload[2 * PATH_LENGTH_MAX];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(preload, sizeof(preload), "%s%s%s", before ? before : "",
		 before && *before ? ":" : "", needed("INJECT"));
	setenv("LD_PRELOAD", preload, 1);
	setenv(INJECT_ENV, plan, 1);
	setenv("ASAN_OPTIONS", "exitcode=97", 1);
	setenv("UBSAN_OPTIONS", "exitcode=97:print_stacktrace=1", 1);
	setenv("LSAN_OPTIONS", "exitcode=97", 1);
}

/* Waits for pid; kills it after limit_ms. */
static void reap(pid_t pid, unsigned limit_ms, struct ran *ran)
{
	unsigned long long start = now_ms();
	struct pollfd p = {.events = POLLIN};
	int status;

	ran->err[0] = '\0';
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p.fd < 0)
		die("pidfd_open: %s", strerror(errno));
	ran->status = 0;
	if (poll(&p, 1, (int)limit_ms) == 0) {
		kill(pid, SIGKILL);
		ran->status = STATUS_TIMEOUT;
	}
	close(p.fd);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	ran->ms = (unsigned)(now_ms() - start);
	if (ran->status == 0)
		ran->status = WIFSIGNALED(status)
				      ? STATUS_SIGNAL + WTERMSIG(status)
				      : WEXITSTATUS(status);
}

static void read_text(const char *path, char *to, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(to, 1, size - 1, f) : 0;

	to[n] = '\0';
	if (f)
		fclose(f);
}

/* Servers */

static void server_launch(struct cluster *c, int i)
{
	struct server *s = &c->server[i];
	char plan[PATH_LENGTH_MAX + 32];
	char port[16];

	if (rename(s->log, "log.old") && errno != ENOENT)
		die("%s: %s", s->log, strerror(errno));
	redirect(s->log, O_WRONLY | O_CREAT | O_TRUNC, STDIN_FILENO);
	snprintf(plan, sizeof(plan), "%s/plan%d", c->top, i + 1);
	snprintf(port, sizeof(port), "%u", s->port);
	s->pid = fork();
	if (s->pid < 0)
		die("fork: %s", strerror(errno));
	if (s->pid > 0)
		return;
	child_prepare(plan);
	redirect(s->log, O_WRONLY | O_APPEND, STDOUT_FILENO);
	redirect(s->log, O_WRONLY | O_APPEND, STDERR_FILENO);
	redirect("/dev/null", O_RDONLY, STDIN_FILENO);
	execl(needed("DFS"), "dfs", "-l", "127.0.0.1", "-o", "quarantine=0",
	      s->dir, port, (char *)NULL);
	die("%s: %s", getenv("DFS"), strerror(errno));
}

/* Reads the port from the log; false when it does not say yet. */
static bool is_ready(struct server *s)
{
	char text[LOG_MAX];
	const char *at;

	read_text(s->log, text, sizeof(text));
	at = strstr(text, READY);
	if (!at || !strchr(at, '\n'))
		return false;
	s->port = (unsigned)strtoul(at + strlen(READY), NULL, 10);
	return true;
}

bool server_died(struct cluster *c, int i, struct ran *ran)
{
	struct server *s = &c->server[i];
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT))
		die("waitid: %s", strerror(errno));
	if (info.si_pid == 0)
		return false;
	reap(s->pid, 0, ran);
	read_text(s->log, ran->err, sizeof(ran->err));
	s->pid = 0;
	return true;
}

bool server_try(struct cluster *c, int i, struct ran *ran)
{
	unsigned long long start = now_ms();
	struct timespec pause = {.tv_nsec = 500000};

	server_launch(c, i);
	while (!is_ready(&c->server[i])) {
		if (server_died(c, i, ran)) {
			ran->ms = (unsigned)(now_ms() - start);
			return false;
		}
		if (now_ms() - start > START_MS) {
			server_end(c, i, SIGKILL, ran);
			ran->status = STATUS_TIMEOUT;
			return false;
		}
		nanosleep(&pause, NULL);
	}
	return true;
}

void server_start(struct cluster *c, int i)
{
	unsigned long long start = now_ms();
	struct ran ran;

	while (!server_try(c, i, &ran))
		if (ran.status != PORT_TAKEN || now_ms() - start > START_MS)
			die("server %d does not start: status %d\n%s", i + 1,
			    ran.status, ran.err);
}

void server_end(struct cluster *c, int i, int signal, struct ran *ran)
{
	struct server *s = &c->server[i];

	kill(s->pid, signal);
	reap(s->pid, STOP_MS, ran);
	read_text(s->log, ran->err, sizeof(ran->err));
	s->pid = 0;
}

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

void remove_tree(const char *path)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
		die("%s: %s", path, strerror(errno));
}

void server_wipe(struct cluster *c, int i)
{
	remove_tree(c->server[i].dir);
}

unsigned server_descriptors(const struct cluster *c, int i)
{
	char path[64];
	unsigned count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)c->server[i].pid);
	dir = opendir(path);
	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

bool server_sleeps(const struct cluster *c, int i)
{
	char path[PATH_LENGTH_MAX];
	char text[256];
	bool sleeps = true;
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)c->server[i].pid);
	dir = opendir(path);
	while (dir && sleeps && (e = readdir(dir))) {
		const char *state;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/stat",
			 (int)c->server[i].pid, e->d_name);
		read_text(path, text, sizeof(text));
		state = strrchr(text, ')');
		sleeps = !state || state[2] == 'S' || state[2] == 'Z';
	}
	if (dir)
		closedir(dir);
	return sleeps;
}
/* Clients */

static void write_conf(struct cluster *c, int without)
{
	char path[32];
	FILE *f;

	snprintf(path, sizeof(path), "conf%d", without + 1);
	f = fopen(path, "w");
	for (int i = 0; f && i < SERVERS; i++)
		if (i != without)
			fprintf(f, "server dfs%d 127.0.0.1:%u\n", i + 1,
				c->server[i].port);
	if (!f || fclose(f))
		die("%s: %s", path, strerror(errno));
}

pid_t client_start(struct cluster *c, int without, const char *const *args)
{
	char plan[PATH_LENGTH_MAX];
	char conf[PATH_LENGTH_MAX];
	const char *argv[32] = {"dfc", "-c", conf};
	pid_t pid;

	for (unsigned i = 0; args[i] && i + 4 < 32; i++)
		argv[i + 3] = args[i];
	snprintf(plan, sizeof(plan), "%s/plan0", c->top);
	snprintf(conf, sizeof(conf), "%s/conf%d", c->top, without + 1);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	child_prepare(plan);
	setenv("TMPDIR", c->top, 1);
	redirect("source", O_RDONLY | O_CREAT, STDIN_FILENO);
	redirect("out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
	redirect("err", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
	execv(needed("DFC"), (char *const *)(uintptr_t)argv);
	die("%s: %s", getenv("DFC"), strerror(errno));
}

void client_wait(pid_t pid, unsigned limit_ms, struct ran *ran)
{
	reap(pid, limit_ms, ran);
	read_text("err", ran->err, sizeof(ran->err));
}

void client_run(struct cluster *c, int without, const char *const *args,
		struct ran *ran)
{
	client_wait(client_start(c, without, args), CLIENT_MS, ran);
}

/* All of it */

void cluster_open(struct cluster *c, const char *top, const char *below)
{
	char path[PATH_LENGTH_MAX + 32];

	*c = (struct cluster){.top = top};
	if (chdir(top))
		die("%s: %s", top, strerror(errno));
	c->client = map_plan("plan0");
	for (int i = 0; i < SERVERS; i++) {
		struct server *s = &c->server[i];

		snprintf(path, sizeof(path), "%s/plan%d", top, i + 1);
		s->plan = map_plan(path);
		snprintf(s->dir, sizeof(s->dir), "%s/%d%s%s", top, i + 1,
			 below ? "/" : "", below ? below : "");
		snprintf(s->log, sizeof(s->log), "%s/%d.log", top, i + 1);
		server_start(c, i);
	}
	for (int i = NOBODY; i < SERVERS; i++)
		write_conf(c, i);
}

void cluster_close(struct cluster *c)
{
	struct ran ran;

	for (int i = 0; i < SERVERS; i++)
		if (c->server[i].pid > 0)
			server_end(c, i, SIGKILL, &ran);
}
