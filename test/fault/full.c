/*
 * Full disks: each server's directory is on a small file system of its own,
 * and every operation is tried with so many pages or inodes left, from none
 * to more than it needs.  The fault is a level, its number the nth.
 */
#include "row.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PAGE 4096
#define FILLERS_MOST 4096

static bool is_filled(const struct row *r, int i)
{
	return r->victim == NOBODY || r->victim == i;
}

static void look_at_room(struct row *r, int i, struct statvfs *v)
{
	if (statvfs(r->cluster.server[i].dir, v))
		die("%s: %s", r->cluster.server[i].dir, strerror(errno));
	if (v->f_blocks * v->f_frsize > (64u << 20))
		die("%s: not a small file system", r->cluster.server[i].dir);
}

static void filler(int i, unsigned n, char *path, size_t size)
{
	snprintf(path, size, "%d/filler.%u", i + 1, n);
}

/* Leaves so many pages. */
static void fill_pages(struct row *r, int i, unsigned long long level)
{
	struct statvfs v;
	char path[64];
	off_t most;
	int fd;

	filler(i, 0, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	look_at_room(r, i, &v);
	most = (off_t)(v.f_bavail * v.f_frsize) - (off_t)(level * PAGE);
	if (fd < 0 || (most > 0 && posix_fallocate(fd, 0, most)))
		die("%s: cannot be filled", path);
	close(fd);
}

static void fill_inodes(struct row *r, int i, unsigned long long level)
{
	struct statvfs v;
	char path[64];

	for (unsigned n = 0; n < FILLERS_MOST; n++) {
		int fd;

		look_at_room(r, i, &v);
		if (v.f_favail <= level)
			return;
		filler(i, n, path, sizeof(path));
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			die("%s: %s", path, strerror(errno));
		close(fd);
	}
	die("%s: too many inodes", path);
}

static void empty(struct row *r)
{
	char path[64];

	for (int i = 0; i < SERVERS; i++)
		for (unsigned n = 0; is_filled(r, i) && n < FILLERS_MOST; n++) {
			filler(i, n, path, sizeof(path));
			if (unlink(path))
				break;
		}
}

/* What must succeed however full it is. */
static void judge(struct row *r, const struct ran *ran,
		  unsigned long long level)
{
	bool done = ran->status == 0 || ran->status == 3;
	bool removes = strcmp(r->op->name, "rm") == 0;

	r->points += !done || ran->err[0];
	r->op->judge(r, ran);
	if (!done && (removes || r->victim != NOBODY))
		row_bad(r, ran, "it fails, with %llu left", level);
	else if (!done && ran->status != 10)
		row_bad(r, ran, "it does not say that space is lacking");
}

/* Did the disks being full make a difference? */
static bool try_level(struct row *r, unsigned long long level)
{
	unsigned before = r->points;
	struct ran ran;

	r->tries++;
	r->at.nth = level;
	r->op->prepare(r);
	for (int i = 0; i < SERVERS; i++)
		if (is_filled(r, i)) {
			if (r->inodes)
				fill_inodes(r, i, level);
			else
				fill_pages(r, i, level);
		}
	client_wait(client_start(&r->cluster, NOBODY, r->op->args),
		    r->op->limit_ms, &ran);
	if (ran.ms > r->slowest_ms)
		r->slowest_ms = ran.ms;
	judge(r, &ran, level);
	for (int i = 0; i < SERVERS; i++)
		if (is_filled(r, i))
			row_restart(r, i, false);
	r->op->settle(r);
	empty(r);
	r->op->settle(r);
	return r->points > before;
}

void full_walk(struct row *r, unsigned long long levels, unsigned every)
{
	bool felt = true;

	for (unsigned long long level = r->seed % every; level < levels;
	     level += every)
		felt = try_level(r, level);
	if (felt && strcmp(r->op->name, "rm") != 0)
		row_bad(r, NULL, "with %llu left it is still full", levels);
}
