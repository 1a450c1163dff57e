#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chaos.h"
#include "process.h"

#define LOG_LINES 25
#define READY "dfs: ready on "
#define OWN_PORT "10001" /* where nobody else is */

/* Years and days off, in seconds. */
static const int64_t skews[CHAOS_SERVERS] = {-315360000, 630720000, 0, 259200};

const char *server_dir(const struct server *s)
{
	static char path[CHAOS_PATH_MAX];
	const char *disks = s->chaos->settings.disks;

	if (disks)
		snprintf(path, sizeof(path), "%s/%u/store", disks,
			 s->index + 1);
	else
		snprintf(path, sizeof(path), "%s/%u", s->chaos->dir,
			 s->index + 1);
	return path;
}

static void log_path(const struct server *s, char out[CHAOS_PATH_MAX])
{
	snprintf(out, CHAOS_PATH_MAX, "%s/%u.log", s->chaos->dir, s->index + 1);
}

static void take_line(struct server *s)
{
	const char *port;

	s->line[s->line_len] = '\0';
	s->line_len = 0;
	if (s->line[0] >= '1' && s->line[0] <= '9')
		s->year = (unsigned)strtoul(s->line, NULL, 10);
	if (strncmp(s->line, READY, strlen(READY)) != 0)
		return;
	port = strrchr(s->line, ':');
	s->port = (uint16_t)strtoul(port + 1, NULL, 10);
	if (s->state == SERVER_STARTING)
		s->state = SERVER_UP;
}

static bool take_log(struct server *s)
{
	char text[4096];
	ssize_t n = read(s->log.fd, text, sizeof(text));

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	if (write(s->log_file, text, (size_t)n) != n)
		chaos_complain(s->chaos, CHECK_SERVERS, "log of server %u: %s",
			       s->index + 1, strerror(errno));
	for (ssize_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			take_line(s);
		else if (s->line_len < sizeof(s->line) - 1)
			s->line[s->line_len++] = text[i];
	}
	return true;
}

static void close_log(struct server *s)
{
	loop_unwatch(&s->chaos->loop, &s->log);
	if (s->log.fd >= 0)
		close(s->log.fd);
	s->log.fd = -1;
	s->line_len = 0;
}

static void on_log(void *arg, uint32_t events)
{
	struct server *s = arg;

	(void)events;
	if (!take_log(s))
		loop_unwatch(&s->chaos->loop, &s->log);
}

bool server_init(struct server *s, struct chaos *c, unsigned index)
{
	char path[CHAOS_PATH_MAX];

	*s = (struct server){.chaos = c, .index = index};
	s->log = (struct loop_watch){-1, .ready = on_log, .arg = s};
	log_path(s, path);
	s->log_file =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return s->log_file >= 0;
}

const char *server_host(const struct server *s)
{
	static char host[32];

	if (!s->chaos->settings.net)
		return "127.0.0.1";
	snprintf(host, sizeof(host), "127.77.%u.2", s->index + 1);
	return host;
}

bool server_unplug(const struct server *s, bool out)
{
	struct ifreq r = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool good;

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%sv%u",
		 s->chaos->settings.net, s->index + 1);
	good = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &r) == 0;
	if (out)
		r.ifr_flags &= (short)~IFF_UP;
	else
		r.ifr_flags |= IFF_UP;
	good = good && ioctl(fd, SIOCSIFFLAGS, &r) == 0;
	if (fd >= 0)
		close(fd);
	return good;
}

/* Into its network. */
static bool enter_net(const struct server *s)
{
	char path[CHAOS_PATH_MAX];
	int fd;

	if (!s->chaos->settings.net)
		return true;
	snprintf(path, sizeof(path), "/var/run/netns/%s%u",
		 s->chaos->settings.net, s->index + 1);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
}

static void run_daemon(const struct server *s, int log, const char *option,
		       char *const *environment)
{
	char conf[CHAOS_PATH_MAX];
	const char *words[] = {s->chaos->settings.dfs,
			       "-c",
			       conf,
			       "-l",
			       server_host(s),
			       "-o",
			       option,
			       server_dir(s),
			       s->chaos->settings.net ? OWN_PORT : "0",
			       NULL};
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	snprintf(conf, sizeof(conf), "%s/dfs.conf", s->chaos->dir);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	if (!enter_net(s))
		_exit(126);
	execve(words[0], (char *const *)(uintptr_t)words, environment);
	_exit(127);
}

void server_start(struct server *s, const char *option)
{
	char *const *environment =
		process_environment(s->chaos, skews[s->index]);
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) != 0)
		abort();
	s->state = SERVER_STARTING;
	s->killed = false;
	s->pid = fork();
	if (s->pid == 0)
		run_daemon(s, pipes[1], option ? option : "workers=4",
			   environment);
	close(pipes[1]);
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	close_log(s);
	s->log.fd = pipes[0];
	if (s->pid < 0 ||
	    loop_watch(&s->chaos->loop, &s->log, EPOLLIN) != ERR_OK)
		abort();
}

void server_kill(struct server *s)
{
	if (s->pid == 0)
		return;
	s->killed = true;
	s->port = 0;
	s->state = SERVER_DOWN;
	kill(s->pid, SIGKILL);
}

void server_pause(struct server *s)
{
	if (s->pid == 0)
		return;
	kill(s->pid, SIGSTOP);
	if (s->state == SERVER_UP)
		s->state = SERVER_STOPPED;
}

void server_resume(struct server *s)
{
	if (s->pid == 0)
		return;
	kill(s->pid, SIGCONT);
	if (s->state == SERVER_STOPPED)
		s->state = SERVER_UP;
}

void server_ended(struct server *s, int status)
{
	while (s->log.fd >= 0 && take_log(s) && errno != EAGAIN)
		;
	close_log(s);
	s->pid = 0;
	s->port = 0;
	s->state = SERVER_DOWN;
	if (s->killed)
		return;
	chaos_complain(
		s->chaos, CHECK_SERVERS, "server %u ended: %s %d", s->index + 1,
		WIFSIGNALED(status) ? "signal" : "exit status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	if (!s->chaos->ending)
		server_start(s, NULL);
}

void server_wipe(struct server *s)
{
	if (!process_remove(server_dir(s)))
		chaos_complain(s->chaos, CHECK_SERVERS, "%s: %s", server_dir(s),
			       strerror(errno));
}

void server_stop(struct server *s)
{
	int status = 0;

	if (s->pid == 0)
		return;
	kill(s->pid, SIGCONT);
	kill(s->pid, SIGTERM);
	if (waitpid(s->pid, &status, 0) == s->pid &&
	    (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		chaos_complain(s->chaos, CHECK_SERVERS,
			       "server %u does not end well when told to",
			       s->index + 1);
	while (take_log(s) && errno != EAGAIN)
		;
	close_log(s);
	s->pid = 0;
	s->port = 0;
	s->state = SERVER_DOWN;
}

void server_show_log(const struct server *s)
{
	char path[CHAOS_PATH_MAX];
	char line[1024];
	char(*last)[1024] = calloc(LOG_LINES, sizeof(*last));
	unsigned n = 0;
	FILE *f;

	log_path(s, path);
	f = fopen(path, "re");
	while (f && last && fgets(line, sizeof(line), f))
		memcpy(last[n++ % LOG_LINES], line, sizeof(line));
	printf("# --- log of server %u\n", s->index + 1);
	for (unsigned i = n > LOG_LINES ? n - LOG_LINES : 0; last && i < n; i++)
		printf("# %s", last[i % LOG_LINES]);
	if (f)
		fclose(f);
	free(last);
}
