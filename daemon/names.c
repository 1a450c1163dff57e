#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "thread.h"

#define BUCKETS 1024

struct names {
	struct mutex lock;
	struct cond changed;
	struct held *bucket[BUCKETS]; /* guarded by lock, as all below */
	unsigned held;
	unsigned waiting;
	bool all; /* somebody has, or waits for, all names */
};

struct names *names_new(void)
{
	struct names *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	mutex_init(&n->lock, LOCK_NAMES);
	cond_init(&n->changed);
	return n;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	cond_release(&n->changed);
	mutex_release(&n->lock);
	free(n);
}

/* FNV-1a: the table is small, and chains are short by NAMES_HELD_MAX. */
static uint32_t hash_of(const char *name, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619u;
	return h;
}

static bool is_free_locked(const struct names *n, const struct held *h)
{
	const struct held *o = n->bucket[h->hash % BUCKETS];

	if (n->all || n->held >= NAMES_HELD_MAX)
		return false;
	for (; o; o = o->next)
		if (o->hash == h->hash && o->len == h->len &&
		    memcmp(o->name, h->name, h->len) == 0)
			return false;
	return true;
}

static void take_locked(struct names *n, struct held *h)
{
	struct held **slot = &n->bucket[h->hash % BUCKETS];

	h->next = *slot;
	*slot = h;
	n->held++;
}

static void wait_locked(struct names *n)
{
	n->waiting++;
	cond_wait(&n->changed, &n->lock);
	n->waiting--;
}

static void held_init(struct held *h, const char *name, size_t len)
{
	*h = (struct held){
		.name = name, .len = len, .hash = hash_of(name, len)};
}

bool names_try(struct names *n, struct held *h, const char *name, size_t len)
{
	bool taken;

	held_init(h, name, len);
	mutex_lock(&n->lock);
	taken = is_free_locked(n, h);
	if (taken)
		take_locked(n, h);
	mutex_unlock(&n->lock);
	return taken;
}

void names_take(struct names *n, struct held *h, const char *name, size_t len)
{
	held_init(h, name, len);
	mutex_lock(&n->lock);
	while (!is_free_locked(n, h))
		wait_locked(n);
	take_locked(n, h);
	mutex_unlock(&n->lock);
}

void names_release(struct names *n, struct held *h)
{
	struct held **at = &n->bucket[h->hash % BUCKETS];

	mutex_lock(&n->lock);
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	n->held--;
	if (n->waiting > 0)
		cond_broadcast(&n->changed);
	mutex_unlock(&n->lock);
}

void names_take_all(struct names *n)
{
	mutex_lock(&n->lock);
	while (n->all)
		wait_locked(n);
	n->all = true;
	while (n->held > 0)
		wait_locked(n);
	mutex_unlock(&n->lock);
}

void names_release_all(struct names *n)
{
	mutex_lock(&n->lock);
	n->all = false;
	cond_broadcast(&n->changed);
	mutex_unlock(&n->lock);
}
