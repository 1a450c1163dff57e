/*
 * Keys for tests, written "a1 b2 r3": label a with a key of 64 digits 1, and
 * so on; r is for reading only.
 */
#ifndef TEST_TLS_KIT_H
#define TEST_TLS_KIT_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate.h"

/* As a key file, in place of what was there. */
static inline void keys_write(const char *path, const char *keys)
{
	char digits[2 * KEYRING_KEY_SIZE + 1] = "";
	int fd;
	FILE *f;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	for (; *keys; keys += keys[2] ? 3 : 2) {
		memset(digits, keys[1], sizeof(digits) - 1);
		fprintf(f, "%c:%s%s\n", keys[0], digits,
			keys[0] == 'r' ? ":ro" : "");
	}
	assert_int_equal(fclose(f), 0);
}

/* The same for a client, which has one of them. */
static inline struct tls *tls_dial(const char *key)
{
	struct keyring ring = {.count = 1};
	struct tls_side *side;
	struct tls *t;

	ring.keys = calloc(KEYRING_MAX, sizeof(*ring.keys));
	assert_non_null(ring.keys);
	ring.keys[0].label[0] = key[0];
	memset(ring.keys[0].bytes, (key[1] - '0') * 0x11, KEYRING_KEY_SIZE);
	assert_int_equal(tls_side_client(&side, &ring), ERR_OK);
	assert_int_equal(tls_new(&t, side), ERR_OK);
	tls_side_drop(side);
	return t;
}

#endif
