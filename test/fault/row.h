/*
 * A row: one operation under one kind of fault, at every call in turn, and
 * what must be so after each.
 *
 * A client's operation is judged by what a clean client then reads, once with
 * all servers and once without the faulty one.  Contents tell which version
 * they are; version 0 is "no such file".
 */
#ifndef FAULT_ROW_H
#define FAULT_ROW_H

#include "cluster.h"
#include "kinds.h"

#include <stdio.h>

#define NO_VERSION (-2) /* for row.maybe */
#define WIPED 2		/* the server that heal's rows wipe */

struct row;

struct operation {
	const char *name;
	unsigned limit_ms; /* its stated retry time and 5 s */
	const char *args[8];
	void (*open)(struct row *r);	/* once; may be NULL */
	void (*prepare)(struct row *r); /* before each try */
	void (*judge)(struct row *r, const struct ran *ran);
	void (*settle)(struct row *r); /* when all servers run again */
};

struct row {
	struct cluster cluster;
	const struct operation *op;
	const struct kind *kind;
	int victim;  /* the server that has the fault; NOBODY: the client */
	size_t size; /* bytes of a file, about */
	bool fresh;  /* a start makes its directory */
	bool mixed;  /* some are large */
	bool inodes; /* a full disk lacks these, not pages */
	unsigned long long seed;

	long now;    /* the version that is stored, acknowledged or seen */
	long next;   /* the one that is being put */
	long maybe;  /* one whose outcome was unknown, or NO_VERSION */
	bool silent; /* the change was acknowledged without a warning */
	bool done;   /* the last heal said that all is well */
	unsigned descriptors[SERVERS]; /* when at rest */

	struct inject at; /* what fired last */
	unsigned tries;
	unsigned points; /* tries in which the fault came */
	unsigned failures;
	unsigned slowest_ms;
};

extern const struct operation operations[];
const struct operation *operation_find(const char *name);

/* Says what went wrong; ran may be NULL. */
__attribute__((format(printf, 3, 4))) void row_bad(struct row *r,
						   const struct ran *ran,
						   const char *format, ...);

/* One try, the nth call being the faulty one.  Did it come to that? */
bool row_try(struct row *r, unsigned long long nth);
/* The same, victim being killed after so many microseconds. */
void row_try_killed(struct row *r, unsigned after_us);
/* A last look, when all is over: everything settled, nothing left. */
void row_finish(struct row *r);
/* Server i's directory after a start. */
void row_look_at_disk(struct row *r, int i, bool settled);

/* Ends server i well, or finds it killed; starts it again and looks. */
void row_restart(struct row *r, int i, bool killed);

/* Until the server's connections are closed and its threads wait: what is done
 * behind an answer is part of the operation. */
void row_await_rest(struct row *r, int i, unsigned limit_ms);

/* A start of a server, the nth call being the faulty one; on a directory that
 * is not there when r->fresh, else on one with litter.  In start.c. */
void start_open(struct row *r);
bool start_try(struct row *r, unsigned long long nth);

/* The operation with 0, 1 .. levels - 1 pages (or inodes) left on the disk of
 * the victim, or on all.  In full.c. */
void full_walk(struct row *r, unsigned long long levels, unsigned every);

/* Files with contents */

/* Writes a version's content as the file "source". */
void content_write(const struct row *r, long version);
/* The version that a file holds, as a whole; -1: none. */
long content_read(const struct row *r, const char *path);
/* Does "out" hold this many bytes of the version, and no others? */
bool content_begins(const struct row *r, const char *path, long version);
/* Are the next bytes those of the version? */
bool content_next(const struct row *r, FILE *f, long version);
/* The version that a clean client reads, without that server; -1: none. */
long row_read(struct row *r, int without, struct ran *ran);
/* Runs a clean client that must succeed; 0 or 3. */
void row_must(struct row *r, const char *const *args);

/* heal's own part, in heal.c */
void heal_open(struct row *r);
void heal_prepare(struct row *r);
void heal_judge(struct row *r, const struct ran *ran);
void heal_settle(struct row *r);

#endif
