/*
 * What may stand at a shell's cursor: names of commands, options, servers,
 * stored and local files, as the command's row says of that place.
 */
#ifndef SHELL_COMPLETE_H
#define SHELL_COMPLETE_H

#include "args.h"
#include "here.h"
#include "words.h"

struct client;
struct command;

#define COMPLETE_MS 300	   /* after so long, what is known by then will do */
#define COMPLETE_MAX 10000 /* candidates kept */

struct completion {
	size_t begin;		/* of what is replaced, in the line */
	enum words_style style; /* of the quotes that are open there */
	char **list;		/* whole words, not quoted; sorted; heap */
	size_t count;
	size_t cap;
	size_t shown_from; /* bytes of each that a list leaves out */
};

/* out is the caller's to release, whatever came of it. */
void complete_line(struct client *c, const struct here *h, const char *text,
		   size_t at, struct completion *out);
/* The same of one word of that kind, as one-shot commands read it: names are
 * whole, and those that begin with a dash are asked for with it. */
void complete_value(struct client *c, enum args_kind kind, const char *text,
		    struct completion *out);
void completion_release(struct completion *c);
/* What all candidates begin with: bytes of the first. */
size_t completion_common(const struct completion *c);
/* The only one is not the whole word yet: a directory, or "--to=". */
bool completion_goes_on(const char *candidate);

#endif
