#include "suspects.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

enum kind {
	KIND_OTHER = 1, /* what has no such address is one */
	KIND_IPV4,
	KIND_IPV6,
};

static struct suspect find_out(const struct sockaddr_storage *from)
{
	struct suspect one = {.kind = KIND_OTHER};
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	memcpy(&in6, from, sizeof(in6));
	memcpy(&in, from, sizeof(in));
	if (from->ss_family == AF_INET) {
		one.kind = KIND_IPV4;
		memcpy(one.bytes, &in.sin_addr, 4);
	} else if (from->ss_family == AF_INET6 &&
		   IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
		one.kind = KIND_IPV4;
		memcpy(one.bytes, in6.sin6_addr.s6_addr + 12, 4);
	} else if (from->ss_family == AF_INET6) {
		one.kind = KIND_IPV6;
		memcpy(one.bytes, in6.sin6_addr.s6_addr, 8);
	}
	return one;
}

static bool is_same(const struct suspect *a, const struct suspect *b)
{
	return a->kind == b->kind &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Its place, or else the one to take. */
static struct suspect *find_place(struct suspects *q, const struct suspect *one)
{
	struct suspect *oldest = &q->list[0];

	for (unsigned i = 0; i < SUSPECTS_MAX; i++) {
		struct suspect *at = &q->list[i];

		if (is_same(at, one))
			return at;
		if (oldest->kind != 0 &&
		    (at->kind == 0 || at->last_ms < oldest->last_ms))
			oldest = at;
	}
	return oldest;
}

unsigned suspects_note(struct suspects *q, const struct sockaddr_storage *from,
		       uint64_t now_ms)
{
	struct suspect one = find_out(from);
	struct suspect *at = find_place(q, &one);

	if (!is_same(at, &one) || now_ms - at->since_ms >= SUSPECTS_WINDOW_MS) {
		*at = one;
		at->since_ms = now_ms;
	}
	at->last_ms = now_ms;
	return ++at->count;
}
