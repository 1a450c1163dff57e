#include "progress.h"

#include "show.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP_MS 100
#define LINES_STEP_MS 1000
#define LINES_WIDTH 120 /* columns, where there is no terminal */
#define LINE_MAX_BYTES 160

static bool is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void progress_init(struct progress *p, enum progress_when when, bool quiet)
{
	bool terminal = is_terminal();

	*p = (struct progress){
		.on = when == PROGRESS_ALWAYS ||
		      (when == PROGRESS_AUTO && !quiet && terminal),
		.lines = !terminal};
}

bool progress_is_seen(const struct progress *p)
{
	return p->on && (p->lines || show_owns_terminal());
}

bool progress_meets_stdout(void)
{
	struct stat out, err;

	return isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) &&
	       fstat(STDOUT_FILENO, &out) == 0 &&
	       fstat(STDERR_FILENO, &err) == 0 && out.st_rdev == err.st_rdev;
}

size_t progress_width(const struct progress *p)
{
	struct winsize w;

	if (p->lines)
		return LINES_WIDTH;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col < 2)
		return 79;
	return w.ws_col - 1u; /* the last column may wrap */
}

bool progress_is_due(const struct progress *p, uint64_t now_ms)
{
	uint64_t step_ms = p->lines ? LINES_STEP_MS : STEP_MS;

	return p->on && (p->shown_ms == 0 || now_ms - p->shown_ms >= step_ms);
}

void progress_put(struct progress *p, uint64_t now_ms, const char *line)
{
	if (p->lines)
		fprintf(stderr, "%s\n", line);
	else
		show_fleeting(line);
	p->shown_ms = now_ms;
}

void progress_show(struct progress *p, uint64_t now_ms, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	size_t most;
	va_list args;

	if (!progress_is_due(p, now_ms))
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	most = progress_width(p);
	if (most < sizeof(line))
		line[most] = '\0';
	progress_put(p, now_ms, line);
}

void progress_clear(struct progress *p)
{
	if (p->on && !p->lines)
		show_fleeting("");
}
