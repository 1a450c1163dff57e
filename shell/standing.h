/*
 * What a server is to the cluster, in words: a member, or why not, and what
 * there is to do.  Pure.
 */
#ifndef SHELL_STANDING_H
#define SHELL_STANDING_H

#include "view.h"

enum standing {
	STANDING_MEMBER,
	STANDING_NONE, /* has not answered */
	STANDING_DOUBLED,
	STANDING_STRANGER,
	STANDING_BLANK,
	STANDING_JOINING,
	STANDING_SURPLUS, /* blank or joining, and one more than there are */
	STANDING_LEAVING,
	STANDING_REMOVED,
	STANDING_EXPELLED, /* removed as dead */
	STANDING_BEHIND,
	STANDING_OUTSIDE, /* behind, and the list is not the cluster's */
	STANDING_OTHER,	  /* some other record of the cluster */
};

#define STANDING_TEXT_MAX 128 /* bytes of a text */

/* s: the server's answer, or NULL.  count: length of the list. */
enum standing standing_of(const struct view *v, const struct msg_store *s,
			  unsigned server, unsigned count);
/* One word or two: "member", "was removed". */
const char *standing_word(enum standing t);
/* What to do about it; empty for a member.  name: the server's. */
void standing_advice(enum standing t, const struct view *v, unsigned count,
		     const char *name, char out[STANDING_TEXT_MAX]);

/* Servers that are up and count for nothing, and that no heal will change. */
uint64_t standing_outcasts(const struct view *v, unsigned count);
/* A majority are members no more, though all answer: no heal can begin. */
bool standing_is_forsaken(const struct view *v, unsigned count);

#endif
