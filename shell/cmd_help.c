/* help and version */
#include "command.h"
#include "emit.h"
#include "show.h"

#include <string.h>

static const char *value_of(const struct args_option *o)
{
	return !o->value ? "" : o->kind == ARGS_CHOICE ? "WHEN" : o->value;
}

static void show_options(const struct args_option *options)
{
	char name[64];

	for (const struct args_option *o = options; o && o->letter; o++) {
		if (!o->help)
			continue;
		(void)snprintf(name, sizeof(name), "%s%s%s%s",
			       o->name ? "--" : "", o->name ? o->name : "",
			       o->value ? " " : "", value_of(o));
		if (o->letter > ' ')
			printf("  -%c%s %-18s  %s\n", o->letter,
			       o->name ? "," : " ", name, o->help);
		else
			printf("  %-22s  %s\n", name, o->help);
	}
}

/* Those that only the shell has, or the others. */
static void show_commands(unsigned where)
{
	for (const struct command *cmd = command_table; cmd->name; cmd++)
		if ((cmd->flags & (COMMAND_SHELL | COMMAND_HIDDEN)) == where)
			printf("  %-10s  %s\n", cmd->name, cmd->summary);
}

void help_program(bool at_prompt)
{
	puts(at_prompt ? "COMMAND [ARG...]; all take these options:\n"
		       : "usage: dfc [OPTION...] COMMAND [ARG...]\n"
			 "       dfc [OPTION...]          the shell\n");
	show_options(at_prompt ? command_common : command_head);
	puts("");
	show_commands(0);
	puts(at_prompt ? "\nIn the shell only; !LINE is one for the local "
			 "shell, and a - in front lets a\nline fail:\n"
		       : "\nIn the shell only; !LINE is one for the local "
			 "shell:\n");
	show_commands(COMMAND_SHELL);
	if (at_prompt)
		puts("\nhelp COMMAND tells more, with examples.");
}

static void emit_options(struct emit *e, const struct args_option *options)
{
	emit_open_list(e, "options");
	for (const struct args_option *o = options; o && o->letter; o++) {
		char letter[2] = {o->letter > ' ' ? o->letter : '\0', '\0'};

		emit_open_object(e, NULL);
		emit_text(e, "letter", letter);
		emit_text(e, "name", o->name ? o->name : "");
		emit_text(e, "value", o->value ? o->value : "");
		emit_text(e, "help", o->help);
		emit_close(e);
	}
	emit_close(e);
}

static void emit_command(const struct command *cmd)
{
	struct emit *e = emit_begin("command");

	emit_text(e, "name", cmd->name);
	emit_text(e, "aliases", cmd->aliases);
	emit_text(e, "summary", cmd->summary);
	emit_text(e, "operands", cmd->operands);
	emit_options(e, cmd->options);
	emit_end(e);
}

/* At a prompt a command has no program's name before it, and what has pipes
 * or the like is left out. */
static void show_examples(const char *text, bool at_prompt)
{
	static const char name[] = "  dfc ";
	const size_t skip = sizeof(name) - 1;

	for (; *text; text += strcspn(text, "\n") + 1) {
		int len = (int)strcspn(text, "\n");

		if (at_prompt && strcspn(text, "|&") < (size_t)len)
			continue;
		if (at_prompt && strncmp(text, name, skip) == 0)
			printf("  %.*s\n", len - (int)skip, text + skip);
		else
			printf("%.*s\n", len, text);
	}
}

/* Up to a blank that is in no brackets. */
static size_t piece_of(const char *text)
{
	size_t len = 0;

	for (int depth = 0; text[len] && (depth > 0 || text[len] != ' '); len++)
		depth += (text[len] == '[') - (text[len] == ']');
	return len;
}

/* In lines of 80 columns, all but the first below the text. */
static void show_usage(const char *usage, int column)
{
	const int indent = (int)sizeof("usage:") - 1;

	while (*usage) {
		int len = (int)piece_of(usage);

		if (column + 1 + len > SHOW_COLUMNS) {
			printf("\n%*s", indent, "");
			column = indent;
		}
		column += printf(" %.*s", len, usage);
		usage += len;
		usage += *usage == ' ';
	}
}

void help_command(const struct command *cmd, bool at_prompt)
{
	char usage[512];

	command_usage(cmd, usage, sizeof(usage));
	show_usage(usage,
		   printf("usage: %s%s", at_prompt ? "" : "dfc ", cmd->name));
	printf("\n\n%s.\n", cmd->summary);
	if (*cmd->aliases)
		printf("Also: %s.\n", cmd->aliases);
	if (cmd->options) {
		puts("");
		show_options(cmd->options);
	}
	puts("");
	show_examples(cmd->examples, at_prompt);
}

enum exit_status cmd_help(struct client *c, const struct args *a)
{
	const struct command *cmd;

	if (a->count == 0 && !c->manners.json) {
		help_program(command_at_prompt(c));
		return EXIT_DONE;
	}
	if (a->count == 0) {
		for (cmd = command_table; cmd->name; cmd++)
			if (!(cmd->flags & COMMAND_HIDDEN))
				emit_command(cmd);
		return EXIT_DONE;
	}
	cmd = command_find(a->operands[0]);
	if (!cmd) {
		command_say_unknown(a->operands[0]);
		return EXIT_USAGE;
	}
	if (c->manners.json)
		emit_command(cmd);
	else
		help_command(cmd, command_at_prompt(c));
	return EXIT_DONE;
}

enum exit_status cmd_version(struct client *c, const struct args *a)
{
	struct emit *e;

	(void)a;
	if (!c->manners.json) {
		puts("dfc " DFS_VERSION);
		return EXIT_DONE;
	}
	e = emit_begin("version");
	emit_text(e, "program", "dfc");
	emit_text(e, "version", DFS_VERSION);
	emit_end(e);
	return EXIT_DONE;
}
