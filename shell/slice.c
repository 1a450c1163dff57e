#include "slice.h"

#include "fetch.h"
#include "interrupt.h"
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_SIZE (64u << 10) /* bytes read again at once */

struct slice {
	struct task task;
	struct fetch fetch;
	struct source spool; /* as large as the file, with holes */
	struct slice_want want;
	uint64_t begin; /* the bytes that are wanted; */
	uint64_t end;	/* of lines, when they are found */
	/* Lines: */
	uint64_t lines;	 /* found so far */
	unsigned chunk;	 /* the last one asked for */
	uint64_t looked; /* up, or down, to here */
	enum err fault;	 /* of the spool */
	int fault_errno;
};

static struct slice *slice_of(struct task *task)
{
	return (struct slice *)task;
}

static const struct slice *slice_in(const struct task *task)
{
	return (const struct slice *)task;
}

static enum err on_bytes(void *arg, uint64_t offset, const void *data,
			 uint64_t len)
{
	struct slice *s = arg;

	return source_write(&s->spool, offset, data, len);
}

/* len bytes from offset on; fewer are an error.  A signal ends it. */
static enum err read_spool(const struct slice *s, uint64_t offset,
			   uint8_t *data, size_t len)
{
	if (interrupt_came()) {
		errno = EINTR;
		return ERR_SYS;
	}
	if (s->spool.bytes) {
		memcpy(data, s->spool.bytes + offset, len);
		return ERR_OK;
	}
	while (len > 0) {
		ssize_t n = pread(s->spool.fd, data, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return ERR_SYS;
		data += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

/* Lines */

/* Counts those that end in the bytes from .looked to `end`; true when that
 * are enough: .end is behind the last one then. */
static bool look_up(struct slice *s, uint64_t end, uint8_t *block)
{
	while (!s->fault && s->looked < end) {
		uint64_t left = end - s->looked;
		size_t len = left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE;

		s->fault = read_spool(s, s->looked, block, len);
		s->fault_errno = errno;
		for (size_t i = 0; !s->fault && i < len; i++) {
			if (block[i] != '\n' || ++s->lines < s->want.count)
				continue;
			s->end = s->looked + i + 1;
			return true;
		}
		s->looked += len;
	}
	return false;
}

/* The same from .looked down to `begin`: a line begins behind each end but
 * the file's own. */
static bool look_down(struct slice *s, uint64_t begin, uint8_t *block)
{
	while (!s->fault && s->looked > begin) {
		uint64_t left = s->looked - begin;
		size_t len = left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE;
		uint64_t from = s->looked - len;

		s->fault = read_spool(s, from, block, len);
		s->fault_errno = errno;
		for (size_t i = len; !s->fault && i > 0; i--) {
			if (block[i - 1] != '\n' || from + i == s->end ||
			    ++s->lines < s->want.count)
				continue;
			s->begin = from + i;
			return true;
		}
		s->looked = from;
	}
	return false;
}

/* Are there lines enough in the chunks that have come?  Else one more. */
static uint64_t more_lines(void *arg)
{
	struct slice *s = arg;
	const struct version *v = &s->fetch.version;
	bool up = s->want.kind == SLICE_FIRST_LINES;
	uint64_t edge = layout_offset(v->size, v->y, s->chunk);
	uint8_t *block = malloc(BLOCK_SIZE);
	bool enough;

	if (!block) {
		s->fault = ERR_MEMORY;
		return 0;
	}
	if (up)
		edge += layout_length(v->size, v->y, s->chunk);
	enough = up ? look_up(s, edge, block) : look_down(s, edge, block);
	free(block);
	if (enough || s->fault || s->chunk == (up ? v->y - 1U : 0))
		return 0;
	s->chunk += up ? 1 : -1U;
	return UINT64_C(1) << s->chunk;
}

/* A small file comes as a whole. */
static uint64_t first_of_lines(struct slice *s, const struct version *v)
{
	bool up = s->want.kind == SLICE_FIRST_LINES;
	bool all = v->size <= SOURCE_SMALL_MAX;

	s->lines = 0;
	s->looked = up ? 0 : v->size;
	if (s->want.count == 0) {
		s->begin = s->end = 0;
		return 0;
	}
	s->chunk = up == all ? v->y - 1U : 0;
	s->fetch.more = more_lines;
	return all ? mask_all(v->y) : UINT64_C(1) << s->chunk;
}

/* The chunks that [begin, end) touches. */
static uint64_t chunks_of(const struct slice *s, const struct version *v)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < v->y; i++) {
		uint64_t from = layout_offset(v->size, v->y, i);
		uint64_t to = from + layout_length(v->size, v->y, i);

		if (from < s->end && to > s->begin)
			some |= UINT64_C(1) << i;
	}
	return some;
}

/* Sets what is wanted of the version; the chunks to begin with. */
static uint64_t choose(struct slice *s, const struct version *v)
{
	uint64_t count = s->want.count < v->size ? s->want.count : v->size;

	s->begin = 0;
	s->end = v->size;
	s->fetch.more = NULL;
	switch (s->want.kind) {
	case SLICE_NOTHING:
		s->end = 0;
		break;
	case SLICE_ALL:
		break;
	case SLICE_FIRST_BYTES:
		s->end = count;
		break;
	case SLICE_LAST_BYTES:
		s->begin = v->size - count;
		break;
	case SLICE_FIRST_LINES:
	case SLICE_LAST_LINES:
		return first_of_lines(s, v);
	}
	return chunks_of(s, v);
}

/* The operation */

static void on_fetch(struct task *task)
{
	struct slice *s = slice_of(task);
	const struct version *v = &task->q.found.version;
	uint64_t wanted;
	enum err e;

	fetch_stop(&s->fetch);
	source_close(&s->spool);
	s->fault = ERR_OK;
	wanted = choose(s, v);
	e = source_blank(&s->spool, v->size);
	if (e)
		fetch_fail(&s->fetch, e);
	else
		fetch_start(&s->fetch, wanted, s->spool.bytes);
}

static void on_slow(struct task *task, unsigned server)
{
	fetch_slow(&slice_of(task)->fetch, server);
}

static void on_free(struct task *task)
{
	struct slice *s = slice_of(task);

	fetch_stop(&s->fetch);
	source_close(&s->spool);
	task_release(task);
	free(s);
}

static const struct task_kind kind = {
	.fetch = on_fetch,
	.slow = on_slow,
	.free = on_free,
};

struct task *slice_new(struct cluster *c, const char *name, size_t name_len,
		       const struct slice_want *want)
{
	struct slice *s = calloc(1, sizeof(*s));
	struct quorum_settings settings = {.kind = QUORUM_GET};

	if (!s)
		return NULL;
	task_init(&s->task, c, &kind, &settings);
	task_set_name(&s->task, name, name_len);
	fetch_init(&s->fetch, &s->task, on_bytes, s);
	s->task.bytes = sizeof(*s) + SOURCE_SMALL_MAX;
	s->spool.fd = -1;
	s->want = *want;
	return &s->task;
}

const struct version *slice_version(const struct task *task)
{
	return &slice_in(task)->fetch.version;
}

const struct digest *slice_digests(const struct task *task)
{
	return slice_in(task)->fetch.digests;
}

enum err slice_read(const struct task *task,
		    enum err (*take)(void *arg, const void *data, size_t len),
		    void *arg)
{
	const struct slice *s = slice_in(task);
	uint64_t at = s->begin;
	uint8_t *block;
	int error;
	enum err e = s->fault;

	errno = s->fault_errno;
	if (e)
		return e;
	block = malloc(BLOCK_SIZE);
	if (!block)
		return ERR_MEMORY;
	while (!e && at < s->end) {
		uint64_t left = s->end - at;
		size_t len = left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE;

		e = read_spool(s, at, block, len);
		if (!e)
			e = take(arg, block, len);
		at += len;
	}
	error = errno;
	free(block);
	errno = error;
	return e;
}

uint64_t slice_corrupt(const struct task *task)
{
	return slice_in(task)->fetch.corrupt;
}

enum err slice_fault(const struct task *task, int *error)
{
	*error = slice_in(task)->fetch.fault_errno;
	return slice_in(task)->fetch.fault;
}
