/*
 * What a heal of many names has done, added up and put in words; heal -n:
 * what it would do.
 */
#ifndef SHELL_SUMS_H
#define SHELL_SUMS_H

#include "client.h"
#include "task.h"

struct sums {
	bool dry;
	uint64_t files;	    /* names, of the last pass over all */
	uint64_t marks;	    /* name and server */
	uint64_t pairs;	    /* places filled: name and server */
	uint64_t damaged;   /* the same, in the place of bad chunks */
	uint64_t restriped; /* names, and so on */
	uint64_t forgotten;
	uint64_t discarded; /* stages */
	uint64_t given_up;
	uint64_t joined; /* servers */
	/* Of the last pass only: what is left. */
	uint64_t pending; /* garbage that is kept for now */
	uint64_t narrow;
	uint64_t lacking[LAYOUT_MAX]; /* names for which the server should
					 have got chunks, and did not */
	enum status refusals[LAYOUT_MAX];
	uint64_t unmarked[LAYOUT_MAX]; /* the same, of the mark */
};

/* A pass over so many names begins. */
void sums_pass(struct sums *s, uint64_t files);
/* One name has ended. */
void sums_add(struct sums *s, const struct quorum *q);
/* It could not be rebuilt, and was marked all the same. */
bool sums_given_up(const struct quorum *q);
/* On stdout, what was done to one name: nothing, if nothing was. */
void sums_tell(const struct task *task);
/* The same as a "file" object. */
void sums_emit_name(const struct task *task);
/* All as the keys of an object. */
void sums_emit(const struct sums *s, const struct cluster *c, struct emit *e);
/* "WHAT dfs1, dfs3" on stdout, without a newline; nothing for none. */
void sums_tell_servers(const struct cluster *c, const char *what,
		       uint64_t some);
/* At the end, on stderr: what was done, if anything was, and what is left. */
/* True: something is left, and was named. */
bool sums_say(const struct sums *s, const struct client *c);

#endif
