#include "keys.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "num.h"

#define AT(field) offsetof(struct settings, field)
#define YEAR_S (UINT64_C(366) * 86400)

static const struct key keys[] = {
	{"listen", 0, 0, 0, KEY_LISTEN, false},
	{"key", AT(key), 0, 0, KEY_TEXT, false},
	{"user", AT(user), 0, 0, KEY_TEXT, false},
	{"create", AT(create), 0, 0, KEY_BOOL, false},
	{"confine", AT(confine), 0, 0, KEY_BOOL, false},
	{"workers", AT(workers), 0, 256, KEY_COUNT, false},
	{"max_connections", AT(max_connections), 1, 1 << 20, KEY_COUNT, true},
	{"reserve", AT(reserve_bytes), 0, INT64_MAX, KEY_BYTES, false},
	{"fence", AT(fence_s), 1, YEAR_S, KEY_SECONDS, false},
	{"quarantine", AT(quarantine_s), 0, YEAR_S, KEY_SECONDS, false},
	{"gc_age", AT(gc_age_s), 1, 10 * YEAR_S, KEY_SECONDS, false},
	{"scrub_rate", AT(scrub_rate), 0, INT64_MAX, KEY_RATE, true},
	{"scrub_interval", AT(scrub_interval_s), 0, 10 * YEAR_S, KEY_SECONDS,
	 true},
	{"shutdown_grace", AT(shutdown_grace_s), 0, 3600, KEY_SECONDS, true},
	{"stall_timeout", AT(stall_timeout_s), 1, 86400, KEY_SECONDS, true},
	{"idle_timeout", AT(idle_timeout_s), 1, YEAR_S, KEY_SECONDS, true},
	{"log_level", AT(log_level), 0, 0, KEY_LEVEL, true},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

const struct key *key_at(size_t i)
{
	return i < KEYS ? &keys[i] : NULL;
}

const struct key *key_find(const char *name, size_t len)
{
	for (size_t i = 0; i < KEYS; i++)
		if (strlen(keys[i].name) == len &&
		    memcmp(keys[i].name, name, len) == 0)
			return &keys[i];
	return NULL;
}

static void *field(struct settings *s, const struct key *k)
{
	return (char *)s + k->at;
}

static const void *const_field(const struct settings *s, const struct key *k)
{
	return (const char *)s + k->at;
}

void key_drop_listen(struct settings *s)
{
	while (s->listen_count > 0)
		free(s->listen[--s->listen_count]);
}

enum err key_copy(char **at, const char *text, size_t len)
{
	char *copy = strndup(text, len);

	if (copy == NULL)
		return ERR_MEMORY;
	free(*at);
	*at = copy;
	return ERR_OK;
}

enum err key_add_listen(struct settings *s, const char *host, size_t len)
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
	if (key_copy(&s->listen[s->listen_count], host, len))
		return ERR_MEMORY;
	s->listen_count++;
	return ERR_OK;
}

/* A list of hosts, separated by blanks or commas, in place of the old one. */
static enum err set_listen(struct settings *s, const char *text)
{
	static const char separators[] = " \t,";
	enum err e = ERR_FORMAT;

	key_drop_listen(s);
	for (text += strspn(text, separators); *text != '\0';
	     text += strspn(text, separators)) {
		size_t len = strcspn(text, separators);

		if ((e = key_add_listen(s, text, len)))
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

static enum err set_rate(const struct key *k, uint64_t *v, const char *text)
{
	if (strcmp(text, "off") != 0)
		return num_bytes(text, k->min, k->max, v);
	*v = 0;
	return ERR_OK;
}

static enum err set_field(struct settings *s, const struct key *k,
			  const char *text)
{
	switch (k->kind) {
	case KEY_COUNT:
		return num_u64(text, k->min, k->max, field(s, k));
	case KEY_BYTES:
		return set_bytes(k, field(s, k), text);
	case KEY_RATE:
		return set_rate(k, field(s, k), text);
	case KEY_SECONDS:
		return num_seconds(text, k->min, k->max, field(s, k));
	case KEY_BOOL:
		return set_bool(field(s, k), text);
	case KEY_LEVEL:
		return set_level(field(s, k), text);
	case KEY_TEXT:
		return key_copy(field(s, k), text, strlen(text));
	case KEY_LISTEN:
		return set_listen(s, text);
	}
	return ERR_FORMAT;
}

static void explain(char *message, const char *where, const struct key *k,
		    const char *text, enum err e)
{
	static const char *const wanted[] = {
		[KEY_COUNT] = "a number",
		[KEY_BYTES] = "bytes (KiB, MiB, GiB, TiB), or auto",
		[KEY_RATE] = "bytes a second (KiB, MiB, GiB, TiB), or off",
		[KEY_SECONDS] = "a time (s, m, h, d)",
		[KEY_BOOL] = "yes or no",
		[KEY_LEVEL] = "error, warn, info or debug",
		[KEY_TEXT] = "a text",
		[KEY_LISTEN] = "addresses",
	};

	if (e == ERR_FORMAT)
		snprintf(message, SETTINGS_MESSAGE_MAX,
			 "%s: %s = %.100s: not %s", where, k->name, text,
			 wanted[k->kind]);
	else
		snprintf(message, SETTINGS_MESSAGE_MAX, "%s: %s = %.100s: %s",
			 where, k->name, text, err_text(e));
}

enum err key_set(const struct key *k, struct settings *s, const char *text,
		 const char *where, char message[SETTINGS_MESSAGE_MAX])
{
	enum err e = set_field(s, k, text);

	if (e)
		explain(message, where, k, text, e);
	return e;
}

static void print_listen(const struct settings *s, FILE *out)
{
	for (unsigned i = 0; i < s->listen_count; i++)
		fprintf(out, "%s%s", i ? ", " : "", s->listen[i]);
}

/* A number, or the word for a special one. */
static void print_bytes(uint64_t v, uint64_t special, const char *word,
			FILE *out)
{
	if (v == special)
		fputs(word, out);
	else
		fprintf(out, "%" PRIu64, v);
}

void key_print(const struct key *k, const struct settings *s, FILE *out)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	const void *at = const_field(s, k);

	switch (k->kind) {
	case KEY_COUNT:
		fprintf(out, "%" PRIu64, *(const uint64_t *)at);
		return;
	case KEY_BYTES:
		print_bytes(*(const uint64_t *)at, UINT64_MAX, "auto", out);
		return;
	case KEY_RATE:
		print_bytes(*(const uint64_t *)at, 0, "off", out);
		return;
	case KEY_SECONDS:
		fprintf(out, "%" PRIu64 "s", *(const uint64_t *)at);
		return;
	case KEY_BOOL:
		fputs(*(const bool *)at ? "yes" : "no", out);
		return;
	case KEY_LEVEL:
		fputs(levels[*(const enum log_level *)at], out);
		return;
	case KEY_TEXT:
		fputs(*(char *const *)at, out);
		return;
	case KEY_LISTEN:
		print_listen(s, out);
		return;
	}
}

bool key_is_set(const struct key *k, const struct settings *s)
{
	return k->kind != KEY_TEXT || *(char *const *)const_field(s, k) != NULL;
}

char *key_text(const struct key *k, const struct settings *s)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	if (key_is_set(k, s))
		key_print(k, s, out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
