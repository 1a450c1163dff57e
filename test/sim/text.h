/*
 * Short words for the trace.  The texts live in a ring of static buffers:
 * up to eight at a time.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include "message.h"
#include "quorum.h"

struct update;
struct server;
struct world;

const char *text_tag(const struct tag *t);
const char *text_cluster(const struct cluster_id *c);
const char *text_outcome(unsigned outcome);
const char *text_reason(enum quorum_reason reason);
const char *text_phase(enum quorum_phase phase);
const char *text_state(unsigned state);
/* Lines of the trace. */
void text_change(const struct world *w, const struct server *s,
		 const struct update *c);
void text_message(const struct world *w, const struct message *m,
		  const char *what);

#endif
