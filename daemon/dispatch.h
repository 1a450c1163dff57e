/*
 * The dispatcher: the one thread that waits in epoll.  It accepts, greets,
 * hands ready sessions to the pool, ends silent ones, takes all signals and
 * ends the daemon.  It never waits for a worker, the disk or a peer, so a
 * connection is greeted whatever the workers do.
 *
 * All functions are called by the thread that runs dispatch_run().
 */
#ifndef DAEMON_DISPATCH_H
#define DAEMON_DISPATCH_H

#include "listen.h"
#include "session.h"

/* What SIGHUP may change.  Owned by the dispatcher's thread. */
struct dispatch_limits {
	uint64_t max_connections;
	uint64_t grace_ms; /* for answers under way, at the end */
};

struct dispatch_settings {
	struct service *service;
	struct listeners *listeners; /* closed when the daemon stops */
	int signals;		     /* signalfd; the caller's */
	struct dispatch_limits limits;
	/* SIGHUP: changes the limits, and what else it likes. */
	void (*reload)(void *arg, struct dispatch_limits *limits);
	void *arg;
};

enum dispatch_end {
	DISPATCH_STOPPED, /* all that was complete is answered */
	DISPATCH_CUT,	  /* a second signal came */
	DISPATCH_FAILED,  /* logged */
};

struct dispatch;

/* All but the waiting itself, so that nothing is left that could fail once the
 * daemon says that it is ready; the listeners listen already.  ERR_MEMORY,
 * ERR_SYS. */
enum err dispatch_new(const struct dispatch_settings *settings,
		      struct dispatch **out) MUST_CHECK;
/* Serves until a signal ends it.  After DISPATCH_STOPPED no session is left
 * in its list; the pool and the store still run. */
enum dispatch_end dispatch_run(struct dispatch *d);
/* Ends what is left.  The pool must be stopped.  NULL is nothing. */
void dispatch_free(struct dispatch *d);

#endif
