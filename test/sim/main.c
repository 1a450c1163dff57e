/*
 * The simulator: random histories of clients, servers and faults, in which
 * the clients decide with shell/quorum and shell/view, the servers with
 * daemon/rules, and oracles look at what was promised.
 *
 *   rng queue          numbers; what will happen, by time
 *   message net        requests and answers, connections that break
 *   server shelf       a store and its lives; one name on it
 *   serve disk         its rules at work; when things are durable
 *   client order fetch a process that drives a struct quorum
 *   heal members       a heal over all names, a change of members
 *   profile rule forge what a history is like; rules to switch off
 *   history lin        what was done and seen, and the oracles
 *   world fault        one history, from its seed; what goes wrong in it
 *   script ending      directed histories; the look at what is left
 *   text               words for the trace
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "lin.h"
#include "num.h"
#include "rule.h"
#include "text.h"
#include "world.h"

#define SELFTEST_ROUNDS 20000

struct options {
	uint64_t histories; /* 0: no limit */
	uint64_t seconds;   /* 0: no limit */
	uint64_t servers;   /* 0: 2 to 5 in turn */
	uint64_t seed;
	enum rule off;
	const struct script *script;
	bool keep_going;
	bool verbose;
};

static const char usage[] =
	"usage: sim [-k] [-v] [-n HISTORIES] [-t SECONDS] [-N SERVERS]\n"
	"           [-s SEED] [-m RULE] [-d RULE]\n"
	"       sim -l | -T\n"
	"-l lists the rules that -m can switch off; -d plays the history that "
	"is\n"
	"directed at one, with as many servers as it wants; -T tests the "
	"checker.\n";

static void print_rules(void)
{
	for (unsigned r = 1; r < RULE_COUNT; r++)
		printf("%-24s %s\n", rule_name((enum rule)r),
		       rule_text((enum rule)r));
}

static void print_outcomes(const struct counts *c)
{
	static const char *const kinds[OP_KINDS] = {"put", "get", "rm", "heal"};

	for (unsigned k = 0; k < OP_KINDS; k++) {
		printf("  %-4s", kinds[k]);
		for (unsigned o = 1; o < OUTCOMES; o++)
			if (c->ended[k][o] != 0)
				printf(" %s %" PRIu64, text_outcome(o),
				       c->ended[k][o]);
		putchar('\n');
	}
}

static void print_summary(const struct counts *c, enum rule off,
			  uint64_t took_ms)
{
	print_outcomes(c);
	printf("  weak %" PRIu64 " superseded %" PRIu64 " degraded %" PRIu64
	       " lost %" PRIu64 " cuts %" PRIu64 "\n",
	       c->weak, c->superseded, c->degraded, c->lost, c->cuts);
	printf("  servers: crashes %" PRIu64 " pauses %" PRIu64
	       " wipes %" PRIu64 " begins %" PRIu64 " joins %" PRIu64 "\n",
	       c->crashes, c->pauses, c->wipes, c->begins, c->joins);
	printf("  disks: rots %" PRIu64 " rejoins %" PRIu64 " restored %" PRIu64
	       " spread anew %" PRIu64 " forgotten %" PRIu64 "\n",
	       c->rots, c->rejoins, c->filled, c->restripes, c->forgotten);
	printf("  members: added %" PRIu64 " removed %" PRIu64
	       " removed dead %" PRIu64 " unfinished %" PRIu64 "\n",
	       c->changes[PLAN_ADD], c->changes[PLAN_REMOVE],
	       c->changes[PLAN_REMOVE_DEAD], c->unfinished);
	printf("  clients: kills %" PRIu64 " freezes %" PRIu64
	       " cancels %" PRIu64 "\n",
	       c->kills, c->freezes, c->cancels);
	printf("%" PRIu64 " histories, %" PRIu64 " steps in %" PRIu64
	       ".%03" PRIu64 " s; rule off: %s; violations: %" PRIu64 "\n",
	       c->histories, c->steps, took_ms / 1000, took_ms % 1000,
	       rule_name(off), c->violations);
}

static bool number(const char *text, uint64_t max, uint64_t *out)
{
	if (num_u64(text, 0, max, out) == ERR_OK)
		return true;
	fprintf(stderr, "sim: not a number up to %" PRIu64 ": %s\n", max, text);
	return false;
}

static bool take_option(struct options *o, int c, const char *arg)
{
	switch (c) {
	case 'k':
		o->keep_going = true;
		return true;
	case 'v':
		o->verbose = true;
		return true;
	case 'n':
		return number(arg, UINT64_MAX, &o->histories);
	case 't':
		return number(arg, 1000000, &o->seconds);
	case 's':
		return number(arg, UINT64_MAX, &o->seed);
	case 'N':
		return number(arg, MEMBERS_MAX, &o->servers) && o->servers >= 2;
	case 'd':
		o->script = script_find(rule_find(arg));
		if (!o->script)
			fprintf(stderr, "sim: no directed history: %s\n", arg);
		return o->script != NULL;
	case 'm':
		o->off = rule_find(arg);
		if (o->off == RULE_NONE)
			fprintf(stderr, "sim: no such rule: %s\n", arg);
		return o->off != RULE_NONE;
	default:
		return false;
	}
}

static void report(const struct world *w, const struct options *o,
		   uint64_t seed)
{
	printf("seed %" PRIu64 ", %u servers: %s\n", seed, w->n, w->violation);
	printf("  repeat: sim -v -n 1 -s %" PRIu64, seed);
	if (o->script)
		printf(" -d %s", rule_name(o->script->rule));
	else
		printf(" -N %u", w->n);
	if (o->off != RULE_NONE)
		printf(" -m %s", rule_name(o->off));
	putchar('\n');
	fflush(stdout);
}

static bool one(struct world *w, const struct options *o, unsigned n,
		uint64_t seed)
{
	return o->script ? world_play(w, o->script, seed, o->off)
			 : world_run(w, n, seed, o->off);
}

/* Runs histories; true when what should be seen was seen. */
static bool run(const struct options *o)
{
	static struct world w;
	struct counts counts = {0};
	uint64_t start = clock_ms();
	uint64_t end = o->seconds ? start + o->seconds * 1000 : UINT64_MAX;

	world_init(&w, &counts);
	w.trace = o->verbose;
	for (uint64_t i = 0; o->histories == 0 || i < o->histories; i++) {
		unsigned n = o->servers ? (unsigned)o->servers
					: 2 + (unsigned)(i % 4);

		if (i % 16 == 0 && clock_ms() >= end)
			break;
		if (!one(&w, o, n, o->seed + i)) {
			/* A rule that is off must do harm to be missed. */
			if (o->off != RULE_NONE && !w.harm)
				continue;
			report(&w, o, o->seed + i);
			if (!o->keep_going)
				break;
		}
	}
	world_release(&w);
	print_summary(&counts, o->off, clock_ms() - start);
	return o->off == RULE_NONE ? counts.violations == 0 : counts.harms != 0;
}

int main(int argc, char **argv)
{
	struct options o = {.seed = 1};
	int c;

	while ((c = getopt(argc, argv, "kvlTn:t:N:s:m:d:")) != -1) {
		if (c == 'l') {
			print_rules();
			return 0;
		}
		if (c == 'T')
			return lin_selftest(o.seed, SELFTEST_ROUNDS) ? 0 : 1;
		if (!take_option(&o, c, optarg)) {
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return 2;
	}
	if (o.histories == 0 && o.seconds == 0)
		o.histories = 1000;
	return run(&o) ? 0 : 1;
}
