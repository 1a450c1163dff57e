#include "catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "digest.h"
#include "name.h"
#include "thread.h"

#define HEIGHT_MAX 12 /* a quarter of each level's names rise one higher */
#define RECORD_BYTES_MAX (4 + TAG_WIRE_SIZE + 20 + 3 * DIGEST_MAX)

struct entry {
	uint32_t since_s; /* CLOCK_BOOTTIME, rounded up, when it was put in */
	uint16_t name_len;
	uint16_t records_len; /* bytes */
	uint8_t count;
	uint8_t height;
	struct entry *next[]; /* height of them; then name, then records */
};

struct catalogue {
	uint64_t seed; /* set before threads start */
	struct mutex lock;
	struct entry *head[HEIGHT_MAX]; /* guarded by lock, as all below */
	struct catalogue_counts counts;
};

static uint8_t *bytes_of(struct entry *e)
{
	return (uint8_t *)&e->next[e->height];
}

static const char *name_of(const struct entry *e)
{
	return (const char *)&e->next[e->height];
}

struct catalogue *catalogue_new(void)
{
	struct catalogue *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	digest_random(&c->seed, sizeof(c->seed));
	mutex_init(&c->lock, LOCK_CATALOGUE);
	return c;
}

void catalogue_free(struct catalogue *c)
{
	if (!c)
		return;
	while (c->head[0]) {
		struct entry *e = c->head[0];

		c->head[0] = e->next[0];
		free(e);
	}
	mutex_release(&c->lock);
	free(c);
}

/* By a keyed hash of the name: nobody outside can choose it. */
static uint8_t height_for(const struct catalogue *c,
			  const struct msg_name *name)
{
	uint64_t h = c->seed;
	uint8_t height = 1;

	for (size_t i = 0; i < name->len; i++)
		h = (h ^ (uint8_t)name->text[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	for (h >>= 32; (h & 3) == 0 && height < HEIGHT_MAX; h >>= 2)
		height++;
	return height;
}

/* Links that lead to the first entry not below name, level by level. */
static struct entry *seek_locked(struct catalogue *c,
				 const struct msg_name *name,
				 struct entry **links[HEIGHT_MAX])
{
	struct entry **level = c->head;

	for (unsigned i = HEIGHT_MAX; i-- > 0;) {
		struct entry *e;

		while ((e = level[i]) &&
		       name_compare(name_of(e), e->name_len, name->text,
				    name->len) < 0)
			level = e->next;
		links[i] = &level[i];
	}
	return *links[0];
}

static bool has_name(const struct entry *e, const struct msg_name *name)
{
	return e && e->name_len == name->len &&
	       memcmp(name_of(e), name->text, name->len) == 0;
}

/* Own bytes: what record_put() wrote, record_get() reads. */
static unsigned decode(struct entry *e, struct record out[MSG_RECORDS_MAX])
{
	struct rbuf b;

	rbuf_init(&b, bytes_of(e) + e->name_len, e->records_len);
	for (unsigned i = 0; i < e->count; i++)
		if (record_get(&b, &out[i], true) != ERR_OK)
			abort();
	return e->count;
}

unsigned catalogue_get(struct catalogue *c, const struct msg_name *name,
		       struct record out[MSG_RECORDS_MAX])
{
	struct entry **links[HEIGHT_MAX];
	struct entry *e;
	unsigned count = 0;

	mutex_lock(&c->lock);
	e = seek_locked(c, name, links);
	if (has_name(e, name))
		count = decode(e, out);
	mutex_unlock(&c->lock);
	return count;
}

uint64_t catalogue_age_ms(struct catalogue *c, const struct msg_name *name)
{
	uint64_t now_s = clock_boot_ms() / 1000, age_s = 0;
	struct entry **links[HEIGHT_MAX];
	struct entry *e;

	mutex_lock(&c->lock);
	e = seek_locked(c, name, links);
	if (has_name(e, name) && now_s > e->since_s)
		age_s = now_s - e->since_s;
	mutex_unlock(&c->lock);
	return age_s * 1000;
}

struct entry *catalogue_prepare(const struct catalogue *c,
				const struct msg_name *name,
				const struct record *records, unsigned count)
{
	uint8_t buffer[MSG_RECORDS_MAX * RECORD_BYTES_MAX];
	uint8_t height = height_for(c, name);
	struct entry *e;
	struct wbuf b;

	wbuf_init(&b, buffer, sizeof(buffer));
	for (unsigned i = 0; i < count; i++)
		if (record_put(&b, &records[i], true) != ERR_OK)
			abort();
	e = malloc(sizeof(*e) + height * sizeof(e->next[0]) + name->len +
		   b.len);
	if (!e)
		return NULL;
	e->name_len = (uint16_t)name->len;
	e->records_len = (uint16_t)b.len;
	e->count = (uint8_t)count;
	e->height = height;
	memcpy(bytes_of(e), name->text, name->len);
	memcpy(bytes_of(e) + name->len, buffer, b.len);
	return e;
}

void catalogue_discard(struct entry *e)
{
	free(e);
}

static uint64_t chunk_bytes(const struct record *r)
{
	uint64_t sum = 0;

	if (r->have & 1)
		sum += layout_length(r->v.size, r->v.y, r->first);
	if (r->have & 2)
		sum += layout_length(r->v.size, r->v.y,
				     layout_next(r->first, r->v.y));
	return sum;
}

/* Adds (sign 1) or takes away (UINT64_MAX, that is -1) what e counts for. */
static void count_locked(struct catalogue *c, struct entry *e, uint64_t sign)
{
	struct catalogue_counts *n = &c->counts;
	struct rbuf b;
	struct record r;

	n->names += sign;
	rbuf_init(&b, bytes_of(e) + e->name_len, e->records_len);
	for (unsigned i = 0; i < e->count; i++) {
		if (record_get(&b, &r, true) != ERR_OK)
			abort();
		n->bytes += sign * chunk_bytes(&r);
		n->stages += r.state == RECORD_STAGED ? sign : 0;
		n->committed += r.state == RECORD_STAGED ? 0 : sign;
		n->tombstones += r.state == RECORD_TOMBSTONE ? sign : 0;
		if (r.v.tag.ctr > n->ctr_max)
			n->ctr_max = r.v.tag.ctr;
	}
}

static struct entry *unlink_locked(struct catalogue *c, struct entry *e,
				   struct entry **links[HEIGHT_MAX])
{
	for (unsigned i = 0; i < e->height; i++)
		*links[i] = e->next[i];
	count_locked(c, e, UINT64_MAX);
	return e;
}

static void put(struct catalogue *c, struct entry *e, bool keeps_age)
{
	struct msg_name name = {name_of(e), e->name_len};
	struct entry **links[HEIGHT_MAX];
	struct entry *old;

	e->since_s = (uint32_t)((clock_boot_ms() + 999) / 1000);
	mutex_lock(&c->lock);
	old = seek_locked(c, &name, links);
	if (has_name(old, &name))
		unlink_locked(c, old, links);
	else
		old = NULL;
	if (old && keeps_age)
		e->since_s = old->since_s;
	for (unsigned i = 0; i < e->height; i++) {
		e->next[i] = *links[i];
		*links[i] = e;
	}
	count_locked(c, e, 1);
	mutex_unlock(&c->lock);
	free(old);
}

void catalogue_put(struct catalogue *c, struct entry *e)
{
	put(c, e, false);
}

void catalogue_shrink(struct catalogue *c, struct entry *e)
{
	put(c, e, true);
}

void catalogue_remove(struct catalogue *c, const struct msg_name *name)
{
	struct entry **links[HEIGHT_MAX];
	struct entry *old;

	mutex_lock(&c->lock);
	old = seek_locked(c, name, links);
	if (has_name(old, name))
		unlink_locked(c, old, links);
	else
		old = NULL;
	mutex_unlock(&c->lock);
	free(old);
}

void catalogue_counts(struct catalogue *c, struct catalogue_counts *out)
{
	mutex_lock(&c->lock);
	*out = c->counts;
	mutex_unlock(&c->lock);
}

/* The first entry behind name. */
static struct entry *behind_locked(struct catalogue *c,
				   const struct msg_name *name)
{
	struct entry **links[HEIGHT_MAX];
	struct entry *e = seek_locked(c, name, links);

	return has_name(e, name) ? e->next[0] : e;
}

unsigned catalogue_next(struct catalogue *c, char *last, size_t *last_len,
			struct record out[MSG_RECORDS_MAX])
{
	struct msg_name name = {last, *last_len};
	struct entry *e;
	unsigned count = 0;

	mutex_lock(&c->lock);
	e = behind_locked(c, &name);
	if (e) {
		count = decode(e, out);
		memcpy(last, name_of(e), e->name_len);
		*last_len = e->name_len;
	}
	mutex_unlock(&c->lock);
	return count;
}

static bool begins_with(const struct entry *e, const struct msg_name *prefix)
{
	return e->name_len >= prefix->len &&
	       memcmp(name_of(e), prefix->text, prefix->len) == 0;
}

/* Its records go out as they are kept. */
static enum err list_put(struct entry *e, struct wbuf *b)
{
	struct msg_name name = {name_of(e), e->name_len};
	struct rbuf records;

	rbuf_init(&records, bytes_of(e) + e->name_len, e->records_len);
	return msg_list_entry_copy(b, &name, e->count, &records);
}

bool catalogue_list(struct catalogue *c, const struct msg_name *prefix,
		    char *last, size_t *last_len, struct wbuf *b)
{
	struct msg_name after = {last, *last_len};
	struct entry **links[HEIGHT_MAX];
	struct entry *e, *done = NULL;

	mutex_lock(&c->lock);
	if (name_compare(last, *last_len, prefix->text, prefix->len) < 0)
		e = seek_locked(c, prefix, links);
	else
		e = behind_locked(c, &after);
	for (; e && begins_with(e, prefix); e = e->next[0]) {
		if (list_put(e, b) != ERR_OK)
			break;
		done = e;
	}
	if (done) {
		memcpy(last, name_of(done), done->name_len);
		*last_len = done->name_len;
	}
	e = e && begins_with(e, prefix) ? e : NULL;
	mutex_unlock(&c->lock);
	return e != NULL;
}
