#include "words.h"

#include "pattern.h"

#include <stdlib.h>
#include <string.h>

/* The line is read byte by byte; this is what is known between two bytes. */
struct cut {
	struct words *words;
	size_t room;		/* in the list */
	struct word word;	/* the one that is being read */
	size_t begin;		/* where it, or the byte at hand, begins */
	bool inside;		/* the word has begun */
	enum words_style style; /* the quotes that are open */
	bool escape;		/* a backslash waits for its character */
	bool comment;
	char *text; /* where the word's next byte goes */
	char *pattern;
};

static bool is_blank(char b)
{
	return b == ' ' || b == '\t' || b == '\n';
}

/* What means something to fnmatch(3), in brackets too. */
static bool is_glob(char b)
{
	return b != '\0' && strchr("*?[]\\-!^", b);
}

static void add(struct cut *c, char b, bool quoted)
{
	c->inside = true;
	c->word.quoted |= quoted;
	if (c->text == c->word.text)
		c->word.home = !c->word.quoted && b == '~';
	*c->text++ = b;
	if (quoted && is_glob(b))
		*c->pattern++ = '\\';
	*c->pattern++ = b;
}

/* The word at hand, closed; the next one begins behind it. */
static struct word close_word(struct cut *c)
{
	struct word done = c->word;

	*c->text++ = '\0';
	*c->pattern++ = '\0';
	done.glob = pattern_is_glob(done.pattern);
	done.home &= done.text[1] == '\0' || done.text[1] == '/';
	c->word = (struct word){.text = c->text, .pattern = c->pattern};
	c->inside = false;
	return done;
}

static enum err end_word(struct cut *c)
{
	struct words *w = c->words;

	if (!c->inside)
		return ERR_OK;
	if (w->count == WORDS_MAX)
		return ERR_LIMIT;
	if (w->count == c->room) {
		size_t room = c->room ? c->room * 2 : 8;
		struct word *list = realloc(w->list, room * sizeof(*list));

		if (!list)
			return ERR_MEMORY;
		w->list = list;
		c->room = room;
	}
	w->list[w->count++] = close_word(c);
	return ERR_OK;
}

static void open_quotes(struct cut *c, enum words_style style)
{
	c->style = style;
	c->inside = true;
	c->word.quoted = true;
}

static void take_escaped(struct cut *c, char b)
{
	c->escape = false;
	if (b == '\n')
		return;
	if (c->style == WORDS_DOUBLE && b != '"' && b != '\\')
		add(c, '\\', true);
	add(c, b, true);
}

static void take_quoted(struct cut *c, char b)
{
	if (b == (c->style == WORDS_SINGLE ? '\'' : '"'))
		c->style = WORDS_BARE;
	else if (b == '\\' && c->style == WORDS_DOUBLE)
		c->escape = true;
	else
		add(c, b, true);
}

static enum err take_bare(struct cut *c, char b)
{
	if (is_blank(b))
		return end_word(c);
	if (b == '#' && !c->inside)
		c->comment = true;
	else if (b == '\\')
		c->escape = true;
	else if (b == '\'')
		open_quotes(c, WORDS_SINGLE);
	else if (b == '"')
		open_quotes(c, WORDS_DOUBLE);
	else
		add(c, b, false);
	return ERR_OK;
}

static enum err take(struct cut *c, char b)
{
	if (c->comment)
		c->comment = b != '\n';
	else if (c->escape)
		take_escaped(c, b);
	else if (c->style != WORDS_BARE)
		take_quoted(c, b);
	else
		return take_bare(c, b);
	return ERR_OK;
}

/* Reads all of the line, but does not end its last word. */
static enum err cut_line(struct cut *c, struct words *w, const char *line,
			 size_t len)
{
	enum err e = ERR_OK;

	*w = (struct words){0};
	if (len > WORDS_LINE_MAX)
		return ERR_LIMIT;
	if (len > 0 && memchr(line, '\0', len))
		return ERR_FORMAT;
	/* A byte of the line becomes at most one of a text and two of a
	 * pattern, or, as the blank behind a word, both NULs; a word at the
	 * end has no blank. */
	w->bytes = malloc(3 * len + 2);
	if (!w->bytes)
		return ERR_MEMORY;
	*c = (struct cut){
		.words = w, .text = w->bytes, .pattern = w->bytes + len + 1};
	c->word = (struct word){.text = c->text, .pattern = c->pattern};
	for (size_t i = 0; i < len && !e; i++) {
		if (!c->inside && !c->escape)
			c->begin = i;
		e = take(c, line[i]);
	}
	return e;
}

enum err words_parse(struct words *w, const char *line, size_t len)
{
	struct words done;
	struct cut c;
	enum err e = cut_line(&c, &done, line, len);

	if (!e && (c.style != WORDS_BARE || c.escape))
		e = ERR_SHORT;
	if (!e)
		e = end_word(&c);
	if (e)
		words_release(&done);
	else
		*w = done;
	return e;
}

void words_release(struct words *w)
{
	free(w->list);
	free(w->bytes);
	*w = (struct words){0};
}

enum err words_parse_partial(struct words_partial *p, const char *line,
			     size_t len)
{
	struct words before;
	struct cut c;
	enum err e = cut_line(&c, &before, line, len);

	if (!e && c.comment)
		e = ERR_ABSENT;
	if (e) {
		words_release(&before);
		return e;
	}
	p->before = before;
	p->begin = c.inside || c.escape ? c.begin : len;
	p->style = c.style;
	p->word = close_word(&c);
	return ERR_OK;
}

void words_partial_release(struct words_partial *p)
{
	words_release(&p->before);
	*p = (struct words_partial){0};
}

/* Control bytes would do unquoted, but are easily taken for blanks. */
static bool needs_escape(char b, bool first)
{
	return (unsigned char)b <= ' ' || b == 127 || strchr("'\"\\*?[]", b) ||
	       (first && (b == '#' || b == '!'));
}

static char *write_bare(char *to, const char *name)
{
	for (const char *p = name; *p; p++) {
		if (needs_escape(*p, p == name))
			*to++ = '\\';
		*to++ = *p;
	}
	return to;
}

/* Out of the quotes for each one in the name: 'it'\''s'. */
static char *write_single(char *to, const char *name)
{
	*to++ = '\'';
	for (const char *p = name; *p; p++) {
		if (*p == '\'') {
			*to++ = '\'';
			*to++ = '\\';
			*to++ = '\'';
		}
		*to++ = *p;
	}
	*to++ = '\'';
	return to;
}

static char *write_double(char *to, const char *name)
{
	*to++ = '"';
	for (const char *p = name; *p; p++) {
		if (*p == '"' || *p == '\\')
			*to++ = '\\';
		*to++ = *p;
	}
	*to++ = '"';
	return to;
}

char *words_quote(const char *name, enum words_style style)
{
	/* A quote in single quotes takes four bytes. */
	char *out = malloc(4 * strlen(name) + 3);
	char *end;

	if (!out)
		return NULL;
	if (style == WORDS_BARE && (name[0] == '\0' || strchr(name, '\n')))
		style = WORDS_SINGLE;
	if (style == WORDS_BARE)
		end = write_bare(out, name);
	else if (style == WORDS_SINGLE)
		end = write_single(out, name);
	else
		end = write_double(out, name);
	*end = '\0';
	return out;
}
