/*
 * The start of a server under a fault: it comes up and works, or ends with a
 * word and a status; and the next start is a good one.
 */
#include "row.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VICTIM 1
#define REST_MS 2000
#define VERSION_AT 3 /* where CTR is in the name of a version directory */

static void put_again(struct row *r)
{
	static const char *const put[] = {"put", "-o", "file", "source", NULL};

	content_write(r, ++r->next);
	row_must(r, put);
	r->now = r->next;
}

/* Room below the newest version for an older one; a name that is gone. */
void start_open(struct row *r)
{
	static const char *const put[] = {"put", "-o", "gone", "source", NULL};
	static const char *const rm[] = {"rm", "gone", NULL};

	r->victim = VICTIM;
	for (int i = 0; i < 3; i++)
		put_again(r);
	row_must(r, put);
	row_must(r, rm);
}

/* The version directory of a name, which has one. */
static void find_version(const char *dir, char *name, size_t size)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] == '@')
			snprintf(name, size, "%s", e->d_name);
	if (!d)
		die("%s: %s", dir, strerror(errno));
	closedir(d);
}

/* A copy of a version directory under another state and counter, with so
 * many of its files. */
static void copy_version(const char *dir, char state, const char *ctr,
			 unsigned files)
{
	char name[256] = "";
	char to[PATH_LENGTH_MAX * 2];
	char from_file[PATH_LENGTH_MAX * 3];
	char to_file[PATH_LENGTH_MAX * 3];
	struct dirent *e;
	DIR *d;

	find_version(dir, name, sizeof(name));
	snprintf(from_file, sizeof(from_file), "%s/%s", dir, name);
	d = opendir(from_file);
	snprintf(to, sizeof(to), "%s/%s", dir, name);
	to[strlen(dir) + 2] = state;
	memcpy(to + strlen(dir) + 1 + VERSION_AT, ctr, strlen(ctr));
	if (!d || (mkdir(to, 0700) && errno != EEXIST))
		die("%s: %s", to, strerror(errno));
	while (files > 0 && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(from_file, sizeof(from_file), "%s/%s/%s", dir, name,
			 e->d_name);
		snprintf(to_file, sizeof(to_file), "%s/%s", to, e->d_name);
		if (link(from_file, to_file) && errno != EEXIST)
			die("%s: %s", to_file, strerror(errno));
		files--;
	}
	closedir(d);
}

static void make_file(const char *dir, const char *name)
{
	char path[PATH_LENGTH_MAX * 3];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "litter", 6) != 6)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

/* One of everything that a start removes. */
static void make_litter(const char *dir)
{
	char path[PATH_LENGTH_MAX * 2];

	snprintf(path, sizeof(path), "%s/file", dir);
	copy_version(path, 'c', "0000000000000001", 2);
	copy_version(path, 's', "0000000000000fff", 1);
	for (int i = 0; i < 3; i++) {
		static const char *const made[] = {"empty", "empty/below",
						   "@tmp"};

		snprintf(path, sizeof(path), "%s/%s", dir, made[i]);
		if (mkdir(path, 0700) && errno != EEXIST)
			die("%s: %s", path, strerror(errno));
	}
	make_file(path, "0000000000000001");
	snprintf(path, sizeof(path), "%s/@state.new", dir);
	if (symlink("half", path) && errno != EEXIST)
		die("%s: %s", path, strerror(errno));
}

/* How a start may fail. */
static void judge_failed(struct row *r, const struct ran *ran, bool fired)
{
	if (ran->ms > r->slowest_ms)
		r->slowest_ms = ran->ms;
	if (fired && r->kind->plan.mode == INJECT_KILL &&
	    ran->status == STATUS_SIGNAL + SIGKILL)
		return;
	if (ran->status == STATUS_TIMEOUT)
		row_bad(r, ran, "the start hangs");
	else if (ran->status < 1 || ran->status > 4)
		row_bad(r, ran, "the start ends in no way of dfs(8)");
	else if (!strstr(ran->err, "dfs: "))
		row_bad(r, ran, "the start fails without a word");
}

/* Ready, and still there when it has done what it does then. */
static bool start(struct row *r, struct ran *ran)
{
	if (!server_try(&r->cluster, VICTIM, ran))
		return false;
	row_await_rest(r, VICTIM, REST_MS);
	return !server_died(&r->cluster, VICTIM, ran);
}

/* All is there, and a fresh server takes part.  With another server away: the
 * same, but what the disk does not give cannot be read. */
static void look(struct row *r, bool fault, const char *when)
{
	static const char *const heal[] = {"heal", NULL};
	struct ran ran;
	long seen;

	if (r->fresh)
		row_must(r, heal);
	for (int i = NOBODY; i < (r->fresh ? 0 : SERVERS); i++) {
		if (i == VICTIM)
			continue;
		seen = row_read(r, i, &ran);
		if (seen == r->now ||
		    (fault && i != NOBODY && seen < 0 && ran.status == 5))
			continue;
		row_bad(r, &ran, "%s: version %ld, not %ld, without dfs%d",
			when, seen, r->now, i + 1);
	}
}

static void start_clean(struct row *r)
{
	server_start(&r->cluster, VICTIM);
	r->descriptors[VICTIM] = server_descriptors(&r->cluster, VICTIM);
	row_look_at_disk(r, VICTIM, true);
}

bool start_try(struct row *r, unsigned long long nth)
{
	struct inject plan = r->kind->plan;
	struct inject *to = r->cluster.server[VICTIM].plan;
	struct ran ran;
	bool fired;
	bool ready;

	r->tries++;
	server_end(&r->cluster, VICTIM, SIGKILL, &ran);
	if (r->fresh)
		server_wipe(&r->cluster, VICTIM);
	else
		make_litter(r->cluster.server[VICTIM].dir);
	plan.nth = nth;
	inject_arm(to, &plan);
	ready = start(r, &ran);
	fired = inject_disarm(to);
	memcpy(&r->at, to, sizeof(r->at));
	r->points += fired;
	if (!ready) {
		judge_failed(r, &ran, fired);
		start_clean(r);
	}
	look(r, ready && fired, ready ? "started" : "started again");
	if (ready && fired)
		row_restart(r, VICTIM, false);
	else if (ready)
		row_look_at_disk(r, VICTIM, true);
	return fired;
}
