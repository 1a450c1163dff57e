#include "value.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 65536
#define EPOCH 1000000000 /* seconds of the first file's time */
#define PER_SECOND 1000
#define NS_STEP 1000003 /* so that every digit of the time counts */

/* One word of the content; the first one is the number itself. */
static uint64_t word(uint32_t id, uint64_t index)
{
	uint64_t z = (uint64_t)id << 32 ^ index;

	if (index == 0)
		return id;
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void value_fill(uint32_t id, uint64_t at, uint8_t *out, uint64_t len)
{
	uint64_t index = at / 8;

	while (len != 0) {
		uint64_t w = word(id, index++);
		uint64_t n = len < sizeof(w) ? len : sizeof(w);

		memcpy(out, &w, n);
		out += n;
		len -= n;
	}
}

struct timespec value_time(uint32_t id)
{
	return (struct timespec){
		.tv_sec = EPOCH + id / PER_SECOND,
		.tv_nsec = (long)(id % PER_SECOND) * NS_STEP / 2,
	};
}

uint32_t value_of_time(const struct timespec *t)
{
	uint64_t seconds = (uint64_t)t->tv_sec - EPOCH;
	uint64_t part = ((uint64_t)t->tv_nsec * 2 + NS_STEP - 1) / NS_STEP;
	struct timespec back;
	uint32_t id;

	if (t->tv_sec < EPOCH || seconds > UINT32_MAX / PER_SECOND)
		return 0;
	id = (uint32_t)(seconds * PER_SECOND + part);
	back = value_time(id);
	return back.tv_sec == t->tv_sec && back.tv_nsec == t->tv_nsec ? id : 0;
}

static bool write_all(int fd, const uint8_t *bytes, uint64_t len)
{
	while (len != 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0)
			return false;
		bytes += n;
		len -= (uint64_t)n;
	}
	return true;
}

static bool write_value(int fd, uint32_t id, uint64_t size)
{
	const struct timespec times[2] = {value_time(id), value_time(id)};
	uint8_t block[BLOCK];

	for (uint64_t at = 0; at < size; at += BLOCK) {
		uint64_t n = size - at < BLOCK ? size - at : BLOCK;

		value_fill(id, at, block, n);
		if (!write_all(fd, block, n))
			return false;
	}
	return futimens(fd, times) == 0;
}

bool value_write(const char *path, uint32_t id, uint64_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write_value(fd, id, size);

	if (fd >= 0)
		close(fd);
	return good;
}

static bool has_value(int fd, uint32_t id, uint64_t size)
{
	uint8_t is[BLOCK];
	uint8_t wanted[BLOCK];

	for (uint64_t at = 0; at < size; at += BLOCK) {
		uint64_t n = size - at < BLOCK ? size - at : BLOCK;

		if (pread(fd, is, n, (off_t)at) != (ssize_t)n)
			return false;
		value_fill(id, at, wanted, n);
		if (memcmp(is, wanted, n) != 0)
			return false;
	}
	return true;
}

static enum value_fault read_value(int fd, const struct stat *st, bool timed,
				   uint32_t *id)
{
	uint64_t size = (uint64_t)st->st_size;
	uint32_t by_time = value_of_time(&st->st_mtim);
	uint64_t first = 0;

	if (size >= VALUE_ID_SIZE) {
		if (pread(fd, &first, sizeof(first), 0) != sizeof(first) ||
		    first == 0 || first > UINT32_MAX)
			return VALUE_BYTES;
		*id = (uint32_t)first;
		if (timed && *id != by_time)
			return VALUE_TIME;
	} else if (timed) {
		*id = by_time;
		if (by_time == 0)
			return VALUE_TIME;
	} else {
		return VALUE_UNKNOWN;
	}
	return has_value(fd, *id, size) ? VALUE_WHOLE : VALUE_BYTES;
}

enum value_fault value_read(const char *path, bool timed, uint32_t *id,
			    uint64_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum value_fault fault = VALUE_NO_FILE;
	struct stat st;

	if (fd < 0)
		return VALUE_NO_FILE;
	*id = 0;
	if (fstat(fd, &st) == 0) {
		*size = (uint64_t)st.st_size;
		fault = read_value(fd, &st, timed, id);
	}
	close(fd);
	return fault;
}
