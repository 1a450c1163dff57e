#include "pace.h"

#include "num.h"

#include <stdio.h>
#include <string.h>

#define FULL_MS 50 /* what the bucket holds is moved in so long */
#define TEXT_MAX 24

void pace_init(struct pace *p, uint64_t rate, uint64_t now_ms)
{
	*p = (struct pace){.rate = rate, .now_ms = now_ms};
}

uint64_t pace_room(struct pace *p, uint64_t now_ms)
{
	int64_t full = (int64_t)(p->rate * FULL_MS);
	uint64_t passed_ms = now_ms - p->now_ms;

	if (p->rate == 0)
		return UINT64_MAX;
	if (passed_ms > 1000)
		passed_ms = 1000;
	p->now_ms = now_ms;
	p->left += (int64_t)(p->rate * passed_ms);
	if (p->left > full)
		p->left = full;
	return p->left < 1000 ? 0 : (uint64_t)p->left / 1000;
}

void pace_take(struct pace *p, uint64_t bytes)
{
	if (p->rate)
		p->left -= (int64_t)(bytes * 1000);
}

enum err pace_parse(const char *text, uint64_t *rate)
{
	static const char units[] = "kMG";
	size_t len = strlen(text);
	const char *unit = len > 1 ? strchr(units, text[len - 1]) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	char digits[TEXT_MAX];
	uint64_t got;
	enum err e;

	if (len >= sizeof(digits))
		return ERR_FORMAT;
	snprintf(digits, sizeof(digits), "%.*s", (int)(len - (unit != NULL)),
		 text);
	e = num_u64(digits, 0, PACE_MAX >> shift, &got);
	if (e)
		return e;
	got <<= shift;
	if (got != 0 && got < PACE_MIN)
		return ERR_RANGE;
	*rate = got;
	return ERR_OK;
}
