#include "num.h"

#include <stddef.h>
#include <string.h>

struct unit {
	const char *text;
	uint64_t factor;
};

static const struct unit byte_units[] = {
	{"", 1},
	{"KiB", UINT64_C(1) << 10},
	{"MiB", UINT64_C(1) << 20},
	{"GiB", UINT64_C(1) << 30},
	{"TiB", UINT64_C(1) << 40},
	{NULL, 0},
};

static const struct unit second_units[] = {
	{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {NULL, 0},
};

static enum err multiply(uint64_t a, uint64_t b, uint64_t *v)
{
	if (b != 0 && a > UINT64_MAX / b)
		return ERR_RANGE;
	*v = a * b;
	return ERR_OK;
}

/* The decimal digits at *text, which moves behind them. */
static enum err take_digits(const char **text, uint64_t *v)
{
	const char *p = *text;
	uint64_t sum = 0;
	enum err e;

	if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
		return ERR_FORMAT;
	for (; *p >= '0' && *p <= '9'; p++) {
		if ((e = multiply(sum, 10, &sum)))
			return e;
		if ((e = num_add(sum, (uint64_t)(*p - '0'), &sum)))
			return e;
	}
	*text = p;
	*v = sum;
	return ERR_OK;
}

static enum err in_range(uint64_t got, uint64_t min, uint64_t max, uint64_t *v)
{
	if (got < min || got > max)
		return ERR_RANGE;
	*v = got;
	return ERR_OK;
}

enum err num_u64(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	/* Digits that overflow and then go wrong are no number at all. */
	size_t digits = strspn(text, "0123456789");
	uint64_t got;
	enum err e;

	if (text[digits] != '\0')
		return ERR_FORMAT;
	if ((e = take_digits(&text, &got)))
		return e;
	return in_range(got, min, max, v);
}

static enum err with_unit(const char *text, const struct unit *units,
			  uint64_t *v)
{
	const char *unit = text + strspn(text, "0123456789");
	uint64_t got;
	enum err e;

	if (unit[0] == ' ' && unit[1] != '\0')
		unit++;
	while (units->text != NULL && strcmp(units->text, unit) != 0)
		units++;
	if (units->text == NULL)
		return ERR_FORMAT;
	if ((e = take_digits(&text, &got)))
		return e;
	return multiply(got, units->factor, v);
}

enum err num_bytes(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	uint64_t got;
	enum err e = with_unit(text, byte_units, &got);

	return e ? e : in_range(got, min, max, v);
}

enum err num_seconds(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	uint64_t got;
	enum err e = with_unit(text, second_units, &got);

	return e ? e : in_range(got, min, max, v);
}

enum err num_add(uint64_t a, uint64_t b, uint64_t *v)
{
	if (a > UINT64_MAX - b)
		return ERR_RANGE;
	*v = a + b;
	return ERR_OK;
}

/* The value of a digit, lower case; 16 and above for what is none. */
static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	return UINT8_MAX;
}

static enum err fixed(const char *text, unsigned digits, unsigned base,
		      uint64_t *v)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < digits; i++) {
		unsigned d = digit_value(text[i]);

		if (d >= base || sum > (UINT64_MAX - d) / base)
			return ERR_FORMAT;
		sum = sum * base + d;
	}
	*v = sum;
	return ERR_OK;
}

enum err num_fixed_dec(const char *text, unsigned digits, uint64_t *v)
{
	return fixed(text, digits, 10, v);
}

enum err num_fixed_hex(const char *text, unsigned digits, uint64_t *v)
{
	return fixed(text, digits, 16, v);
}

enum err num_fixed_oct(const char *text, unsigned digits, uint64_t *v)
{
	return fixed(text, digits, 8, v);
}
