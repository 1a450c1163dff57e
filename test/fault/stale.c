/*
 * Servers that come back with what they had, with an older image, or with
 * nothing.
 *
 *	stale [OPTIONS of plan.h] DFS DFC WORK
 *
 * A trial makes a history: a few puts, overwrites and rms of three names on
 * three or four servers, some of which are down at each step; the directories
 * are kept after every step.  Then, again and again, each server gets a fate:
 * it is here as the history left it, down, blank, or put back to how it was
 * after an earlier step, in place, which cannot be found out.  What get and
 * list say then must be the newest acknowledged version, one that was tried
 * later and whose outcome is unknown, or incomplete; never an older one, one
 * that failed, or a mixture.  In some of them all servers return and are
 * healed: then all must be as before.
 *
 * A server that was put back breaks its word.  Judged are the fates in which
 * fewer than r members do not know the newest version of a name, so that
 * every get meets one that does.  The others are counted ("beyond"), and of them
 * those where a get went by too many that were put back, though one that knows
 * better answers too ("old").
 *
 * -x judges as if the last acknowledged change of each name had not been
 * made, which must fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crew.h"
#include "found.h"
#include "plan.h"
#include "state.h"

#define NAMES 3
#define STEPS_MAX 8
#define SCENARIOS 12 /* of one history */
#define BYTES_MAX 9000

enum fate { HERE, DOWN, BLANK, BACK };
enum outcome { ACKNOWLEDGED, UNKNOWN, FAILED };
enum counter { HISTORIES, CHECKED, DELIVERED, INCOMPLETE, BEYOND, OLD, HEALED };

static const char *const names[NAMES] = {"a", "b", "c"};

struct step {
	unsigned name;
	bool removes;
	bool wide; /* all servers took part, and all said so */
	enum outcome outcome;
	unsigned up;
	struct tag tag; /* of the newest version after it */
};

struct stale {
	struct plan plan;
	const char *work;
	struct crew crew;
	int images[STEPS_MAX + 1][CREW_MAX]; /* [i]: before step i */
	int got;			     /* where dfc get writes */
	int source;
	char got_path[RUN_PATH_MAX];
	struct step steps[STEPS_MAX];
	unsigned step_count;
	struct rng rng;
	uint64_t number;
	unsigned scenario;
	enum fate fates[CREW_MAX];
	unsigned back_to[CREW_MAX];
	struct found_store images_found[CREW_MAX]; /* as the fate left them */
	bool members[CREW_MAX];
	bool failed;
};

static unsigned majority(unsigned n)
{
	return n / 2 + 1;
}

static unsigned readers(unsigned n)
{
	return (n + 1) / 2;
}

/* ---- contents: what a step stored can be told from its bytes */

static size_t content(const struct stale *t, unsigned step, char *out)
{
	struct rng r;
	size_t size, len = 0;

	rng_init(&r, t->number * 64 + step);
	size = (size_t)rng_below(&r, BYTES_MAX);
	if (rng_chance(&r, 100))
		size = 0;
	while (len < size)
		len += (size_t)snprintf(out + len, 64, "%u/%llu ", step,
					(unsigned long long)rng_next(&r));
	/* Two steps must differ, also where both are empty. */
	len = size + (size_t)snprintf(out + size, 64, "step %u\n", step);
	return len;
}

static void write_source(const struct stale *t, unsigned step)
{
	char bytes[BYTES_MAX + 256];
	size_t len = content(t, step, bytes);
	int fd = openat(t->source, "file", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		run_die("cannot write");
	close(fd);
}

/* ---- the history */

static void keep_images(struct stale *t, unsigned step)
{
	for (unsigned s = 0; s < t->crew.n; s++) {
		tree_clear(t->images[step][s]);
		tree_copy(t->crew.dirs[s], t->images[step][s]);
	}
}

/* The highest committed tag of a name in a directory. */
static struct tag newest_in(const struct found_store *f, const char *name)
{
	struct tag best = {0};

	for (size_t i = 0; i < f->count; i++) {
		const struct found_version *v = &f->list[i];

		if (strcmp(v->name, name) == 0 &&
		    record_is_committed(&v->record) &&
		    tag_compare(&v->record.v.tag, &best) > 0)
			best = v->record.v.tag;
	}
	return best;
}

static struct tag newest_of_all(struct stale *t, const char *name)
{
	struct tag best = {0};

	for (unsigned s = 0; s < t->crew.n; s++) {
		struct tag one;

		found_read(&t->images_found[s], t->crew.dirs[s]);
		one = newest_in(&t->images_found[s], name);
		if (tag_compare(&one, &best) > 0)
			best = one;
	}
	return best;
}

__attribute__((format(printf, 2, 3))) static void violated(struct stale *t,
							   const char *fmt,
							   ...);

/* Up to as many as may be missing are down, now and then one more. */
static unsigned choose_up(struct stale *t, unsigned step)
{
	unsigned all = (1u << t->crew.n) - 1, up = all;
	uint64_t down = rng_below(&t->rng, t->crew.n - majority(t->crew.n) + 1);

	if (step == 0)
		return all;
	down += rng_chance(&t->rng, 100);
	while (down-- > 0)
		up &= ~(1u << rng_below(&t->rng, t->crew.n));
	return up;
}

static void take_step(struct stale *t, unsigned index)
{
	struct step *p = &t->steps[index];
	char file[RUN_PATH_MAX + 16];
	int status;

	*p = (struct step){.name = (unsigned)rng_below(&t->rng, NAMES),
			   .removes = index > 0 && rng_chance(&t->rng, 300),
			   .up = choose_up(t, index)};
	if (!crew_only(&t->crew, p->up)) {
		violated(t, "a server does not start at step %u", index);
		return;
	}
	write_source(t, index);
	snprintf(file, sizeof(file), "%s/source/file", t->crew.path);
	if (p->removes)
		status = crew_ask(&t->crew, "rm", "-f", names[p->name], NULL);
	else
		status = crew_ask(&t->crew, "put", "-o", names[p->name], file,
				  NULL);
	p->outcome = status == 0 || status == 3 ? ACKNOWLEDGED
		     : status == 11		? UNKNOWN
						: FAILED;
	p->wide = status == 0 && p->up == (1u << t->crew.n) - 1;
	if (p->outcome == FAILED &&
	    (unsigned)__builtin_popcount(p->up) >= majority(t->crew.n))
		violated(t, "step %u fails with a majority up", index);
	p->tag = newest_of_all(t, names[p->name]);
}

static void make_history(struct stale *t)
{
	for (unsigned s = 0; s < CREW_MAX; s++)
		tree_clear(t->crew.dirs[s]);
	t->crew.n = 3 + (unsigned)rng_below(&t->rng, 2);
	t->step_count = 2 + (unsigned)rng_below(&t->rng, STEPS_MAX - 2);
	keep_images(t, 0);
	for (unsigned i = 0; i < t->step_count && !t->failed; i++) {
		take_step(t, i);
		/* The image of a server that runs is whole once it is idle;
		 * a stop makes sure of that. */
		if (!crew_stop(&t->crew, ~0u, SIGTERM))
			violated(t, "a server does not stop");
		keep_images(t, i + 1);
	}
	plan_count(&t->plan, HISTORIES, 1);
}

/* ---- what is right */

/* The last acknowledged step of a name, or -1. */
static int newest(const struct stale *t, unsigned name)
{
	int spare = t->plan.spoilt ? 1 : 0;

	for (int i = (int)t->step_count - 1; i >= 0; i--)
		if (t->steps[i].name == name &&
		    t->steps[i].outcome == ACKNOWLEDGED && spare-- == 0)
			return i;
	return -1;
}

/* May a get deliver (or, removed, miss) what this step made? */
static bool may_show(const struct stale *t, unsigned name, int step)
{
	int last = newest(t, name);

	return step == last ||
	       (step > last && step >= 0 && t->steps[step].name == name &&
		t->steps[step].outcome == UNKNOWN);
}

static bool may_be_absent(const struct stale *t, unsigned name)
{
	int last = newest(t, name);

	if (last < 0 || t->steps[last].removes)
		return true;
	for (int i = last + 1; i < (int)t->step_count; i++)
		if (may_show(t, name, i) && t->steps[i].removes)
			return true;
	return false;
}

static bool may_be_present(const struct stale *t, unsigned name)
{
	for (int i = 0; i < (int)t->step_count; i++)
		if (may_show(t, name, i) && !t->steps[i].removes)
			return true;
	return false;
}

/* Which step's bytes are these?  -1: none's. */
static int step_of(const struct stale *t, unsigned name, const char *bytes,
		   size_t len)
{
	char want[BYTES_MAX + 256];

	for (unsigned i = 0; i < t->step_count; i++)
		if (t->steps[i].name == name && !t->steps[i].removes &&
		    content(t, i, want) == len && memcmp(want, bytes, len) == 0)
			return (int)i;
	return -1;
}

/* ---- fates */

static unsigned up_of(const struct stale *t)
{
	unsigned up = 0;

	for (unsigned s = 0; s < t->crew.n; s++)
		if (t->fates[s] != DOWN)
			up |= 1u << s;
	return up;
}

static void choose_fates(struct stale *t)
{
	bool back = rng_chance(&t->rng, 350);

	for (unsigned s = 0; s < t->crew.n; s++) {
		uint64_t one = rng_below(&t->rng, 10);

		t->fates[s] = one < 5 ? HERE : one < 7 ? DOWN : BLANK;
		if (back)
			t->fates[s] = one < 5 ? HERE : one < 6 ? DOWN : BACK;
		t->back_to[s] = (unsigned)rng_below(&t->rng, t->step_count);
	}
	/* The first of a history: nothing but what was away. */
	for (unsigned s = 0; s < t->crew.n && t->scenario == 0; s++)
		t->fates[s] = HERE;
}

static void bring_about(struct stale *t)
{
	struct state state;

	(void)crew_stop(&t->crew, ~0u, SIGKILL);
	for (unsigned s = 0; s < t->crew.n; s++) {
		unsigned image =
			t->fates[s] == BACK ? t->back_to[s] : t->step_count;

		tree_clear(t->crew.dirs[s]);
		if (t->fates[s] != BLANK)
			tree_copy(t->images[image][s], t->crew.dirs[s]);
		found_read(&t->images_found[s], t->crew.dirs[s]);
		t->members[s] = state_read(t->crew.dirs[s], &state) == ERR_OK &&
				state.state == STORE_MEMBER;
	}
	if (!crew_start(&t->crew, up_of(t)))
		violated(t, "a server does not start");
}

static bool knows(const struct stale *t, unsigned server, unsigned name)
{
	int last = newest(t, name);
	struct tag tag = newest_in(&t->images_found[server], names[name]);

	return last < 0 || tag_compare(&tag, &t->steps[last].tag) >= 0;
}

/* Members among `of` that do not know the newest version. */
static unsigned ignorant(const struct stale *t, unsigned of, unsigned name)
{
	unsigned count = 0;

	for (unsigned s = 0; s < t->crew.n; s++)
		count += (of & 1u << s) && t->members[s] && !knows(t, s, name);
	return count;
}

/* Does one that answers and counts know it? */
static bool has_holder(const struct stale *t, unsigned of, unsigned name)
{
	for (unsigned s = 0; s < t->crew.n; s++)
		if ((of & 1u << s) && t->members[s] && knows(t, s, name))
			return true;
	return false;
}

static unsigned members_of(const struct stale *t, unsigned of)
{
	unsigned count = 0;

	for (unsigned s = 0; s < t->crew.n; s++)
		count += (of & 1u << s) && t->members[s];
	return count;
}

static unsigned with_fate(const struct stale *t, enum fate fate)
{
	unsigned count = 0;

	for (unsigned s = 0; s < t->crew.n; s++)
		count += t->fates[s] == fate;
	return count;
}

/* Blank servers alone, as many as begin a cluster: nobody can tell. */
static bool looks_new(const struct stale *t, unsigned up)
{
	for (unsigned s = 0; s < t->crew.n; s++)
		if ((up & 1u << s) && t->fates[s] != BLANK &&
		    t->images_found[s].count > 0)
			return false;
	return true;
}

/* ---- judging */

static void describe(const struct stale *t)
{
	static const char *const words[] = {"here", "down", "blank", "back"};

	for (unsigned i = 0; i < t->step_count; i++)
		fprintf(stderr, "  step %u: %s %s up=%x: %s\n", i,
			t->steps[i].removes ? "rm" : "put",
			names[t->steps[i].name], t->steps[i].up,
			t->steps[i].outcome == ACKNOWLEDGED ? "acknowledged"
			: t->steps[i].outcome == UNKNOWN    ? "unknown"
							    : "failed");
	for (unsigned s = 0; s < t->crew.n; s++)
		fprintf(stderr, "  dfs%u: %s %u\n", s + 1, words[t->fates[s]],
			t->fates[s] == BACK ? t->back_to[s] : t->step_count);
}

static void violated(struct stale *t, const char *fmt, ...)
{
	va_list args;

	if (t->failed)
		return;
	t->failed = true;
	plan_failed(&t->plan);
	fprintf(stderr,
		"history %llu, scenario %u: ", (unsigned long long)t->number,
		t->scenario);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\nrepeat with: -s %llu -i %llu\n",
		(unsigned long long)t->plan.seed,
		(unsigned long long)t->number);
	describe(t);
	crew_show(&t->crew);
}

/* True when the server's marks cannot mislead any get. */
static bool is_judged(const struct stale *t, unsigned up, unsigned name)
{
	return ignorant(t, up, name) < readers(t->crew.n);
}

static ssize_t fetch(const struct stale *t, unsigned name, char *bytes,
		     size_t size)
{
	int fd = openat(t->got, names[name], O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, bytes, size);
	close(fd);
	return n;
}

/* One name of a get that has ended; must: it has to be delivered. */
static void judge_name(struct stale *t, unsigned up, unsigned name, bool must)
{
	char bytes[BYTES_MAX + 512], line[128];
	ssize_t len = fetch(t, name, bytes, sizeof(bytes));
	bool judged = is_judged(t, up, name);
	bool absent, incomplete;
	int step;

	snprintf(line, sizeof(line), "dfc: %s: no such file", names[name]);
	absent = run_has_line(t->crew.last.err, line);
	snprintf(line, sizeof(line), "%s is incomplete", names[name]);
	incomplete = run_has_line(t->crew.last.err, line);
	plan_count(&t->plan, judged ? CHECKED : BEYOND, 1);
	if (len >= 0) {
		step = step_of(t, name, bytes, (size_t)len);
		plan_count(&t->plan, DELIVERED, 1);
		if (step < 0)
			violated(t, "%s: bytes that were never put",
				 names[name]);
		else if (!may_show(t, name, step) && judged)
			violated(t, "%s: got step %d, not the newest, %d",
				 names[name], step, newest(t, name));
		else if (!may_show(t, name, step) && has_holder(t, up, name))
			plan_count(&t->plan, OLD, 1);
	} else if (absent) {
		if (judged && !may_be_absent(t, name) && !looks_new(t, up))
			violated(t, "%s: no such file, but step %d put it",
				 names[name], newest(t, name));
	} else if (!incomplete) {
		violated(t, "%s: neither delivered nor incomplete",
			 names[name]);
	} else {
		plan_count(&t->plan, INCOMPLETE, 1);
		if (must)
			violated(t, "%s: incomplete, though nothing is lost",
				 names[name]);
	}
}

/* Every name of a listing, and what must not be missing. */
static void judge_list(struct stale *t, unsigned up)
{
	bool proven = members_of(t, up) >= readers(t->crew.n);
	int status = crew_ask(&t->crew, "list", NULL);
	char line[128];

	for (unsigned i = 0; i < NAMES; i++) {
		bool plain = run_has_line(t->crew.last.out, names[i]);
		bool marked;

		snprintf(line, sizeof(line), "%s [incomplete]", names[i]);
		marked = run_has_line(t->crew.last.out, line);
		if (!is_judged(t, up, i) || looks_new(t, up))
			continue;
		if (plain && !proven)
			violated(t, "%s is listed as if that were proven",
				 names[i]);
		else if (plain && !may_be_present(t, i))
			violated(t, "%s is listed, but deleted", names[i]);
		else if (marked && proven && !may_be_present(t, i))
			violated(t, "%s is listed [incomplete], but deleted",
				 names[i]);
		else if (!plain && !marked && proven && !may_be_absent(t, i))
			violated(t, "%s is missing in the listing", names[i]);
	}
	if (!proven && status == 0 && !looks_new(t, up))
		violated(t, "a listing that proves nothing ends with 0");
}

/* P1: one server of all that took part may be gone. */
static bool must_deliver(const struct stale *t, unsigned name)
{
	int last = newest(t, name);
	unsigned gone = t->crew.n - with_fate(t, HERE);

	if (last < 0 || may_be_absent(t, name))
		return false;
	return gone == 0 || (gone == 1 && t->steps[last].wide);
}

static void get_all(struct stale *t, unsigned up, bool must)
{
	tree_clear(t->got);
	(void)crew_ask(&t->crew, "get", "-t", t->got_path, names[0], names[1],
		       names[2], NULL);
	for (unsigned i = 0; i < NAMES && !t->failed; i++)
		judge_name(t, up, i,
			   must || (must_deliver(t, i) && !t->plan.spoilt));
}

/* ---- healing */

/* Is every chunk of the newest version of the name on some server that still
 * has its word, and on how many at least? */
static unsigned least_copies(const struct stale *t, unsigned name, bool healed)
{
	unsigned copies[64] = {0}, y = 0, least = UINT32_MAX;
	struct tag tag = {0};

	for (unsigned s = 0; s < t->crew.n; s++) {
		struct tag one = newest_in(&t->images_found[s], names[name]);

		if (tag_compare(&one, &tag) > 0)
			tag = one;
	}
	for (unsigned s = 0; s < t->crew.n; s++) {
		const struct found_store *f = &t->images_found[s];

		for (size_t i = 0; i < f->count; i++) {
			const struct record *r = &f->list[i].record;

			if (strcmp(f->list[i].name, names[name]) != 0 ||
			    tag_compare(&r->v.tag, &tag) != 0)
				continue;
			if (r->v.y == 0)
				return UINT32_MAX;
			if (r->v.y > 0)
				y = r->v.y;
			if (f->list[i].good != 2 ||
			    (healed && r->state != RECORD_COMMITTED))
				continue;
			for (unsigned k = 0; k < 64; k++)
				copies[k] += f->list[i].chunks >> k & 1;
		}
	}
	for (unsigned k = 0; k < y; k++)
		least = copies[k] < least ? copies[k] : least;
	return least;
}

/* All servers are here again, some with nothing: heal, and all is well. */
static void heal(struct stale *t)
{
	unsigned all = (1u << t->crew.n) - 1;
	int status;

	for (unsigned i = 0; i < NAMES; i++)
		if (!is_judged(t, all, i) || least_copies(t, i, false) == 0)
			return;
	if (members_of(t, all) < majority(t->crew.n))
		return;
	plan_count(&t->plan, HEALED, 1);
	if (!crew_start(&t->crew, all)) {
		violated(t, "a server does not start");
		return;
	}
	status = crew_ask(&t->crew, "heal", NULL);
	if (status != 0) {
		violated(t, "heal ends with %d", status);
		return;
	}
	get_all(t, all, false);
	for (unsigned s = 0; s < t->crew.n; s++)
		found_read(&t->images_found[s], t->crew.dirs[s]);
	for (unsigned i = 0; i < NAMES && !t->failed; i++)
		if (least_copies(t, i, true) < 2)
			violated(t, "%s: a chunk has one copy after heal",
				 names[i]);
	status = crew_ask(&t->crew, "heal", NULL);
	if (status != 0)
		violated(t, "a second heal ends with %d", status);
}

/* ---- trials */

static void trial(void *arg, uint64_t number)
{
	struct stale *t = arg;

	t->number = number;
	t->scenario = 0;
	t->failed = false;
	memset(t->fates, 0, sizeof(t->fates));
	plan_rng(&t->plan, number, &t->rng);
	make_history(t);
	for (; t->scenario < SCENARIOS && !t->failed; t->scenario++) {
		bool heals = rng_chance(&t->rng, 250);

		choose_fates(t);
		bring_about(t);
		if (!t->failed)
			get_all(t, up_of(t), false);
		if (!t->failed)
			judge_list(t, up_of(t));
		if (!t->failed && heals && !t->plan.spoilt)
			heal(t);
	}
	(void)crew_stop(&t->crew, ~0u, SIGKILL);
}

static void begin(void *arg, unsigned job)
{
	struct stale *t = arg;
	char path[RUN_PATH_MAX - 128], name[32];

	snprintf(path, sizeof(path), "%s/%u", t->work, job);
	crew_open(&t->crew, path);
	t->got = tree_make(t->crew.top, "got");
	t->source = tree_make(t->crew.top, "source");
	snprintf(t->got_path, sizeof(t->got_path), "%s/got", path);
	for (unsigned i = 0; i <= STEPS_MAX; i++) {
		for (unsigned s = 0; s < CREW_MAX; s++) {
			snprintf(name, sizeof(name), "image.%u.%u", i, s + 1);
			t->images[i][s] = tree_make(t->crew.top, name);
		}
	}
}

int main(int argc, char **argv)
{
	static struct stale t;
	int at = plan_options(&t.plan, argc, argv, 3,
			      "stale [OPTIONS] -c DFS.CONF DFS DFC WORK");
	static const char *const words[] = {
		"histories", "checked", "delivered", "incomplete",
		"beyond",    "old",	"healed"};

	t.crew.dfs = argv[at];
	t.crew.dfc = argv[at + 1];
	t.crew.conf = t.plan.conf;
	t.work = argv[at + 2];
	close(tree_make(AT_FDCWD, t.work));
	plan_run(&t.plan, begin, trial, NULL, &t);
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		printf("%s=%llu ", words[i],
		       (unsigned long long)plan_total(&t.plan, i));
	printf("failures=%u seed=%llu\n", t.plan.tally->failures,
	       (unsigned long long)t.plan.seed);
	return t.plan.tally->failures ? 1 : 0;
}
