#include "suggest.h"

#include <string.h>

#define DISTANCE_MAX 2

/* ASCII only: whatever the locale. */
static char fold(char b)
{
	return b >= 'A' && b <= 'Z' ? (char)(b - 'A' + 'a') : b;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The distance of Damerau and Levenshtein, where no part is changed twice;
 * neither is longer than SUGGEST_MAX. */
static size_t distance(const char *a, size_t alen, const char *b, size_t blen)
{
	/* [i % 3][k]: from the first i bytes of a to the first k of b. */
	size_t row[3][SUGGEST_MAX + 1];

	for (size_t k = 0; k <= blen; k++)
		row[0][k] = k;
	for (size_t i = 1; i <= alen; i++) {
		size_t *now = row[i % 3];
		const size_t *up = row[(i - 1) % 3];
		const size_t *up2 = row[(i + 1) % 3];

		now[0] = i;
		for (size_t k = 1; k <= blen; k++) {
			char x = fold(a[i - 1]);
			char y = fold(b[k - 1]);

			now[k] = least(least(up[k], now[k - 1]) + 1,
				       up[k - 1] + (x != y));
			if (i > 1 && k > 1 && x == fold(b[k - 2]) &&
			    y == fold(a[i - 2]))
				now[k] = least(now[k], up2[k - 2] + 1);
		}
	}
	return row[alen % 3][blen];
}

const char *suggest_nearest(const char *typed, const char *const *words,
			    size_t count)
{
	size_t len = strlen(typed);
	size_t best = DISTANCE_MAX + 1;
	const char *nearest = NULL;

	if (len > SUGGEST_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t wlen = strlen(words[i]);
		size_t d;

		if (wlen > SUGGEST_MAX)
			continue;
		d = distance(typed, len, words[i], wlen);
		if (d < best && d * 2 < len) {
			best = d;
			nearest = words[i];
		}
	}
	return nearest;
}
