/* The script for zsh: _arguments knows where the cursor is. */
#include "script.h"

#include <string.h>

static const char begin[] =
	"#compdef dfc\n"
	"# zsh completion of dfc, as `dfc completion zsh` prints it.\n"
	"\n"
	"# $program and $head, raw: what stands before the command.\n"
	"_dfc_ask()\n"
	"{\n"
	"	local what=$1 run=${${(Q)program}/#\\~\\//$HOME/}\n"
	"	local -a found whole more\n"
	"\n"
	"	shift\n"
	"	(( $+commands[$run] )) || [[ -x $run ]] || run=dfc\n"
	"	found=(\"${(@f)$(command $run \"${(Q@)head}\" complete $what "
	"-- "
	"\\\n"
	"		\"${(Q)PREFIX}\" 2>/dev/null </dev/null)}\")\n"
	"	more=(${(M)found:#*/}) whole=(${found:#*/})\n"
	"	compadd \"$@\" -S '' -a more\n"
	"	compadd \"$@\" -a whole\n"
	"	(( $#found ))\n"
	"}\n"
	"\n"
	"_dfc_names() { _dfc_ask names \"$@\" }\n"
	"_dfc_prefixes() { _dfc_ask prefixes \"$@\" }\n"
	"_dfc_servers() { _dfc_ask servers \"$@\" }\n"
	"\n"
	"# Two kinds, that change places after that option: -R and its name.\n"
	"_dfc_turned()\n"
	"{\n"
	"	local first=$1 second=$2 short=$3 long=$4\n"
	"\n"
	"	shift 4\n"
	"	(( $+opt_args[$short] || $+opt_args[$long] )) && "
	"first=$second\n"
	"	${=first} \"$@\"\n"
	"}\n"
	"\n"
	"_dfc_commands()\n"
	"{\n"
	"	local -a first second\n"
	"\n"
	"	first=(\n";

static const char describe[] =
	"	_describe -t commands command first ||\n"
	"		_describe -t aliases alias second\n"
	"}\n"
	"\n"
	"_dfc()\n"
	"{\n"
	"	local curcontext=$curcontext program=$words[1] state line "
	"ret=1\n"
	"	local all=$CURRENT\n"
	"	local -a state_descr head typed=(\"${words[@]}\")\n"
	"	local -A opt_args\n"
	"\n"
	"	_arguments -s -S -C -A '-*' \\\n";

static const char choose[] =
	"		'(-)1:command:_dfc_commands' \\\n"
	"		'(-)*::argument:->argument' && ret=0\n"
	"	[[ $state == argument ]] || return ret\n"
	"	head=(\"${typed[@]:1:$((all - CURRENT - 1))}\")\n"
	"	case ${(Q)words[1]} in\n";

static const char end[] = "	esac\n"
			  "	return ret\n"
			  "}\n"
			  "\n"
			  "# Found by its name, or read by a user.\n"
			  "if [[ $funcstack[1] == _dfc ]]; then\n"
			  "	_dfc \"$@\"\n"
			  "else\n"
			  "	compdef _dfc dfc\n"
			  "fi\n";

static void show_action(FILE *f, enum args_kind kind, const char *choices)
{
	if (script_asks(kind)) {
		fprintf(f, "_dfc_%s", script_asks(kind));
	} else if (kind == ARGS_LOCAL) {
		fputs("_files", f);
	} else if (kind == ARGS_DIRECTORY) {
		fputs("_files -/", f);
	} else if (kind == ARGS_COMMAND) {
		fputs("_dfc_commands", f);
	} else if (kind == ARGS_CHOICE && choices) {
		fputs("(", f);
		script_choices(f, choices);
		fputs(")", f);
	} else {
		fputs(" ", f);
	}
}

/* Inside of brackets and single quotes. */
static void show_help(FILE *f, const char *help)
{
	fputs("[", f);
	for (const char *p = help; *p; p++) {
		const char one[2] = {*p, '\0'};

		if (*p == ']' || *p == '[' || *p == '\\')
			fputs("\\", f);
		script_quoted(f, one, "'\\''");
	}
	fputs("]", f);
}

/* "'(-t --to)'{-t+,--to=}'[help]:PREFIX:_dfc_prefixes' \" */
static void show_option(FILE *f, const struct args_option *o)
{
	bool many = strstr(o->help, "may be repeated") != NULL;
	bool both = o->letter > ' ' && o->name;

	fputs("		", f);
	if (many)
		fputs("'*'", f);
	else if (both)
		fprintf(f, "'(-%c --%s)'", o->letter, o->name);
	if (both)
		fprintf(f, "{-%c%s,--%s%s}", o->letter, o->value ? "+" : "",
			o->name, o->value ? "=" : "");
	else if (o->name)
		fprintf(f, "--%s%s", o->name, o->value ? "=" : "");
	else
		fprintf(f, "-%c%s", o->letter, o->value ? "+" : "");
	fputs("'", f);
	show_help(f, o->help);
	if (o->value) {
		fprintf(f, ":%s:", o->kind == ARGS_CHOICE ? "WHEN" : o->value);
		show_action(f, o->kind, o->value);
	}
	fputs("' \\\n", f);
}

static void show_options(FILE *f, const struct args_option *options)
{
	for (const struct args_option *o = options; o && o->letter; o++)
		if (o->help)
			show_option(f, o);
}

static void show_operand(FILE *f, const char *place, enum args_kind kind,
			 const char *choices)
{
	const char *what = script_asks(kind)	  ? script_asks(kind)
			   : kind == ARGS_LOCAL	  ? "files"
			   : kind == ARGS_COMMAND ? "command"
						  : "word";

	fprintf(f, "		'%s:%s:", place, what);
	show_action(f, kind, choices);
	fputs("' \\\n", f);
}

/* "1" and "2" of a command with COMMAND_TURNS. */
static void show_turned(FILE *f, const struct command *c, const char *place,
			enum args_kind kind, enum args_kind other)
{
	fprintf(f, "		'%s:word:{ _dfc_turned \"", place);
	show_action(f, kind, NULL);
	fputs("\" \"", f);
	show_action(f, other, NULL);
	fprintf(f, "\" -R --%s }' \\\n",
		args_find(c->options, NULL, 'R')->name);
}

static void show_command(FILE *f, const struct command *c)
{
	fputs("	", f);
	script_names(f, c, "|");
	fputs(")\n	_arguments -s -S \\\n", f);
	show_options(f, c->options);
	show_options(f, command_common);
	if (c->flags & COMMAND_TURNS) {
		show_turned(f, c, "1", c->first, c->rest);
		show_turned(f, c, "2", c->rest, c->first);
		fputs("		&& ret=0 ;;\n", f);
		return;
	}
	if (c->most > 0)
		show_operand(f, "1", c->first, c->choices);
	if (c->most > 1)
		show_operand(f, c->most == 2 ? "2" : "*", c->rest, c->choices);
	fputs("		&& ret=0 ;;\n", f);
}

static void show_names(FILE *f)
{
	const struct command *c;

	fputs(begin, f);
	for (c = script_command(command_table); c; c = script_command(c + 1)) {
		fprintf(f, "		'%s:", c->name);
		script_quoted(f, c->summary, "'\\''");
		fputs("'\n", f);
	}
	fputs("	)\n	second=(\n", f);
	for (c = script_command(command_table); c; c = script_command(c + 1))
		for (const char *p = c->aliases; *p;) {
			size_t len = strcspn(p, " ");

			if (*p != '?')
				fprintf(f, "		'%.*s:%s'\n", (int)len,
					p, c->name);
			p += len;
			p += strspn(p, " ");
		}
	fputs("	)\n", f);
	fputs(describe, f);
}

void script_zsh(FILE *f)
{
	show_names(f);
	show_options(f, command_head);
	fputs(choose, f);
	for (const struct command *c = script_command(command_table); c;
	     c = script_command(c + 1))
		show_command(f, c);
	fputs(end, f);
}
