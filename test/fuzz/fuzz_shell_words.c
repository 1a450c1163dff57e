/*
 * A line of the shell: its words, quoted in any style, are read back as they
 * are; and up to any cursor the same words are seen.
 */
#include "fuzz.h"
#include "pattern.h"
#include "words.h"

#define CURSORS_MAX 256

static void check_quoted(const char *text, enum words_style style)
{
	char *q = words_quote(text, style);
	struct words w;

	must(q != NULL);
	if (strlen(q) <= WORDS_LINE_MAX) {
		must(words_parse(&w, q, strlen(q)) == ERR_OK);
		must(w.count == 1);
		must(strcmp(w.list[0].text, text) == 0);
		must(!w.list[0].glob);
		words_release(&w);
	}
	free(q);
}

static void check_word(const struct word *w)
{
	char prefix[PATTERN_MAX + 1];

	must(strlen(w->pattern) <= 2 * strlen(w->text));
	must(pattern_is_glob(w->pattern) == w->glob);
	must(pattern_prefix(w->pattern, prefix) <= strlen(w->text));
	if (!w->glob && strlen(w->text) <= PATTERN_MAX)
		must(strcmp(prefix, w->text) == 0);
	if (!w->glob && pattern_check(w->pattern) == ERR_OK)
		must(pattern_matches(w->pattern, w->text));
	check_quoted(w->text, WORDS_BARE);
	check_quoted(w->text, WORDS_SINGLE);
	check_quoted(w->text, WORDS_DOUBLE);
}

/* all: the words of the whole line, or NULL. */
static void check_cursor(const char *line, size_t len, const struct words *all)
{
	struct words_partial p;
	enum err e = words_parse_partial(&p, line, len);

	must(e == ERR_OK || e == ERR_ABSENT || e == ERR_FORMAT ||
	     e == ERR_LIMIT);
	if (e)
		return;
	must(p.begin <= len);
	must(strlen(p.word.text) <= len - p.begin);
	for (size_t i = 0; all && i < p.before.count; i++)
		must(i < all->count &&
		     strcmp(p.before.list[i].text, all->list[i].text) == 0);
	words_partial_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = fuzz_text(data, size);
	struct words w;
	enum err e = words_parse(&w, line, size);

	must(e == ERR_OK || e == ERR_SHORT || e == ERR_FORMAT ||
	     e == ERR_LIMIT);
	for (size_t i = 0; i <= size && i <= CURSORS_MAX; i++)
		check_cursor(line, i, e ? NULL : &w);
	check_cursor(line, size, e ? NULL : &w);
	if (!e) {
		for (size_t i = 0; i < w.count; i++)
			check_word(&w.list[i]);
		words_release(&w);
	}
	free(line);
	return 0;
}
