/*
 * RESTORE: chunks for a version that is committed here.
 *
 * In two steps, each with a sync behind it, so that a crash at any moment
 * leaves the good bytes that were there before, or the new ones:
 *
 * A witness is filled like a stage: the files are put into its directory,
 * where a start takes them for litter; once they are durable the directory
 * gets its committed name.  Chunks of a committed version are replaced: the
 * new files are kept in DIR/@tmp, which is litter to a start too; once they
 * are durable each is renamed over the old one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "name.h"
#include "stage.h"

/* What was tried in the name's directory, n being 0 or -1 and errno. */
static enum status ended(const struct change *c, int dir, int n)
{
	int e = errno;

	if (dir >= 0)
		close(dir);
	return n == 0 ? ST_OK : store_error(c->store, "restore", e);
}

/* ---- a witness */

static void empty_witness(const struct change *c)
{
	int dir = store_open_name(c->store, &c->name);

	if (dir < 0)
		return;
	(void)tree_version_empty(dir, &c->from);
	close(dir);
}

static enum status rename_witness(struct change *c, bool durable)
{
	enum status status = ST_IO;
	int dir, n = -1;

	if (durable) {
		dir = store_open_name(c->store, &c->name);
		if (dir >= 0)
			n = tree_version_rename(dir, &c->from, &c->made);
		status = ended(c, dir, n);
	}
	if (status != ST_OK)
		empty_witness(c);
	return status;
}

/* An attempt before may have left something. */
static enum status fill(struct stage *g, struct change *c)
{
	int dir = store_open_version(c->store, &c->name, &c->from);
	enum status status;
	int n = -1;

	c->between = rename_witness;
	if (dir >= 0 && tree_version_empty(dir, &c->from) == 0)
		n = stage_place(g, dir, &c->from);
	status = ended(c, dir, n);
	if (status != ST_OK)
		empty_witness(c);
	return status;
}

/* ---- a committed version */

static void drop_pieces(const struct change *c)
{
	for (unsigned i = 0; i < 2; i++)
		tree_piece_drop(&c->store->tree, c->piece[i]);
}

/* A file whose name says another digest than the root's. */
static bool is_misnamed(const struct change *c, unsigned i)
{
	static const struct digest none;
	const struct digest *old = &c->from.chunk[i];

	return !digest_equal(old, &none) &&
	       !digest_equal(old, &c->made.chunk[i]);
}

/*
 * One new file over the old one.  A misnamed old file gets the right name
 * first, so that there are never two of one chunk; when there are two
 * already, it goes after all is durable.
 */
static int replace_one(const struct change *c, int at, unsigned i)
{
	char old[RECORD_CHUNK_MAX], new[RECORD_CHUNK_MAX];
	struct stat st;

	record_chunk_name(&c->from, i, old);
	record_chunk_name(&c->made, i, new);
	if (is_misnamed(c, i) &&
	    fstatat(at, new, &st, AT_SYMLINK_NOFOLLOW) != 0 &&
	    renameat(at, old, at, new) != 0 && errno != ENOENT)
		return -1;
	return tree_piece_link(&c->store->tree, -1, c->piece[i], at, new);
}

/* In the name's directory. */
static int replace_both(const struct change *c, int dir)
{
	int at = tree_version_open(dir, &c->made), n, e;

	if (at < 0)
		return -1;
	n = replace_one(c, at, 0);
	if (n == 0)
		n = replace_one(c, at, 1);
	e = errno;
	close(at);
	errno = e;
	return n;
}

static enum status rename_pieces(struct change *c, bool durable)
{
	enum status status = ST_IO;
	int dir, n = -1;

	if (durable) {
		dir = store_open_version(c->store, &c->name, &c->from);
		if (dir >= 0)
			n = replace_both(c, dir);
		status = ended(c, dir, n);
	}
	if (status != ST_OK)
		drop_pieces(c);
	return status;
}

static enum status keep_pieces(struct stage *g, struct change *c)
{
	c->between = rename_pieces;
	c->replaces = true;
	for (unsigned i = 0; i < 2; i++) {
		if (stage_keep(g, &g->slot[i]) != 0) {
			enum status status = ended(c, -1, -1);

			if (i == 1)
				tree_piece_drop(&c->store->tree, c->piece[0]);
			return status;
		}
		c->piece[i] = g->slot[i].piece;
	}
	return ST_OK;
}

static void tell(const struct change *c, unsigned i)
{
	const struct record *r = &c->made;
	char shown[256], digest[2 * DIGEST_MAX + 1];

	(void)name_escape(c->name.text, c->name.len, shown, sizeof(shown));
	digest_hex(r->chunk[i].bytes, digest_size(r->v.alg), digest);
	log_info("chunk replaced name=\"%s\" chunk=%u was=%s digest=%c%s",
		 shown,
		 (i == 0 ? r->first : layout_next(r->first, r->v.y)) + 1u,
		 c->from.have & (1u << i) ? "offered" : "bad",
		 digest_letter(r->v.alg), digest);
}

void restore_shown(const struct change *c)
{
	int dir, failed = 0;

	if (is_misnamed(c, 0) || is_misnamed(c, 1)) {
		dir = store_open_name(c->store, &c->name);
		if (dir < 0 || tree_version_tidy(dir, &c->made) != 0)
			failed = errno;
		if (dir >= 0)
			close(dir);
		if (failed)
			(void)store_error(c->store, "removing a bad chunk",
					  failed);
	}
	tell(c, 0);
	tell(c, 1);
}

/* ---- both */

enum status restore_do(struct stage *g, struct change *c,
		       const struct record **other)
{
	struct rules_records r = {c->records, c->count};
	const struct record *same = rules_find(r, &g->record.v.tag);
	struct rules_store rules;
	struct verdict v;
	enum status status;
	bool adopt;

	store_rules(g->store, &rules);
	status = rules_mutation(&rules, &g->context, false, &adopt);
	if (status != ST_OK)
		return status;
	if (adopt)
		return ST_REFUSED;
	v = rules_restore(r, &g->record);
	*other = v.other;
	if (v.step == RULES_REFUSE || !same)
		return v.status;
	if (!digest_equal(&same->v.root, &g->record.v.root))
		return ST_DIGEST;
	c->from = *same;
	c->made = g->record;
	c->made.state = RECORD_COMMITTED;
	status = change_plan(c, same);
	if (status != ST_OK)
		return status;
	return v.step == RULES_FILL ? fill(g, c) : keep_pieces(g, c);
}
