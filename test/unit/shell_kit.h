/*
 * A server of the tests' own: it plays a script on each connection, in
 * threads that assert nothing.
 */
#ifndef TEST_SHELL_KIT_H
#define TEST_SHELL_KIT_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "addr.h"
#include "frame.h"
#include "msg.h"

#define FAKE_CONNECTIONS 3

enum fake_what {
	FAKE_END,   /* closes */
	FAKE_SEND,  /* data, len */
	FAKE_DRIP,  /* data, len: a byte at a time */
	FAKE_TAKE,  /* reads len bytes, kept in .taken */
	FAKE_REPLY, /* data, len: a whole answer, to the id that was taken */
	FAKE_LATER, /* the same, to the last one, when each had a step */
	FAKE_PAUSE, /* lets len ms go by */
	FAKE_HOLD,  /* until the end of the test */
};

struct fake_step {
	enum fake_what what;
	const void *data;
	size_t len;
};

struct fake_connection {
	struct fake *fake;
	const struct fake_step *script;
	int fd;
	uint8_t *taken; /* set before stop returns */
	size_t taken_len;
	size_t last; /* where what the last step took begins */
	pthread_t thread;
};

struct fake {
	struct addr addr;
	int listener;
	int stop;
	unsigned scripts;
	unsigned accepted;
	struct fake_connection connections[FAKE_CONNECTIONS];
	pthread_t thread;
};

/* False when the test ends, and there is nothing left to read. */
static inline bool fake_wait(struct fake *f, int fd, short events)
{
	struct pollfd p[2] = {{.fd = f->stop, .events = POLLIN},
			      {.fd = fd, .events = events}};

	return poll(p, fd < 0 ? 1 : 2, -1) > 0 &&
	       (p[1].revents || !p[0].revents);
}

static inline bool fake_write(struct fake_connection *c, const uint8_t *data,
			      size_t len, size_t piece)
{
	while (len > 0) {
		ssize_t n;

		if (!fake_wait(c->fake, c->fd, POLLOUT))
			return false;
		n = send(c->fd, data, len < piece ? len : piece, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static inline bool fake_take(struct fake_connection *c, size_t len)
{
	uint8_t *grown = realloc(c->taken, c->taken_len + len);

	if (!grown)
		return false;
	c->taken = grown;
	c->last = c->taken_len;
	while (len > 0) {
		ssize_t n;

		if (!fake_wait(c->fake, c->fd, POLLIN))
			return false;
		n = recv(c->fd, c->taken + c->taken_len, len, 0);
		if (n <= 0)
			return false;
		c->taken_len += (size_t)n;
		len -= (size_t)n;
	}
	return true;
}

/* The frames in data get the id of the request that was taken at from. */
static inline bool fake_reply(struct fake_connection *c,
			      const struct fake_step *s, size_t from)
{
	uint8_t *copy = malloc(s->len);
	size_t at = 0;
	bool good;

	if (!copy || c->taken_len < from + FRAME_HEADER_SIZE)
		return false;
	memcpy(copy, s->data, s->len);
	while (s->len - at >= FRAME_HEADER_SIZE) {
		struct rbuf b;
		struct frame f;

		rbuf_init(&b, copy + at, s->len - at);
		if (frame_get(&b, &f) != ERR_OK)
			break;
		memcpy(copy + at + 8, c->taken + from + 8, 4);
		at += FRAME_HEADER_SIZE + f.head_len + (size_t)f.body_len;
	}
	good = fake_write(c, copy, s->len, s->len);
	free(copy);
	return good;
}

static inline bool fake_step(struct fake_connection *c,
			     const struct fake_step *s)
{
	switch (s->what) {
	case FAKE_SEND:
		return fake_write(c, s->data, s->len, s->len);
	case FAKE_DRIP:
		return fake_write(c, s->data, s->len, 1);
	case FAKE_TAKE:
		return fake_take(c, s->len);
	case FAKE_REPLY:
		return fake_reply(c, s, 0);
	case FAKE_LATER:
		return fake_reply(c, s, c->last);
	case FAKE_PAUSE:
		return usleep((useconds_t)s->len * 1000) == 0;
	case FAKE_HOLD:
		return fake_wait(c->fake, -1, 0);
	case FAKE_END:
		break;
	}
	return false;
}

static inline void *fake_play(void *arg)
{
	struct fake_connection *c = arg;

	for (const struct fake_step *s = c->script; fake_step(c, s);)
		s++;
	close(c->fd);
	return NULL;
}

static inline void *fake_accept(void *arg)
{
	struct fake *f = arg;

	while (f->accepted < f->scripts && fake_wait(f, f->listener, POLLIN)) {
		struct fake_connection *c = &f->connections[f->accepted];

		c->fd = accept(f->listener, NULL, NULL);
		if (c->fd < 0 || pthread_create(&c->thread, NULL, fake_play, c))
			break;
		f->accepted++;
	}
	return NULL;
}

/* Connection i plays script[i]; those beyond are never accepted.  Port 0: any
 * that is free. */
static inline void fake_start_at(struct fake *f, uint16_t port,
				 const struct fake_step *const *scripts,
				 unsigned count)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(port)};
	socklen_t len = sizeof(in);
	int on = 1;

	*f = (struct fake){.scripts = count};
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	f->stop = eventfd(0, EFD_CLOEXEC);
	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(f->stop >= 0 && f->listener >= 0);
	assert_int_equal(setsockopt(f->listener, SOL_SOCKET, SO_REUSEADDR, &on,
				    sizeof(on)),
			 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(f->listener, 8), 0);
	assert_int_equal(getsockname(f->listener, (struct sockaddr *)&in, &len),
			 0);
	snprintf(f->addr.host, sizeof(f->addr.host), "127.0.0.1");
	f->addr.port = ntohs(in.sin_port);
	for (unsigned i = 0; i < count; i++) {
		f->connections[i].fake = f;
		f->connections[i].script = scripts[i];
	}
	assert_int_equal(pthread_create(&f->thread, NULL, fake_accept, f), 0);
}

static inline void fake_start(struct fake *f,
			      const struct fake_step *const *scripts,
			      unsigned count)
{
	fake_start_at(f, 0, scripts, count);
}

/* Ends all threads; what was taken stays until fake_release. */
static inline void fake_stop(struct fake *f)
{
	assert_int_equal(eventfd_write(f->stop, 1), 0);
	pthread_join(f->thread, NULL);
	for (unsigned i = 0; i < f->accepted; i++)
		pthread_join(f->connections[i].thread, NULL);
	close(f->listener);
	close(f->stop);
}

static inline void fake_release(struct fake *f)
{
	for (unsigned i = 0; i < f->accepted; i++)
		free(f->connections[i].taken);
}

/* A member's greeting, whose store has an id of such bytes. */
static inline void fake_greeting_of(uint8_t out[GREETING_SIZE], int store)
{
	struct greeting g = {.proto_min = PROTO_VERSION,
			     .proto_max = PROTO_VERSION,
			     .state = STORE_MEMBER};
	struct wbuf b;

	memset(g.store, store, sizeof(g.store));
	wbuf_init(&b, out, GREETING_SIZE);
	assert_int_equal(greeting_put(&b, &g), ERR_OK);
}

static inline void fake_greeting(uint8_t out[GREETING_SIZE])
{
	fake_greeting_of(out, 7);
}

/* One frame of an answer; the id is the replier's to set. */
static inline size_t fake_frame(uint8_t *out, size_t cap, uint8_t flags,
				const struct wbuf *head, const void *body,
				size_t body_len)
{
	struct frame f = {.op = OP_QUERY,
			  .flags = (uint8_t)(FRAME_ANSWER | flags),
			  .id = 1,
			  .head_len = head ? (uint32_t)head->len : 0,
			  .body_len = body_len};
	struct wbuf b;

	wbuf_init(&b, out, cap);
	assert_int_equal(frame_put(&b, &f), ERR_OK);
	if (head)
		assert_int_equal(wbuf_bytes(&b, head->data, head->len), ERR_OK);
	if (body_len)
		assert_int_equal(wbuf_bytes(&b, body, body_len), ERR_OK);
	return b.len;
}

#endif
