#include "clock.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "num.h"

static uint64_t now_ms(clockid_t clock)
{
	struct timespec t = {0};

	/* Both clocks exist on every kernel that this runs on. */
	(void)clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t clock_ms(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

uint64_t clock_boot_ms(void)
{
	return now_ms(CLOCK_BOOTTIME);
}

int clock_left(uint64_t deadline_ms, uint64_t now)
{
	if (deadline_ms == UINT64_MAX)
		return -1;
	if (deadline_ms <= now)
		return 0;
	if (deadline_ms - now > INT_MAX)
		return INT_MAX;
	return (int)(deadline_ms - now);
}

/* 32 hex digits with dashes between some of them. */
static enum err parse_uuid(const char *text, uint8_t out[16])
{
	uint64_t byte;

	for (size_t i = 0; i < 16; i++) {
		if (*text == '-')
			text++;
		if (num_fixed_hex(text, 2, &byte))
			return ERR_FORMAT;
		out[i] = (uint8_t)byte;
		text += 2;
	}
	return ERR_OK;
}

void clock_boot_id(uint8_t out[16])
{
	char text[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		ssize_t n = read(fd, text, sizeof(text) - 1);

		(void)close(fd);
		text[n > 0 ? n : 0] = '\0';
	}
	if (parse_uuid(text, out))
		memset(out, 0, 16);
}
