/*
 * What may be on a disk after a power cut, by the log of what was done to it
 * (oplog.h).
 *
 * An operation is safe from the moment in which the first sync that began
 * after it has returned.  At a cut all safe operations are on the disk, and
 * of the others
 *
 *   - the changes of directories up to some moment; either one moment for all
 *     of them, as a journal gives, or one for each directory.  A name never
 *     lacks its parent: what is below a directory that is not there is not
 *     there either;
 *   - the bytes of a file: all, none (the length is the safe one), zeros in
 *     their place, torn at a block, or any of their blocks.
 *
 * One thread; no memory: the program ends (run.h).
 */
#ifndef FAULT_DISK_H
#define FAULT_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "oplog.h"
#include "rng.h"

enum disk_order {
	DISK_JOURNAL, /* one prefix of all changes of directories */
	DISK_LOOSE,   /* a prefix for each directory */
	DISK_ALL,     /* nothing is lost: as the process left it */
	DISK_ORDERS,
};

struct disk;

struct disk *disk_new(void);

/* Takes in one record of the log, which is number `at`; the record's memory
 * must stay.  Records of connections are skipped. */
void disk_add(struct disk *d, uint32_t at, enum oplog_kind kind,
	      struct rbuf *fields);

/* From now on no sync is taken in: a disk that lies about them. */
void disk_lies(struct disk *d);

/*
 * Makes, in the empty directory dir, DIR as it may be when the power went
 * between the records cut-1 and cut.  Large files are links to copies in the
 * directory `store`, of the same file system, that are made once: they must
 * not be changed; no links when it is -1.  A state of dfs is made to fit dir's inode.
 */
void disk_image(struct disk *d, uint32_t cut, enum disk_order order,
		struct rng *r, int dir, int store);

#endif
