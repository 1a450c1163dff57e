#include "confirm.h"

#include "interrupt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MAX 16 /* bytes that are looked at */

bool confirm_is_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* What fits of the next line, without its newline.  The terminal gives a
 * line at a time: nothing behind it is taken from what comes next. */
static void read_line(char answer[ANSWER_MAX])
{
	size_t len = 0;
	char c = '\0';

	while (c != '\n' && !interrupt_came()) {
		ssize_t n = read(STDIN_FILENO, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (c != '\n' && len < ANSWER_MAX - 1)
			answer[len++] = c;
	}
	answer[len] = '\0';
	/* Ctrl-C and Ctrl-D leave the cursor behind the question. */
	if (c != '\n')
		fputc('\n', stderr);
}

bool confirm_ask(const char *fmt, ...)
{
	char answer[ANSWER_MAX];
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs(" [y/N] ", stderr);
	fflush(stderr);
	read_line(answer);
	return !interrupt_came() &&
	       (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0);
}
