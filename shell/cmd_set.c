/* set: how the shell's commands speak, and what they ask for */
#include "command.h"
#include "emit.h"
#include "num.h"
#include "pace.h"
#include "show.h"
#include "suggest.h"

#include <inttypes.h>
#include <string.h>

#define TEXT_MAX 32

struct setting {
	const char *name;
	const char *values; /* "one|two|three", or NULL: .wanted says */
	const char *wanted;
	void (*get)(const struct client *c, char out[TEXT_MAX]);
	/* False: value is none of those. */
	bool (*set)(struct client *c, const char *value);
};

static void put_text(char out[TEXT_MAX], const char *text)
{
	(void)snprintf(out, TEXT_MAX, "%s", text);
}

/* The n-th of words "one|two|three". */
static void put_word(char out[TEXT_MAX], const char *words, unsigned n)
{
	while (n-- > 0)
		words += strcspn(words, "|") + 1;
	(void)snprintf(out, TEXT_MAX, "%.*s", (int)strcspn(words, "|"), words);
}

static int find_word(const char *words, const char *value)
{
	for (int n = 0;; n++) {
		size_t len = strcspn(words, "|");

		if (strlen(value) == len && memcmp(words, value, len) == 0)
			return n;
		if (words[len] == '\0')
			return -1;
		words += len + 1;
	}
}

static const char on_off[] = "off|on";
static const char when[] = "auto|never|always"; /* as the enums count */
static const char who[] = "majority|all";
static const char digests[] = "xxh3|sha256";

static bool set_flag(bool *flag, const char *value)
{
	*flag = find_word(on_off, value) == 1;
	return true;
}

static void get_quiet(const struct client *c, char out[TEXT_MAX])
{
	put_word(out, on_off, c->defaults.quiet);
}

static bool set_quiet(struct client *c, const char *value)
{
	return set_flag(&c->defaults.quiet, value);
}

static void get_verbose(const struct client *c, char out[TEXT_MAX])
{
	put_word(out, on_off, c->defaults.verbose);
}

static bool set_verbose(struct client *c, const char *value)
{
	return set_flag(&c->defaults.verbose, value);
}

static void get_json(const struct client *c, char out[TEXT_MAX])
{
	put_word(out, on_off, c->defaults.json);
}

static bool set_json(struct client *c, const char *value)
{
	return set_flag(&c->defaults.json, value);
}

static void get_color(const struct client *c, char out[TEXT_MAX])
{
	put_word(out, when, c->defaults.color);
}

static bool set_color(struct client *c, const char *value)
{
	c->defaults.color = (enum show_when)find_word(when, value);
	return true;
}

static void get_progress(const struct client *c, char out[TEXT_MAX])
{
	put_word(out, when, c->defaults.progress);
}

static bool set_progress(struct client *c, const char *value)
{
	c->defaults.progress = (enum progress_when)find_word(when, value);
	return true;
}

static void get_jobs(const struct client *c, char out[TEXT_MAX])
{
	(void)snprintf(out, TEXT_MAX, "%" PRIu64, c->settings.jobs);
}

static bool set_jobs(struct client *c, const char *value)
{
	return num_u64(value, 1, SETTINGS_JOBS_MAX, &c->settings.jobs) ==
	       ERR_OK;
}

/* In the largest unit that loses nothing. */
static void get_bwlimit(const struct client *c, char out[TEXT_MAX])
{
	static const char units[] = {'\0', 'k', 'M', 'G'};
	uint64_t n = c->settings.bwlimit;
	size_t i = 0;

	for (; n > 0 && n % 1024 == 0 && i + 1 < sizeof(units); i++)
		n /= 1024;
	(void)snprintf(out, TEXT_MAX, "%" PRIu64 "%.1s", n, &units[i]);
}

static bool set_bwlimit(struct client *c, const char *value)
{
	return pace_parse(value, &c->settings.bwlimit) == ERR_OK;
}

static void get_require(const struct client *c, char out[TEXT_MAX])
{
	put_word(out, who, c->settings.require_all);
}

static bool set_require(struct client *c, const char *value)
{
	c->settings.require_all = find_word(who, value) == 1;
	return true;
}

static void get_digest(const struct client *c, char out[TEXT_MAX])
{
	put_text(out, digest_name(c->settings.digest));
}

static bool set_digest(struct client *c, const char *value)
{
	c->settings.digest = (enum digest_alg)digest_from_name(value);
	return true;
}

static const struct setting settings[] = {
	{"bwlimit", NULL, "0, or 64k to 1024G (bytes a second)", get_bwlimit,
	 set_bwlimit},
	{"color", when, NULL, get_color, set_color},
	{"digest", digests, NULL, get_digest, set_digest},
	{"jobs", NULL, "a number from 1 to 1024", get_jobs, set_jobs},
	{"json", on_off, NULL, get_json, set_json},
	{"progress", when, NULL, get_progress, set_progress},
	{"quiet", on_off, NULL, get_quiet, set_quiet},
	{"require", who, NULL, get_require, set_require},
	{"verbose", on_off, NULL, get_verbose, set_verbose},
};

#define SETTINGS_COUNT (sizeof(settings) / sizeof(settings[0]))

const char *set_name(size_t i)
{
	return i < SETTINGS_COUNT ? settings[i].name : NULL;
}

const char *set_values(const char *name)
{
	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		if (strcmp(settings[i].name, name) == 0)
			return settings[i].values;
	return NULL;
}

static void show_setting(const struct client *c, const struct setting *s)
{
	char text[TEXT_MAX];

	s->get(c, text);
	if (c->manners.json) {
		struct emit *e = emit_begin("setting");

		emit_text(e, "name", s->name);
		emit_text(e, "value", text);
		emit_end(e);
		return;
	}
	printf("%-9s %s\n", s->name, text);
}

static enum exit_status change(struct client *c, const struct setting *s,
			       const char *value)
{
	bool known = !s->values || find_word(s->values, value) >= 0;

	if (known && s->set(c, value))
		return EXIT_DONE;
	show_problem(value, strlen(value), "%s must be %s", s->name,
		     s->values ? s->values : s->wanted);
	return EXIT_USAGE;
}

static void say_unknown(const char *name)
{
	const char *names[SETTINGS_COUNT];
	const char *near;

	for (size_t i = 0; i < SETTINGS_COUNT; i++)
		names[i] = settings[i].name;
	near = suggest_nearest(name, names, SETTINGS_COUNT);
	if (near)
		show_problem(name, strlen(name),
			     "no such setting; did you mean %s?", near);
	else
		show_problem(name, strlen(name),
			     "no such setting (set alone lists them)");
}

enum exit_status cmd_set(struct client *c, const struct args *a)
{
	if (!client_configure(c))
		return EXIT_USAGE;
	for (size_t i = 0; i < SETTINGS_COUNT; i++) {
		const struct setting *s = &settings[i];

		if (a->count > 0 && strcmp(a->operands[0], s->name) != 0)
			continue;
		if (a->count == 2)
			return change(c, s, a->operands[1]);
		show_setting(c, s);
		if (a->count == 1)
			return EXIT_DONE;
	}
	if (a->count > 0)
		say_unknown(a->operands[0]);
	return a->count > 0 ? EXIT_USAGE : EXIT_DONE;
}
