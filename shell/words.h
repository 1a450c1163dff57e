/*
 * A line of the shell, cut into words as sh does, and the way back: a name
 * quoted so that it is read as one word.  Pure.
 *
 *   blanks     space, tab and newline separate words
 *   'x'        all of x is literal
 *   "x"        a backslash before " and \ makes them literal, and stays in
 *              front of everything else
 *   \c         c is literal
 *   # x        where a word would begin: a comment to the end of the line
 *
 * Pieces that touch are one word; '' is a word.  A backslash at the end of a
 * line, in double quotes too, joins it with the next: neither it nor the
 * newline is left.  There are no variables and no operators; what a `~`, or a
 * `!` or a `-` in front of a line, means is the caller's.
 */
#ifndef SHELL_WORDS_H
#define SHELL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define WORDS_MAX 4096		   /* words of a line */
#define WORDS_LINE_MAX (64u << 10) /* bytes, the lines joined to it included */

enum words_style {
	WORDS_BARE,
	WORDS_SINGLE,
	WORDS_DOUBLE,
};

struct word {
	char *text;
	char *pattern; /* for pattern.h: what was quoted stands for itself */
	bool glob;     /* has a * ? or [ that was not quoted */
	bool quoted;   /* a part of it was */
	bool home;     /* begins with ~ or ~/, and that ~ was not quoted */
};

struct words {
	struct word *list; /* heap */
	size_t count;
	char *bytes; /* heap: what the list points to */
};

/* ERR_SHORT: the line ends in quotes or with a backslash; the caller adds a
 * newline and the next line, and tries again.  ERR_FORMAT: it has a NUL.
 * ERR_LIMIT: see above.  ERR_MEMORY. */
enum err words_parse(struct words *w, const char *line, size_t len) MUST_CHECK;
void words_release(struct words *w);

/* A line up to the cursor, for completion. */
struct words_partial {
	struct words before;	/* the whole words */
	struct word word;	/* the one that the cursor is in, as far as it
				   is there; "" between words */
	size_t begin;		/* where that begins, its quotes included */
	enum words_style style; /* the quotes open at the cursor */
};

/* line[begin .. len) is what a completion replaces, a backslash that waits
 * for its character included.  ERR_ABSENT: the cursor is in a comment.
 * ERR_FORMAT, ERR_LIMIT and ERR_MEMORY as above. */
enum err words_parse_partial(struct words_partial *p, const char *line,
			     size_t len) MUST_CHECK;
void words_partial_release(struct words_partial *p);

/*
 * The name as one word of that style, which words_parse() reads back as it
 * is, wherever in a line it stands.  A bare word has no way to write a
 * newline, and becomes a single-quoted one.  The last byte of a quoted word
 * is its closing quote, which a completion that may go on leaves out.  Heap;
 * NULL: no memory.
 */
char *words_quote(const char *name, enum words_style style);

#endif
