/* help and version */
#include "command.h"
#include "emit.h"

#include <string.h>

static const char *value_of(const struct args_option *o)
{
	return !o->value ? "" : o->kind == ARGS_CHOICE ? "WHEN" : o->value;
}

static void show_options(const struct args_option *options, FILE *f)
{
	char name[64];

	for (const struct args_option *o = options; o && o->letter; o++) {
		if (!o->help)
			continue;
		(void)snprintf(name, sizeof(name), "%s%s%s%s",
			       o->name ? "--" : "", o->name ? o->name : "",
			       o->value ? " " : "", value_of(o));
		if (o->letter > ' ')
			fprintf(f, "  -%c%s %-18s  %s\n", o->letter,
				o->name ? "," : " ", name, o->help);
		else
			fprintf(f, "  %-22s  %s\n", name, o->help);
	}
}

/* Those that only the shell has, or the others. */
static void show_commands(unsigned where, FILE *f)
{
	for (const struct command *cmd = command_table; cmd->name; cmd++)
		if ((cmd->flags & (COMMAND_SHELL | COMMAND_HIDDEN)) == where)
			fprintf(f, "  %-10s  %s\n", cmd->name, cmd->summary);
}

void help_program(FILE *f)
{
	fputs("usage: dfc [OPTION...] COMMAND [ARG...]\n"
	      "       dfc [OPTION...]          the shell\n\n",
	      f);
	show_options(command_head, f);
	fputs("\n", f);
	show_commands(0, f);
	fputs("\nIn the shell only; !LINE is one for the local shell:\n\n", f);
	show_commands(COMMAND_SHELL, f);
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

void help_command(const struct command *cmd)
{
	char usage[512];

	command_usage(cmd, usage, sizeof(usage));
	printf("usage: dfc %s%s%s\n\n%s.\n", cmd->name, *usage ? " " : "",
	       usage, cmd->summary);
	if (*cmd->aliases)
		printf("Also: %s.\n", cmd->aliases);
	if (cmd->options) {
		puts("");
		show_options(cmd->options, stdout);
	}
	printf("\n%s", cmd->examples);
}

enum exit_status cmd_help(struct client *c, const struct args *a)
{
	const struct command *cmd;

	if (a->count == 0 && !c->manners.json) {
		help_program(stdout);
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
		show_problem(a->operands[0], strlen(a->operands[0]),
			     "no such command (help lists them)");
		return EXIT_USAGE;
	}
	if (c->manners.json)
		emit_command(cmd);
	else
		help_command(cmd);
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
