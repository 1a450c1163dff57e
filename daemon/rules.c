#include "rules.h"

#include <string.h>

static bool id_is_zero(const uint8_t id[STORE_ID_SIZE])
{
	static const uint8_t zero[STORE_ID_SIZE];

	return memcmp(id, zero, sizeof(zero)) == 0;
}

static int id_compare(const uint8_t a[STORE_ID_SIZE],
		      const uint8_t b[STORE_ID_SIZE])
{
	return memcmp(a, b, STORE_ID_SIZE);
}

static bool stamp_is_fresh(const struct rules_store *s, const struct stamp *st)
{
	if (id_compare(st->store, s->id) != 0 ||
	    id_compare(st->boot, s->boot) != 0)
		return false;
	return st->time_ms <= s->now_ms &&
	       s->now_ms - st->time_ms <= s->fence_ms;
}

static bool same_cluster(const struct rules_store *s,
			 const struct cluster_id *c)
{
	return id_compare(s->cluster.id, c->id) == 0 &&
	       s->cluster.epoch == c->epoch;
}

enum status rules_mutation(const struct rules_store *s,
			   const struct msg_context *c, bool needs_space,
			   bool *adopt)
{
	bool blank = s->state == STORE_BLANK;

	if (id_is_zero(c->cluster.id))
		return ST_OTHER_CLUSTER;
	if (!blank && !same_cluster(s, &c->cluster))
		return ST_OTHER_CLUSTER;
	if (!stamp_is_fresh(s, &c->stamp))
		return ST_STALE;
	if (s->flags & STORE_READ_ONLY)
		return ST_READ_ONLY;
	if (needs_space && (s->flags & STORE_FULL))
		return ST_NO_SPACE;
	*adopt = blank;
	return ST_OK;
}

enum status rules_read(const struct rules_store *s, const struct cluster_id *c)
{
	/* Of any epoch: what has that tag is the same everywhere. */
	if (s->state == STORE_BLANK || id_compare(s->cluster.id, c->id) != 0)
		return ST_OTHER_CLUSTER;
	return ST_OK;
}

const struct record *rules_committed(struct rules_records r)
{
	for (unsigned i = 0; i < r.count; i++)
		if (record_is_committed(&r.list[i]))
			return &r.list[i];
	return NULL;
}

const struct record *rules_find(struct rules_records r, const struct tag *tag)
{
	for (unsigned i = 0; i < r.count; i++)
		if (tag_compare(&r.list[i].v.tag, tag) == 0)
			return &r.list[i];
	return NULL;
}

static struct verdict refuse(enum status status, const struct record *other)
{
	return (struct verdict){RULES_REFUSE, status, other};
}

static struct verdict step(enum rules_step step)
{
	return (struct verdict){step, ST_OK, NULL};
}

/* Of a member only: others may lack most of the names. */
static bool is_far_up(const struct rules_store *s, uint64_t ctr)
{
	uint64_t known = s->ctr_max > s->floor ? s->ctr_max : s->floor;

	return s->state == STORE_MEMBER && ctr > known &&
	       ctr - known > RULES_CTR_STEP;
}

/* Why a record of a new tag cannot be made here, or ST_OK. */
static enum status room_for(const struct rules_store *s, struct rules_records r,
			    const struct tag *tag)
{
	if (is_far_up(s, tag->ctr))
		return ST_RANGE;
	if (r.count >= MSG_RECORDS_MAX)
		return ST_LIMIT;
	return ST_OK;
}

struct verdict rules_stage(const struct rules_store *s, struct rules_records r,
			   const struct tag *tag)
{
	const struct record *high = rules_committed(r);
	enum status status;

	if (high && tag_compare(&high->v.tag, tag) >= 0)
		return refuse(ST_SUPERSEDED, high);
	if (rules_find(r, tag))
		return step(RULES_DONE);
	status = room_for(s, r, tag);
	if (status != ST_OK)
		return refuse(status, NULL);
	return step(RULES_STAGE);
}

struct verdict rules_commit(const struct rules_store *s, struct rules_records r,
			    const struct version *v)
{
	const struct record *high = rules_committed(r);
	const struct record *same = rules_find(r, &v->tag);
	enum status status;

	if (high && tag_compare(&high->v.tag, &v->tag) >= 0)
		return step(RULES_DONE);
	if (same)
		return v->y == 0 ? refuse(ST_BAD_REQUEST, NULL)
				 : step(RULES_SHOW);
	status = room_for(s, r, &v->tag);
	/* A commit retires what is below it: a full table is no obstacle. */
	if (status != ST_OK && status != ST_LIMIT)
		return refuse(status, NULL);
	return step(v->y == 0 ? RULES_BURY : RULES_WITNESS);
}

struct verdict rules_abort(struct rules_records r, const struct tag *tag)
{
	const struct record *same = rules_find(r, tag);

	if (same && same->state == RECORD_STAGED)
		return step(RULES_DROP);
	return step(RULES_DONE);
}

static bool same_but_for_root(const struct version *a, const struct version *b)
{
	return tag_compare(&a->tag, &b->tag) == 0 && a->size == b->size &&
	       a->mtime_ns == b->mtime_ns && a->mode == b->mode &&
	       a->y == b->y && a->alg == b->alg;
}

struct verdict rules_restore(struct rules_records r, const struct record *want)
{
	const struct record *high = rules_committed(r);
	int order = high ? tag_compare(&high->v.tag, &want->v.tag) : -1;

	if (order > 0)
		return refuse(ST_SUPERSEDED, high);
	if (order < 0)
		return refuse(ST_REFUSED, NULL);
	if (!same_but_for_root(&high->v, &want->v))
		return refuse(ST_BAD_REQUEST, NULL);
	if (high->state == RECORD_WITNESS)
		return step(RULES_FILL);
	if (high->place != want->place || high->first != want->first)
		return refuse(ST_REFUSED, NULL);
	return step(RULES_REPLACE);
}

struct verdict rules_forget(const struct rules_store *s, struct rules_records r,
			    const struct tag *tag, uint64_t age_ms)
{
	const struct record *same = rules_find(r, tag);

	if (!same)
		return step(RULES_DONE);
	if (same->state != RECORD_TOMBSTONE || r.count != 1 ||
	    s->state != STORE_MEMBER || age_ms < s->gc_age_ms)
		return refuse(ST_REFUSED, NULL);
	return step(RULES_FORGET);
}

struct verdict rules_discard(const struct rules_store *s,
			     struct rules_records r, const struct tag *tag,
			     uint64_t age_ms)
{
	const struct record *same = rules_find(r, tag);
	const struct record *high = rules_committed(r);

	if (!same)
		return step(RULES_DONE);
	if (s->state == STORE_JOINING && record_is_committed(same))
		return step(RULES_DROP);
	if (same->state != RECORD_STAGED || age_ms < s->gc_age_ms ||
	    (high && tag_compare(&high->v.tag, tag) > 0))
		return refuse(ST_REFUSED, NULL);
	return step(RULES_FORGET);
}

bool rules_retires(const struct record *r, const struct tag *committed)
{
	return tag_compare(&r->v.tag, committed) < 0;
}

static enum status join_refuse(const char **why, const char *text)
{
	*why = text;
	return ST_REFUSED;
}

static uint64_t higher(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static enum status join_takes(const struct msg_join *j,
			      struct join_result *after, bool drop_stages)
{
	after->state = j->state;
	after->cluster = j->cluster;
	after->floor = higher(after->floor, j->floor);
	after->drop_stages = drop_stages;
	after->changes = true;
	return ST_OK;
}

/* joining -> member: a heal has brought every mark. */
static enum status join_heals(const struct rules_store *s,
			      const struct msg_join *j,
			      struct join_result *after, const char **why)
{
	if (s->now_ms - s->opened_ms < s->quarantine_ms)
		return join_refuse(why, "in quarantine");
	return join_takes(j, after, false);
}

static enum status join_stays(struct join_result *after)
{
	after->changes = false;
	return ST_OK;
}

/* A record of a higher epoch: members have changed. */
static enum status join_next_epoch(const struct rules_store *s,
				   const struct msg_join *j,
				   struct join_result *after, const char **why)
{
	const struct cluster_id *own = &s->cluster;
	bool new_era = EPOCH_ERA(j->cluster.epoch) > EPOCH_ERA(own->epoch);
	enum status status;

	if (s->state == STORE_LEAVING)
		return join_refuse(why, "leaving the cluster");
	/* It begins with the members that there are: a removal that was late
	 * would undo another change. */
	if (s->state == STORE_MEMBER && new_era && own->n != j->cluster.n)
		return join_refuse(why, "another change of members was made");
	if (s->state == STORE_JOINING && j->heal)
		return join_heals(s, j, after, why);
	status = join_takes(j, after, false);
	after->state = s->state;
	return status;
}

static enum status join_own_cluster(const struct rules_store *s,
				    const struct msg_join *j,
				    struct join_result *after, const char **why)
{
	const struct cluster_id *own = &s->cluster;

	if (j->cluster.epoch < own->epoch)
		return join_refuse(why, "knows a newer cluster record");
	if (is_far_up(s, j->floor))
		return join_refuse(why, "the floor is too far up");
	if (j->cluster.epoch > own->epoch)
		return join_next_epoch(s, j, after, why);
	if (own->n != 0 && own->n != j->cluster.n)
		return join_refuse(why, "another change of that epoch was "
					"made");
	if (s->state == STORE_LEAVING)
		return j->state == STORE_LEAVING
			       ? join_stays(after)
			       : join_refuse(why, "leaving the cluster");
	if (s->state == STORE_JOINING) {
		if (j->heal)
			return join_heals(s, j, after, why);
		if (own->epoch == 1 && !(s->flags & STORE_VERSIONS))
			return join_takes(j, after, false);
		return join_refuse(why, "not a member yet: needs a heal");
	}
	if (j->state == s->state && own->n == j->cluster.n &&
	    j->floor <= s->floor)
		return join_stays(after);
	return join_takes(j, after, false);
}

/* Two clients have begun two clusters: one id must win, see "Beginning". */
static enum status join_other_cluster(const struct rules_store *s,
				      const struct msg_join *j,
				      struct join_result *after,
				      const char **why)
{
	bool lower = id_compare(j->cluster.id, s->cluster.id) < 0;
	bool stages = s->flags & STORE_STAGES;

	if (j->heal || j->cluster.epoch != 1 || s->cluster.epoch != 1 ||
	    (s->flags & STORE_VERSIONS))
		return join_refuse(why, "belongs to another cluster");
	if (j->carried_w_version)
		return join_takes(j, after, stages);
	if (!lower)
		return join_refuse(why, "carries a lower cluster id");
	if (stages && !j->carried_r)
		return join_refuse(why, "holds stages of another cluster id");
	return join_takes(j, after, stages);
}

enum status rules_join(const struct rules_store *s, const struct msg_join *j,
		       struct join_result *after, const char **why)
{
	if (id_compare(j->store, s->id) != 0)
		return ST_STALE;
	*after = (struct join_result){
		.state = s->state, .cluster = s->cluster, .floor = s->floor};
	if (s->flags & STORE_READ_ONLY)
		return ST_READ_ONLY;
	if (id_is_zero(j->cluster.id) || j->cluster.n == 0 ||
	    j->cluster.epoch == 0)
		return ST_BAD_REQUEST;
	if (s->state == STORE_BLANK) {
		if (j->heal)
			return join_heals(s, j, after, why);
		if (s->flags & STORE_VERSIONS)
			return join_refuse(why, "holds versions: needs a heal");
		if (j->cluster.epoch != 1)
			return join_refuse(why, "blank: needs a heal");
		return join_takes(j, after, false);
	}
	if (id_compare(j->cluster.id, s->cluster.id) == 0)
		return join_own_cluster(s, j, after, why);
	return join_other_cluster(s, j, after, why);
}
