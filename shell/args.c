#include "args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	struct args *args;
	int argc;
	char *const *argv;
	int at;
	const char *letters;
	const struct args_long *longs;
	char *message;
};

/* The letter's place among the allowed ones, or NULL. */
static const char *allowed(const struct run *r, char letter)
{
	if (letter == ':' || letter == '\0' || (unsigned char)letter > 127)
		return NULL;
	return strchr(r->letters, letter);
}

static enum err wrong(struct run *r, const char *why, const char *word)
{
	snprintf(r->message, ARGS_MESSAGE_MAX, "%.100s: %.100s", word, why);
	return ERR_FORMAT;
}

/* spec: the letter's place; value: what stood behind the letter or '=', or
 * NULL. */
static enum err take_option(struct run *r, const char *spec, const char *value,
			    const char *word)
{
	unsigned char letter = (unsigned char)spec[0];

	r->args->given[letter] = true;
	if (spec[1] != ':')
		return value ? wrong(r, "this option takes no value", word)
			     : ERR_OK;
	if (!value && r->at == r->argc)
		return wrong(r, "this option needs a value", word);
	r->args->value[letter] = value ? value : r->argv[r->at++];
	if (r->args->values)
		r->args->values[r->args->value_count++] =
			(struct args_value){spec[0], r->args->value[letter]};
	return ERR_OK;
}

static enum err take_long(struct run *r, const char *word)
{
	const char *name = word + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] ? name + len + 1 : NULL;

	for (const struct args_long *l = r->longs; l->name; l++) {
		const char *spec = allowed(r, l->letter);

		if (spec && strlen(l->name) == len &&
		    memcmp(l->name, name, len) == 0)
			return take_option(r, spec, value, word);
	}
	return wrong(r, "unknown option", word);
}

static enum err take_short(struct run *r, const char *word)
{
	for (const char *p = word + 1; *p; p++) {
		const char *spec = allowed(r, *p);
		enum err e;

		if (!spec || *p < ' ')
			return wrong(r, "unknown option", word);
		if (spec[1] == ':')
			return take_option(r, spec, p[1] ? p + 1 : NULL, word);
		e = take_option(r, spec, NULL, word);
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err parse(struct run *r, bool head)
{
	bool ended = false;

	while (r->at < r->argc) {
		const char *word = r->argv[r->at];
		bool option = !ended && word[0] == '-' && word[1] != '\0';
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

enum err args_parse_head(struct args *a, int argc, char *const *argv,
			 const char *letters, const struct args_long *longs,
			 int *used, char message[ARGS_MESSAGE_MAX])
{
	struct run r = {.args = a,
			.argc = argc,
			.argv = argv,
			.letters = letters,
			.longs = longs,
			.message = message};
	enum err e;

	*a = (struct args){0};
	e = parse(&r, true);
	*used = r.at;
	return e;
}

enum err args_parse(struct args *a, int argc, char *const *argv,
		    const char *letters, const struct args_long *longs,
		    char message[ARGS_MESSAGE_MAX])
{
	struct run r = {.args = a,
			.argc = argc,
			.argv = argv,
			.letters = letters,
			.longs = longs,
			.message = message};
	enum err e;

	*a = (struct args){0};
	a->operands = calloc((size_t)argc + 1, sizeof(*a->operands));
	a->values = calloc((size_t)argc + 1, sizeof(*a->values));
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
