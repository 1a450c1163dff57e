/* What a shell alone has: places, settings, history, and its end. */
#include "command.h"
#include "emit.h"
#include "history.h"
#include "line.h"
#include "listing.h"
#include "num.h"
#include "shell.h"
#include "show.h"
#include "spawn.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Places among the stored names */

static void on_name(void *arg, const struct listing_name *n)
{
	bool *any = arg;

	(void)n;
	*any = true;
}

/* There is nothing to stand in: what no name begins with is no place.  Where
 * that cannot be known, it is taken for one. */
static bool is_place(struct client *c, const struct here *h)
{
	char prefix[NAME_MAX_BYTES + 2];
	bool any = false;
	struct listing_query q = {.cluster = &c->cluster,
				  .prefix = prefix,
				  .each = on_name,
				  .arg = &any,
				  .remembered = true,
				  .enough = &any};
	struct view v;

	if (h->prefix[0] == '\0')
		return true;
	(void)snprintf(prefix, sizeof(prefix), "%s/", h->prefix);
	return listing_run(&q, &v) != LISTING_PROVEN || any;
}

enum exit_status cmd_cd(struct client *c, const struct args *a)
{
	struct shell *s = c->shell;
	const char *word = a->count ? a->operands[0] : "/";
	struct here to = {""}; /* operands are from the top already */

	if (strcmp(word, "-") == 0)
		to = s->before;
	else if (here_go(&to, word) != ERR_OK) {
		show_problem(word, strlen(word), "no name begins so");
		return EXIT_USAGE;
	}
	if (!client_open(c))
		return EXIT_USAGE;
	if (!is_place(c, &to)) {
		show_problem(to.prefix, strlen(to.prefix),
			     "no stored name is below it");
		return EXIT_ABSENT;
	}
	s->before = s->here;
	s->here = to;
	return EXIT_DONE;
}

static void emit_place(const char *key, const char *place)
{
	struct emit *e = emit_begin("place");

	emit_bytes(e, key, place, strlen(place));
	emit_end(e);
}

enum exit_status cmd_pwd(struct client *c, const struct args *a)
{
	const char *prefix = c->shell->here.prefix;

	(void)a;
	if (c->manners.json) {
		emit_place("name", prefix);
		return EXIT_DONE;
	}
	putchar('/');
	show_name(prefix, strlen(prefix));
	putchar('\n');
	return EXIT_DONE;
}

/* Local places */

enum exit_status cmd_lcd(struct client *c, const struct args *a)
{
	const char *home = getenv("HOME");
	const char *to = a->count ? a->operands[0] : home;

	(void)c;
	if (!to || !*to) {
		show_trouble("lcd: HOME is not set: name a directory");
		return EXIT_USAGE;
	}
	if (chdir(to) == 0)
		return EXIT_DONE;
	show_problem(to, strlen(to), "%s", strerror(errno));
	return EXIT_ERROR;
}

enum exit_status cmd_lpwd(struct client *c, const struct args *a)
{
	char path[PATH_MAX];

	(void)a;
	if (!getcwd(path, sizeof(path))) {
		show_trouble("lpwd: %s", strerror(errno));
		return EXIT_ERROR;
	}
	if (c->manners.json) {
		emit_place("path", path);
		return EXIT_DONE;
	}
	show_name(path, strlen(path));
	putchar('\n');
	return EXIT_DONE;
}

enum exit_status cmd_lls(struct client *c, const struct args *a)
{
	char **argv;
	char ls[] = "ls";
	char options[] = "-l";
	char dashes[] = "--";
	size_t n = 0;
	enum exit_status status;

	if (c->manners.json) {
		show_trouble("lls: another program's output: no --json");
		return EXIT_USAGE;
	}
	argv = calloc(a->count + 4, sizeof(*argv));
	if (!argv) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	argv[n++] = ls;
	if (a->given['l'])
		argv[n++] = options;
	argv[n++] = dashes;
	for (size_t i = 0; i < a->count; i++)
		argv[n++] = strdup(a->operands[i]);
	status = spawn_program(argv);
	for (size_t i = 0; i < a->count; i++)
		free(argv[--n]);
	free(argv);
	return status;
}

/* Lines */

enum exit_status cmd_source(struct client *c, const struct args *a)
{
	char *path = strdup(a->operands[0]);
	enum exit_status status;

	if (!path) {
		show_trouble("%s", err_text(ERR_MEMORY));
		return EXIT_ERROR;
	}
	status = shell_source(c->shell, path);
	free(path);
	/* What its last line left to be said has been. */
	client_begin(c);
	return status;
}

static void show_line(void *arg, size_t number, const char *text)
{
	(void)arg;
	printf("%5zu  ", number);
	show_name(text, strlen(text));
	putchar('\n');
}

static void emit_line(void *arg, size_t number, const char *text)
{
	struct emit *e = emit_begin("line");

	(void)arg;
	emit_u64(e, "number", number);
	emit_bytes(e, "text", text, strlen(text));
	emit_end(e);
}

enum exit_status cmd_history(struct client *c, const struct args *a)
{
	(void)a;
	if (c->shell->terminal)
		line_recall(c->manners.json ? emit_line : show_line, NULL);
	return EXIT_DONE;
}

enum exit_status cmd_quit(struct client *c, const struct args *a)
{
	uint64_t status = EXIT_DONE;

	if (a->count && num_u64(a->operands[0], 0, 255, &status) != ERR_OK) {
		show_problem(a->operands[0], strlen(a->operands[0]),
			     "not a status from 0 to 255");
		return EXIT_USAGE;
	}
	c->shell->leaving = true;
	c->shell->leaving_status = (enum exit_status)status;
	return EXIT_DONE;
}
