/*
 * One name looked at, for those commands that tell all about it: what all
 * servers say, and what that comes to for the command.
 */
#ifndef SHELL_LOOK_H
#define SHELL_LOOK_H

#include "client.h"
#include "lookup.h"

/* What a look comes to. */
enum look_end {
	LOOK_WHOLE,
	LOOK_CHUNKS,   /* some chunk is on no server that answers */
	LOOK_UNPROVEN, /* too few members answer */
	LOOK_ABSENT,   /* nothing is stored, or it is deleted */
};

/* Asks all; twice, if need be: a put may have run between the answers.  The
 * caller releases *l. */
void look_run(struct lookup *l, struct cluster *c, const char *name);
enum look_end look_end(const struct view *v, const struct found *f);
/* Says what there is to say of it on stderr, and gives its exit status. */
enum exit_status look_say(struct client *c, const struct lookup *l,
			  const struct view *v, enum look_end end);

#endif
