/*
 * The socket address of a server: at once when it is written in numbers,
 * otherwise by a thread of its own, since name service may block for long.
 */
#ifndef SHELL_RESOLVE_H
#define SHELL_RESOLVE_H

#include <stdbool.h>
#include <sys/socket.h>

#include "addr.h"

struct resolve;

/* Begins; NULL when there is no memory, thread or descriptor.  *a is
 * copied. */
struct resolve *resolve_start(const struct addr *a);
/* Readable once there is a result; -1 when there is one already. */
int resolve_fd(const struct resolve *r);
/* Whether there is a result.  Does not block. */
bool resolve_is_done(const struct resolve *r);
/* The result.  ERR_BUSY: not done; ERR_ABSENT: there is no address. */
enum err resolve_result(const struct resolve *r, struct sockaddr_storage *out,
			socklen_t *len) MUST_CHECK;
/* Takes NULL.  Never waits: one that is not done stays as it is until the
 * program ends. */
void resolve_free(struct resolve *r);

#endif
