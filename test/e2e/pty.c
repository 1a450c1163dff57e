/*
 * A dialogue with a command on a terminal, for the end-to-end tests.
 *
 *	pty [-u] [-s COLSxROWS] [-T TERM] [-t MS] [-f SCRIPT] COMMAND [ARG...]
 *
 * runs COMMAND on a new pseudo-terminal (80x24, xterm) and does the steps of
 * SCRIPT, or of stdin, one a line (how lines are read: script.h):
 *
 *	send TEXT       types TEXT, and no line end after it
 *	ctrl X          types Control-X
 *	expect TEXT     waits until TEXT is written, after what the expect before
 *	                it found; escape sequences in between do not count
 *	screen TEXT     waits until a row of the screen contains TEXT
 *	absent TEXT     no row of the screen contains TEXT now
 *	row N TEXT      waits until row N is TEXT (or blank); row 0 is the
 *	                cursor's, row -1 the one above it
 *	cursor-row TEXT the same as row 0
 *	column N        waits until the cursor is in column N
 *	never-raw BYTES no such bytes were written so far, escapes and all
 *	quiet MS        waits until nothing was written for MS milliseconds
 *	mark            notes the time: at first, the command's start
 *	within MS       fewer than MS milliseconds have passed since the mark
 *	run COMMAND     sh -c COMMAND exits with 0; $PTY_PID is the command's pid
 *	resize COLS ROWS   the terminal has another size; SIGWINCH
 *	hangup          closes the terminal, as with its window
 *	exit N          waits for the command's end: it exits with N
 *	exit signal N   waits for the command's end: by signal number N
 *	kill            ends the command and its group with SIGKILL
 *	dump            prints the screen on stdout
 *
 * Before readline is typed to, its prompt is waited for: what comes earlier is
 * echoed by the terminal too.
 *
 * A step waits for -t milliseconds (10000) at most, and no longer than
 * something can still be written.  A script has an exit or a kill: nobody
 * forgets to say how the command ends.
 *
 * Says nothing and exits with 0 when all steps held.  At the first that does
 * not, it kills the command, prints the step, the screen and the end of what
 * was written on stderr, and exits with 1.  With -u, escape sequences that
 * screen.h does not know are such a failure, at the end.  2: the script, the
 * options or the machine are not as they should be.
 */
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "script.h"
#include "term.h"

#define TAIL_MAX 600 /* bytes of output shown after a failure */

struct dialogue {
	struct term term;
	size_t found; /* where in the text the last expect's match ends */
	uint64_t limit_ms;
	uint64_t mark_ms;
	char why[200]; /* the last step failed */
};

static PRINTF_LIKE(2, 3) bool fail(struct dialogue *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->why, sizeof(d->why), format, args);
	va_end(args);
	return false;
}

static uint64_t deadline(const struct dialogue *d)
{
	return clock_ms() + d->limit_ms;
}

/* Waits until holds(d, s).  What is there already was taken in before. */
static bool wait_until(struct dialogue *d, const struct step *s,
		       bool (*holds)(struct dialogue *, const struct step *))
{
	uint64_t until = deadline(d);

	while (!holds(d, s)) {
		if (term_over(&d->term))
			return fail(d, "the command has ended");
		if (clock_ms() >= until)
			return fail(d, "not within %ju ms",
				    (uintmax_t)d->limit_ms);
		term_pump(&d->term, -1, until);
	}
	return true;
}

/* ----------------------------------------------------------------- typing */

static bool do_send(struct dialogue *d, const struct step *s)
{
	if (!term_send(&d->term, s->bytes, s->len, deadline(d)))
		return fail(d, "the command does not read it");
	return true;
}

static bool do_resize(struct dialogue *d, const struct step *s)
{
	if (s->number[0] > SCREEN_SIDE_MAX || s->number[1] > SCREEN_SIDE_MAX)
		return fail(d, "no such screen");
	term_resize(&d->term, (unsigned)s->number[0], (unsigned)s->number[1]);
	return true;
}

static bool do_hangup(struct dialogue *d, const struct step *s)
{
	(void)s;
	term_hang_up(&d->term);
	return true;
}

/* ---------------------------------------------------------------- reading */

static bool was_written(struct dialogue *d, const struct step *s)
{
	const struct bytes *text = &d->term.text;
	char *at;

	if (text->len - d->found < s->len)
		return false;
	at = memmem(text->data + d->found, text->len - d->found, s->bytes,
		    s->len);
	if (at == NULL)
		return false;
	d->found = (size_t)(at - text->data) + s->len;
	return true;
}

static bool do_expect(struct dialogue *d, const struct step *s)
{
	return wait_until(d, s, was_written);
}

static bool on_screen(struct dialogue *d, const struct step *s)
{
	char row[SCREEN_ROW_MAX];

	for (unsigned r = 1; r <= screen_rows(d->term.screen); r++) {
		size_t len = screen_text(d->term.screen, r, row);

		if (memmem(row, len, s->bytes, s->len) != NULL)
			return true;
	}
	return false;
}

static bool do_screen(struct dialogue *d, const struct step *s)
{
	return wait_until(d, s, on_screen);
}

static bool do_absent(struct dialogue *d, const struct step *s)
{
	return !on_screen(d, s) || fail(d, "it is there");
}

/* Is row, or the cursor's when it is 0 and so on, the step's text? */
static bool row_is(const struct dialogue *d, long row, const struct step *s)
{
	char text[SCREEN_ROW_MAX];
	size_t want = s->len;
	size_t len;

	if (row <= 0)
		row += (long)screen_cursor_row(d->term.screen);
	if (row < 1)
		return false;
	len = screen_text(d->term.screen, (unsigned)row, text);
	while (want > 0 && s->bytes[want - 1] == ' ')
		want--;
	return len == want && memcmp(text, s->bytes, len) == 0;
}

static bool row_holds(struct dialogue *d, const struct step *s)
{
	return row_is(d, s->number[0], s);
}

static bool do_row(struct dialogue *d, const struct step *s)
{
	if (s->number[0] > (long)screen_rows(d->term.screen))
		return fail(d, "no such row");
	return wait_until(d, s, row_holds);
}

static bool column_holds(struct dialogue *d, const struct step *s)
{
	return (long)screen_cursor_col(d->term.screen) == s->number[0];
}

static bool do_column(struct dialogue *d, const struct step *s)
{
	return wait_until(d, s, column_holds);
}

static bool do_never_raw(struct dialogue *d, const struct step *s)
{
	const struct bytes *raw = &d->term.raw;

	return raw->len == 0 ||
	       memmem(raw->data, raw->len, s->bytes, s->len) == NULL ||
	       fail(d, "it was written");
}

/* ------------------------------------------------------------------- time */

/* Counts from the step on: what was typed before may be still unanswered. */
static bool do_quiet(struct dialogue *d, const struct step *s)
{
	uint64_t until = deadline(d);
	uint64_t since = clock_ms();
	uint64_t silence = (uint64_t)s->number[0];

	while (!term_over(&d->term)) {
		uint64_t last =
			since > d->term.last_ms ? since : d->term.last_ms;

		if (clock_ms() >= last + silence)
			return true;
		if (clock_ms() >= until)
			return fail(d, "not within %ju ms",
				    (uintmax_t)d->limit_ms);
		term_pump(&d->term, -1,
			  last + silence < until ? last + silence : until);
	}
	return true;
}

static bool do_mark(struct dialogue *d, const struct step *s)
{
	(void)s;
	d->mark_ms = clock_ms();
	return true;
}

static bool do_within(struct dialogue *d, const struct step *s)
{
	uint64_t passed = clock_ms() - d->mark_ms;

	return passed < (uint64_t)s->number[0] ||
	       fail(d, "%ju ms", (uintmax_t)passed);
}

/* -------------------------------------------------------------- processes */

static bool status_is(struct dialogue *d, int status, const struct step *s)
{
	if (WIFSIGNALED(status))
		return (s->number[1] == 1 &&
			WTERMSIG(status) == s->number[0]) ||
		       fail(d, "ended by signal %d", WTERMSIG(status));
	return (s->number[1] == 0 && WEXITSTATUS(status) == s->number[0]) ||
	       fail(d, "exited with %d", WEXITSTATUS(status));
}

static bool has_ended(struct dialogue *d, const struct step *s)
{
	(void)s;
	return d->term.ended;
}

static bool do_exit(struct dialogue *d, const struct step *s)
{
	return wait_until(d, s, has_ended) &&
	       status_is(d, term_status(&d->term), s);
}

static bool do_kill(struct dialogue *d, const struct step *s)
{
	(void)s;
	term_kill(&d->term);
	return true;
}

static pid_t spawn(const char *command)
{
	pid_t pid = fork();

	if (pid < 0)
		err(2, "fork");
	if (pid > 0)
		return pid;
	setpgid(0, 0);
	if (freopen("/dev/null", "r", stdin) == NULL)
		_exit(126);
	term_fresh_signals();
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* The command's output is taken in meanwhile: it shall not stand still. */
static bool do_run(struct dialogue *d, const struct step *s)
{
	uint64_t until = deadline(d);
	pid_t pid = spawn(s->bytes);
	int fd = term_pidfd(pid);
	siginfo_t info = {0};
	bool late = false;
	int status;

	while (!late) {
		if (waitid(P_PID, (id_t)pid, &info,
			   WEXITED | WNOHANG | WNOWAIT) < 0)
			err(2, "wait");
		if (info.si_pid == pid)
			break;
		term_pump(&d->term, fd, until);
		late = clock_ms() >= until;
	}
	close(fd);
	if (late)
		kill(-pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		err(2, "wait");
	if (late)
		return fail(d, "not within %ju ms", (uintmax_t)d->limit_ms);
	return status_is(d, status, &(struct step){0});
}

/* -------------------------------------------------------------- the report */

static void print_screen(const struct screen *s, FILE *out)
{
	char row[SCREEN_ROW_MAX];
	unsigned last = screen_rows(s);

	while (last > screen_cursor_row(s) && screen_text(s, last, row) == 0)
		last--;
	fprintf(out, "screen %ux%u, cursor in row %u, column %u:\n",
		screen_cols(s), screen_rows(s), screen_cursor_row(s),
		screen_cursor_col(s));
	for (unsigned r = 1; r <= last; r++) {
		screen_text(s, r, row);
		fprintf(out, "%3u|%s\n", r, row);
	}
}

static bool do_dump(struct dialogue *d, const struct step *s)
{
	(void)s;
	print_screen(d->term.screen, stdout);
	return true;
}

/* As a script would have it, a line for each that was written. */
static void print_bytes(const char *data, size_t len, FILE *out)
{
	static const char names[] = "rteab\\";
	static const char bytes[] = "\r\t\x1b\a\b\\";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];
		const char *at = c == 0 ? NULL : strchr(bytes, c);

		if (c == '\n')
			fputs(i + 1 < len ? "\\n\n    " : "\\n", out);
		else if (at != NULL)
			fprintf(out, "\\%c", names[at - bytes]);
		else if (c >= 0x20 && c < 0x7f)
			fputc(c, out);
		else
			fprintf(out, "\\x%02x", c);
	}
}

static void print_tail(const char *name, const struct bytes *b, size_t from)
{
	if (b->len - from > TAIL_MAX)
		from = b->len - TAIL_MAX;
	fprintf(stderr, "%s:\n    ", name);
	if (b->len > from)
		print_bytes(b->data + from, b->len - from, stderr);
	fputc('\n', stderr);
}

static void report(const struct dialogue *d, const struct step *s)
{
	const struct bytes *raw = &d->term.raw;

	fprintf(stderr, "pty: line %u: %s: %s\n", s->line, s->said, d->why);
	print_screen(d->term.screen, stderr);
	print_tail("written since the last match", &d->term.text, d->found);
	print_tail("the end of all that was written", raw, 0);
}

/* ------------------------------------------------------------------- main */

static const struct verb verbs[] = {
	{"absent", ARGS_TEXT, do_absent},
	{"column", ARGS_NUMBER, do_column},
	{"ctrl", ARGS_KEY, do_send},
	{"cursor-row", ARGS_TEXT, do_row},
	{"dump", ARGS_NONE, do_dump},
	{"exit", ARGS_STATUS, do_exit},
	{"expect", ARGS_TEXT, do_expect},
	{"hangup", ARGS_NONE, do_hangup},
	{"kill", ARGS_NONE, do_kill},
	{"mark", ARGS_NONE, do_mark},
	{"never-raw", ARGS_TEXT, do_never_raw},
	{"quiet", ARGS_NUMBER, do_quiet},
	{"resize", ARGS_SIZE, do_resize},
	{"row", ARGS_ROW, do_row},
	{"run", ARGS_COMMAND, do_run},
	{"screen", ARGS_TEXT, do_screen},
	{"send", ARGS_TEXT, do_send},
	{"within", ARGS_NUMBER, do_within},
};

struct options {
	long cols;
	long rows;
	long limit_ms;
	const char *file;
	bool strict;
};

static _Noreturn void usage(void)
{
	errx(2, "usage: pty [-u] [-s COLSxROWS] [-T TERM] [-t MS] "
		"[-f SCRIPT] COMMAND [ARG...]");
}

static void read_size(struct options *o, char *text)
{
	char *x = strchr(text, 'x');

	if (x == NULL)
		usage();
	*x = '\0';
	if (!script_number(text, 1, SCREEN_SIDE_MAX, &o->cols) ||
	    !script_number(x + 1, 1, SCREEN_SIDE_MAX, &o->rows))
		usage();
}

static void read_options(struct options *o, int argc, char **argv)
{
	const char *term = "xterm";
	int c;

	while ((c = getopt(argc, argv, "+us:T:t:f:")) != -1) {
		if (c == 'u')
			o->strict = true;
		else if (c == 's')
			read_size(o, optarg);
		else if (c == 'T')
			term = optarg;
		else if (c == 'f')
			o->file = optarg;
		else if (c != 't' ||
			 !script_number(optarg, 1, 600000, &o->limit_ms))
			usage();
	}
	if (optind == argc)
		usage();
	setenv("TERM", term, 1);
}

static void read_script(struct script *script, const char *file)
{
	FILE *in = file == NULL ? stdin : fopen(file, "re");
	bool ends = false;

	if (in == NULL)
		err(2, "%s", file);
	script_read(script, in, verbs, sizeof(verbs) / sizeof(verbs[0]));
	if (in != stdin)
		fclose(in);
	for (size_t i = 0; i < script->count; i++)
		ends = ends || script->steps[i].verb->act == do_exit ||
		       script->steps[i].verb->act == do_kill;
	if (!ends)
		errx(2, "the script has no exit and no kill");
}

static bool hold(struct dialogue *d, const struct script *script)
{
	for (size_t i = 0; i < script->count; i++) {
		const struct step *s = &script->steps[i];

		term_pump(&d->term, -1, 0);
		if (!s->verb->act(d, s)) {
			report(d, s);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct options o = {.cols = 80, .rows = 24, .limit_ms = 10000};
	struct dialogue d = {0};
	struct script script;
	char pid[24];
	bool held;

	read_options(&o, argc, argv);
	read_script(&script, o.file);
	term_start(&d.term, argv + optind, (unsigned)o.cols, (unsigned)o.rows);
	snprintf(pid, sizeof(pid), "%ld", (long)d.term.pid);
	setenv("PTY_PID", pid, 1);
	d.limit_ms = (uint64_t)o.limit_ms;
	d.mark_ms = clock_ms();
	held = hold(&d, &script);
	if (held && o.strict && screen_unknown(d.term.screen) > 0) {
		fprintf(stderr, "pty: %u unknown sequences, the first: ",
			screen_unknown(d.term.screen));
		print_bytes(screen_unknown_first(d.term.screen),
			    strlen(screen_unknown_first(d.term.screen)),
			    stderr);
		fputc('\n', stderr);
		held = false;
	}
	term_release(&d.term);
	script_release(&script);
	return held ? 0 : 1;
}
