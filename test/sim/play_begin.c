/* Directed histories: clients that begin a cluster at the same time. */
#include "stage.h"

#include "fault.h"

enum { A, B, C };

#define QUERIES BIT(MESSAGE_QUERY)
#define JOINS BIT(MESSAGE_JOIN)
#define STAGES BIT(MESSAGE_STAGE)
#define COMMITS BIT(MESSAGE_COMMIT)

/* One answer from before the first version, one from a disk that is new since
 * then: each of them blank. */
static void twice(struct world *w)
{
	stage_delay(w, QUERIES, BIT(1), BIT(B), 600);
	stage_start(w, 1, OP_KIND_PUT);
	stage_release(w);
	world_wait(w, 20);
	stage_do(w, 0, OP_KIND_PUT);
	stage_lose_disk(w, B);
	stage_wait(w, 1);
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_GET);
}

/* A put counts on a mark that was lost with its disk; that store is a member
 * again when the second mark comes. */
static void beside(struct world *w)
{
	stage_hold(w, COMMITS, BIT(0), BIT(B), 0);
	stage_start(w, 0, OP_KIND_PUT);
	stage_until(w, 0, PHASE_RETRY);
	stage_lose_disk(w, A);
	stage_hold(w, STAGES, BIT(1), ANY, 0);
	stage_start(w, 1, OP_KIND_PUT);
	world_wait(w, 500);
	fault_kill_client(w, 1);
	stage_release(w);
	stage_wait(w, 0);
	stage_down(w, BIT(B));
	stage_do(w, 0, OP_KIND_GET);
}

/* A late JOIN of a lower id takes two of three servers from a put that has
 * its mark on the third: that one belongs to a cluster of its own then. */
static void carried(struct world *w)
{
	stage_delay(w, JOINS, BIT(1), ANY, 500);
	stage_start(w, 1, OP_KIND_PUT);
	stage_until(w, 1, PHASE_JOIN);
	stage_release(w);
	stage_hold(w, COMMITS, BIT(0), BIT(B) | BIT(C), 0);
	stage_start(w, 0, OP_KIND_PUT);
	world_wait(w, 600);
	stage_release(w);
	stage_wait(w, 0);
	stage_wait(w, 1);
}

/* The same with one server, before it has the put's stage. */
static void cluster(struct world *w)
{
	stage_delay(w, JOINS, BIT(1), BIT(C), 500);
	stage_hold(w, JOINS, BIT(1), ANY, 0);
	stage_start(w, 1, OP_KIND_PUT);
	stage_until(w, 1, PHASE_JOIN);
	fault_kill_client(w, 1);
	stage_release(w);
	stage_delay(w, STAGES, BIT(0), BIT(C), 1000);
	stage_start(w, 0, OP_KIND_PUT);
	world_wait(w, 600);
	stage_release(w);
	stage_wait(w, 0);
}

const struct script play_begin[] = {
	{RULE_TWICE, 2, START_BLANK, twice},
	{RULE_BESIDE, 2, START_BLANK, beside},
	{RULE_CARRIED, 3, START_BLANK, carried},
	{RULE_CLUSTER, 3, START_BLANK, cluster},
	{.rule = RULE_NONE},
};
