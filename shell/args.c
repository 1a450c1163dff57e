#include "args.h"

#include "suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	struct args *args;
	const struct args_words *words;
	int at;
	const struct args_option *tables[2];
	char *message;
};

static bool has_name(const struct args_option *o, const char *name, size_t len)
{
	return o->name && strlen(o->name) == len &&
	       memcmp(o->name, name, len) == 0;
}

const struct args_option *args_find(const struct args_option *options,
				    const struct args_option *common,
				    char letter)
{
	const struct args_option *tables[] = {options, common};

	for (unsigned i = 0; i < 2; i++)
		for (const struct args_option *o = tables[i]; o && o->letter;
		     o++)
			if (o->letter == letter)
				return o;
	return NULL;
}

const struct args_option *args_find_long(const struct args_option *options,
					 const struct args_option *common,
					 const char *name, size_t len)
{
	const struct args_option *tables[] = {options, common};

	for (unsigned i = 0; i < 2; i++)
		for (const struct args_option *o = tables[i]; o && o->letter;
		     o++)
			if (has_name(o, name, len))
				return o;
	return NULL;
}

static enum err wrong(struct run *r, const char *why, const char *word)
{
	snprintf(r->message, ARGS_MESSAGE_MAX, "%.100s: %.100s", word, why);
	return ERR_FORMAT;
}

/* Is value among "one|two|three"? */
static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	while (*choices) {
		size_t word = strcspn(choices, "|");

		if (word == len && memcmp(choices, value, len) == 0)
			return true;
		choices += word;
		choices += *choices == '|';
	}
	return false;
}

/* value: what stood behind the letter or '=', or NULL. */
static enum err take_option(struct run *r, const struct args_option *o,
			    const char *value, const char *word)
{
	unsigned char letter = (unsigned char)o->letter;

	r->args->given[letter] = true;
	if (!o->value)
		return value ? wrong(r, "this option takes no value", word)
			     : ERR_OK;
	if (!value && r->at == r->words->argc)
		return wrong(r, "this option needs a value", word);
	if (!value)
		value = r->words->argv[r->at++];
	if (o->kind == ARGS_CHOICE && !is_choice(o->value, value)) {
		snprintf(r->message, ARGS_MESSAGE_MAX,
			 "%.100s: must be one of %.100s", word, o->value);
		return ERR_FORMAT;
	}
	r->args->value[letter] = value;
	if (r->args->values)
		r->args->values[r->args->value_count++] =
			(struct args_value){o->letter, value};
	return ERR_OK;
}

#define NAMES_MAX 64

/* Of len bytes; the nearest one is named, too. */
static enum err unknown_long(struct run *r, const char *name, size_t len,
			     const char *word)
{
	char typed[SUGGEST_MAX + 1];
	const char *names[NAMES_MAX];
	const char *near;
	size_t count = 0;

	for (unsigned i = 0; i < 2; i++)
		for (const struct args_option *o = r->tables[i];
		     o && o->letter && count < NAMES_MAX; o++)
			if (o->name)
				names[count++] = o->name;
	(void)snprintf(typed, sizeof(typed), "%.*s",
		       (int)(len < SUGGEST_MAX ? len : SUGGEST_MAX), name);
	near = suggest_nearest(typed, names, count);
	if (!near)
		return wrong(r, "unknown option", word);
	snprintf(r->message, ARGS_MESSAGE_MAX,
		 "%.100s: unknown option; did you mean --%.100s?", word, near);
	return ERR_FORMAT;
}

static enum err take_long(struct run *r, const char *word)
{
	const char *name = word + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] ? name + len + 1 : NULL;
	const struct args_option *o =
		args_find_long(r->tables[0], r->tables[1], name, len);

	return o ? take_option(r, o, value, word)
		 : unknown_long(r, name, len, word);
}

static enum err take_short(struct run *r, const char *word)
{
	for (const char *p = word + 1; *p; p++) {
		const struct args_option *o =
			*p > ' ' ? args_find(r->tables[0], r->tables[1], *p)
				 : NULL;
		enum err e;

		if (!o) /* "-name" may be meant to be long */
			return unknown_long(r, word + 1, strcspn(word + 1, "="),
					    word);
		if (o->value)
			return take_option(r, o, p[1] ? p + 1 : NULL, word);
		e = take_option(r, o, NULL, word);
		if (e)
			return e;
	}
	return ERR_OK;
}

static bool is_option(const struct run *r, int at)
{
	const char *word = r->words->argv[at];

	if (r->words->plain && r->words->plain[at])
		return false;
	return word[0] == '-' && word[1] != '\0';
}

static enum err parse(struct run *r, bool head)
{
	bool ended = false;

	while (r->at < r->words->argc) {
		const char *word = r->words->argv[r->at];
		bool option = !ended && is_option(r, r->at);
		enum err e;

		if (!option && head)
			break;
		r->at++;
		if (!option) {
			r->args->operands[r->args->count++] = word;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			ended = true;
			continue;
		}
		e = word[1] == '-' ? take_long(r, word) : take_short(r, word);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err args_parse_head(struct args *a, const struct args_words *words,
			 const struct args_option *options, int *used,
			 char message[ARGS_MESSAGE_MAX])
{
	struct run r = {.args = a,
			.words = words,
			.tables = {options, NULL},
			.message = message};
	enum err e;

	*a = (struct args){0};
	e = parse(&r, true);
	*used = r.at;
	return e;
}

enum err args_parse(struct args *a, const struct args_words *words,
		    const struct args_option *options,
		    const struct args_option *common,
		    char message[ARGS_MESSAGE_MAX])
{
	struct run r = {.args = a,
			.words = words,
			.tables = {options, common},
			.message = message};
	size_t most = (size_t)words->argc + 1;
	enum err e;

	*a = (struct args){0};
	a->operands = calloc(most, sizeof(*a->operands));
	a->values = calloc(most, sizeof(*a->values));
	if (!a->operands || !a->values) {
		args_release(a);
		return ERR_MEMORY;
	}
	e = parse(&r, false);
	if (e)
		args_release(a);
	return e;
}

void args_release(struct args *a)
{
	free(a->operands);
	free(a->values);
	*a = (struct args){0};
}
