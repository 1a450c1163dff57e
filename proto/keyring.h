/*
 * A key file: who may speak to a cluster.  Lines of `label:64 hex digits`, as
 * psktool writes them, `:ro` behind a key that may only read; blank lines and
 * those that begin with # are skipped.  The file is the running user's own
 * and nobody else can read it.
 *
 * A keyring is not changed after it was loaded; any thread may read it.  Keys
 * are wiped when it is freed.
 */
#ifndef PROTO_KEYRING_H
#define PROTO_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define KEYRING_MAX 256	     /* keys in a file */
#define KEYRING_LABEL_MAX 64 /* bytes of a label */
#define KEYRING_KEY_SIZE 32  /* bytes of a key */
#define KEYRING_MESSAGE_MAX 512

struct keyring_key {
	char label[KEYRING_LABEL_MAX + 1];
	uint8_t bytes[KEYRING_KEY_SIZE];
	bool read_only;
};

struct keyring {
	size_t count;
	struct keyring_key *keys; /* heap */
};

/* message is one line, with file and line.  ERR_SYS, ERR_MEMORY, ERR_FORMAT
 * (the text), ERR_LIMIT, ERR_RANGE (owner or mode). */
enum err keyring_load(struct keyring *r, const char *path,
		      char message[KEYRING_MESSAGE_MAX]) MUST_CHECK;
/* The same for a text, which is wiped: len bytes with a NUL behind; path is for
 * the message. */
enum err keyring_parse(struct keyring *r, const char *path, char *text,
		       size_t len,
		       char message[KEYRING_MESSAGE_MAX]) MUST_CHECK;
void keyring_release(struct keyring *r);
/* NULL: there is none of that label. */
const struct keyring_key *keyring_find(const struct keyring *r,
				       const char *label, size_t len);
/* In a time that does not depend on where they differ. */
bool keyring_same(const struct keyring_key *a, const struct keyring_key *b);

/* A new file of mode 0600 with one new random key of that label, on disk when
 * this returns.  ERR_EXISTS: path is there, and was not touched; ERR_FORMAT:
 * no label; ERR_SYS. */
enum err keyring_make(const char *path, const char *label) MUST_CHECK;

#endif
