/*
 * Peers that do not behave, for the end-to-end tests.
 *
 *	peer serve close|garbage|half|silent|http|hole [GREETING]
 *	peer hold PORT COUNT
 *	peer trickle PORT COUNT
 *	peer reset PORT COUNT
 *	peer say PORT
 *	peer dam PORT KIB
 *	peer forge PORT FROM TO
 *
 * `serve` listens on a loopback port, prints it on a line of its own, and
 * then does with every connection what the word says; `half` sends the first
 * half of the file GREETING.  `hole` is a port whose connects never end.
 * `hold` keeps COUNT connections open, `trickle` also sends a byte a second
 * on each; both print "ready" when all stand.  These run until killed.
 * `reset` connects and resets COUNT times.  `say` sends its stdin and prints
 * what comes until the other side closes; 1 when it has not after 20 s.
 * `dam` listens as `serve` does, and passes one connection on to PORT; of
 * what comes from there it lets KIB KiB through, says "full", and keeps the
 * rest; others are greeted as PORT greets: it is slow, and not dead.
 * `forge` listens so, too, and passes every connection on to PORT;
 * in what comes from there each FROM becomes TO, which is as long.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n > 65535) {
		fprintf(stderr, "peer: %s: not a number\n", text);
		exit(2);
	}
	return (unsigned)n;
}

static struct sockaddr_in loopback(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)port)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static int open_socket(int flags)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static int dial(unsigned port)
{
	struct sockaddr_in a = loopback(port);
	int fd = open_socket(0);

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("connect");
	return fd;
}

/* Enough connects that nobody accepts, and the next one hangs. */
static void fill_backlog(unsigned port)
{
	struct sockaddr_in a = loopback(port);

	for (int i = 0; i < 8; i++) {
		int fd = open_socket(SOCK_NONBLOCK);

		if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 &&
		    errno != EINPROGRESS)
			die("connect");
	}
}

static int listen_anywhere(int backlog, unsigned *port)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof(a);
	int fd = open_socket(0);

	if (bind(fd, (struct sockaddr *)&a, len) < 0 ||
	    listen(fd, backlog) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		die("listen");
	*port = ntohs(a.sin_port);
	return fd;
}

static void send_text(int fd, const void *data, size_t len)
{
	/* The other side may have gone, which is its right. */
	if (send(fd, data, len, MSG_NOSIGNAL) < 0 && errno != EPIPE &&
	    errno != ECONNRESET)
		die("send");
}

static void do_close(int fd, const char *file)
{
	(void)file;
	close(fd);
}

static void do_garbage(int fd, const char *file)
{
	unsigned char bytes[4096];

	(void)file;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 131 + i / 256 + 7);
	send_text(fd, bytes, sizeof(bytes));
}

static void do_half(int fd, const char *file)
{
	unsigned char bytes[4096];
	FILE *f = fopen(file, "rb");
	size_t len;

	if (!f)
		die(file);
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	send_text(fd, bytes, len / 2);
}

static void do_silent(int fd, const char *file)
{
	(void)fd;
	(void)file;
}

static void do_http(int fd, const char *file)
{
	static const char text[] = "HTTP/1.0 400 Bad Request\r\n\r\n";

	(void)file;
	send_text(fd, text, sizeof(text) - 1);
}

static const struct manner {
	const char *name;
	void (*greet)(int fd, const char *file); /* NULL: never accept */
} manners[] = {
	{"close", do_close},   {"garbage", do_garbage}, {"half", do_half},
	{"silent", do_silent}, {"http", do_http},	{"hole", NULL},
};

static const struct manner *find_manner(const char *name)
{
	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++)
		if (strcmp(manners[i].name, name) == 0)
			return &manners[i];
	fprintf(stderr, "peer: %s: no such manner\n", name);
	exit(2);
}

static void serve(int argc, char **argv)
{
	const struct manner *m = find_manner(argv[0]);
	const char *file = argc > 1 ? argv[1] : "/dev/null";
	unsigned port;
	int fd = listen_anywhere(m->greet ? 64 : 0, &port);

	if (!m->greet)
		fill_backlog(port);
	printf("%u\n", port);
	fflush(stdout);
	while (m->greet) {
		int got = accept(fd, NULL, NULL);

		if (got < 0)
			die("accept");
		m->greet(got, file);
	}
	for (;;)
		pause();
}

static void hold(unsigned port, unsigned count, int delay_ms)
{
	int *fds = calloc(count, sizeof(*fds));

	if (!fds)
		die("memory");
	for (unsigned i = 0; i < count; i++)
		fds[i] = dial(port);
	puts("ready");
	fflush(stdout);
	for (unsigned at = 0;; at++) {
		(void)poll(NULL, 0, delay_ms);
		for (unsigned i = 0; i < count; i++)
			send_text(fds[i], &"dfs1"[at % 4], 1);
	}
}

static void do_hold(int argc, char **argv)
{
	(void)argc;
	hold(number(argv[0]), number(argv[1]), -1);
}

static void do_trickle(int argc, char **argv)
{
	(void)argc;
	hold(number(argv[0]), number(argv[1]), 1000);
}

static void do_reset(int argc, char **argv)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};
	unsigned count = number(argv[1]);

	(void)argc;
	for (unsigned i = 0; i < count; i++) {
		int fd = dial(number(argv[0]));

		if (i % 2)
			send_text(fd, "dfs1\0\0", 6);
		if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)))
			die("setsockopt");
		close(fd);
	}
}

/* Copies what comes to stdout; false when the other side still keeps the
 * connection after 20 s. */
static bool drain(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char bytes[4096];

	for (;;) {
		int ready = poll(&p, 1, 20000);
		ssize_t got = ready > 0 ? read(fd, bytes, sizeof(bytes)) : -1;

		if (ready == 0)
			return false;
		if (got <= 0)
			return true;
		fwrite(bytes, 1, (size_t)got, stdout);
	}
}

static void say(int argc, char **argv)
{
	int fd = dial(number(argv[0]));
	char bytes[4096];
	size_t len;

	(void)argc;
	while ((len = fread(bytes, 1, sizeof(bytes), stdin)) > 0)
		send_text(fd, bytes, len);
	shutdown(fd, SHUT_WR);
	if (!drain(fd))
		exit(1);
}

/* What can be read is passed on, `most` bytes at most; false at its end. */
static bool pass(int from, int to, size_t *most)
{
	char bytes[4096];
	size_t want = *most < sizeof(bytes) ? *most : sizeof(bytes);
	ssize_t got = read(from, bytes, want);

	if (got <= 0)
		return false;
	send_text(to, bytes, (size_t)got);
	*most -= (size_t)got;
	return true;
}

/* One more connection, which asks whether the server lives: it is greeted as
 * that greets, and no more. */
static void greet(int listener, unsigned port)
{
	char greeting[32];
	int client = accept(listener, NULL, NULL);
	int server = dial(port);
	ssize_t n = recv(server, greeting, sizeof(greeting), MSG_WAITALL);

	if (client >= 0 && n > 0)
		(void)!write(client, greeting, (size_t)n);
	close(server);
}

static void dam(int argc, char **argv)
{
	size_t left = (size_t)number(argv[1]) << 10;
	unsigned port;
	int listener = listen_anywhere(8, &port);
	struct pollfd p[3] = {
		{.events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}};
	int server;

	(void)argc;
	printf("%u\n", port);
	fflush(stdout);
	p[2].fd = listener;
	p[0].fd = accept(listener, NULL, NULL);
	server = dial(number(argv[0]));
	p[1].fd = server;
	while (poll(p, 3, -1) > 0) {
		if (p[2].revents)
			greet(listener, number(argv[0]));
		if (p[0].revents && !pass(p[0].fd, server, &(size_t){4096}))
			return;
		if (left > 0 && p[1].revents && !pass(server, p[0].fd, &left))
			return;
		if (left > 0 || p[1].fd < 0)
			continue;
		puts("full");
		fflush(stdout);
		p[1].fd = -1; /* not looked at; the connection stays */
	}
}

static void forge_bytes(char *bytes, size_t len, const char *from,
			const char *to)
{
	size_t n = strlen(from);

	for (char *at = bytes;
	     (at = memmem(at, len - (size_t)(at - bytes), from, n));)
		memcpy(at, to, n);
}

/* Until either side ends.  Of an answer that comes in pieces a FROM between
 * two of them is left as it is. */
static void forge_one(int client, int server, const char *from, const char *to)
{
	struct pollfd p[2] = {{.fd = client, .events = POLLIN},
			      {.fd = server, .events = POLLIN}};
	char bytes[65536];

	while (poll(p, 2, -1) > 0) {
		ssize_t got = 0;

		if (p[0].revents && !pass(client, server, &(size_t){4096}))
			return;
		if (!p[1].revents)
			continue;
		got = read(server, bytes, sizeof(bytes));
		if (got <= 0)
			return;
		forge_bytes(bytes, (size_t)got, from, to);
		send_text(client, bytes, (size_t)got);
	}
}

static void forge(int argc, char **argv)
{
	unsigned port;
	int listener = listen_anywhere(64, &port);

	(void)argc;
	if (strlen(argv[1]) != strlen(argv[2])) {
		fputs("peer: forge: FROM and TO differ in length\n", stderr);
		exit(2);
	}
	signal(SIGCHLD, SIG_IGN);
	printf("%u\n", port);
	fflush(stdout);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			die("accept");
		if (fork() == 0) {
			forge_one(fd, dial(number(argv[0])), argv[1], argv[2]);
			_exit(0);
		}
		close(fd);
	}
}

static const struct job {
	const char *name;
	int least; /* arguments */
	void (*run)(int argc, char **argv);
} jobs[] = {
	{"serve", 1, serve},
	{"hold", 2, do_hold},
	{"trickle", 2, do_trickle},
	{"reset", 2, do_reset},
	{"say", 1, say},
	{"dam", 2, dam},
	{"forge", 3, forge},
};

int main(int argc, char **argv)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		if (argc > 1 && strcmp(jobs[i].name, argv[1]) == 0 &&
		    argc - 2 >= jobs[i].least) {
			jobs[i].run(argc - 2, argv + 2);
			return 0;
		}
	fputs("usage: peer serve|hold|trickle|reset|say|dam|forge ARG...\n",
	      stderr);
	return 2;
}
