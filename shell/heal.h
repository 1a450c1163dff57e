/*
 * A heal of many names: what `dfc heal` and `dfc members` share.  All names
 * that any server has a record of, deleted ones too, or those that are given;
 * each is mended by a task of its own.  A heal over all names ends with the
 * newcomers as members, and passes over all names again when that widens
 * their stripes.
 *
 * Says on stderr, as it goes, what it could not do, and why.
 */
#ifndef SHELL_HEAL_H
#define SHELL_HEAL_H

#include "client.h"
#include "names.h"
#include "progress.h"
#include "roster.h"
#include "sums.h"
#include "survey.h"

struct heal {
	struct client *client;
	struct quorum_settings settings; /* of each name: dry, accept_*, gone */
	uint64_t jobs;
	bool tell; /* each name to which something was, or would be, done */
	bool named;
	bool no_memory;
	uint64_t gone; /* servers that are being removed, dead */
	bool undone;   /* something could not be done, in the last pass */
	bool degraded; /* of it: nothing worse */
	uint64_t
		partial; /* names of this pass that are not all they could be */
	bool lossy_hint; /* how a lost file is given up was said */
	bool lost_file;	 /* of this pass, one cannot be rebuilt */
	/* Given up when they cannot be rebuilt: sorted; the caller's. */
	const char *const *lossy;
	size_t lossy_count;
	struct names names;
	size_t at;
	uint64_t over; /* names of this pass that have ended */
	uint64_t cut;  /* of them, cancelled */
	uint64_t lost; /* servers that some name of this pass did without */
	struct survey survey;
	struct roster roster;
	struct sums sums;
	struct progress progress;
};

/* jobs, tell, gone and settings are the caller's to set.  NULL: said, and
 * tallied. */
struct heal *heal_new(struct client *c);
void heal_free(struct heal *h);

/* Asks all servers, and judges whether a heal can begin.  What keeps it from
 * that is said, and tallied; a cluster that is new and empty is no fault. */
enum roster_verdict heal_begin(struct heal *h);
/* The names given, once, after heal_begin().  Nobody becomes a member. */
void heal_some(struct heal *h, const char *const *names, size_t count);
/* All, after heal_begin(). */
void heal_all(struct heal *h);
/* What was done, in one line, if anything was; and which servers are to
 * blame for what was not. */
void heal_say(struct heal *h);

#endif
