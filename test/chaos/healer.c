#include "healer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chaos.h"
#include "process.h"

#define WORDS_MAX (JOURNAL_NAMES + 8)

bool healer_init(struct healer *h, struct chaos *c)
{
	char path[CHAOS_PATH_MAX];

	*h = (struct healer){.chaos = c, .lost = -1};
	snprintf(path, sizeof(path), "%s/c%u", c->dir, CHAOS_CALLERS + 1);
	return mkdir(path, 0700) == 0;
}

bool healer_may(const struct healer *h)
{
	if (h->pid != 0)
		return false;
	for (unsigned i = 0; h->lost >= 0 && i < CHAOS_CALLERS; i++)
		if (h->chaos->callers[i].op < h->lost_at)
			return false;
	return true;
}

static int open_said(const struct healer *h, const char *tail)
{
	char path[CHAOS_PATH_MAX];

	snprintf(path, sizeof(path), "%s/c%u/said%s", h->chaos->dir,
		 CHAOS_CALLERS + 1, tail);
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void start(struct healer *h, const char *const *words)
{
	char conf[CHAOS_PATH_MAX];
	const char *all[WORDS_MAX] = {h->chaos->settings.dfc, "-vc", conf};
	int out = open_said(h, "");
	int err = open_said(h, ".err");

	for (unsigned i = 0; words[i] && i + 4 < WORDS_MAX; i++)
		all[i + 3] = words[i];
	snprintf(conf, sizeof(conf), "%s/c%u/dfc.conf", h->chaos->dir,
		 CHAOS_CALLERS + 1);
	h->killed = false;
	h->pid = process_start(h->chaos, all, out, err, 1234567);
	close(out);
	close(err);
	if (h->pid == 0)
		abort();
}

void healer_start(struct healer *h)
{
	const char *words[] = {"heal", NULL};

	h->started++;
	h->status = false;
	start(h, words);
}

void healer_kill(struct healer *h)
{
	if (h->pid == 0)
		return;
	h->killed = true;
	kill(h->pid, SIGKILL);
}

static void heal_ended(struct healer *h, int exit_status)
{
	const char *words[] = {"status", NULL};

	switch (exit_status) {
	case 0:
		h->done++;
		break;
	case 3:
		h->degraded++;
		break;
	case 5:
	case 6:
	case 7:
	case 10:
		break;
	default:
		chaos_complain(h->chaos, CHECK_ENDS, "heal: exit status %d",
			       exit_status);
	}
	/* Whoever lost a disk is a member again?  And has all of it? */
	if (exit_status == 0 && h->lost >= 0 && !h->chaos->ending) {
		h->status = true;
		start(h, words);
	}
}

void healer_ended(struct healer *h, int status)
{
	int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	h->pid = 0;
	h->exit_status = exit_status;
	if (h->other)
		return;
	if (h->killed)
		h->cut++;
	else if (exit_status < 0)
		chaos_complain(h->chaos, CHECK_ENDS, "heal: signal %d",
			       WTERMSIG(status));
	else if (!h->status)
		heal_ended(h, exit_status);
	else if (exit_status == 0) {
		h->lost = -1;
		h->rejoined++;
	}
}

int healer_run(struct healer *h, const char *const *words, unsigned seconds)
{
	struct loop *loop = &h->chaos->loop;
	uint64_t end;

	loop_refresh(loop);
	end = loop->now_ms + seconds * UINT64_C(1000);
	h->other = true;
	start(h, words);
	while (h->pid != 0) {
		chaos_turn(h->chaos, 100);
		if (loop->now_ms > end && !h->killed) {
			chaos_complain(h->chaos, CHECK_ENDS,
				       "%s has not ended in %u s", words[0],
				       seconds);
			healer_kill(h);
		}
	}
	h->other = false;
	return h->exit_status;
}
