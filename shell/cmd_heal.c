/* heal: the newest version of every name, whole, on its servers */
#include "command.h"
#include "heal.h"
#include "operand.h"
#include "show.h"

#include <stdlib.h>
#include <string.h>

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void heal(struct heal *h, const struct args *a)
{
	enum roster_verdict verdict;

	h->settings.dry = a->given['n'];
	h->tell = a->given['n'] || h->client->manners.verbose;
	h->settings.accept_stores = a->given[OPT_ALL];
	h->settings.accept_loss = a->given[OPT_ALL];
	if (a->given[OPT_ACCEPT_LOSS] && a->count > 0) {
		qsort(a->operands, a->count, sizeof(*a->operands), by_bytes);
		h->lossy = a->operands;
		h->lossy_count = a->count;
	}
	verdict = heal_begin(h);
	if (verdict == ROSTER_OK && (a->count == 0 || h->lossy_count > 0))
		heal_all(h);
	else if (verdict == ROSTER_OK || verdict == ROSTER_NEW)
		heal_some(h, a->operands, a->count);
	if (verdict == ROSTER_OK)
		heal_say(h);
}

static bool check_usage(const struct args *a)
{
	bool accept = a->given[OPT_ACCEPT_LOSS];
	bool all = a->given[OPT_ALL];

	if (accept ? all != (a->count > 0) : !all)
		return true;
	show_trouble("heal: --accept-loss takes NAMEs, or --all");
	return false;
}

enum exit_status cmd_heal(struct client *c, const struct args *a)
{
	struct heal *h;
	uint64_t jobs;

	if (!check_usage(a))
		return EXIT_USAGE;
	for (size_t i = 0; i < a->count; i++)
		if (!operand_check(a->operands[i]))
			return EXIT_USAGE;
	if (!client_open(c) || !command_jobs(c, a, &jobs))
		return EXIT_USAGE;
	h = heal_new(c);
	if (h) {
		h->jobs = jobs;
		heal(h, a);
		heal_free(h);
	}
	return EXIT_DONE;
}
