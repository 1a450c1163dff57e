/*
 * Records: the first byte chooses the wire form with or without digests, a
 * directory's name or a chunk file's name.
 */
#include "record.h"
#include "fuzz.h"

static void wire(const uint8_t *data, size_t size, bool digests)
{
	uint8_t again[512];
	struct record r;
	struct rbuf in;
	struct wbuf out;

	rbuf_init(&in, data, size);
	if (record_get(&in, &r, digests) != ERR_OK) {
		must(in.at == 0);
		return;
	}
	wbuf_init(&out, again, sizeof(again));
	must(record_put(&out, &r, digests) == ERR_OK);
	must(out.len == in.at);
	must(memcmp(again, data, out.len) == 0);
	must(record_chunks(&r) == 0 || r.place < r.v.y);
	must((r.v.y == 64 ? 0 : record_chunks(&r) >> r.v.y) == 0);
}

static void directory(const char *text)
{
	char again[RECORD_DIR_MAX];
	struct record r = {.first = 0};

	if (record_from_dir_name(text, &r) != ERR_OK)
		return;
	record_dir_name(&r, again);
	must(strcmp(text, again) == 0);
}

static void chunk(const char *text)
{
	char again[RECORD_CHUNK_MAX];
	struct digest d;
	unsigned index;
	uint64_t length;
	uint8_t alg;
	struct record r = {.v = {.y = 64}};

	if (record_from_chunk_name(text, &index, &length, &alg, &d) != ERR_OK)
		return;
	must(index < 64 && length <= INT64_MAX && digest_size(alg) > 0);
	if (length > INT64_MAX / 64)
		return;
	/* A file of 64 equal chunks has one of this name. */
	r.first = (uint8_t)index;
	r.v.size = 64 * length;
	r.v.alg = alg;
	r.chunk[0] = d;
	record_chunk_name(&r, 0, again);
	must(strcmp(text, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size < 1)
		return 0;
	text = fuzz_text(data + 1, size - 1);
	switch (data[0] % 4) {
	case 0:
	case 1:
		wire(data + 1, size - 1, data[0] % 4 == 1);
		break;
	case 2:
		directory(text);
		break;
	case 3:
		chunk(text);
		break;
	}
	free(text);
	return 0;
}
