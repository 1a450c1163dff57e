/*
 * What becomes of one name: can it be rebuilt, which servers must not be
 * lost, and what is there to do?
 */
#ifndef SHELL_OUTLOOK_H
#define SHELL_OUTLOOK_H

#include "cluster.h"
#include "look.h"
#include "placement.h"

#define OUTLOOK_TEXT_MAX (CLUSTER_NAMES_MAX + 512)

struct outlook {
	unsigned copies;   /* of the chunk that has the fewest */
	uint64_t few;	   /* chunks with so many */
	uint64_t needed;   /* servers without any of which it cannot be read */
	uint64_t away;	   /* servers with chunks that do not answer */
	uint64_t unmarked; /* members that lack the newest mark */
	bool heal;	   /* would change something */
	bool safe;
	char verdict[OUTLOOK_TEXT_MAX];
	char losing[OUTLOOK_TEXT_MAX]; /* a server; empty: no use to say it */
	char todo[OUTLOOK_TEXT_MAX];   /* empty: nothing */
};

/* name: as a command's word may show it. */
void outlook_make(struct outlook *o, const struct cluster *c, const char *name,
		  const struct view *v, const struct found *f,
		  const struct placement *p);

#endif
