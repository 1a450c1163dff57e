/*
 * stderr is shared with other processes, and O_NONBLOCK belongs to the open
 * file description that they share: setting it there would break them.  So a
 * pipe or a terminal is opened once more through /proc, a socket takes
 * MSG_DONTWAIT, and where opening again is refused poll() is asked first (a
 * pipe that it calls writable has room for PIPE_BUF bytes, and no line is
 * longer).  A line is one write, so lines of several threads do not mix.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define LINE_MAX_BYTES PIPE_BUF

enum log_path {
	PATH_WRITE, /* write() does not block, or nothing better is known */
	PATH_POLL,
	PATH_SOCKET,
};

/* The one log of the process. */
static struct {
	int fd;		      /* set before threads start */
	enum log_path path;   /* set before threads start */
	bool journal;	      /* set before threads start */
	atomic_int level;     /* enum log_level */
	atomic_uint lost;     /* lines not written since the last report */
	atomic_bool unclosed; /* the last line was cut: end it first */
} the_log = {.fd = STDERR_FILENO, .level = LOG_LEVEL_INFO};

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", 3},
	[LOG_LEVEL_WARN] = {"warn", 4},
	[LOG_LEVEL_INFO] = {"info", 6},
	[LOG_LEVEL_DEBUG] = {"debug", 7},
};

/* JOURNAL_STREAM is "device:inode" of the journal's socket. */
static bool is_journal(const struct stat *st)
{
	const char *want = getenv("JOURNAL_STREAM");
	char have[64];

	(void)snprintf(have, sizeof(have), "%ju:%ju", (uintmax_t)st->st_dev,
		       (uintmax_t)st->st_ino);
	return want != NULL && strcmp(want, have) == 0;
}

static void choose_path(const struct stat *st)
{
	int fd;

	if (S_ISSOCK(st->st_mode)) {
		the_log.path = PATH_SOCKET;
		return;
	}
	if (!S_ISFIFO(st->st_mode) && !S_ISCHR(st->st_mode))
		return;
	fd = open("/proc/self/fd/2",
		  O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		the_log.path = PATH_POLL;
	else
		the_log.fd = fd;
}

void log_init(enum log_level level)
{
	struct stat st;

	log_set_level(level);
	if (the_log.fd != STDERR_FILENO)
		(void)close(the_log.fd);
	the_log.fd = STDERR_FILENO;
	the_log.path = PATH_WRITE;
	the_log.journal = false;
	if (fstat(STDERR_FILENO, &st) < 0)
		return;
	the_log.journal = is_journal(&st);
	choose_path(&st);
}

void log_set_level(enum log_level level)
{
	atomic_store(&the_log.level, (int)level);
}

bool log_wants(enum log_level level)
{
	return (int)level <= atomic_load(&the_log.level);
}

int log_level_from_name(const char *name)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

/* What went out of len bytes; -1 for nothing. */
static ssize_t write_some(const char *line, size_t len)
{
	struct pollfd p = {.fd = the_log.fd, .events = POLLOUT};

	switch (the_log.path) {
	case PATH_SOCKET:
		return send(the_log.fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	case PATH_POLL:
		if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT)) {
			errno = EAGAIN;
			return -1;
		}
		break;
	case PATH_WRITE:
		break;
	}
	return write(the_log.fd, line, len);
}

/* False when the line was not written at all. */
static bool write_line(const char *line, size_t len)
{
	ssize_t n;

	if (atomic_load(&the_log.unclosed)) {
		if (write_some("\n", 1) != 1)
			return false;
		atomic_store(&the_log.unclosed, false);
	}
	do {
		n = write_some(line, len);
	} while (n < 0 && errno == EINTR);
	if (n > 0 && (size_t)n < len)
		atomic_store(&the_log.unclosed, true);
	return n > 0;
}

/* "TIME level " or "<N>"; returns its length. */
static size_t prefix(enum log_level level, char *line, size_t cap)
{
	struct timespec now = {0};
	struct tm utc = {0};
	char date[32] = "";
	int n;

	if (the_log.journal) {
		n = snprintf(line, cap, "<%d>", levels[level].priority);
		return n < 0 ? 0 : (size_t)n;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &utc) != NULL)
		(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	n = snprintf(line, cap, "%s.%03uZ %s ", date,
		     (unsigned)(now.tv_nsec / 1000000) % 1000,
		     levels[level].name);
	return n < 0 ? 0 : (size_t)n;
}

/* One line is one line, whatever the callers put in. */
static void clean(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	}
}

/* Formats behind the first `at` bytes of line, and writes it. */
PRINTF_LIKE(3, 0)
static bool finish_line(char *line, size_t at, const char *fmt, va_list args)
{
	size_t room = LINE_MAX_BYTES - at;
	int n = vsnprintf(line + at, room, fmt, args);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= room)
		len = room - 1;
	clean(line + at, len);
	line[at + len] = '\n';
	return write_line(line, at + len + 1);
}

PRINTF_LIKE(2, 3)
static bool try_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	size_t at = prefix(level, line, sizeof(line));
	va_list args;
	bool done;

	va_start(args, fmt);
	done = finish_line(line, at, fmt, args);
	va_end(args);
	return done;
}

/* Says first how many lines are missing.  True when that is settled. */
static bool report_lost(void)
{
	unsigned lost = atomic_exchange(&the_log.lost, 0);

	if (lost == 0 ||
	    try_line(LOG_LEVEL_WARN, "log lines lost count=%u", lost))
		return true;
	atomic_fetch_add(&the_log.lost, lost);
	return false;
}

PRINTF_LIKE(2, 0)
static void log_line(enum log_level level, const char *fmt, va_list args)
{
	char line[LINE_MAX_BYTES];
	int saved = errno;

	if (log_wants(level) &&
	    (!report_lost() ||
	     !finish_line(line, prefix(level, line, sizeof(line)), fmt, args)))
		atomic_fetch_add(&the_log.lost, 1);
	errno = saved;
}

void log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(LOG_LEVEL_ERROR, fmt, args);
	va_end(args);
}

void log_warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(LOG_LEVEL_WARN, fmt, args);
	va_end(args);
}

void log_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(LOG_LEVEL_INFO, fmt, args);
	va_end(args);
}

void log_debug(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(LOG_LEVEL_DEBUG, fmt, args);
	va_end(args);
}

void log_plain(const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	int saved = errno;
	va_list args;

	va_start(args, fmt);
	if (!finish_line(line, 0, fmt, args))
		atomic_fetch_add(&the_log.lost, 1);
	va_end(args);
	errno = saved;
}

bool log_allow(struct log_limit *l, unsigned burst)
{
	uint64_t now = clock_ms();
	uint64_t since = __atomic_load_n(&l->window_ms, __ATOMIC_RELAXED);

	/* Of several threads that see the window end one begins the next. */
	if ((since == 0 || now - since >= 1000) &&
	    __atomic_compare_exchange_n(&l->window_ms, &since, now, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		__atomic_store_n(&l->count, 0, __ATOMIC_RELAXED);
	return __atomic_fetch_add(&l->count, 1, __ATOMIC_RELAXED) < burst;
}
