/*
 * The shell: commands line by line, from a terminal with a prompt, or from a
 * pipe or a file without a word of its own, until one fails.
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include "cache.h"
#include "client.h"
#include "here.h"

#define SHELL_DEPTH_MAX 8 /* files that `source` each other */

struct shell {
	struct client *client;
	bool terminal; /* stdin and stdout are one */
	struct here here;
	struct here before; /* where `cd -` goes */
	unsigned depth;	    /* of files that are being read */
	bool leaving;
	enum exit_status leaving_status;
	struct cache cache; /* of a terminal */
	uint64_t lost;	    /* servers that are to be told of, until they are */
	uint64_t back;
	char prompt[4 * NAME_MAX_BYTES + 64];
};

/* Until the input's end, or quit.  The status of the line that ended it. */
enum exit_status shell_run(struct client *c);
/* The lines of a file; `source`. */
enum exit_status shell_source(struct shell *s, const char *path);

#endif
