/*
 * What the tests of the dispatcher share: it runs in a thread of its own, over
 * loopback, with real workers and a real store.
 */
#ifndef TEST_DISPATCH_KIT_H
#define TEST_DISPATCH_KIT_H

#include "wire_kit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include "dispatch.h"
#include "gate.h"
#include "thread.h"

struct rig {
	struct kit k;
	struct service v;
	struct listeners listeners;
	struct dispatch *d;
	pthread_t thread;
	bool running;
	int signals;
	enum dispatch_end end; /* after the join */
	atomic_bool over;
	atomic_uint reloads;
	const char *keys; /* a file to load with SIGHUP; or NULL */
};

static inline void *run(void *arg)
{
	struct rig *r = arg;

	r->end = dispatch_run(r->d);
	atomic_store(&r->over, true);
	return NULL;
}

static inline void reload(void *arg, struct dispatch_limits *limits)
{
	char message[KEYRING_MESSAGE_MAX];
	struct rig *r = arg;

	limits->max_connections = r->keys ? 100 : 2;
	if (r->keys && gate_load(r->v.gate, r->keys, message))
		limits->max_connections = 0;
	atomic_fetch_add(&r->reloads, 1);
}

static inline void rig_start(struct rig *r, uint64_t max_connections)
{
	struct settings s = {.listen_count = 1};
	char message[LISTEN_MESSAGE_MAX];
	struct dispatch_settings want = {
		.service = &r->v,
		.listeners = &r->listeners,
		.signals = r->signals,
		.limits = {max_connections, 5000},
		.reload = reload,
		.arg = r,
	};

	s.listen[0] = (char *)(uintptr_t) "127.0.0.1";
	assert_int_equal(listeners_bind(&r->listeners, &s, message), LISTEN_OK);
	assert_int_equal(listeners_start(&r->listeners, message), LISTEN_OK);
	assert_int_equal(dispatch_new(&want, &r->d), ERR_OK);
	assert_int_equal(thread_start(&r->thread, "dispatch", run, r), ERR_OK);
	r->running = true;
}

static inline int rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	sigset_t set;

	assert_non_null(r);
	kit_init(&r->k);
	r->k.set.batch_end = session_batch_end;
	r->k.set.batch_arg = &r->v;
	kit_open(&r->k);
	r->v.store = r->k.store;
	r->v.epoll = epoll_create1(EPOLL_CLOEXEC);
	r->v.start_ms = clock_ms();
	atomic_store(&r->v.stall_ms, 10000);
	atomic_store(&r->v.idle_ms, 60000);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	r->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	assert_true(r->signals >= 0);
	assert_int_equal(pool_start(&r->v.pool, 2, session_serve), ERR_OK);
	*state = r;
	return 0;
}

/* How the dispatcher ended. */
static inline enum dispatch_end rig_stop(struct rig *r)
{
	if (!atomic_load(&r->over))
		assert_int_equal(kill(getpid(), SIGTERM), 0);
	thread_join(r->thread);
	r->running = false;
	return r->end;
}

static inline int rig_teardown(void **state)
{
	struct rig *r = *state;

	if (r->running) /* the test has failed */
		(void)rig_stop(r);
	pool_stop(r->v.pool);
	dispatch_free(r->d);
	kit_release(&r->k);
	pool_free(r->v.pool);
	listeners_close(&r->listeners);
	close(r->signals);
	close(r->v.epoll);
	assert_int_equal(atomic_load(&r->v.connections), 0);
	free(r);
	return 0;
}

/* ---- clients */

static inline int dial(const struct rig *r)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct timeval limit = {.tv_sec = WIRE_WAIT_MS / 1000};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *colon = strrchr(r->listeners.name[0], ':');

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	assert_true(fd >= 0);
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)),
		0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Reads exactly len bytes; false when the other side has closed. */
static inline bool read_whole(int fd, void *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = recv(fd, (char *)data + at, len - at, 0);

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return false;
		assert_true(n > 0);
		at += (size_t)n;
	}
	return true;
}

/* False when it was closed without. */
static inline bool read_greeting(int fd, struct greeting *g)
{
	uint8_t data[GREETING_SIZE];
	struct rbuf b;

	if (!read_whole(fd, data, sizeof(data)))
		return false;
	rbuf_init(&b, data, sizeof(data));
	assert_int_equal(greeting_get(&b, g), ERR_OK);
	return true;
}

static inline void send_wire(int fd, struct wire *w)
{
	assert_int_equal(send(fd, w->data, w->len, 0), w->len);
	w->len = 0;
}

/* Skips head and body. */
static inline bool read_answer(int fd, struct frame *f)
{
	uint8_t data[FRAME_HEADER_SIZE];
	struct rbuf b;

	if (!read_whole(fd, data, sizeof(data)))
		return false;
	rbuf_init(&b, data, sizeof(data));
	assert_int_equal(frame_get(&b, f), ERR_OK);
	for (uint64_t left = f->head_len + f->body_len; left > 0; left--)
		assert_true(read_whole(fd, data, 1));
	return true;
}

static inline bool ask_status(int fd)
{
	struct wire w = {0};
	struct frame f;
	bool answered;

	wire_status(&w, 1);
	(void)send(fd, w.data, w.len, MSG_NOSIGNAL);
	wire_release(&w);
	answered = read_answer(fd, &f);
	if (answered)
		assert_int_equal(f.status, ST_OK);
	return answered;
}

/* What happens now is later than what happened before. */
static inline void next_ms(void)
{
	uint64_t now = clock_ms();

	while (clock_ms() == now)
		poll(NULL, 0, 1);
}

static inline void await_connections(struct rig *r, unsigned count)
{
	uint64_t end = clock_ms() + WIRE_WAIT_MS;

	while (atomic_load(&r->v.connections) != count) {
		assert_true(clock_ms() < end);
		poll(NULL, 0, 1);
	}
}

#define DISPATCH_TEST(f) \
	cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

#endif
