/*
 * What the files quorum*.c share, and nobody else uses.
 *
 * A function that sends orders enters a phase, and returns; quorum.c goes on
 * when the phase is settled.
 */
#ifndef SHELL_QUORUM_PARTS_H
#define SHELL_QUORUM_PARTS_H

#include "quorum.h"

static inline uint64_t quorum_bit(unsigned server)
{
	return UINT64_C(1) << server;
}

static inline bool quorum_is_put(const struct quorum *q)
{
	return q->settings.kind == QUORUM_PUT;
}

/* quorum.c */

uint64_t quorum_draw(struct quorum *q);
/* Of [min, max]. */
uint64_t quorum_jitter(struct quorum *q, uint64_t min, uint64_t max);
/* Queues an order of the current round. */
void quorum_order(struct quorum *q, enum quorum_what what, uint64_t to);
/* Enters a phase that asks the servers of `to`, in a new round. */
void quorum_ask(struct quorum *q, enum quorum_phase phase,
		enum quorum_what what, uint64_t to);
void quorum_finish(struct quorum *q, enum quorum_outcome outcome,
		   enum quorum_reason reason);
/* A short pause, then a new QUERY round. */
void quorum_pause(struct quorum *q, uint64_t now);
void quorum_query(struct quorum *q, uint64_t now);
/* ABORT of the tag to the stripe; nobody waits for the answers. */
void quorum_abort_stage(struct quorum *q);
/* The same, and the operation ends when the answers are in. */
void quorum_abort_then(struct quorum *q, enum quorum_outcome outcome,
		       enum quorum_reason reason, uint64_t now);
/* Keeps a QUERY's answer; false when it is none, or one is there. */
bool quorum_take_answer(struct quorum *q, const struct quorum_event *e);
void quorum_judge(const struct quorum *q, struct view *v, struct found *f);
/* May a server that was not reached before be asked for its stamp now? */
bool quorum_may_query(const struct quorum *q, uint64_t now);

/* quorum_begin.c */

void quorum_begin(struct quorum *q, uint64_t now);
/* Does any store hold an acknowledged stage? */
bool quorum_sees_stages(const struct quorum *q);
/* Sends the record that holds to members that have an older one, once in an
 * operation.  True: it has, and the QUERY is to come again. */
bool quorum_update_members(struct quorum *q, uint64_t now);
/* Stores that began another cluster, and may still be won over. */
uint64_t quorum_lost_beginners(const struct quorum *q);
void quorum_send_join(struct quorum *q, const struct cluster_id *c, uint64_t to,
		      uint64_t now);

/* quorum_put.c */

void quorum_evaluate_put(struct quorum *q, uint64_t now);
void quorum_stage_event(struct quorum *q, const struct quorum_event *e,
			uint64_t now);

/* quorum_commit.c */

void quorum_commit(struct quorum *q, uint64_t now);
void quorum_commit_event(struct quorum *q, const struct quorum_event *e,
			 uint64_t now);
void quorum_commit_settled(struct quorum *q, uint64_t now);
void quorum_commit_expired(struct quorum *q, uint64_t now);
void quorum_retry_expired(struct quorum *q, uint64_t now);
uint64_t quorum_acked_members(const struct quorum *q);

/* quorum_get.c */

/* all_in: nobody else will answer the QUERY. */
void quorum_evaluate_get(struct quorum *q, bool all_in, uint64_t now);
/* The version is delivered, or a tombstone: sees to a majority of marks. */
void quorum_see_marks(struct quorum *q, uint64_t now);
void quorum_finish_marks(struct quorum *q, uint64_t now);
void quorum_finish_settled(struct quorum *q, uint64_t now);
void quorum_fetch_event(struct quorum *q, const struct quorum_event *e,
			uint64_t now);
/* A chunk is on no server that answers: may another have it? */
enum quorum_reason quorum_why_incomplete(const struct quorum *q);
/* The newest version lacks a chunk: incomplete if it did before. */
void quorum_look_again(struct quorum *q, uint64_t now);
/* An answer to the last QUERY that came after its round was judged. */
void quorum_late_answer(struct quorum *q, uint64_t now);

/* quorum_heal.c */

void quorum_evaluate_heal(struct quorum *q, uint64_t now);
void quorum_verify_event(struct quorum *q, const struct quorum_event *e,
			 uint64_t now);
void quorum_verify_settled(struct quorum *q, uint64_t now);
/* Who is to be sent the mark. */
uint64_t quorum_heal_lacking(const struct quorum *q);
/* The marks are there. */
void quorum_heal_marked(struct quorum *q, uint64_t now);
void quorum_heal_fetched(struct quorum *q, const struct quorum_event *e,
			 uint64_t now);
void quorum_restore_event(struct quorum *q, const struct quorum_event *e,
			  uint64_t now);
void quorum_restore_settled(struct quorum *q, uint64_t now);
void quorum_restripe_event(struct quorum *q, const struct quorum_event *e,
			   uint64_t now);
/* The COMMIT of the new stripe is over. */
void quorum_heal_committed(struct quorum *q, enum quorum_outcome outcome,
			   enum quorum_reason reason);
/* Another change of the name got in the way. */
void quorum_heal_again(struct quorum *q, uint64_t now);
/* Ends it. */
void quorum_heal_over(struct quorum *q, enum quorum_outcome outcome,
		      enum quorum_reason reason);

/* quorum_places.c */

/* The server's record of that tag, or NULL. */
struct record *quorum_record_of(struct quorum *q, unsigned server,
				const struct tag *tag);
/* The server's record of q->version, if it has a place in its stripe. */
struct record *quorum_place_of(struct quorum *q, unsigned server);
/* All servers that remain answer; new ones count. */
bool quorum_all_here(const struct quorum *q);
/* The turn of the version's placement, as its records tell it. */
unsigned quorum_turn(struct quorum *q);
/* What is missing, in q->targets and q->places, or, in q->stripe, that all
 * must be spread anew; q->need: the chunks for it. */
void quorum_plan(struct quorum *q);

/* quorum_garbage.c */

/* Members that have forgotten the deletion already: to mark it there would
 * bring it back. */
uint64_t quorum_forgetful(const struct quorum *q);
/* Joining servers with a committed version that is none for the members. */
uint64_t quorum_risen(const struct quorum *q);
void quorum_collect_garbage(struct quorum *q, uint64_t now);
void quorum_garbage_event(struct quorum *q, const struct quorum_event *e,
			  uint64_t now);
void quorum_garbage_settled(struct quorum *q, uint64_t now);
void quorum_garbage_expired(struct quorum *q, uint64_t now);

#endif
