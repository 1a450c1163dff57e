#include "resolve.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct resolve {
	struct addr addr; /* set before the thread starts */
	int event;
	bool threaded;
	pthread_t thread;
	atomic_bool done; /* set after the three below */
	enum err result;
	struct sockaddr_storage ss;
	socklen_t len;
};

static void release(struct resolve *r)
{
	if (r->event >= 0)
		close(r->event);
	free(r);
}

static void *work(void *arg)
{
	struct resolve *r = arg;

	r->result = addr_resolve(&r->addr, &r->ss, &r->len);
	atomic_store(&r->done, true);
	(void)!write(r->event, &(uint64_t){1}, sizeof(uint64_t));
	return NULL;
}

struct resolve *resolve_start(const struct addr *a)
{
	struct resolve *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->addr = *a;
	r->event = -1;
	if (addr_is_numeric(a)) {
		r->result = addr_resolve(a, &r->ss, &r->len);
		atomic_store(&r->done, true);
		return r;
	}
	r->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->event < 0 || pthread_create(&r->thread, NULL, work, r)) {
		release(r);
		return NULL;
	}
	r->threaded = true;
	return r;
}

int resolve_fd(const struct resolve *r)
{
	return r->event;
}

bool resolve_is_done(const struct resolve *r)
{
	return atomic_load(&r->done);
}

enum err resolve_result(const struct resolve *r, struct sockaddr_storage *out,
			socklen_t *len)
{
	if (!resolve_is_done(r))
		return ERR_BUSY;
	if (r->result != ERR_OK)
		return r->result;
	*out = r->ss;
	*len = r->len;
	return ERR_OK;
}

void resolve_free(struct resolve *r)
{
	if (!r || !resolve_is_done(r))
		return;
	if (r->threaded)
		pthread_join(r->thread, NULL);
	release(r);
}
