/*
 * Hailing a server: name service, connect, its greeting and, with a key, the
 * TLS handshake, all within HAIL_MS, without blocking.  A link begins with it, and asks with it whether
 * a silent server is dead or slow.
 */
#ifndef SHELL_HAIL_H
#define SHELL_HAIL_H

#include "addr.h"
#include "frame.h"
#include "loop.h"
#include "resolve.h"
#include "tls.h"

#define HAIL_MS 1000

struct hail {
	struct loop *loop;
	const struct addr *addr; /* the owner's */
	/* Called once for each hail_start that is not stopped, never from
	 * within it.  why is NULL for a good greeting: the socket is then the
	 * owner's, until then the hail's. */
	void (*done)(void *arg, const char *why);
	void *arg;

	/* With a key: the greeting is followed by TLS, in which it is
	 * repeated.  NULL: without. */
	struct tls_side *side;
	bool only_greets; /* whether the server lives is all that is asked */

	struct greeting greeting;
	struct tls *tls;
	uint8_t again[GREETING_SIZE]; /* the greeting in TLS */
	size_t again_have;
	int fd;
	bool running;
	bool late;	     /* the last one ran out of time */
	const char *failure; /* to be told in the next turn */
	struct resolve *resolve;
	struct sockaddr_storage ss; /* of the last success; len 0: none */
	socklen_t len;
	uint8_t bytes[GREETING_SIZE];
	size_t have;
	struct loop_watch watch;
	struct loop_timer timer;
	char text[128];
};

void hail_init(struct hail *h, struct loop *loop, const struct addr *a);
/* Stops, and frees what it can without waiting. */
void hail_release(struct hail *h);
/* Begins.  Nothing when it is running. */
void hail_start(struct hail *h);
/* Ends it without a call of done. */
void hail_stop(struct hail *h);
/* Gives the connected socket to the owner, and its TLS or NULL: in done
 * only. */
int hail_take(struct hail *h, struct tls **tls);

#endif
