/* An address: what is taken is formatted the same. */
#include "addr.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), again[ADDR_TEXT_MAX];
	struct sockaddr_storage ss;
	struct addr a;
	socklen_t len;

	if (addr_parse(text, &a) == ERR_OK) {
		must(a.port != 0);
		must(strlen(a.host) > 0 && strlen(a.host) < ADDR_HOST_MAX);
		addr_format(&a, again);
		must(strcmp(text, again) == 0);
		/* No name service is asked for a number; an unknown
		 * interface may still be refused. */
		if (addr_is_numeric(&a) &&
		    addr_resolve(&a, &ss, &len) == ERR_OK) {
			(void)addr_is_loopback(&ss);
			addr_from_socket(&ss, again);
			must(strlen(again) < ADDR_TEXT_MAX);
		}
	}
	free(text);
	return 0;
}
