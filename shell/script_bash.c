/* The script for bash: it cuts the line itself, as what bash makes of a word
 * with an = or a : in it, or with quotes begun, is of no use. */
#include "script.h"

static const char begin[] =
	"# bash completion of dfc, as `dfc completion bash` prints it.\n"
	"\n"
	"# The line up to the cursor, as words without their quotes; the last\n"
	"# one is at the cursor.  Of that, $kept characters are not replaced;\n"
	"# $style is the quote that is open there.\n"
	"_dfc_split()\n"
	"{\n"
	"	local text=${COMP_LINE:0:COMP_POINT} word= begun= before=0 c "
	"i\n"
	"\n"
	"	words=() kept=0 style=\n"
	"	for ((i = 0; i < ${#text}; i++)); do\n"
	"		c=${text:i:1}\n"
	"		if [[ $style && $c == \"$style\" ]]; then\n"
	"			style= kept=$before\n"
	"		elif [[ $style == \"'\" ]]; then\n"
	"			word+=$c\n"
	"		elif [[ $c == \\\\ ]]; then\n"
	"			i=$((i + 1)) begun=1\n"
	"			c=${text:i:1}\n"
	"			[[ ! $style || $c == [\\\"\\\\\\$\\`] ]] || "
	"word+=\\\\\n"
	"			word+=$c\n"
	"		elif [[ $style ]]; then\n"
	"			word+=$c\n"
	"		elif [[ $c == [\\'\\\"] ]]; then\n"
	"			style=$c begun=1 before=$kept kept=${#word}\n"
	"		elif [[ $c != [[:blank:]] ]]; then\n"
	"			word+=$c begun=1\n"
	"			[[ $COMP_WORDBREAKS != *\"$c\"* ]] || "
	"kept=${#word}\n"
	"		elif [[ $begun ]]; then\n"
	"			words+=(\"$word\")\n"
	"			word= begun= kept=0\n"
	"		fi\n"
	"	done\n"
	"	words+=(\"$word\")\n"
	"}\n"
	"\n";

static const char engine[] =
	"# Words that fit into $found: of that kind, for this text.\n"
	"_dfc_find()\n"
	"{\n"
	"	local program=${words[0]/#\\~\\//$HOME/}\n"
	"\n"
	"	type -P -- \"$program\" >/dev/null || program=dfc\n"
	"	case $1 in\n"
	"	files) compopt -o default ;;\n"
	"	directories) compopt -o dirnames ;;\n"
	"	text) ;;\n"
	"	names | prefixes | servers)\n"
	"		mapfile -t found < <(command \"$program\" "
	"\"${head[@]}\" complete \\\n"
	"			\"$1\" -- \"$2\" 2>/dev/null </dev/null) ;;\n"
	"	*) mapfile -t found < <(compgen -W \"$1\" -- \"$2\") ;;\n"
	"	esac\n"
	"}\n"
	"\n"
	"# $rest as it is written in quotes of that style.\n"
	"_dfc_quote()\n"
	"{\n"
	"	local c\n"
	"\n"
	"	case $style in\n"
	"	\\') rest=${rest//\\'/\"'\\\\''\"} ;;\n"
	"	\\\")\n"
	"		for c in \\\\ \\\" \\$ \\`; do\n"
	"			rest=${rest//\"$c\"/\"\\\\$c\"}\n"
	"		done ;;\n"
	"	*) [[ ! $rest ]] || printf -v rest %q \"$rest\" ;;\n"
	"	esac\n"
	"}\n"
	"\n"
	"# An option and its value, of $word: sets $skip to where the value "
	"begins.\n"
	"_dfc_attached()\n"
	"{\n"
	"	local i\n"
	"\n"
	"	value= skip=0\n"
	"	if [[ $word == --*=* ]]; then\n"
	"		skip=${word%%=*} skip=$((${#skip} + 1))\n"
	"		_dfc_value \"$command\" \"${word%%=*}\"\n"
	"	elif [[ $word == --* ]]; then\n"
	"		skip=${#word}\n"
	"		_dfc_value \"$command\" \"$word\"\n"
	"	else\n"
	"		for ((i = 1; i < ${#word}; i++)); do\n"
	"			skip=$((i + 1))\n"
	"			_dfc_value \"$command\" \"-${word:i:1}\"\n"
	"			[[ ! $value ]] || break\n"
	"		done\n"
	"	fi\n"
	"}\n"
	"\n"
	"_dfc()\n"
	"{\n"
	"	local words kept style word rest command= due= ended= value= "
	"skip=0\n"
	"	local operands=0 turned= last i head=() found=()\n"
	"\n"
	"	COMPREPLY=()\n"
	"	_dfc_split\n"
	"	last=$((${#words[@]} - 1))\n"
	"	for ((i = 1; i < last; i++)); do\n"
	"		word=${words[i]}\n"
	"		if [[ $due ]]; then\n"
	"			due=\n"
	"		elif [[ ! $ended && $command && $word == -- ]]; then\n"
	"			ended=1\n"
	"		elif [[ ! $ended && $word == -?* ]]; then\n"
	"			_dfc_attached\n"
	"			! _dfc_turns \"$command:$word\" || turned=1\n"
	"			[[ $word == --*=* || $skip -lt ${#word} ]] || "
	"due=$value\n"
	"		elif [[ $command ]]; then\n"
	"			operands=$((operands + 1))\n"
	"		else\n"
	"			head=(\"${words[@]:1:i-1}\")\n"
	"			_dfc_command \"$word\" || return 0\n"
	"		fi\n"
	"	done\n"
	"	word=${words[last]} skip=0 value=\n"
	"	if [[ $due ]]; then\n"
	"		value=$due\n"
	"	elif [[ ! $ended && ($word == - || $word == --* && $word != "
	"*=*) "
	"]]; then\n"
	"		_dfc_options \"$command\"\n"
	"	elif [[ ! $ended && $word == -* ]]; then\n"
	"		_dfc_attached\n"
	"	elif [[ $command ]]; then\n"
	"		_dfc_operand \"$command$turned\" $operands\n"
	"	else\n"
	"		value=$(_dfc_commands)\n"
	"	fi\n"
	"	[[ ! $value ]] || _dfc_find \"$value\" \"${word:skip}\"\n"
	"	if [[ ! $command && ! $due && ${#found[@]} -eq 0 && $word != "
	"-* ]]; "
	"then\n"
	"		_dfc_find \"$(_dfc_aliases)\" \"$word\"\n"
	"	fi\n"
	"	# A directory in open quotes would get the closing one: go "
	"on.\n"
	"	while [[ $style && ${#found[@]} -eq 1 && ${found[0]} == */ ]]; "
	"do\n"
	"		last=${found[0]}\n"
	"		_dfc_find \"$value\" \"$last\"\n"
	"		[[ ${#found[@]} -gt 0 ]] || { found=(\"$last\"); "
	"break; }\n"
	"	done\n"
	"	for rest in \"${found[@]}\"; do\n"
	"		rest=${word:0:skip}$rest\n"
	"		rest=${rest:kept}\n"
	"		_dfc_quote\n"
	"		COMPREPLY+=(\"$rest\")\n"
	"	done\n"
	"	[[ ${#found[@]} -ne 1 || ${found[0]} != *[/=] ]] || compopt -o "
	"nospace\n"
	"}\n"
	"\n"
	"complete -F _dfc dfc\n";

static const struct command *next(const struct command *cmd)
{
	return script_command(cmd + 1);
}

static void show_kind(FILE *f, enum args_kind kind, const char *choices)
{
	if (script_asks(kind))
		fputs(script_asks(kind), f);
	else if (kind == ARGS_LOCAL)
		fputs("files", f);
	else if (kind == ARGS_DIRECTORY)
		fputs("directories", f);
	else if (kind == ARGS_CHOICE && choices)
		script_choices(f, choices);
	else if (kind == ARGS_COMMAND)
		fputs("$(_dfc_commands)", f);
	else
		fputs("text", f);
}

static void show_commands(FILE *f)
{
	fputs("_dfc_commands()\n{\n	echo \"", f);
	for (const struct command *c = script_command(command_table); c;
	     c = next(c))
		fprintf(f, "%s%s", c == command_table ? "" : " ", c->name);
	fputs("\"\n}\n\n_dfc_aliases()\n{\n	echo \"", f);
	for (const struct command *c = script_command(command_table); c;
	     c = next(c))
		if (*c->aliases && *c->aliases != '?')
			fprintf(f, "%s ", c->aliases);
	fputs("\"\n}\n\n_dfc_command()\n{\n	case $1 in\n", f);
	for (const struct command *c = script_command(command_table); c;
	     c = next(c)) {
		fputs("	", f);
		script_names(f, c, " | ");
		fprintf(f, ") command=%s ;;\n", c->name);
	}
	fputs("	*) return 1 ;;\n	esac\n}\n\n", f);
}

static void show_options(FILE *f, const struct args_option *options)
{
	const char *before = "";

	for (const struct args_option *o = options; o && o->letter; o++) {
		if (!o->help || !o->name)
			continue;
		fprintf(f, "%s--%s%s", before, o->name, o->value ? "=" : "");
		before = " ";
	}
}

/* What each option's value is: rows for _dfc_value. */
static void show_values(FILE *f, const char *command,
			const struct args_option *options)
{
	for (const struct args_option *o = options; o && o->letter; o++) {
		if (!o->value)
			continue;
		fputs("	", f);
		if (o->letter > ' ')
			fprintf(f, "%s:-%c", command, o->letter);
		if (o->letter > ' ' && o->name)
			fputs(" | ", f);
		if (o->name)
			fprintf(f, "%s:--%s", command, o->name);
		fputs(") value=\"", f);
		show_kind(f, o->kind, o->value);
		fputs("\" ;;\n", f);
	}
}

static void show_all_options(FILE *f)
{
	fputs("_dfc_options()\n{\n	case $1 in\n	'') value=\"", f);
	show_options(f, command_head);
	fputs("\" ;;\n	*) value=\"", f);
	show_options(f, command_common);
	fputs("\" ;;\n	esac\n	case $1 in\n", f);
	for (const struct command *c = script_command(command_table); c;
	     c = next(c)) {
		if (!c->options)
			continue;
		fprintf(f, "	%s) value+=\" ", c->name);
		show_options(f, c->options);
		fputs("\" ;;\n", f);
	}
	fputs("	esac\n}\n\n_dfc_value()\n{\n	case $1:$2 in\n", f);
	show_values(f, "", command_head);
	for (const struct command *c = script_command(command_table); c;
	     c = next(c))
		show_values(f, c->name, c->options);
	show_values(f, "*", command_common);
	fputs("	esac\n}\n\n", f);
}

static void show_two(FILE *f, const struct command *c, const char *name,
		     bool turned)
{
	if (c->most > 0) {
		fprintf(f, "	%s:0) value=\"", name);
		show_kind(f, turned ? c->rest : c->first, c->choices);
		fputs("\" ;;\n", f);
	}
	if (c->most > 1) {
		fprintf(f, "	%s:%s) value=\"", name,
			c->most == 2 ? "1" : "*");
		show_kind(f, turned ? c->first : c->rest, c->choices);
		fputs("\" ;;\n", f);
	}
}

static void show_operands(FILE *f)
{
	char name[64];

	fputs("_dfc_operand()\n{\n	case $1:$2 in\n", f);
	for (const struct command *c = script_command(command_table); c;
	     c = next(c)) {
		show_two(f, c, c->name, false);
		(void)snprintf(name, sizeof(name), "%s1", c->name);
		if (c->flags & COMMAND_TURNS)
			show_two(f, c, name, true);
	}
	fputs("	esac\n}\n\n"
	      "# That option makes the operands' kinds change places.\n"
	      "_dfc_turns()\n{\n	case $1 in\n",
	      f);
	for (const struct command *c = script_command(command_table); c;
	     c = next(c))
		if (c->flags & COMMAND_TURNS)
			fprintf(f, "	%s:-[!-]*R* | %s:-R* | %s:--%s) ;;\n",
				c->name, c->name, c->name,
				args_find(c->options, NULL, 'R')->name);
	fputs("	*) return 1 ;;\n	esac\n}\n\n", f);
}

void script_bash(FILE *f)
{
	fputs(begin, f);
	show_commands(f);
	show_all_options(f);
	show_operands(f);
	fputs(engine, f);
}
