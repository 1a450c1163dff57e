/*
 * Numbers and the fixed texts of tags and digests.  A number that is taken
 * is printed again the same.
 */
#include <stdio.h>

#include "digest.h"
#include "num.h"
#include "tag.h"
#include "fuzz.h"

static void numbers(const char *text)
{
	char again[32];
	uint64_t v, wide;

	if (num_u64(text, 0, UINT64_MAX, &v) == ERR_OK) {
		snprintf(again, sizeof(again), "%ju", (uintmax_t)v);
		must(strcmp(text, again) == 0);
		must(num_bytes(text, 0, UINT64_MAX, &wide) == ERR_OK);
		must(wide == v);
		must(num_seconds(text, v, v, &wide) == ERR_OK);
		must(wide == v);
	}
	if (num_bytes(text, 10, 20, &v) == ERR_OK)
		must(v >= 10 && v <= 20);
	if (num_seconds(text, 10, 20, &v) == ERR_OK)
		must(v >= 10 && v <= 20);
}

static void fixed(const char *text)
{
	unsigned digits = (unsigned)strlen(text);
	char again[128];
	uint64_t v;

	if (digits == 0 || digits > 64)
		return;
	if (num_fixed_dec(text, digits, &v) == ERR_OK) {
		snprintf(again, sizeof(again), "%0*ju", (int)digits,
			 (uintmax_t)v);
		must(strcmp(text, again) == 0);
	}
	if (num_fixed_hex(text, digits, &v) == ERR_OK) {
		snprintf(again, sizeof(again), "%0*jx", (int)digits,
			 (uintmax_t)v);
		must(strcmp(text, again) == 0);
	}
	if (num_fixed_oct(text, digits, &v) == ERR_OK) {
		snprintf(again, sizeof(again), "%0*jo", (int)digits,
			 (uintmax_t)v);
		must(strcmp(text, again) == 0);
	}
}

static void texts(const char *text)
{
	char again[TAG_TEXT_SIZE + 1], hex[2 * DIGEST_MAX + 1];
	uint8_t bytes[DIGEST_MAX];
	struct tag tag;

	if (tag_from_text(text, &tag) == ERR_OK) {
		tag_to_text(&tag, again);
		must(strncmp(text, again, TAG_TEXT_SIZE) == 0);
	}
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		if (digest_unhex(text, bytes, size) != ERR_OK)
			continue;
		digest_hex(bytes, size, hex);
		must(strcmp(text, hex) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	numbers(text);
	fixed(text);
	texts(text);
	free(text);
	return 0;
}
