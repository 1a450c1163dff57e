/*
 * Configuration files, strictly: a layer over iniparser, which it alone
 * includes.  iniparser takes `80x` as 80, wraps numbers, lets the last of two
 * keys win and never reports an unknown one; here each of these is an error
 * that names file and line.
 *
 * A struct conf is owned by one thread; texts belong to it until conf_free.
 */
#ifndef PROTO_CONF_H
#define PROTO_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define CONF_MESSAGE_MAX 512

struct conf;

/* One allowed key of a section.  key NULL: every key goes (as in [servers]);
 * conf_next() then walks them. */
struct conf_key {
	const char *section;
	const char *key;
};

/*
 * Reads the INI file at path, and checks that each line is a comment (# or
 * ;), blank, [section] or key = value, that keys and sections are among
 * keys[count], none twice.  On failure message holds one line, "FILE:LINE:
 * what is wrong" (with the nearest known key where one is near), or
 * "FILE: why".  ERR_SYS, ERR_FORMAT, ERR_MEMORY.  first_line: where the INI
 * part begins (1 = whole file), for a mixed file whose head is another form.
 */
enum err conf_open(const char *path, unsigned first_line,
		   const struct conf_key *keys, size_t count, struct conf **out,
		   char message[CONF_MESSAGE_MAX]) MUST_CHECK;
void conf_free(struct conf *c);

/* The value, or NULL when the key is not given. */
const char *conf_text(const struct conf *c, const char *section,
		      const char *key);
/* Line of a key, for messages; 0 when not given. */
unsigned conf_line(const struct conf *c, const char *section, const char *key);
const char *conf_path(const struct conf *c);
/* The i-th key of a section in the file's order; NULL at the end. */
const char *conf_next(const struct conf *c, const char *section, size_t i);

/* These leave *v alone when the key is not given, and write message as
 * above when its value is wrong: ERR_FORMAT or ERR_RANGE. */
enum err conf_u64(const struct conf *c, const char *section, const char *key,
		  uint64_t min, uint64_t max, uint64_t *v,
		  char message[CONF_MESSAGE_MAX]) MUST_CHECK;
enum err conf_bytes(const struct conf *c, const char *section, const char *key,
		    uint64_t min, uint64_t max, uint64_t *v,
		    char message[CONF_MESSAGE_MAX]) MUST_CHECK;
enum err conf_seconds(const struct conf *c, const char *section,
		      const char *key, uint64_t min, uint64_t max, uint64_t *v,
		      char message[CONF_MESSAGE_MAX]) MUST_CHECK;
/* yes, no, true, false, on, off. */
enum err conf_bool(const struct conf *c, const char *section, const char *key,
		   bool *v, char message[CONF_MESSAGE_MAX]) MUST_CHECK;

#endif
