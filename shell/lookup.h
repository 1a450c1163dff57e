/*
 * What all servers say of one name now: one QUERY each, nothing more.
 * Several may run at once.
 */
#ifndef SHELL_LOOKUP_H
#define SHELL_LOOKUP_H

#include "cluster.h"
#include "name.h"
#include "view.h"

struct lookup_answer {
	bool given;
	struct msg_store store;
	struct record *records; /* heap, owned */
	unsigned count;
};

struct lookup {
	struct cluster *cluster;
	char name[NAME_MAX_BYTES + 1];
	size_t name_len;
	uint64_t begun_ms;
	uint64_t waiting; /* servers that may still answer */
	struct lookup_answer answers[LAYOUT_MAX];
};

/* Asks all. */
void lookup_start(struct lookup *l, struct cluster *c, const char *name,
		  size_t len);
void lookup_release(struct lookup *l);
/* Turns the loop until all of list[count] are answered, a second has passed
 * since the first began, or a signal has come. */
void lookup_wait(struct lookup *const *list, size_t count);
/* What the answers mean. */
void lookup_judge(const struct lookup *l, struct view *v, struct found *f);

#endif
