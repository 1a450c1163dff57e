#include "show.h"

#include "emit.h"
#include "name.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ESCAPED_MAX (4 * NAME_MAX_BYTES + 1)
#define OUT_BUFFER (64u << 10)
#define TEXT_MAX 8192 /* bytes of a message: names of all servers fit */

/* The two streams' state: this file's alone, set by show_init(). */
static struct {
	bool out_escaped;
	bool err_escaped;
	bool color;
	bool json;
	const char *here;
	char out[OUT_BUFFER];
	char err[2 * ESCAPED_MAX];
	bool fleeting; /* a line stands that is not for good */
} shown;

void show_init(void)
{
	shown.out_escaped = isatty(STDOUT_FILENO);
	shown.err_escaped = isatty(STDERR_FILENO);
	if (!shown.out_escaped)
		setvbuf(stdout, shown.out, _IOFBF, sizeof(shown.out));
	setvbuf(stderr, shown.err, _IOLBF, sizeof(shown.err));
}

static bool has_colors(void)
{
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");

	return shown.out_escaped && term && strcmp(term, "dumb") != 0 &&
	       !(no_color && *no_color);
}

void show_set(enum show_when color, bool json)
{
	shown.color =
		color == SHOW_ALWAYS || (color == SHOW_AUTO && has_colors());
	shown.json = json;
}

bool show_is_terminal(void)
{
	return shown.out_escaped;
}

const char *show_paint(enum show_paint paint)
{
	static const char *const codes[] = {
		[PAINT_NONE] = "\033[0m",  [PAINT_GOOD] = "\033[32m",
		[PAINT_WARN] = "\033[33m", [PAINT_BAD] = "\033[31m",
		[PAINT_DIM] = "\033[2m",   [PAINT_BOLD] = "\033[1m"};

	return shown.color ? codes[paint] : "";
}

bool show_owns_terminal(void)
{
	return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

/* Before anything is written to the terminal. */
static void make_way(void)
{
	if (!shown.fleeting)
		return;
	shown.fleeting = false;
	if (!show_owns_terminal())
		return; /* it has been overwritten */
	fputs("\r\033[K", stderr);
	fflush(stderr);
}

void show_fleeting(const char *line)
{
	if (!*line) {
		make_way();
		return;
	}
	if (!show_owns_terminal())
		return;
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
	shown.fleeting = true;
}

static void write_name(FILE *f, bool escaped, const char *name, size_t len)
{
	char out[ESCAPED_MAX];

	if (!escaped) {
		fwrite(name, 1, len, f);
		return;
	}
	name_escape(name, len, out, sizeof(out));
	fputs(out, f);
}

/* A message, which may quote what was typed or read.  The escapes that it has
 * stay, and its ends of lines. */
static void write_text(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\\\n");

		if (len > NAME_MAX_BYTES) {
			len = NAME_MAX_BYTES;
			/* Not in the middle of a character. */
			while (len > NAME_MAX_BYTES - 4 &&
			       ((unsigned char)text[len] & 0xc0) == 0x80)
				len--;
		}
		write_name(stderr, shown.err_escaped, text, len);
		text += len;
		while (*text == '\\' || *text == '\n')
			fputc(*text++, stderr);
	}
	fputc('\n', stderr);
}

/* A message as an object. */
static void emit_message(const char *about, size_t len, const char *text)
{
	struct emit *e;

	if (!shown.json)
		return;
	e = emit_begin("message");
	if (about)
		emit_bytes(e, "about", about, len);
	emit_bytes(e, "text", text, strlen(text));
	emit_end(e);
}

void show_problem(const char *what, size_t len, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;

	make_way();
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fputs("dfc: ", stderr);
	write_name(stderr, shown.err_escaped, what, len);
	fputs(": ", stderr);
	write_text(text);
	emit_message(what, len, text);
}

void show_trouble(const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;

	make_way();
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fputs("dfc: ", stderr);
	write_text(text);
	emit_message(NULL, 0, text);
}

void show_verdict(const char *name, size_t len, const char *tail)
{
	make_way();
	write_name(stderr, shown.err_escaped, name, len);
	fprintf(stderr, "%s\n", tail);
	emit_message(name, len, tail + (*tail == ' '));
}

void show_name(const char *name, size_t len)
{
	if (shown.out_escaped)
		make_way();
	write_name(stdout, shown.out_escaped, name, len);
}

void show_para(const char *label, enum show_paint paint, const char *text)
{
	size_t at = SHOW_LABEL;

	printf("%-*s%s", SHOW_LABEL, label,
	       paint == PAINT_NONE ? "" : show_paint(paint));
	while (*text) {
		size_t word = strcspn(text, " ");

		if (at > SHOW_LABEL && at + 1 + word > SHOW_COLUMNS) {
			printf("\n%*s", SHOW_LABEL, "");
			at = SHOW_LABEL;
		} else if (at > SHOW_LABEL) {
			putchar(' ');
			at++;
		}
		fwrite(text, 1, word, stdout);
		at += word;
		text += word + (text[word] == ' ');
	}
	puts(paint == PAINT_NONE ? "" : show_paint(PAINT_NONE));
}

void show_set_here(const char *prefix)
{
	shown.here = prefix;
}

void show_stored(const char *name, size_t len)
{
	size_t top = shown.here ? strlen(shown.here) : 0;

	if (top > 0 && len > top + 1 && name[top] == '/' &&
	    memcmp(name, shown.here, top) == 0) {
		name += top + 1;
		len -= top + 1;
	} else if (top > 0) {
		putchar('/');
	}
	show_name(name, len);
}

void show_size(uint64_t bytes, char out[16])
{
	static const char *const units[] = {"B",   "KiB", "MiB", "GiB",
					    "TiB", "PiB", "EiB"};
	double v = (double)bytes;
	unsigned u = 0;

	while (v >= 1024 && u < 6) {
		v /= 1024;
		u++;
	}
	if (u == 0 || v >= 9.95)
		snprintf(out, 16, "%.0f %s", v, units[u]);
	else
		snprintf(out, 16, "%.1f %s", v, units[u]);
}

void show_age(uint32_t seconds, char out[SHOW_AGE_MAX])
{
	static const struct {
		uint32_t seconds;
		const char *name;
	} units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint32_t n = seconds / units[i].seconds;

		if (n == 0)
			continue;
		(void)snprintf(out, SHOW_AGE_MAX, "%" PRIu32 " %s%s ago", n,
			       units[i].name, n == 1 ? "" : "s");
		return;
	}
	(void)snprintf(out, SHOW_AGE_MAX, "less than a minute ago");
}

void show_time(int64_t mtime_ns, char out[24])
{
	time_t t = (time_t)(mtime_ns / 1000000000 -
			    (mtime_ns % 1000000000 < 0 ? 1 : 0));
	struct tm tm;

	if (!localtime_r(&t, &tm) ||
	    strftime(out, 24, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(out, 24, "%s", "?");
}

enum err show_flush(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return ERR_OK;
	return errno == EPIPE ? ERR_CLOSED : ERR_SYS;
}

void show_drop(void)
{
	__fpurge(stdout);
}

void show_spill(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
	const char *at = shown.out;
	/* Of a terminal each line is written at its end.  After an error it
	 * is not known what was. */
	size_t left =
		shown.out_escaped || ferror(stdout) ? 0 : __fpending(stdout);

	while (left > 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLOUT)) {
		/* So much a pipe takes without a wait. */
		ssize_t n = write(STDOUT_FILENO, at,
				  left < PIPE_BUF ? left : PIPE_BUF);

		if (n <= 0)
			break;
		at += n;
		left -= (size_t)n;
	}
	show_drop();
}
