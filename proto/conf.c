/*
 * The whole file is read once.  Its lines are checked here, so that whatever
 * iniparser would guess at, cut or drop never reaches it; then the same
 * bytes, in a memory file, are parsed by iniparser, whose values must be
 * those that the check expects.  A value is
 *
 *   bare       up to the end of line or a comment; blanks around it go.
 *              ; and # begin a comment behind a blank only: elsewhere
 *              iniparser would cut the value in the middle.
 *   quoted     "..." or '...', without that quote inside; a comment may
 *              follow.  The only way to say an empty value.
 *
 * A backslash at the end of a line would join it with the next one, comments
 * included, and is refused.
 */
#include "conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <iniparser/iniparser.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "name.h"
#include "num.h"

#define FILE_MAX_BYTES (1u << 20)
#define LINE_MAX_BYTES 1000 /* iniparser's own limit is 1022 */
#define WORD_MAX 64	    /* bytes of a key or a section */
#define SHOWN_MAX 100	    /* bytes of a file's text in a message, with NUL */

static const char blanks[] = " \t";
static const char word_bytes[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

/* A section's own line has no key.  All texts lie in conf.text. */
struct entry {
	const char *section;
	const char *key;
	const char *value;
	unsigned line;
};

struct conf {
	char *path;
	char *text; /* the file, cut into strings by the check */
	size_t len;
	dictionary *values;
	struct entry *entries;
	size_t count;
	size_t room;
};

/* One run over a file. */
struct check {
	struct conf *conf;
	const struct conf_key *keys;
	size_t count;
	const char *section; /* NULL before the first one */
	unsigned line;
	char *message;
};

/* ------------------------------------------------------------- messages */

/* "FILE:LINE: " or, with line 0, "FILE: ", and the text. */
PRINTF_LIKE(4, 0)
static void say(char *message, const char *path, unsigned line, const char *fmt,
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

PRINTF_LIKE(2, 3)
static enum err wrong(const struct check *k, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(k->message, k->conf->path, k->line, fmt, args);
	va_end(args);
	return ERR_FORMAT;
}

/* A failure of the system or of memory, not of the file's text. */
static enum err failed(const char *path, enum err e, char *message)
{
	int saved = errno;

	(void)snprintf(message, CONF_MESSAGE_MAX, "%s: %s", path, err_text(e));
	errno = saved;
	return e;
}

/* text, made fit for a message. */
static const char *shown(const char *text, char out[SHOWN_MAX])
{
	(void)name_escape(text, strlen(text), out, SHOWN_MAX);
	return out;
}

/* ------------------------------------------- known sections and keys */

/* The number of letters to change, add or drop to make a of b. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], m = strlen(a), n = strlen(b);

	if (m > WORD_MAX || n > WORD_MAX)
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
	char text[SHOWN_MAX];

	for (size_t i = 0; i < k->count; i++) {
		if (strcasecmp(k->keys[i].section, name) == 0)
			return ERR_OK;
		near = nearer(name, near, k->keys[i].section);
	}
	if (near == NULL)
		return wrong(k, "unknown section [%s]", shown(name, text));
	return wrong(k, "unknown section [%s]: is it [%s]?", shown(name, text),
		     near);
}

static enum err check_key_known(const struct check *k, const char *key)
{
	const char *near = NULL;
	char text[SHOWN_MAX];

	for (size_t i = 0; i < k->count; i++) {
		const struct conf_key *known = &k->keys[i];

		if (strcasecmp(known->section, k->section) != 0)
			continue;
		if (known->key == NULL || strcasecmp(known->key, key) == 0)
			return ERR_OK;
		near = nearer(key, near, known->key);
	}
	if (near == NULL)
		return wrong(k, "unknown key \"%s\" in [%s]", shown(key, text),
			     k->section);
	return wrong(k, "unknown key \"%s\" in [%s]: is it \"%s\"?",
		     shown(key, text), k->section, near);
}

/* key NULL: the section's own line. */
static const struct entry *find(const struct conf *c, const char *section,
				const char *key)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct entry *e = &c->entries[i];

		if (strcasecmp(e->section, section) == 0 &&
		    (key == NULL ? e->key == NULL
				 : e->key && strcasecmp(e->key, key) == 0))
			return e;
	}
	return NULL;
}

static enum err append(struct conf *c, struct entry e)
{
	if (c->count == c->room) {
		size_t room = c->room == 0 ? 32 : 2 * c->room;
		struct entry *more = reallocarray(c->entries, room, sizeof(e));

		if (more == NULL)
			return ERR_MEMORY;
		c->entries = more;
		c->room = room;
	}
	c->entries[c->count++] = e;
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
	char text[SHOWN_MAX];

	if (word[0] == '\0')
		return wrong(k, "%s without a name", what);
	if (word[strspn(word, word_bytes)] != '\0' || strlen(word) > WORD_MAX)
		return wrong(k, "\"%s\" is not a name for a %s",
			     shown(word, text), what);
	return ERR_OK;
}

static enum err check_section(struct check *k, char *line)
{
	size_t len = strlen(line);
	const struct entry *twin;
	char *name;
	enum err e;

	if (line[len - 1] != ']')
		return wrong(k, "a [section] line must end with \"]\"");
	line[len - 1] = '\0';
	name = strip(line + 1);
	if ((e = check_word(k, "section", name)) ||
	    (e = check_section_known(k, name)))
		return e;
	twin = find(k->conf, name, NULL);
	if (twin != NULL)
		return wrong(k, "section [%s] is there already, on line %u",
			     name, twin->line);
	k->section = name;
	return append(k->conf, (struct entry){name, NULL, NULL, k->line});
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
	const struct entry *twin;
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
	twin = find(k->conf, k->section, key);
	if (twin != NULL)
		return wrong(k, "key \"%s\" is there already, on line %u", key,
			     twin->line);
	if (text[0] == '"' || text[0] == '\'')
		e = check_quoted(k, text, &value);
	else
		e = check_bare(k, text, &value);
	if (e)
		return e;
	return append(k->conf, (struct entry){k->section, key, value, k->line});
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

/* Checks text, which begins on k->line, and cuts it into strings. */
static enum err check_lines(struct check *k, char *text, size_t len)
{
	enum err e;

	for (; len > 0; k->line++) {
		char *end = memchr(text, '\n', len);
		size_t line = end == NULL ? len : (size_t)(end - text);
		size_t step = end == NULL ? len : line + 1;

		text[line] = '\0';
		if ((e = check_line(k, text, line)))
			return e;
		text += step;
		len -= step;
	}
	return ERR_OK;
}

/* -------------------------------------------------------- reading, parsing */

/* The whole of fd, with a NUL behind, as c->text. */
static enum err read_all(int fd, struct conf *c)
{
	size_t room = 0;

	for (;;) {
		ssize_t n;

		if (room - c->len < 2) {
			char *more;

			room = room == 0 ? 4096 : 2 * room;
			if (room > 2 * FILE_MAX_BYTES)
				return ERR_LIMIT;
			more = realloc(c->text, room);
			if (more == NULL)
				return ERR_MEMORY;
			c->text = more;
		}
		n = read(fd, c->text + c->len, room - c->len - 1);
		if (n < 0 && errno != EINTR)
			return ERR_SYS;
		if (n == 0)
			break;
		if (n > 0)
			c->len += (size_t)n;
	}
	c->text[c->len] = '\0';
	return c->len > FILE_MAX_BYTES ? ERR_LIMIT : ERR_OK;
}

static enum err read_file(const char *path, struct conf *c)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int saved;
	enum err e;

	if (fd < 0)
		return ERR_SYS;
	e = read_all(fd, c);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return e;
}

/* Offset of line number n in c->text; its end when there are fewer lines. */
static size_t line_offset(const struct conf *c, unsigned n)
{
	size_t at = 0;

	while (n > 1 && at < c->len) {
		const char *end = memchr(c->text + at, '\n', c->len - at);

		at = end == NULL ? c->len : (size_t)(end - c->text) + 1;
		n--;
	}
	return at;
}

/* A memory file with these bytes; -1 and errno. */
static int memory_file(const char *data, size_t len)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	size_t done = 0;

	if (fd < 0)
		return -1;
	while (done < len) {
		ssize_t n = write(fd, data + done, len - done);

		if (n < 0 && errno != EINTR) {
			(void)close(fd);
			return -1;
		}
		if (n > 0)
			done += (size_t)n;
	}
	return fd;
}

/* What iniparser has to say goes to nobody: the check has said it better. */
PRINTF_LIKE(1, 2)
static int quiet(const char *fmt, ...)
{
	(void)fmt;
	return 0;
}

static dictionary *parse(int fd)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	iniparser_set_error_callback(quiet);
	return iniparser_load(path);
}

/* Replaces the values that the check expects by those of iniparser. */
static enum err take_values(struct check *k)
{
	char name[2 * WORD_MAX + 2];

	for (size_t i = 0; i < k->conf->count; i++) {
		struct entry *e = &k->conf->entries[i];
		const char *value;

		if (e->key == NULL)
			continue;
		(void)snprintf(name, sizeof(name), "%s:%s", e->section, e->key);
		value = iniparser_getstring(k->conf->values, name, NULL);
		k->line = e->line;
		if (value == NULL || strcmp(value, e->value) != 0)
			return wrong(k, "a value that cannot be read safely");
		e->value = value;
	}
	return ERR_OK;
}

/* Check first, then iniparser, over the same bytes. */
static enum err load(struct check *k, unsigned first_line)
{
	struct conf *c = k->conf;
	size_t at = line_offset(c, first_line);
	int fd = memory_file(c->text + at, c->len - at);
	enum err e;

	if (fd < 0)
		return failed(c->path, ERR_SYS, k->message);
	k->line = first_line;
	e = check_lines(k, c->text + at, c->len - at);
	if (e == ERR_MEMORY)
		(void)failed(c->path, e, k->message);
	if (e == ERR_OK) {
		c->values = parse(fd);
		if (c->values == NULL)
			e = failed(c->path, ERR_MEMORY, k->message);
		else
			e = take_values(k);
	}
	(void)close(fd);
	return e;
}

enum err conf_open(const char *path, unsigned first_line,
		   const struct conf_key *keys, size_t count, struct conf **out,
		   char message[CONF_MESSAGE_MAX])
{
	struct conf *c = calloc(1, sizeof(*c));
	struct check k = {c, keys, count, NULL, 0, message};
	enum err e;

	if (c == NULL || (c->path = strdup(path)) == NULL) {
		free(c);
		return failed(path, ERR_MEMORY, message);
	}
	e = read_file(path, c);
	if (e == ERR_LIMIT)
		e = wrong(&k, "larger than %u bytes", FILE_MAX_BYTES);
	else if (e)
		e = failed(path, e, message);
	else
		e = load(&k, first_line == 0 ? 1 : first_line);
	if (e) {
		int saved = errno;

		conf_free(c);
		errno = saved;
		return e;
	}
	*out = c;
	return ERR_OK;
}

void conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	if (c->values != NULL)
		iniparser_freedict(c->values);
	free(c->entries);
	free(c->text);
	free(c->path);
	free(c);
}

/* --------------------------------------------------------------- values */

const char *conf_text(const struct conf *c, const char *section,
		      const char *key)
{
	const struct entry *e = find(c, section, key);

	return e == NULL ? NULL : e->value;
}

unsigned conf_line(const struct conf *c, const char *section, const char *key)
{
	const struct entry *e = find(c, section, key);

	return e == NULL ? 0 : e->line;
}

const char *conf_path(const struct conf *c)
{
	return c->path;
}

const char *conf_next(const struct conf *c, const char *section, size_t i)
{
	for (size_t j = 0; j < c->count; j++) {
		const struct entry *e = &c->entries[j];

		if (e->key == NULL || strcasecmp(e->section, section) != 0)
			continue;
		if (i-- == 0)
			return e->key;
	}
	return NULL;
}

PRINTF_LIKE(4, 5)
static void bad_value(const struct conf *c, const struct entry *e,
		      char *message, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(message, c->path, e->line, fmt, args);
	va_end(args);
}

/* A kind of number, and how messages speak of it. */
struct number {
	enum err (*parse)(const char *text, uint64_t min, uint64_t max,
			  uint64_t *v);
	const char *form;
	const char *unit;
	uint64_t min;
	uint64_t max;
};

static enum err take_number(const struct conf *c, const struct entry *e,
			    struct number n, uint64_t *v, char *message)
{
	char text[SHOWN_MAX];
	enum err rc;

	if (e == NULL)
		return ERR_OK;
	rc = n.parse(e->value, n.min, n.max, v);
	if (rc == ERR_RANGE)
		bad_value(c, e, message,
			  "%s: \"%s\" is not within %ju to %ju%s", e->key,
			  shown(e->value, text), (uintmax_t)n.min,
			  (uintmax_t)n.max, n.unit);
	else if (rc)
		bad_value(c, e, message, "%s: \"%s\" is not a number%s", e->key,
			  shown(e->value, text), n.form);
	return rc;
}

enum err conf_u64(const struct conf *c, const char *section, const char *key,
		  uint64_t min, uint64_t max, uint64_t *v,
		  char message[CONF_MESSAGE_MAX])
{
	struct number n = {num_u64, "", "", min, max};

	return take_number(c, find(c, section, key), n, v, message);
}

enum err conf_bytes(const struct conf *c, const char *section, const char *key,
		    uint64_t min, uint64_t max, uint64_t *v,
		    char message[CONF_MESSAGE_MAX])
{
	struct number n = {num_bytes, " of bytes, KiB, MiB, GiB or TiB",
			   " bytes", min, max};

	return take_number(c, find(c, section, key), n, v, message);
}

enum err conf_seconds(const struct conf *c, const char *section,
		      const char *key, uint64_t min, uint64_t max, uint64_t *v,
		      char message[CONF_MESSAGE_MAX])
{
	struct number n = {num_seconds, " of seconds, or one with s, m, h or d",
			   " seconds", min, max};

	return take_number(c, find(c, section, key), n, v, message);
}

enum err conf_bool(const struct conf *c, const char *section, const char *key,
		   bool *v, char message[CONF_MESSAGE_MAX])
{
	static const char *const words[] = {"no",   "yes", "false",
					    "true", "off", "on"};
	const struct entry *e = find(c, section, key);
	char text[SHOWN_MAX];

	if (e == NULL)
		return ERR_OK;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], e->value) == 0) {
			*v = i % 2 == 1;
			return ERR_OK;
		}
	}
	bad_value(c, e, message, "%s: \"%s\" is neither yes nor no", e->key,
		  shown(e->value, text));
	return ERR_FORMAT;
}
