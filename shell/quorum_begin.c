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

/* Who carries the id, as a member or joining. */
static bool carries(const struct quorum *q, unsigned server,
		    const uint8_t id[STORE_ID_SIZE])
{
	const struct quorum_server *s = &q->servers[server];

	return s->answered && s->store.state != STORE_BLANK &&
	       memcmp(s->store.cluster.id, id, STORE_ID_SIZE) == 0;
}

/* Stores that carry the id or a lower one: they never go back to a higher
 * one, before that has a version on w stores. */
static unsigned not_above(const struct quorum *q,
			  const uint8_t id[STORE_ID_SIZE])
{
	unsigned n = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		n += s->answered && s->store.state != STORE_BLANK &&
		     memcmp(s->store.cluster.id, id, STORE_ID_SIZE) <= 0;
	}
	return n;
}

/* Stores that will carry the id after its JOIN. */
static unsigned obeyers(const struct quorum *q, const uint8_t id[STORE_ID_SIZE])
{
	unsigned n = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];

		n += s->answered &&
		     (s->store.state == STORE_BLANK || carries(q, i, id) ||
		      !(s->store.flags & STORE_STAGES));
	}
	return n;
}

static unsigned carriers(const struct quorum *q,
			 const uint8_t id[STORE_ID_SIZE], uint8_t flags)
{
	unsigned n = 0;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct msg_store *s = &q->servers[i].store;

		n += carries(q, i, id) && s->state == STORE_MEMBER &&
		     (s->flags & flags) == flags;
	}
	return n;
}

/* The lowest id among the answers that at least `least` carry or are below
 * of; false when there is none. */
static bool lowest_id(const struct quorum *q, unsigned least,
		      uint8_t id[STORE_ID_SIZE])
{
	bool any = false;

	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct quorum_server *s = &q->servers[i];
		const uint8_t *own = s->store.cluster.id;

		if (!s->answered || s->store.state == STORE_BLANK ||
		    not_above(q, own) < least)
			continue;
		if (!any || memcmp(own, id, STORE_ID_SIZE) < 0)
			memcpy(id, own, STORE_ID_SIZE);
		any = true;
	}
	return any;
}

/* The lowest one, unless stages keep too many stores from obeying it; then
 * the lowest that r stores do not stand above, which the others obey.  Our
 * own where there is none. */
static void choose_id(const struct quorum *q, uint8_t id[STORE_ID_SIZE])
{
	unsigned count = q->settings.count;

	memcpy(id, q->own_id, STORE_ID_SIZE);
	if (lowest_id(q, 1, id) && obeyers(q, id) < count / 2 + 1)
		(void)lowest_id(q, (count + 1) / 2, id);
}

bool quorum_sees_stages(const struct quorum *q)
{
	for (unsigned i = 0; i < q->settings.count; i++)
		if (q->servers[i].answered &&
		    (q->servers[i].store.flags & STORE_STAGES))
			return true;
	return false;
}

void quorum_send_join(struct quorum *q, const struct cluster_id *c, uint64_t to,
		      uint64_t now)
{
	q->join = (struct msg_join){
		.cluster = *c,
		.state = STORE_MEMBER,
		.carried_r = not_above(q, c->id) >= (c->n + 1u) / 2,
		.carried_w_version =
			carriers(q, c->id, STORE_VERSIONS) >= c->n / 2u + 1,
	};
	quorum_ask(q, PHASE_JOIN, WHAT_JOIN, to);
	q->deadline_ms = now + QUORUM_QUERY_MS;
}

bool quorum_update_members(struct quorum *q, uint64_t now)
{
	/* r members by a new record are w by the old one, which can never hold
	 * again; nor can it when all answer and it does not. */
	bool goes_on = q->view.established || view_proves(&q->view) ||
		       q->view.valid == mask_all(q->settings.count);
	uint64_t lag = goes_on ? q->view.behind : 0;

	/* A list of another length may name a server that was removed. */
	if (q->updated || lag == 0 || q->settings.count != q->view.n ||
	    q->settings.read_only || q->settings.dry)
		return false;
	q->updated = true;
	quorum_send_join(q, &q->view.cluster, lag, now);
	return true;
}

/* A record that was begun with another list is not begun anew with this one:
 * two records of one epoch would stand against each other. */
static bool is_list_of(const struct quorum *q, const struct cluster_id *c)
{
	for (unsigned i = 0; i < q->settings.count; i++) {
		const struct cluster_id *r = &q->servers[i].store.cluster;

		if (carries(q, i, c->id) && r->n != 0 && r->n != c->n)
			return false;
	}
	return true;
}

void quorum_begin(struct quorum *q, uint64_t now)
{
	unsigned count = q->settings.count;
	unsigned enough = view_beginners(count);
	uint64_t answered = q->view.valid | q->view.strangers;
	struct cluster_id c = {.epoch = 1, .n = (uint8_t)count};

	if (!q->view.fresh || mask_count(answered) < enough || count < 2) {
		quorum_finish(q, OUTCOME_FAILED, REASON_TOO_FEW);
		return;
	}
	if (q->begin_ms == 0)
		q->begin_ms = now;
	if (now - q->begin_ms > QUORUM_BEGIN_MS) {
		quorum_finish(q, OUTCOME_FAILED, REASON_BEGIN);
		return;
	}
	if (!q->begin_second || mask_count(seen_twice(q)) < enough) {
		q->begin_second = true;
		remember_stores(q);
		quorum_query(q, now);
		return;
	}
	q->begin_second = false;
	choose_id(q, c.id);
	if (!is_list_of(q, &c)) {
		quorum_finish(q, OUTCOME_FAILED, REASON_TOO_FEW);
		return;
	}
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
