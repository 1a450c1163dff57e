#include "outcome.h"

#include "show.h"
#include "standing.h"

#include <stdio.h>

static const enum exit_status by_reason[] = {
	[REASON_NONE] = EXIT_ERROR,
	[REASON_TOO_FEW] = EXIT_TEMPORARY,
	[REASON_NO_SPACE] = EXIT_SPACE,
	[REASON_READ_ONLY] = EXIT_TEMPORARY,
	[REASON_DENIED] = EXIT_DENIED,
	[REASON_NOT_ALL] = EXIT_TEMPORARY,
	[REASON_STAGE] = EXIT_TEMPORARY,
	[REASON_BEGIN] = EXIT_TEMPORARY,
	[REASON_DOUBLED] = EXIT_USAGE,
	[REASON_CHUNKS] = EXIT_INTEGRITY,
	[REASON_MOVING] = EXIT_TEMPORARY,
	[REASON_LOCAL] = EXIT_ERROR,
	[REASON_LIMIT] = EXIT_ERROR,
	[REASON_FETCH] = EXIT_TEMPORARY,
	[REASON_EXISTS] = EXIT_PRECONDITION,
	[REASON_CHANGED] = EXIT_PRECONDITION,
};

static const char *const reason_texts[] = {
	[REASON_NONE] = "failed",
	[REASON_NO_SPACE] = "too few servers have space left",
	[REASON_READ_ONLY] = "too few servers take changes",
	[REASON_DENIED] = "the key is for reading only",
	[REASON_NOT_ALL] = "require = all, and a member is missing",
	[REASON_STAGE] = "servers failed while they took the data",
	[REASON_BEGIN] = "other clients begin this cluster, try again",
	[REASON_DOUBLED] = "two addresses lead to the same server",
	[REASON_CHUNKS] = "no good copy of a chunk is left",
	[REASON_MOVING] = "is overwritten again and again",
	[REASON_LOCAL] = "failed on this side",
	[REASON_LIMIT] = "its version numbers are used up",
	[REASON_FETCH] = "what its servers hold cannot be fetched, even again",
	[REASON_EXISTS] = "there is such a file already",
	[REASON_CHANGED] = "it was overwritten meanwhile",
};

enum exit_status outcome_status(const struct task *task)
{
	switch (task->q.outcome) {
	case OUTCOME_OK:
		return task->q.degraded ? EXIT_DEGRADED : EXIT_DONE;
	case OUTCOME_ABSENT:
		return EXIT_ABSENT;
	case OUTCOME_UNKNOWN:
		return EXIT_UNKNOWN;
	case OUTCOME_CANCELLED:
		return EXIT_INTERRUPTED;
	case OUTCOME_NONE:
	case OUTCOME_FAILED:
	case OUTCOME_INCOMPLETE:
		break;
	}
	return by_reason[task->q.reason];
}

static void too_few_text(const struct task *task, char out[OUTCOME_TEXT_MAX])
{
	const struct quorum *q = &task->q;
	const struct view *v = &q->view;
	unsigned have = mask_count(v->members);
	/* A heal that has found all chunks lacks servers for the marks. */
	bool marks = have >= v->r && q->found.rebuildable;
	bool reads = q->settings.kind == QUORUM_GET ||
		     (q->settings.kind == QUORUM_HEAL && !marks);
	unsigned need = reads ? v->r : v->w;
	unsigned answer = mask_count(v->valid | v->strangers);

	if (v->fresh && !v->established && answer >= view_beginners(v->n) &&
	    v->n >= 2)
		snprintf(out, OUTCOME_TEXT_MAX,
			 "the cluster's beginning was cut short: the next put "
			 "goes on with it");
	else if (v->fresh && !v->established && answer != 0 && v->n >= 2)
		snprintf(out, OUTCOME_TEXT_MAX,
			 "a new cluster begins when %u of %u servers answer; "
			 "%u do",
			 view_beginners(v->n), v->n, answer);
	else if (v->n < 2 && !reads)
		snprintf(out, OUTCOME_TEXT_MAX,
			 "one server alone cannot keep two copies");
	else if (have >= need && reads)
		snprintf(out, OUTCOME_TEXT_MAX,
			 "a chunk is only on servers that do not answer");
	else
		snprintf(out, OUTCOME_TEXT_MAX,
			 "%u of %u servers can take part, %u are needed", have,
			 v->n, need);
}

void outcome_text(const struct task *task, char out[OUTCOME_TEXT_MAX])
{
	const char *text = reason_texts[task->q.reason];

	if (task->q.reason == REASON_DOUBLED) {
		char names[OUTCOME_TEXT_MAX / 2];

		snprintf(out, OUTCOME_TEXT_MAX, "%s: %s", text,
			 cluster_names(task->cluster, task->q.view.doubled,
				       names, sizeof(names)));
		return;
	}
	if (task->q.outcome == OUTCOME_ABSENT)
		text = "no such file";
	else if (task->q.outcome == OUTCOME_CANCELLED)
		text = "cancelled";
	else if (task->q.outcome == OUTCOME_UNKNOWN)
		text = "outcome unknown: too few servers confirmed the change "
		       "in time";
	else if (task->q.reason == REASON_TOO_FEW) {
		too_few_text(task, out);
		return;
	}
	snprintf(out, OUTCOME_TEXT_MAX, "%s", text);
}

/* The servers without which a change was made. */
static uint64_t done_without(const struct task *task)
{
	const struct quorum *q = &task->q;
	uint64_t all = mask_all(task->cluster->count);
	uint64_t with = quorum_marks(q);

	if (q->settings.kind == QUORUM_PUT && q->stripe != 0)
		with &= q->stripe;
	return all & ~with;
}

/* A read that is regular only: P3 of dfs-consistency(7). */
static bool was_weak(const struct quorum *q)
{
	bool read =
		q->outcome == OUTCOME_ABSENT ||
		(q->outcome == OUTCOME_OK && q->settings.kind == QUORUM_GET);

	return q->weak && read;
}

void outcome_note(struct client *c, const struct task *task)
{
	const struct quorum *q = &task->q;
	uint64_t outcasts = standing_outcasts(&q->view, task->cluster->count);
	uint64_t left;

	c->strangers |= q->view.strangers;
	if (q->outcome != OUTCOME_ABSENT && q->outcome != OUTCOME_CANCELLED &&
	    (q->settings.kind != QUORUM_GET || q->outcome != OUTCOME_OK))
		client_note(c, &q->view);
	if (c->manners.verbose && was_weak(q))
		show_problem(task->name, task->name_len,
			     "read without a majority's marks");
	if (q->outcome != OUTCOME_OK) {
		c->explain |= q->outcome != OUTCOME_ABSENT &&
			      q->outcome != OUTCOME_CANCELLED &&
			      q->reason != REASON_LOCAL &&
			      q->reason != REASON_EXISTS &&
			      q->reason != REASON_CHANGED;
		return;
	}
	if (q->settings.kind != QUORUM_PUT && q->settings.kind != QUORUM_RM)
		return;
	c->joining |= q->view.joining | q->view.blank;
	if (q->view.cluster.n != 0 && task->cluster->count > q->view.n)
		c->surplus |= q->view.joining | q->view.blank;
	left = done_without(task) & ~q->view.strangers &
	       ~(q->view.joining | q->view.blank);
	for (unsigned i = 0; i < task->cluster->count; i++) {
		const struct quorum_server *s = &q->servers[i];
		uint64_t bit = UINT64_C(1) << i;

		if (!(left & bit))
			continue;
		if (outcasts & bit)
			c->outcasts |= bit;
		else if (s->answered && (s->store.flags & STORE_READ_ONLY))
			c->read_only |= bit;
		else if ((q->no_space & bit) ||
			 (s->answered && (s->store.flags & STORE_FULL)))
			c->full |= bit;
		else
			c->absent |= bit;
	}
}
