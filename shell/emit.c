#include "emit.h"

#include "show.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEPTH_MAX 4
#define KEY_MAX 64

struct emit {
	json_t *open[DEPTH_MAX]; /* [0]: the whole object */
	unsigned depth;
	bool failed;
};

/* Whether any object was lost since that was asked: this file's alone. */
static bool lost;

/* Takes value over. */
static void add(struct emit *e, const char *key, json_t *value)
{
	json_t *in = e->open[e->depth];
	int bad;

	if (!value) {
		e->failed = true;
		return;
	}
	bad = key ? json_object_set_new(in, key, value)
		  : json_array_append_new(in, value);
	e->failed |= bad != 0;
}

struct emit *emit_begin(const char *type)
{
	struct emit *e = calloc(1, sizeof(*e));

	if (e)
		e->open[0] = json_object();
	if (!e || !e->open[0]) {
		free(e);
		lost = true;
		return NULL;
	}
	emit_u64(e, "v", EMIT_VERSION);
	emit_text(e, "type", type);
	return e;
}

void emit_text(struct emit *e, const char *key, const char *text)
{
	emit_bytes(e, key, text, strlen(text));
}

static json_t *hex(const char *bytes, size_t len)
{
	char *text = malloc(2 * len + 1);
	json_t *value;

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++)
		(void)snprintf(text + 2 * i, 3, "%02x",
			       (unsigned char)bytes[i]);
	value = json_stringn(text, 2 * len);
	free(text);
	return value;
}

void emit_bytes(struct emit *e, const char *key, const char *bytes, size_t len)
{
	char other[KEY_MAX];
	json_t *value;

	if (!e)
		return;
	value = json_stringn(bytes, len);
	if (value) {
		add(e, key, value);
	} else if (key) {
		(void)snprintf(other, sizeof(other), "%s_hex", key);
		add(e, other, hex(bytes, len));
	} else {
		add(e, NULL, json_pack("{s:o}", "hex", hex(bytes, len)));
	}
}

void emit_u64(struct emit *e, const char *key, uint64_t number)
{
	char text[24];

	if (!e)
		return;
	if (number <= INT64_MAX) {
		add(e, key, json_integer((json_int_t)number));
		return;
	}
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	add(e, key, json_string(text));
}

void emit_real(struct emit *e, const char *key, double number)
{
	if (e)
		add(e, key, json_real(number));
}

void emit_bool(struct emit *e, const char *key, bool value)
{
	if (e)
		add(e, key, json_boolean(value));
}

void emit_null(struct emit *e, const char *key)
{
	if (e)
		add(e, key, json_null());
}

void emit_time(struct emit *e, const char *key, int64_t time_ns)
{
	int64_t rest = time_ns % 1000000000;
	time_t seconds = (time_t)(time_ns / 1000000000 - (rest < 0));
	char day[64];
	char text[96];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm) == 0) {
		emit_null(e, key);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s.%09dZ", day,
		       (int)(rest < 0 ? rest + 1000000000 : rest));
	emit_text(e, key, text);
}

static void open_value(struct emit *e, const char *key, json_t *value)
{
	if (e->depth + 1 == DEPTH_MAX)
		abort(); /* no object is so deep */
	add(e, key, value);
	e->open[++e->depth] = value; /* NULL takes nothing: jansson says so */
}

void emit_open_list(struct emit *e, const char *key)
{
	if (e)
		open_value(e, key, json_array());
}

void emit_open_object(struct emit *e, const char *key)
{
	if (e)
		open_value(e, key, json_object());
}

void emit_close(struct emit *e)
{
	if (e)
		e->depth--;
}

void emit_end(struct emit *e)
{
	if (!e)
		return;
	if (show_is_terminal())
		show_fleeting("");
	/* Not ASCII is escaped: nothing in a name speaks to a terminal. */
	if (e->failed || json_dumpf(e->open[0], stdout,
				    JSON_COMPACT | JSON_ENSURE_ASCII |
					    JSON_REAL_PRECISION(12)) != 0)
		lost = true;
	else
		putchar('\n');
	json_decref(e->open[0]);
	free(e);
}

bool emit_failed(void)
{
	bool was = lost;

	lost = false;
	return was;
}
