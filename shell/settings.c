#include "settings.h"

#include "conf.h"
#include "name.h"
#include "num.h"
#include "pace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES (1u << 20)
#define SHOWN_MAX 80
#define WORDS_MAX 4 /* one more than any line may have */
#define SYSTEM_PATH "/etc/dfs/dfc.conf"
#define OWN_NAME "dfc.conf"

static const char blanks[] = " \t\r";

static const struct conf_key known[] = {
	{"servers", NULL},  {"client", "require"}, {"client", "digest"},
	{"client", "jobs"}, {"client", "bwlimit"}, {"client", "key"},
};
/* After classic lines [client] alone may follow. */
#define KNOWN_CLASSIC (&known[1])
#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

/* One run over a file. */
struct reading {
	struct settings *settings;
	const char *path;
	char *text;
	size_t len;
	unsigned line;
	unsigned lines[LAYOUT_MAX]; /* where each server stands */
	char *message;
};

PRINTF_LIKE(2, 3)
static enum err wrong(const struct reading *r, const char *fmt, ...)
{
	int n = r->line ? snprintf(r->message, SETTINGS_MESSAGE_MAX,
				   "%s:%u: ", r->path, r->line)
			: snprintf(r->message, SETTINGS_MESSAGE_MAX,
				   "%s: ", r->path);
	va_list args;

	if (n < 0 || n >= SETTINGS_MESSAGE_MAX)
		return ERR_FORMAT;
	va_start(args, fmt);
	vsnprintf(r->message + n, SETTINGS_MESSAGE_MAX - (size_t)n, fmt, args);
	va_end(args);
	return ERR_FORMAT;
}

static enum err failed(const struct reading *r, enum err e)
{
	snprintf(r->message, SETTINGS_MESSAGE_MAX, "%s: %s", r->path,
		 err_text(e));
	return e;
}

static const char *shown(const char *text, char out[SHOWN_MAX])
{
	name_escape(text, strlen(text), out, SHOWN_MAX);
	return out;
}

/* Servers */

static bool same_address(const struct addr *a, const struct addr *b)
{
	return a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

static bool is_server_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._";

	return name[0] != '\0' && name[strspn(name, allowed)] == '\0';
}

static enum err add_server(struct reading *r, const char *name,
			   const char *address)
{
	struct settings *s = r->settings;
	struct settings_server *n = &s->servers[s->count];
	char text[SHOWN_MAX];
	enum err e;

	if (s->count == LAYOUT_MAX)
		return wrong(r, "more than %d servers", LAYOUT_MAX);
	if (!is_server_name(name) || strlen(name) >= sizeof(n->name))
		return wrong(r,
			     "%s: not a server name (1 to %d letters, digits, "
			     "'-', '.', '_')",
			     shown(name, text), SETTINGS_NAME_MAX - 1);
	e = addr_parse(address, &n->addr);
	if (e == ERR_RANGE)
		return wrong(r, "%s: the port is not 1 to 65535",
			     shown(address, text));
	if (e)
		return wrong(r, "%s: not HOST:PORT", shown(address, text));
	memcpy(n->name, name, strlen(name) + 1);
	for (unsigned i = 0; i < s->count; i++) {
		if (strcasecmp(s->servers[i].name, name) == 0)
			return wrong(r, "server %s is in line %u already", name,
				     r->lines[i]);
		if (same_address(&s->servers[i].addr, &n->addr))
			return wrong(r, "%s is the address in line %u already",
				     shown(address, text), r->lines[i]);
	}
	r->lines[s->count++] = r->line;
	return ERR_OK;
}

/* Classic form */

/* Cuts text at blanks, up to a comment; returns how many words there are, at
 * most WORDS_MAX. */
static unsigned cut_words(char *text, char *words[WORDS_MAX])
{
	unsigned n = 0;

	for (; n < WORDS_MAX; n++) {
		text += strspn(text, blanks);
		if (*text == '\0' || *text == '#')
			break;
		words[n] = text;
		text += strcspn(text, blanks);
		if (*text)
			*text++ = '\0';
	}
	return n;
}

static enum err classic_line(struct reading *r, char *text)
{
	char *words[WORDS_MAX];
	char out[SHOWN_MAX];
	unsigned n = cut_words(text, words);

	if (n == 0)
		return ERR_OK;
	if (strcmp(words[0], "server") != 0)
		return wrong(r, "%s: unknown word (server NAME HOST:PORT)",
			     shown(words[0], out));
	if (n != 3)
		return wrong(r, "not of the form: server NAME HOST:PORT");
	return add_server(r, words[1], words[2]);
}

/* The next line of the text as a string of its own; NULL at the end.  *at
 * moves behind it. */
static char *next_line(struct reading *r, size_t *at)
{
	char *line = r->text + *at;
	char *end;

	if (*at >= r->len)
		return NULL;
	end = memchr(line, '\n', r->len - *at);
	if (!end)
		end = r->text + r->len; /* a NUL is there */
	*end = '\0';
	*at = (size_t)(end - r->text) + 1;
	r->line++;
	return line;
}

/* The lines up to the first section; *rest is that one's line, or 0. */
static enum err read_classic(struct reading *r, unsigned *rest)
{
	size_t at = 0;
	size_t begin = 0;
	char *line;

	*rest = 0;
	while ((line = next_line(r, &at))) {
		size_t len = at - 1 - begin;
		enum err e;

		begin = at;
		if (strlen(line) < len)
			return wrong(r, "a NUL byte");
		if (len > SETTINGS_LINE_MAX)
			return wrong(r, "longer than %d bytes",
				     SETTINGS_LINE_MAX);
		if (line[strspn(line, blanks)] == '[') {
			*rest = r->line;
			return ERR_OK;
		}
		e = classic_line(r, line);
		if (e)
			return e;
	}
	return ERR_OK;
}

/* Is the first word of any line `server`?  (`server = ...` is a key.) */
static bool is_classic(const struct reading *r)
{
	const char *p = r->text;
	const char *end = r->text + r->len;

	while (p < end) {
		const char *next = memchr(p, '\n', (size_t)(end - p));
		size_t skip = strspn(p, blanks);

		if (strncmp(p + skip, "server", 6) == 0 &&
		    (p[skip + 6] == ' ' || p[skip + 6] == '\t')) {
			p += skip + 6;
			if (p[strspn(p, blanks)] != '=')
				return true;
		}
		if (!next)
			break;
		p = next + 1;
	}
	return false;
}

/* INI form */

static enum err wrong_value(struct reading *r, const struct conf *c,
			    const char *key, const char *wanted)
{
	char text[SHOWN_MAX];

	r->line = conf_line(c, "client", key);
	return wrong(r, "%s = %s: must be %s", key,
		     shown(conf_text(c, "client", key), text), wanted);
}

static enum err read_client(struct reading *r, const struct conf *c)
{
	struct settings *s = r->settings;
	const char *require = conf_text(c, "client", "require");
	const char *digest = conf_text(c, "client", "digest");
	const char *bwlimit = conf_text(c, "client", "bwlimit");
	const char *key = conf_text(c, "client", "key");

	if (require) {
		s->require_all = strcmp(require, "all") == 0;
		if (!s->require_all && strcmp(require, "majority") != 0)
			return wrong_value(r, c, "require", "majority or all");
	}
	if (digest) {
		int alg = digest_from_name(digest);

		if (alg == 0)
			return wrong_value(r, c, "digest", "xxh3 or sha256");
		s->digest = (enum digest_alg)alg;
	}
	if (bwlimit && pace_parse(bwlimit, &s->bwlimit))
		return wrong_value(r, c, "bwlimit", "0, or 64k to 1024G");
	if (key && (*key == '\0' || strlen(key) >= sizeof(s->key)))
		return wrong_value(r, c, "key", "the path of a file");
	if (key)
		memcpy(s->key, key, strlen(key) + 1);
	return conf_u64(c, "client", "jobs", 1, SETTINGS_JOBS_MAX, &s->jobs,
			r->message);
}

static enum err read_servers(struct reading *r, const struct conf *c)
{
	const char *name;

	for (size_t i = 0; (name = conf_next(c, "servers", i)); i++) {
		enum err e;

		r->line = conf_line(c, "servers", name);
		e = add_server(r, name, conf_text(c, "servers", name));
		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err read_ini(struct reading *r, unsigned first_line, bool classic)
{
	struct conf *c;
	enum err e =
		conf_open(r->path, first_line, classic ? KNOWN_CLASSIC : known,
			  KNOWN_COUNT - classic, &c, r->message);

	if (e)
		return e;
	if (!classic)
		e = read_servers(r, c);
	if (!e)
		e = read_client(r, c);
	conf_free(c);
	return e;
}

/* Files */

static enum err slurp(struct reading *r, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return ERR_SYS;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return ERR_SYS;
	}
	if (!S_ISREG(st.st_mode))
		return wrong(r, "not a regular file");
	if (st.st_size > FILE_MAX_BYTES)
		return wrong(r, "larger than 1 MiB");
	r->text = calloc(1, (size_t)st.st_size + 1);
	if (!r->text)
		return ERR_MEMORY;
	while (r->len < (size_t)st.st_size) {
		ssize_t n =
			read(fd, r->text + r->len, (size_t)st.st_size - r->len);

		if (n < 0 && errno != EINTR)
			return ERR_SYS;
		if (n == 0)
			break;
		if (n > 0)
			r->len += (size_t)n;
	}
	return ERR_OK;
}

static enum err parse(struct reading *r)
{
	bool classic = is_classic(r);
	unsigned rest = 1;
	enum err e = classic ? read_classic(r, &rest) : ERR_OK;

	if (!e && rest)
		e = read_ini(r, rest, classic);
	r->line = 0;
	if (!e && r->settings->count == 0)
		e = wrong(r, "no servers (server NAME HOST:PORT)");
	return e;
}

enum err settings_read(struct settings *s, const char *path,
		       char message[SETTINGS_MESSAGE_MAX])
{
	struct reading r = {.settings = s, .path = path, .message = message};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum err e;

	settings_default(s);
	s->count = 0;
	message[0] = '\0';
	if (fd < 0)
		return failed(&r, ERR_SYS);
	snprintf(s->path, sizeof(s->path), "%s", path);
	e = slurp(&r, fd);
	if (e && !message[0])
		failed(&r, e);
	if (!e)
		e = parse(&r);
	close(fd);
	free(r.text);
	return e;
}

void settings_default(struct settings *s)
{
	*s = (struct settings){.count = 4, .digest = DIGEST_XXH3, .jobs = 64};
	for (unsigned i = 0; i < s->count; i++) {
		struct settings_server *n = &s->servers[i];

		snprintf(n->name, sizeof(n->name), "dfs%u", i + 1);
		snprintf(n->addr.host, sizeof(n->addr.host), "127.0.0.1");
		n->addr.port = (uint16_t)(10001 + i);
	}
}

/* Where to look */

/* Others could put another file, or link, there at any time. */
static bool is_open_to_others(const char *directory)
{
	struct stat st;

	if (stat(directory, &st))
		return true;
	/* Where it is sticky, nobody else can remove what is ours. */
	return (st.st_uid != geteuid() && st.st_uid != 0) ||
	       ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX));
}

/* ./dfc.conf counts only where nobody else can have put it, nor can put
 * another there before it is read. */
static bool is_own(const char *path, char warn[SETTINGS_MESSAGE_MAX])
{
	struct stat at, st;

	if (lstat(path, &at) || stat(path, &st))
		return false;
	if (at.st_uid == geteuid() && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IWGRP | S_IWOTH)) && !is_open_to_others("."))
		return true;
	snprintf(warn, SETTINGS_MESSAGE_MAX,
		 "%s: not read: it is another user's, or others can write to "
		 "it or to its directory",
		 path);
	return false;
}

static bool home_path(char path[4096])
{
	const char *home = getenv("HOME");
	int n;

	if (!home || !*home)
		return false;
	n = snprintf(path, 4096, "%s/%s", home, OWN_NAME);
	return n < 4096 && access(path, F_OK) == 0;
}

enum err settings_find(struct settings *s, const char *given,
		       char message[SETTINGS_MESSAGE_MAX],
		       char warn[SETTINGS_MESSAGE_MAX])
{
	const char *env = getenv("DFC_CONF");
	char path[4096];

	warn[0] = '\0';
	if (given)
		return settings_read(s, given, message);
	if (env && *env)
		return settings_read(s, env, message);
	if (home_path(path))
		return settings_read(s, path, message);
	if (is_own("./" OWN_NAME, warn))
		return settings_read(s, "./" OWN_NAME, message);
	if (access(SYSTEM_PATH, F_OK) == 0)
		return settings_read(s, SYSTEM_PATH, message);
	settings_default(s);
	return ERR_OK;
}
