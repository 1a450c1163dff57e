/*
 * A session with a key and a real store.  Input: who the peer is, u8 (enum
 * peer_kind); bytes of a sealed record, u8; then what it sends.
 *
 * Who has not the key, or does not seal what it sends, is heard of nothing but
 * the handshake: no request is counted, no byte of an answer goes out that is
 * not TLS.  Who has it gets whole answers; a key for reading changes nothing.
 */
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "session_kit.h"

#include "gate.h"
#include "secure.h"

#define RECORD_STEP 64	      /* bytes, times the input's second */
#define SHAKE_BYTES (8 << 10) /* more of a handshake nobody is sent */

enum peer_kind {
	PEER_STRANGER,	 /* has no key: its bytes are sent as they are */
	PEER_KEY,	 /* its bytes are sealed */
	PEER_READS_ONLY, /* the same with a key for reading */
	PEER_BREAKS_OFF, /* has the key, and then sends its bytes unsealed */
	PEER_KINDS
};

static const char keys[] = "a:11111111111111111111111111111111"
			   "11111111111111111111111111111111\n"
			   "r:33333333333333333333333333333333"
			   "33333333333333333333333333333333:ro\n";
static const uint8_t greeting[GREETING_SIZE] = "the greeting, as it was sent";

struct client {
	struct peer peer;
	struct session *s; /* NULL: it has ended */
	struct tls *tls;   /* NULL: a stranger */
	uint64_t end_ms;
	size_t got;	/* bytes as they came */
	size_t greeted; /* of the greeting in TLS */
	bool through;
};

/* ---- keys */

static int key_file(void)
{
	int fd = memfd_create("keys", MFD_CLOEXEC);

	must(fd >= 0);
	must(fchmod(fd, 0600) == 0);
	must(write(fd, keys, sizeof(keys) - 1) == (ssize_t)sizeof(keys) - 1);
	return fd;
}

/* A new one each time: who has failed often is answered late. */
static void begin_gate(void)
{
	static int fd = -1;
	char path[32], message[KEYRING_MESSAGE_MAX];

	if (fd < 0)
		fd = key_file();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(gate_new(&service.gate) == ERR_OK);
	must(gate_load(service.gate, path, message) == ERR_OK);
	must(gate_keys(service.gate) == 2);
}

/* When the sync thread, too, has let the session go. */
static void end_gate(uint64_t end_ms)
{
	while (atomic_load(&service.connections) > 0) {
		must(clock_ms() < end_ms);
		sched_yield();
	}
	must(!gate_is_full(service.gate));
	gate_free(service.gate);
	service.gate = NULL;
}

static struct tls *dial(enum peer_kind kind)
{
	char text[sizeof(keys)], message[KEYRING_MESSAGE_MAX];
	struct keyring ring;
	struct tls_side *side;
	struct tls *t;

	memcpy(text, keys, sizeof(keys));
	must(keyring_parse(&ring, "keys", text, strlen(text), message) ==
	     ERR_OK);
	if (kind == PEER_READS_ONLY)
		ring.keys[0] = ring.keys[1];
	must(tls_side_client(&side, &ring) == ERR_OK);
	must(tls_new(&t, side) == ERR_OK);
	tls_side_drop(side);
	return t;
}

/* ---- what comes */

static void take_sealed(struct client *c, const uint8_t *data, size_t len)
{
	must(tls_feed(c->tls, data, len) == ERR_OK);
	while (c->through) {
		uint8_t bytes[65536];
		const uint8_t *at = bytes;
		size_t n;

		/* An alert is the end, too. */
		if (tls_read(c->tls, bytes, sizeof(bytes), &n) != ERR_OK ||
		    n == 0)
			return;
		for (; n > 0 && c->greeted < GREETING_SIZE; n--)
			must(*at++ == greeting[c->greeted++]);
		take(&c->peer, at, n);
	}
}

static void take_plain(struct client *c, const uint8_t *data, size_t len)
{
	if (c->got == 0 && len > 0)
		must(data[0] == 0x15 || data[0] == 0x16);
	must(c->got + len <= SHAKE_BYTES);
}

static void read_all(struct client *c)
{
	uint8_t data[65536];
	ssize_t n;

	while ((n = recv(c->peer.fd, data, sizeof(data), MSG_DONTWAIT)) > 0) {
		if (c->tls)
			take_sealed(c, data, (size_t)n);
		else
			take_plain(c, data, (size_t)n);
		c->got += (size_t)n;
	}
}

static void go_on(struct client *c)
{
	must(clock_ms() < c->end_ms);
	if (c->s && !turn(c->s))
		c->s = NULL;
	read_all(c);
}

/* ---- what is sent */

/* False: nobody is there any more. */
static bool send_some(struct client *c, const uint8_t *data, size_t len,
		      size_t *sent)
{
	ssize_t n = send(c->peer.fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	*sent = n > 0 ? (size_t)n : 0;
	must(n >= 0 || errno == EAGAIN || errno == EPIPE ||
	     errno == ECONNRESET);
	return n >= 0 || errno == EAGAIN;
}

static void send_raw(struct client *c, const uint8_t *data, size_t len)
{
	size_t n;

	while (c->s && len > 0 && send_some(c, data, len, &n)) {
		data += n;
		len -= n;
		go_on(c);
	}
}

static void send_tls(struct client *c)
{
	const uint8_t *data;
	size_t len, n;

	while (c->s && (len = tls_pending(c->tls, &data)) > 0 &&
	       send_some(c, data, len, &n)) {
		tls_sent(c->tls, n);
		go_on(c);
	}
}

static void send_sealed(struct client *c, const uint8_t *data, size_t len,
			size_t record)
{
	for (size_t n; c->s && len > 0; data += n, len -= n) {
		n = len < record ? len : record;
		must(tls_write(c->tls, data, n) == ERR_OK);
		send_tls(c);
	}
}

static void shake(struct client *c)
{
	enum err e;

	while ((e = tls_shake(c->tls)) == ERR_SHORT) {
		send_tls(c);
		go_on(c);
		must(c->s);
	}
	must(e == ERR_OK);
	c->through = true;
	send_tls(c);
}

static void converse(struct client *c, enum peer_kind kind, size_t record,
		     uint8_t *data, size_t size)
{
	if (kind != PEER_STRANGER) {
		c->tls = dial(kind);
		c->peer.reads_only = kind == PEER_READS_ONLY;
		shake(c);
	}
	if (kind == PEER_KEY || kind == PEER_READS_ONLY) {
		complete(data, size, c->peer.asked);
		send_sealed(c, data, size, record);
	} else {
		send_raw(c, data, size);
	}
	(void)shutdown(c->peer.fd, SHUT_WR);
	while (c->s)
		go_on(c);
	read_all(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client c = {.end_ms = clock_ms() + END_MS};
	struct secure *secure;
	enum peer_kind kind;
	uint64_t requests;
	uint8_t *copy;

	if (size < 2)
		return 0;
	kind = data[0] % PEER_KINDS;
	begin_gate();
	session_begin();
	requests = atomic_load(&service.requests);
	copy = malloc(size - 2 + 1);
	must(copy != NULL);
	memcpy(copy, data + 2, size - 2);
	must(secure_new(&secure, service.gate, greeting) == ERR_OK);
	c.s = session_plug(&c.peer, secure);
	converse(&c, kind, (1u + data[1]) * RECORD_STEP, copy, size - 2);
	if (kind == PEER_STRANGER || kind == PEER_BREAKS_OFF)
		must(atomic_load(&service.requests) == requests);
	close(c.peer.fd);
	tls_free(c.tls);
	end_gate(c.end_ms);
	free(copy);
	return 0;
}
