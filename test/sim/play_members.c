/* Directed histories: servers that are added and removed. */
#include "stage.h"

#include "fault.h"

enum { A, B, C, D };

#define COMMITS BIT(MESSAGE_COMMIT)

/* A put that is on A and the leaving B when B goes. */
static void leaving(struct world *w)
{
	unsigned plan = stage_plan(w, PLAN_REMOVE, B);
	struct client *c = &w->clients[1];

	stage_change_start(w, 1, plan);
	while (c->members.step != STEP_REMOVE && !client_is_idle(c) &&
	       world_step(w, UINT64_MAX))
		;
	c->frozen_until_ms = w->now_ms + 3000;
	stage_hold(w, ANY, BIT(0), BIT(C), 0);
	stage_do(w, 0, OP_KIND_PUT);
	stage_release(w);
	stage_wait(w, 1);
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_GET);
}
/* One that was never healed onto C: after B has gone, one of two tells. */
static void remove_heal(struct world *w)
{
	unsigned plan;

	stage_hold(w, COMMITS, BIT(0), BIT(C), 0);
	stage_do(w, 0, OP_KIND_PUT);
	stage_release(w);
	plan = stage_plan(w, PLAN_REMOVE, B);
	stage_change(w, 1, plan);
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_GET);
}

/* The new record is on A and the new server alone. */
static void add_acks(struct world *w)
{
	unsigned plan = stage_plan(w, PLAN_ADD, w->n);
	struct lineup old = w->list;

	stage_change_start(w, 1, plan);
	while (w->clients[1].members.phase != MEMBERS_HEAL &&
	       !client_is_idle(&w->clients[1]) && world_step(w, UINT64_MAX))
		;
	fault_kill_client(w, 1);
	w->list = old;
	stage_do(w, 0, OP_KIND_PUT);
	stage_do(w, 0, OP_KIND_GET);
}

/* The marks of a put that has asked three servers come when there are four,
 * of which two have never seen it. */
static void epoch(struct world *w)
{
	unsigned plan = stage_plan(w, PLAN_ADD, w->n);

	world_wait(w, w->profile.quarantine_ms);
	stage_hold(w, COMMITS, BIT(0), BIT(C), 0);
	stage_start(w, 0, OP_KIND_PUT);
	stage_until(w, 0, PHASE_STAGE);
	w->clients[0].frozen_until_ms = w->now_ms + 5000;
	stage_change(w, 1, plan);
	stage_wait(w, 0);
	stage_release(w);
	stage_down(w, BIT(A) | BIT(B));
	stage_do(w, 0, OP_KIND_GET);
}

/* A server that was removed as dead comes back, and an old list names it. */
static void behind(struct world *w)
{
	unsigned plan = stage_plan(w, PLAN_REMOVE_DEAD, D);
	struct lineup old = w->list;

	stage_destroy(w, D);
	stage_change(w, 1, plan);
	stage_down(w, BIT(C));
	stage_do(w, 0, OP_KIND_PUT);
	stage_up(w, BIT(C));
	stage_down(w, BIT(A) | BIT(B));
	w->servers[D].gone = false;
	stage_up(w, BIT(D));
	w->list = old;
	stage_do(w, 0, OP_KIND_GET);
	world_unlist(w, D);
	stage_destroy(w, D);
}

const struct script play_members[] = {
	{RULE_EPOCH, 3, START_STEADY, epoch},
	{RULE_BEHIND, 4, START_STEADY, behind},
	{RULE_LEAVING, 3, START_STEADY, leaving},
	{RULE_REMOVE_HEAL, 3, START_STEADY, remove_heal},
	{RULE_ADD_ACKS, 2, START_STEADY, add_acks},
	{.rule = RULE_NONE},
};
