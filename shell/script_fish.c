/* The script for fish: a rule for each option and operand, under the
 * condition that its command is on the line. */
#include "script.h"

static const char begin[] =
	"# fish completion of dfc, as `dfc completion fish` prints it.\n"
	"\n"
	"# Which of the words before the cursor is the command.\n"
	"function __dfc_command\n"
	"	set -l words (commandline -opc)\n"
	"	set -l at 2\n"
	"	while test $at -le (count $words)\n"
	"		switch $words[$at]\n"
	"			case";

static const char functions[] =
	"\n"
	"				set at (math $at + 1)\n"
	"			case '-*'\n"
	"			case '*'\n"
	"				echo $at\n"
	"				return 0\n"
	"		end\n"
	"		set at (math $at + 1)\n"
	"	end\n"
	"	return 1\n"
	"end\n"
	"\n"
	"# It is one of these.\n"
	"function __dfc_is\n"
	"	set -l words (commandline -opc)\n"
	"	set -l at (__dfc_command)\n"
	"	and contains -- $words[$at] $argv\n"
	"end\n"
	"\n"
	"# So many operands stand before the cursor; then: options that take "
	"a\n"
	"# value.\n"
	"function __dfc_operands\n"
	"	set -l words (commandline -opc)\n"
	"	set -l at (__dfc_command); or return 1\n"
	"	set -l seen 0\n"
	"	set at (math $at + 1)\n"
	"	while test $at -le (count $words)\n"
	"		if contains -- $words[$at] $argv[2..-1]\n"
	"			set at (math $at + 1)\n"
	"		else if not string match -q -- '-?*' $words[$at]\n"
	"			set seen (math $seen + 1)\n"
	"		end\n"
	"		set at (math $at + 1)\n"
	"	end\n"
	"	test $seen -eq $argv[1]\n"
	"end\n"
	"\n"
	"function __dfc_ask\n"
	"	set -l words (commandline -opc)\n"
	"	set -l at (__dfc_command); or return 1\n"
	"	set -l program (string replace -r -- '^~/' \"$HOME/\" "
	"$words[1])\n"
	"	set -l head\n"
	"	set -l text (commandline -ct)\n"
	"	type -q -- $program; or set program dfc\n"
	"	type -q -- $program; or return 1\n"
	"	test $at -gt 2; and set head $words[2..(math $at - 1)]\n"
	"	# Of --to=x and -tx the x; and quotes that are open are "
	"closed.\n"
	"	set text (string replace -r -- '^(--[^=]*=|-[^-])' '' $text)\n"
	"	set text (string unescape -- $text; or string unescape -- "
	"$text\"'\"\n"
	"		or string unescape -- $text'\"'; or echo $text)\n"
	"	command $program $head complete $argv[1] -- \"$text\" "
	"2>/dev/null "
	"</dev/null\n"
	"end\n"
	"\n"
	"complete -c dfc -f\n";

static const struct command *next(const struct command *cmd)
{
	return script_command(cmd + 1);
}

static void show_text(FILE *f, const char *text)
{
	fputs(" -d '", f);
	script_quoted(f, text, "\\'");
	fputs("'", f);
}

/* What completes a value or an operand of that kind. */
static void show_kind(FILE *f, enum args_kind kind, const char *choices)
{
	if (script_asks(kind)) {
		fprintf(f, " -a '(__dfc_ask %s)'", script_asks(kind));
	} else if (kind == ARGS_DIRECTORY) {
		fputs(" -a '(__fish_complete_directories)'", f);
	} else if (kind == ARGS_CHOICE && choices) {
		fputs(" -a '", f);
		script_choices(f, choices);
		fputs("'", f);
	} else if (kind == ARGS_COMMAND) {
		fputs(" -a '", f);
		for (const struct command *c = script_command(command_table); c;
		     c = next(c))
			fprintf(f, "%s ", c->name);
		fputs("'", f);
	}
}

/* Left open: more conditions may follow. */
static void show_condition(FILE *f, const struct command *c)
{
	fputs("complete -c dfc -n '", f);
	if (c) {
		fputs("__dfc_is ", f);
		script_names(f, c, " ");
	} else {
		fputs("not __dfc_command", f);
	}
}

/* c: whose they are; NULL: before a command. */
static void show_options(FILE *f, const struct command *c,
			 const struct args_option *options)
{
	for (const struct args_option *o = options; o && o->letter; o++) {
		if (!o->help)
			continue;
		show_condition(f, c);
		fputs("'", f);
		if (o->letter > ' ')
			fprintf(f, " -s %c", o->letter);
		if (o->name)
			fprintf(f, " -l %s", o->name);
		if (o->value)
			fputs(o->kind == ARGS_LOCAL ? " -rF" : " -x", f);
		show_kind(f, o->kind, o->value);
		show_text(f, o->help);
		fputs("\n", f);
	}
}

static void show_valued(FILE *f, const struct args_option *options)
{
	for (const struct args_option *o = options; o && o->letter; o++) {
		if (o->value && o->letter > ' ')
			fprintf(f, " -%c", o->letter);
		if (o->value && o->name)
			fprintf(f, " --%s", o->name);
	}
}

/* number: of operands before it, or -1 for any; turned: of a command with
 * COMMAND_TURNS, "and" or "and not". */
static void show_operand(FILE *f, const struct command *c, int number,
			 enum args_kind kind, const char *turned)
{
	show_condition(f, c);
	if (number >= 0) {
		fprintf(f, "; and __dfc_operands %d", number);
		show_valued(f, c->options);
		show_valued(f, command_common);
	}
	if (turned)
		fprintf(f, "; %s __fish_contains_opt -s R %s", turned,
			args_find(c->options, NULL, 'R')->name);
	fputs("'", f);
	if (kind == ARGS_LOCAL)
		fputs(" -F", f);
	show_kind(f, kind, c->choices);
	fputs("\n", f);
}

static void show_command(FILE *f, const struct command *c)
{
	fputs("\n", f);
	show_condition(f, NULL);
	fputs("' -a '", f);
	script_names(f, c, " ");
	fputs("'", f);
	show_text(f, c->summary);
	fputs("\n", f);
	show_options(f, c, c->options);
	show_options(f, c, command_common);
	if (c->most == COMMAND_MANY && c->first == c->rest) {
		show_operand(f, c, -1, c->first, NULL);
		return;
	}
	if (c->flags & COMMAND_TURNS) {
		show_operand(f, c, 0, c->first, "and not");
		show_operand(f, c, 1, c->rest, "and not");
		show_operand(f, c, 0, c->rest, "and");
		show_operand(f, c, 1, c->first, "and");
		return;
	}
	if (c->most > 0)
		show_operand(f, c, 0, c->first, NULL);
	if (c->most > 1)
		show_operand(f, c, 1, c->rest, NULL);
}

void script_fish(FILE *f)
{
	fputs(begin, f);
	show_valued(f, command_head);
	fputs(functions, f);
	show_options(f, NULL, command_head);
	for (const struct command *c = script_command(command_table); c;
	     c = next(c))
		show_command(f, c);
}
