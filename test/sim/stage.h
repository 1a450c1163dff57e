/*
 * What directed histories are written with.  Servers and clients are counted
 * from 0; sets of them are bit masks.  A world without random faults: what
 * happens is what the history says.
 */
#ifndef SIM_STAGE_H
#define SIM_STAGE_H

#include "world.h"

#define BIT(i) (1u << (i))
#define ANY (~0u)

/* Only messages that are short, and clients that do nothing by themselves. */
void stage_silence(struct world *w);

/* Until the client has ended what it does. */
void stage_wait(struct world *w, unsigned client);
/* Until its quorum has come to that phase, or is done. */
void stage_until(struct world *w, unsigned client, enum quorum_phase phase);

/* kind: enum op_kind, of name 0. */
void stage_start(struct world *w, unsigned client, enum op_kind kind);
void stage_do(struct world *w, unsigned client, enum op_kind kind);
void stage_heal(struct world *w, unsigned client);
/* The quarantine is over then. */
void stage_heal_later(struct world *w, unsigned client);
/* Of the plan that the history has made; begins it. */
void stage_change_start(struct world *w, unsigned client, unsigned plan);
void stage_change(struct world *w, unsigned client, unsigned plan);
unsigned stage_plan(struct world *w, enum plan_kind kind, unsigned server);

void stage_down(struct world *w, unsigned servers);
void stage_up(struct world *w, unsigned servers);
/* A blank disk; up again. */
void stage_lose_disk(struct world *w, unsigned server);
void stage_destroy(struct world *w, unsigned server);
/* A chunk of the server's highest record of that name goes bad. */
void stage_rot(struct world *w, unsigned server, unsigned name);
/* The same as stage_do(), of another name. */
void stage_do_name(struct world *w, unsigned client, enum op_kind kind,
		   unsigned name);
/* From now on requests of that kind from these clients to these servers
 * arrive so late, which their clients take for lost; 0: never. */
void stage_hold(struct world *w, unsigned kinds, unsigned clients,
		unsigned servers, uint64_t late_ms);
/* The same, but their clients wait for them. */
void stage_delay(struct world *w, unsigned kinds, unsigned clients,
		 unsigned servers, uint64_t late_ms);
void stage_release(struct world *w);

#endif
