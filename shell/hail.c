#include "hail.h"

#include "clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Lets go of everything but the address. */
static void hang_up(struct hail *h)
{
	loop_disarm(&h->timer);
	loop_unwatch(h->loop, &h->watch);
	tls_free(h->tls);
	h->tls = NULL;
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
	h->running = false;
}

static void finish(struct hail *h, const char *why)
{
	loop_disarm(&h->timer);
	loop_unwatch(h->loop, &h->watch);
	h->running = false;
	if (why)
		hang_up(h);
	h->done(h->arg, why);
}

static void finish_errno(struct hail *h, int error)
{
	snprintf(h->text, sizeof(h->text), "%s", strerror(error));
	finish(h, h->text);
}

/* What no server that we can talk to would say; NULL when all is well. */
static const char *greeting_fault(struct hail *h)
{
	struct rbuf b;

	rbuf_init(&b, h->bytes, h->have);
	if (greeting_get(&b, &h->greeting) != ERR_OK)
		return "what answers there is no dfs server";
	if (h->greeting.proto_min > PROTO_VERSION ||
	    h->greeting.proto_max < PROTO_VERSION) {
		snprintf(h->text, sizeof(h->text),
			 "speaks protocol %u to %u, this program %d",
			 h->greeting.proto_min, h->greeting.proto_max,
			 PROTO_VERSION);
		return h->text;
	}
	if (h->only_greets)
		return NULL;
	if ((h->greeting.flags & STORE_TLS) && !h->side)
		return "takes only connections with a key (dfc -k FILE)";
	if (h->side && !(h->greeting.flags & STORE_TLS))
		return "speaks plain text, which is not used with a key";
	return NULL;
}

/* TLS */

static void on_tls(void *arg, uint32_t events);

static void shake_failed(struct hail *h)
{
	snprintf(h->text, sizeof(h->text),
		 "no handshake: is the key right? (%s)", tls_why(h->tls));
	finish(h, h->text);
}

/* Sends what the handshake has to say.  False: it is over. */
static bool send_tls(struct hail *h)
{
	const uint8_t *data;
	size_t len;

	while ((len = tls_pending(h->tls, &data)) > 0) {
		ssize_t n = send(h->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			finish_errno(h, errno);
			return false;
		}
		tls_sent(h->tls, (size_t)n);
	}
	if (loop_watch(h->loop, &h->watch,
		       EPOLLIN | (len > 0 ? EPOLLOUT : 0)) == ERR_OK)
		return true;
	finish_errno(h, errno);
	return false;
}

/* In TLS the server says again what it said: nobody has changed it. */
static void take_again(struct hail *h)
{
	enum err e;
	size_t n;

	do {
		e = tls_read(h->tls, h->again + h->again_have,
			     GREETING_SIZE - h->again_have, &n);
		h->again_have += e ? 0 : n;
	} while (!e && n > 0 && h->again_have < GREETING_SIZE);
	if (e)
		shake_failed(h);
	else if (h->again_have == GREETING_SIZE)
		finish(h, memcmp(h->again, h->bytes, GREETING_SIZE) == 0
				  ? NULL
				  : "its greeting was changed on the way");
}

static void go_on(struct hail *h)
{
	enum err e = tls_shake(h->tls);

	/* An alert tells the server why. */
	if (!send_tls(h))
		return;
	if (e == ERR_OK)
		take_again(h);
	else if (e != ERR_SHORT)
		shake_failed(h);
}

static void on_tls(void *arg, uint32_t events)
{
	struct hail *h = arg;
	uint8_t bytes[4096];
	ssize_t n;

	if (!(events & ~(uint32_t)EPOLLOUT)) {
		send_tls(h);
		return;
	}
	n = recv(h->fd, bytes, sizeof(bytes), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		finish_errno(h, errno);
	else if (n == 0)
		finish(h, "closed the connection in the handshake: is the "
			  "key right?");
	else if (tls_feed(h->tls, bytes, (size_t)n) != ERR_OK)
		finish(h, "no memory");
	else
		go_on(h);
}

static void greeted(struct hail *h)
{
	const char *why = greeting_fault(h);

	if (why || h->only_greets || !h->side) {
		finish(h, why);
		return;
	}
	h->again_have = 0;
	h->watch.ready = on_tls;
	if (tls_new(&h->tls, h->side) != ERR_OK)
		finish(h, "no memory");
	else
		go_on(h);
}

static void on_readable(void *arg, uint32_t events)
{
	struct hail *h = arg;
	ssize_t n;

	(void)events;
	n = recv(h->fd, h->bytes + h->have, GREETING_SIZE - h->have, 0);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			finish_errno(h, errno);
		return;
	}
	if (n == 0) {
		finish(h, h->have ? "closed the connection while greeting"
				  : "closed the connection without greeting");
		return;
	}
	h->have += (size_t)n;
	if (h->have == GREETING_SIZE)
		greeted(h);
}

static void on_connected(void *arg, uint32_t events)
{
	struct hail *h = arg;
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(h->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error) {
		finish_errno(h, error);
		return;
	}
	h->watch.ready = on_readable;
	if (loop_watch(h->loop, &h->watch, EPOLLIN) != ERR_OK)
		finish_errno(h, errno);
	else if (events & EPOLLIN)
		on_readable(h, events);
}

static void fail_later(struct hail *h, const char *why)
{
	h->failure = why;
	loop_arm(h->loop, &h->timer, 0);
}

static void fail_later_errno(struct hail *h)
{
	snprintf(h->text, sizeof(h->text), "%s", strerror(errno));
	fail_later(h, h->text);
}

static void dial(struct hail *h)
{
	int on = 1;

	h->fd = socket(h->ss.ss_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (h->fd < 0) {
		fail_later_errno(h);
		return;
	}
	if (h->ss.ss_family != AF_UNIX)
		setsockopt(h->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(h->fd, (struct sockaddr *)&h->ss, h->len) &&
	    errno != EINPROGRESS && errno != EINTR) {
		fail_later_errno(h);
		return;
	}
	h->watch.fd = h->fd;
	h->watch.ready = on_connected;
	if (loop_watch(h->loop, &h->watch, EPOLLIN | EPOLLOUT) != ERR_OK)
		fail_later_errno(h);
}

/* In hail_start or later: the resolver has its result. */
static void use_address(struct hail *h)
{
	enum err e = resolve_result(h->resolve, &h->ss, &h->len);

	resolve_free(h->resolve);
	h->resolve = NULL;
	if (e == ERR_OK)
		dial(h);
	else
		fail_later(h, "the name has no address");
}

static void on_resolved(void *arg, uint32_t events)
{
	struct hail *h = arg;

	(void)events;
	loop_unwatch(h->loop, &h->watch);
	use_address(h);
}

static void on_timer(void *arg)
{
	struct hail *h = arg;
	const char *why = h->failure;

	h->late = !why;
	if (!why && h->resolve)
		why = "name service does not answer";
	else if (!why && h->watch.ready == on_connected)
		why = "does not answer";
	else if (!why && h->watch.ready == on_tls)
		why = "greets, but does not finish the handshake: is the key "
		      "right?";
	else if (!why)
		why = "is connected, but does not greet";
	finish(h, why);
}

void hail_init(struct hail *h, struct loop *loop, const struct addr *a)
{
	*h = (struct hail){.loop = loop, .addr = a, .fd = -1};
	h->timer.fire = on_timer;
	h->timer.arg = h;
	h->watch.arg = h;
}

void hail_release(struct hail *h)
{
	hail_stop(h);
	resolve_free(h->resolve);
	h->resolve = NULL;
}

void hail_start(struct hail *h)
{
	if (h->running)
		return;
	h->running = true;
	h->late = false;
	h->failure = NULL;
	h->have = 0;
	loop_arm(h->loop, &h->timer, clock_boot_ms() + HAIL_MS);
	if (h->len) {
		dial(h);
		return;
	}
	if (!h->resolve)
		h->resolve = resolve_start(h->addr);
	if (!h->resolve) {
		fail_later(h, "no memory or thread to look up its name");
	} else if (resolve_is_done(h->resolve)) {
		use_address(h);
	} else {
		h->watch.fd = resolve_fd(h->resolve);
		h->watch.ready = on_resolved;
		if (loop_watch(h->loop, &h->watch, EPOLLIN) != ERR_OK)
			fail_later_errno(h);
	}
}

void hail_stop(struct hail *h)
{
	hang_up(h);
}

int hail_take(struct hail *h, struct tls **tls)
{
	int fd = h->fd;

	h->fd = -1;
	*tls = h->tls;
	h->tls = NULL;
	return fd;
}
