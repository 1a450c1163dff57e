#include "command.h"

#include "cache.h"
#include "emit.h"
#include "interrupt.h"
#include "num.h"
#include "shell.h"
#include "suggest.h"

#include <stdio.h>
#include <string.h>

static bool is_among(const char *aliases, const char *name)
{
	size_t len = strlen(name);

	while (*aliases) {
		size_t word = strcspn(aliases, " ");

		if (word == len && memcmp(aliases, name, len) == 0)
			return true;
		aliases += word;
		aliases += strspn(aliases, " ");
	}
	return false;
}

const struct command *command_find(const char *name)
{
	for (const struct command *cmd = command_table; cmd->name; cmd++)
		if (strcmp(cmd->name, name) == 0 ||
		    is_among(cmd->aliases, name))
			return cmd;
	return NULL;
}

/* Options of one letter without a value stand together. */
static void usage_letters(const struct command *cmd, FILE *f)
{
	bool any = false;

	for (const struct args_option *o = cmd->options; o && o->letter; o++) {
		if (o->value || o->letter < ' ')
			continue;
		fprintf(f, "%s%c", any ? "" : "[-", o->letter);
		any = true;
	}
	if (any)
		fputs("] ", f);
}

void command_usage(const struct command *cmd, char *out, size_t size)
{
	FILE *f = fmemopen(out, size, "w");

	out[0] = '\0';
	if (!f)
		return;
	usage_letters(cmd, f);
	for (const struct args_option *o = cmd->options; o && o->letter; o++) {
		if (o->letter >= ' ' && o->value)
			fprintf(f, "[-%c %s] ", o->letter, o->value);
		else if (o->letter < ' ')
			fprintf(f, "[--%s%s%s] ", o->name, o->value ? " " : "",
				o->value ? o->value : "");
	}
	fputs(cmd->operands, f);
	fclose(f);
	out[size - 1] = '\0';
}

static enum show_when when_of(const char *word)
{
	return strcmp(word, "never") == 0    ? SHOW_NEVER
	       : strcmp(word, "always") == 0 ? SHOW_ALWAYS
					     : SHOW_AUTO;
}

static enum progress_when progress_of(const char *word)
{
	return strcmp(word, "never") == 0    ? PROGRESS_NEVER
	       : strcmp(word, "always") == 0 ? PROGRESS_ALWAYS
					     : PROGRESS_AUTO;
}

void command_manners(const struct args *a, struct manners *m)
{
	m->quiet |= a->given['q'];
	m->verbose |= a->given['v'];
	m->json |= a->given[OPT_JSON];
	if (a->value[OPT_COLOR])
		m->color = when_of(a->value[OPT_COLOR]);
	if (a->value[OPT_PROGRESS])
		m->progress = progress_of(a->value[OPT_PROGRESS]);
}

/* Every command takes --help, and -h where that is not an own option. */
static bool wants_help(const struct command *cmd, const struct args *a)
{
	return a->given[OPT_HELP] ||
	       (a->given['h'] && !args_find(cmd->options, NULL, 'h'));
}

bool command_at_prompt(const struct client *c)
{
	return c->shell && c->shell->terminal;
}

static enum exit_status run_parsed(const struct command *cmd, struct client *c,
				   const struct args *a)
{
	size_t count = a->count + (a->given[OPT_FILES_FROM] ? 1 : 0);
	char usage[512];

	if (wants_help(cmd, a)) {
		help_command(cmd, command_at_prompt(c));
		return EXIT_DONE;
	}
	if ((cmd->flags & COMMAND_SHELL) && !c->shell) {
		show_trouble("%s: only the shell has this command", cmd->name);
		return EXIT_USAGE;
	}
	if (count < cmd->least || a->count > cmd->most) {
		command_usage(cmd, usage, sizeof(usage));
		show_trouble("usage: %s%s%s%s",
			     command_at_prompt(c) ? "" : "dfc ", cmd->name,
			     *usage ? " " : "", usage);
		return EXIT_USAGE;
	}
	return cmd->run(c, a);
}

/* What cannot be parsed is to be said in the way that it asks for. */
static bool asks_for_json(const struct args_words *words)
{
	for (int i = 0; i < words->argc; i++) {
		if (strcmp(words->argv[i], "--") == 0)
			break;
		if (strcmp(words->argv[i], "--json") == 0)
			return true;
	}
	return false;
}

static enum exit_status parse_and_run(const struct command *cmd,
				      struct client *c,
				      const struct args_words *words)
{
	char message[ARGS_MESSAGE_MAX];
	enum exit_status status;
	struct args a;
	enum err e =
		args_parse(&a, words, cmd->options, command_common, message);

	if (e) {
		c->manners.json |= asks_for_json(words);
		show_set(c->manners.color, c->manners.json);
		show_trouble("%s: %s (%shelp %s)", cmd->name,
			     e == ERR_FORMAT ? message : err_text(e),
			     command_at_prompt(c) ? "" : "dfc ", cmd->name);
		return EXIT_USAGE;
	}
	command_manners(&a, &c->manners);
	show_set(c->manners.color, c->manners.json);
	status = run_parsed(cmd, c, &a);
	args_release(&a);
	return status;
}

static void emit_summary(const char *command, const struct client *c,
			 enum exit_status status)
{
	struct emit *e = emit_begin("summary");

	emit_text(e, "command", command);
	emit_u64(e, "done", c->tally.good);
	emit_u64(e, "failed", c->tally.failed);
	if (c->summary.done)
		emit_u64(e, "skipped", c->summary.counts[SUMMARY_SKIPPED]);
	if (c->summary.done && c->summary.bytes_count)
		emit_u64(e, "bytes", c->summary.bytes);
	emit_u64(e, "exit", status);
	emit_end(e);
}

/* Everything has got to stdout, or it is said why not. */
static enum exit_status flush(struct client *c, enum exit_status status)
{
	enum err e;

	if (status == EXIT_INTERRUPTED || status == EXIT_TERMINATED) {
		if (c->manners.json)
			show_spill();
		else
			show_drop();
		return status;
	}
	e = show_flush();
	c->pipe_closed |= e == ERR_CLOSED;
	if (!e && emit_failed())
		e = ERR_MEMORY;
	if (!e || c->pipe_closed)
		return status;
	show_trouble("standard output: %s", err_text(e));
	return EXIT_ERROR;
}

/* What was listed may not be so any more. */
static void forget_listing(struct client *c)
{
	if (c->opened && c->cluster.cache)
		cache_drop(c->cluster.cache);
}

enum exit_status command_run(const struct command *cmd, struct client *c,
			     const struct args_words *words)
{
	enum exit_status status;

	client_begin(c);
	if (cmd->flags & COMMAND_CHANGES)
		forget_listing(c);
	status = parse_and_run(cmd, c, words);
	if (status == EXIT_DONE)
		status = client_end(c);
	if ((cmd->flags & COMMAND_CHANGES) || interrupt_came())
		forget_listing(c);
	if (c->manners.json)
		emit_summary(cmd->name, c, status);
	status = flush(c, status);
	show_set(c->defaults.color, c->defaults.json);
	return status;
}

#define NAMES_MAX 64

void command_say_unknown(const char *name)
{
	const char *names[NAMES_MAX];
	const char *near;
	size_t count = 0;

	for (const struct command *cmd = command_table;
	     cmd->name && count < NAMES_MAX; cmd++)
		if (!(cmd->flags & COMMAND_HIDDEN))
			names[count++] = cmd->name;
	near = suggest_nearest(name, names, count);
	if (near)
		show_problem(name, strlen(name),
			     "no such command; did you mean %s?", near);
	else
		show_problem(name, strlen(name),
			     "no such command (help lists them)");
}

enum exit_status command_unknown(struct client *c, const char *name)
{
	client_begin(c);
	command_say_unknown(name);
	if (c->manners.json)
		emit_summary(name, c, EXIT_USAGE);
	return flush(c, EXIT_USAGE);
}

bool command_jobs(const struct client *c, const struct args *a, uint64_t *jobs)
{
	*jobs = c->settings.jobs;
	if (!a->value['j'] ||
	    num_u64(a->value['j'], 1, SETTINGS_JOBS_MAX, jobs) == ERR_OK)
		return true;
	show_trouble("-j %s: not a number from 1 to %d", a->value['j'],
		     SETTINGS_JOBS_MAX);
	return false;
}

bool command_pace(struct client *c, const struct args *a)
{
	const char *text = a->value[OPT_BWLIMIT];
	uint64_t rate = c->settings.bwlimit;

	if (text && pace_parse(text, &rate)) {
		show_trouble("--bwlimit %s: not 0, or 64k to 1024G (bytes a "
			     "second)",
			     text);
		return false;
	}
	cluster_pace(&c->cluster, rate);
	return true;
}

bool command_server(const struct client *c, const char *name, unsigned *server)
{
	const char *names[LAYOUT_MAX] = {NULL};
	const char *near;

	for (unsigned i = 0; i < c->settings.count; i++) {
		if (strcmp(c->settings.servers[i].name, name) != 0)
			continue;
		*server = i;
		return true;
	}
	for (unsigned i = 0; i < c->settings.count; i++)
		names[i] = c->settings.servers[i].name;
	near = suggest_nearest(name, names, c->settings.count);
	show_problem(name, strlen(name), "no server of the configuration%s%s%s",
		     near ? "; did you mean " : "", near ? near : "",
		     near ? "?" : "");
	return false;
}

bool command_prints_data(const struct client *c, const char *command)
{
	if (!c->manners.json)
		return true;
	show_trouble("%s: what it prints is the file itself: no --json",
		     command);
	return false;
}
