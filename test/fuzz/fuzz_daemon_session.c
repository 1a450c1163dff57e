/*
 * A session with a real store: the input is what a peer sends.  However it
 * goes, the session must end soon after the peer has.
 */
#include <errno.h>

#include "session_kit.h"

static void read_all(struct peer *p)
{
	uint8_t data[65536];
	ssize_t n;

	while ((n = recv(p->fd, data, sizeof(data), MSG_DONTWAIT)) > 0)
		take(p, data, (size_t)n);
}

static void converse(struct peer *p, struct session *s, const uint8_t *data,
		     size_t size)
{
	uint64_t end = clock_ms() + END_MS;
	bool lives = true;

	while (lives) {
		ssize_t n =
			send(p->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
		if (size == 0 || (n < 0 && errno == EPIPE))
			(void)shutdown(p->fd, SHUT_WR);
		lives = turn(s);
		read_all(p);
		must(clock_ms() < end);
	}
	read_all(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer peer = {0};
	struct session *s;
	uint8_t *copy;

	session_begin();
	copy = malloc(size + 1);
	must(copy != NULL);
	memcpy(copy, data, size);
	complete(copy, size, peer.asked);
	s = session_plug(&peer, NULL);
	converse(&peer, s, copy, size);
	close(peer.fd);
	free(copy);
	return 0;
}
