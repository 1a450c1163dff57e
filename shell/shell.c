#include "shell.h"

#include "command.h"
#include "expand.h"
#include "history.h"
#include "interrupt.h"
#include "line.h"
#include "show.h"
#include "spawn.h"
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOOK_MS 500 /* what took longer is told how long */

static const char blanks[] = " \t\r\n";

/* Where lines come from. */
struct reader {
	enum line_end (*read)(struct reader *r, bool more, char **text);
	FILE *file;
	const char *path;	 /* of `source`, or NULL */
	size_t number;		 /* of the line */
	enum exit_status failed; /* with LINE_LEFT; said */
};

/* Lines */

static enum line_end read_terminal(struct reader *r, bool more, char **text)
{
	(void)r;
	return line_read(more, text);
}

/* Takes the line's end off, also that of a file from Windows. */
static ssize_t without_end(char *text, ssize_t len)
{
	if (len <= 0 || text[len - 1] != '\n')
		return len;
	len -= len > 1 && text[len - 2] == '\r' ? 2 : 1;
	text[len] = '\0';
	return len;
}

static enum line_end read_file(struct reader *r, bool more, char **text)
{
	size_t size = 0;
	ssize_t len;

	(void)more;
	*text = NULL;
	/* It came while a command ran, which was not kept from its end. */
	if (interrupt_came())
		return LINE_ENDED;
	errno = 0;
	len = getline(text, &size, r->file);
	r->number++;
	len = without_end(*text, len);
	if (len >= 0 && strlen(*text) == (size_t)len)
		return LINE_READ;
	free(*text);
	*text = NULL;
	if (interrupt_came())
		return LINE_ENDED;
	if (len >= 0) {
		show_trouble("line %zu: a NUL byte", r->number);
		r->failed = EXIT_USAGE;
	} else if (!feof(r->file)) {
		const char *path = r->path ? r->path : "standard input";

		show_problem(path, strlen(path), "%s", err_text(ERR_SYS));
		r->failed = EXIT_ERROR;
	}
	return LINE_LEFT;
}

static bool is_local(const char *text)
{
	return text[strspn(text, blanks)] == '!';
}

/* Past a '-' in front: the line may fail. */
static const char *past_mark(const char *text, bool *may_fail)
{
	const char *at = text + strspn(text, blanks);

	*may_fail = *at == '-';
	return *at == '-' ? at + 1 : text;
}

static bool append(char **text, const char *more)
{
	size_t len = strlen(*text);
	size_t room = strlen(more) + 1;
	char *grown = realloc(*text, len + 1 + room);

	if (!grown)
		return false;
	grown[len] = '\n';
	memcpy(grown + len + 1, more, room);
	*text = grown;
	return true;
}

/* A line, and those that it goes on in.  *e: what became of its words; with
 * ERR_OK they are the caller's, and with LINE_READ *text is. */
static enum line_end read_command(struct reader *r, char **text,
				  struct words *w, enum err *e)
{
	enum line_end end = r->read(r, false, text);
	bool may_fail;

	*w = (struct words){0};
	*e = ERR_OK;
	while (end == LINE_READ && !is_local(*text)) {
		const char *command = past_mark(*text, &may_fail);
		char *more = NULL;

		*e = words_parse(w, command, strlen(command));
		if (*e != ERR_SHORT)
			return LINE_READ;
		end = r->read(r, true, &more);
		if (end == LINE_LEFT && !r->failed)
			return LINE_READ; /* with ERR_SHORT */
		if (end == LINE_READ && !append(text, more)) {
			*e = ERR_MEMORY;
			free(more);
			return LINE_READ;
		}
		free(more);
	}
	if (end != LINE_READ) {
		free(*text);
		*text = NULL;
	}
	return end;
}

/* One command */

static enum exit_status run_local(const char *text)
{
	const char *command = text + strspn(text, blanks) + 1;

	if (command[strspn(command, blanks)] == '\0') {
		show_trouble("!: a command of the local shell follows it");
		return EXIT_USAGE;
	}
	return spawn_line(command);
}

/* What other shells take for a pipe and the like, and this one for a name. */
static bool is_foreign(const struct word *w)
{
	static const char *const words[] = {"|", "||", "&", "&&",
					    ";", "<",  ">", ">>"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!w->quoted && strcmp(w->text, words[i]) == 0)
			return true;
	return false;
}

/* True, and said. */
static bool has_foreign(const struct words *w)
{
	for (size_t i = 1; i < w->count; i++) {
		if (!is_foreign(&w->list[i]))
			continue;
		show_trouble("%s: this shell has no pipes and the like: quote "
			     "it when it is a name, or give the line to the "
			     "local shell with !",
			     w->list[i].text);
		return true;
	}
	return false;
}

/* What messages and manuals say to run is meant for any shell: here it goes
 * without the name of the program. */
static bool has_program(const struct words *w)
{
	return w->count > 1 && strcmp(w->list[0].text, "dfc") == 0;
}

static enum exit_status run_words(struct shell *s, struct words *all)
{
	bool skip = has_program(all);
	const struct words rest = {all->list + skip, all->count - skip, NULL};
	const struct words *w = &rest;
	const struct command *cmd;
	enum exit_status status;
	struct expanded x;

	if (w->count == 0 || !w->list)
		return EXIT_DONE;
	cmd = command_find(w->list[0].text);
	if (!cmd)
		return command_unknown(s->client, w->list[0].text);
	client_begin(s->client);
	if (has_foreign(w))
		return EXIT_USAGE;
	status = expand_words(&x, s->client, cmd, &s->here, w);
	if (status)
		return status;
	status = command_run(
		cmd, s->client,
		&(struct args_words){x.argc - 1, x.argv + 1, x.plain + 1});
	expand_release(&x);
	return status;
}

static enum exit_status bad_line(enum err e)
{
	show_trouble("%s", e == ERR_SHORT    ? "the line ends in quotes"
			   : e == ERR_LIMIT  ? "the line is too long"
			   : e == ERR_FORMAT ? "the line has a NUL byte"
					     : err_text(e));
	return e == ERR_MEMORY ? EXIT_ERROR : EXIT_USAGE;
}

static enum exit_status run_text(struct shell *s, const char *text,
				 struct words *w, enum err e)
{
	enum exit_status status;
	bool may_fail = false;

	if (is_local(text)) {
		status = run_local(text);
	} else {
		past_mark(text, &may_fail);
		status = e ? bad_line(e) : run_words(s, w);
	}
	if (!e)
		words_release(w);
	if (interrupt_came() && s->terminal)
		interrupt_clear();
	if (status == EXIT_INTERRUPTED || status == EXIT_TERMINATED)
		return status;
	return may_fail ? EXIT_DONE : status;
}

/* A pipe or a file */

static enum exit_status run_lines(struct shell *s, struct reader *r)
{
	enum exit_status status = EXIT_DONE;

	while (!status && !s->leaving && !s->client->pipe_closed) {
		struct words w;
		char *text;
		enum err e;
		enum line_end end = read_command(r, &text, &w, &e);

		if (end == LINE_ENDED)
			return interrupt_signal() == SIGTERM ? EXIT_TERMINATED
							     : EXIT_INTERRUPTED;
		if (end != LINE_READ) {
			status = r->failed;
			break;
		}
		status = run_text(s, text, &w, e);
		free(text);
	}
	if (status && r->path)
		show_problem(r->path, strlen(r->path), "stopped at line %zu",
			     r->number);
	return s->leaving && !status ? s->leaving_status : status;
}

enum exit_status shell_source(struct shell *s, const char *path)
{
	struct reader r = {.read = read_file, .path = path};
	enum exit_status status;

	if (s->depth == SHELL_DEPTH_MAX) {
		show_problem(path, strlen(path),
			     "files read each other too deeply");
		return EXIT_USAGE;
	}
	r.file = fopen(path, "re");
	if (!r.file) {
		show_problem(path, strlen(path), "%s", err_text(ERR_SYS));
		return EXIT_ERROR;
	}
	s->depth++;
	status = run_lines(s, &r);
	s->depth--;
	fclose(r.file);
	return status;
}

/* A terminal */

static const char *on_prompt(void *arg)
{
	struct shell *s = arg;
	const struct cluster *c = &s->client->cluster;
	unsigned up = cluster_up(c);
	const char *prefix = s->here.prefix;
	char here[4 * NAME_MAX_BYTES + 1];
	char count[32] = "";

	if (up < c->count)
		(void)snprintf(count, sizeof(count), "[%u/%u]", up, c->count);
	name_escape(prefix, strlen(prefix), here, sizeof(here));
	(void)snprintf(s->prompt, sizeof(s->prompt), "dfc%s%s%s> ", count,
		       *here ? " " : "", here);
	return s->prompt;
}

static bool on_news(void *arg)
{
	struct shell *s = arg;
	uint64_t lost, back;

	if (!liveness_news(&s->client->liveness, &lost, &back))
		return false;
	cache_drop(&s->cache); /* what is incomplete has changed */
	s->lost = lost;
	s->back = back;
	return true;
}

static void on_tell(void *arg)
{
	const struct shell *s = arg;
	const struct client *c = s->client;

	for (unsigned i = 0; i < c->cluster.count; i++) {
		char address[ADDR_TEXT_MAX];

		addr_format(&c->settings.servers[i].addr, address);
		if (s->lost >> i & 1)
			show_trouble("%s (%s) is down: %s",
				     cluster_name(&c->cluster, i), address,
				     c->cluster.links[i].why);
		if (s->back >> i & 1)
			show_trouble("%s (%s) is back",
				     cluster_name(&c->cluster, i), address);
	}
}

static void on_complete(void *arg, const char *text, size_t at,
			struct completion *out)
{
	struct shell *s = arg;

	complete_line(s->client, &s->here, text, at, out);
}

static void remember(const char *text)
{
	if (!history_wants(text) || text[strspn(text, blanks)] == '\0')
		return;
	line_remember(text);
	history_append(text);
}

static void on_old_line(void *arg, const char *text)
{
	(void)arg;
	line_remember(text);
}

static void tell_time(const struct shell *s, uint64_t took_ms)
{
	if (took_ms >= TOOK_MS && !s->client->defaults.quiet &&
	    isatty(STDERR_FILENO))
		fprintf(stderr, "(%" PRIu64 ".%" PRIu64 " s)\n", took_ms / 1000,
			took_ms / 100 % 10);
}

static enum exit_status run_terminal(struct shell *s)
{
	struct client *c = s->client;
	struct reader r = {.read = read_terminal};
	enum exit_status status = EXIT_DONE;
	enum line_end end;

	while (!s->leaving) {
		struct words w;
		uint64_t begun;
		char *text;
		enum err e;

		if (on_news(s))
			on_tell(s);
		end = read_command(&r, &text, &w, &e);
		if (end == LINE_ENDED)
			return EXIT_TERMINATED;
		if (end == LINE_LEFT) {
			putchar('\n');
			break;
		}
		if (end != LINE_READ)
			continue; /* dropped */
		remember(text);
		loop_refresh(&c->loop);
		begun = c->loop.now_ms;
		status = run_text(s, text, &w, e);
		loop_refresh(&c->loop);
		tell_time(s, c->loop.now_ms - begun);
		free(text);
		if (status == EXIT_TERMINATED)
			return status;
	}
	return s->leaving ? s->leaving_status : EXIT_DONE;
}

static enum exit_status start_terminal(struct shell *s)
{
	const struct line_user user = {.arg = s,
				       .prompt = on_prompt,
				       .news = on_news,
				       .tell = on_tell,
				       .complete = on_complete};
	enum exit_status status;

	client_begin(s->client);
	if (!client_open(s->client))
		return EXIT_USAGE;
	if (line_start(&s->client->loop, &user) != ERR_OK) {
		show_trouble("%s", err_text(ERR_SYS));
		return EXIT_ERROR;
	}
	s->client->cluster.cache = &s->cache;
	history_load(on_old_line, NULL);
	liveness_settle(&s->client->liveness);
	status = run_terminal(s);
	line_stop();
	s->client->cluster.cache = NULL;
	cache_drop(&s->cache);
	return status;
}

enum exit_status shell_run(struct client *c)
{
	struct shell s = {.client = c};
	struct reader r = {.read = read_file, .file = stdin};
	enum exit_status status;

	s.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	c->session = true;
	c->shell = &s;
	c->here = s.here.prefix;
	show_set_here(c->here);
	status = s.terminal ? start_terminal(&s) : run_lines(&s, &r);
	c->shell = NULL;
	c->here = "";
	show_set_here("");
	return status;
}
