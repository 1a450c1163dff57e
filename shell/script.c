#include "script.h"

#include <string.h>

const struct command *script_command(const struct command *cmd)
{
	while (cmd->name && (cmd->flags & (COMMAND_SHELL | COMMAND_HIDDEN)))
		cmd++;
	return cmd->name ? cmd : NULL;
}

const char *script_asks(enum args_kind kind)
{
	switch (kind) {
	case ARGS_STORED:
	case ARGS_NAME:
		return "names";
	case ARGS_PREFIX:
		return "prefixes";
	case ARGS_SERVER:
		return "servers";
	default:
		return NULL;
	}
}

void script_names(FILE *f, const struct command *cmd, const char *between)
{
	fputs(cmd->name, f);
	for (const char *p = cmd->aliases; *p;) {
		size_t len = strcspn(p, " ");

		if (*p != '?')
			fprintf(f, "%s%.*s", between, (int)len, p);
		p += len;
		p += strspn(p, " ");
	}
}

void script_choices(FILE *f, const char *choices)
{
	for (const char *p = choices; *p; p++)
		fputc(*p == '|' ? ' ' : *p, f);
}

void script_quoted(FILE *f, const char *text, const char *stop)
{
	for (const char *p = text; *p; p++)
		if (*p == '\'')
			fputs(stop, f);
		else
			fputc(*p, f);
}
