/*
 * Chunk files whose bytes are not what they were.
 *
 *	rot [OPTIONS of plan.h] DFS DFC WORK
 *
 * Each process has four servers with a few files of all sizes.  A trial
 * damages some copies of some chunks: a flipped bit, a block of zeros, a file
 * cut short, lengthened, emptied or gone, two chunk files swapped, the bytes
 * of another file; one copy of a chunk or both, with all servers up or with
 * one down, under running servers or before they start.  Then
 *
 *   - get delivers the right bytes while a good copy of each chunk answers;
 *     otherwise it says "NAME is incomplete", and no file is there;
 *   - of every file that can be rebuilt heal finds each bad copy, which the
 *     server tells in its log, and the file lies on all servers byte by byte
 *     as before;
 *   - a second heal finds nothing.
 *
 * -x lets each damaged copy count as a good one, which must fail.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crew.h"
#include "plan.h"
#include "record.h"

#define SERVERS 4
#define FILES 20
#define COPIES_MAX (FILES * SERVERS * 2)
#define BLOCK 4096
#define ALL ((1u << SERVERS) - 1)

enum counter { TRIALS, DAMAGED, RIGHT, INCOMPLETE, HEALS };

struct bytes {
	uint8_t *at;
	size_t len;
};

/* One copy of one chunk. */
struct copy {
	unsigned server;
	unsigned file;
	unsigned chunk;
	char path[512]; /* below the server's directory */
	struct bytes good;
	const char *damage; /* NULL: it is good */
};

struct rot {
	struct plan plan;
	const char *work;
	struct crew crew;
	struct bytes files[FILES];
	char names[FILES][8];
	struct copy copies[COPIES_MAX];
	unsigned copy_count;
	int got;
	int source;
	char got_path[RUN_PATH_MAX];
	struct rng rng;
	uint64_t number;
	bool failed;
};

static void describe(const struct rot *t)
{
	for (unsigned i = 0; i < t->copy_count; i++)
		if (t->copies[i].damage)
			fprintf(stderr, "  dfs%u/%s: %s\n",
				t->copies[i].server + 1, t->copies[i].path,
				t->copies[i].damage);
}

__attribute__((format(printf, 2, 3))) static void violated(struct rot *t,
							   const char *fmt, ...)
{
	va_list args;

	if (t->failed)
		return;
	t->failed = true;
	plan_failed(&t->plan);
	fprintf(stderr, "trial %llu: ", (unsigned long long)t->number);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\nrepeat with: -s %llu -i %llu\n",
		(unsigned long long)t->plan.seed,
		(unsigned long long)t->number);
	describe(t);
	crew_show(&t->crew);
}

/* ---- files */

static struct bytes read_bytes(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	struct bytes b = {0};
	struct stat st;

	if (fd < 0)
		return b;
	if (fstat(fd, &st) != 0)
		run_die("%s", path);
	b.len = (size_t)st.st_size;
	b.at = malloc(b.len + 1);
	if (!b.at || read(fd, b.at, b.len) != (ssize_t)b.len)
		run_die("%s", path);
	close(fd);
	return b;
}

static void write_bytes(int dir, const char *path, const uint8_t *at,
			size_t len)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	if (fd < 0 || write(fd, at, len) != (ssize_t)len)
		run_die("%s", path);
	close(fd);
}

static bool equal(struct bytes a, struct bytes b)
{
	return a.at && b.at && a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static void fill(struct rng *r, struct bytes *b)
{
	for (size_t i = 0; i < b->len; i++)
		b->at[i] = (uint8_t)rng_next(r);
}

static void make_files(struct rot *t, unsigned job)
{
	static const size_t sizes[] = {1,     3,     4,	     100,   4096,
				       16384, 16387, 70000,  9,	    0,
				       5,     8192,  200000, 33000, 17,
				       2,     65536, 40000,  12000, 1000000};
	struct rng r;

	rng_init(&r, t->plan.seed + job);
	for (unsigned i = 0; i < FILES; i++) {
		struct bytes *b = &t->files[i];

		snprintf(t->names[i], sizeof(t->names[i]), "f%u", i);
		b->len = sizes[i];
		b->at = malloc(b->len + 1);
		if (!b->at)
			run_die("no memory");
		fill(&r, b);
		write_bytes(t->source, t->names[i], b->at, b->len);
	}
}

static void put_files(struct rot *t, unsigned from, unsigned to,
		      const char *extra)
{
	char paths[FILES][RUN_PATH_MAX + 16];
	const char *args[FILES + 1] = {"put"};
	unsigned count = 1;

	t->crew.extra = extra;
	for (unsigned i = from; i < to; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/source/%s",
			 t->crew.path, t->names[i]);
		args[count++] = paths[i];
	}
	if (!crew_only(&t->crew, 0) || !crew_start(&t->crew, ALL))
		violated(t, "a server does not start");
	/* 5: temporary; a machine with much to do may be late. */
	for (unsigned i = 0; i < 5; i++)
		if (t->failed || crew_ask_list(&t->crew, args, count) != 5)
			break;
	if (!t->failed && t->crew.last.status != 0)
		violated(t, "put fails");
}

static void add_copy(struct rot *t, unsigned server, unsigned file,
		     const char *version, const char *entry)
{
	struct copy *c = &t->copies[t->copy_count];
	char path[sizeof(c->path)];
	struct digest digest;
	uint64_t length;
	uint8_t alg;

	if (t->copy_count == COPIES_MAX ||
	    record_from_chunk_name(entry, &c->chunk, &length, &alg, &digest))
		run_die("a file too many: %s", entry);
	c->server = server;
	c->file = file;
	snprintf(path, sizeof(path), "%s/%s/%s", t->names[file], version,
		 entry);
	memcpy(c->path, path, sizeof(path));
	c->good = read_bytes(t->crew.dirs[server], c->path);
	t->copy_count++;
}

/* Each entry of a directory but those that begin with a dot. */
static void each_entry(struct rot *t, unsigned server, unsigned file,
		       const char *version)
{
	char path[512];
	const struct dirent *e;
	DIR *d;
	int fd;

	snprintf(path, sizeof(path), "%s%s%s", t->names[file],
		 version ? "/" : "", version ? version : "");
	fd = openat(t->crew.dirs[server], path, O_RDONLY | O_DIRECTORY);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		run_die("%s", path);
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (version)
			add_copy(t, server, file, version, e->d_name);
		else
			each_entry(t, server, file, e->d_name);
	}
	closedir(d);
}

static int by_place(const void *a, const void *b)
{
	const struct copy *x = a, *y = b;
	const unsigned left =
		(x->server * FILES + x->file) * SERVERS + x->chunk;
	const unsigned right =
		(y->server * FILES + y->file) * SERVERS + y->chunk;

	return left < right ? -1 : left > right;
}

static void find_copies(struct rot *t)
{
	for (unsigned s = 0; s < SERVERS; s++)
		for (unsigned i = 0; i < FILES; i++)
			each_entry(t, s, i, NULL);
	/* The same order in every run, whatever a directory has. */
	qsort(t->copies, t->copy_count, sizeof(t->copies[0]), by_place);
}

/* ---- damage */

static struct bytes copy_of(struct bytes b, size_t more)
{
	struct bytes c = {malloc(b.len + more + 1), b.len};

	if (!c.at)
		run_die("no memory");
	memcpy(c.at, b.at, b.len);
	return c;
}

static const char *flip(struct rot *t, struct bytes *b)
{
	if (b->len > 0)
		b->at[rng_below(&t->rng, b->len)] ^=
			(uint8_t)(1u << rng_below(&t->rng, 8));
	return "a bit flipped";
}

static const char *blot(struct rot *t, struct bytes *b)
{
	size_t at = (size_t)rng_below(&t->rng, b->len / BLOCK + 1) * BLOCK;

	for (size_t i = at; i < at + BLOCK && i < b->len; i++)
		b->at[i] = 0;
	return "a block of zeros";
}

static const char *cut(struct rot *t, struct bytes *b)
{
	b->len = (size_t)rng_below(&t->rng, b->len);
	return "cut short";
}

static const char *lengthen(struct rot *t, struct bytes *b)
{
	size_t more = 1 + (size_t)rng_below(&t->rng, 5000);

	memset(b->at + b->len, (int)rng_below(&t->rng, 256), more);
	b->len += more;
	return "longer";
}

static const char *empty(struct rot *t, struct bytes *b)
{
	(void)t;
	b->len = 0;
	return "emptied";
}

static const char *last_bytes(struct rot *t, struct bytes *b)
{
	(void)t;
	if (b->len > 0)
		b->at[b->len - 1] = (uint8_t)~b->at[b->len - 1];
	return "the last byte inverted";
}

static const struct {
	const char *(*apply)(struct rot *t, struct bytes *b);
} kinds[] = {{flip}, {flip}, {blot}, {cut}, {lengthen}, {empty}, {last_bytes}};

static void put_bytes(struct rot *t, struct copy *c, const struct bytes *b,
		      const char *what)
{
	if (equal(*b, c->good))
		return;
	write_bytes(t->crew.dirs[c->server], c->path, b->at, b->len);
	c->damage = what;
	plan_count(&t->plan, DAMAGED, 1);
}

static struct copy *other_on_server(struct rot *t, const struct copy *c)
{
	for (unsigned i = 0; i < t->copy_count; i++) {
		struct copy *o = &t->copies[i];

		if (o != c && o->server == c->server && o->file == c->file)
			return o;
	}
	return NULL;
}

static void damage(struct rot *t, struct copy *c)
{
	uint64_t how = rng_below(&t->rng, 10);
	struct copy *other = other_on_server(t, c);
	struct bytes b;

	if (c->damage)
		return;
	if (how == 0) {
		if (unlinkat(t->crew.dirs[c->server], c->path, 0) != 0)
			run_die("%s", c->path);
		c->damage = "gone";
		plan_count(&t->plan, DAMAGED, 1);
	} else if (how == 1 && other && !other->damage) {
		put_bytes(t, c, &other->good, "swapped");
		put_bytes(t, other, &c->good, "swapped");
	} else if (how == 2) {
		put_bytes(t, c,
			  &t->copies[rng_below(&t->rng, t->copy_count)].good,
			  "the bytes of another chunk");
	} else {
		size_t kind = (size_t)rng_below(&t->rng,
						sizeof(kinds) / sizeof(*kinds));

		const char *what;

		b = copy_of(c->good, 8192);
		what = kinds[kind].apply(t, &b);
		put_bytes(t, c, &b, what);
		free(b.at);
	}
}

static struct copy *twin_of(struct rot *t, const struct copy *c)
{
	for (unsigned i = 0; i < t->copy_count; i++) {
		struct copy *o = &t->copies[i];

		if (o->server != c->server && o->file == c->file &&
		    o->chunk == c->chunk)
			return o;
	}
	return NULL;
}

static void damage_some(struct rot *t)
{
	for (unsigned i = 0; i < FILES; i++) {
		uint64_t how = rng_below(&t->rng, 8);
		struct copy *c;

		if (how == 0)
			continue;
		/* Eight copies a file, in the order they were found. */
		do
			c = &t->copies[rng_below(&t->rng, t->copy_count)];
		while (c->file != i);
		damage(t, c);
		if (how == 1)
			damage(t, twin_of(t, c));
		if (how == 2)
			damage(t,
			       &t->copies[rng_below(&t->rng, t->copy_count)]);
	}
}

static void mend(struct rot *t)
{
	for (unsigned i = 0; i < t->copy_count; i++) {
		struct copy *c = &t->copies[i];

		if (!c->damage)
			continue;
		write_bytes(t->crew.dirs[c->server], c->path, c->good.at,
			    c->good.len);
		c->damage = NULL;
	}
}

/* ---- judging */

/* Right bytes can come from such a file: there are none, or more follow. */
static bool is_harmless(const struct copy *c)
{
	return c->good.len == 0 || strcmp(c->damage, "longer") == 0;
}

/* Does every chunk of the file have a good copy on a server of the set?
 * harmless: copies with harmless damage are good enough. */
static bool has_all(const struct rot *t, unsigned file, unsigned up,
		    bool harmless)
{
	bool good[SERVERS] = {false};

	for (unsigned i = 0; i < t->copy_count; i++) {
		const struct copy *c = &t->copies[i];

		if (c->file == file && (up & 1u << c->server) &&
		    (!c->damage || t->plan.spoilt ||
		     (harmless && is_harmless(c))))
			good[c->chunk] = true;
	}
	for (unsigned k = 0; k < SERVERS; k++)
		if (!good[k])
			return false;
	return true;
}

static bool is_whole(const struct rot *t, unsigned file, unsigned up)
{
	return has_all(t, file, up, false);
}

static bool says_incomplete(const struct rot *t, const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "%s is incomplete", name);
	return run_has_line(t->crew.last.err, line);
}

static void judge_get(struct rot *t, unsigned up)
{
	const char *args[FILES + 3] = {"get", "-t", t->got_path};
	unsigned lost = 0;
	int status;

	tree_clear(t->got);
	for (unsigned i = 0; i < FILES; i++)
		args[3 + i] = t->names[i];
	status = crew_ask_list(&t->crew, args, FILES + 3);
	for (unsigned i = 0; i < FILES && !t->failed; i++) {
		struct bytes b = read_bytes(t->got, t->names[i]);
		bool whole = is_whole(t, i, up);

		lost += !b.at;
		if (whole && !equal(b, t->files[i]))
			violated(t, "%s: %s", t->names[i],
				 b.at ? "wrong bytes" : "not delivered");
		else if (b.at && !equal(b, t->files[i]))
			violated(t, "%s: wrong bytes, and it cannot be whole",
				 t->names[i]);
		else if (b.at && !has_all(t, i, up, true))
			violated(t, "%s: delivered, by magic", t->names[i]);
		else if (!b.at && !whole && !says_incomplete(t, t->names[i]))
			violated(t, "%s: not said to be incomplete",
				 t->names[i]);
		plan_count(&t->plan, whole ? RIGHT : INCOMPLETE, 1);
		free(b.at);
	}
	if (lost == 0 && status != 0)
		violated(t, "all is delivered, and the status %d", status);
	if (lost > 0 && lost < FILES && status != 6)
		violated(t, "some files were not delivered: status %d", status);
	/* Nothing but whole files: no temporary ones either. */
	for (unsigned i = 0; i < FILES; i++)
		(void)unlinkat(t->got, t->names[i], 0);
	if (unlinkat(t->crew.top, "got", AT_REMOVEDIR) != 0)
		violated(t, "something is left beside the files");
	close(t->got);
	t->got = tree_make(t->crew.top, "got");
}

/* A name that cannot be rebuilt: alone, its status is 7. */
static void judge_status(struct rot *t)
{
	unsigned i = (unsigned)rng_below(&t->rng, FILES);

	if (has_all(t, i, ALL, true))
		return;
	if (crew_ask(&t->crew, "get", "-t", t->got_path, t->names[i], NULL) !=
	    7)
		violated(t, "%s: both copies are bad: status %d, not 7",
			 t->names[i], t->crew.last.status);
}

/* The line in which a server tells of a bad chunk names the file. */
static bool is_logged(struct rot *t, const struct copy *c)
{
	const char *at = daemon_log(&t->crew.daemons[c->server]);
	char name[32];

	snprintf(name, sizeof(name), "name=\"%s\"", t->names[c->file]);
	for (; at && *at; at = strchr(at, '\n'), at += at != NULL) {
		size_t len = strcspn(at, "\n");

		if (memmem(at, len, name, strlen(name)) &&
		    (memmem(at, len, " error ", 7) ||
		     memmem(at, len, " warn ", 6)))
			return true;
	}
	return false;
}

static void judge_heal(struct rot *t)
{
	bool lost = false, doubtful = false;
	int status = crew_ask(&t->crew, "heal", NULL);

	plan_count(&t->plan, HEALS, 1);
	for (unsigned i = 0; i < FILES; i++) {
		lost |= !has_all(t, i, ALL, true);
		doubtful |= !is_whole(t, i, ALL);
	}
	if (status != 0 && !doubtful)
		violated(t, "heal ends with %d", status);
	if (status == 0 && lost)
		violated(t, "heal ends with 0, and a file is lost");
	for (unsigned i = 0; i < t->copy_count && !t->failed; i++) {
		struct copy *c = &t->copies[i];
		struct bytes b = read_bytes(t->crew.dirs[c->server], c->path);

		if (is_whole(t, c->file, ALL) && !equal(b, c->good))
			violated(t, "dfs%u/%s: not healed", c->server + 1,
				 c->path);
		else if (!c->damage && !equal(b, c->good))
			violated(t, "dfs%u/%s: was good before heal",
				 c->server + 1, c->path);
		else if (c->damage && is_whole(t, c->file, ALL) &&
			 !is_logged(t, c))
			violated(t, "dfs%u/%s: no line in the log",
				 c->server + 1, c->path);
		free(b.at);
	}
	if (!doubtful && !t->failed && crew_ask(&t->crew, "heal", NULL) != 0)
		violated(t, "a second heal ends with %d", t->crew.last.status);
}

static void trial(void *arg, uint64_t number)
{
	struct rot *t = arg;
	unsigned up = ALL;
	bool running;

	t->number = number;
	plan_rng(&t->plan, number, &t->rng);
	if (rng_chance(&t->rng, 300))
		up &= ~(1u << rng_below(&t->rng, SERVERS));
	running = rng_chance(&t->rng, 700);
	(void)crew_stop(&t->crew, ALL, SIGKILL);
	if (running && !crew_start(&t->crew, up))
		violated(t, "a server does not start");
	damage_some(t);
	if (!crew_start(&t->crew, up))
		violated(t, "a server does not start");
	if (!t->failed)
		judge_get(t, up);
	if (!t->failed && up == ALL)
		judge_status(t);
	if (!t->failed && rng_chance(&t->rng, 500) && !t->plan.spoilt) {
		if (!crew_start(&t->crew, ALL))
			violated(t, "a server does not start");
		judge_heal(t);
	}
	mend(t);
	t->failed = false;
	plan_count(&t->plan, TRIALS, 1);
}

static void begin(void *arg, unsigned job)
{
	struct rot *t = arg;
	char path[RUN_PATH_MAX - 128];

	snprintf(path, sizeof(path), "%s/%u", t->work, job);
	crew_open(&t->crew, path);
	for (unsigned s = 0; s < CREW_MAX; s++)
		tree_clear(t->crew.dirs[s]);
	t->got = tree_make(t->crew.top, "got");
	t->source = tree_make(t->crew.top, "source");
	snprintf(t->got_path, sizeof(t->got_path), "%s/got", path);
	make_files(t, job);
	put_files(t, 0, FILES * 3 / 4, "");
	put_files(t, FILES * 3 / 4, FILES, "[client]\ndigest = sha256\n");
	if (t->failed)
		exit(1);
	t->crew.extra = "";
	find_copies(t);
}

static void end(void *arg)
{
	struct rot *t = arg;

	(void)crew_stop(&t->crew, ALL, SIGKILL);
}

int main(int argc, char **argv)
{
	static struct rot t;
	int at = plan_options(&t.plan, argc, argv, 3,
			      "rot [OPTIONS] -c DFS.CONF DFS DFC WORK");
	static const char *const words[] = {"trials", "damaged", "right",
					    "incomplete", "heals"};

	t.crew.n = SERVERS;
	t.crew.dfs = argv[at];
	t.crew.dfc = argv[at + 1];
	t.crew.conf = t.plan.conf;
	t.work = argv[at + 2];
	close(tree_make(AT_FDCWD, t.work));
	plan_run(&t.plan, begin, trial, end, &t);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		printf("%s=%llu ", words[i],
		       (unsigned long long)plan_total(&t.plan, i));
	printf("failures=%u seed=%llu\n", t.plan.tally->failures,
	       (unsigned long long)t.plan.seed);
	return t.plan.tally->failures ? 1 : 0;
}
