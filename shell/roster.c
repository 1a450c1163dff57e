#include "roster.h"

#include <string.h>

static uint64_t bit(unsigned server)
{
	return UINT64_C(1) << server;
}

/* A heal over all names */

static uint64_t answered(const struct msg_store *const *stores, unsigned count)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < count; i++)
		if (stores[i])
			some |= bit(i);
	return some;
}

static enum roster_verdict may_begin(const struct roster *r)
{
	const struct view *v = &r->view;

	if (v->doubled != 0)
		return ROSTER_DOUBLED;
	if (view_is_new(v))
		return ROSTER_NEW;
	if (r->accept_stores)
		return v->valid == mask_all(r->count) && v->blank != v->valid
			       ? ROSTER_OK
			       : ROSTER_TOO_FEW;
	/* Less than w members will do: one of two that has lost its disk must
	 * be able to come back. */
	if (!view_proves(v) || (!v->established && v->fresh))
		return ROSTER_TOO_FEW;
	return ROSTER_OK;
}

enum roster_verdict roster_begin(struct roster *r,
				 const struct msg_store *const *stores,
				 unsigned count, bool accept_stores)
{
	*r = (struct roster){.count = count, .accept_stores = accept_stores};
	view_make(&r->view, stores, count);
	r->answered = answered(stores, count);
	r->marked = r->view.valid;
	for (unsigned i = 0; i < count; i++) {
		bool counts = accept_stores || (r->view.members & bit(i));

		if (!stores[i])
			continue;
		memcpy(r->stores[i], stores[i]->stamp.store, STORE_ID_SIZE);
		r->states[i] = stores[i]->state;
		if (counts && (r->view.valid & bit(i)))
			roster_counter(r, stores[i]->floor);
	}
	return may_begin(r);
}

void roster_counter(struct roster *r, uint64_t ctr)
{
	if (ctr > r->floor)
		r->floor = ctr;
}

void roster_name(struct roster *r, const struct quorum *q)
{
	roster_counter(r, q->found.ctr_max);
	if (q->outcome != OUTCOME_OK && q->outcome != OUTCOME_ABSENT) {
		r->marked = 0;
		return;
	}
	r->marked &= q->healed.marks;
	for (unsigned i = 0; i < r->count; i++) {
		const struct quorum_server *s = &q->servers[i];

		if (!s->answered || memcmp(s->store.stamp.store, r->stores[i],
					   STORE_ID_SIZE) != 0)
			r->marked &= ~bit(i);
	}
	if (q->outcome == OUTCOME_OK && q->version.y != 0 &&
	    q->version.y < r->view.n)
		r->narrow++;
}

uint64_t roster_newcomers(const struct roster *r)
{
	uint64_t some = r->view.joining | r->view.blank;

	/* One that has an older record is sent the newer one on the way. */
	for (unsigned i = 0; i < r->count; i++)
		if ((r->view.behind & bit(i)) && r->states[i] == STORE_JOINING)
			some |= bit(i);
	return some;
}

uint64_t roster_surplus(const struct roster *r)
{
	uint64_t fresh = roster_newcomers(r);
	unsigned all = mask_count(r->view.members | fresh);

	return r->count == r->view.n && all <= r->view.n ? 0 : fresh;
}

uint64_t roster_joiners(const struct roster *r)
{
	return roster_newcomers(r) & r->marked & ~roster_surplus(r);
}

void roster_join(const struct roster *r, unsigned server, struct msg_join *m)
{
	*m = (struct msg_join){.cluster = r->view.cluster,
			       .state = STORE_MEMBER,
			       .heal = true,
			       .floor = r->floor};
	m->cluster.n = (uint8_t)r->view.n;
	memcpy(m->store, r->stores[server], STORE_ID_SIZE);
}

/* Changes of members */

/* The newest record of the cluster that any store carries. */
static struct cluster_id newest_record(const struct change *c,
				       const struct msg_store *const *stores)
{
	struct cluster_id best = c->view.cluster;

	for (unsigned i = 0; i < c->count; i++)
		if ((c->view.valid & bit(i)) &&
		    stores[i]->state != STORE_BLANK && stores[i]->cluster.n &&
		    stores[i]->cluster.epoch > best.epoch)
			best = stores[i]->cluster;
	return best;
}

static bool carries(const struct msg_store *s, const struct cluster_id *record)
{
	return s->cluster.epoch == record->epoch && s->cluster.n == record->n;
}

/* Who has the record, and who is to be sent it. */
static void spread(struct change *c, const struct msg_store *const *stores,
		   uint64_t among)
{
	for (unsigned i = 0; i < c->count; i++) {
		if (!(among & c->view.valid & bit(i)))
			continue;
		if (stores[i]->state == STORE_BLANK ||
		    stores[i]->state == STORE_LEAVING)
			continue;
		if (stores[i]->cluster.epoch < c->join.cluster.epoch)
			c->to |= bit(i);
		else if (carries(stores[i], &c->join.cluster) &&
			 stores[i]->state == STORE_MEMBER)
			c->carried |= bit(i);
	}
}

static enum roster_verdict change_begin(struct change *c,
					const struct msg_store *const *stores,
					unsigned count, unsigned server)
{
	*c = (struct change){.count = count, .server = server};
	view_make(&c->view, stores, count);
	if (c->view.doubled != 0)
		return ROSTER_DOUBLED;
	if (c->view.cluster.n == 0)
		return ROSTER_TOO_FEW;
	c->join = (struct msg_join){.cluster = newest_record(c, stores),
				    .state = STORE_MEMBER};
	return ROSTER_OK;
}

/* By whatever record: between two of them some have the old one. */
static uint64_t all_members(const struct change *c,
			    const struct msg_store *const *stores)
{
	uint64_t some = 0;

	for (unsigned i = 0; i < c->count; i++)
		if ((c->view.valid & bit(i)) &&
		    stores[i]->state == STORE_MEMBER)
			some |= bit(i);
	return some;
}

/* Some store has a newer record than the one that holds. */
static bool is_under_way(const struct change *c)
{
	return c->join.cluster.epoch != c->view.cluster.epoch;
}

enum roster_verdict roster_add(struct change *c,
			       const struct msg_store *const *stores,
			       unsigned count, unsigned server)
{
	enum roster_verdict v = change_begin(c, stores, count, server);
	struct cluster_id *record = &c->join.cluster;
	uint64_t others = mask_all(count) & ~bit(server);

	if (v != ROSTER_OK)
		return v;
	if (!stores[server])
		return ROSTER_ABSENT;
	if (!(c->view.valid & bit(server)) ||
	    stores[server]->state == STORE_LEAVING)
		return ROSTER_STATE;
	c->begun = record->n == count;
	if (!c->begun && record->n + 1u != count)
		return ROSTER_LIST;
	/* One that the list has named for a while has taken stages. */
	if (!c->begun && stores[server]->state == STORE_MEMBER)
		return ROSTER_STATE;
	if (!c->begun && (c->view.leaving != 0 || is_under_way(c)))
		return ROSTER_BUSY;
	if (!c->begun && !c->view.established)
		return ROSTER_TOO_FEW;
	/* The new record must be able to hold as soon as it is there; once it
	 * was begun there is no way but on, with what a heal needs. */
	c->enough = c->begun ? (count + 1) / 2 : count / 2 + 1;
	if (mask_count(all_members(c, stores) & others & ~c->view.expelled) <
	    c->enough)
		return ROSTER_TOO_FEW;
	if (!c->begun) {
		record->epoch++;
		record->n = (uint8_t)count;
	}
	spread(c, stores, mask_all(count) & ~c->view.expelled);
	return ROSTER_OK;
}

/* What both steps of a removal want: all others are members, and answer. */
static enum roster_verdict may_remove(const struct change *c,
				      const struct msg_store *const *stores,
				      bool dead)
{
	uint64_t others = mask_all(c->count) & ~bit(c->server);
	/* Another cluster's server at that address is not this one. */
	const struct msg_store *s =
		c->view.valid & bit(c->server) ? stores[c->server] : NULL;

	if (c->count < 3)
		return ROSTER_LAST;
	if (c->join.cluster.n != c->count && c->join.cluster.n + 1u != c->count)
		return ROSTER_LIST;
	if ((all_members(c, stores) & others) != others)
		return ROSTER_TOO_FEW;
	if (!dead && !s)
		return ROSTER_ABSENT;
	/* One that came back after its era ended is as dead as before. */
	if (dead && s && s->state != STORE_BLANK &&
	    !(c->view.expelled & bit(c->server)))
		return ROSTER_STATE;
	if (!dead && s->state != STORE_MEMBER && s->state != STORE_LEAVING)
		return ROSTER_STATE;
	/* Members have changed since it was told: it may be gone already, and
	 * the place that would go is another server's. */
	if (!dead && s->state == STORE_LEAVING &&
	    c->join.cluster.n == c->count &&
	    s->cluster.epoch != c->join.cluster.epoch)
		return ROSTER_STATE;
	if (c->view.leaving & others)
		return ROSTER_BUSY;
	return ROSTER_OK;
}

/* Do all others know that there are so many members? */
static bool all_know(const struct change *c,
		     const struct msg_store *const *stores)
{
	for (unsigned i = 0; i < c->count; i++)
		if (i != c->server && stores[i]->cluster.n != c->count)
			return false;
	return true;
}

enum roster_verdict roster_leave(struct change *c,
				 const struct msg_store *const *stores,
				 unsigned count, unsigned server, bool dead)
{
	enum roster_verdict v = change_begin(c, stores, count, server);

	if (v == ROSTER_OK)
		v = may_remove(c, stores, dead);
	if (v != ROSTER_OK)
		return v;
	c->begun = c->join.cluster.n + 1u == count;
	if (c->begun)
		return ROSTER_OK; /* it has left: the last step goes on */
	if (dead && !all_know(c, stores))
		return ROSTER_BUSY;
	if (dead) {
		/* A new era, which it will never have if it comes back, and
		 * so all others must have it. */
		c->join.cluster.epoch = (EPOCH_ERA(c->join.cluster.epoch) + 1)
					<< 16;
		c->enough = count - 1;
		spread(c, stores, mask_all(count) & ~bit(server));
		return ROSTER_OK;
	}
	if (is_under_way(c))
		return ROSTER_BUSY;
	/* Without it those that have an older record could be too many. */
	if (stores[server]->state == STORE_MEMBER &&
	    c->view.members != mask_all(count))
		return ROSTER_TOO_FEW;
	c->join.state = STORE_LEAVING;
	c->enough = 1;
	if (stores[server]->state == STORE_LEAVING)
		c->carried = bit(server);
	else
		c->to = bit(server);
	return ROSTER_OK;
}

enum roster_verdict roster_remove(struct change *c,
				  const struct msg_store *const *stores,
				  unsigned count, unsigned server, bool dead)
{
	uint32_t told = c->join.cluster.epoch;
	enum roster_verdict v = change_begin(c, stores, count, server);

	if (v == ROSTER_OK)
		v = may_remove(c, stores, dead);
	if (v != ROSTER_OK)
		return v;
	c->begun = c->join.cluster.n + 1u == count;
	if (!dead && !c->begun && stores[server]->state != STORE_LEAVING)
		return ROSTER_STATE;
	/* Another change came between: the place may not be there any more. */
	if (c->join.cluster.epoch != told)
		return ROSTER_BUSY;
	if (!c->begun) {
		c->join.cluster.epoch++;
		c->join.cluster.n--;
	}
	c->enough = count / 2 + 1;
	spread(c, stores, mask_all(count) & ~bit(server));
	return ROSTER_OK;
}
