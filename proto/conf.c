/*
 * The whole file is read once.  Its lines are checked by ini.c; then the same
 * bytes, in a memory file, are parsed by iniparser, whose values must be
 * those that the check expects.
 */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <iniparser/iniparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ini.h"
#include "num.h"

#define FILE_MAX_BYTES (1u << 20)

struct conf {
	char *path;
	char *text; /* the file, cut into strings by the check */
	size_t len;
	struct ini ini;
	dictionary *values;
};

PRINTF_LIKE(4, 5)
static void complain(const char *path, unsigned line, char *message,
		     const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	ini_say(message, path, line, fmt, args);
	va_end(args);
}

/* A failure of the system or of memory, not of the file's text. */
static enum err failed(const char *path, enum err e, char *message)
{
	int saved = errno;

	(void)snprintf(message, CONF_MESSAGE_MAX, "%s: %s", path, err_text(e));
	errno = saved;
	return e;
}

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
static enum err take_values(struct conf *c, char *message)
{
	char name[2 * INI_WORD_MAX + 2];

	for (size_t i = 0; i < c->ini.count; i++) {
		struct ini_entry *e = &c->ini.list[i];
		const char *value;

		if (e->key == NULL)
			continue;
		(void)snprintf(name, sizeof(name), "%s:%s", e->section, e->key);
		value = iniparser_getstring(c->values, name, NULL);
		if (value == NULL || strcmp(value, e->value) != 0) {
			complain(c->path, e->line, message,
				 "a value that cannot be read safely");
			return ERR_FORMAT;
		}
		e->value = value;
	}
	return ERR_OK;
}

/* Check first, then iniparser, over the same bytes. */
static enum err load(struct conf *c, const struct ini_rules *rules,
		     unsigned first_line)
{
	size_t at = line_offset(c, first_line);
	int fd = memory_file(c->text + at, c->len - at);
	enum err e;

	if (fd < 0)
		return failed(c->path, ERR_SYS, rules->message);
	e = ini_read(&c->ini, rules, c->text + at, c->len - at, first_line);
	if (e == ERR_OK && (c->values = parse(fd)) == NULL)
		e = ERR_MEMORY;
	(void)close(fd);
	if (e == ERR_MEMORY)
		return failed(c->path, e, rules->message);
	return e ? e : take_values(c, rules->message);
}

enum err conf_open(const char *path, unsigned first_line,
		   const struct conf_key *keys, size_t count, struct conf **out,
		   char message[CONF_MESSAGE_MAX])
{
	const struct ini_rules rules = {path, keys, count, message};
	struct conf *c = calloc(1, sizeof(*c));
	int saved;
	enum err e;

	if (c == NULL || (c->path = strdup(path)) == NULL) {
		free(c);
		return failed(path, ERR_MEMORY, message);
	}
	e = read_file(path, c);
	if (e == ERR_OK)
		e = load(c, &rules, first_line == 0 ? 1 : first_line);
	else if (e != ERR_LIMIT)
		e = failed(path, e, message);
	else
		complain(path, 0, message, "larger than %u bytes",
			 FILE_MAX_BYTES);
	if (e == ERR_OK) {
		*out = c;
		return ERR_OK;
	}
	saved = errno;
	conf_free(c);
	errno = saved;
	return e == ERR_LIMIT ? ERR_FORMAT : e;
}

void conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	if (c->values != NULL)
		iniparser_freedict(c->values);
	free(c->ini.list);
	free(c->text);
	free(c->path);
	free(c);
}

const char *conf_text(const struct conf *c, const char *section,
		      const char *key)
{
	const struct ini_entry *e = ini_find(&c->ini, section, key);

	return e == NULL ? NULL : e->value;
}

unsigned conf_line(const struct conf *c, const char *section, const char *key)
{
	const struct ini_entry *e = ini_find(&c->ini, section, key);

	return e == NULL ? 0 : e->line;
}

const char *conf_path(const struct conf *c)
{
	return c->path;
}

const char *conf_next(const struct conf *c, const char *section, size_t i)
{
	for (size_t j = 0; j < c->ini.count; j++) {
		const struct ini_entry *e = &c->ini.list[j];

		if (e->key == NULL || strcasecmp(e->section, section) != 0)
			continue;
		if (i-- == 0)
			return e->key;
	}
	return NULL;
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

static enum err take_number(const struct conf *c, const struct ini_entry *e,
			    struct number n, uint64_t *v, char *message)
{
	char text[INI_SHOWN_MAX];
	enum err rc;

	if (e == NULL)
		return ERR_OK;
	rc = n.parse(e->value, n.min, n.max, v);
	if (rc == ERR_RANGE)
		complain(c->path, e->line, message,
			 "%s: \"%s\" is not within %ju to %ju%s", e->key,
			 ini_shown(e->value, text), (uintmax_t)n.min,
			 (uintmax_t)n.max, n.unit);
	else if (rc)
		complain(c->path, e->line, message,
			 "%s: \"%s\" is not a number%s", e->key,
			 ini_shown(e->value, text), n.form);
	return rc;
}

enum err conf_u64(const struct conf *c, const char *section, const char *key,
		  uint64_t min, uint64_t max, uint64_t *v,
		  char message[CONF_MESSAGE_MAX])
{
	struct number n = {num_u64, "", "", min, max};

	return take_number(c, ini_find(&c->ini, section, key), n, v, message);
}

enum err conf_bytes(const struct conf *c, const char *section, const char *key,
		    uint64_t min, uint64_t max, uint64_t *v,
		    char message[CONF_MESSAGE_MAX])
{
	struct number n = {num_bytes, " of bytes, KiB, MiB, GiB or TiB",
			   " bytes", min, max};

	return take_number(c, ini_find(&c->ini, section, key), n, v, message);
}

enum err conf_seconds(const struct conf *c, const char *section,
		      const char *key, uint64_t min, uint64_t max, uint64_t *v,
		      char message[CONF_MESSAGE_MAX])
{
	struct number n = {num_seconds, " of seconds, or one with s, m, h or d",
			   " seconds", min, max};

	return take_number(c, ini_find(&c->ini, section, key), n, v, message);
}

enum err conf_bool(const struct conf *c, const char *section, const char *key,
		   bool *v, char message[CONF_MESSAGE_MAX])
{
	static const char *const words[] = {"no",   "yes", "false",
					    "true", "off", "on"};
	const struct ini_entry *e = ini_find(&c->ini, section, key);
	char text[INI_SHOWN_MAX];

	if (e == NULL)
		return ERR_OK;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], e->value) == 0) {
			*v = i % 2 == 1;
			return ERR_OK;
		}
	}
	complain(c->path, e->line, message, "%s: \"%s\" is neither yes nor no",
		 e->key, ini_shown(e->value, text));
	return ERR_FORMAT;
}
