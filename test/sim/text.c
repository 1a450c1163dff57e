#include "text.h"

#include <inttypes.h>
#include <stdio.h>

#include "server.h"
#include "world.h"

#define RING 8
#define TEXT_MAX 64

static char *text_next(void)
{
	static char ring[RING][TEXT_MAX];
	static unsigned at;

	at = (at + 1) % RING;
	return ring[at];
}

const char *text_tag(const struct tag *t)
{
	char *out = text_next();

	if (tag_is_none(t))
		return "-";
	(void)snprintf(out, TEXT_MAX, "%" PRIu64 ".%04x.%u.%04x", t->ctr,
		       (unsigned)(t->put >> 48), t->gen,
		       (unsigned)(t->rep >> 48));
	return out;
}

const char *text_cluster(const struct cluster_id *c)
{
	char *out = text_next();

	(void)snprintf(out, TEXT_MAX, "%02x%02x/%u:%u", c->id[0], c->id[1],
		       (unsigned)c->epoch, (unsigned)c->n);
	return out;
}

const char *text_outcome(unsigned outcome)
{
	static const char *const texts[OUTCOMES] = {
		"none",	      "ok",	 "absent",    "failed",
		"incomplete", "unknown", "cancelled", "dead"};

	return outcome < OUTCOMES ? texts[outcome] : "?";
}

const char *text_reason(enum quorum_reason reason)
{
	static const char *const texts[] = {
		[REASON_NONE] = "",
		[REASON_TOO_FEW] = "too few",
		[REASON_NO_SPACE] = "no space",
		[REASON_READ_ONLY] = "read-only",
		[REASON_DENIED] = "denied",
		[REASON_NOT_ALL] = "not all",
		[REASON_STAGE] = "stages",
		[REASON_BEGIN] = "beginning",
		[REASON_DOUBLED] = "doubled",
		[REASON_CHUNKS] = "chunks",
		[REASON_MOVING] = "moving",
		[REASON_LOCAL] = "local",
		[REASON_LIMIT] = "limit",
		[REASON_FETCH] = "fetch",
		[REASON_EXISTS] = "exists",
		[REASON_CHANGED] = "changed",
	};

	return (size_t)reason < sizeof(texts) / sizeof(texts[0]) ? texts[reason]
								 : "?";
}

const char *text_phase(enum quorum_phase phase)
{
	static const char *const texts[PHASE_COUNT] = {
		[PHASE_QUERY] = "query",     [PHASE_JOIN] = "join",
		[PHASE_PAUSE] = "pause",     [PHASE_STAGE] = "stage",
		[PHASE_COMMIT] = "commit",   [PHASE_RETRY] = "retry",
		[PHASE_FETCH] = "fetch",     [PHASE_MARKS] = "marks",
		[PHASE_FINISH] = "finish",   [PHASE_VERIFY] = "verify",
		[PHASE_RESTORE] = "restore", [PHASE_GARBAGE] = "garbage",
		[PHASE_ABORT] = "abort",     [PHASE_DONE] = "done",
	};

	return phase < PHASE_COUNT ? texts[phase] : "?";
}

const char *text_state(unsigned state)
{
	static const char *const texts[] = {"blank", "joining", "member",
					    "leaving"};

	return state < 4 ? texts[state] : "?";
}

void text_change(const struct world *w, const struct server *s,
		 const struct update *c)
{
	static const char *const steps[] = {
		[RULES_STAGE] = "stage",	[RULES_SHOW] = "commit",
		[RULES_WITNESS] = "witness",	[RULES_BURY] = "tombstone",
		[RULES_DROP] = "drop",		[RULES_FILL] = "chunks",
		[RULES_REPLACE] = "new chunks", [RULES_FORGET] = "oblivion",
	};

	if (!w->trace)
		return;
	world_say(w, "server %u: has on disk: %s of %s, name %u", s->index + 1,
		  steps[c->step], text_tag(&c->message->version.tag),
		  c->message->name);
}

static void text_answer(char *out, size_t size, const struct message *m)
{
	int n = snprintf(out, size, " %s, %s %s%s",
			 m->status == ST_OK ? "ok" : status_text(m->status),
			 text_state(m->store.state),
			 text_cluster(&m->store.cluster),
			 m->store.flags & STORE_VERSIONS ? " versions" : "");

	for (unsigned i = 0; i < m->count && n > 0 && (size_t)n < size; i++)
		n += snprintf(out + n, size - (size_t)n, " %c%u:%s",
			      m->records[i].state, m->records[i].first,
			      text_tag(&m->records[i].v.tag));
}

void text_message(const struct world *w, const struct message *m,
		  const char *what)
{
	char answer[512] = "";

	if (!w->trace)
		return;
	if (what[0] == '<')
		text_answer(answer, sizeof(answer), m);
	world_say(w, "client %u %s server %u: %s name %u %s%s", m->client + 1,
		  what, m->server + 1, message_kind_text(m->kind), m->name,
		  text_tag(&m->version.tag), answer);
}
