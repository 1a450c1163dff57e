#include "ini.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "name.h"

#define LINE_MAX_BYTES 1000 /* iniparser's own limit is 1022 */

static const char blanks[] = " \t";
static const char word_bytes[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

/* One run over a file. */
struct check {
	struct ini *ini;
	const struct ini_rules *rules;
	const char *section; /* NULL before the first one */
	unsigned line;
};

/* ------------------------------------------------------------- messages */

void ini_say(char *message, const char *path, unsigned line, const char *fmt,
	     va_list args)
{
	size_t at;

	if (line == 0)
		(void)snprintf(message, CONF_MESSAGE_MAX, "%s: ", path);
	else
		(void)snprintf(message, CONF_MESSAGE_MAX, "%s:%u: ", path,
			       line);
	at = strlen(message);
	(void)vsnprintf(message + at, CONF_MESSAGE_MAX - at, fmt, args);
}

const char *ini_shown(const char *text, char out[INI_SHOWN_MAX])
{
	(void)name_escape(text, strlen(text), out, INI_SHOWN_MAX);
	return out;
}

PRINTF_LIKE(2, 3)
static enum err wrong(const struct check *k, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	ini_say(k->rules->message, k->rules->path, k->line, fmt, args);
	va_end(args);
	return ERR_FORMAT;
}

/* ------------------------------------------- known sections and keys */

/* The number of letters to change, add or drop to make a of b. */
static size_t distance(const char *a, const char *b)
{
	size_t row[INI_WORD_MAX + 1], m = strlen(a), n = strlen(b);

	if (m > INI_WORD_MAX || n > INI_WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; i <= m; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best =
				corner + (tolower((unsigned char)a[i - 1]) !=
					  tolower((unsigned char)b[j - 1]));

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

/* The better of two candidates for word; best may be NULL. */
static const char *nearer(const char *word, const char *best,
			  const char *candidate)
{
	size_t d = distance(word, candidate);

	if (d > 2 || d >= strlen(candidate))
		return best;
	return best == NULL || d < distance(word, best) ? candidate : best;
}

static enum err check_section_known(const struct check *k, const char *name)
{
	const char *near = NULL;
	char text[INI_SHOWN_MAX];

	for (size_t i = 0; i < k->rules->count; i++) {
		if (strcasecmp(k->rules->keys[i].section, name) == 0)
			return ERR_OK;
		near = nearer(name, near, k->rules->keys[i].section);
	}
	if (near == NULL)
		return wrong(k, "unknown section [%s]", ini_shown(name, text));
	return wrong(k, "unknown section [%s]: is it [%s]?",
		     ini_shown(name, text), near);
}

static enum err check_key_known(const struct check *k, const char *key)
{
	const char *near = NULL;
	char text[INI_SHOWN_MAX];

	for (size_t i = 0; i < k->rules->count; i++) {
		const struct conf_key *known = &k->rules->keys[i];

		if (strcasecmp(known->section, k->section) != 0)
			continue;
		if (known->key == NULL || strcasecmp(known->key, key) == 0)
			return ERR_OK;
		near = nearer(key, near, known->key);
	}
	if (near == NULL)
		return wrong(k, "unknown key \"%s\" in [%s]",
			     ini_shown(key, text), k->section);
	return wrong(k, "unknown key \"%s\" in [%s]: is it \"%s\"?",
		     ini_shown(key, text), k->section, near);
}

const struct ini_entry *ini_find(const struct ini *ini, const char *section,
				 const char *key)
{
	for (size_t i = 0; i < ini->count; i++) {
		const struct ini_entry *e = &ini->list[i];

		if (strcasecmp(e->section, section) == 0 &&
		    (key == NULL ? e->key == NULL
				 : e->key && strcasecmp(e->key, key) == 0))
			return e;
	}
	return NULL;
}

static enum err append(struct ini *ini, struct ini_entry e)
{
	if (ini->count == ini->room) {
		size_t room = ini->room == 0 ? 32 : 2 * ini->room;
		struct ini_entry *more =
			reallocarray(ini->list, room, sizeof(e));

		if (more == NULL)
			return ERR_MEMORY;
		ini->list = more;
		ini->room = room;
	}
	ini->list[ini->count++] = e;
	return ERR_OK;
}

/* ------------------------------------------------------------ the lines */

/* Cuts blanks off both ends, in place. */
static char *strip(char *text)
{
	size_t len;

	text += strspn(text, blanks);
	len = strlen(text);
	while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	return text;
}

static enum err check_word(const struct check *k, const char *what,
			   const char *word)
{
	char text[INI_SHOWN_MAX];

	if (word[0] == '\0')
		return wrong(k, "%s without a name", what);
	if (word[strspn(word, word_bytes)] != '\0' ||
	    strlen(word) > INI_WORD_MAX)
		return wrong(k, "\"%s\" is not a name for a %s",
			     ini_shown(word, text), what);
	return ERR_OK;
}

static enum err check_section(struct check *k, char *line)
{
	size_t len = strlen(line);
	const struct ini_entry *twin;
	char *name;
	enum err e;

	if (line[len - 1] != ']')
		return wrong(k, "a [section] line must end with \"]\"");
	line[len - 1] = '\0';
	name = strip(line + 1);
	if ((e = check_word(k, "section", name)) ||
	    (e = check_section_known(k, name)))
		return e;
	twin = ini_find(k->ini, name, NULL);
	if (twin != NULL)
		return wrong(k, "section [%s] is there already, on line %u",
			     name, twin->line);
	k->section = name;
	return append(k->ini, (struct ini_entry){name, NULL, NULL, k->line});
}

static enum err check_quoted(const struct check *k, char *text,
			     const char **value)
{
	char *end = strchr(text + 1, text[0]);
	const char *rest;

	if (end == NULL)
		return wrong(k, "the quote is not closed");
	rest = end + 1 + strspn(end + 1, blanks);
	if (*rest != '\0' && *rest != ';' && *rest != '#')
		return wrong(k, "text behind the closing quote");
	*end = '\0';
	*value = text + 1;
	return ERR_OK;
}

static enum err check_bare(const struct check *k, char *text,
			   const char **value)
{
	size_t len = strcspn(text, ";#");

	if (text[len] != '\0' && len > 0 &&
	    strchr(blanks, text[len - 1]) == NULL)
		return wrong(k,
			     "\"%c\" within a value: put the value in quotes",
			     text[len]);
	text[len] = '\0';
	*value = strip(text);
	if (**value == '\0')
		return wrong(k, "no value (write \"\" for an empty one)");
	return ERR_OK;
}

static enum err check_pair(struct check *k, char *line)
{
	char *equals = strchr(line, '=');
	const struct ini_entry *twin;
	const char *value = "";
	char *key, *text;
	enum err e;

	if (equals == NULL)
		return wrong(k, "neither [section] nor key = value");
	*equals = '\0';
	key = strip(line);
	text = strip(equals + 1);
	if (k->section == NULL)
		return wrong(k, "a key before the first [section]");
	if ((e = check_word(k, "key", key)) || (e = check_key_known(k, key)))
		return e;
	twin = ini_find(k->ini, k->section, key);
	if (twin != NULL)
		return wrong(k, "key \"%s\" is there already, on line %u", key,
			     twin->line);
	if (text[0] == '"' || text[0] == '\'')
		e = check_quoted(k, text, &value);
	else
		e = check_bare(k, text, &value);
	if (e)
		return e;
	return append(k->ini,
		      (struct ini_entry){k->section, key, value, k->line});
}

/* A line of len bytes with a NUL behind. */
static enum err check_line(struct check *k, char *line, size_t len)
{
	if (memchr(line, '\0', len) != NULL)
		return wrong(k, "a NUL byte");
	if (len > LINE_MAX_BYTES)
		return wrong(k, "longer than %d bytes", LINE_MAX_BYTES);
	if (len > 0 && line[len - 1] == '\r')
		line[len - 1] = '\0';
	line = strip(line);
	len = strlen(line);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return wrong(k, "a control character");
	}
	if (len > 0 && line[len - 1] == '\\')
		return wrong(k, "a backslash at the end of a line");
	if (len == 0 || line[0] == '#' || line[0] == ';')
		return ERR_OK;
	return line[0] == '[' ? check_section(k, line) : check_pair(k, line);
}

enum err ini_read(struct ini *ini, const struct ini_rules *rules, char *text,
		  size_t len, unsigned line)
{
	struct check k = {ini, rules, NULL, line};
	enum err e;

	for (; len > 0; k.line++) {
		char *end = memchr(text, '\n', len);
		size_t size = end == NULL ? len : (size_t)(end - text);
		size_t step = end == NULL ? len : size + 1;

		text[size] = '\0';
		if ((e = check_line(&k, text, size)))
			return e;
		text += step;
		len -= step;
	}
	return ERR_OK;
}
