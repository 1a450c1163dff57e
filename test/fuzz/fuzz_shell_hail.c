/*
 * A client with a key hails a mad server.  Input: what the server is, u8 (enum
 * mad_kind); its greeting; what follows.
 *
 * However it goes, the hail ends; and well only where the server has the key
 * and has said in TLS what it said before.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz.h"
#include "hail.h"

#define LEN_MAX 65536 /* bytes of the server */

enum mad_kind {
	MAD_RAW,    /* sends the bytes as they are */
	MAD_KEY,    /* shakes hands behind the greeting, and seals the rest */
	MAD_OTHER,  /* the same with another key */
	MAD_BREAKS, /* shakes hands, and sends the rest unsealed */
	MAD_HONEST, /* repeats its greeting */
	MAD_KINDS
};

struct mad {
	enum mad_kind kind;
	const uint8_t *bytes;
	size_t len;
	int fd;
	struct loop *loop;
	struct loop_watch watch;
	struct tls *tls;
};

struct end {
	unsigned calls;
	bool good;
};

static struct tls_side *sides[3]; /* client, server, one with another key */

static struct tls_side *side(bool server, char digit)
{
	char text[2 + 2 * KEYRING_KEY_SIZE + 1] = "a:";
	char message[KEYRING_MESSAGE_MAX];
	struct tls_side *s;
	struct keyring ring;

	memset(text + 2, digit, sizeof(text) - 3);
	text[sizeof(text) - 1] = '\0';
	must(keyring_parse(&ring, "keys", text, sizeof(text) - 1, message) ==
	     ERR_OK);
	must((server ? tls_side_server : tls_side_client)(&s, &ring) == ERR_OK);
	return s;
}

static size_t greeting_len(const struct mad *m)
{
	return m->len < GREETING_SIZE ? m->len : GREETING_SIZE;
}

/* ---- the server; nothing that it sends fills a socket */

static void say(struct mad *m, const uint8_t *data, size_t len)
{
	if (len > 0)
		(void)send(m->fd, data, len, MSG_NOSIGNAL);
}

static void say_sealed(struct mad *m)
{
	const uint8_t *data;
	size_t len = tls_pending(m->tls, &data);

	say(m, data, len);
	tls_sent(m->tls, len);
}

static void hang_up(struct mad *m)
{
	loop_unwatch(m->loop, &m->watch);
	(void)shutdown(m->fd, SHUT_WR);
}

/* Behind the handshake. */
static void say_rest(struct mad *m)
{
	size_t at = greeting_len(m);

	if (m->kind == MAD_BREAKS) {
		say(m, m->bytes + at, m->len - at);
	} else {
		if (m->kind == MAD_HONEST)
			must(tls_write(m->tls, m->bytes, at) == ERR_OK);
		must(tls_write(m->tls, m->bytes + at, m->len - at) == ERR_OK);
		say_sealed(m);
	}
	hang_up(m);
}

static void on_client(void *arg, uint32_t events)
{
	struct mad *m = arg;
	uint8_t bytes[4096];
	ssize_t n = recv(m->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	enum err e;

	(void)events;
	if (n <= 0) {
		hang_up(m);
		return;
	}
	must(tls_feed(m->tls, bytes, (size_t)n) == ERR_OK);
	e = tls_shake(m->tls);
	say_sealed(m);
	if (e == ERR_OK)
		say_rest(m);
	else if (e != ERR_SHORT)
		hang_up(m);
}

static void mad_begin(struct mad *m, int fd)
{
	size_t at = greeting_len(m);

	m->fd = fd;
	if (m->kind == MAD_RAW) {
		say(m, m->bytes, m->len);
		hang_up(m);
		return;
	}
	say(m, m->bytes, at);
	if (at < GREETING_SIZE) {
		hang_up(m);
		return;
	}
	must(tls_new(&m->tls, sides[m->kind == MAD_OTHER ? 2 : 1]) == ERR_OK);
	m->watch = (struct loop_watch){.fd = fd, .ready = on_client, .arg = m};
	must(loop_watch(m->loop, &m->watch, EPOLLIN) == ERR_OK);
}

/* ---- the client */

static void on_end(void *arg, const char *why)
{
	struct end *end = arg;

	must(end->calls++ == 0);
	end->good = why == NULL;
	must(why == NULL || why[0] != '\0');
}

/* What may come to a good end, whatever the bytes are. */
static bool may_be_good(const struct mad *m)
{
	switch (m->kind) {
	case MAD_HONEST:
		return true;
	case MAD_KEY:
		return m->len >= 2 * GREETING_SIZE &&
		       memcmp(m->bytes, m->bytes + GREETING_SIZE,
			      GREETING_SIZE) == 0;
	default:
		return false;
	}
}

static int listener(struct sockaddr_storage *ss, socklen_t *len)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0);
	*len = sizeof(un.sun_family);
	/* The system names it. */
	must(bind(fd, (struct sockaddr *)&un, *len) == 0);
	must(listen(fd, 1) == 0);
	*len = sizeof(*ss);
	must(getsockname(fd, (struct sockaddr *)ss, len) == 0);
	return fd;
}

/* False: the client ran out of time. */
static bool meet(struct mad *m)
{
	static const struct addr nowhere = {.host = "127.0.0.1", .port = 1};
	struct end end = {0};
	struct tls *tls;
	struct hail h;
	int door, fd;

	hail_init(&h, m->loop, &nowhere);
	h.side = sides[0];
	h.done = on_end;
	h.arg = &end;
	door = listener(&h.ss, &h.len);
	hail_start(&h);
	mad_begin(m, accept4(door, NULL, NULL, SOCK_CLOEXEC));
	while (end.calls == 0)
		loop_turn(m->loop);
	if (end.good) {
		must(may_be_good(m));
		must(h.greeting.flags & STORE_TLS);
		fd = hail_take(&h, &tls);
		must(fd >= 0 && tls != NULL);
		tls_free(tls);
		close(fd);
	}
	hail_release(&h);
	close(door);
	return !h.late;
}

static bool run(uint8_t kind, const uint8_t *bytes, size_t len)
{
	struct loop loop;
	struct mad m = {.kind = kind % MAD_KINDS,
			.bytes = bytes,
			.len = len < LEN_MAX ? len : LEN_MAX,
			.loop = &loop};
	bool good;

	must(loop_init(&loop) == ERR_OK);
	good = meet(&m);
	loop_unwatch(&loop, &m.watch);
	tls_free(m.tls);
	close(m.fd);
	loop_release(&loop);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	if (sides[0] == NULL) {
		sides[0] = side(false, '1');
		sides[1] = side(true, '1');
		sides[2] = side(true, '2');
	}
	/* The server has hung up: only a machine that has much to do makes the
	 * client wait, and not always. */
	for (unsigned tries = 0; !run(data[0], data + 1, size - 1); tries++)
		must(tries < 3);
	return 0;
}
