/*
 * Four servers of the test's own, and clients that run against them, each
 * with or without the library of inject.h inside.
 *
 * What goes wrong with the test itself ends it (die()); what the programs do
 * is returned.  Servers count from 0 here, and from 1 in names on disk.  One
 * thread.
 */
#ifndef FAULT_CLUSTER_H
#define FAULT_CLUSTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "inject.h"

#define SERVERS 4
#define NOBODY (-1)	     /* for `without` */
#define STATUS_SIGNAL 256    /* + the signal that ended it */
#define STATUS_TIMEOUT 1000  /* it had to be killed */
#define STATUS_SANITIZER 97  /* a sanitizer's report */
#define ERR_TEXT_MAX 2000    /* bytes */
#define PATH_LENGTH_MAX 1024 /* bytes */

struct server {
	pid_t pid; /* 0: not running */
	unsigned port;
	char dir[PATH_LENGTH_MAX];
	char log[PATH_LENGTH_MAX];
	struct inject *plan;
};

struct cluster {
	const char *top; /* the directory for everything, and the cwd */
	struct server server[SERVERS];
	struct inject *client; /* the plan of clients */
};

/* How a program ended. */
struct ran {
	int status; /* exit status, or one of STATUS_ */
	unsigned ms;
	char err[ERR_TEXT_MAX]; /* the beginning of its stderr */
};

__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format,
							 ...);
unsigned long long now_ms(void);

/* Starts the servers on ports of the system's choice; they run until
 * cluster_close().  Their directories are top/N, or below these. */
void cluster_open(struct cluster *c, const char *top, const char *below);
void cluster_close(struct cluster *c);

/* Starts server i and waits until it is ready (true), or has ended or hung:
 * then it is gone, and *ran says how. */
bool server_try(struct cluster *c, int i, struct ran *ran);
/* server_try() that must come to be ready. */
void server_start(struct cluster *c, int i);
/* Ends it.  SIGTERM waits for a clean end. */
void server_end(struct cluster *c, int i, int signal, struct ran *ran);
/* Has it ended by itself?  Then *ran says how. */
bool server_died(struct cluster *c, int i, struct ran *ran);
/* Its directory, not running, becomes empty. */
void server_wipe(struct cluster *c, int i);
/* Number of descriptors that it has open. */
unsigned server_descriptors(const struct cluster *c, int i);
/* Do all its threads wait, or is it gone? */
bool server_sleeps(const struct cluster *c, int i);

/* Starts `dfc ARG...` (up to NULL), configured for all servers but one;
 * stdout is the file "out", stdin the file "source". */
pid_t client_start(struct cluster *c, int without, const char *const *args);
/* Until it ends, for limit_ms at most. */
void client_wait(pid_t pid, unsigned limit_ms, struct ran *ran);
void client_run(struct cluster *c, int without, const char *const *args,
		struct ran *ran);

/* Fills in what was given, and arms; and the end of it: did it fire? */
void inject_arm(struct inject *to, const struct inject *plan);
bool inject_disarm(struct inject *plan);

/* rm -rf */
void remove_tree(const char *path);

#endif
