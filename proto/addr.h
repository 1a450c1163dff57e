/*
 * Server addresses as people write them: host:port, 1.2.3.4:port,
 * [::1]:port.  Pure but for addr_resolve.
 */
#ifndef PROTO_ADDR_H
#define PROTO_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "err.h"

#define ADDR_HOST_MAX 254 /* bytes, with the NUL */
#define ADDR_TEXT_MAX (ADDR_HOST_MAX + 9)

struct addr {
	char host[ADDR_HOST_MAX]; /* without brackets */
	uint16_t port;
};

/* Port 1..65535 must be given.  ERR_FORMAT, ERR_RANGE. */
enum err addr_parse(const char *text, struct addr *a) MUST_CHECK;
/* host:port, with brackets around a host that has a colon. */
void addr_format(const struct addr *a, char out[ADDR_TEXT_MAX]);
/* True when host is a number, or localhost (which is 127.0.0.1), so that
 * addr_resolve() does not block. */
bool addr_is_numeric(const struct addr *a);
/* The first stream address for it.  May block for name service.  ERR_ABSENT
 * when there is none. */
enum err addr_resolve(const struct addr *a, struct sockaddr_storage *out,
		      socklen_t *len) MUST_CHECK;
/* 127.0.0.0/8, ::1 and unix names. */
bool addr_is_loopback(const struct sockaddr_storage *ss);
/* "127.0.0.1:10001" or "[::1]:10001" of a socket address. */
void addr_from_socket(const struct sockaddr_storage *ss,
		      char out[ADDR_TEXT_MAX]);

#endif
