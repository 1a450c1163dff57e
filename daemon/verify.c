/*
 * VERIFY: one chunk read past the page cache, and its digest compared with
 * the one that its name says.
 *
 * What the page cache has of the file is dropped before it is read, so that
 * the disk answers, and what was read is dropped behind it, so that nothing
 * else is pushed out.  A bad chunk is looked at again with its name held:
 * a RESTORE may have put another file there while this one was read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inside.h"

#define READ_BYTES (128u << 10)
#define DETAIL_MAX 256

struct verify {
	struct store *store;
	struct msg_fetch fetch; /* its name is own text */
	struct chunk chunk;
	int fd;
	uint64_t at; /* bytes read */
	struct digest_state *hash;
	enum verify_state state; /* final, unless VERIFY_MORE */
	char text[];
};

static struct verify *verify_new(struct store *s, const struct msg_fetch *m,
				 uint8_t alg)
{
	struct verify *v = malloc(sizeof(*v) + m->name.len);

	if (!v)
		return NULL;
	memset(v, 0, sizeof(*v));
	v->store = s;
	v->fetch = *m;
	memcpy(v->text, m->name.text, m->name.len);
	v->fetch.name.text = v->text;
	v->fd = -1;
	v->state = VERIFY_MORE;
	v->hash = digest_new(alg);
	if (v->hash)
		return v;
	store_verify_close(v);
	return NULL;
}

void store_verify_close(struct verify *v)
{
	if (!v)
		return;
	if (v->fd >= 0)
		close(v->fd);
	digest_free(v->hash);
	free(v);
}

static void begin(struct verify *v, int fd)
{
	if (v->fd >= 0)
		close(v->fd);
	v->fd = fd;
	v->at = 0;
	digest_reset(v->hash);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static void mark_bad_held(struct verify *v, const char *detail)
{
	chunk_mark_held(v->store, &v->fetch, false, detail);
}

static void unreadable(int e, char detail[DETAIL_MAX])
{
	(void)snprintf(detail, DETAIL_MAX, "why=\"%s\"",
		       e == EIO ? "wrong length or unreadable" : strerror(e));
}

/* A change may be moving or removing the file just now. */
static enum status open_held(struct verify *v, struct outcome *no)
{
	char detail[DETAIL_MAX];
	enum status status = chunk_find(v->store, &v->fetch, &v->chunk, no);
	int fd;

	if (status != ST_OK)
		return status;
	fd = chunk_open_held(v->store, &v->fetch.name, &v->chunk);
	if (fd >= 0) {
		begin(v, fd);
		return ST_OK;
	}
	status = chunk_is_shortage(errno) ? ST_LIMIT : ST_CORRUPT;
	if (status == ST_CORRUPT) {
		unreadable(errno, detail);
		mark_bad_held(v, detail);
	}
	outcome_refuse(no, status, NULL);
	return status;
}

static enum status open_file(struct verify *v, struct outcome *no)
{
	int fd = chunk_open(v->store, &v->fetch.name, &v->chunk);
	enum status status;
	struct held h;

	if (fd >= 0) {
		begin(v, fd);
		return ST_OK;
	}
	chunk_hold(v->store, &h, &v->fetch.name);
	status = open_held(v, no);
	names_release(v->store->names, &h);
	return status;
}

struct verify *store_verify_open(struct store *s, const struct msg_fetch *m,
				 struct outcome *no)
{
	struct rules_store rules;
	struct chunk c;
	struct verify *v;
	enum status status;

	store_rules(s, &rules);
	status = rules_read(&rules, &m->cluster);
	if (status == ST_OK && (m->offset != 0 || m->len != 0))
		status = ST_BAD_REQUEST;
	if (status != ST_OK) {
		outcome_refuse(no, status, NULL);
		return NULL;
	}
	if (chunk_find(s, m, &c, no) != ST_OK)
		return NULL;
	v = verify_new(s, m, c.record.v.alg);
	if (!v) {
		outcome_refuse(no, ST_LIMIT, NULL);
		return NULL;
	}
	v->chunk = c;
	if (open_file(v, no) == ST_OK)
		return v;
	store_verify_close(v);
	return NULL;
}

/* ---- the end of it */

/*
 * With the name held: is what was read still the chunk?  VERIFY_MORE when
 * another file has taken its place, which is read now.
 */
static enum verify_state confirm_held(struct verify *v, enum verify_state state,
				      char detail[DETAIL_MAX])
{
	struct outcome no;
	int fd;

	if (chunk_find(v->store, &v->fetch, &v->chunk, &no) != ST_OK)
		return VERIFY_GONE;
	fd = chunk_open_held(v->store, &v->fetch.name, &v->chunk);
	if (fd < 0 && chunk_is_shortage(errno))
		return VERIFY_GONE;
	if (fd >= 0 && !chunk_is_same_file(fd, v->fd)) {
		begin(v, fd);
		return VERIFY_MORE;
	}
	if (fd < 0) {
		unreadable(errno, detail);
		state = VERIFY_BAD;
	} else {
		close(fd);
	}
	chunk_mark_held(v->store, &v->fetch, state == VERIFY_GOOD, detail);
	return state;
}

static enum verify_state confirm(struct verify *v, enum verify_state state,
				 char detail[DETAIL_MAX])
{
	struct held h;

	chunk_hold(v->store, &h, &v->fetch.name);
	state = confirm_held(v, state, detail);
	names_release(v->store->names, &h);
	return state;
}

static enum verify_state finish(struct verify *v)
{
	const struct record *r = &v->chunk.record;
	const struct digest *want = &r->chunk[v->chunk.which];
	char a[2 * DIGEST_MAX + 1], b[2 * DIGEST_MAX + 1], detail[DETAIL_MAX];
	size_t size = digest_size(r->v.alg);
	struct digest got = {0};
	bool good;

	digest_final(v->hash, &got);
	good = digest_equal(&got, want);
	if (good && chunk_is_offered(&v->chunk))
		return VERIFY_GOOD;
	digest_hex(want->bytes, size, a);
	digest_hex(got.bytes, size, b);
	(void)snprintf(detail, sizeof(detail), "want=%c%s found=%c%s",
		       digest_letter(r->v.alg), a, digest_letter(r->v.alg), b);
	return confirm(v, good ? VERIFY_GOOD : VERIFY_BAD, detail);
}

/* How many bytes to read at once. */
static size_t portion(const struct verify *v, size_t most)
{
	uint64_t left = v->chunk.length - v->at;

	most = most < READ_BYTES ? most : READ_BYTES;
	return most < left ? most : (size_t)left;
}

static ssize_t read_some(struct verify *v, uint8_t *buffer, size_t most)
{
	ssize_t n;

	do
		n = pread(v->fd, buffer, most, (off_t)v->at);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		digest_update(v->hash, buffer, (size_t)n);
		(void)posix_fadvise(v->fd, (off_t)v->at, n,
				    POSIX_FADV_DONTNEED);
		v->at += (uint64_t)n;
	}
	return n;
}

/* VERIFY_MORE, or why no more can be read. */
static enum verify_state read_step(struct verify *v, uint8_t *buffer,
				   size_t most, size_t *bytes)
{
	char detail[DETAIL_MAX];

	while (v->at < v->chunk.length && *bytes < most) {
		ssize_t n = read_some(v, buffer, portion(v, most - *bytes));

		if (n <= 0) {
			int e = n == 0 ? EIO : errno;

			if (chunk_is_shortage(e))
				return VERIFY_GONE;
			unreadable(e, detail);
			return confirm(v, VERIFY_BAD, detail);
		}
		*bytes += (size_t)n;
	}
	return VERIFY_MORE;
}

enum verify_state store_verify_step(struct verify *v, size_t most,
				    size_t *bytes)
{
	size_t size = portion(v, most);
	uint8_t *buffer;

	*bytes = 0;
	if (v->state != VERIFY_MORE)
		return v->state;
	if (size > 0) {
		/* For the step only: there may be many that wait. */
		buffer = malloc(size);
		v->state = buffer ? read_step(v, buffer, most, bytes)
				  : VERIFY_GONE;
		free(buffer);
	}
	if (v->state == VERIFY_MORE && v->at == v->chunk.length)
		v->state = finish(v);
	return v->state;
}
