#include "pattern.h"

#include "name.h"

#include <fnmatch.h>
#include <string.h>

static bool is_wildcard(char b)
{
	return b == '*' || b == '?' || b == '[';
}

/* The byte at p, with the backslash in front of it, if there is one. */
static size_t step(const char *p)
{
	return *p == '\\' && p[1] != '\0' ? 2 : 1;
}

enum err pattern_check(const char *pattern)
{
	unsigned stars = 0;

	if (pattern[0] == '\0')
		return ERR_FORMAT;
	if (strnlen(pattern, PATTERN_MAX + 1) > PATTERN_MAX)
		return ERR_LIMIT;
	for (const char *p = pattern; *p; p += step(p)) {
		if (*p == '\\' && (p[1] == '\0' || p[1] == '/'))
			return ERR_FORMAT;
		if (*p == '*' && ++stars > PATTERN_STARS_MAX)
			return ERR_LIMIT;
	}
	return ERR_OK;
}

bool pattern_is_glob(const char *pattern)
{
	for (const char *p = pattern; *p; p += step(p))
		if (is_wildcard(*p))
			return true;
	return false;
}

size_t pattern_prefix(const char *pattern, char out[PATTERN_MAX + 1])
{
	size_t len = 0;

	for (const char *p = pattern; *p && len < PATTERN_MAX; p += step(p)) {
		if (is_wildcard(*p))
			break;
		out[len++] = p[step(p) - 1];
	}
	out[len] = '\0';
	return len;
}

/* The component behind the one at p, or NULL. */
static const char *next(const char *p)
{
	const char *slash = strchr(p, '/');

	return slash ? slash + 1 : NULL;
}

/* The component at p is `**`. */
static bool is_any(const char *p)
{
	return strncmp(p, "**", 2) == 0 && (p[2] == '/' || p[2] == '\0');
}

/* What kinds of `**` the pattern has. */
static void find_doubles(const char *pattern, bool *alone, bool *beside)
{
	bool begins = true; /* a component */

	*alone = *beside = false;
	for (const char *p = pattern; *p; p += step(p)) {
		if (begins && is_any(p)) {
			*alone = true;
			p++; /* its second star */
		} else if (p[0] == '*' && p[1] == '*') {
			*beside = true;
		}
		begins = *p == '/';
	}
}

static bool component_matches(const char *pattern, const char *name)
{
	char p[PATTERN_MAX + 1];
	char n[NAME_COMPONENT_MAX + 1];
	size_t plen = strcspn(pattern, "/");
	size_t nlen = strcspn(name, "/");

	/* Neither a stored name nor a file has a longer one. */
	if (plen >= sizeof(p) || nlen >= sizeof(n))
		return false;
	memcpy(p, pattern, plen);
	p[plen] = '\0';
	memcpy(n, name, nlen);
	n[nlen] = '\0';
	return fnmatch(p, n, 0) == 0;
}

/* Component by component.  Only the last `**` is ever tried again: what an
 * earlier one could take more of, the last one can take as well. */
static bool components_match(const char *p, const char *n)
{
	const char *again_p = NULL;
	const char *again_n = NULL;

	for (;;) {
		if (p && is_any(p)) {
			p = next(p);
			if (!p)
				return n != NULL;
			again_p = p;
			again_n = n;
		} else if (p && n && component_matches(p, n)) {
			p = next(p);
			n = next(n);
			if (!p && !n)
				return true;
		} else {
			again_n = again_n ? next(again_n) : NULL;
			if (!again_n)
				return false;
			p = again_p;
			n = again_n;
		}
	}
}

bool pattern_matches(const char *pattern, const char *name)
{
	bool alone;
	bool beside;

	if (pattern_check(pattern) != ERR_OK)
		return false;
	find_doubles(pattern, &alone, &beside);
	if (alone && !beside)
		return components_match(pattern, name);
	return fnmatch(pattern, name, beside ? 0 : FNM_PATHNAME) == 0;
}
