/*
 * What the fuzz targets of the daemon share: a session with a real store over
 * a socket pair, and what a peer makes of its answers.
 *
 * So that requests get past the first check, the cluster and the stamp of each
 * frame that has them are put in before they are sent.  What a session sends
 * must be whole frames of answers, each to an id that was asked.
 */
#ifndef TEST_FUZZ_SESSION_KIT_H
#define TEST_FUZZ_SESSION_KIT_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "fuzz.h"
#include "log.h"
#include "request.h"
#include "session.h"

#define CONTEXT_SIZE 60 /* bytes, in the heads of changes */
#define CLUSTER_SIZE 20 /* of FETCH */
#define END_MS 5000	/* a session that lives longer hangs */
#define STORE_RUNS 2000 /* inputs for one store */

static struct service service;
static char dir[PATH_MAX];
static unsigned runs;

static inline int remove_one(const char *path, const struct stat *st, int type,
			     struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static inline void end_store(void)
{
	if (service.store == NULL)
		return;
	store_close(service.store);
	service.store = NULL;
	must(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

/* Threads that have used the library for TLS are gone before it ends. */
static inline void session_end(void)
{
	pool_stop(service.pool);
	pool_free(service.pool);
	end_store();
}

static inline void begin_store(void)
{
	const char *tmp = getenv("TMPDIR");
	const struct store_settings set = {
		.dir = dir,
		.create = true,
		.reserve_bytes = 1,
		.fence_ms = 3600000,
		.gc_age_ms = 0,
		.batch_end = session_batch_end,
		.batch_arg = &service,
	};
	char message[STORE_MESSAGE_MAX];

	(void)snprintf(dir, sizeof(dir), "%s/dfs-fuzz-XXXXXX",
		       tmp ? tmp : "/tmp");
	must(mkdtemp(dir) != NULL);
	must(store_open(&set, &service.store, message) == ERR_OK);
}

static inline void session_begin(void)
{
	if (service.pool == NULL) {
		/* Refusals are what most inputs get: nothing to tell. */
		log_init(LOG_LEVEL_ERROR);
		service.epoll = epoll_create1(EPOLL_CLOEXEC);
		must(service.epoll >= 0);
		atomic_store(&service.stall_ms, 60000);
		atomic_store(&service.idle_ms, 60000);
		must(pool_start(&service.pool, 1, session_serve) == ERR_OK);
		must(atexit(session_end) == 0);
	}
	if (runs++ % STORE_RUNS == 0)
		end_store();
	if (service.store == NULL)
		begin_store();
}

/* ---- the input */

static inline void write_context(uint8_t *out)
{
	struct msg_drop m = {.name = {"x", 1}, .tag = {.ctr = 1}};
	uint8_t bytes[256];
	struct msg_store store;
	struct wbuf b;

	store_describe(service.store, &store);
	memset(m.context.cluster.id, 0x55, STORE_ID_SIZE);
	m.context.cluster.epoch = 1;
	m.context.stamp = store.stamp;
	wbuf_init(&b, bytes, sizeof(bytes));
	must(msg_drop_put(&b, &m) == ERR_OK);
	memcpy(out, bytes, CONTEXT_SIZE);
}

static inline size_t context_size(uint8_t op)
{
	switch (op) {
	case OP_STAGE_BEGIN:
	case OP_COMMIT:
	case OP_ABORT:
	case OP_COPY:
	case OP_RESTORE:
	case OP_FORGET:
	case OP_DISCARD:
		return CONTEXT_SIZE;
	case OP_FETCH:
	case OP_VERIFY:
		return CLUSTER_SIZE;
	case OP_JOIN:
		return STORE_ID_SIZE;
	default:
		return 0;
	}
}

/* Puts the context into each whole head that wants one, and notes which ids
 * are asked. */
static inline void complete(uint8_t *data, size_t size, uint8_t asked[256])
{
	uint8_t context[CONTEXT_SIZE];
	struct frame f;
	struct rbuf b;

	write_context(context);
	rbuf_init(&b, data, size);
	while (frame_get(&b, &f) == ERR_OK) {
		size_t len = context_size(f.op);
		uint8_t *head = data + b.at;

		asked[f.id % 256] = 1;
		if (rbuf_left(&b) < f.head_len)
			return;
		if (f.op == OP_JOIN && f.head_len >= len)
			memcpy(head, context + CLUSTER_SIZE, len);
		else if (f.head_len >= len)
			memcpy(head, context, len);
		b.at += f.head_len;
		b.at += rbuf_left(&b) < f.body_len ? rbuf_left(&b)
						   : (size_t)f.body_len;
	}
}

/* ---- the peer */

struct peer {
	int fd;
	bool reads_only; /* its key does not change anything */
	size_t skip;	 /* bytes of a head and a body still to come */
	uint8_t header[FRAME_HEADER_SIZE];
	size_t have; /* of the header */
	uint8_t asked[256];
};

static inline void take(struct peer *p, const uint8_t *data, size_t len)
{
	while (len > 0) {
		size_t n = p->skip ? p->skip : sizeof(p->header) - p->have;
		struct frame f;
		struct rbuf b;

		n = n < len ? n : len;
		if (p->skip == 0) {
			memcpy(p->header + p->have, data, n);
			p->have += n;
		} else {
			p->skip -= n;
		}
		data += n;
		len -= n;
		if (p->have < sizeof(p->header))
			continue;
		rbuf_init(&b, p->header, sizeof(p->header));
		must(frame_get(&b, &f) == ERR_OK);
		must(f.flags & FRAME_ANSWER);
		must(p->asked[f.id % 256]);
		must(!p->reads_only || f.status != ST_OK ||
		     !request_kind(f.op)->changes);
		p->skip = (size_t)(f.head_len + f.body_len);
		p->have = 0;
	}
}

/* The dispatcher's part.  False when the session has ended. */
static inline bool turn(struct session *s)
{
	struct epoll_event e;
	int n = epoll_wait(service.epoll, &e, 1, 1);

	if (n != 1 || !session_event(s, e.events))
		return true;
	session_close(s);
	return false;
}

/* The session of one end of a new pair; the peer has the other. */
static inline struct session *session_plug(struct peer *p,
					   struct secure *secure)
{
	struct session *s;
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	must(fcntl(pair[1], F_SETFL, O_NONBLOCK) == 0);
	must(session_open(&service, pair[1], secure, &s) == ERR_OK);
	p->fd = pair[0];
	return s;
}

#endif
