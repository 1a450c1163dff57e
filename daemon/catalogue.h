/*
 * The catalogue: what the version directories say, in memory, sorted by
 * name.  It is built at start and changed under a held name, after the sync
 * that makes the change durable; QUERY and LIST are answered from it.
 *
 * A skip list.  The record of a name is one block that is replaced as a
 * whole: a change is prepared first, which may fail, and put in later, which
 * cannot.  Records are kept as record_put() writes them.  With a name of L
 * bytes and one version of data under XXH3 a block takes 127 + L bytes and
 * what malloc adds, about 10: some 160 MB for a million names of 20 bytes.
 * Under SHA-256 it is 48 bytes more; a tombstone takes 95 + L.
 *
 * Any thread; each call takes the catalogue's lock for its time.
 */
#ifndef DAEMON_CATALOGUE_H
#define DAEMON_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "msg.h"

struct catalogue;
struct entry; /* a name with its records */

struct catalogue_counts {
	uint64_t names;
	uint64_t bytes; /* of chunk files */
	uint64_t stages;
	uint64_t committed; /* versions, witnesses, tombstones */
	uint64_t tombstones;
	uint64_t ctr_max; /* highest ever since the catalogue was made */
};

/* NULL without memory.  free takes NULL. */
struct catalogue *catalogue_new(void);
void catalogue_free(struct catalogue *c);

/* Copies the records of a name, highest first; 0 when there are none. */
unsigned catalogue_get(struct catalogue *c, const struct msg_name *name,
		       struct record out[MSG_RECORDS_MAX]);
/* For how long the name has had nothing new, in whole seconds, rounded down; 0
 * when it has no records.  All ages begin anew with the catalogue. */
uint64_t catalogue_age_ms(struct catalogue *c, const struct msg_name *name);
/* Makes the block for a name with count >= 1 records, sorted, highest first.
 * NULL without memory. */
struct entry *catalogue_prepare(const struct catalogue *c,
				const struct msg_name *name,
				const struct record *records, unsigned count);
/* Throws a prepared block away; takes NULL. */
void catalogue_discard(struct entry *e);
/* Puts e in the place of what the name had; e is the catalogue's then. */
void catalogue_put(struct catalogue *c, struct entry *e);
/* The same where records have gone, or lost or found chunks, and none has
 * come: the name's age goes on. */
void catalogue_shrink(struct catalogue *c, struct entry *e);
void catalogue_remove(struct catalogue *c, const struct msg_name *name);

void catalogue_counts(struct catalogue *c, struct catalogue_counts *out);
/* The first name behind last[*last_len], which becomes it; its records.
 * 0 when there is none. */
unsigned catalogue_next(struct catalogue *c, char *last, size_t *last_len,
			struct record out[MSG_RECORDS_MAX]);
/* store_list() of store.h. */
bool catalogue_list(struct catalogue *c, const struct msg_name *prefix,
		    char *last, size_t *last_len, struct wbuf *b);

#endif
