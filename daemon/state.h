/*
 * The state of a store: what the target of the symlink DIR/@state says.
 *
 *   1-STORE-S-FLOOR-CLUSTER-EPOCH-NN-INODE-BIRTH-CURSOR-BEGAN-LAST
 *
 *   STORE    32 hex digits, the store id
 *   S        b blank, j joining, m member, l leaving
 *   FLOOR    16 hex digits, the forgotten floor
 *   CLUSTER  32 hex digits, the cluster id; zero while blank
 *   EPOCH    8 hex digits, of the cluster record; zero while blank
 *   NN       2 decimal digits, members; 00 while unknown
 *   INODE    16 hex digits, DIR's inode number
 *   BIRTH    16 hex digits, DIR's birth time in nanoseconds since 1970, two's
 *            complement; zero where the file system has none
 *   CURSOR   64 hex digits, the first 32 bytes of the name that the scrub
 *            had reached, zeros behind a shorter one
 *   BEGAN    8 hex digits, seconds since 1970 when the scrub's present pass
 *            began, zero when there is none
 *   LAST     8 hex digits, the same of its last whole pass
 *
 * Hex digits are lower case; 215 characters in all.  The text is pure; the
 * functions with a dirfd do not lock: one thread at a time.
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include <stdint.h>

#include "err.h"
#include "msg.h"

#define STATE_LINK "@state"
#define STATE_LINK_NEW "@state.new" /* litter when found at start */
#define STATE_TEXT_SIZE 215	    /* characters, without the NUL */
#define STATE_CURSOR_SIZE 32	    /* bytes */

struct state {
	uint8_t store[STORE_ID_SIZE];
	uint8_t state; /* enum store_state */
	uint64_t floor;
	struct cluster_id cluster;
	uint64_t inode;
	int64_t birth_ns;
	uint8_t cursor[STATE_CURSOR_SIZE];
	uint32_t began_s; /* the scrub's present pass, since 1970; or 0 */
	uint32_t last_s;  /* its last whole one */
};

/* out[STATE_TEXT_SIZE + 1]. */
void state_to_text(const struct state *s, char *out);
/* ERR_FORMAT for what state_to_text() does not write. */
enum err state_from_text(const char *text, struct state *s) MUST_CHECK;

/* ERR_ABSENT without the link, ERR_FORMAT for another target or something
 * that is no link, ERR_SYS. */
enum err state_read(int dirfd, struct state *s) MUST_CHECK;
/* Replaces the link by rename.  Durable only after a sync.  ERR_SYS. */
enum err state_write(int dirfd, const struct state *s) MUST_CHECK;
/* DIR's own inode and birth time.  ERR_SYS. */
enum err state_of_directory(int dirfd, uint64_t *inode,
			    int64_t *birth_ns) MUST_CHECK;

#endif
