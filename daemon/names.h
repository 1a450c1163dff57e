/*
 * Held names: one change of a name at a time, from its check until what it
 * did is durable and cleaned up.  The holder may be another thread at the
 * end than at the beginning.
 *
 * Any thread.  Whoever waits here must have woken the sync thread before
 * (sync_flush): else it may wait for what only itself can set going.
 */
#ifndef DAEMON_NAMES_H
#define DAEMON_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_HELD_MAX 4096 /* names held at once; more wait */

struct names;

/* A held name; the caller's memory, as the name itself is. */
struct held {
	struct held *next;
	const char *name;
	size_t len;
	uint32_t hash;
};

/* NULL without memory.  free takes NULL; nothing may be held then. */
struct names *names_new(void);
void names_free(struct names *n);

/* Takes a name if that needs no waiting. */
bool names_try(struct names *n, struct held *h, const char *name, size_t len);
/* Takes a name; waits while another holds it, or the table is full, or
 * somebody has all names. */
void names_take(struct names *n, struct held *h, const char *name, size_t len);
void names_release(struct names *n, struct held *h);

/* Waits until no name is held, and keeps all others from taking one. */
void names_take_all(struct names *n);
void names_release_all(struct names *n);

#endif
