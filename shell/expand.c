#include "expand.h"

#include "interrupt.h"
#include "listing.h"
#include "pattern.h"
#include "position.h"
#include "show.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* One run over the words. */
struct expanding {
	struct expanded *x;
	struct client *client;
	const struct command *command;
	const struct here *here;
	bool trees; /* a pattern may stand for a directory */
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
	char last[NAME_MAX_BYTES + 1]; /* directory that was added */
	size_t count;
	bool no_memory;
};

static void match(struct matching *m, const char *name)
{
	if (m->no_memory || !pattern_matches(m->pattern, name))
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
	if (m->run->trees)
		match_directories(m, name);
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

static enum exit_status match_stored(struct expanding *r,
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

	if (here_pattern(r->here, word->pattern, pattern, sizeof(pattern)) ||
	    pattern_check(pattern) ||
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
	enum err e;

	memcpy(word, text, skip);
	e = here_resolve(r->here, text + skip, word + skip,
			 sizeof(word) - skip);
	if (e) {
		show_problem(text, strlen(text), "longer than any name");
		return EXIT_USAGE;
	}
	return add(r->x, word, plain) ? EXIT_DONE : no_memory();
}

/* Local files */

static enum exit_status match_local(struct expanding *r,
				    const struct word *word)
{
	glob_t found;
	enum exit_status status = EXIT_DONE;
	int bad = glob(word->pattern, 0, NULL, &found);

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

	if (operand && word->glob &&
	    (p->kind == ARGS_STORED || p->kind == ARGS_PREFIX))
		return match_stored(r, word);
	if (operand && word->glob && p->kind == ARGS_LOCAL)
		return match_local(r, word);
	/* `cd -`, `put -`: a name that is a dash is written ./- */
	if (is_stored(p->kind) && strcmp(word->text, "-") != 0)
		return take_stored(r, word->text, p->skip, operand);
	return add(r->x, word->text, operand) ? EXIT_DONE : no_memory();
}

/* Two words more, in front of the others: -- may be among those. */
static bool add_first(struct expanded *x, const char *one, const char *two)
{
	char *words[2];
	size_t rest = (size_t)x->argc - 1;

	if (!add(x, one, false) || !add(x, two, false))
		return false;
	memcpy(words, x->argv + x->argc - 2, sizeof(words));
	memmove(x->argv + 3, x->argv + 1, rest * sizeof(*x->argv));
	memmove(x->plain + 3, x->plain + 1, rest * sizeof(*x->plain));
	memcpy(x->argv + 1, words, sizeof(words));
	x->plain[1] = x->plain[2] = false;
	return true;
}

/* Where cd has gone is what a command without operands is about, and where
 * what it stores goes. */
static enum exit_status add_here(struct expanding *r, const struct position *p,
				 bool to)
{
	char prefix[NAME_MAX_BYTES + 2];
	size_t len = strlen(r->here->prefix);
	bool good = true;

	if (len == 0)
		return EXIT_DONE;
	memcpy(prefix, r->here->prefix, len);
	memcpy(prefix + len, "/", 2);
	if ((r->command->flags & COMMAND_HERE) && p->operands == 0)
		good = add(r->x, prefix, true);
	else if ((r->command->flags & COMMAND_INTO_HERE) && !to)
		good = add_first(r->x, "-t", prefix);
	return good ? EXIT_DONE : no_memory();
}

static bool takes_trees(const struct command *cmd, const struct words *w)
{
	struct position p;

	position_init(&p, cmd);
	for (size_t i = 1; i < w->count; i++)
		position_take(&p, w->list[i].text);
	return p.recursive || (cmd->flags & COMMAND_HERE);
}

enum exit_status expand_words(struct expanded *x, struct client *c,
			      const struct command *cmd, const struct here *h,
			      const struct words *w)
{
	struct expanding r = {.x = x,
			      .client = c,
			      .command = cmd,
			      .here = h,
			      .trees = takes_trees(cmd, w)};
	enum exit_status status;
	struct position p;
	bool to = false; /* -t or -o is given */

	*x = (struct expanded){0};
	position_init(&p, cmd);
	status = add(x, w->list[0].text, false) ? EXIT_DONE : no_memory();
	for (size_t i = 1; i < w->count && !status; i++) {
		const struct word *word = &w->list[i];
		struct position_word at = position_take(&p, word->text);

		to |= at.option && strchr("to", at.option->letter);
		status = take_word(&r, &at, word);
	}
	if (!status)
		status = add_here(&r, &p, to);
	if (status)
		expand_release(x);
	return status;
}
