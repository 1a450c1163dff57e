/*
 * chaos: a real cluster under faults, and is its history right?
 *
 *	chaos [-s SEED] [-t SECONDS] [-n OPS] [-C SKEW.so] [-D DISKS] [-N NET]
 *	      [-k]
 *
 * Runs $DFS and $DFC below $TMPDIR for SECONDS, or until there were OPS
 * operations; -k keeps the directory.  -C: wrong clocks; -D: small file systems
 * for the servers; -N: networks for them; see test/root/30-chaos.t.  The same
 * seed makes the same decisions; time makes the difference.  TAP; exit status 1
 * when a test has failed.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chaos.h"
#include "doubt.h"
#include "ending.h"
#include "num.h"
#include "process.h"
#include "verdict.h"

#define COMPLAINTS_SHOWN 5 /* of each check */
#define LEAST_PER_SECOND 5
#define AROUND 12 /* operations shown before and after the wrong one */

static const char *const check_texts[CHECKS] = {
	[CHECK_BYTES] = "no wrong byte was read, no half file was left",
	[CHECK_ENDS] = "clients end in time, and as the manual says",
	[CHECK_SERVERS] = "servers end only when they are told to",
	[CHECK_ORDER] = "every name is a register and loses nothing",
	[CHECK_ENDING] = "healed, any three servers agree on what there is",
	[CHECK_DISKS] = "there are two files a version on each disk, no more",
	[CHECK_DOUBT] = "a wrong history would be found",
	[CHECK_ENOUGH] = "enough has happened",
};

void chaos_complain(struct chaos *c, enum check check, const char *fmt, ...)
{
	va_list args;

	if (c->complaints[check]++ >= COMPLAINTS_SHOWN)
		return;
	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

static void nothing(void *arg)
{
	(void)arg;
}

void chaos_turn(struct chaos *c, unsigned ms)
{
	struct loop_timer t = {.fire = nothing};

	loop_refresh(&c->loop);
	loop_arm(&c->loop, &t, c->loop.now_ms + ms);
	loop_turn(&c->loop);
	loop_disarm(&t);
}

static bool is_settled(const struct chaos *c)
{
	for (unsigned i = 0; i < CHAOS_CALLERS; i++)
		if (c->callers[i].pid != 0)
			return false;
	return c->healer.pid == 0;
}

bool chaos_settle(struct chaos *c, unsigned seconds)
{
	uint64_t end = c->loop.now_ms + seconds * UINT64_C(1000);

	while (!is_settled(c) && c->loop.now_ms < end)
		chaos_turn(c, 100);
	return is_settled(c);
}

/* Children */

static void child_ended(struct chaos *c, pid_t pid, int status)
{
	for (unsigned i = 0; i < CHAOS_CALLERS; i++) {
		if (c->callers[i].pid == pid) {
			caller_ended(&c->callers[i], status);
			return;
		}
	}
	for (unsigned i = 0; i < CHAOS_SERVERS; i++)
		if (c->servers[i].pid == pid)
			server_ended(&c->servers[i], status);
	if (c->healer.pid == pid)
		healer_ended(&c->healer, status);
}

static struct {
	struct loop_watch watch;
	int told; /* the signal that ends the run */
} signals;

static void on_signal(void *arg, uint32_t events)
{
	struct chaos *c = arg;
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	(void)events;
	while (read(signals.watch.fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			signals.told = (int)info.ssi_signo;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		child_ended(c, pid, status);
}

static bool watch_signals(struct chaos *c)
{
	sigset_t some;

	sigemptyset(&some);
	sigaddset(&some, SIGCHLD);
	sigaddset(&some, SIGINT);
	sigaddset(&some, SIGTERM);
	sigprocmask(SIG_BLOCK, &some, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals.watch = (struct loop_watch){
		signalfd(-1, &some, SFD_NONBLOCK | SFD_CLOEXEC),
		.ready = on_signal, .arg = c};
	return signals.watch.fd >= 0 &&
	       loop_watch(&c->loop, &signals.watch, EPOLLIN) == ERR_OK;
}

/* The cluster */

static bool write_conf(const struct chaos *c, unsigned client)
{
	char path[CHAOS_PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/c%u/dfc.conf", c->dir, client + 1);
	f = fopen(path, "we");
	for (unsigned i = 0; f && i < CHAOS_SERVERS; i++)
		if (c->settings.net && client < CHAOS_CALLERS)
			fprintf(f, "server dfs%u %s:10001\n", i + 1,
				server_host(&c->servers[i]));
		else
			fprintf(f, "server dfs%u 127.0.0.1:%u\n", i + 1,
				c->relays[client][i].port);
	if (f && client % 3 == 1)
		fprintf(f, "[client]\ndigest = sha256\n");
	return f && fclose(f) == 0;
}

/* Times are short, so that what waits for them happens in the run, too. */
static bool write_server_conf(const struct chaos *c)
{
	char path[CHAOS_PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/dfs.conf", c->dir);
	f = fopen(path, "we");
	if (f)
		fprintf(f, "[server]\nquarantine = 1s\nfence = 20s\n"
			   "gc_age = 41s\n");
	return f && fclose(f) == 0;
}

static bool set_up(struct chaos *c)
{
	const char *top = getenv("TMPDIR");

	snprintf(c->dir, sizeof(c->dir), "%s/dfs-chaos.XXXXXX",
		 top && strlen(top) < 40 ? top : "/tmp");
	if (!mkdtemp(c->dir) || loop_init(&c->loop) != ERR_OK ||
	    !watch_signals(c) || !write_server_conf(c))
		return false;
	for (unsigned i = 0; i < CHAOS_SERVERS; i++)
		if (!server_init(&c->servers[i], c, i))
			return false;
	for (unsigned i = 0; i <= CHAOS_CALLERS; i++)
		for (unsigned k = 0; k < CHAOS_SERVERS; k++)
			if (!relay_open(&c->relays[i][k], &c->loop,
					server_host(&c->servers[k]),
					&c->servers[k].port))
				return false;
	for (unsigned i = 0; i < CHAOS_CALLERS; i++)
		if (!caller_init(&c->callers[i], c, i) || !write_conf(c, i))
			return false;
	return healer_init(&c->healer, c) && write_conf(c, CHAOS_CALLERS);
}

static void run(struct chaos *c)
{
	uint64_t end;

	for (unsigned i = 0; i < CHAOS_SERVERS; i++)
		server_start(&c->servers[i], NULL);
	for (unsigned i = 0; i < CHAOS_CALLERS; i++)
		caller_next(&c->callers[i]);
	trouble_start(&c->trouble, c);
	end = c->loop.now_ms + c->settings.seconds * 1000;
	while (c->loop.now_ms < end && !signals.told &&
	       (!c->settings.ops || c->journal.count < c->settings.ops))
		chaos_turn(c, 200);
}

static void tear_down(struct chaos *c)
{
	for (unsigned i = 0; i < CHAOS_SERVERS; i++)
		server_stop(&c->servers[i]);
	for (unsigned i = 0; i <= CHAOS_CALLERS; i++)
		for (unsigned k = 0; k < CHAOS_SERVERS; k++)
			relay_close(&c->relays[i][k]);
	for (unsigned i = 0; i < CHAOS_CALLERS; i++)
		caller_release(&c->callers[i]);
}

/* The report */

static bool is_near(const struct op *o, const struct op *wrong)
{
	return o->kind == OP_LIST ? false : o->name == wrong->name;
}

static void show_around(const struct journal *j, uint32_t at, unsigned name)
{
	uint32_t first = at;
	unsigned before = AROUND;
	unsigned after = AROUND;
	struct op wrong = j->ops[at];

	wrong.name = (uint8_t)name;
	wrong.kind = OP_GET;
	while (first > 0 && before > 0)
		before -= is_near(&j->ops[--first], &wrong);
	for (uint32_t i = first; i < j->count && after > 0; i++) {
		if (i != at && !is_near(&j->ops[i], &wrong))
			continue;
		after -= i > at;
		journal_show(j, i, stdout);
	}
}

/* The operation, the one whose value it has read, and those in between. */
static void check_order(struct chaos *c)
{
	const struct journal *j = &c->journal;

	for (unsigned name = 0; name < JOURNAL_NAMES; name++) {
		struct verdict v = verdict_of(j, name);
		uint32_t value;

		if (!v.why)
			continue;
		chaos_complain(c, CHECK_ORDER, "%s: operation %" PRIu32 ": %s",
			       journal_name(name), v.op, v.why);
		if (v.op >= j->count)
			continue;
		journal_show(j, v.op, stdout);
		value = j->ops[v.op].kind == OP_GET ? j->ops[v.op].value : 0;
		if (value != 0 && value <= j->count) {
			printf("# it has read what this one wrote:\n");
			show_around(j, value - 1, name);
		}
		printf("# operations around it:\n");
		show_around(j, v.op, name);
	}
}

/* The first server's is ten years behind. */
static void check_clocks(struct chaos *c)
{
	time_t now = time(NULL);
	struct tm day;
	unsigned year = c->servers[0].year;

	gmtime_r(&now, &day);
	if (year == 0 || year + 8 > (unsigned)day.tm_year + 1900)
		chaos_complain(c, CHECK_ENOUGH, "clocks are not wrong: year %u",
			       year);
}

static void check_enough(struct chaos *c)
{
	const struct healer *h = &c->healer;
	uint32_t interrupted = 0;
	uint32_t killed = 0;

	for (unsigned i = 0; i < CHAOS_CALLERS; i++) {
		interrupted += c->callers[i].interrupted;
		killed += c->callers[i].killed;
	}
	printf("# operations: %" PRIu32 "\n", c->journal.count);
	journal_show_counts(&c->journal, stdout);
	trouble_show_counts(&c->trouble);
	printf("# clients killed %" PRIu32 ", interrupted %" PRIu32 "\n",
	       killed, interrupted);
	printf("# heals %" PRIu32 ": all well %" PRIu32 ", degraded %" PRIu32
	       ", killed %" PRIu32 "; lost disks replaced %" PRIu32 "\n",
	       h->started, h->done, h->degraded, h->cut, h->rejoined);
	if (c->journal.count < LEAST_PER_SECOND * c->settings.seconds)
		chaos_complain(c, CHECK_ENOUGH, "too few operations");
	if (c->settings.skew)
		check_clocks(c);
	if (c->settings.seconds < 10)
		return;
	for (unsigned i = 0; i < TROUBLES; i++)
		if (c->trouble.counts[i] == 0 && trouble_may_be(c, i))
			chaos_complain(c, CHECK_ENOUGH, "never: %s",
				       trouble_text(i));
	if (killed == 0 || interrupted == 0)
		chaos_complain(c, CHECK_ENOUGH, "no client was killed");
}

static int report(struct chaos *c)
{
	bool bad = false;

	for (unsigned i = 0; i < CHECKS; i++)
		bad |= c->complaints[i] != 0;
	for (unsigned i = 0; bad && i < CHAOS_SERVERS; i++)
		server_show_log(&c->servers[i]);
	for (unsigned i = 0; i < CHECKS; i++)
		printf("%sok %u - %s\n", c->complaints[i] ? "not " : "", i + 1,
		       check_texts[i]);
	printf("1..%u\n", (unsigned)CHECKS);
	return bad;
}

/* The whole journal, too. */
static void keep(const struct chaos *c)
{
	char path[CHAOS_PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/journal", c->dir);
	f = fopen(path, "we");
	for (uint32_t i = 0; f && i < c->journal.count; i++)
		journal_show(&c->journal, i, f);
	if (f)
		fclose(f);
	printf("# kept: %s\n", c->dir);
}

static bool read_options(struct chaos_settings *s, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "s:t:n:C:D:N:k")) != -1) {
		enum err e = ERR_OK;

		switch (option) {
		case 's':
			e = num_u64(optarg, 0, UINT64_MAX, &s->seed);
			break;
		case 't':
			e = num_u64(optarg, 1, UINT32_MAX, &s->seconds);
			break;
		case 'n':
			e = num_u64(optarg, 1, UINT32_MAX / 2, &s->ops);
			break;
		case 'C':
			s->skew = optarg;
			break;
		case 'D':
			s->disks = optarg;
			break;
		case 'N':
			s->net = optarg;
			break;
		case 'k':
			s->keep = true;
			break;
		default:
			return false;
		}
		if (e != ERR_OK)
			return false;
	}
	s->dfs = getenv("DFS");
	s->dfc = getenv("DFC");
	return optind == argc && s->dfs && s->dfc;
}

int main(int argc, char **argv)
{
	static struct chaos c;
	int status;

	c.settings = (struct chaos_settings){.seed = 1, .seconds = 10};
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!read_options(&c.settings, argc, argv)) {
		fputs("usage: DFS=... DFC=... chaos [-s SEED] [-t SECONDS] "
		      "[-n OPS] [-C SKEW.so] [-D DISKS] [-N NET] [-k]\n",
		      stderr);
		return 2;
	}
	journal_init(&c.journal);
	if (!set_up(&c)) {
		fprintf(stderr, "chaos: %s: %s\n", c.dir, strerror(errno));
		return 1;
	}
	run(&c);
	ending_run(&c);
	tear_down(&c);
	check_order(&c);
	doubt_verdicts(&c);
	check_enough(&c);
	status = report(&c);
	if (c.settings.keep)
		keep(&c);
	else
		process_remove(c.dir);
	journal_release(&c.journal);
	return signals.told ? 128 + signals.told : status;
}
