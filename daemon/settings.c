#include "settings.h"

#include <getopt.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"
#include "conf.h"
#include "num.h"

enum kind {
	KIND_COUNT,
	KIND_BYTES, /* or auto: UINT64_MAX */
	KIND_SECONDS,
	KIND_BOOL,
	KIND_LEVEL,
	KIND_TEXT,
	KIND_LISTEN,
};

struct key {
	const char *name;
	enum kind kind;
	size_t at; /* in struct settings */
	uint64_t min;
	uint64_t max;
	bool reload; /* SIGHUP is enough */
};

#define AT(field) offsetof(struct settings, field)
#define YEAR_S (UINT64_C(366) * 86400)

static const struct key keys[] = {
	{"listen", KIND_LISTEN, 0, 0, 0, false},
	{"user", KIND_TEXT, AT(user), 0, 0, false},
	{"create", KIND_BOOL, AT(create), 0, 0, false},
	{"workers", KIND_COUNT, AT(workers), 0, 256, false},
	{"max_connections", KIND_COUNT, AT(max_connections), 1, 1 << 20, true},
	{"reserve", KIND_BYTES, AT(reserve_bytes), 0, INT64_MAX, false},
	{"fence", KIND_SECONDS, AT(fence_s), 1, YEAR_S, false},
	{"quarantine", KIND_SECONDS, AT(quarantine_s), 0, YEAR_S, false},
	{"gc_age", KIND_SECONDS, AT(gc_age_s), 1, 10 * YEAR_S, false},
	{"shutdown_grace", KIND_SECONDS, AT(shutdown_grace_s), 0, 3600, true},
	{"stall_timeout", KIND_SECONDS, AT(stall_timeout_s), 1, 86400, true},
	{"idle_timeout", KIND_SECONDS, AT(idle_timeout_s), 1, YEAR_S, true},
	{"log_level", KIND_LEVEL, AT(log_level), 0, 0, true},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

enum {
	OPT_ADOPT = 256,
	OPT_REJOIN,
};

struct option_row {
	struct option option;
	const char *argument;
	const char *help;
};

static const struct option_row rows[] = {
	{{"config", required_argument, NULL, 'c'},
	 "FILE",
	 "read FILE instead of " SETTINGS_FILE},
	{{"listen", required_argument, NULL, 'l'},
	 "ADDRESS",
	 "listen there (may be repeated; default 127.0.0.1)"},
	{{"option", required_argument, NULL, 'o'},
	 "KEY=VALUE",
	 "as that line in the configuration file"},
	{{"adopt", no_argument, NULL, OPT_ADOPT},
	 NULL,
	 "DIR was moved here, and is current"},
	{{"rejoin", no_argument, NULL, OPT_REJOIN},
	 NULL,
	 "DIR is not current: join the cluster anew"},
	{{"test", no_argument, NULL, 't'},
	 NULL,
	 "check the configuration, and exit"},
	{{"dump", no_argument, NULL, 'T'},
	 NULL,
	 "print the effective configuration, and exit"},
	{{"verbose", no_argument, NULL, 'v'},
	 NULL,
	 "log each request (log_level = debug)"},
	{{"version", no_argument, NULL, 'V'}, NULL, "print the version"},
	{{"help", no_argument, NULL, 'h'}, NULL, "print this"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void *field(struct settings *s, const struct key *k)
{
	return (char *)s + k->at;
}

static const void *const_field(const struct settings *s, const struct key *k)
{
	return (const char *)s + k->at;
}

static void set_defaults(struct settings *s)
{
	*s = (struct settings){
		.action = SETTINGS_SERVE,
		.max_connections = 4096,
		.reserve_bytes = UINT64_MAX,
		.fence_s = 24 * 3600,
		.quarantine_s = 60,
		.gc_age_s = 7 * 24 * 3600,
		.shutdown_grace_s = 10,
		.stall_timeout_s = 10,
		.idle_timeout_s = 3600,
		.log_level = LOG_LEVEL_INFO,
		.create = true,
	};
}

static void drop_listen(struct settings *s)
{
	while (s->listen_count > 0)
		free(s->listen[--s->listen_count]);
}

void settings_release(struct settings *s)
{
	drop_listen(s);
	free(s->dir);
	free(s->user);
	free(s->file);
	*s = (struct settings){0};
}

static enum err replace_text(char **at, const char *text, size_t len)
{
	char *copy = strndup(text, len);

	if (copy == NULL)
		return ERR_MEMORY;
	free(*at);
	*at = copy;
	return ERR_OK;
}

/* One host, perhaps in brackets, added to the list. */
static enum err add_listen(struct settings *s, const char *host, size_t len)
{
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len == 0 || len >= ADDR_HOST_MAX)
		return ERR_FORMAT;
	if (s->listen_count == SETTINGS_LISTEN_MAX)
		return ERR_LIMIT;
	s->listen[s->listen_count] = NULL;
	if (replace_text(&s->listen[s->listen_count], host, len))
		return ERR_MEMORY;
	s->listen_count++;
	return ERR_OK;
}

/* A list of hosts, separated by blanks or commas, in place of the old one. */
static enum err set_listen(struct settings *s, const char *text)
{
	static const char separators[] = " \t,";
	enum err e = ERR_FORMAT;

	drop_listen(s);
	for (text += strspn(text, separators); *text != '\0';
	     text += strspn(text, separators)) {
		size_t len = strcspn(text, separators);

		if ((e = add_listen(s, text, len)))
			return e;
		text += len;
	}
	return e;
}

static enum err set_bool(bool *v, const char *text)
{
	static const char *const words[] = {"no",   "yes", "false",
					    "true", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*v = i % 2;
			return ERR_OK;
		}
	}
	return ERR_FORMAT;
}

static enum err set_level(enum log_level *v, const char *text)
{
	int level = log_level_from_name(text);

	if (level < 0)
		return ERR_FORMAT;
	*v = (enum log_level)level;
	return ERR_OK;
}

static enum err set_bytes(const struct key *k, uint64_t *v, const char *text)
{
	if (strcmp(text, "auto") != 0)
		return num_bytes(text, k->min, k->max, v);
	*v = UINT64_MAX;
	return ERR_OK;
}

static enum err set_key(struct settings *s, const struct key *k,
			const char *text)
{
	switch (k->kind) {
	case KIND_COUNT:
		return num_u64(text, k->min, k->max, field(s, k));
	case KIND_BYTES:
		return set_bytes(k, field(s, k), text);
	case KIND_SECONDS:
		return num_seconds(text, k->min, k->max, field(s, k));
	case KIND_BOOL:
		return set_bool(field(s, k), text);
	case KIND_LEVEL:
		return set_level(field(s, k), text);
	case KIND_TEXT:
		return replace_text(field(s, k), text, strlen(text));
	case KIND_LISTEN:
		return set_listen(s, text);
	}
	return ERR_FORMAT;
}

static void explain(char *message, const char *where, const struct key *k,
		    const char *text, enum err e)
{
	static const char *const wanted[] = {
		[KIND_COUNT] = "a number",
		[KIND_BYTES] = "bytes (KiB, MiB, GiB, TiB), or auto",
		[KIND_SECONDS] = "a time (s, m, h, d)",
		[KIND_BOOL] = "yes or no",
		[KIND_LEVEL] = "error, warn, info or debug",
		[KIND_TEXT] = "a text",
		[KIND_LISTEN] = "addresses",
	};

	if (e == ERR_FORMAT)
		snprintf(message, SETTINGS_MESSAGE_MAX,
			 "%s: %s = %.100s: not %s", where, k->name, text,
			 wanted[k->kind]);
	else
		snprintf(message, SETTINGS_MESSAGE_MAX, "%s: %s = %.100s: %s",
			 where, k->name, text, err_text(e));
}

static enum err read_keys(struct settings *s, const struct conf *c,
			  char *message)
{
	for (size_t i = 0; i < KEYS; i++) {
		const char *text = conf_text(c, "server", keys[i].name);
		char where[SETTINGS_MESSAGE_MAX / 2];
		enum err e;

		if (text == NULL)
			continue;
		if ((e = set_key(s, &keys[i], text))) {
			snprintf(where, sizeof(where), "%s:%u", conf_path(c),
				 conf_line(c, "server", keys[i].name));
			explain(message, where, &keys[i], text, e);
			return e;
		}
	}
	return ERR_OK;
}

static enum err read_file(struct settings *s, char *message)
{
	struct conf_key known[KEYS];
	struct conf *c;
	enum err e;

	for (size_t i = 0; i < KEYS; i++)
		known[i] = (struct conf_key){"server", keys[i].name};
	e = conf_open(s->file, 1, known, KEYS, &c, message);
	if (e)
		return e;
	e = read_keys(s, c, message);
	conf_free(c);
	return e;
}

/* -o KEY=VALUE */
static enum err set_option(struct settings *s, const char *text, char *message)
{
	size_t len = strcspn(text, "=");
	enum err e;

	for (size_t i = 0; i < KEYS && text[len] == '='; i++) {
		if (strlen(keys[i].name) != len ||
		    memcmp(keys[i].name, text, len) != 0)
			continue;
		if ((e = set_key(s, &keys[i], text + len + 1)))
			explain(message, "-o", &keys[i], text + len + 1, e);
		return e;
	}
	snprintf(message, SETTINGS_MESSAGE_MAX,
		 "-o %.100s: not KEY=VALUE of %s", text, "a known key");
	return ERR_FORMAT;
}

static enum err set_flag(struct settings *s, int flag, const char *argument,
			 char *message)
{
	enum err e = ERR_OK;

	switch (flag) {
	case 'l':
		if ((e = add_listen(s, argument, strlen(argument))))
			snprintf(message, SETTINGS_MESSAGE_MAX, "-l %.100s: %s",
				 argument,
				 e == ERR_FORMAT ? "not an address"
						 : err_text(e));
		return e;
	case 'o':
		return set_option(s, argument, message);
	case 'v':
		s->log_level = LOG_LEVEL_DEBUG;
		return e;
	case OPT_ADOPT:
		s->adopt = true;
		return e;
	case OPT_REJOIN:
		s->rejoin = true;
		return e;
	case 't':
		s->action = SETTINGS_CHECK;
		return e;
	case 'T':
		s->action = SETTINGS_PRINT;
		return e;
	case 'V':
		s->action = SETTINGS_VERSION;
		return e;
	case 'h':
		s->action = SETTINGS_HELP;
		return e;
	default:
		return e;
	}
}

struct getopt_form {
	char brief[2 * ROWS + 2];
	struct option full[ROWS + 1];
};

static void make_form(struct getopt_form *f)
{
	char *p = f->brief;

	*p++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		f->full[i] = rows[i].option;
		if (rows[i].option.val >= OPT_ADOPT)
			continue;
		*p++ = (char)rows[i].option.val;
		if (rows[i].option.has_arg)
			*p++ = ':';
	}
	*p = '\0';
	f->full[ROWS] = (struct option){0};
}

/* The argument that getopt disliked: a letter of it, or all of it. */
static enum err bad_flag(int c, char **argv, char *message)
{
	const char *why = c == ':' ? "needs an argument" : "unknown option";

	if (optopt > 0 && optopt < OPT_ADOPT)
		snprintf(message, SETTINGS_MESSAGE_MAX, "-%c: %s", optopt, why);
	else
		snprintf(message, SETTINGS_MESSAGE_MAX, "%.100s: %s",
			 argv[optind - 1], why);
	return ERR_FORMAT;
}

/* Walks the flags: the first time for -c and what needs no file, the second
 * time, over the file, for the rest. */
static enum err read_flags(struct settings *s, bool first, char *message)
{
	struct getopt_form form;
	bool fresh_listen = false;
	enum err e;
	int c;

	make_form(&form);
	optind = 0;
	while ((c = getopt_long(s->argc, s->argv, form.brief, form.full,
				NULL)) != -1) {
		if (c == '?' || c == ':')
			return bad_flag(c, s->argv, message);
		if (c == 'c' && first &&
		    replace_text(&s->file, optarg, strlen(optarg)))
			return ERR_MEMORY;
		if (c == 'l' && !fresh_listen) {
			fresh_listen = true;
			drop_listen(s);
		}
		if ((e = set_flag(s, c, optarg, message)))
			return e;
	}
	return ERR_OK;
}

static enum err read_operands(struct settings *s, char *message)
{
	int count = s->argc - optind;
	char **operand = s->argv + optind;
	uint64_t port;
	enum err e;

	if (count == 0 && s->action != SETTINGS_SERVE)
		return ERR_OK;
	if (count != 2) {
		snprintf(message, SETTINGS_MESSAGE_MAX,
			 "usage: dfs [options] DIR PORT (dfs -h for help)");
		return ERR_FORMAT;
	}
	if (operand[0][0] == '\0') {
		snprintf(message, SETTINGS_MESSAGE_MAX, "DIR is empty");
		return ERR_FORMAT;
	}
	if ((e = num_u64(operand[1], 0, UINT16_MAX, &port))) {
		snprintf(message, SETTINGS_MESSAGE_MAX,
			 "%.100s: not a port (0 to 65535)", operand[1]);
		return e;
	}
	s->port = (uint16_t)port;
	return replace_text(&s->dir, operand[0], strlen(operand[0]));
}

static enum err check_order(const struct settings *s, char *message)
{
	if (s->quarantine_s > s->fence_s) {
		snprintf(message, SETTINGS_MESSAGE_MAX,
			 "quarantine (%" PRIu64 " s) is above fence (%" PRIu64
			 " s)",
			 s->quarantine_s, s->fence_s);
		return ERR_RANGE;
	}
	if (s->gc_age_s <= 2 * s->fence_s) {
		snprintf(message, SETTINGS_MESSAGE_MAX,
			 "gc_age (%" PRIu64
			 " s) is not above twice fence (%" PRIu64 " s)",
			 s->gc_age_s, s->fence_s);
		return ERR_RANGE;
	}
	if (s->adopt && s->rejoin) {
		snprintf(message, SETTINGS_MESSAGE_MAX,
			 "--adopt and --rejoin exclude each other");
		return ERR_FORMAT;
	}
	return ERR_OK;
}

static enum err read_all(struct settings *s, char *message)
{
	enum err e;

	if ((e = read_flags(s, true, message)))
		return e;
	if (s->action == SETTINGS_HELP || s->action == SETTINGS_VERSION)
		return ERR_OK;
	if (s->file == NULL && access(SETTINGS_FILE, F_OK) == 0 &&
	    replace_text(&s->file, SETTINGS_FILE, strlen(SETTINGS_FILE)))
		return ERR_MEMORY;
	if (s->file != NULL && ((e = read_file(s, message)) ||
				(e = read_flags(s, false, message))))
		return e;
	if (s->listen_count == 0 && (e = set_listen(s, "127.0.0.1")))
		return e;
	if ((e = read_operands(s, message)))
		return e;
	return check_order(s, message);
}

enum err settings_init(struct settings *s, int argc, char **argv,
		       char message[SETTINGS_MESSAGE_MAX])
{
	struct settings got;
	enum err e;

	set_defaults(&got);
	got.argc = argc;
	got.argv = argv;
	message[0] = '\0';
	e = read_all(&got, message);
	if (e) {
		if (message[0] == '\0')
			snprintf(message, SETTINGS_MESSAGE_MAX, "%s",
				 err_text(e));
		settings_release(&got);
		return e;
	}
	*s = got;
	return ERR_OK;
}

static void print_listen(const struct settings *s, FILE *out)
{
	for (unsigned i = 0; i < s->listen_count; i++)
		fprintf(out, "%s%s", i ? ", " : "", s->listen[i]);
}

static void print_value(const struct settings *s, const struct key *k,
			FILE *out)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	const void *at = const_field(s, k);

	switch (k->kind) {
	case KIND_COUNT:
		fprintf(out, "%" PRIu64, *(const uint64_t *)at);
		return;
	case KIND_BYTES:
		if (*(const uint64_t *)at == UINT64_MAX)
			fputs("auto", out);
		else
			fprintf(out, "%" PRIu64, *(const uint64_t *)at);
		return;
	case KIND_SECONDS:
		fprintf(out, "%" PRIu64 "s", *(const uint64_t *)at);
		return;
	case KIND_BOOL:
		fputs(*(const bool *)at ? "yes" : "no", out);
		return;
	case KIND_LEVEL:
		fputs(levels[*(const enum log_level *)at], out);
		return;
	case KIND_TEXT:
		fputs(*(char *const *)at, out);
		return;
	case KIND_LISTEN:
		print_listen(s, out);
		return;
	}
}

static bool is_unset(const struct settings *s, const struct key *k)
{
	return k->kind == KIND_TEXT &&
	       *(char *const *)const_field(s, k) == NULL;
}

void settings_print(const struct settings *s)
{
	puts("[server]");
	for (size_t i = 0; i < KEYS; i++) {
		if (is_unset(s, &keys[i]))
			continue;
		printf("%s = ", keys[i].name);
		print_value(s, &keys[i], stdout);
		putchar('\n');
	}
}

void settings_help(void)
{
	puts("usage: dfs [options] DIR PORT\n"
	     "Serves the store in DIR on PORT (0: a free one), in the "
	     "foreground.\n");
	for (size_t i = 0; i < ROWS; i++) {
		const struct option_row *r = &rows[i];
		char text[40];

		snprintf(text, sizeof(text), "--%s%s%s", r->option.name,
			 r->argument ? " " : "",
			 r->argument ? r->argument : "");
		if (r->option.val < OPT_ADOPT)
			printf("  -%c, %-20s %s\n", r->option.val, text,
			       r->help);
		else
			printf("      %-20s %s\n", text, r->help);
	}
	puts("\nExit status: 0 stopped, 1 failed, 2 usage or configuration,\n"
	     "3 DIR locked or unusable, 4 cannot listen.  See dfs(8).");
}

/* The value as text, heap; NULL without memory. */
static char *value_text(const struct settings *s, const struct key *k)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	if (!is_unset(s, k))
		print_value(s, k, out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static void tell_restart(const struct settings *old,
			 const struct settings *fresh)
{
	for (size_t i = 0; i < KEYS; i++) {
		char *a = value_text(old, &keys[i]);
		char *b = value_text(fresh, &keys[i]);

		if (!keys[i].reload && a != NULL && b != NULL &&
		    strcmp(a, b) != 0)
			log_warn("%s needs a restart to change from=%s to=%s",
				 keys[i].name, a, b);
		free(a);
		free(b);
	}
}

enum err settings_reload(const struct settings *old, struct settings *fresh,
			 char message[SETTINGS_MESSAGE_MAX])
{
	enum err e = settings_init(fresh, old->argc, old->argv, message);

	if (e == ERR_OK)
		tell_restart(old, fresh);
	return e;
}
