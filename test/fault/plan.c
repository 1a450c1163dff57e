#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "num.h"
#include "run.h"

#define FAILURES_MAX 3

static uint64_t number(const char *text)
{
	uint64_t v;

	if (num_u64(text, 0, INT64_MAX, &v)) {
		errno = 0;
		run_die("not a number: %s", text);
	}
	return v;
}

static void take(struct plan *p, int option, const char *usage)
{
	switch (option) {
	case 's':
		p->seed = number(optarg);
		break;
	case 't':
		p->seconds = number(optarg);
		break;
	case 'n':
		p->count = number(optarg);
		break;
	case 'j':
		p->jobs = number(optarg);
		break;
	case 'i':
		p->only = number(optarg);
		break;
	case 'c':
		p->conf = optarg;
		break;
	case 'x':
		p->spoilt = true;
		break;
	default:
		fprintf(stderr, "usage: %s\n", usage);
		exit(2);
	}
}

int plan_options(struct plan *p, int argc, char **argv, int least,
		 const char *usage)
{
	int o;

	*p = (struct plan){
		.seed = 1, .seconds = 8, .jobs = 2, .only = UINT64_MAX};
	while ((o = getopt(argc, argv, "xs:t:n:j:i:c:")) != -1)
		take(p, o, usage);
	if (argc - optind < least || !p->conf || p->jobs == 0 ||
	    p->jobs > PLAN_JOBS_MAX) {
		fprintf(stderr, "usage: %s\n", usage);
		exit(2);
	}
	p->tally = mmap(NULL, sizeof(*p->tally), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p->tally == MAP_FAILED)
		run_die("mmap");
	return optind;
}

static uint64_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec;
}

static bool goes_on(const struct plan *p, uint64_t next, uint64_t end_s)
{
	if (atomic_load(&p->tally->failures) >= FAILURES_MAX)
		return false;
	return p->count > 0 ? next < p->count : now_s() < end_s;
}

void plan_run(const struct plan *p, void (*begin)(void *arg, unsigned job),
	      void (*trial)(void *arg, uint64_t number), void (*end)(void *arg),
	      void *arg)
{
	uint64_t end_s = now_s() + p->seconds;
	pid_t pids[PLAN_JOBS_MAX];
	int status;

	if (p->only != UINT64_MAX) {
		begin(arg, 0);
		trial(arg, p->only);
		if (end)
			end(arg);
		return;
	}
	for (uint64_t job = 0; job < p->jobs; job++) {
		pids[job] = fork();
		if (pids[job] < 0)
			run_die("fork");
		if (pids[job] > 0)
			continue;
		begin(arg, (unsigned)job);
		for (uint64_t i = job; goes_on(p, i, end_s); i += p->jobs)
			trial(arg, i);
		if (end)
			end(arg);
		_exit(0);
	}
	for (uint64_t job = 0; job < p->jobs; job++) {
		if (waitpid(pids[job], &status, 0) < 0)
			run_die("waitpid");
		if (status != 0) {
			fprintf(stderr, "a worker ended with %d\n", status);
			plan_failed(p);
		}
	}
}

void plan_rng(const struct plan *p, uint64_t number, struct rng *r)
{
	rng_init(r, p->seed * UINT64_C(1000000007) + number);
}

void plan_count(const struct plan *p, unsigned counter, uint64_t more)
{
	atomic_fetch_add(&p->tally->counters[counter], more);
}

uint64_t plan_total(const struct plan *p, unsigned counter)
{
	return atomic_load(&p->tally->counters[counter]);
}

void plan_failed(const struct plan *p)
{
	atomic_fetch_add(&p->tally->failures, 1);
}
