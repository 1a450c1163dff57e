/*
 * A line of the shell that has no servers: what is offered at its cursors is
 * one word, in the place and with the quotes that it is offered for; and the
 * words that a command gets are of the same kinds as those that were typed.
 */
#include "command.h"
#include "complete.h"
#include "expand.h"
#include "fuzz.h"

#define CURSORS_MAX 32

static struct client client;

/* The line with the candidate in it is read with that as its last word. */
static void check_candidate(const char *line, const struct completion *c,
			    const char *word)
{
	char *quoted = words_quote(word, c->style);
	size_t len = c->begin + strlen(quoted ? quoted : "");
	char *text = malloc(len + 1);
	const char *from;
	struct words w;
	enum err e;

	must(quoted && text);
	memcpy(text, line, c->begin);
	strcpy(text + c->begin, quoted);
	from = text + strspn(text, " \t");
	if (*from == '-' && (size_t)(from - text) < c->begin)
		from++;
	e = words_parse(&w, from, strlen(from));
	must(e == ERR_OK || e == ERR_LIMIT);
	if (!e) {
		must(w.count > 0);
		must(strcmp(w.list[w.count - 1].text, word) == 0);
		words_release(&w);
	}
	free(text);
	free(quoted);
}

static void check_cursor(const struct here *h, const char *line, size_t at)
{
	struct completion c;
	size_t common;

	complete_line(&client, h, line, at, &c);
	must(c.begin <= at);
	must(c.count <= COMPLETE_MAX);
	common = completion_common(&c);
	for (size_t i = 0; i < c.count; i++) {
		must(c.shown_from <= strlen(c.list[i]));
		must(memcmp(c.list[i], c.list[0], common) == 0);
		must(i == 0 || strcmp(c.list[i - 1], c.list[i]) <= 0);
		if (i < CURSORS_MAX)
			check_candidate(line, &c, c.list[i]);
	}
	completion_release(&c);
}

static enum err parse(const struct command *cmd, int argc, char **argv,
		      const bool *plain, struct args *a)
{
	char message[ARGS_MESSAGE_MAX];

	return args_parse(a, &(struct args_words){argc, argv, plain},
			  cmd->options, command_common, message);
}

static void compare(const struct command *cmd, const struct here *h,
		    const struct args *typed, const struct args *got)
{
	bool into = (cmd->flags & COMMAND_INTO_HERE) && h->prefix[0];
	bool here = (cmd->flags & COMMAND_HERE) && h->prefix[0];

	must(got->count == (here && typed->count == 0 ? 1 : typed->count));
	for (int i = 1; i < 128; i++)
		must(got->given[i] == typed->given[i] || (into && i == 't'));
}

static void check_words(const struct here *h, const struct words *w)
{
	const struct command *cmd = command_find(w->list[0].text);
	char **argv = calloc(w->count + 1, sizeof(*argv));
	struct args typed;
	struct args got;
	struct expanded x;
	enum err e;

	must(argv != NULL);
	for (size_t i = 0; i < w->count; i++)
		argv[i] = w->list[i].text;
	if (expand_words(&x, &client, cmd, h, w) == EXIT_DONE) {
		e = parse(cmd, (int)w->count - 1, argv + 1, NULL, &typed);
		must(parse(cmd, x.argc - 1, x.argv + 1, x.plain + 1, &got) ==
		     e);
		if (!e) {
			compare(cmd, h, &typed, &got);
			args_release(&typed);
			args_release(&got);
		}
		expand_release(&x);
	}
	free(argv);
}

/* A pattern would have servers asked, or any directory of this machine. */
static bool is_quiet(const struct words *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->list[i].glob)
			return false;
	return w->count > 0 && command_find(w->list[0].text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct here places[] = {{""}, {"docs/a b"}};
	char *line = fuzz_text(data, size);
	size_t len = strlen(line);
	struct words w;

	settings_default(&client.settings);
	for (size_t i = 0; i < 2; i++) {
		for (size_t at = 0; at <= len && at < CURSORS_MAX; at++)
			check_cursor(&places[i], line, at);
		check_cursor(&places[i], line, len);
	}
	if (words_parse(&w, line, len) == ERR_OK) {
		for (size_t i = 0; i < 2 && is_quiet(&w); i++)
			check_words(&places[i], &w);
		words_release(&w);
	}
	free(line);
	return 0;
}
