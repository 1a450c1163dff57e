/*
 * What commands work with.  Configuration, loop and links last for the whole
 * session, which one-shot is one command long; what is noted and said of a
 * command ends with it.
 */
#ifndef SHELL_CLIENT_H
#define SHELL_CLIENT_H

#include "cluster.h"
#include "exit.h"
#include "liveness.h"
#include "progress.h"
#include "settings.h"
#include "show.h"
#include "summary.h"
#include "view.h"

/* How a command speaks: the options that each takes. */
struct manners {
	bool quiet;   /* -q: no warnings */
	bool verbose; /* -v: how a name was read, too */
	bool json;
	enum show_when color;
	enum progress_when progress;
};

struct shell;

struct client {
	const char *conf;	 /* the operand of -c, or NULL */
	const char *key;	 /* that of -k, or NULL */
	struct manners defaults; /* of the session */
	bool session;		 /* more commands follow */
	struct shell *shell;	 /* or NULL: one-shot */
	const char *here;	 /* a prefix, that of its names; or "" */
	bool configured;
	bool opened;
	struct settings settings;
	struct tls_side *side; /* NULL: no key */
	struct loop loop;
	struct cluster cluster;
	struct liveness liveness; /* of a session */

	/* Of the command that runs, from client_begin() on. */
	struct manners manners;
	bool pipe_closed; /* nobody reads stdout any more */
	struct tally tally;
	struct summary summary;
	/* Servers that a put or an rm that succeeded did without: */
	uint64_t absent;    /* not available */
	uint64_t joining;   /* not members yet */
	uint64_t surplus;   /* the same, and more than the cluster has */
	uint64_t outcasts;  /* not members any more */
	uint64_t strangers; /* of another cluster */
	uint64_t read_only;
	uint64_t full;
	const char *done; /* what was done without them, NULL: nothing */
	bool changed;	  /* something may have been that no tally counts */
	bool explain;	  /* something failed for want of servers */
	unsigned servers; /* of the cluster; 0: no more than the list has */
	bool forsaken;	  /* all answer, and too few are members */
};

/* A command begins; how it speaks is set to the session's way. */
void client_begin(struct client *c);
/* Reads the configuration and begins to connect.  False when it cannot: it
 * has said why, and the command ends with EXIT_USAGE. */
bool client_open(struct client *c);
/* The same without connecting. */
bool client_configure(struct client *c);
/* Notes what is to be said of these answers at the end: servers of another
 * cluster, a list that is too short, members that are none any more. */
void client_note(struct client *c, const struct view *v);
/* Says what is to be said at the command's end, and gives its status. */
enum exit_status client_end(struct client *c);
/* Closes all connections. */
void client_release(struct client *c);

#endif
