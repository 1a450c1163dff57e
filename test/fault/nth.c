/*
 * One row of the fault tests: see usage() and row.h.  Says in one line what
 * was tried, and before that what went wrong; 1 when anything did.
 *
 * DFS, DFC and INJECT name the programs and the library; FAULT_PRELOAD is put
 * before the library (a sanitizer's);
 * FAULT_BELOW makes the servers store in DIR/N/$FAULT_BELOW.
 */
#include "row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIES_MOST 20000
#define IDLE_MOST 8 /* before the first fault: readers choose whom they ask */

static int usage(void)
{
	fputs("usage: nth [-b BYTES] [-e EVERY] [-s SEED] DIR ROW\n"
	      "ROW is one of\n"
	      "  client OPERATION KIND     a client has the fault\n"
	      "  server N OPERATION KIND   server N has it\n"
	      "  start fresh|used KIND     a server has it while it starts\n"
	      "  full N|all pages|inodes OPERATION LEVELS\n"
	      "  random SECONDS            one of them is killed\n"
	      "OPERATION: begin put overwrite stdin rm get cat list heal\n"
	      "KIND: EIO ENOSPC EINTR EMFILE ENOMEM ECONNRESET short kill\n"
	      "-b: size of the files; -e: only every so-manieth call\n",
	      stderr);
	return 2;
}

static unsigned long long number(const char *text)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || end == text || *end)
		die("%s: not a number", text);
	return n;
}

static unsigned long long random_below(struct row *r, unsigned long long most)
{
	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	return r->seed % most;
}

/* Every call, or one of `every`, until the fault comes no more; at least one. */
static void walk(struct row *r, unsigned every,
		 bool (*one)(struct row *r, unsigned long long nth))
{
	unsigned long long nth = 1 + r->seed % every;
	unsigned idle = 0;

	while (r->tries < TRIES_MOST) {
		if (one(r, nth))
			nth += every;
		else if (r->points > 0 || (nth == 1 && ++idle == IDLE_MOST))
			break;
		else
			nth = (nth + 1) / 2;
	}
	if (r->points == 0)
		row_bad(r, NULL, "the fault never came");
	if (r->tries == TRIES_MOST)
		row_bad(r, NULL, "there is no end to it");
}

/* Any operation, anybody killed at any moment. */
static void roam(struct row *r, unsigned long long seconds)
{
	static const char *const ops[] = {"put", "overwrite", "overwrite",
					  "rm",	 "get",	      "stdin"};
	unsigned long long end = now_ms() + seconds * 1000;

	r->mixed = true;
	while (now_ms() < end) {
		r->op = operation_find(
			ops[random_below(r, sizeof(ops) / sizeof(ops[0]))]);
		r->victim = (int)random_below(r, SERVERS + 2) - 2;
		if (r->victim < NOBODY)
			r->victim = NOBODY;
		row_try_killed(r, (unsigned)random_below(r, 8000));
	}
}

static bool begin(struct row *r, const char *op, const char *kind)
{
	r->op = operation_find(op);
	r->kind = kind_find(kind);
	if (!r->op || !r->kind)
		return false;
	if (r->op->open)
		r->op->open(r);
	return true;
}

static bool fill(struct row *r, unsigned every, char **args)
{
	unsigned long long levels = number(args[3]);

	r->inodes = strcmp(args[1], "inodes") == 0;
	if (strcmp(args[0], "all") != 0)
		r->victim = (int)number(args[0]) - 1;
	if (r->victim < NOBODY || r->victim >= SERVERS ||
	    !begin(r, args[2], "ENOSPC"))
		return false;
	full_walk(r, levels, every);
	row_finish(r);
	return true;
}

static bool run(struct row *r, unsigned every, char **args, int count)
{
	if (count == 3 && strcmp(args[0], "client") == 0) {
		if (!begin(r, args[1], args[2]))
			return false;
		walk(r, every, row_try);
	} else if (count == 4 && strcmp(args[0], "server") == 0) {
		r->victim = (int)number(args[1]) - 1;
		if (r->victim < 0 || r->victim >= SERVERS ||
		    !begin(r, args[2], args[3]))
			return false;
		walk(r, every, row_try);
	} else if (count == 3 && strcmp(args[0], "start") == 0) {
		r->fresh = strcmp(args[1], "fresh") == 0;
		r->kind = kind_find(args[2]);
		if (!r->kind || (!r->fresh && strcmp(args[1], "used") != 0))
			return false;
		start_open(r);
		walk(r, every, start_try);
	} else if (count == 5 && strcmp(args[0], "full") == 0) {
		return fill(r, every, args + 1);
	} else if (count == 2 && strcmp(args[0], "random") == 0) {
		r->kind = kind_find("kill");
		roam(r, number(args[1]));
	} else {
		return false;
	}
	row_finish(r);
	return true;
}

int main(int argc, char **argv)
{
	static struct row row = {
		.victim = NOBODY, .maybe = NO_VERSION, .size = 3000, .seed = 1};
	struct row *r = &row;
	unsigned every = 1;
	bool known;
	int o;

	while ((o = getopt(argc, argv, "+b:e:s:")) != -1) {
		if (o == 'b')
			r->size = (size_t)number(optarg);
		else if (o == 'e')
			every = (unsigned)number(optarg);
		else if (o == 's')
			r->seed = number(optarg);
		else
			return usage();
	}
	if (optind == argc || every == 0 || r->seed == 0)
		return usage();
	cluster_open(&r->cluster, argv[optind], getenv("FAULT_BELOW"));
	for (int i = 0; i < SERVERS; i++)
		r->descriptors[i] = server_descriptors(&r->cluster, i);
	known = run(r, every, argv + optind + 1, argc - optind - 1);
	cluster_close(&r->cluster);
	if (!known)
		return usage();
	printf("%u tries, %u faults, slowest %u ms, %u failures\n", r->tries,
	       r->points, r->slowest_ms, r->failures);
	return r->failures ? 1 : 0;
}
