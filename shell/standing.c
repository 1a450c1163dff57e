#include "standing.h"

#include <stdio.h>

enum standing standing_of(const struct view *v, const struct msg_store *s,
			  unsigned server, unsigned count)
{
	uint64_t bit = UINT64_C(1) << server;
	bool more = v->cluster.n != 0 && count > v->n;

	if (!s)
		return STANDING_NONE;
	if (v->doubled & bit)
		return STANDING_DOUBLED;
	if (v->strangers & bit)
		return STANDING_STRANGER;
	if (v->expelled & bit)
		return STANDING_EXPELLED;
	if (v->removed & bit)
		return STANDING_REMOVED;
	if (v->leaving & bit)
		return STANDING_LEAVING;
	if (v->behind & bit)
		return count != v->n ? STANDING_OUTSIDE : STANDING_BEHIND;
	if (v->members & bit)
		return STANDING_MEMBER;
	if ((v->blank | v->joining) & bit && more)
		return STANDING_SURPLUS;
	if (v->blank & bit)
		return STANDING_BLANK;
	return v->joining & bit ? STANDING_JOINING : STANDING_OTHER;
}

static const struct {
	const char *word;
	const char *advice;
} texts[] = {
	[STANDING_MEMBER] = {"member", ""},
	[STANDING_NONE] = {"unavailable", "does not answer"},
	[STANDING_DOUBLED] = {"the same server twice", "is there twice"},
	[STANDING_STRANGER] = {"of another cluster",
			       "belongs to another cluster"},
	[STANDING_BLANK] = {"blank", "blank: run dfc heal"},
	[STANDING_JOINING] = {"joining", "joining: run dfc heal"},
	[STANDING_SURPLUS] = {"not added",
			      "is no member: run dfc members add "},
	[STANDING_LEAVING] = {"leaving", "leaving: run dfc members remove "},
	[STANDING_REMOVED] = {"removed",
			      "was removed: take it out of dfc.conf, stop it"},
	[STANDING_EXPELLED] =
		{"removed as dead",
		 "was removed as dead: take it out of dfc.conf, or "
		 "start it with --rejoin and add it"},
	[STANDING_BEHIND] = {"behind",
			     "behind, has an older cluster record: run dfc "
			     "heal"},
	[STANDING_OUTSIDE] = {"behind", "has an older record: was it removed?"},
	[STANDING_OTHER] = {"other record", "has another cluster record"},
};

const char *standing_word(enum standing t)
{
	return texts[t].word;
}

void standing_advice(enum standing t, const struct view *v, unsigned count,
		     const char *name, char out[STANDING_TEXT_MAX])
{
	bool named = t == STANDING_SURPLUS || t == STANDING_LEAVING;

	if (t == STANDING_OUTSIDE)
		snprintf(out, STANDING_TEXT_MAX,
			 "%s the cluster has %u servers, the list %u",
			 texts[t].advice, v->n, count);
	else
		snprintf(out, STANDING_TEXT_MAX, "%s%s", texts[t].advice,
			 named ? name : "");
}

uint64_t standing_outcasts(const struct view *v, unsigned count)
{
	return v->leaving | v->removed | v->expelled |
	       (count != v->n ? v->behind : 0);
}

bool standing_is_forsaken(const struct view *v, unsigned count)
{
	return v->cluster.n != 0 && !v->fresh && count == v->n &&
	       v->valid == mask_all(count) && v->doubled == 0 &&
	       mask_count(v->members) < v->r;
}
