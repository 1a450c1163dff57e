/*
 * A man in the middle, for the end-to-end tests.
 *
 *	relay PORT ORDERS [RECORD]
 *
 * Listens on a loopback port, prints it on a line of its own, and passes
 * every connection on to PORT, until SIGTERM.  What it does to a connection
 * stands in the file ORDERS when the connection comes; nothing in it, nothing
 * done.  `up` is from the client to the server, `down` the other way:
 *
 *	cut up|down N		ends both sides when N bytes have passed so
 *	flip up|down N BIT	flips bit BIT (0..7) of byte N, from 0
 *	strip N			keeps the first N bytes of the server
 *	greet FILE		sends the bytes of FILE before all others
 *	once			empties ORDERS: the next is left alone
 *
 * With RECORD all bytes are added, as they come in, to RECORD.up and
 * RECORD.down.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEVER UINT64_MAX

/* One direction of a connection. */
struct way {
	const char *name;
	int from;
	int to;
	int record;	 /* -1: none */
	uint64_t passed; /* bytes so far */
	uint64_t cut;	 /* after so many, or NEVER */
	uint64_t flip;	 /* this byte, or NEVER */
	unsigned bit;
	uint64_t strip; /* so many of the first are kept */
	bool ended;
};

enum { UP, DOWN };

struct line {
	struct way ways[2];
	char greet[4096]; /* a file; empty: none */
};

static void die(const char *what)
{
	fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n > 65535) {
		fprintf(stderr, "relay: %s: not a number\n", text);
		exit(2);
	}
	return (unsigned)n;
}

static int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static struct sockaddr_in loopback(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)port)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* ---- orders */

static struct way *find_way(struct line *l, const char *name)
{
	for (int i = UP; i <= DOWN; i++)
		if (strcmp(l->ways[i].name, name) == 0)
			return &l->ways[i];
	fprintf(stderr, "relay: %s: neither up nor down\n", name);
	exit(2);
}

static void take_order(struct line *l, const char *text, const char *path)
{
	unsigned long long n;
	char name[8];
	unsigned bit;
	struct way *w;

	if (strncmp(text, "once", 4) == 0) {
		if (truncate(path, 0))
			die(path);
	} else if (sscanf(text, "cut %7s %llu", name, &n) == 2) {
		find_way(l, name)->cut = n;
	} else if (sscanf(text, "flip %7s %llu %u", name, &n, &bit) == 3) {
		w = find_way(l, name);
		w->flip = n;
		w->bit = bit & 7;
	} else if (sscanf(text, "strip %llu", &n) == 1) {
		l->ways[DOWN].strip = n;
	} else if (sscanf(text, "greet %4095s", l->greet) != 1) {
		fprintf(stderr, "relay: %s: no such order\n", text);
		exit(2);
	}
}

static void read_orders(struct line *l, const char *path)
{
	FILE *f = fopen(path, "r");
	char text[8192];

	if (!f)
		return;
	while (fgets(text, sizeof(text), f))
		take_order(l, text, path);
	fclose(f);
}

/* ---- one connection, in a process of its own */

static void put_bytes(int fd, const unsigned char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return; /* its right; the other side hears of it soon */
		data += n;
		len -= (size_t)n;
	}
}

static void greet(const struct line *l)
{
	unsigned char data[4096];
	FILE *f;
	size_t len;

	if (!l->greet[0])
		return;
	f = fopen(l->greet, "rb");
	if (!f)
		die(l->greet);
	len = fread(data, 1, sizeof(data), f);
	fclose(f);
	put_bytes(l->ways[DOWN].to, data, len);
}

/* What can be read is passed on.  False: this was the cut. */
static bool pass(struct way *w)
{
	unsigned char data[16384];
	uint64_t room = w->cut - w->passed;
	ssize_t got = 0;
	size_t at = 0;

	if (room > 0)
		got = recv(w->from, data,
			   room < sizeof(data) ? (size_t)room : sizeof(data),
			   0);
	if (got <= 0) {
		w->ended = true;
		(void)shutdown(w->to, SHUT_WR);
		return room > 0;
	}
	if (w->record >= 0 && write(w->record, data, (size_t)got) != got)
		die("record");
	if (w->flip >= w->passed && w->flip < w->passed + (uint64_t)got)
		data[w->flip - w->passed] ^= (unsigned char)(1u << w->bit);
	if (w->passed < w->strip)
		at = w->strip - w->passed < (uint64_t)got
			     ? (size_t)(w->strip - w->passed)
			     : (size_t)got;
	put_bytes(w->to, data + at, (size_t)got - at);
	w->passed += (uint64_t)got;
	return w->passed < w->cut;
}

static void serve(struct line *l)
{
	greet(l);
	if (l->ways[UP].cut == 0 || l->ways[DOWN].cut == 0)
		return;
	while (!l->ways[UP].ended || !l->ways[DOWN].ended) {
		struct pollfd p[2] = {{.events = POLLIN}, {.events = POLLIN}};

		for (int i = UP; i <= DOWN; i++)
			p[i].fd = l->ways[i].ended ? -1 : l->ways[i].from;
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			die("poll");
		for (int i = UP; i <= DOWN; i++)
			if (p[i].revents && !pass(&l->ways[i]))
				return;
	}
}

static int open_record(const char *prefix, const char *name)
{
	char path[4096];
	int fd;

	if (!prefix)
		return -1;
	snprintf(path, sizeof(path), "%s.%s", prefix, name);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		die(path);
	return fd;
}

static void take_in(int client, unsigned port, struct line *l,
		    const char *record)
{
	struct sockaddr_in a = loopback(port);
	int server = open_socket();
	int on = 1;

	if (connect(server, (struct sockaddr *)&a, sizeof(a)))
		exit(0); /* the client is cut off */
	if (setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
	    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		die("setsockopt");
	l->ways[UP].from = l->ways[DOWN].to = client;
	l->ways[UP].to = l->ways[DOWN].from = server;
	for (int i = UP; i <= DOWN; i++)
		l->ways[i].record = open_record(record, l->ways[i].name);
	serve(l);
	exit(0);
}

static void on_term(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof(a);
	int listener = open_socket();
	pid_t own = getpid();
	unsigned port;

	if (argc < 3 || argc > 4) {
		fputs("usage: relay PORT ORDERS [RECORD]\n", stderr);
		return 2;
	}
	port = number(argv[1]);
	if (bind(listener, (struct sockaddr *)&a, len) ||
	    listen(listener, 64) ||
	    getsockname(listener, (struct sockaddr *)&a, &len))
		die("listen");
	signal(SIGCHLD, SIG_IGN);
	signal(SIGTERM, on_term);
	printf("%u\n", ntohs(a.sin_port));
	fflush(stdout);
	for (;;) {
		struct line l = {.ways = {{.name = "up"}, {.name = "down"}}};
		int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (client < 0)
			die("accept");
		for (int i = UP; i <= DOWN; i++)
			l.ways[i].cut = l.ways[i].flip = NEVER;
		read_orders(&l, argv[2]);
		switch (fork()) {
		case 0:
			close(listener);
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() != own)
				exit(0);
			take_in(client, port, &l, argc > 3 ? argv[3] : NULL);
			break;
		case -1:
			die("fork");
			break;
		default:
			close(client);
		}
	}
}
