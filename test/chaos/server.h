/*
 * A daemon, and what can be done to it.  Its log goes through the driver to
 * DIR.log; each start takes a port of the system's choice, which the relays
 * read.
 *
 * Owned by the loop's thread.
 */
#ifndef CHAOS_SERVER_H
#define CHAOS_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "loop.h"

struct chaos;

enum server_state {
	SERVER_DOWN,
	SERVER_STARTING,
	SERVER_UP,
	SERVER_STOPPED, /* by SIGSTOP */
};

struct server {
	struct chaos *chaos;
	unsigned index;
	enum server_state state;
	pid_t pid;
	uint16_t port; /* 0: not ready */
	bool killed;   /* its end is expected */
	struct loop_watch log;
	int log_file;
	char line[256]; /* of the log, as far as it has come */
	size_t line_len;
	unsigned year; /* of the last line of its log that has a time */
};

/* False: errno. */
bool server_init(struct server *s, struct chaos *c, unsigned index);
/* option: "key=value" for -o, or NULL. */
void server_start(struct server *s, const char *option);
void server_kill(struct server *s);
/* SIGSTOP and SIGCONT; nothing when it is down. */
void server_pause(struct server *s);
void server_resume(struct server *s);
/* It has ended: waitpid's status. */
void server_ended(struct server *s, int status);
/* Removes what is on its disk; it is down. */
void server_wipe(struct server *s);
/* SIGTERM, and its end awaited: for the end of the run. */
void server_stop(struct server *s);

/* Where it listens; and its network taken away, or given back, where it has
 * one of its own.  Static. */
const char *server_host(const struct server *s);
bool server_unplug(const struct server *s, bool out);

/* Its directory, below the run's.  Static. */
const char *server_dir(const struct server *s);
/* The last lines of the log, as comments of TAP. */
void server_show_log(const struct server *s);

#endif
