#include "position.h"

#include <string.h>

void position_init(struct position *p, const struct command *cmd)
{
	*p = (struct position){.command = cmd};
}

static struct position_word value_of(const struct args_option *o, size_t skip)
{
	return (struct position_word){o->kind, skip, o};
}

static bool turns(const struct position *p, const struct args_option *o)
{
	return (p->command->flags & COMMAND_TURNS) && o->letter == 'R';
}

static struct position_word take_long(struct position *p, const char *word)
{
	size_t len = strcspn(word + 2, "=");
	const struct args_option *o = args_find_long(
		p->command->options, command_common, word + 2, len);

	if (o && o->value && word[2 + len] == '=')
		return value_of(o, len + 3);
	if (o && o->value)
		p->due = o;
	p->recursive |= o && o->letter == 'r';
	p->turned |= o && turns(p, o);
	return (struct position_word){0};
}

static struct position_word take_short(struct position *p, const char *word)
{
	for (size_t i = 1; word[i]; i++) {
		/* Long names' letters are not typed. */
		const struct args_option *o =
			word[i] > ' ' ? args_find(p->command->options,
						  command_common, word[i])
				      : NULL;

		if (!o)
			break;
		p->recursive |= o->letter == 'r' && !o->value;
		p->turned |= turns(p, o);
		if (o->value && word[i + 1])
			return value_of(o, i + 1);
		if (o->value)
			p->due = o;
	}
	return (struct position_word){0};
}

struct position_word position_take(struct position *p, const char *word)
{
	const struct args_option *due = p->due;

	p->due = NULL;
	if (due)
		return value_of(due, 0);
	if (!p->ended && strcmp(word, "--") == 0) {
		p->ended = true;
		return (struct position_word){0};
	}
	if (!p->ended && word[0] == '-' && word[1] == '-')
		return take_long(p, word);
	if (!p->ended && word[0] == '-' && word[1] != '\0')
		return take_short(p, word);
	if (p->operands++ >= p->command->most)
		return (struct position_word){0};
	return (struct position_word){(p->operands == 1) != p->turned
					      ? p->command->first
					      : p->command->rest,
				      0, NULL};
}
