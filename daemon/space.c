#include "space.h"

#include <errno.h>
#include <sys/statvfs.h>

#include "clock.h"

#define ASK_MS 100
#define RESERVE_MIN (UINT64_C(64) << 20) /* bytes */
#define RESERVE_MIN_INODES 1024

void space_init(struct space *s, int fd, uint64_t reserve)
{
	*s = (struct space){.fd = fd, .reserve = reserve};
	mutex_init(&s->lock, LOCK_SPACE);
}

void space_release(struct space *s)
{
	mutex_release(&s->lock);
}

/* 1 %, at least min(least, 5 %). */
static uint64_t default_reserve(uint64_t total, uint64_t least)
{
	uint64_t part = total / 20;

	if (part > least)
		part = least;
	return total / 100 > part ? total / 100 : part;
}

/* A file system that cannot tell is taken as full. */
static void ask_locked(struct space *s)
{
	struct statvfs v;
	uint64_t reserve = s->reserve, available = 0;
	int n;

	do
		n = fstatvfs(s->fd, &v);
	while (n != 0 && errno == EINTR);
	s->asked_ms = clock_ms();
	s->inodes = false;
	if (n == 0) {
		s->total = (uint64_t)v.f_blocks * v.f_frsize;
		available = (uint64_t)v.f_bavail * v.f_frsize;
		if (reserve == UINT64_MAX)
			reserve = default_reserve(s->total, RESERVE_MIN);
		/* Without a number of inodes there is no limit to them. */
		s->inodes = v.f_files == 0 ||
			    v.f_favail > default_reserve(v.f_files,
							 RESERVE_MIN_INODES);
	}
	s->free = available > reserve ? available - reserve : 0;
}

static bool is_enough_locked(const struct space *s, uint64_t bytes)
{
	return s->free > bytes && s->inodes;
}

/* Is there more than so much?  What was freed since the last time is not
 * known: before a no it is asked again. */
static bool look_locked(struct space *s, uint64_t bytes)
{
	bool old = s->asked_ms == 0 || clock_ms() - s->asked_ms >= ASK_MS;

	if (old || !is_enough_locked(s, bytes))
		ask_locked(s);
	return is_enough_locked(s, bytes);
}

bool space_full(struct space *s)
{
	bool full;

	mutex_lock(&s->lock);
	full = !look_locked(s, 0);
	mutex_unlock(&s->lock);
	return full;
}

bool space_take(struct space *s, uint64_t bytes)
{
	bool enough;

	mutex_lock(&s->lock);
	enough = look_locked(s, bytes);
	if (enough)
		s->free -= bytes;
	mutex_unlock(&s->lock);
	return enough;
}

void space_get(struct space *s, uint64_t *free, uint64_t *total)
{
	mutex_lock(&s->lock);
	ask_locked(s);
	*free = s->inodes ? s->free : 0;
	*total = s->total;
	mutex_unlock(&s->lock);
}
