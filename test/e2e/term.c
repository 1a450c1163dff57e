#include "term.h"

#include "clock.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bytes; more than the kernel keeps of what a reader has not taken. */
#define HELD_MAX (256u << 10)

int term_pidfd(pid_t pid)
{
	long fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		err(2, "pidfd_open");
	return (int)fd;
}

void term_fresh_signals(void)
{
	sigset_t none;

	for (int n = 1; n < 32; n++)
		if (n != SIGKILL && n != SIGSTOP)
			signal(n, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void set_size(int fd, unsigned cols, unsigned rows)
{
	struct winsize size = {.ws_col = (unsigned short)cols,
			       .ws_row = (unsigned short)rows};

	if (ioctl(fd, TIOCSWINSZ, &size) < 0)
		err(2, "TIOCSWINSZ");
}

static void become(char **argv, int slave)
{
	term_fresh_signals();
	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		_exit(126);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			_exit(126);
	if (slave > 2)
		close(slave);
	unsetenv("COLUMNS");
	unsetenv("LINES");
	execvp(argv[0], argv);
	warn("%s", argv[0]);
	_exit(127);
}

/* The other end is open here until the command has it: from then on, nobody
 * has it open means that nothing will come. */
void term_start(struct term *t, char **argv, unsigned cols, unsigned rows)
{
	char name[64];
	int slave;

	*t = (struct term){.screen = screen_new(cols, rows)};
	if (t->screen == NULL)
		errx(2, "%ux%u: no such screen", cols, rows);
	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (t->master < 0 || grantpt(t->master) < 0 ||
	    unlockpt(t->master) < 0 ||
	    ptsname_r(t->master, name, sizeof(name)) != 0)
		err(2, "no pseudo-terminal");
	slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		err(2, "%s", name);
	set_size(t->master, cols, rows);
	t->pid = fork();
	if (t->pid < 0)
		err(2, "fork");
	if (t->pid == 0)
		become(argv, slave);
	close(slave);
	t->pidfd = term_pidfd(t->pid);
	t->last_ms = clock_ms();
}

void term_release(struct term *t)
{
	term_kill(t);
	term_hang_up(t);
	close(t->pidfd);
	screen_free(t->screen);
	free(t->raw.data);
	free(t->text.data);
}

static void append(struct bytes *b, const char *data, size_t len)
{
	if (b->room - b->len < len) {
		b->room = b->room * 2 + len;
		b->data = realloc(b->data, b->room);
		if (b->data == NULL)
			err(2, "memory");
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void take(struct term *t, const char *data, size_t len)
{
	if (t->raw.len + len > TERM_BYTES_MAX) {
		term_kill(t);
		errx(1, "the command wrote more than %u bytes", TERM_BYTES_MAX);
	}
	append(&t->raw, data, len);
	for (size_t i = 0; i < len; i++)
		if (screen_put(t->screen, (unsigned char)data[i]))
			append(&t->text, data + i, 1);
	t->last_ms = clock_ms();
}

/* A terminal that nobody has open any more gives EIO, after all it held.  It
 * is not hung up for that: some close it first and exit then.  What is written
 * meanwhile is not waited for without end. */
static void take_all(struct term *t)
{
	char data[4096];
	size_t left = HELD_MAX;
	ssize_t n;

	t->shut = t->master < 0;
	while (!t->shut && left >= sizeof(data)) {
		n = read(t->master, data, sizeof(data));
		if (n > 0) {
			take(t, data, (size_t)n);
			left -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			return;
		} else if (n == 0 || errno == EIO) {
			t->shut = true;
		} else if (errno != EINTR) {
			err(2, "read from the terminal");
		}
	}
}

/* events: of the terminal. */
static void pump(struct term *t, short events, int fd, uint64_t deadline_ms)
{
	struct pollfd p[] = {
		{.fd = t->shut ? -1 : t->master, .events = events},
		{.fd = t->ended ? -1 : t->pidfd, .events = POLLIN},
		{.fd = fd, .events = POLLIN},
	};
	int n;

	do {
		n = poll(p, 3, clock_left(deadline_ms, clock_ms()));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		err(2, "poll");
	if (p[1].revents != 0)
		t->ended = true;
	take_all(t);
}

void term_pump(struct term *t, int fd, uint64_t deadline_ms)
{
	pump(t, POLLIN, fd, deadline_ms);
}

bool term_over(const struct term *t)
{
	return t->ended && t->shut;
}

bool term_send(struct term *t, const char *bytes, size_t len,
	       uint64_t deadline_ms)
{
	while (len > 0 && !t->shut) {
		ssize_t n = write(t->master, bytes, len);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
			continue;
		}
		if (clock_ms() >= deadline_ms)
			return false;
		pump(t, POLLIN | POLLOUT, -1, deadline_ms);
	}
	return len == 0;
}

void term_resize(struct term *t, unsigned cols, unsigned rows)
{
	if (screen_resize(t->screen, cols, rows))
		errx(2, "%ux%u: no such screen", cols, rows);
	if (t->master >= 0)
		set_size(t->master, cols, rows);
}

void term_hang_up(struct term *t)
{
	if (t->master >= 0)
		close(t->master);
	t->master = -1;
	t->shut = true;
}

int term_status(struct term *t)
{
	if (t->pid > 0 && waitpid(t->pid, &t->status, 0) != t->pid)
		err(2, "wait");
	t->pid = 0;
	return t->status;
}

/* The ids are those of living processes, or of one whose status waits. */
void term_kill(struct term *t)
{
	pid_t front = t->master < 0 ? -1 : tcgetpgrp(t->master);

	if (t->pid <= 0)
		return;
	if (front > 0 && front != t->pid)
		kill(-front, SIGKILL);
	kill(-t->pid, SIGKILL);
	kill(t->pid, SIGKILL);
	term_status(t);
	t->ended = true;
}
