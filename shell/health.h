/*
 * How safe the files are: what LIST, or the servers' own reading of all
 * chunks (VERIFY), and STATUS say, counted.  Changes nothing.
 */
#ifndef SHELL_HEALTH_H
#define SHELL_HEALTH_H

#include "client.h"
#include "listing.h"
#include "names.h"
#include "progress.h"
#include "survey.h"

/* A file by the copies of that of its chunks which has the fewest. */
enum health_kind {
	HEALTH_NONE, /* it cannot be rebuilt */
	HEALTH_ONE,
	HEALTH_TWO,
	HEALTH_KINDS,
};

struct health {
	struct client *client;
	uint64_t jobs;
	uint64_t without;  /* servers taken for dead */
	bool all_names;	   /* keep more than the first of each kind */
	uint64_t until_ms; /* of the loop: counts no longer; 0: to the end */
	bool late;	   /* so it was: not all are counted */
	bool no_memory;

	struct survey survey;
	struct view view; /* of the survey */
	enum listing_end end;
	uint64_t bytes;
	uint64_t kinds[HEALTH_KINDS];
	struct names named[HEALTH_KINDS]; /* not of HEALTH_TWO */
	uint64_t narrow;		  /* fewer chunks than members */
	uint64_t deleted;		  /* deletions not forgotten yet */
	uint64_t stale[LAYOUT_MAX];	  /* names whose newest mark it lacks */
	uint64_t damaged[LAYOUT_MAX];	  /* names of which it has a bad or
					  missing chunk file */
	uint64_t away;	 /* servers that did not take part in all of it */
	uint64_t unread; /* verify: names that a server did not
					  read to the end */

	struct names to_verify; /* behind .once, for the second time */
	size_t once;
	struct names again; /* to be looked at again */
	bool marks_only;    /* of them, all else is counted already */
	bool last_look;
	size_t at;
	uint64_t over;
	uint64_t about; /* names that a check of all will meet, 0: unknown */
	uint64_t seen;	/* files that the lists have told of */
	struct names unmatched; /* prefixes that no file's name has */
	struct progress progress;
};

#define HEALTH_NAMED 20 /* names kept of each kind */

/* Asks all servers.  False, and said and tallied: no use to go on. */
bool health_survey(struct health *h);
/* Counts what the lists say of the names with these prefixes (verify: what
 * the servers read), sorted by bytes and none below another. */
void health_count(struct health *h, const char *const *prefixes, size_t count,
		  bool verify);
void health_release(struct health *h);

static inline uint64_t health_files(const struct health *h)
{
	return h->kinds[HEALTH_NONE] + h->kinds[HEALTH_ONE] +
	       h->kinds[HEALTH_TWO];
}

#endif
