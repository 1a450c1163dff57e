#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define STEP_MS 100
#define LINE_MAX_BYTES 160

void progress_init(struct progress *p, bool wanted)
{
	const char *term = getenv("TERM");
	bool dumb = term && strcmp(term, "dumb") == 0;

	*p = (struct progress){.on = wanted && !dumb && isatty(STDERR_FILENO) &&
				     tcgetpgrp(STDERR_FILENO) == getpgrp()};
}

static size_t width(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col < 2)
		return 79;
	return w.ws_col - 1u;
}

void progress_show(struct progress *p, uint64_t now_ms, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	size_t most;
	va_list args;

	if (!p->on || (p->shown_ms && now_ms - p->shown_ms < STEP_MS))
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	most = width();
	if (most < sizeof(line))
		line[most] = '\0';
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
	p->shown = true;
	p->shown_ms = now_ms;
}

void progress_clear(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->shown = false;
}
