/*
 * How fast bytes may move: a bucket that fills at a rate.  All links of a
 * cluster share one, for both directions.  Pure.
 */
#ifndef SHELL_PACE_H
#define SHELL_PACE_H

#include <stdint.h>

#include "err.h"

#define PACE_MIN (64u << 10)	     /* below, servers would lose patience */
#define PACE_MAX (UINT64_C(1) << 40) /* bytes a second */
#define PACE_FAST (64u << 20)	     /* from here on files go side by side */
#define PACE_TICK_MS 10		     /* until one that waits moves on */

struct pace {
	uint64_t rate;	 /* bytes a second; 0: no limit */
	int64_t left;	 /* thousandths of bytes; negative: ahead of time */
	uint64_t now_ms; /* when it was last filled */
};

/* rate: 0, or PACE_MIN to PACE_MAX. */
void pace_init(struct pace *p, uint64_t rate, uint64_t now_ms);
/* Bytes that may move now; UINT64_MAX without a limit. */
uint64_t pace_room(struct pace *p, uint64_t now_ms);
/* So many have moved, whether there was room or not. */
void pace_take(struct pace *p, uint64_t bytes);
/* Bytes a second, with k, M or G: of 1024, of these, of these.  0 is no
 * limit.  ERR_FORMAT, ERR_RANGE. */
enum err pace_parse(const char *text, uint64_t *rate) MUST_CHECK;

#endif
