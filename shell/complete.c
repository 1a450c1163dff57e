#include "complete.h"

#include "command.h"
#include "expand.h"
#include "listing.h"
#include "name.h"
#include "position.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One completion under way. */
struct completing {
	struct client *client;
	const struct here *here; /* NULL: names are whole */
	struct completion *out;
	const char *whole;   /* the word, as far as it is there */
	const char *word;    /* what is there of the value */
	size_t skip;	     /* bytes of the word before it */
	const char *setting; /* whose value it is, of `set` */
	const char *choices;
	enum args_kind kind;
	bool bare; /* what begins with a '-' would be an option here */
	bool home; /* the word begins with ~/ */
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

static bool has_room(struct completion *c)
{
	size_t cap = c->cap ? 2 * c->cap : 64;
	char **list;

	if (c->count < c->cap)
		return true;
	list = realloc(c->list, cap * sizeof(*list));
	if (!list)
		return false;
	c->list = list;
	c->cap = cap;
	return true;
}

static bool is_local(enum args_kind kind)
{
	return kind == ARGS_LOCAL || kind == ARGS_DIRECTORY;
}

/* head[head_len] and tail, as one word behind what the word has before its
 * value. */
static void offer(struct completing *p, const char *head, size_t head_len,
		  const char *tail)
{
	struct completion *c = p->out;
	char *word;

	if (head_len == 0 && ((p->bare && tail[0] == '-') ||
			      (is_local(p->kind) && tail[0] == '~'))) {
		head = "./";
		head_len = 2;
	}
	if (!is_plain(tail) || c->count == COMPLETE_MAX || !has_room(c))
		return;
	if (asprintf(&word, "%.*s%.*s%s", (int)p->skip, p->whole, (int)head_len,
		     head, tail) >= 0)
		c->list[c->count++] = word;
}

static void offer_if(struct completing *p, const char *candidate)
{
	if (candidate[0] && strncmp(candidate, p->word, strlen(p->word)) == 0)
		offer(p, "", 0, candidate);
}

/* Commands, options, settings, servers */

static void offer_words(struct completing *p, const char *words,
			const char *between)
{
	while (words && *words) {
		char text[64];
		size_t len = strcspn(words, between);

		(void)snprintf(text, sizeof(text), "%.*s", (int)len, words);
		offer_if(p, text);
		words += len;
		words += strspn(words, between);
	}
}

/* Second names are for those who know them: only where no first one fits. */
static void offer_commands(struct completing *p)
{
	for (const struct command *cmd = command_table; cmd->name; cmd++)
		if (!(cmd->flags & COMMAND_HIDDEN))
			offer_if(p, cmd->name);
	for (const struct command *cmd = command_table;
	     cmd->name && p->out->count == 0; cmd++)
		offer_words(p, cmd->aliases, " ");
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

static void offer_settings(struct completing *p)
{
	if (p->setting)
		offer_words(p, set_values(p->setting), "|");
	for (size_t i = 0; !p->setting && set_name(i); i++)
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

/* Of the directory that is looked into.  Heap, or NULL. */
static char *local_path(const struct completing *p, size_t head)
{
	char *text = head ? strndup(p->word, head) : strdup(".");
	char *path;

	if (!text)
		return NULL;
	path = expand_home(&(struct word){
		.text = text, .home = p->home && head && p->skip == 0});
	free(text);
	return path;
}

static void offer_local(struct completing *p, bool directories)
{
	size_t head = head_length(p->word);
	const char *tail = p->word + head;
	char *path = local_path(p, head);
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
	/* An empty word is not to become an option. */
	if (!l->run->here && l->run->word[0] == '\0' && text[0] == '-')
		return;
	offer(l->run, l->run->word, l->head, text);
}

/* The prefix of what is asked for; *top: bytes of it that are above the level.
 * Only the head is resolved: a name may begin with "..". */
static bool find_level(const struct completing *p, size_t head_len,
		       char *prefix, size_t size, size_t *top)
{
	char *head = strndup(p->word, head_len);
	const char *tail = p->word + head_len;
	bool good = head != NULL;

	if (head && p->here)
		good = here_resolve(p->here, head_len ? head : ".", prefix,
				    size) == ERR_OK;
	else if (head)
		good = snprintf(prefix, size, "%s", head) < (int)size;
	free(head);
	if (!good || strlen(prefix) + strlen(tail) >= size)
		return false;
	*top = strlen(prefix);
	memcpy(prefix + *top, tail, strlen(tail) + 1);
	return true;
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
	struct view v;

	if (!p->client->opened ||
	    !find_level(p, l.head, prefix, sizeof(prefix), &l.top))
		return;
	loop_refresh(loop);
	q.until_ms = loop->now_ms + COMPLETE_MS;
	listing_run(&q, &v);
}

/* The place */

static void offer_kind(struct completing *p)
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
		offer_words(p, p->choices, "|");
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

/* An option that is begun, and not the value of one: "-", "--t", and not
 * "--to=d" or "-td". */
static bool is_option(const struct position *place, const char *word)
{
	return !place->due && !place->ended && word[0] == '-' &&
	       (word[1] == '\0' || (word[1] == '-' && !strchr(word, '=')));
}

static void complete_argument(struct completing *p, const struct command *cmd,
			      const struct words *before)
{
	struct position_word at;
	struct position place;

	position_init(&place, cmd);
	for (size_t i = 1; i < before->count; i++) {
		at = position_take(&place, before->list[i].text);
		if (at.kind == ARGS_SETTING && !p->setting)
			p->setting = before->list[i].text;
	}
	if (is_option(&place, p->word)) {
		offer_options(p, cmd->options);
		offer_options(p, command_common);
		return;
	}
	at = position_take(&place, p->word);
	p->skip = at.skip;
	p->word += at.skip;
	p->kind = at.kind;
	p->choices = at.option ? at.option->value : cmd->choices;
	p->bare = !at.option && !place.ended;
	offer_kind(p);
}

static void complete_word(struct completing *p, const struct words *all)
{
	/* "dfc" in front is passed over. */
	size_t skip = all->count > 0 && strcmp(all->list[0].text, "dfc") == 0;
	const struct words rest = {skip ? all->list + skip : all->list,
				   all->count - skip, NULL};
	const struct words *before = &rest;
	const struct command *cmd =
		before->count ? command_find(before->list[0].text) : NULL;

	p->kind = ARGS_COMMAND;
	if (cmd)
		complete_argument(p, cmd, before);
	else if (before->count == 0)
		offer_kind(p);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct completion *c)
{
	if (c->count > 1)
		qsort(c->list, c->count, sizeof(*c->list), compare);
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
	struct completing p = {.client = c, .here = h, .out = out};
	size_t from = marks(text, at);

	*out = (struct completion){0};
	if (text[strspn(text, " \t")] == '!' ||
	    words_parse_partial(&partial, text + from, at - from) != ERR_OK)
		return;
	out->begin = from + partial.begin;
	out->style = partial.style;
	p.whole = p.word = partial.word.text;
	p.home = partial.word.home;
	complete_word(&p, &partial.before);
	sort(out);
	out->shown_from = p.skip + head_length(p.word);
	words_partial_release(&partial);
}

void complete_value(struct client *c, enum args_kind kind, const char *text,
		    struct completion *out)
{
	struct completing p = {.client = c,
			       .out = out,
			       .whole = text,
			       .word = text,
			       .kind = kind};

	*out = (struct completion){0};
	offer_kind(&p);
	sort(out);
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
