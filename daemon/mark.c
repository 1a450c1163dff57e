/*
 * What the scrub asks of the store beside VERIFY: the next name, and a place
 * in the store's state for where it is.
 */
#include <string.h>

#include "inside.h"

void store_scrub_mark(struct store *s, struct scrub_mark *out)
{
	mutex_lock(&s->lock);
	memcpy(out->name, s->state.cursor, sizeof(out->name));
	out->began_s = s->state.began_s;
	out->last_s = s->state.last_s;
	mutex_unlock(&s->lock);
}

static void set_mark(struct state *state, const struct scrub_mark *m)
{
	memcpy(state->cursor, m->name, sizeof(state->cursor));
	state->began_s = m->began_s;
	state->last_s = m->last_s;
}

void store_set_scrub_mark(struct store *s, const struct scrub_mark *m)
{
	struct state after;

	mutex_lock(&s->adopt);
	mutex_lock(&s->lock);
	after = s->state;
	mutex_unlock(&s->lock);
	set_mark(&after, m);
	if (store_note_state(s, &after) != ST_OK) {
		mutex_lock(&s->lock);
		set_mark(&s->state, m);
		mutex_unlock(&s->lock);
	}
	mutex_unlock(&s->adopt);
}

bool store_next(struct store *s, char *last, size_t *last_len,
		struct record *out)
{
	struct record list[MSG_RECORDS_MAX];
	struct rules_records r = {list, 0};
	const struct record *high = NULL;

	while (!high && (r.count = catalogue_next(s->catalogue, last, last_len,
						  list)) > 0)
		high = rules_committed(r);
	if (high)
		*out = *high;
	return high != NULL;
}
