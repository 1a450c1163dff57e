#include "complete.h"

#include "command.h"
#include "listing.h"
#include "name.h"
#include "position.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One completion under way. */
struct completing {
	struct client *client;
	const struct here *here;
	struct completion *out;
	const struct words_partial *partial;
	const char *word; /* what is there of the value */
	size_t skip;	  /* bytes of the word before it */
	enum args_kind kind;
	bool bare; /* what begins with a '-' would be an option here */
};

/* What a terminal cannot show, and what would speak to it, is not offered: all
 * that name_escape() changes, but for the backslashes that it doubles. */
static bool is_plain(const char *text)
{
	size_t len = strlen(text);
	size_t shown = len;

	for (const char *p = text; *p; p++)
		shown += *p == '\\';
	return name_escape(text, len, NULL, 0) == shown;
}

/* head[head_len] and tail, as one word behind what the word has before its
 * value. */
static void offer(struct completing *p, const char *head, size_t head_len,
		  const char *tail)
{
	struct completion *c = p->out;
	size_t len;
	char *word;

	if (p->bare && head_len == 0 && tail[0] == '-') {
		head = "./";
		head_len = 2;
	}
	len = p->skip + head_len + strlen(tail);
	if (!is_plain(tail) || c->count == COMPLETE_MAX)
		return;
	if (c->count == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 64;
		char **list = realloc(c->list, cap * sizeof(*list));

		if (!list)
			return;
		c->list = list;
		c->cap = cap;
	}
	word = malloc(len + 1);
	if (!word)
		return;
	memcpy(word, p->partial->word.text, p->skip);
	memcpy(word + p->skip, head, head_len);
	memcpy(word + p->skip + head_len, tail, strlen(tail) + 1);
	c->list[c->count++] = word;
}

static void offer_if(struct completing *p, const char *candidate)
{
	if (candidate[0] && strncmp(candidate, p->word, strlen(p->word)) == 0)
		offer(p, "", 0, candidate);
}

/* Commands, options, settings, servers */

static void offer_commands(struct completing *p)
{
	for (const struct command *cmd = command_table; cmd->name; cmd++)
		offer_if(p, cmd->name);
}

static void offer_options(struct completing *p,
			  const struct args_option *options)
{
	for (const struct args_option *o = options; o && o->letter; o++) {
		char text[64];

		if (o->help && o->name) {
			(void)snprintf(text, sizeof(text), "--%s%s", o->name,
				       o->value ? "=" : "");
			offer_if(p, text);
		}
	}
}

static void offer_words(struct completing *p, const char *words)
{
	while (words && *words) {
		char text[64];
		size_t len = strcspn(words, "|");

		(void)snprintf(text, sizeof(text), "%.*s", (int)len, words);
		offer_if(p, text);
		words += len;
		words += *words == '|';
	}
}

static void offer_settings(struct completing *p)
{
	const struct words *before = &p->partial->before;

	if (before->count > 1)
		offer_words(p, set_values(before->list[1].text));
	for (size_t i = 0; before->count == 1 && set_name(i); i++)
		offer_if(p, set_name(i));
}

static void offer_servers(struct completing *p)
{
	const struct settings *s = &p->client->settings;

	for (unsigned i = 0; i < s->count; i++)
		offer_if(p, s->servers[i].name);
}

/* Files */

static size_t head_length(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash ? (size_t)(slash - word) + 1 : 0;
}

static bool is_directory(int dir, const struct dirent *d)
{
	struct stat st;

	return fstatat(dir, d->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static void offer_local(struct completing *p, bool directories)
{
	size_t head = head_length(p->word);
	const char *tail = p->word + head;
	char *path = head ? strndup(p->word, head) : strdup(".");
	DIR *dir = path ? opendir(path) : NULL;
	const struct dirent *d;

	free(path);
	while (dir && (d = readdir(dir))) {
		char name[sizeof(d->d_name) + 1];
		bool below;

		if (strncmp(d->d_name, tail, strlen(tail)) != 0 ||
		    (d->d_name[0] == '.' && tail[0] != '.') ||
		    strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		below = is_directory(dirfd(dir), d);
		if (directories && !below)
			continue;
		(void)snprintf(name, sizeof(name), "%s%s", d->d_name,
			       below ? "/" : "");
		offer(p, p->word, head, name);
	}
	if (dir)
		closedir(dir);
}

/* Stored names */

struct level {
	struct completing *run;
	size_t top; /* bytes of a name that are above this level */
	size_t head;
	char last[NAME_MAX_BYTES + 1]; /* directory that was offered */
};

/* One level: what lies below a directory stands for that, once. */
static void on_name(void *arg, const struct listing_name *n)
{
	struct level *l = arg;
	const char *at = n->text + l->top;
	const char *slash = memchr(at, '/', n->len - l->top);
	size_t len = slash ? (size_t)(slash - at) + 1 : n->len - l->top;
	char text[NAME_MAX_BYTES + 1];

	if (!slash && l->run->kind == ARGS_PREFIX)
		return;
	memcpy(text, at, len);
	text[len] = '\0';
	if (slash && strcmp(text, l->last) == 0)
		return;
	memcpy(l->last, text, len + 1);
	offer(l->run, l->run->word, l->head, text);
}

static void offer_stored(struct completing *p)
{
	struct level l = {.run = p, .head = head_length(p->word)};
	struct loop *loop = &p->client->loop;
	char prefix[NAME_MAX_BYTES + 1];
	struct listing_query q = {.cluster = &p->client->cluster,
				  .prefix = prefix,
				  .each = on_name,
				  .arg = &l,
				  .remembered = true};
	char *head = strndup(p->word, l.head);
	struct view v;

	/* Only the head is resolved: a name may begin with "..". */
	if (!head || !p->client->opened ||
	    here_resolve(p->here, l.head ? head : ".", prefix,
			 sizeof(prefix)) != ERR_OK ||
	    strlen(prefix) + strlen(p->word + l.head) > NAME_MAX_BYTES) {
		free(head);
		return;
	}
	free(head);
	l.top = strlen(prefix);
	(void)snprintf(prefix + l.top, sizeof(prefix) - l.top, "%s",
		       p->word + l.head);
	loop_refresh(loop);
	q.until_ms = loop->now_ms + COMPLETE_MS;
	listing_run(&q, &v);
}

/* The place */

static void offer_kind(struct completing *p, const struct args_option *option)
{
	switch (p->kind) {
	case ARGS_COMMAND:
		offer_commands(p);
		break;
	case ARGS_SERVER:
		offer_servers(p);
		break;
	case ARGS_SETTING:
		offer_settings(p);
		break;
	case ARGS_CHOICE:
		offer_words(p, option ? option->value : NULL);
		break;
	case ARGS_LOCAL:
	case ARGS_DIRECTORY:
		offer_local(p, p->kind == ARGS_DIRECTORY);
		break;
	case ARGS_STORED:
	case ARGS_PREFIX:
	case ARGS_NAME:
		offer_stored(p);
		break;
	case ARGS_NONE:
	case ARGS_TEXT:
		break;
	}
}

/* The name of an option, as far as it is there: "-", "--", "--jo". */
static bool is_option(const char *word)
{
	return word[0] == '-' && (word[1] == '\0' || word[1] == '-') &&
	       !strchr(word, '=');
}

static void complete_word(struct completing *p)
{
	const struct words *before = &p->partial->before;
	const struct command *cmd =
		before->count ? command_find(before->list[0].text) : NULL;
	struct position_word at = {.kind = ARGS_COMMAND};
	struct position place;

	if (before->count && !cmd)
		return;
	if (cmd) {
		position_init(&place, cmd);
		for (size_t i = 1; i < before->count; i++)
			position_take(&place, before->list[i].text);
		if (!place.due && !place.ended && is_option(p->word)) {
			offer_options(p, cmd->options);
			offer_options(p, command_common);
			return;
		}
		at = position_take(&place, p->word);
		p->bare = !at.option && !place.ended;
	}
	p->skip = at.skip;
	p->word += at.skip;
	p->kind = at.kind;
	offer_kind(p, at.option);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A '-' in front of a line is not of its words. */
static size_t marks(const char *text, size_t at)
{
	size_t blank = strspn(text, " \t");

	return blank < at && text[blank] == '-' ? blank + 1 : 0;
}

void complete_line(struct client *c, const struct here *h, const char *text,
		   size_t at, struct completion *out)
{
	struct words_partial partial;
	struct completing p = {
		.client = c, .here = h, .out = out, .partial = &partial};
	size_t from = marks(text, at);

	*out = (struct completion){0};
	if (text[strspn(text, " \t")] == '!' ||
	    words_parse_partial(&partial, text + from, at - from) != ERR_OK)
		return;
	out->begin = from + partial.begin;
	out->style = partial.style;
	p.word = partial.word.text;
	complete_word(&p);
	if (out->count > 1)
		qsort(out->list, out->count, sizeof(*out->list), compare);
	out->shown_from = p.skip + head_length(p.word);
	words_partial_release(&partial);
}

void completion_release(struct completion *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->list[i]);
	free(c->list);
	*c = (struct completion){0};
}

size_t completion_common(const struct completion *c)
{
	size_t len = c->count ? strlen(c->list[0]) : 0;

	for (size_t i = 1; i < c->count; i++) {
		size_t same = 0;

		while (same < len && c->list[i][same] == c->list[0][same])
			same++;
		len = same;
	}
	/* Not in the middle of a character. */
	while (c->count > 1 && len > 0 &&
	       ((unsigned char)c->list[0][len] & 0xc0) == 0x80)
		len--;
	return len;
}

bool completion_goes_on(const char *candidate)
{
	size_t len = strlen(candidate);

	return len > 0 && (candidate[len - 1] == '/' ||
			   (candidate[0] == '-' && candidate[len - 1] == '='));
}
