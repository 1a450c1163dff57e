#include "name.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What is wrong with one component, or NULL. */
static const char *component_fault(const char *c, size_t len)
{
	if (len == 0)
		return "has an empty component";
	if (len <= 2 && memcmp(c, "..", len) == 0)
		return "has a component \".\" or \"..\"";
	if (len + (c[0] == '@') > NAME_COMPONENT_MAX)
		return "has a component that is too long";
	return NULL;
}

const char *name_fault(const char *name, size_t len)
{
	const char *end, *why;

	if (len == 0)
		return "is empty";
	if (len > NAME_MAX_BYTES)
		return "is longer than 1024 bytes";
	if (memchr(name, '\0', len) != NULL)
		return "has a NUL byte";
	for (const char *c = name;; c = end + 1) {
		size_t left = len - (size_t)(c - name);

		end = left == 0 ? NULL : memchr(c, '/', left);
		why = component_fault(c, end ? (size_t)(end - c) : left);
		if (why != NULL)
			return why;
		if (end == NULL)
			return "";
	}
}

enum err name_check(const char *name, size_t len)
{
	return name_fault(name, len)[0] == '\0' ? ERR_OK : ERR_NAME;
}

size_t name_to_path(const char *name, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (name[i] == '@' && (i == 0 || name[i - 1] == '/'))
			out[n++] = '@';
		out[n++] = name[i];
	}
	out[n] = '\0';
	return n;
}

enum err name_from_component(const char *component, char *out, size_t cap)
{
	size_t len = strnlen(component, NAME_COMPONENT_MAX + 1);

	if (len > NAME_COMPONENT_MAX || memchr(component, '/', len) != NULL)
		return ERR_NAME;
	if (component[0] == '@') {
		if (component[1] != '@')
			return ERR_NAME;
		component++;
		len--;
	}
	if (component_fault(component, len) != NULL)
		return ERR_NAME;
	if (cap <= len)
		return ERR_LIMIT;
	memcpy(out, component, len + 1);
	return ERR_OK;
}

int name_compare(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t len = alen < blen ? alen : blen;
	int c = len == 0 ? 0 : memcmp(a, b, len);

	return c != 0 ? c : (alen > blen) - (alen < blen);
}

/* The smallest number that a UTF-8 sequence of len bytes may stand for. */
static const uint32_t utf8_least[] = {0, 0, 0x80, 0x800, 0x10000};

/* Separators of lines, and what turns the text around up to where it is
 * undone: "gpj.exe" would read "exe.jpg".  The marks of one place (as U+200F)
 * are in honest names, and stay. */
static bool misleads(uint32_t code)
{
	return (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

/* Length of the UTF-8 sequence at s that may be shown as it is; else 0. */
static size_t utf8_length(const uint8_t *s, size_t left)
{
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t code;

	if (s[0] < 0xc0 || s[0] > 0xf7 || n > left)
		return 0;
	code = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3fu);
	}
	if (code < utf8_least[n] || code > 0x10ffff)
		return 0;
	if ((code >= 0xd800 && code <= 0xdfff) || code < 0xa0 || misleads(code))
		return 0;
	return n;
}

/* Writes the escape of one byte to unit[4]; returns its length. */
static size_t escape_byte(uint8_t c, char *unit)
{
	static const char digits[] = "0123456789abcdef";
	char letter = c == '\n' ? 'n' : c == '\t' ? 't' : c == '\\' ? '\\' : 0;

	unit[0] = '\\';
	if (letter != 0) {
		unit[1] = letter;
		return 2;
	}
	unit[1] = 'x';
	unit[2] = digits[c >> 4];
	unit[3] = digits[c & 15];
	return 4;
}

size_t name_escape(const char *name, size_t len, char *out, size_t cap)
{
	size_t need = 0, room = cap == 0 ? 0 : cap - 1, n = 0, from = 1;

	for (size_t i = 0; i < len; i += from) {
		uint8_t c = (uint8_t)name[i];
		char unit[4] = {name[i]};
		size_t size = 1;

		from = 1;
		if (c >= 0x80)
			size = from =
				utf8_length((const uint8_t *)name + i, len - i);
		if (size > 1) {
			memcpy(unit, name + i, size);
		} else if (size == 0 || c < ' ' || c == '\\' || c == 0x7f) {
			size = escape_byte(c, unit);
			from = 1;
		}
		/* Only whole units, and none after one that did not fit. */
		if (n == need && size <= room - n) {
			memcpy(out + n, unit, size);
			n += size;
		}
		need += size;
	}
	if (cap > 0)
		out[n] = '\0';
	return need;
}
