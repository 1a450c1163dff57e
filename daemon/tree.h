/*
 * The directories below DIR: paths that never leave it nor follow a link,
 * and the version directories in them.
 *
 * Paths are relative to DIR, as name_to_path() writes them; "" is DIR.  A
 * function that fails returns -1 and errno, as system calls do.  Any thread;
 * all of them block for disk.
 */
#ifndef DAEMON_TREE_H
#define DAEMON_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"

#define TREE_TMP "@tmp" /* for pieces where O_TMPFILE is unknown */

struct tree {
	int fd;	       /* DIR */
	bool beneath;  /* openat2(2) is there */
	bool nameless; /* O_TMPFILE and a way to link are there */
	bool mounted;  /* DIR is the root of a file system, which may keep
			  a lost+found of its own in it */
};

/* Finds out what the system can do; keeps fd, which stays the caller's. */
void tree_init(struct tree *t, int fd);

/* Opens a directory; flags as O_PATH or O_RDONLY.  ELOOP, ENOTDIR or EXDEV
 * when something foreign is in the way. */
int tree_open(const struct tree *t, const char *path, int flags);
/* Opens a file for reading; nothing is waited for. */
int tree_open_file(const struct tree *t, const char *path);
/* Removes path if it is empty, then its parents, up to DIR. */
void tree_prune(const struct tree *t, const char *path);

/* Makes the version directory of r, and the name's directory if need be,
 * which is returned, open (O_PATH).  EEXIST in a lost+found. */
int tree_version_make(const struct tree *t, const char *path,
		      const struct record *r);
/* Is it, or does it lie in, the file system's own lost+found? */
bool tree_is_lost(const struct tree *t, const char *path);

/* In the name's directory fd: renames the version directory of one record to that of another. */
int tree_version_rename(int fd, const struct record *from,
			const struct record *to);
/* In the name's directory fd: opens the version directory of r (O_PATH), for
 * calls with a name of one component: a path through it might meet a link. */
int tree_version_open(int fd, const struct record *r);
/* Removes the chunk files from the version directory of r, whatever version
 * they are of.  What is foreign stays. */
int tree_version_empty(int fd, const struct record *r);
/* Removes all chunk files but those of r. */
int tree_version_tidy(int fd, const struct record *r);
/* Empties it and removes it.  ENOTEMPTY when something foreign is in it. */
int tree_version_remove(int fd, const struct record *r);

/* A new file for a piece, open for writing: nameless, where the tree can do
 * that, or in TREE_TMP under its serial number. */
int tree_piece_make(const struct tree *t, uint64_t tmp, bool nameless);
/* Makes the open file fd, which has a name elsewhere in the tree, a piece in
 * TREE_TMP too, by another link. */
int tree_piece_adopt(const struct tree *t, int fd, uint64_t tmp);
/* Gives a piece its name in the directory `to`.  A nameless one by its fd: a
 * file of that name is an error; another, fd -1, by its number: it replaces
 * that file. */
int tree_piece_link(const struct tree *t, int fd, uint64_t tmp, int to,
		    const char *name);
/* Throws a piece away that has its name in TREE_TMP. */
void tree_piece_drop(const struct tree *t, uint64_t tmp);

/* What to answer for errno e.  ST_IO: the disk is not to be trusted any
 * more. */
enum status tree_status(int e);

#endif
