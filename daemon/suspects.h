/*
 * Addresses whose handshakes have failed of late: a bounded table, in which a
 * new one takes the place of the one that was quiet for longest.  An IPv4
 * address is one, in whatever form, and so are all of an IPv6 /64.
 *
 * One thread at a time.
 */
#ifndef DAEMON_SUSPECTS_H
#define DAEMON_SUSPECTS_H

#include <stdint.h>
#include <sys/socket.h>

#define SUSPECTS_MAX 256
#define SUSPECTS_WINDOW_MS 60000

struct suspect {
	uint8_t kind; /* 0: the place is free */
	uint8_t bytes[8];
	unsigned count;	   /* since then: */
	uint64_t since_ms; /* clock_ms() */
	uint64_t last_ms;
};

/* All zero: empty. */
struct suspects {
	struct suspect list[SUSPECTS_MAX];
};

/* One more failure there: how many it makes within a minute. */
unsigned suspects_note(struct suspects *q, const struct sockaddr_storage *from,
		       uint64_t now_ms);

#endif
