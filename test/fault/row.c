#include "row.h"

#include "litter.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FAILURES_SHOWN 5
#define REST_MS 5000 /* for connections that are gone to be closed */
#define DONE_MS 500  /* for what is done after an answer */

void row_bad(struct row *r, const struct ran *ran, const char *format, ...)
{
	va_list list;

	if (r->failures++ >= FAILURES_SHOWN)
		return;
	printf("try %u, call %llu (%s at 0x%llx): ", r->tries,
	       (unsigned long long)r->at.nth,
	       atomic_load(&r->at.fired) ? call_name(r->at.call) : "not fired",
	       (unsigned long long)r->at.where);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	if (ran)
		printf("  status %d after %u ms\n%s", ran->status, ran->ms,
		       ran->err);
	fflush(stdout);
}

void row_must(struct row *r, const char *const *args)
{
	struct ran ran;

	client_run(&r->cluster, NOBODY, args, &ran);
	if (ran.status != 0 && ran.status != 3)
		row_bad(r, &ran, "a clean %s fails", args[0]);
}

long row_read(struct row *r, int without, struct ran *ran)
{
	static const char *const args[] = {"cat", "file", NULL};

	client_run(&r->cluster, without, args, ran);
	if (ran->status == 4)
		return 0;
	return ran->status == 0 ? content_read(r, "out") : -1;
}

/* How any client may end. */
static void look_at_end(struct row *r, const struct ran *ran, bool killed)
{
	if (ran->ms > r->slowest_ms)
		r->slowest_ms = ran->ms;
	if (ran->status == STATUS_TIMEOUT)
		row_bad(r, ran, "the client hangs");
	else if (ran->status == STATUS_SIGNAL + SIGKILL && killed)
		return;
	else if (ran->status >= STATUS_SIGNAL)
		row_bad(r, ran, "the client crashes");
	else if (ran->status == STATUS_SANITIZER)
		row_bad(r, ran, "the client has a sanitizer's report");
	else if (ran->status > 11)
		row_bad(r, ran, "a status that dfc(1) does not name");
	else if (ran->status != 0 && !ran->err[0])
		row_bad(r, ran, "the client fails without a word");
}

/* Its connections are closed and its threads wait. */
static bool rests(struct row *r, int i)
{
	return server_descriptors(&r->cluster, i) <= r->descriptors[i] &&
	       server_sleeps(&r->cluster, i);
}

void row_await_rest(struct row *r, int i, unsigned limit_ms)
{
	unsigned long long start = now_ms();
	struct timespec pause = {.tv_nsec = 500000};

	while (!rests(r, i) && now_ms() - start < limit_ms)
		nanosleep(&pause, NULL);
}

void row_look_at_disk(struct row *r, int i, bool settled)
{
	char what[PATH_LENGTH_MAX * 4];

	if (litter_found(r->cluster.server[i].dir, settled, what, sizeof(what)))
		row_bad(r, NULL, "dfs%d has litter: %s", i + 1, what);
}

void row_restart(struct row *r, int i, bool killed)
{
	struct ran ran;
	unsigned open;

	if (killed) {
		server_end(&r->cluster, i, SIGKILL, &ran);
		if (ran.status != STATUS_SIGNAL + SIGKILL)
			row_bad(r, &ran, "dfs%d crashes", i + 1);
	} else if (server_died(&r->cluster, i, &ran)) {
		row_bad(r, &ran, "dfs%d crashes", i + 1);
	} else {
		row_await_rest(r, i, REST_MS);
		open = server_descriptors(&r->cluster, i);
		if (open > r->descriptors[i])
			row_bad(r, NULL, "dfs%d has %u descriptors, had %u",
				i + 1, open, r->descriptors[i]);
		server_end(&r->cluster, i, SIGTERM, &ran);
		if (ran.status != 0)
			row_bad(r, &ran, "dfs%d does not end well", i + 1);
	}
	server_start(&r->cluster, i);
	r->descriptors[i] = server_descriptors(&r->cluster, i);
	row_look_at_disk(r, i, false);
}

bool row_try(struct row *r, unsigned long long nth)
{
	struct inject plan = r->kind->plan;
	struct inject *to = r->victim == NOBODY
				    ? r->cluster.client
				    : r->cluster.server[r->victim].plan;
	struct ran ran;
	bool fired;
	bool kills = plan.mode == INJECT_KILL;

	r->tries++;
	r->op->prepare(r);
	plan.nth = nth;
	inject_arm(to, &plan);
	client_wait(client_start(&r->cluster, NOBODY, r->op->args),
		    r->op->limit_ms, &ran);
	if (r->victim != NOBODY)
		row_await_rest(r, r->victim, DONE_MS);
	fired = inject_disarm(to);
	memcpy(&r->at, to, sizeof(r->at));
	r->points += fired;
	look_at_end(r, &ran, fired && kills && r->victim == NOBODY);
	r->op->judge(r, &ran);
	if (r->victim != NOBODY)
		row_restart(r, r->victim, fired && kills);
	r->op->settle(r);
	return fired;
}

void row_try_killed(struct row *r, unsigned after_us)
{
	struct timespec pause = {.tv_sec = after_us / 1000000,
				 .tv_nsec = after_us % 1000000 * 1000};
	pid_t pid;
	struct ran ran;

	r->tries++;
	r->points++;
	r->op->prepare(r);
	pid = client_start(&r->cluster, NOBODY, r->op->args);
	nanosleep(&pause, NULL);
	if (r->victim == NOBODY)
		kill(pid, SIGKILL);
	else
		kill(r->cluster.server[r->victim].pid, SIGKILL);
	client_wait(pid, r->op->limit_ms, &ran);
	look_at_end(r, &ran, r->victim == NOBODY);
	r->op->judge(r, &ran);
	if (r->victim != NOBODY)
		row_restart(r, r->victim, true);
	r->op->settle(r);
}

void row_finish(struct row *r)
{
	static const char *const put[] = {"put", "-o", "file", "source", NULL};
	struct ran ran;

	memset(&r->at, 0, sizeof(r->at));
	content_write(r, ++r->next);
	row_must(r, put);
	for (int i = 0; i < SERVERS; i++)
		row_restart(r, i, false);
	for (int i = 0; i < SERVERS; i++)
		row_look_at_disk(r, i, true);
	if (row_read(r, NOBODY, &ran) != r->next)
		row_bad(r, &ran, "the last put is not there");
}
