#include "expand.h"

#include "interrupt.h"
#include "listing.h"
#include "pattern.h"
#include "position.h"
#include "show.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One run over the words. */
struct expanding {
	struct expanded *x;
	struct client *client;
	const struct command *command;
	const struct here *here;
	bool trees;	     /* a pattern may stand for a directory */
	struct position end; /* behind the last word */
	bool placed;	     /* -t or -o is given */
};

static enum exit_status no_memory(void)
{
	show_trouble("%s", err_text(ERR_MEMORY));
	return EXIT_ERROR;
}

static bool add(struct expanded *x, const char *text, bool plain)
{
	if ((size_t)x->argc + 1 >= x->cap) {
		size_t cap = x->cap ? 2 * x->cap : 16;
		char **argv = realloc(x->argv, cap * sizeof(*argv));
		bool *flags;

		if (argv)
			x->argv = argv;
		flags = argv ? realloc(x->plain, cap * sizeof(*flags)) : NULL;
		if (!flags)
			return false;
		x->plain = flags;
		x->cap = cap;
	}
	x->argv[x->argc] = strdup(text);
	if (!x->argv[x->argc])
		return false;
	x->plain[x->argc++] = plain;
	x->argv[x->argc] = NULL;
	return true;
}

void expand_release(struct expanded *x)
{
	for (int i = 0; i < x->argc; i++)
		free(x->argv[i]);
	free(x->argv);
	free(x->plain);
	*x = (struct expanded){0};
}

/* Stored names */

struct matching {
	struct expanding *run;
	const char *pattern;
	bool files;		       /* it may stand for those */
	bool trees;		       /* and for a directory */
	char last[NAME_MAX_BYTES + 1]; /* directory that was added */
	size_t count;
	bool no_memory;
};

/* There is a file of that name too; what has come since begins with it. */
static bool is_added(const struct matching *m, const char *name)
{
	const struct expanded *x = m->run->x;
	size_t len = strlen(name);

	for (size_t i = 1; i <= m->count; i++) {
		const char *before = x->argv[x->argc - (int)i];

		if (strncmp(before, name, len) != 0)
			return false;
		if (before[len] == '\0')
			return true;
	}
	return false;
}

static void match(struct matching *m, const char *name)
{
	if (m->no_memory || !pattern_matches(m->pattern, name) ||
	    is_added(m, name))
		return;
	m->count++;
	m->no_memory |= !add(m->run->x, name, true);
}

/* "docs" for "docs/a": once, for all that lies below it. */
static void match_directories(struct matching *m, char *name)
{
	for (char *s = strchr(name, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		if (strncmp(m->last, name, strlen(name)) != 0 ||
		    m->last[strlen(name)] != '/') {
			match(m, name);
		}
		*s = '/';
	}
}

static void on_name(void *arg, const struct listing_name *n)
{
	struct matching *m = arg;
	char name[NAME_MAX_BYTES + 1];

	memcpy(name, n->text, n->len);
	name[n->len] = '\0';
	if (m->trees)
		match_directories(m, name);
	if (m->files)
		match(m, name);
	memcpy(m->last, name, n->len + 1);
}

static enum exit_status end_of(enum listing_end end, const char *word,
			       size_t count)
{
	if (end == LISTING_CANCELLED)
		return EXIT_INTERRUPTED;
	if (end == LISTING_MEMORY)
		return no_memory();
	if (end != LISTING_PROVEN) {
		show_problem(word, strlen(word),
			     "too few servers to know what it matches");
		return EXIT_TEMPORARY;
	}
	if (count > 0)
		return EXIT_DONE;
	show_problem(word, strlen(word), "no name matches");
	return EXIT_ABSENT;
}

/* Where cd goes, and what a slash stands behind, is a directory. */
static void judge(struct matching *m, enum args_kind kind, char *pattern)
{
	size_t len = strlen(pattern);

	m->trees = m->run->trees || kind == ARGS_PREFIX;
	m->files = kind != ARGS_PREFIX ||
		   !(m->run->command->flags & COMMAND_SHELL);
	if (len > 1 && pattern[len - 1] == '/') {
		pattern[len - 1] = '\0';
		m->files = false;
	}
}

static enum exit_status match_stored(struct expanding *r, enum args_kind kind,
				     const struct word *word)
{
	char pattern[PATTERN_MAX + 1];
	char prefix[PATTERN_MAX + 1];
	struct matching m = {.run = r, .pattern = pattern};
	struct listing_query q = {.cluster = &r->client->cluster,
				  .prefix = prefix,
				  .each = on_name,
				  .arg = &m};
	enum listing_end end;
	struct view v;
	enum err bad;

	bad = here_pattern(r->here, word->pattern, pattern, sizeof(pattern));
	if (!bad)
		judge(&m, kind, pattern);
	if (bad || pattern_check(pattern) ||
	    pattern_prefix(pattern, prefix) > NAME_MAX_BYTES) {
		show_problem(word->text, strlen(word->text),
			     "not a pattern that can be looked for");
		return EXIT_USAGE;
	}
	if (!client_open(r->client))
		return EXIT_USAGE;
	end = listing_run(&q, &v);
	return m.no_memory ? no_memory() : end_of(end, word->text, m.count);
}

static enum exit_status take_stored(struct expanding *r, const char *text,
				    size_t skip, bool plain)
{
	char word[WORDS_LINE_MAX];
	bool behind_letter;
	enum err e;

	memcpy(word, text, skip);
	e = here_resolve(r->here, text + skip, word + skip,
			 sizeof(word) - skip);
	if (e) {
		show_problem(text, strlen(text), "longer than any name");
		return EXIT_USAGE;
	}
	/* Where names are given, no name at all is a mistake: / is the top. */
	if (plain && text[0] != '\0' && word[0] == '\0' &&
	    (r->command->flags & COMMAND_CHANGES))
		memcpy(word, "/", 2);
	if (!add(r->x, word, plain))
		return no_memory();
	/* The top is no name at all: behind a letter it would be no value. */
	behind_letter = skip > 0 && text[skip - 1] != '=';
	if (behind_letter && strlen(word) == skip && !add(r->x, "", false))
		return no_memory();
	return EXIT_DONE;
}

/* Local files */

char *expand_home(const struct word *w)
{
	const char *home = w->home ? getenv("HOME") : NULL;
	char *path;

	if (!home || !*home)
		return strdup(w->text);
	return asprintf(&path, "%s%s", home, w->text + 1) < 0 ? NULL : path;
}

static enum exit_status take_local(struct expanding *r, const struct word *word,
				   bool operand)
{
	char *path = expand_home(word);
	bool good = path && add(r->x, path, operand);

	free(path);
	return good ? EXIT_DONE : no_memory();
}

static enum exit_status match_local(struct expanding *r,
				    const struct word *word)
{
	glob_t found;
	enum exit_status status = EXIT_DONE;
	int bad =
		glob(word->pattern, word->home ? GLOB_TILDE : 0, NULL, &found);

	if (bad) {
		show_problem(word->text, strlen(word->text), "%s",
			     bad == GLOB_NOMATCH ? "no file matches"
						 : "cannot be looked for");
		return bad == GLOB_NOMATCH ? EXIT_ABSENT : EXIT_ERROR;
	}
	for (size_t i = 0; i < found.gl_pathc && !status; i++)
		if (!add(r->x, found.gl_pathv[i], true))
			status = no_memory();
	globfree(&found);
	return status;
}

/* One word */

static bool is_stored(enum args_kind kind)
{
	return kind == ARGS_STORED || kind == ARGS_PREFIX || kind == ARGS_NAME;
}

static enum exit_status take_word(struct expanding *r,
				  const struct position_word *p,
				  const struct word *word)
{
	bool operand = !p->option && p->kind != ARGS_NONE;
	/* `cd -` is no name. */
	bool back = (r->command->flags & COMMAND_SHELL) &&
		    strcmp(word->text, "-") == 0;

	if (operand && word->glob &&
	    (p->kind == ARGS_STORED || p->kind == ARGS_PREFIX))
		return match_stored(r, p->kind, word);
	if (operand && word->glob && p->kind == ARGS_LOCAL)
		return match_local(r, word);
	if ((p->kind == ARGS_LOCAL || p->kind == ARGS_DIRECTORY) &&
	    p->skip == 0)
		return take_local(r, word, operand);
	if (is_stored(p->kind) && !back)
		return take_stored(r, word->text, p->skip, operand);
	return add(r->x, word->text, operand) ? EXIT_DONE : no_memory();
}

/* The words are gone through once, for what the first of them must know. */
static void look_ahead(struct expanding *r, const struct words *w)
{
	position_init(&r->end, r->command);
	for (size_t i = 1; i < w->count; i++) {
		struct position_word at =
			position_take(&r->end, w->list[i].text);

		r->placed |= at.option && strchr("to", at.option->letter);
	}
	r->trees = r->end.recursive || (r->command->flags & COMMAND_HERE);
}

/* Where cd has gone is where what a command stores goes, and what one without
 * operands is about.  In front of the words: behind them a `--`, or an option
 * without its value, would make something else of it. */
static enum exit_status add_here(struct expanding *r)
{
	char prefix[NAME_MAX_BYTES + 2];
	size_t len = strlen(r->here->prefix);
	bool good = true;

	if (len == 0)
		return EXIT_DONE;
	memcpy(prefix, r->here->prefix, len);
	memcpy(prefix + len, "/", 2);
	if ((r->command->flags & COMMAND_HERE) && r->end.operands == 0)
		good = add(r->x, prefix, true);
	else if ((r->command->flags & COMMAND_INTO_HERE) && !r->placed)
		good = add(r->x, "-t", false) && add(r->x, prefix, false);
	return good ? EXIT_DONE : no_memory();
}

enum exit_status expand_words(struct expanded *x, struct client *c,
			      const struct command *cmd, const struct here *h,
			      const struct words *w)
{
	struct expanding r = {.x = x, .client = c, .command = cmd, .here = h};
	enum exit_status status;
	struct position p;

	*x = (struct expanded){0};
	look_ahead(&r, w);
	status = add(x, w->list[0].text, false) ? add_here(&r) : no_memory();
	position_init(&p, cmd);
	for (size_t i = 1; i < w->count && !status; i++) {
		const struct word *word = &w->list[i];
		struct position_word at = position_take(&p, word->text);

		status = take_word(&r, &at, word);
	}
	if (status)
		expand_release(x);
	return status;
}
