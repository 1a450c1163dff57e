#include "here.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A path that grows by components. */
struct path {
	char *text;
	size_t len;
	size_t size;
};

static bool is(const char *component, size_t len, const char *text)
{
	return strlen(text) == len && memcmp(component, text, len) == 0;
}

static void go_up(struct path *p)
{
	while (p->len > 0 && p->text[p->len - 1] != '/')
		p->len--;
	if (p->len > 0)
		p->len--;
}

static enum err add(struct path *p, const char *component, size_t len)
{
	if (p->size - p->len < len + (p->len > 0) + 1)
		return ERR_LIMIT;
	if (p->len > 0)
		p->text[p->len++] = '/';
	memcpy(p->text + p->len, component, len);
	p->len += len;
	return ERR_OK;
}

/* A path that ends with a slash, or in a step up, is that of a directory. */
static enum err walk(struct path *p, const char *word)
{
	bool directory = false;

	while (*word) {
		size_t len = strcspn(word, "/");

		directory = true;
		if (is(word, len, "..")) {
			go_up(p);
		} else if (len > 0 && !is(word, len, ".")) {
			enum err e = add(p, word, len);

			if (e)
				return e;
			directory = word[len] == '/';
		}
		word += len;
		word += *word == '/';
	}
	if (directory && p->len > 0) {
		if (p->size - p->len < 2)
			return ERR_LIMIT;
		p->text[p->len++] = '/';
	}
	p->text[p->len] = '\0';
	return ERR_OK;
}

enum err here_resolve(const struct here *h, const char *word, char *out,
		      size_t size)
{
	struct path p = {.text = out, .size = size};

	if (word[0] != '/' && word[0] != '\0') {
		p.len = strlen(h->prefix);
		if (p.len >= size)
			return ERR_LIMIT;
		memcpy(out, h->prefix, p.len);
	}
	return walk(&p, word);
}

enum err here_pattern(const struct here *h, const char *pattern, char *out,
		      size_t size)
{
	struct path p = {.text = out, .size = size};

	for (const char *c = h->prefix; pattern[0] != '/' && *c; c++) {
		if (size - p.len < 3)
			return ERR_LIMIT;
		if (strchr("*?[\\", *c))
			out[p.len++] = '\\';
		out[p.len++] = *c;
	}
	return walk(&p, pattern);
}

enum err here_go(struct here *h, const char *word)
{
	char path[NAME_MAX_BYTES + 1];
	enum err e = here_resolve(h, word, path, sizeof(path));
	size_t len = e ? 0 : strlen(path);

	if (e)
		return e;
	if (len > 0 && path[len - 1] == '/')
		path[--len] = '\0';
	if (len > 0 && name_check(path, len) != ERR_OK)
		return ERR_NAME;
	memcpy(h->prefix, path, len + 1);
	return ERR_OK;
}

const char *here_relative(const char *prefix, const char *name)
{
	size_t len = strlen(prefix);

	if (len > 0 && strncmp(name, prefix, len) == 0 && name[len] == '/')
		return name + len + 1;
	return name;
}
