/* A greeting: of this version it is written again the same. */
#include "frame.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[GREETING_SIZE];
	struct greeting g;
	struct rbuf in;
	struct wbuf out;

	rbuf_init(&in, data, size);
	if (greeting_get(&in, &g) != ERR_OK) {
		must(in.at == 0);
		return 0;
	}
	must(in.at == GREETING_SIZE);
	must(g.proto_min > 0 && g.proto_min <= g.proto_max);
	if (g.proto_min > PROTO_VERSION)
		return 0;
	must(g.state <= STORE_LEAVING);
	wbuf_init(&out, again, sizeof(again));
	must(greeting_put(&out, &g) == ERR_OK);
	must(memcmp(again, data, sizeof(again)) == 0);
	return 0;
}
