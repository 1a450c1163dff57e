/* Directed histories: heals, and what they take away. */
#include "stage.h"

#include "fault.h"

enum { A, B, C };

#define COMMITS BIT(MESSAGE_COMMIT)
#define QUERIES BIT(MESSAGE_QUERY)

static void age(struct world *w)
{
	world_wait(w, w->profile.gc_age_ms + 1000);
}

/* A server lacks the mark of a put, another one loses it with its disk. */
static void heal_marks(struct world *w)
{
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_PUT);
	stage_lose_disk(w, B);
	stage_up(w, BIT(A));
	stage_heal_later(w, 1);
	stage_down(w, BIT(C));
	stage_do(w, 1, OP_KIND_GET);
}

/* A put's second mark is late; the first one is lost with its disk, and that
 * store is a member again before. */
static void quarantine(struct world *w)
{
	stage_down(w, BIT(A));
	stage_hold(w, COMMITS, BIT(0), BIT(C), 0);
	stage_start(w, 0, OP_KIND_PUT);
	stage_until(w, 0, PHASE_RETRY);
	stage_hold(w, QUERIES, BIT(0), BIT(A), 0);
	stage_lose_disk(w, B);
	stage_up(w, BIT(A));
	heal_start(w, 1, 0);
	world_wait(w, 5000);
	stage_release(w);
	stage_hold(w, QUERIES, BIT(0), BIT(A), 0);
	stage_wait(w, 0);
	stage_wait(w, 1);
	stage_down(w, BIT(C));
	stage_do(w, 1, OP_KIND_GET);
}

/*
 * A put is staged on w servers, and its client dies with the COMMITs on
 * their way.  One of the servers loses its disk; a heal lets it join.  A
 * second put reaches it and those that were away, and nobody else: only the
 * counters that the heal has seen tell it of the first one.
 */
static void stage_lost(struct world *w)
{
	stage_down(w, BIT(A));
	stage_hold(w, COMMITS, BIT(0), BIT(B), 0);
	stage_hold(w, COMMITS, BIT(0), BIT(C), w->profile.quarantine_ms + 5000);
	stage_start(w, 0, OP_KIND_PUT);
	stage_until(w, 0, PHASE_COMMIT);
	fault_kill_client(w, 0);
	stage_release(w);
	stage_lose_disk(w, B);
	stage_up(w, BIT(A));
	stage_heal_later(w, 1);
	w->servers[C].paused_until_ms = w->now_ms + 4000;
	stage_do(w, 1, OP_KIND_PUT);
	world_wait(w, 10000);
	stage_do(w, 1, OP_KIND_GET);
}

/* A rotten chunk whose file is there. */
static void verify(struct world *w)
{
	stage_do_name(w, 0, OP_KIND_PUT, 1);
	stage_rot(w, A, 1);
	stage_heal(w, 1);
}

/* A is away when the deletion is forgotten. */
static void forget_all(struct world *w)
{
	stage_do(w, 0, OP_KIND_PUT);
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_RM);
	age(w);
	stage_heal(w, 1);
	stage_up(w, BIT(A));
	stage_do(w, 0, OP_KIND_GET);
}

/* The marks of a dead client's put come after the deletion that it was
 * older than. */
static void forget_age(struct world *w)
{
	stage_hold(w, COMMITS, BIT(1), ANY, 5000);
	stage_start(w, 1, OP_KIND_PUT);
	stage_until(w, 1, PHASE_COMMIT);
	fault_kill_client(w, 1);
	stage_release(w);
	stage_do(w, 0, OP_KIND_PUT);
	stage_do(w, 0, OP_KIND_RM);
	stage_heal(w, 0);
	stage_heal(w, 0);
	world_wait(w, 6000);
	stage_do(w, 0, OP_KIND_GET);
}

/* The stages of a put that is under way are taken away. */
static void discard_age(struct world *w)
{
	stage_start(w, 0, OP_KIND_PUT);
	stage_until(w, 0, PHASE_COMMIT);
	stage_release(w);
	w->clients[0].frozen_until_ms = w->now_ms;
	stage_wait(w, 0);
	stage_hold(w, COMMITS, BIT(1), ANY, 3000);
	stage_start(w, 1, OP_KIND_PUT);
	stage_until(w, 1, PHASE_COMMIT);
	stage_release(w);
	stage_heal(w, 2);
	stage_wait(w, 1);
	world_wait(w, 4000);
	stage_do(w, 0, OP_KIND_GET);
}

/* C is put back to what it had before the deletion. */
static void rejoin(struct world *w)
{
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_PUT);
	server_save(&w->servers[C]);
	stage_do(w, 0, OP_KIND_RM);
	w->profile.rollback = true;
	stage_lose_disk(w, C);
	stage_down(w, BIT(B));
	stage_up(w, BIT(A));
	stage_do(w, 1, OP_KIND_GET);
}

/* The power goes when the deletion is gone, and its counter not yet kept. */
static void floor_first(struct world *w)
{
	stage_do(w, 0, OP_KIND_PUT);
	stage_do(w, 0, OP_KIND_PUT);
	stage_do(w, 0, OP_KIND_RM);
	age(w);
	w->profile.sync_ms = 2000;
	heal_start(w, 1, 0);
	while ((w->servers[A].shelves[0].count != 0 ||
		w->servers[B].shelves[0].count != 0) &&
	       !client_is_idle(&w->clients[1]) && world_step(w, UINT64_MAX))
		;
	stage_down(w, ANY);
	w->profile.sync_ms = 2;
	stage_up(w, ANY);
	stage_wait(w, 1);
	stage_do(w, 0, OP_KIND_PUT);
	stage_do(w, 0, OP_KIND_GET);
}

/* Until the heal of a name has come to that phase. */
static void until_phase(struct world *w, unsigned client,
			enum quorum_phase phase)
{
	const struct client *c = &w->clients[client];

	while (!client_is_idle(c) &&
	       !(c->running && c->quorum.phase == phase) &&
	       world_step(w, UINT64_MAX))
		;
}

/* Two heals spread the same version; one of them calls off what the other one
 * is about to commit. */
static void restripe(struct world *w)
{
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_PUT);
	stage_up(w, BIT(A));
	stage_hold(w, BIT(MESSAGE_STAGE), BIT(0), BIT(C), 0);
	heal_start(w, 0, 0);
	heal_start(w, 1, 0);
	until_phase(w, 0, PHASE_VERIFY);
	w->clients[0].frozen_until_ms = w->now_ms + 1000;
	until_phase(w, 1, PHASE_STAGE);
	w->clients[1].frozen_until_ms = w->now_ms + 3000;
	stage_wait(w, 0);
	stage_wait(w, 1);
	stage_do(w, 0, OP_KIND_GET);
}

const struct script play_heal[] = {
	{RULE_HEAL_MARKS, 3, START_STEADY, heal_marks},
	{RULE_QUARANTINE, 3, START_STEADY, quarantine},
	{RULE_OUTLAST, 3, START_STEADY, quarantine},
	{RULE_FLOOR, 3, START_STEADY, stage_lost},
	{RULE_VERIFY, 3, START_STEADY, verify},
	{RULE_REP, 3, START_STEADY, restripe},
	{RULE_FORGET_ALL, 3, START_STEADY, forget_all},
	{RULE_FLOOR_FIRST, 2, START_STEADY, floor_first},
	{RULE_FORGET_AGE, 3, START_STEADY, forget_age},
	{RULE_DISCARD_AGE, 3, START_STEADY, discard_age},
	{RULE_REJOIN, 3, START_STEADY, rejoin},
	{.rule = RULE_NONE},
};
