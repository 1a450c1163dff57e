/*
 * The listening sockets.  Main thread, before other threads start.
 */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include <stdint.h>

#include "addr.h"
#include "settings.h"

#define LISTEN_MESSAGE_MAX 512

struct listeners {
	unsigned count;
	int fd[SETTINGS_LISTEN_MAX];
	char name[SETTINGS_LISTEN_MAX][ADDR_TEXT_MAX]; /* with the port */
};

enum listen_result {
	LISTEN_OK,
	LISTEN_REFUSED, /* an address that this configuration may not use */
	LISTEN_FAILED,
};

/* Binds each address of s, all to one port, without listening yet.  Without a
 * key only loopback addresses will do.  message is one line otherwise, and
 * nothing is left open.  May block for name service. */
enum listen_result listeners_bind(struct listeners *l, const struct settings *s,
				  char message[LISTEN_MESSAGE_MAX]);
/* Whether listeners_bind() may use the addresses of s; binds none. */
enum listen_result listeners_check(const struct settings *s,
				   char message[LISTEN_MESSAGE_MAX]);
/* From now on clients can connect. */
enum listen_result listeners_start(struct listeners *l,
				   char message[LISTEN_MESSAGE_MAX]);
void listeners_close(struct listeners *l);

#endif
