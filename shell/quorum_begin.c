/* Beginning a cluster: see dfs-consistency(7). */
#include "quorum_parts.h"

#include <string.h>

static void remember_stores(struct quorum *q)
{
	q->begin_seen = 0;
	for (unsigned i = 0; i < q->settings.count; i++) {
		if (!q->servers[i].answered)
			continue;
		q->begin_seen |= quorum_bit(i);
		memcpy(q->begin_stores[i], q->servers[i].store.stamp.store,
		       STORE_ID_SIZE);
	}
}

/* Servers that answered both rounds as the same store. */
static uint64_t seen_twice(const struct quorum *q)
{
	uint64_t twice = 0;

	for (unsigned i = 0; i < q->settings.count; i++)
		if ((q->begin_seen & quorum_bit(i)) && q->servers[i].answered &&
		    memcmp(q->begin_stores[i], q->servers[i].store.stamp.store,
			   STORE_ID_SIZE) == 0)
			twice |= quorum_bit(i);
	return twice;
}

/* The lowest cluster id among the answers, else our own. */
static void lowest_id(struct quorum *q, uint8_t id[STORE_ID_SIZE])
{
	bool any = false;

	memcpy(id, q->own_id, STORE_ID_SIZE);
	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct msg_store *s = &q->servers[i].store;

		if (!q->servers[i].answered || s->state == STORE_BLANK)
			continue;
		if (!any || memcmp(s->cluster.id, id, STORE_ID_SIZE) < 0)
			memcpy(id, s->cluster.id, STORE_ID_SIZE);
		any = true;
	}
}

static unsigned carriers(const struct quorum *q,
			 const uint8_t id[STORE_ID_SIZE], uint8_t flags)
{
	unsigned n = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct msg_store *s = &q->servers[i].store;

		n += q->servers[i].answered && s->state == STORE_MEMBER &&
		     (s->flags & flags) == flags &&
		     memcmp(s->cluster.id, id, STORE_ID_SIZE) == 0;
	}
	return n;
}

void quorum_send_join(struct quorum *q, const struct cluster_id *c, uint64_t to,
		      uint64_t now)
{
	q->join = (struct msg_join){
		.cluster = *c,
		.state = STORE_MEMBER,
		.carried_r = carriers(q, c->id, 0) >= (c->n + 1u) / 2,
		.carried_w_version =
			carriers(q, c->id, STORE_VERSIONS) >= c->n / 2u + 1,
	};
	quorum_ask(q, PHASE_JOIN, WHAT_JOIN, to);
	q->deadline_ms = now + QUORUM_QUERY_MS;
}

void quorum_begin(struct quorum *q, uint64_t now)
{
	unsigned count = q->settings.count;
	unsigned w = count / 2 + 1;
	uint64_t answered = q->view.valid | q->view.strangers;
	struct cluster_id c = {.epoch = 1, .n = (uint8_t)count};

	if (!q->view.fresh || mask_count(answered) < w || count < 2) {
		quorum_finish(q, OUTCOME_FAILED, REASON_TOO_FEW);
		return;
	}
	if (q->begin_ms == 0)
		q->begin_ms = now;
	if (now - q->begin_ms > QUORUM_BEGIN_MS) {
		quorum_finish(q, OUTCOME_FAILED, REASON_BEGIN);
		return;
	}
	if (!q->begin_second || mask_count(seen_twice(q)) < w) {
		q->begin_second = true;
		remember_stores(q);
		quorum_query(q, now);
		return;
	}
	q->begin_second = false;
	lowest_id(q, c.id);
	quorum_send_join(q, &c, answered, now);
}

uint64_t quorum_lost_beginners(const struct quorum *q)
{
	const uint8_t *id = q->view.cluster.id;
	bool versions = carriers(q, id, STORE_VERSIONS) >= q->view.w;
	uint64_t some = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct msg_store *s = &q->servers[i].store;

		if (!(q->view.strangers & quorum_bit(i)) ||
		    s->cluster.epoch != 1 || (s->flags & STORE_VERSIONS))
			continue;
		if (versions || memcmp(id, s->cluster.id, STORE_ID_SIZE) < 0)
			some |= quorum_bit(i);
	}
	return some;
}
