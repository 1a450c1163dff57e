/*
 * What the servers hold under names that are about to be read, written or
 * removed: there or not, size and time.  One QUERY for each name, many at a
 * time.
 */
#ifndef SHELL_STORED_H
#define SHELL_STORED_H

#include "client.h"

enum stored_state {
	STORED_UNKNOWN, /* too few servers answer to know */
	STORED_NOT,
	STORED_WHOLE,
	STORED_INCOMPLETE,
};

struct stored {
	enum stored_state state;
	bool changes;	  /* enough servers take changes now */
	uint64_t size;	  /* unless it is not there or not known */
	int64_t mtime_ns; /* the same */
};

/* Asks for names[count], and turns the loop until all is known.  Names that
 * a signal comes before are STORED_UNKNOWN.  ERR_MEMORY. */
enum err stored_ask(struct client *c, const char *const *names, size_t count,
		    struct stored *list) MUST_CHECK;

#endif
