/*
 * Power cuts of one server, many thousand times.
 *
 *	powercut [OPTIONS of plan.h] DFS WORK LOG DIR [LOG DIR]...
 *
 * Each LOG (oplog.h) tells what one dfs did in DIR until it ended.  First the
 * log must tell all: replayed to its end it gives DIR.  Then, 
 * again and again: the directory as it may be after a cut at some
 * record (disk.h) is made in WORK, dfs is started on it, and verdict.h says
 * whether it has kept its word. 
 *
 * -x: syncs do nothing, which must fail.
 *
 * Prints a line of counts.  Exit status 1: a verdict, told on stderr with all
 * that is needed to repeat it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "found.h"
#include "plan.h"
#include "run.h"
#include "verdict.h"

#define LOGS_MAX 64
#define STARTS_MAX 64
#define START_LONG 60 /* records in which a start does its work */

/* One log. */
struct history {
	const char *path;
	struct disk *disk;
	struct past past;
	uint32_t records;
	uint32_t *sent; /* records behind an answer */
	size_t sent_count, sent_cap;
	uint32_t starts[STARTS_MAX]; /* records with which a process began */
	unsigned start_count;
};

enum counter { CUTS, VERSIONS };

/* Where a trial works. */
struct place {
	int image;
	int stores[LOGS_MAX]; /* for each log */
	char path[RUN_PATH_MAX];
	struct found_store found;
	struct daemon daemon;
};

struct cutter {
	struct plan plan;
	const char *dfs;
	const char *work;
	struct place place;
	struct history logs[LOGS_MAX];
	unsigned log_count;
};

/* ---- reading */

static void take_state(struct past *p, uint32_t at, struct rbuf b)
{
	const uint8_t *text;
	char target[STATE_TEXT_SIZE + 1];
	struct state s;
	uint64_t node;
	size_t len;

	if (rbuf_u64(&b, &node) || rbuf_str16(&b, &text, &len, 65535) ||
	    rbuf_u64(&b, &node) || rbuf_str16(&b, &text, &len, 65535) ||
	    len != STATE_TEXT_SIZE)
		return;
	memcpy(target, text, len);
	target[len] = '\0';
	if (state_from_text(target, &s))
		return;
	p->states = run_more(p->states, p->state_count, &p->state_cap,
			     sizeof(*p->states));
	p->states[p->state_count++] = (struct written){at, s};
}

static void take_record(struct history *h, enum oplog_kind kind, struct rbuf b)
{
	uint32_t at = h->records++;

	if (kind == OPLOG_SYMLINK)
		take_state(&h->past, at, b);
	if (kind >= OPLOG_ACCEPT || kind == OPLOG_START)
		said_add(&h->past.said, at, kind,
			 &(struct rbuf){b.data, b.at, b.end});
	if (kind == OPLOG_SENT) {
		h->sent = run_more(h->sent, h->sent_count, &h->sent_cap,
				   sizeof(*h->sent));
		h->sent[h->sent_count++] = at + 1;
	}
	if (kind == OPLOG_START && h->start_count < STARTS_MAX)
		h->starts[h->start_count++] = at;
	disk_add(h->disk, at, kind, &b);
}

static void load(struct history *h, const char *path, bool lies)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct rbuf b;
	void *data;

	if (fd < 0 || fstat(fd, &st) != 0)
		run_die("%s", path);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		run_die("%s", path);
	close(fd);
	h->path = path;
	h->disk = disk_new();
	if (lies)
		disk_lies(h->disk);
	rbuf_init(&b, data, (size_t)st.st_size);
	while (rbuf_left(&b) > 0) {
		const uint8_t *fields;
		struct rbuf one;
		uint8_t kind;
		uint32_t len;

		/* A process that was killed may have left half a record. */
		if (rbuf_u8(&b, &kind) || rbuf_u32(&b, &len) ||
		    rbuf_view(&b, &fields, len))
			break;
		if (kind == 0 || kind >= OPLOG_KINDS)
			run_die("%s: record %u is of no kind", path,
				(unsigned)h->records);
		rbuf_init(&one, fields, len);
		take_record(h, kind, one);
	}
}

/* ---- one trial */

static void open_place(const struct cutter *c, struct place *p, uint64_t job)
{
	char log[16];
	int top;

	snprintf(p->path, sizeof(p->path), "%s/%u", c->work, (unsigned)job);
	top = tree_make(AT_FDCWD, p->path);
	p->image = tree_make(top, "image");
	for (unsigned i = 0; i < c->log_count; i++) {
		snprintf(log, sizeof(log), "store%u", i);
		p->stores[i] = tree_make(top, log);
	}
	close(top);
	snprintf(p->path, sizeof(p->path), "%s/%u/image", c->work,
		 (unsigned)job);
	p->found = (struct found_store){0};
}

/* Starts dfs on the image and looks at it; what is wrong, in out. */
static void judge(const struct cutter *c, const struct history *h,
		  struct place *p, uint32_t cut, char *out, size_t size)
{
	const char *options[] = {"-c", c->plan.conf, "-l", "127.0.0.1", NULL};
	struct state now;
	int status;

	daemon_launch(&p->daemon, c->dfs, p->path, options);
	if (!daemon_ready(&p->daemon)) {
		status = daemon_end(&p->daemon, SIGKILL);
		snprintf(out, size, "dfs does not start: status %d", status);
		return;
	}
	found_read(&p->found, p->image);
	if (state_read(p->image, &now))
		snprintf(out, size, "no state");
	else
		verdict_of(&h->past, cut, &p->found, &now, out, size);
	status = daemon_end(&p->daemon, SIGKILL);
	if (status != 128 + SIGKILL && out[0] == '\0')
		snprintf(out, size, "dfs ended by itself: status %d", status);
	plan_count(&c->plan, VERSIONS, p->found.count);
}

/* Any moment; behind an answer, where most is promised; or during a start. */
static uint32_t choose_cut(const struct history *h, struct rng *r)
{
	uint64_t how = rng_below(r, 10);
	uint32_t cut = 0;

	if (how < 4 && h->sent_count > 0)
		return h->sent[rng_below(r, h->sent_count)];
	if (how < 6 && h->start_count > 0)
		cut = h->starts[rng_below(r, h->start_count)] + 1 +
		      (uint32_t)rng_below(r, START_LONG);
	if (cut == 0 || cut > h->records)
		cut = 1 + (uint32_t)rng_below(r, h->records);
	return cut;
}

static void trial(void *arg, uint64_t number)
{
	static const char *const orders[] = {"journal", "loose"};
	struct cutter *c = arg;
	struct place *p = &c->place;
	const struct history *h;
	unsigned which;
	enum disk_order order;
	char what[1024] = "";
	struct rng r;
	uint32_t cut;

	plan_rng(&c->plan, number, &r);
	which = (unsigned)rng_below(&r, c->log_count);
	h = &c->logs[which];
	order = rng_chance(&r, 500) ? DISK_JOURNAL : DISK_LOOSE;
	cut = choose_cut(h, &r);
	tree_clear(p->image);
	disk_image(h->disk, cut, order, &r, p->image, p->stores[which]);
	judge(c, h, p, cut, what, sizeof(what));
	plan_count(&c->plan, CUTS, 1);
	if (what[0] == '\0')
		return;
	plan_failed(&c->plan);
	fprintf(stderr,
		"%s: power cut before record %u of %u, %s:\n  %s\n"
		"repeat with: -s %llu -i %llu\n%s\n",
		h->path, (unsigned)cut, (unsigned)h->records, orders[order],
		what, (unsigned long long)c->plan.seed,
		(unsigned long long)number, daemon_log(&p->daemon));
}

/* ---- the log tells all */

/* The directory of the log, compared by what dfs-format(5) gives a meaning. */
static void compare(const struct cutter *c, struct history *h, const char *dir,
		    struct place *p)
{
	struct found_store there = {0};
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct state a, b;
	size_t i, k;

	if (fd < 0)
		run_die("%s", dir);
	tree_clear(p->image);
	disk_image(h->disk, h->records, DISK_ALL, &(struct rng){0}, p->image,
		   -1);
	found_read(&p->found, p->image);
	found_read(&there, fd);
	for (i = 0; i < there.count; i++) {
		const struct found_version *v = &there.list[i];

		for (k = 0; k < p->found.count; k++)
			if (memcmp(v, &p->found.list[k], sizeof(*v)) == 0)
				break;
		if (k == p->found.count)
			break;
	}
	if (i < there.count || there.count != p->found.count ||
	    state_read(fd, &a) || state_read(p->image, &b) ||
	    memcmp(a.store, b.store, sizeof(a.store)) != 0 ||
	    a.state != b.state || a.floor != b.floor) {
		fprintf(stderr, "%s: does not tell all that happened in %s\n",
			h->path, dir);
		plan_failed(&c->plan);
	}
	free(there.list);
	close(fd);
}

/* ---- many trials */

static void begin(void *arg, unsigned job)
{
	struct cutter *c = arg;

	open_place(c, &c->place, job);
}

int main(int argc, char **argv)
{
	static struct cutter c;
	int at = plan_options(&c.plan, argc, argv, 4,
			      "powercut [OPTIONS] -c DFS.CONF DFS WORK LOG "
			      "DIR...");
	size_t records = 0, facts = 0;

	c.dfs = argv[at++];
	c.work = argv[at++];
	close(tree_make(AT_FDCWD, c.work));
	open_place(&c, &c.place, PLAN_JOBS_MAX);
	for (; at + 1 < argc && c.log_count < LOGS_MAX; at += 2) {
		struct history *h = &c.logs[c.log_count++];

		load(h, argv[at], c.plan.spoilt);
		records += h->records;
		facts += h->past.said.fact_count + h->past.said.store_count;
		if (c.plan.only == UINT64_MAX)
			compare(&c, h, argv[at + 1], &c.place);
	}
	plan_run(&c.plan, begin, trial, NULL, &c);
	printf("cuts=%llu versions=%llu logs=%u records=%zu facts=%zu "
	       "failures=%u seed=%llu\n",
	       (unsigned long long)plan_total(&c.plan, CUTS),
	       (unsigned long long)plan_total(&c.plan, VERSIONS), c.log_count,
	       records, facts, c.plan.tally->failures,
	       (unsigned long long)c.plan.seed);
	return c.plan.tally->failures ? 1 : 0;
}
