/*
 * The lines of an INI file, checked one by one: what iniparser would guess
 * at, cut, join or drop is an error here.  For conf.c only.
 *
 *   bare value    up to the end of line or a comment; blanks around it go.
 *                 ; and # begin a comment behind a blank only: elsewhere
 *                 iniparser would cut the value in the middle.
 *   quoted value  "..." or '...', without that quote inside; a comment may
 *                 follow.  The only way to say an empty value.
 *
 * A backslash at the end of a line would join it with the next one, comments
 * included, and is refused.
 */
#ifndef PROTO_INI_H
#define PROTO_INI_H

#include <stdarg.h>

#include "conf.h"

#define INI_WORD_MAX 64	  /* bytes of a key or a section */
#define INI_SHOWN_MAX 100 /* bytes of a file's text in a message, with NUL */

/* A section's own line has no key.  The texts lie in the file's. */
struct ini_entry {
	const char *section;
	const char *key;
	const char *value;
	unsigned line;
};

struct ini {
	struct ini_entry *list; /* heap; the owner frees it */
	size_t count;
	size_t room;
};

/* What is allowed, and where to complain. */
struct ini_rules {
	const char *path;
	const struct conf_key *keys;
	size_t count;
	char *message; /* CONF_MESSAGE_MAX */
};

/* Appends to i what text[len], which begins on that line of the file, says;
 * cuts it into strings (text[len] is writable too).  ERR_FORMAT with a
 * message, ERR_MEMORY. */
enum err ini_read(struct ini *i, const struct ini_rules *rules, char *text,
		  size_t len, unsigned line) MUST_CHECK;
/* NULL when it is not there.  key NULL: the section's own line.  Letters are
 * alike in either case, as iniparser has it. */
const struct ini_entry *ini_find(const struct ini *i, const char *section,
				 const char *key);

/* "FILE:LINE: " or, with line 0, "FILE: ", and the text. */
PRINTF_LIKE(4, 0)
void ini_say(char *message, const char *path, unsigned line, const char *fmt,
	     va_list args);
/* text, escaped and cut for a message. */
const char *ini_shown(const char *text, char out[INI_SHOWN_MAX]);

#endif
