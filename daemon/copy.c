/*
 * COPY: a stage made of chunks that the store holds under another name.
 *
 * Chunk files are never written to once they have their name: what replaces
 * one, by RESTORE, is another file renamed over it.  So a copy may share the
 * source's files.  They are pinned by descriptors first, which takes no name
 * and cannot be undone by a change of the source, and get a second link among
 * the pieces in DIR/@tmp; from there on they are a stage's pieces like any
 * other, also to a crash.  The source's name is let go, if it was held at
 * all, before the new one is taken: nobody ever holds two.
 *
 * Where a file cannot be linked (by the file system, for too many links, or
 * since its last name has gone meanwhile) its bytes go through the stage's
 * own slot, as if they had come from the peer.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "stage.h"

#define READ_BYTES (128u << 10)
/* A worker does nothing else while it copies. */
#define COPY_MAX (64u << 20) /* bytes of both chunks */

static enum status refuse(struct outcome *no, enum status status)
{
	outcome_refuse(no, status, NULL);
	return status;
}

static struct msg_fetch fetch_of(const struct msg_copy *m, unsigned i)
{
	unsigned first = m->record.first;

	return (struct msg_fetch){
		.cluster = m->context.cluster,
		.name = m->source,
		.tag = m->source_tag,
		.chunk = (uint8_t)(i == 0 ? first
					  : layout_next(first, m->record.v.y)),
	};
}

/* Does the source's chunk belong into the new version? */
static enum status compare(const struct msg_copy *m, unsigned i,
			   const struct chunk *c)
{
	const struct version *a = &c->record.v, *b = &m->record.v;

	if (a->size != b->size || a->y != b->y || a->alg != b->alg ||
	    !digest_equal(&a->root, &b->root))
		return ST_BAD_REQUEST;
	return digest_equal(&c->record.chunk[c->which], &m->record.chunk[i])
		       ? ST_OK
		       : ST_CORRUPT;
}

static enum status open_chunk(struct store *s, const struct msg_copy *m,
			      unsigned i, int *fd, struct outcome *no)
{
	const struct msg_fetch f = fetch_of(m, i);
	struct chunk c;
	enum status status = chunk_find(s, &f, &c, no);

	if (status != ST_OK)
		return status;
	status = compare(m, i, &c);
	return status == ST_OK ? store_fetch(s, &f, fd, no)
			       : refuse(no, status);
}

static bool cannot_be_linked(int e)
{
	return e == EOPNOTSUPP || e == ENOSYS || tree_status(e) == ST_LIMIT;
}

/* *linked: the slot is filled, and fd its own. */
static enum status link_slot(struct stage *g, struct slot *t, int fd,
			     bool *linked)
{
	struct store *s = g->store;
	uint64_t piece = atomic_fetch_add(&s->pieces, 1);

	*linked = tree_piece_adopt(&s->tree, fd, piece) == 0;
	if (!*linked)
		return cannot_be_linked(errno)
			       ? ST_OK
			       : store_error(s, "linking a chunk", errno);
	t->fd = fd;
	t->piece = piece;
	t->nameless = false;
	return ST_OK;
}

/* Of the source, whose bytes are not what they should be. */
static enum status is_bad(struct store *s, const struct msg_copy *m, unsigned i,
			  int fd, const char *why)
{
	const struct msg_fetch f = fetch_of(m, i);

	store_chunk_failed(s, &f, fd, why);
	return ST_CORRUPT;
}

static enum status copy_bytes(struct stage *g, const struct msg_copy *m,
			      unsigned i, int fd, uint8_t *buffer)
{
	struct outcome no;
	enum status status = ST_OK;
	uint64_t at = 0;

	while (status == ST_OK && at < g->slot[i].length) {
		ssize_t n = pread(fd, buffer, READ_BYTES, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return is_bad(g->store, m, i, fd,
				      n == 0 ? "short" : err_text(ERR_SYS));
		if ((uint64_t)n > g->slot[i].length - at)
			n = (ssize_t)(g->slot[i].length - at);
		status = store_stage_write(g, i, buffer, (size_t)n, &no);
		at += (uint64_t)n;
	}
	return status;
}

static enum status copy_slot(struct stage *g, const struct msg_copy *m,
			     unsigned i, int fd)
{
	struct slot *t = &g->slot[i];
	enum status status;
	uint8_t *buffer;

	if (g->slot[0].length + g->slot[1].length > COPY_MAX)
		return ST_LIMIT;
	if (!space_take(&g->store->space, t->length))
		return ST_NO_SPACE;
	status = stage_open_slot(g, t);
	if (status != ST_OK)
		return status;
	buffer = malloc(READ_BYTES);
	if (!buffer)
		return ST_LIMIT;
	status = copy_bytes(g, m, i, fd, buffer);
	free(buffer);
	if (status == ST_OK)
		status = stage_check_slot(g, i, &m->record.chunk[i]);
	return status == ST_DIGEST ? is_bad(g->store, m, i, fd, "wrong digest")
				   : status;
}

/* Takes fd. */
static enum status fill_slot(struct stage *g, const struct msg_copy *m,
			     unsigned i, int fd)
{
	bool linked;
	enum status status = link_slot(g, &g->slot[i], fd, &linked);

	if (linked)
		return ST_OK;
	if (status == ST_OK)
		status = copy_slot(g, m, i, fd);
	close(fd);
	return status;
}

/* A stage that is whole; NULL: a refusal in *no. */
static struct stage *make(struct store *s, const struct msg_copy *m,
			  struct outcome *no)
{
	const struct msg_stage_begin begin = {m->context, m->name, m->record};
	struct stage *g = NULL;
	enum status status = stage_admit(s, &begin, false, no);

	if (status == ST_OK) {
		g = stage_new(s, &begin, false);
		if (!g)
			status = refuse(no, ST_LIMIT);
	}
	if (status == ST_OK && !space_take(&s->space, STAGE_DIRECTORY_BYTES))
		status = refuse(no, ST_NO_SPACE);
	for (unsigned i = 0; i < 2 && status == ST_OK; i++) {
		int fd = -1;

		status = open_chunk(s, m, i, &fd, no);
		if (status != ST_OK)
			break;
		status = fill_slot(g, m, i, fd);
		if (status != ST_OK)
			(void)refuse(no, status);
	}
	if (status == ST_OK)
		return g;
	store_stage_drop(g);
	return NULL;
}

void store_copy(struct store *s, const struct msg_copy *m, store_done *done,
		void *arg)
{
	struct outcome no;
	struct stage *g = make(s, m, &no);

	if (g)
		stage_finish(g, done, arg);
	else
		done(arg, &no);
}
