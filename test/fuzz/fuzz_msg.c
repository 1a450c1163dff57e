/*
 * Any message: the first byte chooses it, the rest is its head (or, for
 * entries of a listing, its body).  What is taken is written again the same.
 */
#include "../messages.h"
#include "fuzz.h"

static uint8_t again[FRAME_DATA_MAX];

static void check(const struct message_row *row, struct rbuf *in)
{
	static union any_message m, before;
	size_t at = in->at;
	struct wbuf out;

	memset(&m, 0xa5, sizeof(m));
	before = m;
	if (row->get(in, &m) != ERR_OK) {
		must(in->at == at);
		must(memcmp(&m, &before, sizeof(m)) == 0);
		in->end = at;
		return;
	}
	must(in->at > at || in->end == at);
	wbuf_init(&out, again, sizeof(again));
	must(row->put(&out, &m) == ERR_OK);
	must(out.len == in->at - at);
	must(memcmp(again, in->data + at, out.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rbuf in;

	if (size < 1 || size > sizeof(again))
		return 0;
	rbuf_init(&in, data + 1, size - 1);
	do
		check(&messages[data[0] % MESSAGES], &in);
	while (messages[data[0] % MESSAGES].runs && rbuf_left(&in) > 0);
	return 0;
}
