/*
 * A shell's words made a command's: stored names brought to where `cd` has
 * gone, patterns replaced by the names that match.
 */
#ifndef SHELL_EXPAND_H
#define SHELL_EXPAND_H

#include "command.h"
#include "here.h"
#include "words.h"

struct expanded {
	char **argv; /* heap, each too; ends with NULL */
	bool *plain; /* operands, whatever they look like */
	int argc;
	size_t cap;
};

/*
 * The words behind the first, which is the command's name.  Patterns of
 * stored names have the servers asked, for what is there now.  Anything but
 * EXIT_DONE is said; there is nothing to release then.
 */
enum exit_status expand_words(struct expanded *x, struct client *c,
			      const struct command *cmd, const struct here *h,
			      const struct words *w);
void expand_release(struct expanded *x);

/* A local path, with the home directory for a ~ in front, as far as there is
 * one.  Heap; NULL: no memory. */
char *expand_home(const struct word *w);

#endif
