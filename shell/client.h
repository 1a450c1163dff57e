/*
 * What a command works with: configuration, loop, links, and what is to be
 * said at the command's end.
 */
#ifndef SHELL_CLIENT_H
#define SHELL_CLIENT_H

#include "cluster.h"
#include "exit.h"
#include "settings.h"
#include "view.h"

struct client {
	const char *conf; /* the operand of -c, or NULL */
	bool quiet;	  /* -q: no warnings */
	bool verbose;	  /* -v: how a name was read, too */
	bool configured;
	bool opened;
	bool pipe_closed; /* nobody reads stdout any more */
	struct settings settings;
	struct loop loop;
	struct cluster cluster;

	struct tally tally;
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

/* Reads the configuration and begins to connect.  False when it cannot: it
 * has said why, and the command ends with EXIT_USAGE. */
bool client_open(struct client *c);
/* The same without connecting. */
bool client_configure(struct client *c);
/* Notes what is to be said of these answers at the end: servers of another
 * cluster, a list that is too short, members that are none any more. */
void client_note(struct client *c, const struct view *v);
/* Says what is to be said at the end, and gives the exit status. */
enum exit_status client_close(struct client *c);

#endif
