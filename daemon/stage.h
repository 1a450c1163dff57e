/*
 * An arriving stage, or RESTORE, from inside: for stage.c and restore.c.
 */
#ifndef DAEMON_STAGE_H
#define DAEMON_STAGE_H

#include "inside.h"

struct slot {
	uint64_t length;  /* announced */
	uint64_t written; /* arrived */
	uint64_t pushed;  /* write-back begun */
	uint8_t *buffer;  /* of a small stage */
	int fd;		  /* of a large one, or -1 */
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
