/*
 * The keys of dfs.conf(5): one table says what kind of value each takes, in
 * which range, where it is kept, and whether SIGHUP is enough to change it.
 *
 * Used by the main thread only.
 */
#ifndef DAEMON_KEYS_H
#define DAEMON_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "settings.h"

enum key_kind {
	KEY_COUNT,
	KEY_BYTES, /* or auto: UINT64_MAX */
	KEY_RATE,  /* bytes a second, or off: 0 */
	KEY_SECONDS,
	KEY_BOOL,
	KEY_LEVEL,
	KEY_TEXT,
	KEY_LISTEN,
};

struct key {
	const char *name;
	size_t at; /* in struct settings */
	uint64_t min;
	uint64_t max;
	enum key_kind kind;
	bool reload; /* SIGHUP is enough */
};

/* The i-th key; NULL at the end. */
const struct key *key_at(size_t i);
/* NULL when there is none of that name. */
const struct key *key_find(const char *name, size_t len);
/* Sets the field of k.  On failure message says why, after where and ": ". */
enum err key_set(const struct key *k, struct settings *s, const char *text,
		 const char *where,
		 char message[SETTINGS_MESSAGE_MAX]) MUST_CHECK;
/* False for a text that is not set. */
bool key_is_set(const struct key *k, const struct settings *s);
/* Writes the value as key_set() takes it. */
void key_print(const struct key *k, const struct settings *s, FILE *out);
/* The value so, heap, empty when not set; NULL without memory. */
char *key_text(const struct key *k, const struct settings *s);

/* One host, perhaps in brackets, added to s->listen.  ERR_FORMAT, ERR_LIMIT,
 * ERR_MEMORY. */
enum err key_add_listen(struct settings *s, const char *host,
			size_t len) MUST_CHECK;
void key_drop_listen(struct settings *s);
/* A copy of text in place of what *at holds.  ERR_MEMORY. */
enum err key_copy(char **at, const char *text, size_t len) MUST_CHECK;

#endif
