#include "settings.h"

#include <getopt.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "keys.h"
#include "num.h"

#define DEFAULT_HOST "127.0.0.1"
#define KEYS_MAX 32 /* more than there are */

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
	{{"key", required_argument, NULL, 'k'},
	 "FILE",
	 "the keys of those who may connect (dfc keygen FILE)"},
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

static void set_defaults(struct settings *s)
{
	*s = (struct settings){
		.action = SETTINGS_SERVE,
		.max_connections = 4096,
		.reserve_bytes = UINT64_MAX,
		.fence_s = 24 * 3600,
		.quarantine_s = 60,
		.gc_age_s = 7 * 24 * 3600,
		.scrub_rate = 8 << 20,
		.scrub_interval_s = 14 * 24 * 3600,
		.shutdown_grace_s = 10,
		.stall_timeout_s = 10,
		.idle_timeout_s = 3600,
		.log_level = LOG_LEVEL_INFO,
		.create = true,
		.confine = true,
	};
}

void settings_release(struct settings *s)
{
	key_drop_listen(s);
	free(s->dir);
	free(s->key);
	free(s->user);
	free(s->file);
	*s = (struct settings){0};
}

static enum err read_keys(struct settings *s, const struct conf *c,
			  char *message)
{
	const struct key *k;

	for (size_t i = 0; (k = key_at(i)) != NULL; i++) {
		const char *text = conf_text(c, "server", k->name);
		char where[SETTINGS_MESSAGE_MAX / 2];
		enum err e;

		if (text == NULL)
			continue;
		snprintf(where, sizeof(where), "%s:%u", conf_path(c),
			 conf_line(c, "server", k->name));
		if ((e = key_set(k, s, text, where, message)))
			return e;
	}
	return ERR_OK;
}

static enum err read_file(struct settings *s, char *message)
{
	struct conf_key known[KEYS_MAX];
	size_t count = 0;
	struct conf *c;
	enum err e;

	for (; count < KEYS_MAX && key_at(count) != NULL; count++)
		known[count] = (struct conf_key){"server", key_at(count)->name};
	e = conf_open(s->file, 1, known, count, &c, message);
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
	const struct key *k = key_find(text, len);

	if (k != NULL && text[len] == '=')
		return key_set(k, s, text + len + 1, "-o", message);
	snprintf(message, SETTINGS_MESSAGE_MAX,
		 "-o %.100s: not KEY=VALUE of a known key", text);
	return ERR_FORMAT;
}

static enum err set_flag(struct settings *s, int flag, const char *argument,
			 char *message)
{
	enum err e = ERR_OK;

	switch (flag) {
	case 'l':
		if ((e = key_add_listen(s, argument, strlen(argument))))
			snprintf(message, SETTINGS_MESSAGE_MAX, "-l %.100s: %s",
				 argument,
				 e == ERR_FORMAT ? "not an address"
						 : err_text(e));
		return e;
	case 'k':
		return key_copy(&s->key, argument, strlen(argument));
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
	struct getopt_form form = {0};
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
		    key_copy(&s->file, optarg, strlen(optarg)))
			return ERR_MEMORY;
		if (c == 'l' && !fresh_listen) {
			fresh_listen = true;
			key_drop_listen(s);
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
	return key_copy(&s->dir, operand[0], strlen(operand[0]));
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
	    key_copy(&s->file, SETTINGS_FILE, strlen(SETTINGS_FILE)))
		return ERR_MEMORY;
	if (s->file != NULL && ((e = read_file(s, message)) ||
				(e = read_flags(s, false, message))))
		return e;
	if (s->listen_count == 0 &&
	    (e = key_add_listen(s, DEFAULT_HOST, strlen(DEFAULT_HOST))))
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

void settings_print(const struct settings *s)
{
	const struct key *k;

	puts("[server]");
	for (size_t i = 0; (k = key_at(i)) != NULL; i++) {
		if (!key_is_set(k, s))
			continue;
		printf("%s = ", k->name);
		key_print(k, s, stdout);
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

static void tell_restart(const struct settings *old,
			 const struct settings *fresh)
{
	const struct key *k;

	for (size_t i = 0; (k = key_at(i)) != NULL; i++) {
		char *a = key_text(k, old);
		char *b = key_text(k, fresh);

		if (!k->reload && a != NULL && b != NULL && strcmp(a, b) != 0)
			log_warn("%s needs a restart to change from=%s to=%s",
				 k->name, a, b);
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
