/*
 * An arriving stage, or RESTORE, or a COPY in the making, from inside: for
 * stage.c, restore.c and copy.c.
 */
#ifndef DAEMON_STAGE_H
#define DAEMON_STAGE_H

#include "inside.h"

#define STAGE_DIRECTORY_BYTES (16u << 10) /* of directories and inodes */

struct slot {
	uint64_t length;  /* announced */
	uint64_t written; /* arrived */
	uint64_t pushed;  /* write-back begun */
	uint8_t *buffer;  /* of a small stage */
	int fd;		  /* of a large one, or of what was linked; or -1 */
	bool nameless;	  /* the piece has no name until it is linked */
	bool linked;	  /* it has its name, or is somebody else's now */
	uint64_t piece;
	struct digest_state *hash;
};

struct stage {
	struct store *store;
	bool restore;
	struct msg_context context;
	struct record record;
	struct slot slot[2];
	size_t buffered; /* bytes taken of store.buffered */
	struct msg_name name;
	char text[]; /* the name, then a small stage's data */
};

/* May it begin?  ST_OK, or a refusal in *no. */
enum status stage_admit(struct store *s, const struct msg_stage_begin *m,
			bool restore, struct outcome *no);
/* With nothing in it yet.  NULL without memory. */
struct stage *stage_new(struct store *s, const struct msg_stage_begin *m,
			bool restore);
/* The slot's file, the space for it, its hash. */
enum status stage_open_slot(struct stage *g, struct slot *t);
/* All that was announced is there, with that digest: ST_OK, ST_BAD_REQUEST,
 * ST_DIGEST. */
enum status stage_check_slot(struct stage *g, unsigned i,
			     const struct digest *want);
/* Takes the name, and makes the stage that is whole one of the store's, as
 * store_stage_end() says. */
void stage_finish(struct stage *g, store_done *done, void *arg);

/* Puts both files into the version directory of r, in dir.  0, or -1 and
 * errno. */
int stage_place(struct stage *g, int dir, const struct record *r);
/* The data of a slot as a file of its own in TREE_TMP: its number in
 * t->piece, its name kept when the stage goes.  0, or -1 and errno. */
int stage_keep(struct stage *g, struct slot *t);

/*
 * Does a RESTORE under its held name: rules, files, plan.  ST_OK: c is ready
 * for the queue.  *other as of a verdict.
 */
enum status restore_do(struct stage *g, struct change *c,
		       const struct record **other);

#endif
