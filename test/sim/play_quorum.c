/* Directed histories: put, get, rm, and what a server answers. */
#include "stage.h"

#include "fault.h"

enum { A, B, C };

#define COMMITS BIT(MESSAGE_COMMIT)

/* A put whose marks reach only these servers; its client dies. */
static void put_half(struct world *w, unsigned client, unsigned servers)
{
	stage_hold(w, COMMITS, BIT(client), ~servers, 0);
	stage_start(w, client, OP_KIND_PUT);
	stage_until(w, client, PHASE_COMMIT);
	world_wait(w, 40);
	fault_kill_client(w, client);
	stage_release(w);
}

/* The marks of a dead client's rm arrive two fences later. */
static void fence(struct world *w)
{
	stage_do(w, 0, OP_KIND_PUT);
	stage_hold(w, COMMITS, BIT(1), ANY, 2 * w->profile.fence_ms);
	stage_start(w, 1, OP_KIND_RM);
	stage_until(w, 1, PHASE_COMMIT);
	fault_kill_client(w, 1);
	stage_release(w);
	world_wait(w, w->profile.fence_ms + 6000);
	stage_do(w, 0, OP_KIND_PUT);
	world_wait(w, w->profile.fence_ms);
	stage_do(w, 0, OP_KIND_GET);
}

/* One of two that have it loses its disk; a third never had it. */
static void blank(struct world *w)
{
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_PUT);
	stage_lose_disk(w, B);
	stage_down(w, BIT(C));
	stage_up(w, BIT(A));
	stage_do(w, 1, OP_KIND_GET);
}

/* The same, and another name's put has made it a joining store. */
static void joining(struct world *w)
{
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_PUT);
	stage_lose_disk(w, B);
	stage_up(w, BIT(A));
	stage_do_name(w, 0, OP_KIND_PUT, 1);
	stage_down(w, BIT(C));
	stage_do(w, 1, OP_KIND_GET);
}

/* A put's stages tell of it where its only mark is away. */
static void staged(struct world *w)
{
	put_half(w, 1, BIT(A));
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_PUT);
	stage_up(w, BIT(A));
	stage_do(w, 0, OP_KIND_GET);
}

/* What one get has seen on one server, the next one sees without it. */
static void write_back(struct world *w)
{
	put_half(w, 1, BIT(A));
	stage_down(w, BIT(C));
	stage_do(w, 0, OP_KIND_GET);
	stage_up(w, BIT(C));
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_GET);
}

/* The power goes before the disks are done. */
static void durable(struct world *w)
{
	w->profile.sync_ms = 2000;
	stage_do(w, 0, OP_KIND_PUT);
	stage_down(w, ANY);
	stage_up(w, ANY);
	w->profile.sync_ms = 2;
	stage_do(w, 0, OP_KIND_GET);
}

/* A put that another one has overtaken on a single server. */
static void superseded(struct world *w)
{
	stage_start(w, 0, OP_KIND_PUT);
	w->clients[0].frozen_until_ms = w->now_ms + 500;
	w->history.ops[w->clients[0].op].frozen = true;
	put_half(w, 1, BIT(A));
	stage_wait(w, 0);
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_GET);
}

/* One mark, and the server that has it goes away. */
static void one_ack(struct world *w)
{
	stage_hold(w, COMMITS, BIT(0), ~BIT(A), 0);
	stage_do(w, 0, OP_KIND_PUT);
	stage_release(w);
	stage_down(w, BIT(A));
	stage_do(w, 1, OP_KIND_GET);
}

/* Two servers have the marks before they have the stages. */
static void all_stages(struct world *w)
{
	stage_start(w, 0, OP_KIND_PUT);
	stage_until(w, 0, PHASE_STAGE);
	w->servers[B].paused_until_ms = w->now_ms + 500;
	w->servers[C].paused_until_ms = w->now_ms + 500;
	stage_wait(w, 0);
	world_wait(w, 1000);
	stage_do(w, 1, OP_KIND_GET);
}

/* The power goes in the midst of an overwrite. */
static void retire(struct world *w)
{
	stage_do(w, 0, OP_KIND_PUT);
	stage_start(w, 0, OP_KIND_PUT);
	stage_until(w, 0, PHASE_COMMIT);
	w->profile.sync_ms = 5000;
	world_wait(w, 10);
	fault_kill_client(w, 0);
	stage_down(w, ANY);
	w->profile.sync_ms = 2;
	stage_up(w, ANY);
	stage_do(w, 0, OP_KIND_GET);
}

/* Given up when the marks are on their way. */
static void cancel(struct world *w)
{
	stage_start(w, 0, OP_KIND_PUT);
	stage_until(w, 0, PHASE_COMMIT);
	client_cancel(w, 0);
	stage_wait(w, 0);
	world_wait(w, 100);
	stage_do(w, 1, OP_KIND_GET);
}

/* The only server that answers has missed the put. */
static void silent(struct world *w)
{
	stage_down(w, BIT(A));
	stage_do(w, 0, OP_KIND_PUT);
	stage_down(w, BIT(B) | BIT(C));
	stage_up(w, BIT(A));
	stage_do(w, 1, OP_KIND_GET);
}

const struct script play_quorum[] = {
	{RULE_FENCE, 3, START_STEADY, fence},
	{RULE_BLANK, 3, START_STEADY, blank},
	{RULE_JOINING, 3, START_STEADY, joining},
	{RULE_STAGED, 3, START_STEADY, staged},
	{RULE_WRITE_BACK, 3, START_STEADY, write_back},
	{RULE_DURABLE, 3, START_STEADY, durable},
	{RULE_SUPERSEDED, 3, START_STEADY, superseded},
	{RULE_ONE_ACK, 3, START_STEADY, one_ack},
	{RULE_ALL_STAGES, 3, START_STEADY, all_stages},
	{RULE_RETIRE, 2, START_STEADY, retire},
	{RULE_CANCEL, 3, START_STEADY, cancel},
	{RULE_SILENT, 3, START_STEADY, silent},
	{.rule = RULE_NONE},
};
