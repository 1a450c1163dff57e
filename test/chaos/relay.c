#include "relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLOW_BUFFER 32768 /* bytes */
#define MUTE_AFTER 3

enum { UP, DOWN, SIDES }; /* from the client; from the server */

/* One direction: what was read from its side waits for the other one. */
struct flow {
	uint8_t *bytes; /* FLOW_BUFFER */
	size_t at;
	size_t len;
	uint64_t due_ms; /* not passed on before */
	bool ended;	 /* nothing more comes */
	bool told;	 /* the other side knows */
};

struct relay_line {
	struct relay *relay;
	struct loop_watch side[SIDES];
	struct flow flow[SIDES];
	struct loop_timer timer;
	unsigned asked; /* how often the client has sent */
	bool failed;
	struct relay_line *prev;
	struct relay_line *next;
};

static bool is_held(const struct relay_line *l, unsigned from)
{
	enum relay_state s = l->relay->state;

	if (s == RELAY_MUTE || s == RELAY_STUCK)
		return from == (s == RELAY_MUTE ? DOWN : UP) &&
		       l->asked >= MUTE_AFTER;
	return s == RELAY_HOLE ||
	       s == (from == UP ? RELAY_HOLE_UP : RELAY_HOLE_DOWN);
}

static void reset(int fd)
{
	const struct linger now = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static void line_free(struct relay_line *l, bool hard)
{
	loop_disarm(&l->timer);
	for (unsigned i = 0; i < SIDES; i++) {
		loop_unwatch(l->relay->loop, &l->side[i]);
		if (hard)
			reset(l->side[i].fd);
		else
			close(l->side[i].fd);
		free(l->flow[i].bytes);
	}
	if (l->prev)
		l->prev->next = l->next;
	else
		l->relay->lines = l->next;
	if (l->next)
		l->next->prev = l->prev;
	free(l);
}

static void flow_fill(struct relay_line *l, unsigned from)
{
	struct flow *f = &l->flow[from];
	ssize_t n = recv(l->side[from].fd, f->bytes, FLOW_BUFFER, 0);

	if (n < 0) {
		l->failed |= errno != EAGAIN && errno != EINTR;
		return;
	}
	f->ended = n == 0;
	l->asked += from == UP;
	f->at = 0;
	f->len = (size_t)n;
	f->due_ms = 0;
	if (l->relay->state == RELAY_LATE)
		f->due_ms = l->relay->loop->now_ms + l->relay->late_ms;
}

static void flow_pass(struct relay_line *l, unsigned from)
{
	struct flow *f = &l->flow[from];
	int to = l->side[!from].fd;

	if (f->len != 0) {
		ssize_t n = send(to, f->bytes + f->at, f->len, MSG_NOSIGNAL);

		if (n < 0) {
			l->failed |= errno != EAGAIN && errno != EINTR;
			return;
		}
		f->at += (size_t)n;
		f->len -= (size_t)n;
	}
	if (f->len == 0 && f->ended && !f->told) {
		shutdown(to, SHUT_WR);
		f->told = true;
	}
}

static bool may_pass(const struct relay_line *l, unsigned from)
{
	const struct flow *f = &l->flow[from];

	return (f->len != 0 || (f->ended && !f->told)) && !is_held(l, from) &&
	       f->due_ms <= l->relay->loop->now_ms;
}

/* Asks the loop for what can go on. */
static void line_watch(struct relay_line *l)
{
	struct loop *loop = l->relay->loop;
	uint64_t due = UINT64_MAX;

	for (unsigned i = 0; i < SIDES; i++) {
		const struct flow *in = &l->flow[i];
		uint32_t events = 0;

		if (in->len == 0 && !in->ended && !is_held(l, i))
			events |= EPOLLIN;
		if (may_pass(l, !i))
			events |= EPOLLOUT;
		if (in->len != 0 && in->due_ms > loop->now_ms &&
		    in->due_ms < due)
			due = in->due_ms;
		if (events == 0)
			loop_unwatch(loop, &l->side[i]);
		else if (loop_watch(loop, &l->side[i], events) != ERR_OK)
			l->failed = true;
	}
	if (due != UINT64_MAX)
		loop_arm(loop, &l->timer, due);
}

static void line_go_on(struct relay_line *l)
{
	for (unsigned i = 0; i < SIDES; i++)
		if (may_pass(l, i))
			flow_pass(l, i);
	if (!l->failed)
		line_watch(l);
	if (l->failed || (l->flow[UP].told && l->flow[DOWN].told))
		line_free(l, l->failed);
}

static void on_side(struct relay_line *l, unsigned from, uint32_t events)
{
	struct flow *f = &l->flow[from];

	if (events & EPOLLERR)
		l->failed = true;
	else if ((events & (EPOLLIN | EPOLLHUP)) && f->len == 0 && !f->ended &&
		 !is_held(l, from))
		flow_fill(l, from);
	line_go_on(l);
}

static void on_up(void *arg, uint32_t events)
{
	on_side(arg, UP, events);
}

static void on_down(void *arg, uint32_t events)
{
	on_side(arg, DOWN, events);
}

static void on_due(void *arg)
{
	line_go_on(arg);
}

static struct sockaddr_in loopback(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* A connection to the server, or -1. */
static int dial(uint32_t host, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(port),
				.sin_addr.s_addr = host};
	const int one = 1;
	int fd;

	if (port == 0)
		return -1;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	close(fd);
	return -1;
}

static void line_new(struct relay *r, int client, int server)
{
	struct relay_line *l = calloc(1, sizeof(*l));
	const int one = 1;

	if (!l)
		abort();
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*l = (struct relay_line){.relay = r, .next = r->lines};
	l->side[UP] = (struct loop_watch){client, .ready = on_up, .arg = l};
	l->side[DOWN] = (struct loop_watch){server, .ready = on_down, .arg = l};
	l->timer = (struct loop_timer){.fire = on_due, .arg = l};
	for (unsigned i = 0; i < SIDES; i++) {
		l->flow[i].bytes = malloc(FLOW_BUFFER);
		if (!l->flow[i].bytes)
			abort();
	}
	if (r->lines)
		r->lines->prev = l;
	r->lines = l;
	line_go_on(l);
}

static void on_door(void *arg, uint32_t events)
{
	struct relay *r = arg;
	int client =
		accept4(r->door.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int server;

	(void)events;
	if (client < 0)
		return;
	server = r->state == RELAY_CUT ? -1 : dial(r->host, *r->server);
	if (server < 0)
		reset(client);
	else
		line_new(r, client, server);
}

bool relay_open(struct relay *r, struct loop *loop, const char *host,
		const uint16_t *server)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*r = (struct relay){
		.loop = loop, .host = inet_addr(host), .server = server};
	r->door = (struct loop_watch){fd, .ready = on_door, .arg = r};
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0 ||
	    loop_watch(loop, &r->door, EPOLLIN) != ERR_OK)
		return false;
	r->port = ntohs(a.sin_port);
	return true;
}

void relay_close(struct relay *r)
{
	while (r->lines)
		line_free(r->lines, true);
	if (r->door.fd < 0 || !r->loop)
		return;
	loop_unwatch(r->loop, &r->door);
	close(r->door.fd);
}

void relay_set(struct relay *r, enum relay_state state, uint32_t late_ms)
{
	r->state = state;
	r->late_ms = late_ms;
	for (struct relay_line *l = r->lines, *next; l; l = next) {
		next = l->next;
		if (state == RELAY_CUT)
			line_free(l, true);
		else
			line_go_on(l);
	}
}
