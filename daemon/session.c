#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "clock.h"
#include "log.h"
#include "session_inner.h"

#define PROGRESS_MIN 1024 /* bytes in stall_ms */

/* ---- lifetime */

enum err session_open(struct service *v, int fd, struct secure *secure,
		      struct session **out)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLONESHOT};
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_MEMORY;
	s->service = v;
	s->fd = fd;
	s->armed = e.events;
	atomic_init(&s->refs, 1);
	atomic_init(&s->pending, 0);
	s->since_ms = clock_ms();
	atomic_init(&s->deadline_ms,
		    secure ? secure_deadline(secure)
			   : s->since_ms + atomic_load(&v->idle_ms));
	s->secure = secure;
	mutex_init(&s->lock, LOCK_SESSION);
	out_init(&s->out, secure ? secure_tls(secure) : NULL);
	arrivals_init(&s->arrivals);
	streams_init(&s->streams);
	e.data.u64 = (uintptr_t)s;
	if (epoll_ctl(v->epoll, EPOLL_CTL_ADD, fd, &e) < 0) {
		mutex_release(&s->lock);
		free(s);
		return ERR_SYS;
	}
	atomic_fetch_add(&v->connections, 1);
	*out = s;
	return ERR_OK;
}

/* What a worker may have left in it.  May block for the disk when stages are
 * open. */
static void drop_work(struct session *s)
{
	arrivals_release(&s->arrivals);
	streams_release(&s->streams);
	free(s->rest);
	s->rest = NULL;
	s->rest_len = 0;
	s->body_left = 0;
	s->head_left = 0;
	s->paused = false;
}

void session_drop(struct session *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	drop_work(s);
	stream_free(s->current);
	out_release(&s->out);
	secure_free(s->secure);
	mutex_release(&s->lock);
	close(s->fd);
	free(s);
}

void session_close(struct session *s)
{
	(void)epoll_ctl(s->service->epoll, EPOLL_CTL_DEL, s->fd, NULL);
	atomic_fetch_sub(&s->service->connections, 1);
	session_drop(s);
}

static void find_peer(const struct session *s, struct sockaddr_storage *ss)
{
	socklen_t len = sizeof(*ss);

	*ss = (struct sockaddr_storage){0};
	if (getpeername(s->fd, (struct sockaddr *)ss, &len) < 0)
		ss->ss_family = AF_UNSPEC;
}

void session_peer(const struct session *s, char *out)
{
	struct sockaddr_storage ss;

	find_peer(s, &ss);
	addr_from_socket(&ss, out);
}

bool session_note_stranger(struct session *s, const char *why)
{
	static struct log_limit limit;
	struct sockaddr_storage from;
	char peer[ADDR_TEXT_MAX];
	bool late;

	find_peer(s, &from);
	late = gate_note_failure(s->service->gate, &from);
	if (log_allow(&limit, 5)) {
		addr_from_socket(&from, peer);
		log_warn("handshake failed why=\"%s\" peer=%s", why, peer);
	}
	return late;
}

void session_fail(struct session *s, const char *why)
{
	static struct log_limit limit;
	char peer[ADDR_TEXT_MAX];

	s->failed = true;
	if (!log_allow(&limit, 5))
		return;
	session_peer(s, peer);
	log_warn("connection ended why=\"%s\" peer=%s", why, peer);
}

/* ---- places; with session.lock */

static bool is_shaking_locked(const struct session *s)
{
	return s->secure != NULL && !secure_is_through(s->secure);
}

static bool is_late_locked(const struct session *s)
{
	return s->secure != NULL && secure_is_late(s->secure);
}

static bool peer_owes_locked(const struct session *s)
{
	return (s->rest_len > 0 && !s->paused) || s->body_left > 0 ||
	       s->head_left > 0 || s->arrivals.open > 0 ||
	       !out_is_empty(&s->out) ||
	       (s->secure != NULL && secure_is_owed(s->secure));
}

/* True when it holds what only a worker may let go. */
static bool holds_work_locked(const struct session *s)
{
	return s->arrivals.open > 0 || s->streams.count > 0 ||
	       s->current != NULL;
}

/* True when nothing more will come of it.  At the daemon's end the rest of a
 * file is cut where no answer waits behind it. */
static bool is_over_locked(const struct session *s)
{
	if (s->broken || s->doomed)
		return true;
	if (atomic_load(&s->pending) > 0)
		return false;
	if (atomic_load(&s->service->stopping))
		return out_waiting(&s->out) == 0 || is_shaking_locked(s);
	return s->ends && !s->paused && out_is_empty(&s->out) &&
	       !holds_work_locked(s);
}

static uint64_t next_deadline_locked(struct session *s)
{
	uint64_t now = clock_ms();
	bool owed = s->owes;

	s->owes = peer_owes_locked(s);
	if (!s->owes || !owed || s->ended || s->moved >= PROGRESS_MIN) {
		s->moved = 0;
		s->since_ms = now;
	}
	if (is_shaking_locked(s))
		return secure_deadline(s->secure);
	if (s->owes)
		return s->since_ms + atomic_load(&s->service->stall_ms);
	if (atomic_load(&s->pending) > 0)
		return UINT64_MAX;
	return s->since_ms + atomic_load(&s->service->idle_ms);
}

static void arm_locked(struct session *s, uint32_t events)
{
	struct epoll_event e = {.events = events | EPOLLONESHOT};

	s->place = PLACE_EPOLL;
	atomic_store(&s->deadline_ms, next_deadline_locked(s));
	s->ended = false;
	if (s->armed == e.events)
		return;
	s->armed = e.events;
	e.data.u64 = (uintptr_t)s;
	if (epoll_ctl(s->service->epoll, EPOLL_CTL_MOD, s->fd, &e) == 0)
		return;
	/* Nobody would wake it any more: the dispatcher ends it. */
	s->broken = true;
	atomic_store(&s->deadline_ms, 0);
}

static uint32_t wanted_locked(const struct session *s)
{
	uint32_t events = 0;

	if (is_late_locked(s))
		return 0;
	if (!s->paused && !s->ends && !atomic_load(&s->service->stopping))
		events |= EPOLLIN;
	if (!out_is_empty(&s->out))
		events |= EPOLLOUT;
	return events;
}

/* From epoll to the pool, where the caller puts it when it has let go of the
 * lock. */
static void leave_epoll_locked(struct session *s)
{
	s->place = PLACE_POOL;
	s->armed = 0;
	atomic_store(&s->deadline_ms, UINT64_MAX);
}

/* ---- for its worker */

static bool next_is_heavy(const struct session *s)
{
	return s->heavy || s->body_left > 0 || holds_work_locked(s);
}

bool session_is_doomed(struct session *s)
{
	bool doomed;

	mutex_lock(&s->lock);
	doomed = s->doomed || is_late_locked(s);
	mutex_unlock(&s->lock);
	return doomed;
}

void session_end(struct session *s)
{
	drop_work(s);
	stream_free(s->current);
	s->current = NULL;
	mutex_lock(&s->lock);
	out_release(&s->out);
	s->dead = true;
	/* With both directions shut, epoll reports EPOLLHUP, whatever it was
	 * asked for: so the dispatcher comes to know. */
	(void)shutdown(s->fd, SHUT_RDWR);
	arm_locked(s, 0);
	mutex_unlock(&s->lock);
}

enum pool_after session_park(struct session *s)
{
	bool stopping = atomic_load(&s->service->stopping);
	bool over;

	if (stopping)
		drop_work(s);
	else if (s->ends && !s->paused)
		arrivals_release(&s->arrivals);
	s->heavy = next_is_heavy(s);
	mutex_lock(&s->lock);
	s->moved += s->received;
	s->ended |= s->frames > 0;
	s->known |= s->frames > 0;
	s->received = 0;
	s->frames = 0;
	over = is_over_locked(s);
	if (!over && s->paused && out_is_empty(&s->out) &&
	    atomic_load(&s->pending) < SESSION_PENDING_MAX) {
		mutex_unlock(&s->lock);
		return POOL_HEAVY;
	}
	if (!over)
		arm_locked(s, wanted_locked(s));
	mutex_unlock(&s->lock);
	if (over)
		session_end(s);
	return POOL_DONE;
}

/* ---- for the sync thread */

/* The answers of a batch go out; true when a worker is needed. */
static bool send_answers(struct session *s)
{
	bool needed = false;

	mutex_lock(&s->lock);
	s->is_dirty = false;
	if (!s->dead && s->place != PLACE_OVER)
		answer_send_locked(s);
	if (s->place == PLACE_EPOLL && !s->dead) {
		needed = is_over_locked(s) ||
			 (s->paused &&
			  atomic_load(&s->pending) <= SESSION_PENDING_MAX / 2);
		if (needed)
			leave_epoll_locked(s);
		else
			arm_locked(s, wanted_locked(s));
	}
	mutex_unlock(&s->lock);
	return needed;
}

void session_batch_end(void *arg)
{
	struct service *v = arg;
	struct session *s;

	while ((s = v->dirty) != NULL) {
		v->dirty = s->dirty_next;
		if (send_answers(s))
			pool_put(v->pool, &s->job, true);
		session_drop(s);
	}
}

/* ---- for the dispatcher */

size_t *session_slot(struct session *s)
{
	return &s->slot;
}

bool session_event(struct session *s, uint32_t events)
{
	bool dead, heavy;

	mutex_lock(&s->lock);
	if (s->place != PLACE_EPOLL) {
		mutex_unlock(&s->lock);
		return false;
	}
	dead = s->dead;
	if (dead)
		s->place = PLACE_OVER;
	else
		leave_epoll_locked(s);
	s->readable = (events & ~(uint32_t)EPOLLOUT) != 0;
	heavy = s->heavy;
	mutex_unlock(&s->lock);
	if (!dead)
		pool_put(s->service->pool, &s->job, heavy);
	return dead;
}

uint64_t session_deadline(const struct session *s)
{
	return atomic_load_explicit(&s->deadline_ms, memory_order_relaxed);
}

uint64_t session_quiet_since(struct session *s, enum session_quiet how)
{
	uint64_t since = UINT64_MAX;
	enum session_quiet is;

	mutex_lock(&s->lock);
	is = !s->known ? SESSION_STRANGE
	     : s->owes ? SESSION_STALLED
		       : SESSION_IDLE;
	if (s->dead || s->doomed)
		since = UINT64_MAX;
	else if (how == SESSION_SHAKING && is_shaking_locked(s))
		since = secure_begun(s->secure);
	else if (s->place == PLACE_EPOLL && is == how &&
		 (s->owes || atomic_load(&s->pending) == 0))
		since = s->since_ms;
	mutex_unlock(&s->lock);
	return since;
}

/* With the lock, which it lets go.  True when it has ended. */
static bool cut_locked(struct session *s)
{
	bool at_once = s->place == PLACE_EPOLL && !holds_work_locked(s);
	bool by_worker = s->place == PLACE_EPOLL && !at_once && !s->dead;

	s->doomed = true;
	(void)shutdown(s->fd, SHUT_RDWR);
	if (at_once) {
		s->dead = true;
		s->place = PLACE_OVER;
	} else if (by_worker) {
		leave_epoll_locked(s);
	}
	mutex_unlock(&s->lock);
	if (by_worker)
		pool_put(s->service->pool, &s->job, true);
	return at_once;
}

bool session_cut(struct session *s)
{
	mutex_lock(&s->lock);
	return cut_locked(s);
}

static void log_silence(const struct session *s)
{
	static struct log_limit limit;
	char peer[ADDR_TEXT_MAX];

	if (!log_allow(&limit, 5))
		return;
	session_peer(s, peer);
	log_warn("connection ended why=\"silent\" peer=%s", peer);
}

/* A handshake that has failed has its answer now; or it fails now. */
static bool expire_stranger_locked(struct session *s)
{
	bool late = is_late_locked(s);
	bool gone;

	if (late)
		answer_send_locked(s);
	gone = cut_locked(s);
	if (!late)
		(void)session_note_stranger(s, "too slow");
	return gone;
}

bool session_expire(struct session *s, uint64_t now_ms)
{
	bool owes, gone;

	mutex_lock(&s->lock);
	if (s->place != PLACE_EPOLL || atomic_load(&s->deadline_ms) > now_ms) {
		mutex_unlock(&s->lock);
		return false;
	}
	if (is_shaking_locked(s) && !s->dead)
		return expire_stranger_locked(s);
	owes = s->owes && !s->dead;
	gone = cut_locked(s);
	if (owes)
		log_silence(s);
	return gone;
}

bool session_stop(struct session *s)
{
	bool by_worker;

	mutex_lock(&s->lock);
	if (s->place == PLACE_EPOLL && !s->dead && is_over_locked(s))
		return cut_locked(s);
	by_worker = s->place == PLACE_EPOLL && !s->dead;
	if (by_worker)
		leave_epoll_locked(s);
	mutex_unlock(&s->lock);
	if (by_worker)
		pool_put(s->service->pool, &s->job, true);
	return false;
}

void session_abandon(struct session *s)
{
	mutex_lock(&s->lock);
	s->place = PLACE_OVER;
	s->dead = true;
	mutex_unlock(&s->lock);
	session_close(s);
}

bool session_is_admitted(struct session *s)
{
	bool admitted;

	mutex_lock(&s->lock);
	admitted = s->secure == NULL || secure_is_admitted(s->secure);
	mutex_unlock(&s->lock);
	return admitted;
}

struct service *session_service(const struct session *s)
{
	return s->service;
}

bool session_may_change(const struct session *s)
{
	return s->secure == NULL || !secure_is_read_only(s->secure);
}

struct arrivals *session_arrivals(struct session *s)
{
	return &s->arrivals;
}

void session_take_body(struct session *s, uint32_t id, uint8_t slot)
{
	s->body_wanted = true;
	s->body_id = id;
	s->body_slot = slot;
}
