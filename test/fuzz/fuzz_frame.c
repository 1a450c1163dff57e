/* A stream of frame headers: what is taken is written again the same. */
#include "frame.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[FRAME_HEADER_SIZE];
	struct frame f;
	struct rbuf in;
	struct wbuf out;
	size_t at = 0;

	rbuf_init(&in, data, size);
	while (frame_get(&in, &f) == ERR_OK) {
		must(f.head_len <= FRAME_HEAD_MAX);
		must(f.body_len <= FRAME_DATA_MAX);
		wbuf_init(&out, again, sizeof(again));
		must(frame_put(&out, &f) == ERR_OK);
		must(out.len == in.at - at);
		must(memcmp(again, data + at, out.len) == 0);
		at = in.at;
	}
	must(in.at == at);
	return 0;
}
