#include "dispatch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "gate.h"
#include "log.h"
#include "notify.h"
#include "secure.h"

#define EVENTS_MAX 256
#define ACCEPT_MAX 64  /* connections in a row from one listener */
#define LOOK_MIN_MS 20 /* between two looks at all deadlines */
#define LOOK_MAX_MS 1000
#define CROWD_STALL_MS 1000 /* a stall, when there are too many */
#define PAUSE_MS 100	    /* without accepting, when there are no means */

/* What epoll gives back: a session's address, or one of these. */
#define TAG_SIGNALS 0u
#define TAG_LISTENER 1u /* and the next ones */

struct dispatch {
	struct dispatch_settings s;
	struct session **sessions; /* [count], each knows its slot */
	size_t count;
	size_t cap;
	unsigned turned_away; /* connections, since the start */
	int spare;	      /* a descriptor for the time when none is left */
	bool cut;	      /* a second signal came */
	bool failed;
	uint64_t look_ms;   /* when deadlines are looked at next */
	uint64_t listen_ms; /* when listening goes on; UINT64_MAX */
	uint64_t stop_ms;   /* when what is left is cut; UINT64_MAX */
};

/* ---- the table of sessions */

static enum err add_session(struct dispatch *d, struct session *s)
{
	size_t cap = d->cap == 0 ? 64 : 2 * d->cap;
	struct session **list = d->sessions;

	if (d->count == d->cap) {
		list = reallocarray(list, cap, sizeof(struct session *));
		if (list == NULL)
			return ERR_MEMORY;
		d->sessions = list;
		d->cap = cap;
	}
	*session_slot(s) = d->count;
	list[d->count++] = s;
	return ERR_OK;
}

/* s has ended. */
static void let_go(struct dispatch *d, struct session *s)
{
	size_t slot = *session_slot(s);

	d->sessions[slot] = d->sessions[--d->count];
	*session_slot(d->sessions[slot]) = slot;
	session_close(s);
}

/* Applies end to every session. */
static void end_all(struct dispatch *d, bool (*end)(struct session *s))
{
	for (size_t i = d->count; i-- > 0;)
		if (end(d->sessions[i]))
			let_go(d, d->sessions[i]);
}

/* Ends sessions whose deadline has passed, and sets the next time to look:
 * not too often, but soon enough for deadlines that are set meanwhile. */
static void look_at_deadlines(struct dispatch *d, uint64_t now)
{
	uint64_t next = now + LOOK_MAX_MS;

	for (size_t i = d->count; i-- > 0;) {
		uint64_t deadline = session_deadline(d->sessions[i]);

		if (deadline <= now && session_expire(d->sessions[i], now))
			let_go(d, d->sessions[i]);
		else if (deadline > now && deadline < next)
			next = deadline;
	}
	d->look_ms = next < now + LOOK_MIN_MS ? now + LOOK_MIN_MS : next;
}

/* Ends the session that is quiet so for longest, if that is since before. */
static bool end_quietest(struct dispatch *d, enum session_quiet how,
			 uint64_t before)
{
	struct session *quietest = NULL;

	for (size_t i = 0; i < d->count; i++) {
		uint64_t since = session_quiet_since(d->sessions[i], how);

		if (since < before) {
			before = since;
			quietest = d->sessions[i];
		}
	}
	if (quietest == NULL || !session_cut(quietest))
		return false;
	let_go(d, quietest);
	return true;
}

/* For one more connection.  An honest client makes its first request at once,
 * so whoever has made none goes first; one that is in mid-request goes last,
 * and only when nothing has come of it for a while. */
static bool make_room(struct dispatch *d)
{
	return end_quietest(d, SESSION_STRANGE, UINT64_MAX) ||
	       end_quietest(d, SESSION_IDLE, UINT64_MAX) ||
	       end_quietest(d, SESSION_STALLED, clock_ms() - CROWD_STALL_MS);
}

/* ---- accepting */

/* In one piece, or not at all: a fresh connection has the room.  data is what
 * was sent. */
static bool greet(const struct service *v, int fd, uint8_t data[GREETING_SIZE])
{
	struct greeting g = {.proto_min = PROTO_VERSION,
			     .proto_max = PROTO_VERSION};
	struct msg_store store;
	struct wbuf b;

	store_describe(v->store, &store);
	g.state = store.state;
	g.flags = store.flags;
	if (v->gate != NULL)
		g.flags |= STORE_TLS;
	memcpy(g.store, store.stamp.store, sizeof(g.store));
	wbuf_init(&b, data, GREETING_SIZE);
	return greeting_put(&b, &g) == ERR_OK &&
	       send(fd, data, b.len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
		       (ssize_t)b.len;
}

static void turn_away(struct dispatch *d, int fd, const char *why)
{
	static struct log_limit limit;

	d->turned_away++;
	if (log_allow(&limit, 1))
		log_warn("connection refused why=\"%s\" open=%zu refused=%u",
			 why, d->count, d->turned_away);
	close(fd);
}

/* For one more handshake: the oldest goes, so that whoever begins them and
 * leaves them keeps nobody out for long. */
static void make_room_to_shake(struct dispatch *d)
{
	static struct log_limit limit;

	(void)end_quietest(d, SESSION_SHAKING, UINT64_MAX);
	if (log_allow(&limit, 1))
		log_warn("handshake cut why=\"too many at once\" open=%zu",
			 d->count);
}

/* Takes fd over when it succeeds. */
static enum err begin_session(struct dispatch *d, int fd,
			      const uint8_t greeting[GREETING_SIZE],
			      struct session **out)
{
	struct service *v = d->s.service;
	struct secure *secure = NULL;
	enum err e;

	if (v->gate != NULL && gate_is_full(v->gate))
		make_room_to_shake(d);
	if (v->gate != NULL && (e = secure_new(&secure, v->gate, greeting)))
		return e;
	e = session_open(v, fd, secure, out);
	if (e)
		secure_free(secure);
	return e;
}

static void take_in(struct dispatch *d, int fd)
{
	uint8_t greeting[GREETING_SIZE];
	struct session *s;

	if (d->count >= d->s.limits.max_connections && !make_room(d)) {
		turn_away(d, fd, "too many connections");
		return;
	}
	if (!greet(d->s.service, fd, greeting)) {
		close(fd);
		return;
	}
	if (begin_session(d, fd, greeting, &s)) {
		turn_away(d, fd, "no memory");
		return;
	}
	if (add_session(d, s)) {
		(void)session_cut(s);
		session_close(s);
	}
}

/* True, or false and errno. */
static bool set_listeners(struct dispatch *d, int how, uint32_t events)
{
	struct epoll_event e = {.events = events};

	for (unsigned i = 0; i < d->s.listeners->count; i++) {
		e.data.u64 = TAG_LISTENER + i;
		if (epoll_ctl(d->s.service->epoll, how, d->s.listeners->fd[i],
			      &e) < 0)
			return false;
	}
	return true;
}

static void watch_listeners(struct dispatch *d, bool on)
{
	if (set_listeners(d, EPOLL_CTL_MOD, on ? EPOLLIN : 0))
		return;
	log_error("epoll_ctl: %s", err_text(ERR_SYS));
	d->failed = true;
}

/* There are no descriptors, or no memory, for more.  With the spare one a
 * connection can at least be closed; then accepting pauses, so that the
 * dispatcher does not spin. */
static void run_short(struct dispatch *d, int listener)
{
	static struct log_limit limit;
	int fd;

	if (log_allow(&limit, 1))
		log_error("accept: %s open=%zu", err_text(ERR_SYS), d->count);
	if (d->spare >= 0)
		close(d->spare);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		turn_away(d, fd, "no descriptors");
	d->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	watch_listeners(d, false);
	d->listen_ms = clock_ms() + PAUSE_MS;
}

static void accept_some(struct dispatch *d, int listener)
{
	for (int i = 0; i < ACCEPT_MAX; i++) {
		int fd = accept4(listener, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			take_in(d, fd);
		} else if (errno == EMFILE || errno == ENFILE ||
			   errno == ENOBUFS || errno == ENOMEM) {
			run_short(d, listener);
			return;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		}
	}
}

/* ---- signals */

static bool is_stopping(const struct dispatch *d)
{
	return d->stop_ms != UINT64_MAX;
}

static void stop(struct dispatch *d)
{
	if (is_stopping(d)) {
		d->cut = true;
		return;
	}
	log_info("stopping connections=%zu", d->count);
	notify("STOPPING=1");
	d->stop_ms = clock_ms() + d->s.limits.grace_ms;
	d->listen_ms = UINT64_MAX;
	listeners_close(d->s.listeners);
	atomic_store(&d->s.service->stopping, true);
	end_all(d, session_stop);
}

/* Connections whose key has gone, or is another now, go with it. */
static void check_keys(struct dispatch *d)
{
	size_t cut = 0;

	for (size_t i = d->count; i-- > 0;) {
		struct session *s = d->sessions[i];

		if (session_is_admitted(s))
			continue;
		cut++;
		if (session_cut(s))
			let_go(d, s);
	}
	if (cut > 0)
		log_info("connections cut why=\"key removed or changed\" "
			 "count=%zu",
			 cut);
}

static void reload(struct dispatch *d)
{
	notify("RELOADING=1");
	d->s.reload(d->s.arg, &d->s.limits);
	check_keys(d);
	notify("READY=1");
}

static void report(struct dispatch *d)
{
	struct service *v = d->s.service;
	struct msg_status_answer a = {0};
	struct pool_counts c;

	pool_count(v->pool, &c);
	store_status(v->store, &a);
	log_info("state connections=%zu refused_connections=%u workers=%u "
		 "idle_workers=%u waiting=%u requests=%llu refusals=%llu",
		 d->count, d->turned_away, c.workers, c.idle, c.waiting,
		 atomic_load(&v->requests), atomic_load(&v->refusals));
	log_info("store state=%u flags=%u names=%" PRIu64 " bytes=%" PRIu64
		 " stages=%" PRIu64 " tombstones=%" PRIu64 " corrupt=%" PRIu64
		 " scrubbed=%llu free=%" PRIu64,
		 a.store.state, a.store.flags, a.names, a.bytes, a.stages,
		 a.tombstones, a.corrupt, atomic_load(&v->scrubbed),
		 a.free_bytes);
}

static void take_signals(struct dispatch *d)
{
	static const struct {
		int number;
		void (*act)(struct dispatch *d);
	} actions[] = {
		{SIGTERM, stop},
		{SIGINT, stop},
		{SIGHUP, reload},
		{SIGUSR1, report},
	};
	struct signalfd_siginfo got;

	while (read(d->s.signals, &got, sizeof(got)) == (ssize_t)sizeof(got))
		for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]);
		     i++)
			if (actions[i].number == (int)got.ssi_signo)
				actions[i].act(d);
}

/* ---- the loop */

/* Sessions first: a session that is ended to make room for a new connection
 * must not stand in an event that is still to be looked at. */
static void handle_events(struct dispatch *d, const struct epoll_event *list,
			  int count)
{
	uint64_t listeners = d->s.listeners->count;

	for (int i = 0; i < count; i++) {
		uint64_t tag = list[i].data.u64;
		struct session *s = list[i].data.ptr;

		if (tag >= TAG_LISTENER + SETTINGS_LISTEN_MAX &&
		    session_event(s, list[i].events))
			let_go(d, s);
	}
	for (int i = 0; i < count; i++) {
		uint64_t tag = list[i].data.u64;

		if (tag == TAG_SIGNALS)
			take_signals(d);
		else if (tag - TAG_LISTENER < listeners && !is_stopping(d))
			accept_some(d, d->s.listeners->fd[tag - TAG_LISTENER]);
	}
}

static void handle_time(struct dispatch *d)
{
	uint64_t now = clock_ms();

	if (now >= d->listen_ms) {
		d->listen_ms = UINT64_MAX;
		watch_listeners(d, true);
	}
	if (now >= d->look_ms)
		look_at_deadlines(d, now);
}

static int time_to_wait(const struct dispatch *d)
{
	uint64_t next = d->count > 0 ? d->look_ms : UINT64_MAX;

	if (d->listen_ms < next)
		next = d->listen_ms;
	if (d->stop_ms < next)
		next = d->stop_ms;
	return clock_left(next, clock_ms());
}

static bool is_through(const struct dispatch *d)
{
	return d->failed || d->cut ||
	       (is_stopping(d) && (d->count == 0 || clock_ms() >= d->stop_ms));
}

enum dispatch_end dispatch_run(struct dispatch *d)
{
	struct epoll_event list[EVENTS_MAX];

	while (!is_through(d)) {
		int n = epoll_wait(d->s.service->epoll, list, EVENTS_MAX,
				   time_to_wait(d));

		if (n < 0 && errno != EINTR) {
			log_error("epoll_wait: %s", err_text(ERR_SYS));
			return DISPATCH_FAILED;
		}
		if (n > 0)
			handle_events(d, list, n);
		handle_time(d);
	}
	if (d->failed)
		return DISPATCH_FAILED;
	if (d->count > 0 && !d->cut)
		log_warn("stopped before all was answered connections=%zu",
			 d->count);
	return d->cut ? DISPATCH_CUT : DISPATCH_STOPPED;
}

enum err dispatch_new(const struct dispatch_settings *settings,
		      struct dispatch **out)
{
	struct epoll_event e = {.events = EPOLLIN, .data.u64 = TAG_SIGNALS};
	struct dispatch *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return ERR_MEMORY;
	d->s = *settings;
	d->look_ms = 0;
	d->listen_ms = UINT64_MAX;
	d->stop_ms = UINT64_MAX;
	d->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (d->spare < 0 ||
	    epoll_ctl(settings->service->epoll, EPOLL_CTL_ADD,
		      settings->signals, &e) < 0 ||
	    !set_listeners(d, EPOLL_CTL_ADD, EPOLLIN)) {
		int saved = errno;

		dispatch_free(d);
		errno = saved;
		return ERR_SYS;
	}
	*out = d;
	return ERR_OK;
}

void dispatch_free(struct dispatch *d)
{
	if (d == NULL)
		return;
	while (d->count > 0)
		session_abandon(d->sessions[--d->count]);
	if (d->spare >= 0)
		close(d->spare);
	free(d->sessions);
	free(d);
}
