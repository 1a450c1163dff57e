#include "view.h"

#include <string.h>

/* One cluster id among the answers, and who carries it. */
struct candidate {
	struct cluster_id cluster; /* the record that holds */
	uint64_t carriers;
	unsigned members; /* by that record */
	bool versions;
};

unsigned mask_count(uint64_t mask)
{
	return (unsigned)__builtin_popcountll(mask);
}

uint64_t mask_all(unsigned count)
{
	return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static uint64_t bit(unsigned server)
{
	return UINT64_C(1) << server;
}

static bool id_equal(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, STORE_ID_SIZE) == 0;
}

static unsigned majority(unsigned n)
{
	return n / 2 + 1;
}

static bool established(const struct candidate *c)
{
	return c->cluster.n != 0 && c->members >= majority(c->cluster.n);
}

/* The established id; else one with a version; else the most carried; else
 * the lowest. */
static bool better(const struct candidate *a, const struct candidate *b)
{
	if (established(a) != established(b))
		return established(a);
	if (a->versions != b->versions)
		return a->versions;
	if (a->members != b->members)
		return a->members > b->members;
	return memcmp(a->cluster.id, b->cluster.id, STORE_ID_SIZE) < 0;
}

/* Do two records agree?  A store that was never sent a JOIN does not know how
 * many members the cluster has: its n is zero. */
static bool same_record(const struct cluster_id *a, const struct cluster_id *b)
{
	return id_equal(a->id, b->id) && a->epoch == b->epoch &&
	       (a->n == b->n || a->n == 0 || b->n == 0);
}

static unsigned members_by(const struct msg_store *const *stores,
			   unsigned count, const struct cluster_id *record)
{
	unsigned members = 0;

	for (unsigned i = 0; i < count; i++)
		members += stores[i] && stores[i]->state == STORE_MEMBER &&
			   same_record(&stores[i]->cluster, record);
	return members;
}

/* A record that a majority of its members carry goes before one that is only
 * on its way; then the newest; then one that knows n. */
static bool tells_more(const struct candidate *a, const struct candidate *b)
{
	if (established(a) != established(b))
		return established(a);
	if (a->cluster.epoch != b->cluster.epoch)
		return a->cluster.epoch > b->cluster.epoch;
	if ((a->cluster.n != 0) != (b->cluster.n != 0))
		return a->cluster.n != 0;
	return a->members > b->members;
}

static struct candidate candidate_of(const struct msg_store *const *stores,
				     unsigned count, const uint8_t *id)
{
	struct candidate best = {0};
	uint64_t carriers = 0;
	bool versions = false;

	for (unsigned i = 0; i < count; i++) {
		const struct msg_store *s = stores[i];
		struct candidate c;

		if (!s || s->state == STORE_BLANK ||
		    !id_equal(s->cluster.id, id))
			continue;
		c = (struct candidate){
			.cluster = s->cluster,
			.members = members_by(stores, count, &s->cluster)};
		if (carriers == 0 || tells_more(&c, &best))
			best = c;
		carriers |= bit(i);
		versions |= (s->flags & STORE_VERSIONS) != 0;
	}
	best.carriers = carriers;
	best.versions = versions;
	return best;
}

static struct candidate best_candidate(const struct msg_store *const *stores,
				       unsigned count)
{
	struct candidate best = {0};

	for (unsigned i = 0; i < count; i++) {
		struct candidate c;

		if (!stores[i] || stores[i]->state == STORE_BLANK)
			continue;
		c = candidate_of(stores, count, stores[i]->cluster.id);
		if (best.carriers == 0 || better(&c, &best))
			best = c;
	}
	return best;
}

static bool is_doubled(const struct msg_store *const *stores, unsigned count,
		       unsigned server)
{
	for (unsigned i = 0; i < count; i++)
		if (i != server && stores[i] &&
		    id_equal(stores[i]->stamp.store,
			     stores[server]->stamp.store))
			return true;
	return false;
}

static void view_add_older(struct view *v, const struct msg_store *s,
			   unsigned i)
{
	bool old_era =
		EPOCH_ERA(s->cluster.epoch) < EPOCH_ERA(v->cluster.epoch);

	if (s->cluster.epoch > v->cluster.epoch)
		return;
	if (s->state == STORE_LEAVING)
		v->removed |= bit(i);
	else if (s->state == STORE_MEMBER && old_era)
		v->expelled |= bit(i);
	else if (s->cluster.epoch < v->cluster.epoch)
		v->behind |= bit(i);
}

static void view_add(struct view *v, const struct msg_store *s, unsigned i)
{
	if (s->state != STORE_BLANK &&
	    !id_equal(s->cluster.id, v->cluster.id)) {
		v->strangers |= bit(i);
		return;
	}
	v->valid |= bit(i);
	/* Another record of the cluster: its word is heard, but it counts for
	 * nothing until it has taken the one that holds. */
	if (s->state != STORE_BLANK && !same_record(&s->cluster, &v->cluster)) {
		view_add_older(v, s, i);
		return;
	}
	if (s->state == STORE_LEAVING)
		v->leaving |= bit(i);
	if (s->state == STORE_BLANK)
		v->blank |= bit(i);
	if (s->state == STORE_JOINING)
		v->joining |= bit(i);
	if (s->state == STORE_MEMBER)
		v->members |= bit(i);
	if (s->state == STORE_LEAVING || (s->flags & STORE_READ_ONLY))
		return;
	v->writable |= bit(i);
	if (!(s->flags & STORE_FULL))
		v->roomy |= bit(i);
}

void view_make(struct view *v, const struct msg_store *const *stores,
	       unsigned count)
{
	struct candidate best = best_candidate(stores, count);

	*v = (struct view){.cluster = best.cluster, .fresh = true};
	v->n = best.cluster.n != 0 ? best.cluster.n : count;
	v->w = majority(v->n);
	v->r = (v->n + 1) / 2;
	for (unsigned i = 0; i < count; i++) {
		const struct msg_store *s = stores[i];

		if (!s)
			continue;
		if (is_doubled(stores, count, i))
			v->doubled |= bit(i);
		if (s->state != STORE_BLANK &&
		    (s->cluster.epoch != 1 || (s->flags & STORE_VERSIONS)))
			v->fresh = false;
		view_add(v, s, i);
	}
	if (v->cluster.n != 0 && count > v->n) {
		v->writable &= v->members;
		v->roomy &= v->members;
	}
	v->established = best.carriers != 0 && established(&best);
}

static const struct record *held_committed(const struct held *h)
{
	for (unsigned i = 0; i < h->count; i++)
		if (record_is_committed(&h->list[i]))
			return &h->list[i];
	return NULL;
}

static const struct record *held_find(const struct held *h,
				      const struct tag *tag)
{
	for (unsigned i = 0; i < h->count; i++)
		if (tag_compare(&h->list[i].v.tag, tag) == 0)
			return &h->list[i];
	return NULL;
}

static void found_counter(struct found *f, const struct held *h)
{
	if (h->count != 0 && h->list[0].v.tag.ctr > f->ctr_max)
		f->ctr_max = h->list[0].v.tag.ctr;
}

static void found_newest(struct found *f, const struct held *h)
{
	const struct record *c = held_committed(h);

	if (!c)
		return;
	if (f->committed && tag_compare(&c->v.tag, &f->version.tag) <= 0)
		return;
	f->committed = true;
	f->version = c->v;
}

static void found_holds(struct found *f, const struct held *h, unsigned i)
{
	const struct record *c = held_committed(h);
	const struct record *same = held_find(h, &f->version.tag);
	uint64_t chunks;

	if (c && tag_compare(&c->v.tag, &f->version.tag) >= 0)
		f->marks |= bit(i);
	if (!same || same->v.y != f->version.y)
		return;
	if (same->place < same->v.y && same->have != 3)
		f->broken |= bit(i);
	chunks = record_chunks(same);
	for (unsigned k = 0; k < f->version.y; k++)
		if (chunks & bit(k))
			f->holders[k] |= bit(i);
}

/* A mark that only others have: the members may have forgotten the name
 * since.  Then none has any record of that tag, and the floors of all are
 * above it. */
static bool is_alive(uint64_t members, const struct msg_store *const *stores,
		     const struct held *held, unsigned count,
		     const struct record *r)
{
	for (unsigned i = 0; r && i < count; i++)
		if ((members & bit(i)) && (stores[i]->floor < r->v.tag.ctr ||
					   held_find(&held[i], &r->v.tag)))
			return true;
	return false;
}

void found_make(struct found *f, const struct view *v,
		const struct msg_store *const *stores, const struct held *held,
		unsigned count)
{
	uint64_t tell = view_proves(v) ? v->members : v->valid;

	memset(f, 0, sizeof(*f));
	for (unsigned i = 0; i < count; i++) {
		if (!(v->valid & bit(i)))
			continue;
		if (tell & bit(i))
			found_newest(f, &held[i]);
		found_counter(f, &held[i]);
		if (stores[i]->floor > f->ctr_max)
			f->ctr_max = stores[i]->floor;
	}
	for (unsigned i = 0; i < count; i++)
		if ((v->valid & ~tell & bit(i)) &&
		    is_alive(tell, stores, held, count,
			     held_committed(&held[i])))
			found_newest(f, &held[i]);
	if (!f->committed)
		return;
	for (unsigned i = 0; i < count; i++)
		if (v->valid & bit(i))
			found_holds(f, &held[i], i);
	f->rebuildable = true;
	for (unsigned k = 0; k < f->version.y; k++)
		f->rebuildable &= f->holders[k] != 0;
}

const struct digest *found_digest(const struct found *f,
				  const struct held *held, unsigned chunk)
{
	const struct record *r = held_find(held, &f->version.tag);

	if (!r || !(record_chunks(r) & bit(chunk)))
		return NULL;
	return &r->chunk[r->first == chunk ? 0 : 1];
}

enum listed view_list(const struct view *v, const struct found *f)
{
	bool proven = view_proves(v);

	/* A name that nobody has committed is not there, if that is proven;
	 * with too few members a stage alone still shows nothing. */
	if (!f->committed || f->version.y == 0)
		return LISTED_NOT;
	return proven && f->rebuildable ? LISTED_WHOLE : LISTED_INCOMPLETE;
}

bool view_proves(const struct view *v)
{
	return mask_count(v->members) >= v->r;
}

unsigned view_beginners(unsigned count)
{
	/* One server alone begins nothing, but can be listed. */
	return count < 2 ? count : count - majority(count) + 2;
}

bool view_is_new(const struct view *v)
{
	return v->valid == v->blank && v->strangers == 0 && v->doubled == 0 &&
	       mask_count(v->blank) >= view_beginners(v->n);
}
