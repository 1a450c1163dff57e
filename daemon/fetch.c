#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "inside.h"

static enum status refuse(struct outcome *no, enum status status)
{
	outcome_refuse(no, status, NULL);
	return status;
}

static void mark_bad_held(struct store *s, const struct msg_fetch *m,
			  const char *why)
{
	char detail[128];

	(void)snprintf(detail, sizeof(detail), "why=\"%s\"", why);
	chunk_mark_held(s, m, false, detail);
}

/* With the name held: has a RESTORE put another file there? */
static bool is_replaced(struct store *s, const struct msg_fetch *m, int fd)
{
	struct outcome no;
	struct chunk c;
	bool replaced;
	int now;

	if (chunk_find(s, m, &c, &no) != ST_OK)
		return true;
	now = chunk_open_held(s, &m->name, &c);
	if (now < 0)
		return false;
	replaced = !chunk_is_same_file(now, fd);
	close(now);
	return replaced;
}

void store_chunk_failed(struct store *s, const struct msg_fetch *m, int fd,
			const char *why)
{
	struct held h;

	chunk_hold(s, &h, &m->name);
	if (!is_replaced(s, m, fd))
		mark_bad_held(s, m, why);
	names_release(s->names, &h);
}

/* Finds what is offered: ST_OK, or a refusal. */
static enum status find(struct store *s, const struct msg_fetch *m,
			struct chunk *c, struct outcome *no)
{
	enum status status = chunk_find(s, m, c, no);

	if (status == ST_OK && !chunk_is_offered(c))
		return refuse(no, ST_CORRUPT);
	return status;
}

/* A change of the name may be renaming or removing the directory just now:
 * with the name held the catalogue and the disk agree. */
static enum status open_held(struct store *s, const struct msg_fetch *m,
			     int *fd, struct outcome *no)
{
	struct chunk c;
	enum status status = find(s, m, &c, no);

	if (status != ST_OK)
		return status;
	*fd = chunk_open_held(s, &m->name, &c);
	if (*fd >= 0)
		return ST_OK;
	if (chunk_is_shortage(errno))
		return refuse(no, ST_LIMIT);
	mark_bad_held(s, m,
		      errno == EIO ? "wrong length or unreadable"
				   : err_text(ERR_SYS));
	return refuse(no, ST_CORRUPT);
}

enum status store_fetch(struct store *s, const struct msg_fetch *m, int *fd,
			struct outcome *no)
{
	struct rules_store rules;
	struct held h;
	struct chunk c;
	enum status status;

	store_rules(s, &rules);
	status = rules_read(&rules, &m->cluster);
	if (status != ST_OK)
		return refuse(no, status);
	status = find(s, m, &c, no);
	if (status != ST_OK)
		return status;
	if (m->offset > c.length || m->len > c.length - m->offset)
		return refuse(no, ST_BAD_REQUEST);
	*fd = chunk_open(s, &m->name, &c);
	if (*fd >= 0)
		return ST_OK;
	if (chunk_is_shortage(errno))
		return refuse(no, ST_LIMIT);
	chunk_hold(s, &h, &m->name);
	status = open_held(s, m, fd, no);
	names_release(s->names, &h);
	return status;
}
