/*
 * Clients with a key, real or nearly so, for the end-to-end tests.
 *
 *	shaker flip PORT KEY COUNT SEED
 *	shaker half PORT KEY COUNT
 *	shaker trickle PORT KEY COUNT
 *	shaker slow PORT KEY COUNT
 *
 * KEY is a key file that the server knows.  `flip` goes through COUNT
 * handshakes, one after the other, each from another address of 127/8 and
 * each with one bit flipped in one of the four flights (both sides' first,
 * the client's end, the greeting repeated); behind it comes a request in
 * plain text.  The side that gets the bit must refuse.  What says nothing of
 * the handshake is left out: the version in the header of a record that is
 * not sealed, which TLS 1.3 ignores.  Ends with 1 when one got through, and
 * says which.
 *
 * The others open COUNT connections and say "ready" when all have begun:
 * `half` has sent half a ClientHello on each, `trickle` sends one at a byte a
 * second, `slow` has finished the handshake and sends a sealed request so.
 * They say "gone MS", counted from there, when the server has ended the last
 * connection, and run until killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "frame.h"
#include "msg.h"
#include "tls.h"

#define FLIGHT_MAX 4096 /* bytes */
#define WAIT_MS 20000	/* for a server that owes something */

struct target {
	unsigned port;
	struct tls_side *side;
};

static void die(const char *what)
{
	fprintf(stderr, "shaker: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void must(enum err e, const char *what)
{
	if (e) {
		fprintf(stderr, "shaker: %s: %s\n", what, err_text(e));
		exit(1);
	}
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0') {
		fprintf(stderr, "shaker: %s: not a number\n", text);
		exit(2);
	}
	return n;
}

static uint64_t draw(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* ---- a connection */

/* from: an address of our own, in host order. */
static int dial(unsigned port, uint32_t from)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	a.sin_addr.s_addr = htonl(from);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)))
		die("socket");
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)port);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		die("connect");
	return fd;
}

/* What comes, up to want bytes: fewer when the other side has ended it. */
static size_t take(int fd, uint8_t *data, size_t want)
{
	size_t have = 0;

	while (have < want) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, WAIT_MS) == 0) {
			fputs("shaker: the server is silent\n", stderr);
			exit(1);
		}
		n = recv(fd, data + have, want - have, 0);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	return have;
}

static void give(int fd, const uint8_t *data, size_t len)
{
	/* The server may have ended it. */
	if (len > 0 && send(fd, data, len, MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE && errno != ECONNRESET)
		die("send");
}

/* What our side has to send. */
static size_t say(struct tls *t, uint8_t out[FLIGHT_MAX])
{
	const uint8_t *data;
	size_t len = tls_pending(t, &data);

	if (len > FLIGHT_MAX)
		die("a flight is too long");
	if (len > 0)
		memcpy(out, data, len);
	tls_sent(t, len);
	return len;
}

/* ---- one bit */

enum { HELLO, ANSWER, FINISH, AGAIN, FLIGHTS };

static const char *const flight_names[] = {"ClientHello", "the answer",
					   "the client's end",
					   "the greeting repeated"};

/* As they are when nobody disturbs; the lengths are always these. */
struct flights {
	uint8_t data[FLIGHTS][FLIGHT_MAX];
	size_t len[FLIGHTS];
};

struct bit {
	int flight; /* FLIGHTS: none */
	size_t at;  /* bytes */
	unsigned n;
};

static void flip(const struct bit *b, int flight, uint8_t *data, size_t len)
{
	if (b->flight == flight && b->at < len)
		data[b->at] ^= (uint8_t)(1u << b->n);
}

/* A version in the header of a record that is not sealed. */
static bool is_idle(const struct flights *f, const struct bit *b)
{
	const uint8_t *data = f->data[b->flight];
	size_t at = 0;

	while (at + 5 <= f->len[b->flight]) {
		if ((b->at == at + 1 || b->at == at + 2) && data[at] != 23)
			return true;
		at += 5u + ((size_t)data[at + 3] << 8 | data[at + 4]);
	}
	return false;
}

static void ask_in_plain(int fd)
{
	uint8_t data[FRAME_HEADER_SIZE];
	struct frame f = {.op = OP_STATUS, .id = 1};
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	must(frame_put(&b, &f), "frame");
	give(fd, data, b.len);
	(void)shutdown(fd, SHUT_WR);
}

/* More of a flight that nobody disturbs. */
static void learn_more(int fd, struct tls *t, struct flights *f, int flight)
{
	uint8_t *data = f->data[flight] + f->len[flight];
	size_t got = take(fd, data, 1);

	if (got == 0 || f->len[flight] + 1 == FLIGHT_MAX) {
		fputs("shaker: no handshake: is the key right?\n", stderr);
		exit(1);
	}
	f->len[flight] += got;
	must(tls_feed(t, data, got), "TLS");
}

/* One handshake that nobody disturbs. */
static void learn(const struct target *g, struct flights *f)
{
	int fd = dial(g->port, INADDR_LOOPBACK);
	uint8_t greeting[GREETING_SIZE];
	size_t opened = 0;
	struct tls *t;
	enum err e;

	if (take(fd, greeting, sizeof(greeting)) < sizeof(greeting))
		die("greeting");
	must(tls_new(&t, g->side), "TLS");
	e = tls_shake(t);
	f->len[HELLO] = say(t, f->data[HELLO]);
	give(fd, f->data[HELLO], f->len[HELLO]);
	while (e == ERR_SHORT) {
		learn_more(fd, t, f, ANSWER);
		e = tls_shake(t);
	}
	must(e, "handshake");
	f->len[FINISH] = say(t, f->data[FINISH]);
	give(fd, f->data[FINISH], f->len[FINISH]);
	while (opened == 0) {
		learn_more(fd, t, f, AGAIN);
		must(tls_read(t, greeting, sizeof(greeting), &opened), "TLS");
	}
	tls_free(t);
	close(fd);
}

/* The server's answer, perhaps with the bit.  False: it did not come whole, or
 * our side is not content with it. */
static bool take_answer(int fd, struct tls *t, const struct flights *f,
			const struct bit *b)
{
	uint8_t data[FLIGHT_MAX];
	size_t got = take(fd, data, f->len[ANSWER]);

	flip(b, ANSWER, data, got);
	must(tls_feed(t, data, got), "TLS");
	return tls_shake(t) == ERR_OK;
}

/* The greeting repeated, perhaps with the bit. */
static bool take_again(int fd, struct tls *t, const struct flights *f,
		       const struct bit *b)
{
	uint8_t data[FLIGHT_MAX];
	size_t got = take(fd, data, f->len[AGAIN]);
	size_t opened = 0;

	flip(b, AGAIN, data, got);
	must(tls_feed(t, data, got), "TLS");
	return tls_read(t, data, sizeof(data), &opened) == ERR_OK &&
	       opened == GREETING_SIZE;
}

/* One handshake with the bit.  True when the side that got it did not mind. */
static bool gets_through(const struct target *g, const struct flights *f,
			 const struct bit *b, uint32_t from)
{
	int fd = dial(g->port, from);
	uint8_t data[FLIGHT_MAX];
	bool through = false;
	struct tls *t;
	size_t len;

	if (take(fd, data, GREETING_SIZE) < GREETING_SIZE)
		die("greeting");
	must(tls_new(&t, g->side), "TLS");
	if (tls_shake(t) != ERR_SHORT)
		die("TLS");
	len = say(t, data);
	flip(b, HELLO, data, len);
	give(fd, data, len);
	if (b->flight == HELLO)
		ask_in_plain(fd);
	through = take_answer(fd, t, f, b);
	len = say(t, data); /* an alert, where it is not through */
	flip(b, FINISH, data, len);
	give(fd, data, len);
	if (through && b->flight >= FINISH) {
		if (b->flight == FINISH)
			ask_in_plain(fd);
		through = take_again(fd, t, f, b);
		give(fd, data, say(t, data));
	}
	if (b->flight == ANSWER || b->flight == AGAIN)
		ask_in_plain(fd);
	/* The end is the server's to make. */
	while (take(fd, data, sizeof(data)) == sizeof(data))
		;
	tls_free(t);
	close(fd);
	return through;
}

static void do_flip(const struct target *g, unsigned long count, uint64_t seed)
{
	unsigned long through = 0, idle = 0;
	struct flights f = {0};

	learn(g, &f);
	for (unsigned long i = 0; i < count; i++) {
		struct bit b = {.flight = (int)(draw(&seed) % FLIGHTS)};
		uint32_t from = 0x7f000000u | (uint32_t)(draw(&seed) >> 40);

		b.at = draw(&seed) % f.len[b.flight];
		b.n = draw(&seed) % 8;
		if (is_idle(&f, &b)) {
			idle++;
			continue;
		}
		/* Not the net's own two addresses. */
		from = (from & ~0xffu) | (1 + (from & 0x7f));
		if (!gets_through(g, &f, &b, from))
			continue;
		through++;
		printf("handshake %lu: bit %u of byte %zu of %s\n", i, b.n,
		       b.at, flight_names[b.flight]);
	}
	printf("%lu handshakes, %lu got through, %lu bits without a meaning\n",
	       count - idle, through, idle);
	exit(through ? 1 : 0);
}

/* ---- crowds */

/* What one connection of a crowd says, bit by bit. */
struct guest {
	int fd; /* -1: gone */
	uint8_t data[FLIGHT_MAX];
	size_t len;
	size_t at;
};

static void greeted(const struct target *g, struct guest *q, struct tls **t)
{
	uint8_t greeting[GREETING_SIZE];

	q->fd = dial(g->port, INADDR_LOOPBACK);
	(void)take(q->fd, greeting, sizeof(greeting));
	must(tls_new(t, g->side), "TLS");
	if (tls_shake(*t) != ERR_SHORT)
		die("TLS");
	q->len = say(*t, q->data);
}

static void begin_half(const struct target *g, struct guest *q)
{
	struct tls *t;

	greeted(g, q, &t);
	tls_free(t);
	q->len /= 2;
	give(q->fd, q->data, q->len);
	q->at = q->len;
}

static void begin_trickle(const struct target *g, struct guest *q)
{
	struct tls *t;

	greeted(g, q, &t);
	tls_free(t);
}

static void begin_slow(const struct target *g, struct guest *q)
{
	struct frame f = {.op = OP_LIST, .id = 1, .head_len = 1000};
	uint8_t data[FLIGHT_MAX] = {0};
	struct tls *t;
	struct wbuf b;
	enum err e;

	greeted(g, q, &t);
	give(q->fd, q->data, q->len);
	do {
		uint8_t one;

		if (take(q->fd, &one, 1) == 0)
			die("handshake");
		must(tls_feed(t, &one, 1), "TLS");
		e = tls_shake(t);
	} while (e == ERR_SHORT);
	must(e, "handshake");
	give(q->fd, q->data, say(t, q->data));
	wbuf_init(&b, data, sizeof(data));
	must(frame_put(&b, &f), "frame");
	must(tls_write(t, data, 1000), "TLS");
	q->len = say(t, q->data);
	tls_free(t);
}

/* Reads what came, if anything; the server's end is the guest's. */
static void look(struct guest *q, unsigned long *here)
{
	uint8_t data[FLIGHT_MAX];
	ssize_t n;

	if (q->fd < 0)
		return;
	n = recv(q->fd, data, sizeof(data), MSG_DONTWAIT);
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	close(q->fd);
	q->fd = -1;
	--*here;
}

static void do_crowd(const struct target *g, unsigned long count,
		     void (*begin)(const struct target *g, struct guest *q))
{
	struct guest *all = calloc(count, sizeof(*all));
	unsigned long here = count;
	uint64_t start;

	if (!all)
		die("memory");
	for (unsigned long i = 0; i < count; i++)
		begin(g, &all[i]);
	start = clock_ms();
	puts("ready");
	fflush(stdout);
	for (unsigned long tick = 0; here > 0; tick++) {
		(void)poll(NULL, 0, 100);
		for (unsigned long i = 0; i < count; i++) {
			struct guest *q = &all[i];

			look(q, &here);
			if (q->fd >= 0 && tick % 10 == 0 && q->at < q->len)
				give(q->fd, &q->data[q->at++], 1);
		}
	}
	printf("gone %llu\n", (unsigned long long)(clock_ms() - start));
	fflush(stdout);
	for (;;)
		pause();
}

static struct tls_side *load_side(const char *path)
{
	char message[KEYRING_MESSAGE_MAX];
	struct keyring keys = {0};
	struct tls_side *side;

	if (keyring_load(&keys, path, message) != ERR_OK) {
		fprintf(stderr, "shaker: %s\n", message);
		exit(1);
	}
	must(tls_side_client(&side, &keys), "TLS");
	return side;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	struct target g;
	unsigned long count;

	if (argc < 5) {
		fputs("usage: shaker flip|half|trickle|slow PORT KEY COUNT "
		      "[SEED]\n",
		      stderr);
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	g.port = (unsigned)number(argv[2]);
	g.side = load_side(argv[3]);
	count = number(argv[4]);
	if (strcmp(argv[1], "flip") == 0 && argc > 5)
		do_flip(&g, count, number(argv[5]));
	else if (strcmp(argv[1], "half") == 0)
		do_crowd(&g, count, begin_half);
	else if (strcmp(argv[1], "trickle") == 0)
		do_crowd(&g, count, begin_trickle);
	else if (strcmp(argv[1], "slow") == 0)
		do_crowd(&g, count, begin_slow);
	return 2;
}
