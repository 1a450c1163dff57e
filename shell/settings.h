/*
 * The client's configuration: where it is looked for, its two forms, and
 * what it says; dfc.conf(5).
 */
#ifndef SHELL_SETTINGS_H
#define SHELL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "digest.h"
#include "layout.h"

#define SETTINGS_NAME_MAX 64   /* bytes of a server's name, with the NUL */
#define SETTINGS_LINE_MAX 1024 /* bytes of a line, without its newline */
#define SETTINGS_MESSAGE_MAX 512
#define SETTINGS_JOBS_MAX 1024

struct settings_server {
	char name[SETTINGS_NAME_MAX];
	struct addr addr;
};

struct settings {
	unsigned count; /* 1..LAYOUT_MAX */
	struct settings_server servers[LAYOUT_MAX];
	bool require_all;
	enum digest_alg digest;
	uint64_t jobs;	  /* operations in flight */
	uint64_t bwlimit; /* bytes a second; 0: none */
	char key[4096];	  /* file of the key; empty: none */
	char path[4096];  /* of the file; empty: the built-in default */
};

/*
 * Looks for the file and reads it.  given: the operand of -c, or NULL.  On
 * failure message is one line, with file and, where there is one, the line.
 * *warn, when not empty, is a line about a file that was passed over.
 * ERR_SYS, ERR_ABSENT, ERR_FORMAT, ERR_MEMORY.
 */
enum err settings_find(struct settings *s, const char *given,
		       char message[SETTINGS_MESSAGE_MAX],
		       char warn[SETTINGS_MESSAGE_MAX]) MUST_CHECK;

/* Reads one file, of either form. */
enum err settings_read(struct settings *s, const char *path,
		       char message[SETTINGS_MESSAGE_MAX]) MUST_CHECK;

/* Four servers on this machine. */
void settings_default(struct settings *s);

#endif
