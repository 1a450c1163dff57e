/*
 * The stages that are arriving on one connection, by request id.  A refused
 * stage stays in the table, without its store's part, until its STAGE_END has
 * come, or the table is full: what still arrives under its id is dropped.
 *
 * Owned by one worker at a time.  Dropping a stage may block for the disk.
 */
#ifndef DAEMON_ARRIVALS_H
#define DAEMON_ARRIVALS_H

#include <stddef.h>
#include <stdint.h>

#include "store.h"

#define ARRIVALS_OPEN_MAX 256 /* stages that take data */
#define ARRIVALS_MAX 512      /* those and the refused ones */

struct arrival {
	uint32_t id;
	uint8_t op;	     /* OP_STAGE_BEGIN or OP_RESTORE */
	struct stage *stage; /* owned; NULL when refused */
};

struct arrivals {
	struct arrival *list; /* heap; NULL while empty */
	size_t count;
	size_t cap;
	size_t open; /* of count, not refused */
};

void arrivals_init(struct arrivals *a);
/* Drops every stage. */
void arrivals_release(struct arrivals *a);

/* NULL when there is none.  Valid until the next change of the table. */
struct arrival *arrivals_find(struct arrivals *a, uint32_t id);
/* The open one of that name and tag, or NULL. */
struct arrival *arrivals_find_tag(struct arrivals *a,
				  const struct msg_name *name,
				  const struct tag *tag);
/* stage NULL: a refused one.  The id is not in the table.  ERR_MEMORY, or
 * ERR_BUSY when ARRIVALS_MAX are open: the stage is still the caller's. */
enum err arrivals_add(struct arrivals *a, uint32_t id, uint8_t op,
		      struct stage *stage) MUST_CHECK;
/* It is refused from now on; its stage is dropped. */
void arrivals_refuse(struct arrivals *a, struct arrival *one);
/* Removes it; its stage becomes the caller's. */
struct stage *arrivals_take(struct arrivals *a, struct arrival *one);

#endif
