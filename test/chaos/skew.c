/*
 * A wrong clock, by LD_PRELOAD: the time of day is off by CHAOS_SKEW seconds,
 * and jumps about by minutes.  Clocks that only go forward are left alone.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define JUMP_S 127
#define JUMPS 16

static int is_of_day(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

static time_t off_by(void)
{
	static unsigned calls; /* races do no harm */
	const char *text = getenv("CHAOS_SKEW");
	long long skew = text ? strtoll(text, NULL, 10) : 0;
	unsigned call = __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);

	return (time_t)(skew + (long long)(call % JUMPS) * JUMP_S);
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	long e = syscall(SYS_clock_gettime, clock, t);

	if (e == 0 && is_of_day(clock))
		t->tv_sec += off_by();
	return (int)e;
}

time_t time(time_t *out)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec t = {0};

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	tv->tv_sec = t.tv_sec;
	tv->tv_usec = t.tv_nsec / 1000;
	return 0;
}
