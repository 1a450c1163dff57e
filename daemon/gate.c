#include "gate.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "suspects.h"
#include "thread.h"

struct gate {
	atomic_uint shakes; /* atomic, as is this: */
	_Atomic uint64_t shake_ms;
	struct mutex lock;
	struct tls_side *side; /* guarded by gate.lock, as is this: */
	struct suspects suspects;
};

enum err gate_new(struct gate **out)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return ERR_MEMORY;
	atomic_init(&g->shakes, 0);
	atomic_init(&g->shake_ms, GATE_SHAKE_MS);
	mutex_init(&g->lock, LOCK_GATE);
	*out = g;
	return ERR_OK;
}

void gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	tls_side_drop(g->side);
	mutex_release(&g->lock);
	free(g);
}

enum err gate_load(struct gate *g, const char *path,
		   char message[KEYRING_MESSAGE_MAX])
{
	struct keyring keys = {0};
	struct tls_side *side, *old;
	enum err e = keyring_load(&keys, path, message);

	if (e)
		return e;
	e = tls_side_server(&side, &keys);
	if (e) {
		keyring_release(&keys);
		(void)snprintf(message, KEYRING_MESSAGE_MAX, "%.300s: TLS: %s",
			       path, err_text(e));
		return e;
	}
	mutex_lock(&g->lock);
	old = g->side;
	g->side = side;
	mutex_unlock(&g->lock);
	tls_side_drop(old);
	return ERR_OK;
}

size_t gate_keys(struct gate *g)
{
	size_t count;

	mutex_lock(&g->lock);
	count = tls_side_keys(g->side)->count;
	mutex_unlock(&g->lock);
	return count;
}

bool gate_admits(struct gate *g, const struct keyring_key *k)
{
	const struct keyring_key *now;
	bool same;

	mutex_lock(&g->lock);
	now = keyring_find(tls_side_keys(g->side), k->label, strlen(k->label));
	same = now != NULL && keyring_same(now, k);
	mutex_unlock(&g->lock);
	return same;
}

enum err gate_begin(struct gate *g, struct tls **out)
{
	/* Only this thread changes it. */
	enum err e = tls_new(out, g->side);

	if (e == ERR_OK)
		atomic_fetch_add(&g->shakes, 1);
	return e;
}

void gate_done(struct gate *g)
{
	atomic_fetch_sub(&g->shakes, 1);
}

bool gate_is_full(struct gate *g)
{
	return atomic_load(&g->shakes) >= GATE_SHAKES_MAX;
}

bool gate_note_failure(struct gate *g, const struct sockaddr_storage *from)
{
	unsigned count;

	mutex_lock(&g->lock);
	count = suspects_note(&g->suspects, from, clock_ms());
	mutex_unlock(&g->lock);
	return count > GATE_FAILURES_MAX;
}

uint64_t gate_shake_ms(struct gate *g)
{
	return atomic_load(&g->shake_ms);
}

void gate_set_shake_ms(struct gate *g, uint64_t ms)
{
	atomic_store(&g->shake_ms, ms);
}
