#include "script.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 1000000L

bool script_number(const char *text, long min, long max, long *out)
{
	const char *digits = *text == '-' ? text + 1 : text;
	char *end;
	long n;

	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return false;
	*out = n;
	return true;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, tolower(c));

	return at == NULL ? -1 : (int)(at - digits);
}

/* What stands after a backslash at *from becomes a byte at *to. */
static bool unescape_one(const char **from, char *to)
{
	static const char names[] = "rnteabs\\";
	static const char bytes[] = "\r\n\t\x1b\a\b \\";
	const char *f = *from;
	const char *at = *f == '\0' ? NULL : strchr(names, *f);
	int high;
	int low;

	if (at != NULL) {
		*to = bytes[at - names];
		*from = f + 1;
		return true;
	}
	high = *f == 'x' ? hex_digit(f[1]) : -1;
	low = high < 0 ? -1 : hex_digit(f[2]);
	if (low < 0)
		return false;
	*to = (char)(high << 4 | low);
	*from = f + 3;
	return true;
}

/* Sets s->bytes, which has room for the text. */
static bool unescape(struct step *s, const char *text)
{
	char *to = s->bytes;

	while (*text != '\0') {
		if (*text != '\\') {
			*to++ = *text++;
			continue;
		}
		text++;
		if (!unescape_one(&text, to++))
			return false;
	}
	*to = '\0';
	s->len = (size_t)(to - s->bytes);
	return true;
}

static bool read_key(struct step *s, const char *text)
{
	int c = toupper((unsigned char)text[0]);

	if (strlen(text) != 1 || c < '?' || c > '_')
		return false;
	s->bytes[0] = (char)(c == '?' ? 0x7f : c & 0x1f);
	s->len = 1;
	return true;
}

/* Cuts the first word off: returns what follows its blank. */
static char *cut(char *text)
{
	char *end = text + strcspn(text, " \t");

	if (*end != '\0')
		*end++ = '\0';
	return end;
}

static bool read_args(struct step *s, char *text)
{
	char *rest;

	switch (s->verb->args) {
	case ARGS_NONE:
		return *text == '\0';
	case ARGS_TEXT:
		return unescape(s, text) && s->len > 0;
	case ARGS_KEY:
		return read_key(s, text);
	case ARGS_COMMAND:
		s->len = strlen(text);
		memcpy(s->bytes, text, s->len + 1);
		return s->len > 0;
	case ARGS_NUMBER:
		return script_number(text, 0, NUMBER_MAX, s->number);
	case ARGS_SIZE:
		rest = cut(text);
		return script_number(text, 1, NUMBER_MAX, s->number) &&
		       script_number(rest, 1, NUMBER_MAX, s->number + 1);
	case ARGS_ROW:
		rest = cut(text);
		return script_number(text, -NUMBER_MAX, NUMBER_MAX,
				     s->number) &&
		       unescape(s, rest);
	case ARGS_STATUS:
		rest = cut(text);
		s->number[1] = strcmp(text, "signal") == 0;
		return script_number(s->number[1] ? rest : text, 0, 255,
				     s->number) &&
		       (s->number[1] || *rest == '\0');
	}
	return false;
}

static char *copy(const char *text)
{
	char *new = strdup(text);

	if (new == NULL)
		err(2, "memory");
	return new;
}

static void read_step(struct step *s, char *text, const struct verb *verbs,
		      size_t count)
{
	char *rest;
	size_t i = 0;

	s->said = copy(text);
	s->bytes = copy(text);
	s->bytes[0] = '\0';
	rest = cut(text);
	while (i < count && strcmp(verbs[i].name, text) != 0)
		i++;
	if (i == count)
		errx(2, "line %u: %s: no such step", s->line, text);
	s->verb = verbs + i;
	if (!read_args(s, rest))
		errx(2, "line %u: %s: not what may follow %s", s->line, s->said,
		     s->verb->name);
}

void script_read(struct script *s, FILE *in, const struct verb *verbs,
		 size_t count)
{
	unsigned number = 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	*s = (struct script){0};
	while ((len = getline(&line, &room, in)) >= 0) {
		char *text = line + strspn(line, " \t");

		number++;
		while (len > 0 && isspace((unsigned char)line[len - 1]))
			line[--len] = '\0';
		if (text >= line + len || *text == '#')
			continue;
		s->steps =
			realloc(s->steps, (s->count + 1) * sizeof(*s->steps));
		if (s->steps == NULL)
			err(2, "memory");
		s->steps[s->count] = (struct step){.line = number};
		read_step(&s->steps[s->count++], text, verbs, count);
	}
	if (ferror(in))
		err(2, "the script");
	free(line);
}

void script_release(struct script *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->steps[i].said);
		free(s->steps[i].bytes);
	}
	free(s->steps);
}
