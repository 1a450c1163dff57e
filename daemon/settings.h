/*
 * What the daemon is told: defaults, then dfs.conf(5), then the command line,
 * each over the one before it.  One table in settings.c gives the keys; each
 * can also be given as `-o KEY=VALUE`.
 *
 * Used by the main thread only.
 */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "log.h"

#define SETTINGS_LISTEN_MAX 16 /* addresses */
#define SETTINGS_FILE "/etc/dfs/dfs.conf"
#define SETTINGS_MESSAGE_MAX 640

enum settings_action {
	SETTINGS_SERVE,
	SETTINGS_CHECK,	  /* -t */
	SETTINGS_PRINT,	  /* -T */
	SETTINGS_HELP,	  /* -h */
	SETTINGS_VERSION, /* -V */
};

struct settings {
	enum settings_action action;
	char *dir;     /* NULL when not given (-t, -T) */
	uint16_t port; /* 0: the system picks one */
	bool adopt;
	bool rejoin;

	char *listen[SETTINGS_LISTEN_MAX]; /* hosts, without brackets */
	unsigned listen_count;
	char *key;	  /* the key file; NULL: none */
	uint64_t workers; /* 0: by the number of processors */
	uint64_t max_connections;
	uint64_t reserve_bytes; /* UINT64_MAX: by the file system's size */
	uint64_t fence_s;
	uint64_t quarantine_s;
	uint64_t gc_age_s;
	uint64_t scrub_rate; /* bytes a second; 0: off */
	uint64_t scrub_interval_s;
	uint64_t shutdown_grace_s;
	uint64_t stall_timeout_s; /* silence in mid-request */
	uint64_t idle_timeout_s;  /* silence between requests */
	enum log_level log_level;
	bool create;
	bool confine; /* by Landlock */
	char *user;   /* NULL: none */

	char *file;  /* read, or NULL */
	char **argv; /* not owned; for settings_reload() */
	int argc;
};

/*
 * Reads argv and the file that it names, or SETTINGS_FILE when that is there.
 * argv must outlive s.  On failure message is one line that says why, with
 * file and line where it came from a file, and s needs no release.
 * ERR_FORMAT, ERR_RANGE, ERR_SYS, ERR_MEMORY.  Blocks for the file.
 */
enum err settings_init(struct settings *s, int argc, char **argv,
		       char message[SETTINGS_MESSAGE_MAX]) MUST_CHECK;
void settings_release(struct settings *s);

/* Reads the same again into fresh, as settings_init() does, and prints to the
 * log which changed keys of old need a restart. */
enum err settings_reload(const struct settings *old, struct settings *fresh,
			 char message[SETTINGS_MESSAGE_MAX]) MUST_CHECK;

/* -T: the keys as a file that would give the same settings, on stdout; -h. */
void settings_print(const struct settings *s);
void settings_help(void);

#endif
