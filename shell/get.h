/*
 * The get of one name: what is fetched goes to a target, which is put in
 * place when all is there and verified.
 */
#ifndef SHELL_GET_H
#define SHELL_GET_H

#include "target.h"
#include "task.h"

struct get;

/* Takes the target over.  resume: goes on with what an earlier get has left
 * of the same version, and leaves what has come when it does not come to its
 * end.  NULL without memory. */
struct get *get_new(struct cluster *c, struct target *t, const char *name,
		    size_t name_len, bool resume);
/* The task, to be started, and freed by its kind.  When it has ended with
 * OUTCOME_OK, get_finish() puts the file in place. */
struct task *get_task(struct get *g);

/* Of a task that ended OUTCOME_OK.  As target_finish(). */
enum err get_finish(struct task *task) MUST_CHECK;
/* The servers whose bytes were not what they should be. */
uint64_t get_corrupt(const struct task *task);
/* Of REASON_LOCAL: the error, with its errno. */
enum err get_fault(const struct task *task, int *error);

/* What a get with resume has done. */
struct get_left {
	uint64_t size;
	uint64_t kept;	  /* bytes that it leaves; 0 when it has succeeded */
	uint64_t resumed; /* bytes that were there */
	bool unread;	  /* what was there was not looked at to its end: it
			     is all kept */
	enum err unkept;  /* as target.unkept */
};

void get_left(const struct task *task, struct get_left *left);

#endif
